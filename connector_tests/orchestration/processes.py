"""Dagster's own processes on a house's deployment: daemon, webserver, run workers; started, killed, started again.

They are the real thing, so these tests wait for them: for a condition, never for a length of time.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from connector_assets.commands.demo import workspace_file
from connector_assets.orchestration.launcher import worker_process
from connector_tests.flows.house import House
from connector_tests.test_cli_errors import free_port

LOOK_EVERY_S = 0.1
LIMIT_S = 120.0
BIN = Path(sys.executable).parent
DAEMON = """
from dagster._daemon import controller
from dagster._scheduler import scheduler
controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 1
scheduler._get_next_scheduler_iteration_time = lambda started: started + 1
from dagster._daemon.cli import main
main()
"""
"""`dagster-daemon`, which looks after backfills and schedules every second and not only once or twice a minute."""
QUICK = {"poll_interval_seconds: 20": "poll_interval_seconds: 1"}
"""What is set otherwise in tests: how often the daemon looks after run workers."""


def wait_until(what: str, condition: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Wait for a condition on other processes; fails saying `what` did not come."""
    until_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until_s, f"{what}: not within {limit_s:g} s"
        time.sleep(LOOK_EVERY_S)


@dataclass
class Dagster:
    """Daemon, webserver and receiver on the instance of a house, each with a group of its own that can die with it.

    `others` are commands of further processes by name, or stand in the place of these.
    """

    house: House
    workspace: Path = field(default_factory=workspace_file)
    port: int = field(default_factory=free_port)
    receiver_port: int = field(default_factory=free_port)
    others: Mapping[str, list[str]] = field(default_factory=dict)
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def instance(self) -> DagsterInstance:
        """The instance that all of them share."""
        return self.house.instance

    def start(self, *names: str) -> None:
        """Start `daemon`, `webserver`, `receiver`, or one of the others."""
        commands = {
            "daemon": [sys.executable, "-c", DAEMON, "run", "-w", str(self.workspace)],
            "webserver": [str(BIN / "dagster-webserver"), "-w", str(self.workspace), "-p", str(self.port)],
            "receiver": [str(BIN / "connector"), "webhooks", "serve"],
            **self.others,
        }
        variables = {**os.environ, **SPEED, **HOOK, "CONNECTOR_WEBHOOKS_PORT": str(self.receiver_port)}
        for name in names:
            log = (self.house.folder / f"{name}.log").open("ab")
            self.children[name] = subprocess.Popen(
                commands[name], stdout=log, stderr=log, env=variables, start_new_session=True
            )
            log.close()

    def keep_up(self) -> None:
        """Start again what has ended by itself, as a service manager would."""
        self.start(*(name for name, child in list(self.children.items()) if child.poll() is not None))

    def kill(self, name: str, *, group: bool = False) -> None:
        """Kill -9 one of them: the process alone, or with everything that it has started."""
        child = self.children.pop(name)
        if group:
            os.killpg(child.pid, signal.SIGKILL)
        child.kill()
        child.wait()

    def end(self) -> None:
        """End everything that was started, and what that has started."""
        for child in self.children.values():
            child.send_signal(signal.SIGTERM)
        for child in self.children.values():
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()
            _kill_group(child.pid)

    def kill_worker(self) -> str:
        """Kill -9 the worker of a run as soon as it has one; answers the run's id."""
        found: list[tuple[str, int]] = []

        def seen() -> bool:
            for run in self.instance.get_runs(filters=RunsFilter(statuses=[DagsterRunStatus.STARTED])):
                if (process_id := worker_process(self.instance, run.run_id)) is not None:
                    found.append((run.run_id, process_id))
            return bool(found)

        wait_until("a run worker", seen)
        os.kill(found[0][1], signal.SIGKILL)
        return found[0][0]

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Ask the webserver by GraphQL, as the UI does."""
        url = f"http://127.0.0.1:{self.port}/graphql"
        body = requests.post(url, json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in body, body["errors"]
        answer: dict[str, Any] = body["data"]
        return answer

    def is_serving(self) -> bool:
        """Whether the webserver answers."""
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/server_info", timeout=5).ok
        except requests.RequestException:
            return False

    def notify(self, body: Mapping[str, object]) -> int:
        """Send a notification to the receiver, as Paychex does; the status of its answer, 0 where there is none."""
        url = f"http://127.0.0.1:{self.receiver_port}/paychex"
        try:
            return requests.post(url, json=body, auth=(HOOK[USERNAME], HOOK[PASSWORD]), timeout=10).status_code
        except requests.ConnectionError:
            return 0

    def log(self, name: str) -> str:
        """What one of them has said."""
        return (self.house.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


USERNAME, PASSWORD = "CONNECTOR_WEBHOOKS_USERNAME", "CONNECTOR_WEBHOOKS_PASSWORD"
HOOK = {USERNAME: "paychex", PASSWORD: "basic-secret-word"}
SPEED = {"DAGSTER_EVENT_LOG_CONSUMER_DAEMON_INTERVAL_SECONDS": "1"}


def _kill_group(group_id: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group_id, signal.SIGKILL)


@contextmanager
def dagster_of(
    house: House, *names: str, workspace: Path | None = None, others: Mapping[str, list[str]] | None = None
) -> Iterator[Dagster]:
    """Dagster's processes on a house; what they say is shown when a test fails."""
    path = Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml"
    text = path.read_text(encoding="utf-8")
    for usual, quick in QUICK.items():
        text = text.replace(usual, quick)
    path.write_text(text, encoding="utf-8")
    dagster = Dagster(house, workspace or workspace_file(), others=others or {})
    try:
        dagster.start(*names)
        yield dagster
    except BaseException:
        for name in names:
            print(f"--- {name}\n{dagster.log(name)[-6000:]}")
        raise
    finally:
        dagster.end()
