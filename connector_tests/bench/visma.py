"""Whether many workers are kept current within Visma's hour: `python -m connector_tests.bench.visma [WORKERS CHANGES]`.

The sample firm's people are entered in a simulated Visma, some of them change in the simulated Paychex, and one look
follows under the smallest hourly limit known. Prints the calls of that look by kind, beside what they may be: one for
each changed worker and a page for each hundreds of employees, and how long it took.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import requests

from connector_assets.commands.demo_visma import NAME, prepare_visma
from connector_assets.connections import load_connection
from connector_assets.deployment import open_deployment
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.flows.paychex_visma.employees import EmployeeSync, Tools
from connector_assets.flows.paychex_visma.facts import Targets
from connector_assets.flows.paychex_visma.poll import poll
from connector_assets.orchestration.roster import name_salt, roster_of
from connector_assets.records.database import utc_now
from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.systems import paychex_client, visma_client
from connector_tests.flows.house import environment

HOURLY_LIMIT = 500
PAGE_SIZE_ROWS = 500
WORKERS_DEFAULT, CHANGES_DEFAULT = 10_000, 400
COMPANY_ID = ENTITIES[0].paychex_company_id


@dataclass(frozen=True)
class Measured:
    """One look: people in step, those who changed, calls to Visma by kind, how it ended, seconds."""

    employees: int
    changed: int
    calls: dict[str, int]
    waiting: int
    elapsed_s: float

    @property
    def bound(self) -> int:
        """The most calls that the look may need: each change, the pages of a whole poll, a token."""
        return self.changed + -(-self.employees // PAGE_SIZE_ROWS) + 1 + 1


def measure(workers: int, changes: int, tell: Callable[[str], None] = lambda _: None) -> Measured:
    """Enter the people, change some, look once under the limit."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        firm = Firm(FirmOptions(workers=workers))
        root = stack.enter_context(running_sandbox(SandboxOptions(home / "sandbox.db", workers=workers), firm=firm))
        stack.enter_context(environment(home, int(root.rpartition(":")[2])))
        from connector_assets.settings import load_settings

        settings = load_settings()
        prepare_visma(settings, root)
        _post(root, "switches", **{"visma.hourly_limit": "off"})
        started_s = time.monotonic()
        _look(root)
        tell(f"everybody entered in {time.monotonic() - started_s:.0f} s")
        people = [one for one in firm.workers(COMPANY_ID, date.today()) if one.statuses[-1].status_type == "ACTIVE"]  # noqa: DTZ011 - the sandbox's own day
        for worker in people[:changes]:
            body = {"company_id": COMPANY_ID, "worker_id": worker.worker_id, "family_name": f"{worker.family_name}-Ny"}
            _post(root, "paychex/workers/change", **body)
        _post(root, "switches", **{"visma.hourly_limit": str(HOURLY_LIMIT)})
        _post(root, "calls/reset")
        started_s = time.monotonic()
        waiting, employees = _look(root)
        calls = requests.get(f"{root}/admin/calls", timeout=60).json()
        ours = {name.removeprefix("visma "): count for name, count in calls.items() if name.startswith("visma ")}
        return Measured(employees, min(changes, len(people)), ours, waiting, time.monotonic() - started_s)


def _look(root: str) -> tuple[int, int]:
    """One look as the hourly run does it, all read anew; how many changes wait, and how many employees there are."""
    from connector_assets.settings import load_settings

    settings = load_settings()
    home = open_deployment(settings)
    connection = load_connection(settings, NAME)
    assert isinstance(connection, PaychexVismaConnection)
    salt = name_salt(home, NAME)
    source = paychex_client(connection, connection.paychex, home.credentials, settings)
    target = visma_client(connection, connection.visma, home.credentials, settings)
    roster = roster_of(source.workers(COMPANY_ID), salt)
    polled = poll(connection, target, home, None, salt, utc_now())
    work = EmployeeSync(
        Tools(connection, home, source, target, _places(root), salt, "bench", utc_now()), roster, polled
    )
    rows = list(work.carry(work.plan()))
    return sum(row.is_due for row in rows), len(polled)


def _places(root: str) -> Targets:
    """The partners of organizations and locations, without an alignment: this is about employees."""
    departments = {unit["organization_id"]: unit["number"] for unit in _units(root, "organization")}
    known = {one["key"] for one in _records(root, "department")}
    branches = {one["name"]: one["key"] for one in _records(root, "branch")}
    locations = {unit["location_id"]: branches[unit["name"]] for unit in _units(root, "location")}
    return Targets({one: number if number in known else "100" for one, number in departments.items()}, locations, {})


def _units(root: str, kind: str) -> list[dict[str, str]]:
    query = {"company_id": COMPANY_ID, "kind": kind}
    found: list[dict[str, str]] = requests.get(f"{root}/admin/paychex/units", params=query, timeout=60).json()
    return found


def _records(root: str, kind: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = requests.get(f"{root}/admin/visma/records", params={"kind": kind}, timeout=60).json()
    return found


def _post(root: str, path: str, **body: object) -> None:
    reply = requests.post(f"{root}/admin/{path}", json=body, timeout=60)
    assert reply.status_code == 200, reply.text


def main(workers: int = WORKERS_DEFAULT, changes: int = CHANGES_DEFAULT) -> int:
    """Measure and print; the exit code is 0 only when the calls kept within their bound and nothing waits."""
    found = measure(workers, changes, print)
    for name, count in sorted(found.calls.items()):
        print(f"{count:>8,}  {name}")
    total = sum(found.calls.values())
    print(
        f"{total:>8,}  calls for {found.changed:,} changes among {found.employees:,} employees; may be {found.bound:,}"
    )
    print(
        f"Within an hour of {HOURLY_LIMIT} calls: {found.waiting} changes wait. The look took {found.elapsed_s:.1f} s."
    )
    return 0 if total <= found.bound and not found.waiting else 1


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:3])))
