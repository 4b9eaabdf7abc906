"""The worker roster, and what Intacct's employees must become to follow it.

Names are read at the edge and handed on to Intacct; a frame holds only a keyed digest of them, so that a rename shows.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from connector_assets.accounting.register import WORKERS
from connector_assets.vendors.paychex.models import Worker

TERMINATED = "TERMINATED"
EMPLOYEE_TYPES = frozenset({"EMPLOYEE"})
INACTIVE_AFTER_DAYS = 45
"""A terminated worker stays active in Intacct this long: late checks, bonuses and voids need the dimension."""

Action = Literal["create", "update"]


def roster_of(workers: Iterable[Worker], salt: bytes) -> pd.DataFrame:
    """The frame WORKERS, one row for each worker, terminated ones included."""
    return WORKERS.conform(pd.DataFrame([_row(worker, salt) for worker in workers], columns=WORKERS.names))


def _row(worker: Worker, salt: bytes) -> tuple[object, ...]:
    name = f"{worker.family_name.get_secret_value()}\x1f{worker.given_name.get_secret_value()}"
    return (
        *(worker.worker_id, worker.employee_id, worker.worker_type, worker.employment_type or None),
        *(worker.exemption_type or None, worker.status, worker.status_reason or None, worker.status_date, worker.hire_date),
        *(worker.organization_id, worker.location_id, worker.job_id, worker.labor_assignment_id, worker.supervisor_id),
        *(worker.title, hmac.new(salt, name.encode(), "sha256").hexdigest()[:32]),
    )


@dataclass(frozen=True)
class RosterChanges:
    """How a roster differs from the one before it: worker ids."""

    hired: tuple[str, ...]
    changed: tuple[str, ...]
    terminated: tuple[str, ...]


def roster_changes(before: pd.DataFrame, after: pd.DataFrame) -> RosterChanges:
    """Compare two rosters: new workers, newly terminated ones, and those with any other change."""
    old = {str(row["worker_id"]): row for row in before.astype(object).where(before.notna(), None).to_dict("records")}
    hired, changed, terminated = [], [], []
    for row in after.astype(object).where(after.notna(), None).to_dict("records"):
        worker_id = str(row["worker_id"])
        known = old.get(worker_id)
        if known is None:
            hired.append(worker_id)
        elif row["status"] == TERMINATED != known["status"]:
            terminated.append(worker_id)
        elif row != known:
            changed.append(worker_id)
    return RosterChanges(tuple(hired), tuple(changed), tuple(terminated))


@dataclass(frozen=True)
class EmployeeChange:
    """One Intacct employee to create or update; `fields` are written as they are, the name is added at the edge."""

    action: Action
    worker_id: str
    employee_id: str
    fields: tuple[tuple[str, str], ...]


def employee_changes(
    roster: pd.DataFrame,
    employees: pd.DataFrame,
    departments: Mapping[str, str],
    locations: Mapping[str, str],
    today: date,
) -> list[EmployeeChange]:
    """What makes Intacct's employees follow the roster. `departments` and `locations` map Paychex ids to Intacct ids.

    Contractors are left out (they are vendors). A worker with no location in Intacct is skipped here and reported by the
    alignment. Someone who left before Intacct ever knew them is not created.
    """
    known = {str(row["employee_id"]): row for row in employees.to_dict("records")}
    changes = []
    for row in roster[roster["worker_type"].isin(EMPLOYEE_TYPES)].to_dict("records"):
        wanted = _wanted(row, departments, locations, today)
        employee = known.get(str(row["employee_id"]))
        if wanted is None or (employee is None and wanted["STATUS"] == "inactive"):
            continue
        if employee is None:
            changes.append(_change("create", row, wanted))
        elif differing := {name: value for name, value in wanted.items() if _held(employee, name) != value}:
            changes.append(_change("update", row, differing))
    return changes


def _change(action: Action, row: Mapping[str, object], fields: Mapping[str, str]) -> EmployeeChange:
    return EmployeeChange(action, str(row["worker_id"]), str(row["employee_id"]), tuple(sorted(fields.items())))


def _wanted(
    row: Mapping[str, object], departments: Mapping[str, str], locations: Mapping[str, str], today: date
) -> dict[str, str] | None:
    location = locations.get(str(row["location_id"]))
    if location is None:
        return None
    left = row["status_date"] if row["status"] == TERMINATED and isinstance(row["status_date"], date) else None
    inactive = left is not None and today > left + timedelta(days=INACTIVE_AFTER_DAYS)
    fields = {
        "STATUS": "inactive" if inactive else "active",
        "LOCATIONID": location,
        "DEPARTMENTID": departments.get(str(row["organization_id"]), ""),
        "STARTDATE": _text(row["hire_date"]),
        "ENDDATE": _text(left),
    }
    return {name: value for name, value in fields.items() if value}


def _held(employee: Mapping[str, object], name: str) -> str:
    columns = {"LOCATIONID": "location_id", "DEPARTMENTID": "department_id", "STARTDATE": "start_date", "ENDDATE": "end_date"}
    if name == "STATUS":
        return "active" if employee["active"] else "inactive"
    return _text(employee[columns[name]])


def _text(value: object) -> str:
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # the stubs do not take an object
        return ""
    return f"{value:%m/%d/%Y}" if isinstance(value, date) else str(value)
