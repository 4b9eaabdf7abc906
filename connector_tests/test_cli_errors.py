"""Bad input at the command line: one message with a fix, a code that is not zero, no stack trace, and nothing lost."""

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from connector_tests.cli_runner import failing, run, state_of, succeeding
from connector_tests.flows.house import LLC, House, copied
from connector_tests.test_cli import ANSWERS, LAST_PAY_RUN
from connector_tests.test_connections import GOOD

CHANGING = ("dagster", "sandbox", "frames", "locks")
"""What an attempt may write: the history of runs, the other side's books, frames of what was read, whose turn it is."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one connection, and no other variable of the connector's."""
    for name in [name for name in os.environ if name.startswith("CONNECTOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DAGSTER_HOME", "")  # so that what a command sets in this process is gone after the test
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.setenv("CONNECTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CONNECTOR_HTTP_ATTEMPTS", "1")
    succeeding("init", "acme", answers=ANSWERS)
    run("status")
    return tmp_path / "home"


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with copied() as found:
        monkeypatch.setenv("CONNECTOR_HTTP_ATTEMPTS", "1")
        yield found


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of a server that is no sandbox."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


COMMANDS = [
    ("status", "acme"),
    ("status",),
    ("sync", "acme"),
    ("sync",),
    ("ping", "acme"),
    ("credentials", "list", "acme"),
    ("credentials", "set", "acme"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_tells_a_malformed_connection_file_by_its_place(home: Path, command: tuple[str, ...]) -> None:
    path = home / "connections" / "acme.yaml"
    path.write_text(GOOD + "posting: [\n", encoding="utf-8")
    before = state_of(home)
    shown = failing(*command)
    assert f"{path}: line 14, column 1" in shown
    assert state_of(home) == before


@pytest.mark.parametrize("command", [one for one in COMMANDS if "acme" in one], ids=" ".join)
def test_an_unknown_connection_is_told_which_there_are(home: Path, command: tuple[str, ...]) -> None:
    shown = failing(*(word.replace("acme", "acne") for word in command))
    assert "There is no connection 'acne' (there are: acme)" in shown


def test_init_never_overwrites(home: Path) -> None:
    before = state_of(home)
    assert "acme.yaml exists already" in failing("init", "acme", answers=ANSWERS)
    assert state_of(home) == before


@pytest.mark.parametrize("name", ["Acme", "../acme", "a/b", "a b", "a", "1acme", "a" * 41, ""])
def test_init_refuses_a_name_that_cannot_be_a_file_and_an_asset_key(home: Path, name: str) -> None:
    before = state_of(home.parent)
    assert "cannot name a connection" in failing("init", name, answers=ANSWERS)
    assert state_of(home.parent) == before


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ("1234\nACME\nE100\n2026-01-01\n", "paychex.display_id"),
        ('01080012\nACME\nE100\nsoon"\n', "start_date"),
        ('01080012\nA"B: {C\nE100\nsoon\n', "start_date"),
    ],
)
def test_init_tells_a_wrong_answer_and_writes_nothing(home: Path, answers: str, word: str) -> None:
    before = state_of(home)
    shown = failing("init", "borealis", answers=answers)
    assert word in shown
    assert "Nothing was written" in shown
    assert state_of(home) == before


def test_a_missing_credential_names_itself_its_variable_and_the_command(home: Path) -> None:
    result = run("credentials", "list", "acme")
    assert result.exit_code == 1
    assert result.output.count("missing") == 6
    shown = failing("ping", "acme")
    assert "Connection 'acme' has no paychex client_id, paychex client_secret." in shown
    assert "`connector credentials set acme` or CONNECTOR_ACME_PAYCHEX_CLIENT_ID" in shown
    shown = failing("sync", "acme")
    assert "has no paychex client_id" in shown or "has no intacct sender_id" in shown
    assert "connector credentials set acme" in shown


@pytest.mark.parametrize("key", [b"A" * 43 + b"=", b"no key at all", b"\xff\xfe"], ids=["another", "none", "bytes"])
def test_a_wrong_vault_key_is_told_and_nothing_is_lost(house: House, key: bytes) -> None:
    """Another key, a word, and bytes that are no text, each in the key file's place."""
    file = house.settings.vault_key_file
    right = file.read_bytes()
    file.write_bytes(key)
    before = state_of(house.settings.home, CHANGING)
    for command in (("credentials", "list", LLC), ("ping", LLC), ("credentials", "set", LLC)):
        assert "vault key" in failing(*command)
    if key == b"no key at all":
        assert "vault key" in failing("sync", LLC)
    assert state_of(house.settings.home, CHANGING) == before
    file.write_bytes(right)
    succeeding("ping", LLC)


def test_a_wrong_credential_is_told_by_its_system_and_never_repeated(house: House) -> None:
    succeeding("credentials", "set", LLC, answers="\nnot-the-secret\n\n\n\nnot-the-password\n")
    shown = failing("ping", LLC)
    assert "paychex client_id and client_secret" in shown
    assert "missing intacct" in shown
    assert "not-the-" not in shown
    shown = failing("sync", LLC)
    assert "not-the-" not in shown
    assert not house.journals()


def test_a_system_that_is_down_is_named_and_no_pay_run_is_begun(house: House) -> None:
    house.only_from(LAST_PAY_RUN, LLC)
    house.configure(LLC, intacct={"url": f"http://127.0.0.1:{free_port()}/ia/xml/xmlgw.phtml"})
    before = state_of(house.settings.home, CHANGING)
    for command in (("ping", LLC), ("sync", LLC)):
        shown = failing(*command)
        assert "intacct: POST getAPISession at 127.0.0.1: not sent: ConnectionRefusedError" in shown
        assert "Nothing was executed" in shown
    assert not house.records().postings.list(LLC)
    changed = {name for name, text in state_of(house.settings.home, CHANGING).items() if before.get(name) != text}
    assert changed <= {"records.db"}  # the pay calendar, which Paychex did answer


def test_a_page_of_a_proxy_where_xml_was_due_is_called_that(house: House) -> None:
    house.only_from(LAST_PAY_RUN, LLC)
    house.fault("intacct", "bad_gateway", {}, times=0)
    for command in (("ping", LLC), ("sync", LLC)):
        assert "HTTP 502" in failing(*command)
    assert not house.journals()


def test_a_port_that_another_server_has_is_told(home: Path, stranger: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_SANDBOX_PORT", str(stranger))
    before = state_of(home)
    for command in (("demo",), ("dev",)):
        shown = failing(*command)
        assert f"Port {stranger} is taken by another server" in shown
        assert "CONNECTOR_SANDBOX_PORT" in shown
    assert state_of(home) == before


def test_a_sandbox_of_another_size_is_told_apart(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same state file cannot serve a firm of another size: what was posted belongs to the first one."""
    monkeypatch.setenv("CONNECTOR_SANDBOX_PORT", str(free_port()))
    shown = failing("demo", "--workers", "61")
    assert "61 workers" in shown
    assert not house.journals()


MAPPING = "kind,code,debit_account,credit_account\nwage,1,6000,\n"
BAD_MAPPINGS = [
    ("not utf-8", MAPPING.encode() + b"wage,caf\xe9,6000,\n", ("is not UTF-8", "CSV UTF-8")),
    ("utf-16", MAPPING.encode("utf-16"), ("is not UTF-8",)),
    ("unknown column", MAPPING.replace("debit", "debt").encode(), ("line 1", "'debt_account' is unknown")),
    ("no kind", b"code,debit_account\n1,6000\n", ("line 1", "column kind is missing")),
    ("unknown kind", (MAPPING + "wages,2,6000,\n").encode(), ("line 3, column kind", "'wages'")),
    ("no account", (MAPPING + "wage,2,,\n").encode(), ("line 3, column debit_account",)),
    ("the same rule twice", (MAPPING + "wage,1,6100,\n").encode(), ("line 3", "line 2")),
    ("shortened by a spreadsheet", (MAPPING + "wage,9.7E+14,6000,\n").encode(), ("line 3, column code", "9.7E+14")),
    ("an open quote", (MAPPING + 'wage,"2,6000,\n').encode(), ("line 3",)),
    ("a page", b"<html><body>Sign in</body></html>", ("line 1",)),
    ("nothing", b"", ("line 1",)),
    ("a header alone", b"kind,code,debit_account\n", ("no rule",)),
]


@pytest.mark.parametrize(("body", "words"), [case[1:] for case in BAD_MAPPINGS], ids=[case[0] for case in BAD_MAPPINGS])
def test_a_mapping_that_cannot_be_read_changes_nothing(
    home: Path, tmp_path: Path, body: bytes, words: tuple[str, ...]
) -> None:
    file = tmp_path / "mapping.csv"
    file.write_bytes(body)
    before = state_of(home)
    shown = failing("mapping", "import", "acme", str(file), "--reason", "test")
    assert all(word in shown for word in words), shown
    assert state_of(home) == before


def test_a_mapping_needs_a_reason_a_file_and_a_connection(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "mapping.csv"
    file.write_text(MAPPING, encoding="utf-8")
    before = state_of(home)
    assert "no reason" in failing("mapping", "import", "acme", str(file), "--reason", " ")
    assert run("mapping", "import", "acme", str(file)).exit_code == 2
    assert run("mapping", "import", "acme", str(tmp_path / "absent.csv"), "--reason", "r").exit_code == 2
    failing("mapping", "import", "acne", str(file), "--reason", "r")
    for command in ("export", "list"):
        failing("mapping", command, "acne")
    assert "connector mapping import" in failing("mapping", "export", "acme")
    assert state_of(home) == before


def test_an_audit_trail_that_was_tampered_with_is_broken_at_that_entry(house: House) -> None:
    with closing(sqlite3.connect(house.settings.home / "records.db")) as db:
        db.execute("UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 5")
        db.commit()
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert "broken at entry 5" in result.output


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CONNECTOR_BATCH_PAY_RUNS", "many", ("CONNECTOR_BATCH_PAY_RUNS", "Correct or unset")),
        ("CONNECTOR_DATABASE_URL", "nonsense", ("database URL cannot be read",)),
        ("CONNECTOR_DATABASE_URL", "mysql://u:s3cret@h/d", ("'mysql'",)),
        ("CONNECTOR_DATABASE_URL", "postgresql://u:s3cret@127.0.0.1:1/d", ("127.0.0.1", "CONNECTOR_DATABASE_URL")),
    ],
)
def test_a_wrong_variable_is_named_and_its_password_is_not(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv(variable, value)
    shown = failing("status")
    assert all(word in shown for word in words), shown
    assert "s3cret" not in shown


def test_a_storage_of_dagster_that_fails_is_one_message(home: Path) -> None:
    (home / "dagster" / "history" / "runs.db").mkdir(parents=True)
    assert "Dagster's storage failed: unable to open database file" in failing("sync", "acme")


def test_a_home_that_is_made_is_closed_to_others(home: Path) -> None:
    assert home.stat().st_mode & 0o077 == 0


def test_a_home_that_is_a_file_and_records_that_are_no_database_are_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in home.glob("records.db*"):
        file.unlink()
    (home / "records.db").write_bytes(b"this is not a database, and it is longer than a header" * 40)
    assert "records.db" in failing("status")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setenv("CONNECTOR_HOME", str(tmp_path / "file"))
    for command in (("status",), ("demo",), ("init", "acme")):
        assert str(tmp_path / "file") in failing(*command, answers=ANSWERS)
