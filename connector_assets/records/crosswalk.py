"""The crosswalk: which id of the source is which id of the ledger, per connection and kind, and who says so."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Select, delete, insert, select

from connector_assets.records.audit import append_entry
from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.tables import crosswalk

ROWS_AT_ONCE = 2000


class Crosswalk:
    """The crosswalk of one database."""

    def __init__(self, engine: Engine, now: Clock = utc_now) -> None:
        self._engine, self._now = engine, now

    def put(self, connection: str, kind: str, source_id: str, target_id: str, origin: str) -> None:
        """Pair two ids. `origin` says why: `id` (they are equal), `name`, `created`, `manual`, …"""
        self.put_all(connection, kind, {source_id: target_id}, origin)

    def put_all(self, connection: str, kind: str, pairs: Mapping[str, str], origin: str) -> None:
        """Pair many ids in one transaction. A source id that pointed elsewhere before enters the audit trail."""
        with writing(self._engine) as db:
            of_kind = (crosswalk.c.connection == connection, crosswalk.c.kind == kind)
            columns = (crosswalk.c.source_id, crosswalk.c.target_id, crosswalk.c.origin)
            rows = db.execute(_streamed(select(*columns).where(*of_kind)))
            known = {source: (target, why) for source, target, why in rows if source in pairs}
            changed = {source: target for source, target in pairs.items() if known.get(source) != (target, origin)}
            for source in changed.keys() & known.keys():
                db.execute(delete(crosswalk).where(*of_kind, crosswalk.c.source_id == source))
                append_entry(
                    db,
                    self._now(),
                    actor="connector",
                    action="crosswalk changed",
                    subject=f"{connection}/{kind}/{source}",
                    detail={"from": known[source][0], "to": changed[source], "origin": origin},
                )
            common = {"connection": connection, "kind": kind, "origin": origin, "updated_at": self._now()}
            places = ({**common, "source_id": source, "target_id": target} for source, target in changed.items())
            while batch := list(islice(places, ROWS_AT_ONCE)):
                db.execute(insert(crosswalk), batch)

    def lookup(self, connection: str, kind: str, source_id: str) -> str | None:
        """The ledger's id for a source id, or None."""
        table = crosswalk.c
        where = (table.connection == connection, table.kind == kind, table.source_id == source_id)
        with reading(self._engine) as db:
            found: str | None = db.execute(select(table.target_id).where(*where)).scalar_one_or_none()
        return found

    def all(self, connection: str, kind: str) -> dict[str, str]:
        """Every pair of a kind: source id -> ledger id, in order of the source ids."""
        table = crosswalk.c
        statement = select(table.source_id, table.target_id).order_by(table.source_id)
        with reading(self._engine) as db:
            chosen = statement.where(table.connection == connection, table.kind == kind)
            found = db.execute(_streamed(chosen))
            return {row.source_id: row.target_id for row in found}

    def origins(self, connection: str, kind: str) -> dict[str, str]:
        """Why each source id of a kind is paired as it is: source id -> origin."""
        table = crosswalk.c
        statement = select(table.source_id, table.origin)
        with reading(self._engine) as db:
            found = db.execute(statement.where(table.connection == connection, table.kind == kind))
            return {row.source_id: row.origin for row in found}

    def everywhere(self, kind: str) -> Iterator[tuple[str, str, str]]:
        """Every pair of a kind, of all connections, streamed: connection, source id, ledger id."""
        table = crosswalk.c
        statement = select(table.connection, table.source_id, table.target_id)
        with reading(self._engine) as db:
            found = db.execute(_streamed(statement.where(table.kind == kind)))
            yield from ((row.connection, row.source_id, row.target_id) for row in found)


def _streamed(statement: Select[Any]) -> Select[Any]:
    """The rows a batch at a time; only of this statement, for a write on the same connection must not be streamed."""
    return statement.execution_options(yield_per=ROWS_AT_ONCE)
