"""Reading Visma's employees: those that changed since the last look, and now and then all of them.

Each page brings hundreds, so that a look costs one call as a rule. Visma's moments name no zone, and an upgrade moves
them all: the mark is taken from the data, an overlap covers a zone and the clock's change, and a second sight of the
same changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pandas as pd

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_visma import facts as knowing
from connector_assets.flows.paychex_visma.config import EmployeesSection, PaychexVismaConnection
from connector_assets.flows.paychex_visma.frames import VISMA_EMPLOYEES
from connector_assets.vendors.visma.client import VismaClient
from connector_assets.vendors.visma.models import Employee

OVERLAP = timedelta(hours=3)
_MARK = "visma_poll"


def poll(
    connection: PaychexVismaConnection,
    client: VismaClient,
    home: Deployment,
    before: pd.DataFrame | None,
    salt: bytes,
    now: datetime,
) -> pd.DataFrame:
    """VISMA_EMPLOYEES as it is now: `before` with what changed, or read whole where that is due."""
    mark = home.snapshots.get(connection.name, _MARK) or {}
    is_whole = before is None or not mark or _is_old(mark["whole_at"], now, connection.whole_poll_hours)
    since = "" if is_whole else _earlier(mark["newest"])
    fresh = frame_of(client.employees(since), connection.employees, salt)
    frame = fresh
    if not is_whole and before is not None:
        frame = pd.concat([before[~before["employee_no"].isin(fresh["employee_no"])], fresh], ignore_index=True)
    frame = VISMA_EMPLOYEES.conform(frame.sort_values("employee_no", kind="stable", ignore_index=True))
    newest = max([*frame["modified"], ""])
    whole_at = now.isoformat() if is_whole else mark["whole_at"]
    home.snapshots.put(connection.name, _MARK, {"newest": newest, "whole_at": whole_at})
    return frame


def frame_of(employees: Iterable[Employee], policy: EmployeesSection, salt: bytes) -> pd.DataFrame:
    """Employees as VISMA_EMPLOYEES; names and addresses become keyed digests here."""
    rows = []
    for one in employees:
        held = knowing.held(one, policy, salt)
        family, given, email = (one.values[name].get_secret_value() for name in ("family_name", "given_name", "email"))
        rows.append(
            (
                *(one.number, one.etag, one.modified),
                *(held[name] for name in (knowing.STATUS, knowing.DEPARTMENT, knowing.BRANCH, knowing.NAME)),
                knowing.reach_of(family, given, email, salt),
                *(held.get(name, "") for name in (knowing.TITLE, knowing.HIRE_DATE, knowing.END_DATE)),
            )
        )
    return VISMA_EMPLOYEES.conform(pd.DataFrame(rows, columns=VISMA_EMPLOYEES.names))


def _is_old(whole_at: str, now: datetime, limit_hours: float) -> bool:
    return now - datetime.fromisoformat(whole_at) > timedelta(hours=limit_hours)


def _earlier(moment: str) -> str:
    """A moment less the overlap, as Visma reads one; empty for what is none."""
    try:
        found = datetime.fromisoformat(moment[:23])
    except ValueError:
        return ""
    return (found - OVERLAP).isoformat(timespec="milliseconds")
