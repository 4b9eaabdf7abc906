"""The command line where all goes well: what each command says, and what it gives to machines."""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
from rich.console import Console

from connector_assets.cli import main
from connector_assets.commands import console
from connector_assets.commands.demo import show
from connector_assets.connections import read_connection
from connector_assets.settings import Settings
from connector_tests.cli_runner import failing, run, state_of, succeeding
from connector_tests.flows.house import LLC, NJ, House, copied

LAST_PAY_RUN = "2025-12-28"
ANSWERS = "01080012\nACME\n100\n2026-01-01\n"


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group, as one types it."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def command_at(path: tuple[str, ...]) -> click.Command:
    found: click.Command = main
    for name in path:
        assert isinstance(found, click.Group)
        found = found.commands[name]
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that is not there yet, and no other variable of the connector's."""
    for name in [name for name in os.environ if name.startswith("CONNECTOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CONNECTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CONNECTOR_HTTP_ATTEMPTS", "1")
    return tmp_path / "home"


@pytest.fixture
def house() -> Iterator[House]:
    with copied() as found:
        yield found


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_help_teaches_what_the_command_does_and_what_each_option_means(path: tuple[str, ...]) -> None:
    command = command_at(path)
    shown = succeeding(*path, "--help")
    assert len((command.help or "").split()) >= 6
    assert (command.help or "").split("\n\n")[0].rstrip().endswith(".")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(path)} {parameter.name}"
        else:
            word = parameter.human_readable_name.rstrip("S")
            assert word in shown.split("Options:")[0].split("\n", 1)[1].upper(), f"{' '.join(path)} {parameter.name}"


def test_help_of_the_whole_says_where_to_begin() -> None:
    shown = succeeding("--help")
    assert shown == succeeding("-h")
    assert shown.index("connector demo") < shown.index("connector init") < shown.index("connector sync")
    assert all(name in shown for name in main.commands)


def test_status_as_data_is_what_the_issue_promises(house: House) -> None:
    first = house.partitions(LLC)[0]
    assert house.carry(LLC, first).succeeded
    result = run("status", "--json")
    assert result.exit_code == 1  # most pay runs still wait
    body = json.loads(result.stdout)
    assert body.keys() == {"pay_runs"}
    for row in body["pay_runs"]:
        assert {"connection", "partition", "check_date", "checks", "gross_cents", "state", "ledger_key"} <= row.keys()
        assert isinstance(row["checks"], int)
        assert isinstance(row["gross_cents"], int)
        assert isinstance(row["reconciled"], bool)
    rows = {(row["connection"], row["partition"]): row for row in body["pay_runs"]}
    assert len(rows) == len(body["pay_runs"]) == 106
    posted, waiting = rows[LLC, first], rows[LLC, house.partitions(LLC)[1]]
    (journal,) = house.journals()
    assert (posted["state"], posted["reconciled"]) == ("posted", True)
    assert (posted["ledger_key"], posted["check_date"]) == (str(journal["recordno"]), "2025-01-10")
    assert (waiting["state"], waiting["reconciled"], waiting["ledger_key"]) == ("waiting", False, "")
    only = json.loads(run("status", NJ, "--json").stdout)["pay_runs"]
    assert {row["connection"] for row in only} == {NJ}


@pytest.mark.thorough
def test_sync_carries_everything_and_the_second_time_says_that_there_was_nothing(house: House) -> None:
    (house.settings.connections_dir / f"{LLC}.yaml").unlink()
    house.only_from(LAST_PAY_RUN, NJ)
    succeeding("sync")
    assert len(house.journals()) == 1
    assert len(json.loads(succeeding("status", "--json"))["pay_runs"]) == 1
    assert "posted" in succeeding("status")
    books = house.journals()
    house.reset_calls()
    shown = succeeding("sync")
    assert f"{NJ}: no new pay runs, nothing posted." in shown
    assert house.journals() == books
    assert "intacct create GLBATCH" not in house.calls()


def test_ping_names_each_system_and_audit_and_credentials_answer(house: House) -> None:
    shown = succeeding("ping", LLC)
    assert [line.split() for line in shown.splitlines()] == [["ok", "paychex"], ["ok", "intacct"], ["ok", "mapping"]]
    shown = succeeding("audit", "verify")
    assert "intact" in shown
    head = shown.split()[-1]
    assert "intact" in succeeding("audit", "verify", "--head", head)
    later = f"{int(head.partition(':')[0]) + 1}:{'0' * 64}"
    assert "its end was cut off" in run("audit", "verify", "--head", later).output
    assert "is no head of the chain" in failing("audit", "verify", "--head", "12")
    shown = succeeding("credentials", "list", LLC)
    assert shown.count("vault") == 6
    assert "CONNECTOR_HOLLIS_MARR_E100_PAYCHEX_CLIENT_ID" in shown


def test_a_mapping_goes_out_and_comes_back_as_a_version_with_a_reason(house: House, tmp_path: Path) -> None:
    exported = succeeding("mapping", "export", LLC)
    file = tmp_path / "mapping.csv"
    file.write_text(exported.replace(",6010,", ",6000,"), encoding="utf-8-sig")
    reason = "one [bold]wage[/bold] account"
    shown = succeeding("mapping", "import", LLC, str(file), "--reason", reason, "--author", "controller")
    assert f"Mapping version 2 of {LLC}" in shown
    newest = json.loads(succeeding("mapping", "list", LLC, "--json"))[0]
    assert (newest["version"], newest["author"], newest["reason"]) == ("2", "controller", reason)
    assert reason in succeeding("mapping", "list", LLC)
    assert ",6010," not in succeeding("mapping", "export", LLC)


def test_init_writes_a_careful_connection_and_a_key_that_only_its_owner_reads(home: Path) -> None:
    shown = succeeding("init", "acme", answers=ANSWERS)
    assert "connector credentials set acme" in shown
    made = read_connection(home / "connections" / "acme.yaml")
    assert made.model_dump()["posting"]["policy"] == "draft"
    assert made.model_dump()["posting"]["entity"] == "100"  # digits alone stay a text
    key = home / "vault.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert "Vault key" not in succeeding("init", "borealis", answers=ANSWERS)
    assert key.read_bytes() == before


def test_credentials_are_asked_for_kept_encrypted_and_never_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    succeeding("init", "acme", answers=ANSWERS)
    secrets = ["key-1", "s3cret-2", "sender-3", "s3cret-4", "user-5", "s3cret-6"]
    monkeypatch.setenv("CONNECTOR_ACME_PAYCHEX_CLIENT_ID", "from-environment")
    shown = succeeding("credentials", "set", "acme", answers="".join(f"{secret}\n" for secret in secrets))
    shown += succeeding("credentials", "list", "acme")
    listed = json.loads(succeeding("credentials", "list", "acme", "--json"))
    assert [row["source"] for row in listed] == ["environment", *["vault"] * 5]
    written = "".join(state_of(home).values()) + shown + json.dumps(listed)
    assert not any(secret in written for secret in [*secrets, "from-environment"])
    succeeding("credentials", "set", "acme", answers="\n" * 6)  # Enter keeps each
    monkeypatch.delenv("CONNECTOR_ACME_PAYCHEX_CLIENT_ID")
    assert json.loads(succeeding("credentials", "list", "acme", "--json"))[0]["source"] == "vault"


def test_a_home_that_is_empty_is_told_where_to_begin(home: Path) -> None:
    assert json.loads(succeeding("status", "--json")) == {"pay_runs": []}
    assert "connector demo" in succeeding("status")
    assert "connector demo" in failing("sync")


def test_the_demos_table_is_the_one_a_controller_wants(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Console(width=140, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123  # nobody reads it
    for module in ("console", "demo"):
        monkeypatch.setattr(f"connector_assets.commands.{module}.CONSOLE", recorder)
    assert console.CONSOLE is recorder
    assert house.carry(LLC, house.partitions(LLC)[0]).succeeded
    posted = house.status(LLC)[house.partitions(LLC)[0]]
    show([posted, replace(posted, reconciled=False, credit_cents=1)], 0, 3.2)
    shown = recorder.export_text()
    for title in ("Check date", "Checks", "Gross", "Employer cost", "Journal no.", "Debit = credit", "Reconciled"):
        assert title in shown
    amounts = [f"{cents // 100:,}.{cents % 100:02d}" for cents in (posted.gross_cents, posted.debit_cents)]
    assert all(text in shown for text in (*amounts, posted.check_date, posted.ledger_number, "yes", "NO", "/ 0.01"))
    assert "Nothing was posted" in shown
    assert "localhost:3000" in shown


def test_settings_name_the_same_home_everywhere(home: Path) -> None:
    assert Settings().home == home
