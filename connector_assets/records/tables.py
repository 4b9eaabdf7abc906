"""The tables, as SQLAlchemy Core sees them. What builds and alters them in a database is `migrations/`.

No table knows payroll: a row belongs to a connection and carries a kind and an id of its source, so that a new flow
needs no new table.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_REVISION = "0004"
VERSION_TABLE = "records_schema_version"  # not Alembic's own name: Dagster may keep its tables in the same database

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC in Python, whatever the database keeps (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: it could mean any zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored; use datetime.now(UTC)")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite dropped, and PostgreSQL's session zone its UTC form."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


source_document = Table(
    "source_document",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("partition", Text, nullable=False),
    Column("document_date", Date, nullable=False),
    Column("label", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("totals", Text, nullable=False),
    Column("first_seen_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

posting = Table(
    "posting",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("partition", Text, nullable=False),
    Column("document_date", Date, nullable=False),
    Column("reference", Text, nullable=False),
    Column("control_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("alarm", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ledger_key", Text, nullable=False),
    Column("ledger_number", Text, nullable=False),
    Column("ledger_state", Text, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", UtcTime),
    Column("last_error", Text, nullable=False),
    Column("planned_by", Text, nullable=False),
    Column("planned_at", UtcTime, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("unknown_since", UtcTime),
    Column("resolved_at", UtcTime),
    Column("reconciled", Boolean),
    Column("reconciled_at", UtcTime),
    Column("hold_reason", Text, nullable=False, server_default=""),
    Column("corrects", Text, nullable=False, server_default=""),
    Column("ledger", Text, nullable=False, server_default=""),
    UniqueConstraint("control_id"),
    Index(None, "state"),
    Index(None, "source_id"),
)

posting_attempt = Table(
    "posting_attempt",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("sender", Text, nullable=False),
    Column("control_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("outcome", Text, nullable=False),
    Column("error", Text, nullable=False),
)

# Every column that the chain covers is text as it was hashed, so that no byte can change behind a type's back.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("recorded_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("before_digest", Text, nullable=False),
    Column("after_digest", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "recorded_at"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

crosswalk = Table(
    "crosswalk",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("target_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

mapping_version = Table(
    "mapping_version",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("effective_from", Date, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

vault_secret = Table(
    "vault_secret",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("ciphertext", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
)

inbox_notification = Table(
    "inbox_notification",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("notification_id", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("topics", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("occurred_at", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    UniqueConstraint("source", "notification_id"),
    Index(None, "account", "sequence"),
)

# No row: new to this subscriber, never tried.
inbox_delivery = Table(
    "inbox_delivery",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("subscriber", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("again_at", UtcTime),
    Column("reason", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Index(None, "subscriber", "state"),
)
