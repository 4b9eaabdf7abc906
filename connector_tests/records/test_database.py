"""Opening the records' database: built once, by whoever comes first, on both databases; and saying what is wrong."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, column, delete, insert, inspect, select, table, text, update
from sqlalchemy.exc import StatementError

from connector_assets.records.database import MIGRATIONS, open_database, reading, utc_now, writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.tables import SCHEMA_REVISION, VERSION_TABLE, audit_head, metadata, snapshot


def test_the_migrations_build_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, VERSION_TABLE}


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA_REVISION]


def test_opening_again_changes_nothing(engine: Engine, database_url: str) -> None:
    with writing(engine) as connection:
        connection.execute(audit_head.update().values(sequence=7))
    again = open_database(database_url)
    with reading(again) as connection:
        assert connection.execute(select(audit_head.c.sequence)).scalar_one() == 7
    again.dispose()


def test_processes_that_start_at_once_on_a_fresh_database_all_succeed(database_url: str) -> None:
    script = "import sys; from connector_assets.records.database import open_database; open_database(sys.argv[1])"
    started = [
        subprocess.Popen([sys.executable, "-c", script, database_url], stderr=subprocess.PIPE, text=True)
        for _process in range(4)
    ]
    errors = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], errors
    opened = open_database(database_url)
    with reading(opened) as connection:
        assert connection.execute(select(audit_head)).all() == [(1, 0, "")]
    opened.dispose()


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'new' / 'home' / 'records.db'}").dispose()
    assert (tmp_path / "new" / "home" / "records.db").is_file()


def test_a_commit_on_sqlite_is_on_the_disk_and_readers_do_not_block(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    with reading(opened) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2, "2 is FULL"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    opened.dispose()


def test_a_write_is_kept_whole_or_not_at_all(engine: Engine) -> None:
    row = {"connection": "c", "name": "n", "body": "1", "digest": "d", "taken_at": utc_now()}
    with pytest.raises(RuntimeError), writing(engine) as connection:
        connection.execute(insert(snapshot), row)
        raise RuntimeError
    with reading(engine) as connection:
        assert connection.execute(select(snapshot)).all() == []


def test_moments_come_back_in_utc_and_naive_ones_are_refused(engine: Engine) -> None:
    berlin = datetime(2025, 7, 1, 14, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    row = {"connection": "c", "name": "n", "body": "1", "digest": "d", "taken_at": berlin}
    with writing(engine) as connection:
        connection.execute(insert(snapshot), row)
    with reading(engine) as connection:
        found = connection.execute(select(snapshot.c.taken_at)).scalar_one()
    assert (found, found.tzinfo) == (berlin, UTC)
    naive = {**row, "name": "m", "taken_at": datetime(2025, 7, 1)}  # noqa: DTZ001 the very thing that is refused
    with pytest.raises(StatementError, match="time zone"), writing(engine) as connection:
        connection.execute(insert(snapshot), naive)


def test_a_database_of_a_later_release_is_named_and_left_alone(engine: Engine, database_url: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="9999"))
    with pytest.raises(RecordsError, match=r"schema 9999, which this release does not know.*Fix: .*later"):
        open_database(database_url)


def test_a_database_that_lost_its_tables_fails_with_the_fix_and_without_the_data(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE snapshot"))
    with pytest.raises(RecordsError, match="Fix: ") as caught, writing(engine) as connection:
        connection.execute(delete(snapshot).where(snapshot.c.name == "a private value"))
    assert "a private value" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://u:hidden-word@h/d", "mysql"),
        ("postgresql://u:hidden-word@127.0.0.1:1/d", "127.0.0.1"),
        ("sqlite:////proc/nowhere/records.db", "/proc/nowhere"),
    ],
)
def test_a_url_that_leads_nowhere_is_named_without_its_password(url: str, named: str) -> None:
    with pytest.raises(RecordsError, match="Fix: ") as caught:
        open_database(url)
    assert named in str(caught.value)
    assert "hidden-word" not in str(caught.value)
