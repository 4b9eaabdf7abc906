"""Credentials: what is stored while keys are rotated stays readable, whoever stores and rotates at once."""

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from filelock import FileLock
from sqlalchemy import Engine

from connector_assets import credentials
from connector_assets.credentials import Credentials, create_vault_key, vault_keys
from connector_assets.records.database import open_database
from connector_assets.settings import ConfigError, Settings

PLACE = ("hollis", "paychex", "client_secret")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "home")
    create_vault_key(found)
    return found


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = open_database(settings.records_url)
    yield made
    made.dispose()


def secret_in(settings: Settings, engine: Engine) -> str:
    """As a process that starts now reads it."""
    found = Credentials(settings, engine, {}).vault().get(*PLACE)
    assert found is not None
    return found.get_secret_value()


def test_a_secret_is_kept_under_the_keys_of_its_moment(settings: Settings, engine: Engine) -> None:
    """`credentials set` asks a person, who may take an hour, and the keys are rotated meanwhile."""
    asking = Credentials(settings, engine, {})
    asking.keep(*PLACE, "first")
    (old,) = vault_keys(settings)
    Credentials(settings, engine, {}).rotate(actor="ann")
    asking.keep(*PLACE, "second")
    (fresh,) = vault_keys(settings)
    assert old != fresh
    assert secret_in(settings, engine) == "second"


def test_many_who_rotate_and_store_at_once_leave_one_key_that_opens_all(settings: Settings, engine: Engine) -> None:
    Credentials(settings, engine, {}).keep(*PLACE, "first")
    start, failures = Barrier(4), list[Exception]()

    def work(number: int) -> None:
        mine = Credentials(settings, engine, {})
        start.wait()
        try:
            for _round in range(3):
                mine.rotate(actor=f"thread {number}")
                mine.keep(*PLACE, f"of thread {number}")
        except Exception as error:  # shown below, with all others
            failures.append(error)

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(vault_keys(settings)) == 1
    assert secret_in(settings, engine).startswith("of thread ")


def test_a_change_that_waits_too_long_for_another_changes_nothing(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Credentials(settings, engine, {})
    mine.keep(*PLACE, "first")
    keys = vault_keys(settings)
    monkeypatch.setattr(credentials, "LOCK_S", 0.0)
    with FileLock(settings.locks_dir / "vault.lock"):
        with pytest.raises(ConfigError, match=r"Another process .* Fix: Let it end"):
            mine.rotate(actor="ann")
        with pytest.raises(ConfigError, match=r"Another process .* Fix: Let it end"):
            mine.keep(*PLACE, "second")
    assert vault_keys(settings) == keys
    assert secret_in(settings, engine) == "first"
