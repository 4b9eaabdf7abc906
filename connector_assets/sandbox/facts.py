"""The sample firm's facts, as plain values: what `firm.py` makes and the simulated systems serve.

Amounts are integer cents, hours and rates ten-thousandths; ids are those of the simulated Paychex.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class OrganizationFacts:
    """A Paychex organization (department); `parent_id` makes the tree."""

    organization_id: str
    name: str
    number: str
    level: str
    parent_id: str | None


@dataclass(frozen=True)
class LocationFacts:
    """A Paychex location; `office_id` is the id of the same office in `company.OFFICES`."""

    location_id: str
    name: str
    office_id: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True)
class JobFacts:
    """A costing job; `number` is segment 1 and equals the client project's id."""

    job_id: str
    name: str
    number: str
    start_date: date
    end_date: date | None


@dataclass(frozen=True)
class LaborAssignmentFacts:
    """A labor assignment: a named combination of organization and location."""

    labor_assignment_id: str
    name: str
    organization_id: str | None
    location_id: str | None
    start_date: date


@dataclass(frozen=True)
class ComponentFacts:
    """A pay component. `effect` is Paychex's effectOnPay, `key` the firm's own short code (REG, K401, …)."""

    component_id: str
    key: str
    name: str
    classification: str
    description: str
    code: str
    effect: str
    start_date: date


@dataclass(frozen=True)
class WorkerStatusFacts:
    """One line of a worker's status history."""

    status_type: str
    status_reason: str
    effective_date: date


@dataclass(frozen=True)
class WorkerFacts:
    """A worker as of some date. The personal fields exist so that the tests can prove they never leave the edge."""

    worker_id: str
    employee_id: str
    given_name: str
    family_name: str
    worker_type: str
    employment_type: str
    exemption_type: str
    hire_date: date
    statuses: tuple[WorkerStatusFacts, ...]
    organization_id: str
    location_id: str
    labor_assignment_id: str
    job_id: str | None
    job_title_id: str
    title: str
    supervisor_worker_id: str | None
    work_state: str
    email: str
    birth_date: date
    ssn: str
    sex: str


@dataclass(frozen=True)
class PeriodFacts:
    """A pay period. `status` is what Paychex shows at the end of the sample year, before any admin call."""

    pay_period_id: str
    interval_code: str | None
    status: str
    description: str
    start_date: date
    end_date: date
    submit_by_date: date
    check_date: date
    check_count: int
    original_pay_period_id: str | None


@dataclass(frozen=True)
class LineFacts:
    """One line of a check. `section` is earnings, deductions, informational or taxes; taxes have no component."""

    section: str
    component_id: str | None
    check_component_id: str | None
    name: str
    classification: str | None
    effect: str | None
    paid_by: str | None
    amount_cents: int
    hours_e4: int | None
    rate_e4: int | None
    organization_id: str | None
    location_id: str | None
    labor_assignment_id: str | None
    job_id: str | None
    work_date: date | None


@dataclass(frozen=True)
class CheckFacts:
    """A processed check; `net_cents` equals additions minus reductions minus employee taxes."""

    paycheck_id: str
    pay_period_id: str
    worker_id: str
    check_date: date
    check_number: str
    check_type: str
    net_cents: int
    lines: tuple[LineFacts, ...]
