"""Where the employees of a connection stand, from the records alone: those in step together, each problem apart."""

from collections import Counter
from dataclasses import asdict, dataclass

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_visma import state as states
from connector_assets.flows.paychex_visma.dimensions import PROBLEMS

SECTION = "employees"
SHOWN = ("connection", "subject", "state", "workers")
_WAITING = "visma_waiting"
TROUBLED = (states.DRIFTED, states.HELD, states.UNKNOWN, states.REFUSED, states.SENDING)


@dataclass(frozen=True)
class EmployeeStatus:
    """A group of employees, or one with a problem. `reconciled` says that both sides agree."""

    connection: str
    subject: str
    state: str
    workers: int
    reconciled: bool
    problem: str
    next_action: str


def statuses(home: Deployment, connection: Connection) -> list[EmployeeStatus]:
    """Those in step together, then whoever is not, what waits, and the dimensions that drifted."""
    name = connection.name
    known = states.worker_states(home, name)
    numbers = Counter(one.state for one in known)
    found = [_row(name, "all in step", states.IN_STEP, numbers[states.IN_STEP], "")]
    found += [_row(name, f"employee {one.employee_no}", one.state, 1, one.problem) for one in known if _is_bad(one)]
    waiting = home.snapshots.get(name, _WAITING) or {"count": 0, "why": ""}
    if waiting["count"]:
        found.append(_row(name, "changes", states.WAITING, waiting["count"], waiting["why"]))
    problems = home.snapshots.get(name, PROBLEMS) or {}
    return found + [_row(name, subject, states.DRIFTED, 0, why) for subject, why in sorted(problems.items())]


def rows(home: Deployment, connection: Connection) -> list[dict[str, object]]:
    """The same as data, for `connector status --json`."""
    return [asdict(status) for status in statuses(home, connection)]


def keep_waiting(home: Deployment, connection: str, count: int, why: str) -> None:
    """Keep how many changes are left for the next run, and why."""
    value = {"count": count, "why": why or "A later run goes on with them."} if count else {"count": 0, "why": ""}
    if (home.snapshots.get(connection, _WAITING) or {"count": 0, "why": ""}) != value:
        home.snapshots.put(connection, _WAITING, value)


def _is_bad(one: states.WorkerState) -> bool:
    return one.state in TROUBLED


def _row(name: str, subject: str, state: str, workers: int, problem: str) -> EmployeeStatus:
    return EmployeeStatus(name, subject, state, workers, state == states.IN_STEP, problem, problem)
