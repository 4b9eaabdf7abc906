"""The payroll register in vendor-neutral terms: pay run, checks, pay lines and workers.

The register is the sub-ledger: every amount in a journal comes from it, and no tax is ever computed here.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from connector_assets.accounting.frames import Column, FrameSchema


class LineKind(StrEnum):
    """What a line is to the accountant; the last three are made by the connector, not by the payroll."""

    WAGE = "wage"
    REIMBURSEMENT = "reimbursement"
    IMPUTED = "imputed"
    EMPLOYEE_TAX = "employee_tax"
    EMPLOYEE_DEDUCTION = "employee_deduction"
    EMPLOYER_TAX = "employer_tax"
    EMPLOYER_BENEFIT = "employer_benefit"
    ADVANCE = "advance"
    MEMO = "memo"
    NET_PAY = "net_pay"
    DUE_FROM = "due_from"
    DUE_TO = "due_to"


REGISTER_KINDS = tuple(LineKind)[:9]
ADDITION_KINDS = (LineKind.WAGE, LineKind.REIMBURSEMENT, LineKind.ADVANCE)
WITHHOLDING_KINDS = (LineKind.EMPLOYEE_TAX, LineKind.EMPLOYEE_DEDUCTION)
EMPLOYER_KINDS = (LineKind.EMPLOYER_TAX, LineKind.EMPLOYER_BENEFIT)
OPTIONAL_KINDS = (LineKind.IMPUTED, LineKind.MEMO)
TWO_SIDED_KINDS = EMPLOYER_KINDS + OPTIONAL_KINDS
FINAL_STATUSES = frozenset({"processed", "completed", "completed_by_mec", "released", "reissued", "reversed"})


@dataclass(frozen=True)
class PayRun:
    """A processed pay period. `company_label` is the id people know; `interval` is `biweekly`, … or empty off-cycle.

    `status` is the source's own word, in any case; `original_pay_run_id` names the pay run that this one reverses.
    """

    pay_run_id: str
    company_id: str
    company_label: str
    period_start: date
    period_end: date
    check_date: date
    description: str
    interval: str
    expected_checks: int
    original_pay_run_id: str | None
    status: str


PAY_CHECKS = FrameSchema(
    "PAY_CHECKS",
    (
        Column("pay_run_id", "string", "id of the pay run"),
        Column("check_id", "string", "id of the check, unique in the company"),
        Column("worker_id", "string", "id of the worker who is paid"),
        Column("check_number", "string", "number a person sees on the check", nullable=True),
        Column("check_date", "date", "pay date"),
        Column("check_type", "string", "the source's type of check"),
        Column("net_cents", "int64", "net pay in cents; negative on a void"),
        Column("currency", "string", "ISO 4217 code of every amount of the check"),
        Column("is_void", "bool", "whether the check takes back an earlier one"),
        Column("original_check_id", "string", "the check that a void takes back, where known", nullable=True),
    ),
)

PAY_LINES = FrameSchema(
    "PAY_LINES",
    (
        Column("pay_run_id", "string", "id of the pay run"),
        Column("check_id", "string", "id of the check"),
        Column("worker_id", "string", "id of the worker"),
        Column("line_no", "int64", "ordinal of the line inside its check, from 1"),
        Column("section", "string", "earning, deduction, informational or tax"),
        Column("code", "string", "pay component id; for a tax its name"),
        Column("name", "string", "the company's own label of the code"),
        Column("classification", "string", "the source's classification of the component; empty for a tax"),
        Column("effect", "string", "addition, reduction, in_out, informational; empty for a tax"),
        Column("paid_by", "string", "employee or employer for a tax; else empty"),
        Column("amount_cents", "int64", "amount in cents, as signed by the source: deductions and taxes are positive"),
        Column("hours_e4", "int64", "hours in ten-thousandths; 0 when none"),
        Column("organization_id", "string", "the line's own organization", nullable=True),
        Column("location_id", "string", "the line's own location", nullable=True),
        Column("job_id", "string", "the line's own job", nullable=True),
        Column("labor_assignment_id", "string", "the line's own labor assignment", nullable=True),
        Column("work_date", "date", "day the work was done", nullable=True),
    ),
)

WORKERS = FrameSchema(
    "WORKERS",
    (
        Column("worker_id", "string", "id of the worker in the source company"),
        Column("employee_id", "string", "the company's own number of the worker"),
        Column("worker_type", "string", "the source's type: EMPLOYEE, CONTRACTOR, …"),
        Column("employment_type", "string", "full time, part time, …", nullable=True),
        Column("exemption_type", "string", "overtime exempt or not", nullable=True),
        Column("status", "string", "ACTIVE, TERMINATED, …"),
        Column("status_reason", "string", "the source's reason for the status", nullable=True),
        Column("status_date", "date", "day since which the status holds", nullable=True),
        Column("hire_date", "date", "day of hire", nullable=True),
        Column("organization_id", "string", "home organization", nullable=True),
        Column("location_id", "string", "home location", nullable=True),
        Column("job_id", "string", "home job", nullable=True),
        Column("labor_assignment_id", "string", "home labor assignment", nullable=True),
        Column("supervisor_worker_id", "string", "worker id of the supervisor", nullable=True),
        Column("title", "string", "job title", nullable=True),
        Column("name_digest", "string", "digest of the name, so that a rename shows and the name does not"),
    ),
)
