"""Opening the records' database, on SQLite or PostgreSQL, with its schema up to date; and the two ways to use it.

Writers take turns, on both databases alike: a write transaction begins by taking the one write lock there is (SQLite's
own, or the row of `audit_head` on PostgreSQL). So every decision inside it is made on facts that nobody else can change
before it commits, and the audit chain grows in one order. A write is a few statements; no outside system is ever called
inside one.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, column, create_engine, event, inspect, select, table, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from connector_assets.records.errors import RecordsAwayError, RecordsError
from connector_assets.records.tables import SCHEMA_REVISION, VERSION_TABLE, audit_head

LOCK_TIMEOUT_S = 30
MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_304_211  # any constant: the advisory lock under which PostgreSQL's schema is brought up to date

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The moment, aware and in UTC: the clock of every store that is given no other."""
    return datetime.now(UTC)


def open_database(url: str, pool: type[Pool] | None = None) -> Engine:
    """Open the database that `url` names, create what it lacks, and bring its schema up to date.

    `sqlite:///path` (the parent folder is made) or `postgresql://user:password@host/name`. Several processes may do
    this at once on a fresh database: one builds, the others wait. `pool` keeps the connections in another way than is
    usual for the database. Raises RecordsError, never with the password in it.
    """
    engine = _engine(_parsed(url), pool)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        _prepare(engine)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        engine.dispose()
        raise RecordsError(
            f"The records' database {shown} cannot be opened: {_reason(error)}.",
            fix="Check that the folder can be written or the server is up, and the URL in CONNECTOR_DATABASE_URL.",
        ) from None
    except RecordsError:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction, alone among writers: committed when the block ends, rolled back when it raises."""
    try:
        with engine.connect() as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(_TAKE_WRITE_LOCK)
            else:
                connection.exec_driver_sql(_BEGIN_WRITE)
            yield connection
    except DBAPIError as error:
        raise _failed(engine, error) from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One read transaction that sees the database as of one moment and changes nothing."""
    on_server = engine.dialect.name == "postgresql"
    level = {"isolation_level": "REPEATABLE READ"} if on_server else {}
    try:
        with engine.connect().execution_options(**level) as connection, connection.begin():
            if not on_server:
                connection.exec_driver_sql("BEGIN")
            yield connection
    except DBAPIError as error:
        raise _failed(engine, error) from None


_BEGIN_WRITE = "BEGIN IMMEDIATE"
"""A writer on SQLite takes the write lock first: a reader that turned writer midway would fail instead of waiting."""

_TAKE_WRITE_LOCK = select(audit_head.c.id).with_for_update()


def _parsed(text_of_url: str) -> URL:
    fix = "Use sqlite:////folder/records.db or postgresql://user:password@host/name."
    try:
        url = make_url(text_of_url)
    except ArgumentError:
        raise RecordsError("The records' database URL cannot be read.", fix=fix) from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg2")
    if url.get_backend_name() == "sqlite":
        return url
    raise RecordsError(f"Records cannot be kept in '{url.get_backend_name()}'.", fix=fix)


def _engine(url: URL, pool: type[Pool] | None) -> Engine:
    if url.get_backend_name() == "postgresql":
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, poolclass=pool)
        event.listen(engine, "connect", _limit_waiting)
        return engine
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": LOCK_TIMEOUT_S}, poolclass=pool)
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _limit_waiting(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Wait for a lock no longer than SQLite would; a process frozen inside a transaction loses it."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{LOCK_TIMEOUT_S}s'")
    cursor.close()
    connection.commit()


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Begin transactions ourselves; and let a commit be on the disk before it returns: it may precede a first byte."""
    connection.isolation_level = None
    # A damaged byte must reach the audit's check, not stop the reading.
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _prepare(engine: Engine) -> None:
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
        _use_write_ahead_log(engine)
    with engine.connect() as connection:
        if _revision(connection) == SCHEMA_REVISION:
            return
    _migrate(engine)


def _use_write_ahead_log(engine: Engine) -> None:
    """Readers then never wait for a writer. SQLite does not queue for this one change, so queue here."""
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        finally:
            connection.close()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    return found


def _migrate(engine: Engine) -> None:
    """Run the migrations in one transaction under one lock, so that a second process finds either nothing or all."""
    from alembic import command  # noqa: PLC0415 needed once; every command would pay for it
    from alembic.config import Config  # noqa: PLC0415 as above
    from alembic.util import CommandError  # noqa: PLC0415 as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        else:
            connection.exec_driver_sql(_BEGIN_WRITE)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise RecordsError(
                f"The records' database has schema {_revision(connection)}, which this release does not know.",
                fix="Run the release that wrote it, or a later one.",
            ) from None


def _failed(engine: Engine, error: DBAPIError) -> RecordsError:
    kind = RecordsAwayError if isinstance(error, OperationalError | InterfaceError) else RecordsError
    return kind(
        f"The records' database {engine.url.render_as_string(hide_password=True)} failed: {_reason(error)}.",
        fix="Nothing of this step was kept; check the database and run it again.",
    )


def _reason(error: DBAPIError | sqlite3.Error | OSError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0].rstrip(".")
