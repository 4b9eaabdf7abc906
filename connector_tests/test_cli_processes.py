"""The `connector` command as a process of its own, where only a process can tell: start-up, signals, streams."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connector_tests.flows.house import LLC, House, copied
from connector_tests.test_cli_errors import free_port

CONNECTOR = str(Path(sys.executable).parent / "connector")
HEAVY = {"dagster", "pandas", "sqlalchemy", "pyarrow", "lxml"}


@pytest.fixture
def house() -> Iterator[House]:
    with copied() as found:
        yield found


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [CONNECTOR, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_help_starts_at_once_because_nothing_heavy_is_imported() -> None:
    program = "import sys, connector_assets.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_errors_go_to_standard_error_and_data_alone_to_standard_output(house: House) -> None:
    good = run("status", LLC, "--json")
    assert (good.returncode, good.stderr) == (1, "")
    assert len(json.loads(good.stdout)["pay_runs"]) == 52
    bad = run("status", "nobody")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("Error: There is no connection 'nobody'")
    assert "Fix: " in bad.stderr


def test_a_reader_that_stops_early_is_no_error(house: House) -> None:
    command = f"{CONNECTOR} status --json | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_sandbox_runs_until_it_is_told_to_stop_and_leaves_the_port(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    environment = {**os.environ, "CONNECTOR_HOME": str(tmp_path / "home"), "CONNECTOR_SANDBOX_PORT": str(port)}
    command = [CONNECTOR, "sandbox", "--workers", "60"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout
    assert child.stdout.readline() == f"sandbox ready at http://127.0.0.1:{port}\n"
    assert requests.get(f"http://127.0.0.1:{port}/admin/health", timeout=10).json()["workers"] == 60
    second = run("sandbox", "--workers", "60", **environment)
    assert second.returncode == 1
    assert f"Port {port} of 127.0.0.1 is taken" in second.stderr
    child.send_signal(number)
    assert child.wait(timeout=30) == 0
    child.stdout.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/admin/health", timeout=1)
