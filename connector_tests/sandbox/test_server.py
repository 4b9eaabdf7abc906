"""The sandbox as a server: one process, one state file, admin calls, and nothing lost over a restart."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from connector_assets.sandbox.server import SandboxError, SandboxOptions, running_sandbox
from connector_assets.sandbox.store import Store
from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import OPEN_PERIOD, TinyFirm


def test_home_page_says_what_is_here(peer: Peer) -> None:
    page = peer.session.get(peer.root)
    assert page.headers["content-type"].startswith("text/html")
    for word in (f"{peer.root}/paychex", "sandbox-client", "HOLLIS-MARR", "/admin/faults", "paychex.reversal_signs"):
        assert word in page.text


def test_health_names_the_firm_and_its_state_file(peer: Peer) -> None:
    health = peer.session.get(f"{peer.root}/admin/health").json()
    assert Path(health.pop("state")).is_file()
    assert health == {"status": "ok", "workers": 250, "seed": 7, "now": "2026-01-05T12:00:00+00:00"}


def test_calls_are_counted_by_system_and_operation(peer: Peer) -> None:
    assert peer.admin("/calls/reset").json() == {}
    peer.api("/companies")
    peer.api("/companies")
    peer.checks(OPEN_PERIOD)
    assert peer.session.get(f"{peer.root}/admin/calls").json() == {"paychex checks": 1, "paychex companies": 2}


def test_state_outlives_a_restart(tmp_path: Path) -> None:
    options = SandboxOptions(tmp_path / "deep" / "state.db")
    with running_sandbox(options, firm=TinyFirm()) as root:
        first = Peer(root, lambda: None)  # type: ignore[arg-type] # no clock is needed here
        first.sign_in()
        first.office("/periods/advance", pay_period_id=OPEN_PERIOD, to="COMPLETED")
        first.switch("past_the_end", "404")
        first.fault("locked", times=2)
    with running_sandbox(options, firm=TinyFirm()) as root:
        again = Peer(root, lambda: None, first.session)  # type: ignore[arg-type] # the token is the first server's
        assert again.api("/companies").status_code == 423
        assert again.api("/companies").status_code == 423
        assert again.company(f"/payperiods/{OPEN_PERIOD}").json()["content"][0]["status"] == "COMPLETED"
        assert again.checks(OPEN_PERIOD, offset=9, limit=9).status_code == 404


def test_a_state_file_of_another_firm_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with running_sandbox(SandboxOptions(path, workers=250), firm=TinyFirm()):
        pass
    with pytest.raises(SandboxError, match="250 workers, seed 7, not of 99 workers"):
        running_sandbox(SandboxOptions(path, workers=99), firm=TinyFirm()).__enter__()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(SandboxError, match=f"Port {port} of 127.0.0.1 is taken.*--port"):
            running_sandbox(SandboxOptions(tmp_path / "state.db"), port, firm=TinyFirm()).__enter__()


def test_the_server_stops_and_frees_its_port(tmp_path: Path) -> None:
    with running_sandbox(SandboxOptions(tmp_path / "state.db"), firm=TinyFirm()) as root:
        requests.get(root, timeout=10)
    with pytest.raises(requests.ConnectionError):
        requests.get(root, timeout=10)


def test_command_prints_its_url_and_ends_on_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "connector_assets.sandbox", "--port", "0", "--state", str(tmp_path / "s.db")]
    with subprocess.Popen([*command, "--workers", "60"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.removeprefix("sandbox ready at ").strip()
        assert requests.get(f"{url}/admin/health", timeout=10).json()["workers"] == 60
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_command_fails_clearly_when_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        command = [sys.executable, "-m", "connector_assets.sandbox", "--port", port, "--state", str(tmp_path / "s.db")]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"Port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_state_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes, which are long enough to be no empty database" * 50)
    with pytest.raises(SandboxError, match=r"notes.txt cannot be used.*Name another file"):
        running_sandbox(SandboxOptions(path), firm=TinyFirm()).__enter__()
    assert path.read_text().startswith("my notes")


def test_a_firm_too_small_to_pay_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="workers is 3"):
        running_sandbox(SandboxOptions(tmp_path / "state.db", workers=3)).__enter__()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"paychex.nothing": "on"}, "paychex.reversal_signs"),
        ({"paychex.reversal_signs": "sideways"}, "negative, positive"),
    ],
)
def test_unknown_switch_or_value_names_the_valid_ones(peer: Peer, body: dict[str, str], says: str) -> None:
    reply = peer.admin("/switches", **body)
    assert reply.status_code == 400
    assert says in reply.json()["error"]


def test_every_switch_has_a_default_and_an_alternative(peer: Peer) -> None:
    table = peer.session.get(f"{peer.root}/admin/switches").json()
    assert len(table) > 30
    for name, row in table.items():
        assert row["value"] == row["choices"][0], name
        assert len(set(row["choices"])) > 1, name
        assert row["meaning"], name


def test_switches_go_back_to_their_defaults(peer: Peer) -> None:
    peer.switch("reversal_signs", "positive")
    table = peer.session.delete(f"{peer.root}/admin/switches").json()
    assert table["paychex.reversal_signs"]["value"] == "negative"


@pytest.mark.parametrize("body", [b"{", b"[1]"])
def test_a_body_that_is_no_json_object_is_refused(peer: Peer, body: bytes) -> None:
    reply = peer.session.post(f"{peer.root}/admin/switches", data=body)
    assert reply.status_code == 400
    assert "JSON" in reply.json()["error"]


def test_a_transaction_is_all_or_nothing_and_so_is_one_inside_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    store.create("CREATE TABLE t (n INTEGER)")
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.write("INSERT INTO t VALUES (1)")
        _ = 1 // 0
    with store.transaction():
        store.write("INSERT INTO t VALUES (2)")
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.write("INSERT INTO t VALUES (3)")
            _ = 1 // 0
        store.write("INSERT INTO t VALUES (4)")
    assert [row["n"] for row in store.rows("SELECT n FROM t ORDER BY n")] == [2, 4]
    store.close()
