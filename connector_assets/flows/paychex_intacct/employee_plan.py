"""What Intacct's employees must become to follow the roster: which one stands for whom, and what differs.

An employee's key is (company, worker id): once paired, a new name, a new number or a rehire changes that employee and
makes no second one. A worker who left gets the end date and its kind at once, and turns inactive only when nothing can
be posted for them any more.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, check_name, finding
from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.flows.paychex_intacct.last_checks import UnpostedRun
from connector_assets.orchestration.roster import TERMINATED
from connector_assets.orchestration.worker_history import ACTIVE, ON_LEAVE

EMPLOYEE_TYPES = frozenset({"EMPLOYEE"})
"""Contractors are vendors, and no employees."""
TERMINATION_TYPES = {
    "RESIGNED": "voluntary",
    "RETIRED": "retired",
    "DECEASED": "deceased",
    "DISCHARGED": "involuntary",
    "TERMINATION": "involuntary",
    "PEO_SERVICES_CANCELLED": "involuntary",
}
"""Paychex's reason for the end, and Intacct's kind of termination. Another reason leaves the kind open."""
SHOWN = 10
LOOKED_AT_ONCE = 2000

Action = Literal["create", "update", "rename"]
Value = str | date | bool

WANTED = FrameSchema(
    "wanted_employees",
    (
        Column("worker_id", "string", "Paychex worker id"),
        Column("employee_id", "string", "Intacct employee id"),
        Column("department_id", "string", "Home department", nullable=True),
        Column("location_id", "string", "Home location"),
        Column("title", "string", "Job title", nullable=True),
        Column("start_date", "date", "Day of hire", nullable=True),
        Column("end_date", "date", "Last day of somebody who left", nullable=True),
        Column("termination_type", "string", "Intacct's kind of termination", nullable=True),
        Column("supervisor_id", "string", "Employee id of the supervisor", nullable=True),
        Column("has_left", "bool", "Whether the employment has ended"),
        Column("active", "bool", "Whether new lines may use the employee"),
        Column("is_due", "bool", "Whether the employee is to be created where there is none"),
    ),
)
_PLAIN = ("department_id", "location_id", "title", "start_date", "supervisor_id")


@dataclass(frozen=True)
class EmployeeChange:
    """One Intacct employee to create, update or rename. `fields` are written as they are, names added at the edge."""

    action: Action
    worker_id: str
    employee_id: str
    fields: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True)
class Links:
    """Which employee stands for which worker: worker id -> employee id. `fresh` are the pairs not kept yet."""

    employees: dict[str, str]
    fresh: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def linked(
    roster: pd.DataFrame, settled: Mapping[str, str], taken: Mapping[str, str], prefix: str, *, company: str
) -> Links:
    """Pair the workers of a roster (WORKERS) with employees: those settled before, then by number.

    `settled` are this connection's pairs, `taken` the employees that other connections' workers stand for (employee id
    -> worker id). Where two workers would share an employee, the one who is still employed has it; where both are, the
    one who is settled, and without one neither: nothing is written for them until their numbers are corrected.
    """
    people = roster[roster["worker_type"].isin(EMPLOYEE_TYPES)]
    found: dict[str, str] = {}
    claims: dict[str, tuple[bool, str]] = {}
    problems: list[Finding] = []
    numbers = zip(people["worker_id"], people["employee_id"], people["status"], strict=True)
    for worker_id, number, status in numbers:
        employee_id = settled.get(worker_id) or (prefix + number if number else "")
        is_there = status != TERMINATED
        holder = claims.get(employee_id)
        if not employee_id:
            problems += [_numberless(worker_id)] if is_there else []
        elif taken.get(employee_id, worker_id) != worker_id:
            problems.append(_taken(worker_id, employee_id, company))
        elif holder is None or (is_there and not holder[0]):
            if holder is not None:
                found.pop(holder[1])
            claims[employee_id], found[worker_id] = (is_there, worker_id), employee_id
        elif is_there:
            problems.append(_shared(worker_id, holder[1], employee_id))
            if holder[1] not in settled:
                found.pop(holder[1], None)
            if worker_id in settled:
                claims[employee_id], found[worker_id] = (True, worker_id), employee_id
    fresh = {worker_id: employee_id for worker_id, employee_id in found.items() if settled.get(worker_id) is None}
    return Links(found, fresh, problems)


def named_in_ledger(workers: pd.DataFrame, settled: Mapping[str, str], prefix: str) -> pd.DataFrame:
    """WORKERS with the number that each has in Intacct: as settled, else the company's own, prefixed.

    Of two who are employed under one number, whoever is not settled has one that Intacct does not know: a line that
    would name them is treated as one that names somebody whom Intacct lacks.
    """
    own = [
        settled.get(one) or prefix + number
        for one, number in zip(workers["worker_id"], workers["employee_id"], strict=True)
    ]
    numbers = pd.Series(own, index=workers.index, dtype="str")
    employed = numbers.where(workers["status"] != TERMINATED)
    shared = employed.notna() & employed.duplicated(keep=False) & ~workers["worker_id"].isin(list(settled))
    return workers.assign(employee_id=numbers.mask(shared, numbers + " (of two workers)"))


def wanted_employees(
    roster: pd.DataFrame,
    homes: pd.DataFrame,
    links: Mapping[str, str],
    supervisors: Mapping[str, str],
    *,
    unposted: Sequence[UnpostedRun],
    today: date,
    stays_days: int,
) -> pd.DataFrame:
    """The employees that the roster asks for (WANTED): those who are paired and have a location in Intacct.

    `homes` has the rows of `roster` with department_id and location_id in Intacct's ids; `supervisors` maps worker ids
    of any connection to employee ids. While one of the `unposted` pay runs may hold somebody's last check, that
    employee stays active.
    """
    table = homes[["worker_id", "department_id", "location_id", "title", "status", "status_reason", "status_date"]]
    table = table.assign(
        employee_id=homes["worker_id"].map(dict(links)),
        start_date=homes["hire_date"],
        supervisor_id=homes["supervisor_worker_id"].map(dict(supervisors), na_action="ignore").astype("str"),
    )
    table = table[table["employee_id"].notna() & table["location_id"].notna()].reset_index(drop=True)
    left = (table["status"] == TERMINATED).to_numpy()
    days = [
        day if gone and isinstance(day, date) else None for gone, day in zip(left, table["status_date"], strict=True)
    ]
    settled = np.array([day is not None and _is_over(day, unposted, today, stays_days) for day in days], dtype=bool)
    recent = np.array([day is not None and today <= day + timedelta(days=stays_days) for day in days], dtype=bool)
    there = table["status"].isin((ACTIVE, ON_LEAVE)).to_numpy()
    reasons = table["status_reason"].map(TERMINATION_TYPES, na_action="ignore").where(left, None)
    made = table.assign(
        end_date=pd.Series(days, dtype=object),
        termination_type=reasons.astype("str"),
        has_left=left,
        active=~settled,
        is_due=there | recent,
    )
    return WANTED.conform(made[WANTED.names].astype({"employee_id": "str", "end_date": object}))


def _is_over(left_on: date, unposted: Sequence[UnpostedRun], today: date, stays_days: int) -> bool:
    """Whether nothing can be posted any more for somebody who left: every pay run that may pay them is in the books."""
    if today <= left_on + timedelta(days=stays_days):
        return False
    return not any(run.may_pay(left_on) for run in unposted)


def missing(wanted: pd.DataFrame, employees: pd.DataFrame) -> pd.DataFrame:
    """The rows of WANTED for whom there is no employee (LEDGER_EMPLOYEES) and is to be one."""
    unknown = ~wanted["employee_id"].isin(employees["employee_id"])
    return wanted[unknown & wanted["is_due"]].reset_index(drop=True)


def creation(row: Mapping[Hashable, object]) -> EmployeeChange:
    """The employee that a row of WANTED asks for, without supervisor, who may be created later."""
    names = ("department_id", "location_id", "title", "start_date", "end_date", "termination_type")
    fields: dict[str, Value] = {"is_active": True}
    fields |= {name: row[name] for name in names if _given(row[name])}  # type: ignore[misc] # as WANTED says
    return EmployeeChange("create", str(row["worker_id"]), str(row["employee_id"]), _sorted(fields))


def updates(wanted: pd.DataFrame, employees: pd.DataFrame, today: date) -> Iterator[EmployeeChange]:
    """What makes the employees there are (LEDGER_EMPLOYEES) what is wanted (WANTED), a part of them at a time.

    A supervisor whom Intacct has not, or not as active, is left for a later time.
    """
    places = pd.Index(employees["employee_id"]).get_indexer(pd.Index(wanted["employee_id"]))
    known, now = wanted[places >= 0].reset_index(drop=True), employees.take(places[places >= 0]).reset_index(drop=True)
    bosses = set(employees.loc[employees["active"], "employee_id"])
    suspect = known["active"].to_numpy() != now["active"].to_numpy()
    for column in (*_PLAIN, "end_date", "termination_type"):
        left, right = known[column], now[column]
        same = (left == right).fillna(False).to_numpy(dtype=bool) | (left.isna() & right.isna()).to_numpy()
        suspect |= ~same
    rows = np.flatnonzero(suspect)
    for start in range(0, len(rows), LOOKED_AT_ONCE):
        part = rows[start : start + LOOKED_AT_ONCE]
        for row, held in zip(known.take(part).to_dict("records"), now.take(part).to_dict("records"), strict=True):
            if fields := _fields(row, held, bosses, today):
                yield EmployeeChange("update", str(row["worker_id"]), str(row["employee_id"]), fields)


def _fields(
    row: Mapping[Hashable, object], held: Mapping[Hashable, object], bosses: set[str], today: date
) -> tuple[tuple[str, Value], ...]:
    fields: dict[str, Value] = {}
    for name in _PLAIN:
        value = row[name]
        if _given(value) and value != held[name] and (name != "supervisor_id" or value in bosses):
            fields[name] = value  # type: ignore[assignment] # a text or a date, as WANTED says
    if row["has_left"]:
        for name in ("end_date", "termination_type"):
            if _given(row[name]) and row[name] != held[name]:
                fields[name] = row[name]  # type: ignore[assignment] # as above
    elif isinstance(held["end_date"], date) and held["end_date"] <= today:
        fields |= {"end_date": "", "termination_type": ""}  # rehired: an empty text clears the field
    if row["active"] != held["active"]:
        fields["is_active"] = bool(row["active"])
    return _sorted(fields)


def _given(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, date) and not pd.isna(value))


def _sorted(fields: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(fields.items()))


def unlike_findings(absent: Sequence[str], different: Sequence[str], extra: Sequence[str]) -> list[Finding]:
    """W01 and W05: employees who are absent, or not as wanted, once everything was written; and those nobody is."""
    found = []
    for ids, what in ((absent, "are missing in Intacct"), (different, "are not as the roster has them")):
        if ids:
            why = f"{len(ids)} employees {what}: {_listed(ids)}."
            found.append(finding("W01", "employees", why, f"See {check_name('W02')}, then refresh again."))
    if extra:
        why = f"{len(extra)} active employees of the entity stand for nobody on a roster: {_listed(extra)}."
        fix = "Inactivate those who left; pair the others: connector pair NAME employee WORKER_ID EMPLOYEE_ID."
        found.append(finding("W05", "employees", why, fix))
    return found


def not_compared() -> Finding:
    """That nobody compares employees with the roster, because the connection says so; for information."""
    why = "Intacct's employees are not compared with the roster: `employees` is off in the connection file."
    fix = "Set it to report to compare and write nothing, or to sync to have them follow."
    return finding("W01", "employees", why, fix, Severity.INFO)


def placeless_findings(homes: pd.DataFrame) -> list[Finding]:
    """W06: who is employed and has no department or no location in Intacct. `homes` as in `wanted_employees`."""
    there = homes[homes["status"].isin((ACTIVE, ON_LEAVE)) & homes["worker_type"].isin(EMPLOYEE_TYPES)]
    found = []
    for column, what in (("department_id", "department"), ("location_id", "location")):
        ids = sorted(there.loc[there[column].isna(), "worker_id"])
        if ids:
            why = f"{len(ids)} workers on the roster have no {what} in Intacct: {_listed(ids)}."
            fix = "Give them a home organization and location in Flex, or give those a partner in Intacct."
            found.append(finding("W06", "worker_roster", why, fix))
    return found


def _listed(ids: Sequence[str]) -> str:
    more = len(ids) - SHOWN
    return ", ".join(ids[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _numberless(worker_id: str) -> Finding:
    fix = "Give the worker an employee number in Flex, or pair them: connector pair NAME employee WORKER_ID ID."
    return finding("W03", f"worker {worker_id}", f"Worker {worker_id} has no employee number.", fix)


def _taken(worker_id: str, employee_id: str, company: str) -> Finding:
    why = f"Employee {employee_id} stands for a worker of another company, not for worker {worker_id} of {company}."
    return finding("W03", f"worker {worker_id}", why, "Set employee_id_prefix, so that numbers of companies differ.")


def _shared(worker_id: str, other_id: str, employee_id: str) -> Finding:
    why = f"Workers {worker_id} and {other_id} are both employed, and both would be employee {employee_id}."
    return finding(
        "W03", f"worker {worker_id}", why, "Correct the employee number of one of them in Flex.", Severity.ERROR
    )
