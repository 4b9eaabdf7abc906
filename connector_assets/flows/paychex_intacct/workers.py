"""What Intacct's employees must become to follow the worker roster."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from connector_assets.orchestration.roster import TERMINATED

EMPLOYEE_TYPES = frozenset({"EMPLOYEE"})
INACTIVE_AFTER_DAYS = 45
"""A terminated worker stays active in Intacct this long: late checks, bonuses and voids need the dimension."""

Action = Literal["create", "update"]
Value = str | date | bool


@dataclass(frozen=True)
class EmployeeChange:
    """One Intacct employee to create or update; `fields` are written as they are, the name is added at the edge."""

    action: Action
    worker_id: str
    employee_id: str
    fields: tuple[tuple[str, Value], ...]


def employee_changes(
    roster: pd.DataFrame,
    employees: pd.DataFrame,
    departments: Mapping[str, str],
    locations: Mapping[str, str],
    today: date,
) -> list[EmployeeChange]:
    """What makes Intacct's employees follow the roster. `departments` and `locations` map Paychex ids to Intacct ids.

    Contractors are left out: they are vendors. A worker with no location in Intacct is skipped, and reported by the
    alignment. Someone who left before Intacct ever knew them is not created.
    """
    known = {str(row["employee_id"]): row for row in employees.to_dict("records")}
    changes = []
    for row in roster[roster["worker_type"].isin(EMPLOYEE_TYPES)].to_dict("records"):
        wanted = _wanted(row, departments, locations, today)
        employee = known.get(str(row["employee_id"]))
        if wanted is None or (employee is None and not wanted["is_active"]):
            continue
        if employee is None:
            changes.append(_change("create", row, wanted))
        elif differing := {name: value for name, value in wanted.items() if employee[_COLUMNS[name]] != value}:
            changes.append(_change("update", row, differing))
    return changes


def _change(action: Action, row: Mapping[Hashable, object], fields: Mapping[str, Value]) -> EmployeeChange:
    return EmployeeChange(action, str(row["worker_id"]), str(row["employee_id"]), tuple(sorted(fields.items())))


def _wanted(
    row: Mapping[Hashable, object], departments: Mapping[str, str], locations: Mapping[str, str], today: date
) -> dict[str, Value] | None:
    """What Intacct should hold, by the field names of `IntacctMasterData`; None for a worker without a location."""
    location = locations.get(str(row["location_id"]))
    if location is None:
        return None
    left, hired = row["status_date"] if row["status"] == TERMINATED else None, row["hire_date"]
    fields: dict[str, Value] = {"is_active": True, "location_id": location}
    if str(row["organization_id"]) in departments:
        fields["department_id"] = departments[str(row["organization_id"])]
    if isinstance(hired, date):
        fields["start_date"] = hired
    if isinstance(left, date):
        fields |= {"end_date": left, "is_active": today <= left + timedelta(days=INACTIVE_AFTER_DAYS)}
    return fields


_COLUMNS = {"is_active": "active"} | {name: name for name in ("location_id", "department_id", "start_date", "end_date")}
"""Where the frame of Intacct's employees holds each field."""
