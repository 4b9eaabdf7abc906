"""Source documents: what a source system has shown us (a pay run, a report, a bill), by id, with digest and totals."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, Row, insert, select, update

from connector_assets.records.audit import append_entry, canonical_json
from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.tables import source_document

Totals = Mapping[str, int | str]


@dataclass(frozen=True)
class SourceDocument:
    """A document as the source last showed it. `digest` (hex) tells whether it changed; `totals` are plain."""

    connection: str
    kind: str
    source_id: str
    partition: str
    document_date: date
    label: str
    digest: str
    totals: dict[str, int | str]
    first_seen_at: datetime
    updated_at: datetime


class SourceStore:
    """The source documents of one database."""

    def __init__(self, engine: Engine, now: Clock = utc_now) -> None:
        self._engine, self._now = engine, now

    def upsert(
        self,
        connection: str,
        kind: str,
        source_id: str,
        *,
        partition: str,
        document_date: date,
        label: str,
        digest: str,
        totals: Totals,
        actor: str = "connector",
    ) -> SourceDocument:
        """Keep the document as it is now. The first sight and each change of its digest enter the audit trail."""
        key = {"connection": connection, "kind": kind, "source_id": source_id}
        values = {
            "partition": partition,
            "document_date": document_date,
            "label": label,
            "digest": digest,
            "totals": canonical_json(dict(totals)),
            "updated_at": self._now(),
        }
        with writing(self._engine) as db:
            where = [source_document.c[name] == value for name, value in key.items()]
            known = db.execute(select(source_document.c.digest).where(*where)).scalar_one_or_none()
            if known is None:
                db.execute(insert(source_document).values(**key, **values, first_seen_at=self._now()))
            else:
                db.execute(update(source_document).where(*where).values(**values))
            if known != digest:
                append_entry(
                    db,
                    self._now(),
                    actor=actor,
                    action="source seen" if known is None else "source changed",
                    subject=f"{connection}/{kind}/{source_id}",
                    before=known or "",
                    after=digest,
                    detail=totals,
                )
            return _document_of(db.execute(select(source_document).where(*where)).one())

    def get(self, connection: str, kind: str, source_id: str) -> SourceDocument | None:
        """The document, or None when it was never seen."""
        table = source_document.c
        where = (table.connection == connection, table.kind == kind, table.source_id == source_id)
        with reading(self._engine) as db:
            row = db.execute(select(source_document).where(*where)).one_or_none()
        return None if row is None else _document_of(row)

    def list(self, connection: str | None = None, kind: str | None = None) -> list[SourceDocument]:
        """The documents, by connection, document date and id; of one connection or one kind where given."""
        table = source_document.c
        statement = select(source_document).order_by(table.connection, table.document_date, table.kind, table.source_id)
        if connection is not None:
            statement = statement.where(table.connection == connection)
        if kind is not None:
            statement = statement.where(table.kind == kind)
        with reading(self._engine) as db:
            return [_document_of(row) for row in db.execute(statement)]


def _document_of(row: Row[tuple[object, ...]]) -> SourceDocument:
    return SourceDocument(**{**row._mapping, "totals": json.loads(row.totals)})
