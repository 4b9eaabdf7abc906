"""Mapping versions: every table of mapping rules that was ever in force, with its author, reason and first day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, Row, Select, insert, select

from connector_assets.records.audit import append_entry, digest_of
from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.tables import mapping_version


@dataclass(frozen=True)
class MappingVersion:
    """One version: `body` is the rules' CSV text, `digest` its SHA-256 (hex), in force from `effective_from`."""

    connection: str
    version: int
    effective_from: date
    author: str
    reason: str
    digest: str
    body: str
    created_at: datetime


class MappingStore:
    """The mapping versions of one database. A version never changes; a correction is the next version."""

    def __init__(self, engine: Engine, now: Clock = utc_now) -> None:
        self._engine, self._now = engine, now

    def save(self, connection: str, body: str, *, author: str, reason: str, effective_from: date) -> MappingVersion:
        """Keep the next version, with its audit entry. The newest version over again is not kept twice.

        Raises RecordsError when there is no author or no reason.
        """
        if not author.strip() or not reason.strip():
            raise RecordsError(f"A new mapping of '{connection}' names no author or no reason.", fix="Give both.")
        digest = digest_of(body)
        with writing(self._engine) as db:
            newest = db.execute(_newest_first(connection).limit(1)).one_or_none()
            if newest is not None and (newest.digest, newest.effective_from) == (digest, effective_from):
                return _version_of(newest)
            version = MappingVersion(
                connection=connection,
                version=1 if newest is None else newest.version + 1,
                effective_from=effective_from,
                author=author,
                reason=reason,
                digest=digest,
                body=body,
                created_at=self._now(),
            )
            db.execute(insert(mapping_version), vars(version))
            append_entry(
                db,
                self._now(),
                actor=author,
                action="mapping added",
                subject=f"{connection}/mapping/{version.version}",
                reason=reason,
                before="" if newest is None else newest.digest,
                after=digest,
                detail={"effective_from": effective_from.isoformat()},
            )
            return version

    def current(self, connection: str, on: date) -> MappingVersion | None:
        """The version that decides on a day: the newest of those effective by then; None when there is none."""
        return self._first(_newest_first(connection).where(mapping_version.c.effective_from <= on))

    def get(self, connection: str, version: int) -> MappingVersion | None:
        """One version by its number, or None."""
        return self._first(_newest_first(connection).where(mapping_version.c.version == version))

    def versions(self, connection: str) -> list[MappingVersion]:
        """Every version of a connection, newest first."""
        with reading(self._engine) as db:
            return [_version_of(row) for row in db.execute(_newest_first(connection))]

    def _first(self, statement: Select[tuple[object, ...]]) -> MappingVersion | None:
        with reading(self._engine) as db:
            row = db.execute(statement.limit(1)).one_or_none()
        return None if row is None else _version_of(row)


def _newest_first(connection: str) -> Select[tuple[object, ...]]:
    table = mapping_version.c
    return select(mapping_version).where(table.connection == connection).order_by(table.version.desc())


def _version_of(row: Row[tuple[object, ...]]) -> MappingVersion:
    return MappingVersion(**row._mapping)
