"""Fixtures that any test may use: a fresh database, on SQLite and on a real PostgreSQL server alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connector_assets.records.database import open_database
from connector_tests.postgres import NoPostgresError, running_postgres, schema_of_its_own

NO_POSTGRES = "No PostgreSQL server"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real server: what CONNECTOR_TEST_POSTGRES_URL names, or one started for this test process."""
    try:
        with running_postgres() as url:
            yield url
    except NoPostgresError as error:
        pytest.skip(f"{NO_POSTGRES} {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: a file of its own on SQLite, a schema of its own on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'records.db'}"
        return
    with schema_of_its_own(request.getfixturevalue("postgres_url")) as url:
        yield url


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
