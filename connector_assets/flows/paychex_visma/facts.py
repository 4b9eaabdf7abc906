"""What Visma should hold of a worker, and what it holds, made comparable: plain where it is an id, else a keyed digest.

A name is compared and kept as a digest. The text itself goes from Paychex to Visma and is kept nowhere between.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import SecretStr

from connector_assets.flows.paychex_visma.config import EmployeesSection
from connector_assets.orchestration.roster import TERMINATED, name_digest
from connector_assets.vendors.paychex.models import Worker
from connector_assets.vendors.visma.models import Employee

STATUS, DEPARTMENT, BRANCH, NAME = "status", "department", "branch", "name"
TITLE, HIRE_DATE, END_DATE = "title", "hire_date", "end_date"
KNOWN_STATUSES = {"ACTIVE", "INACTIVE", TERMINATED}
NOT_YET = {"PENDING", "IN_PROGRESS"}
EMPLOYEE_TYPE = "EMPLOYEE"
Comparable = dict[str, str]


@dataclass(frozen=True)
class Facts:
    """A worker as far as it concerns Visma. `name` is a keyed digest."""

    worker_id: str
    employee_id: str
    worker_type: str
    status: str
    status_reason: str
    status_date: date | None
    hire_date: date | None
    organization_id: str
    location_id: str
    job_id: str
    title: str
    name: str


@dataclass(frozen=True)
class Targets:
    """Visma's partners: department by organization, branch by location; and by segment, a value by source id."""

    departments: Mapping[str, str]
    branches: Mapping[str, str]
    segments: Mapping[int, tuple[str, Mapping[str, str]]]

    def cost_centers(self, facts: Facts) -> str:
        """The segment values that payroll lines of the worker belong to, as `1=0200 3=R00001`."""
        ids = {"organization": facts.organization_id, "location": facts.location_id}
        ids |= {"job": facts.job_id, "title": facts.title}
        found = {number: pairs.get(ids[source]) for number, (source, pairs) in sorted(self.segments.items())}
        return " ".join(f"{number}={value}" for number, value in found.items() if value)


@dataclass(frozen=True)
class Lack:
    """Why nobody can say what Visma should hold, and what to do."""

    why: str
    fix: str


def facts_of_row(row: Mapping[Hashable, object]) -> Facts:
    """From a row of the roster."""

    def text(name: str) -> str:
        value = row[name]
        return value if isinstance(value, str) else ""

    def day(name: str) -> date | None:
        value = row[name]
        return value if isinstance(value, date) and value == value else None  # noqa: PLR0124 - NaT differs from itself

    return Facts(
        text("worker_id"),
        text("employee_id"),
        text("worker_type"),
        text("status"),
        text("status_reason"),
        day("status_date"),
        day("hire_date"),
        text("organization_id"),
        text("location_id"),
        text("job_id"),
        text("title"),
        text("name_digest"),
    )


def facts_of_worker(worker: Worker, salt: bytes) -> Facts:
    """From a worker as Paychex has it now."""
    return Facts(
        worker.worker_id,
        worker.employee_id,
        worker.worker_type,
        worker.status,
        worker.status_reason,
        worker.status_date,
        worker.hire_date,
        worker.organization_id or "",
        worker.location_id or "",
        worker.job_id or "",
        worker.title or "",
        name_digest(salt, worker.family_name.get_secret_value(), worker.given_name.get_secret_value()),
    )


def status_of(facts: Facts, policy: EmployeesSection, today: date) -> str:
    """Visma's status. Someone who leaves stays active through the last day, for Visma cannot hold a day to come."""
    if facts.status == TERMINATED:
        last = facts.status_date or date.min
        return "Active" if today <= last + timedelta(days=policy.inactive_after_days) else "Inactive"
    return policy.on_leave if facts.status == "INACTIVE" else "Active"


def is_outside(facts: Facts) -> bool:
    """Contractors are vendors, and who has not begun is nobody's employee yet."""
    return facts.worker_type != EMPLOYEE_TYPE or facts.status in NOT_YET


def left_before(facts: Facts, day: date) -> bool:
    """Whether somebody left before a day: what Visma holds of them is history, and none of ours."""
    return facts.status == TERMINATED and facts.status_date is not None and facts.status_date < day


def wanted(facts: Facts, targets: Targets, policy: EmployeesSection, salt: bytes, today: date) -> Comparable | Lack:
    """What Visma should hold, comparable; or what it takes to know."""
    if facts.status not in KNOWN_STATUSES:
        return Lack(f"Paychex status {facts.status or 'none'!r} means nothing here.", "Correct it in Paychex.")
    department = targets.departments.get(facts.organization_id, policy.default_department)
    branch = targets.branches.get(facts.location_id, policy.default_branch)
    if not department:
        fix = "Pair its organization with a department of Visma, or name employees.default_department."
        return Lack(f"Organization {facts.organization_id or 'none'} has no department in Visma.", fix)
    if not branch:
        fix = "Give a branch of Visma the location's name, or name employees.default_branch."
        return Lack(f"Location {facts.location_id or 'none'} has no branch in Visma.", fix)
    found = {STATUS: status_of(facts, policy, today), DEPARTMENT: department, BRANCH: branch, NAME: facts.name}
    return found | {name: name_digest(salt, text) for name, text in free_texts(facts, policy).items()}


def sources(facts: Facts) -> str:
    """What of the worker each field follows, as `department=organization 700123; status=ACTIVE since …`: ids alone."""
    since = f" since {facts.status_date}" if facts.status_date else ""
    reason = f" ({facts.status_reason})" if facts.status_reason else ""
    said = {
        DEPARTMENT: f"organization {facts.organization_id or 'none'}",
        BRANCH: f"location {facts.location_id or 'none'}",
        STATUS: f"{facts.status}{reason}{since}",
        NAME: "name",
        TITLE: "job title",
        HIRE_DATE: "day of hire",
        END_DATE: "last day",
    }
    return "; ".join(f"{name}={text}" for name, text in said.items())


def free_texts(facts: Facts, policy: EmployeesSection) -> dict[str, str]:
    """Title and days as text, for those of them that a free field of Visma is given to."""
    end = facts.status_date if facts.status == TERMINATED else None
    texts = {
        TITLE: (policy.title_field, facts.title),
        HIRE_DATE: (policy.hire_date_field, facts.hire_date.isoformat() if facts.hire_date else ""),
        END_DATE: (policy.end_date_field, end.isoformat() if end else ""),
    }
    return {name: text for name, (member, text) in texts.items() if member}


def held(employee: Employee, policy: EmployeesSection, salt: bytes) -> Comparable:
    """What Visma holds of an employee, comparable with `wanted`."""
    plain = {name: value.get_secret_value() for name, value in employee.values.items()}
    found = {name: plain[name] for name in (STATUS, DEPARTMENT, BRANCH)}
    found[NAME] = name_digest(salt, plain["family_name"], plain["given_name"])
    return found | {name: name_digest(salt, plain[member]) for name, member in members(policy).items()}


def members(policy: EmployeesSection) -> dict[str, str]:
    """Which free field of Visma holds what."""
    given = {TITLE: policy.title_field, HIRE_DATE: policy.hire_date_field, END_DATE: policy.end_date_field}
    return {name: member for name, member in given.items() if member}


def reach_of(family: str, given: str, email: str, salt: bytes) -> str:
    """A keyed digest of who somebody is, by which a record is recognised that Visma numbered itself."""
    return name_digest(salt, family, given, email.casefold())


def values_for(fields: Comparable, facts: Facts, worker: Worker, policy: EmployeesSection) -> dict[str, SecretStr]:
    """The members of Visma's employee for these fields, with the texts themselves."""
    values = {name: SecretStr(fields[name]) for name in (STATUS, DEPARTMENT, BRANCH) if name in fields}
    if NAME in fields:
        values |= {"given_name": worker.given_name, "family_name": worker.family_name}
    texts = free_texts(facts, policy)
    return values | {member: SecretStr(texts[name]) for name, member in members(policy).items() if name in fields}
