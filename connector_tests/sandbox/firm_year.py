"""The default firm's whole year, generated once: every company, period and check."""

from dataclasses import dataclass
from functools import cache

from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.facts import CheckFacts, LineFacts, PeriodFacts
from connector_assets.sandbox.firm import Firm

LLC, NEW_JERSEY = (entity.paychex_company_id for entity in ENTITIES)
COMPANIES = (LLC, NEW_JERSEY)


@dataclass(frozen=True)
class Run:
    """A period with its checks."""

    company_id: str
    period: PeriodFacts
    checks: tuple[CheckFacts, ...]


@cache
def sample_firm() -> Firm:
    """The firm of 250."""
    return Firm()


@cache
def sample_year() -> tuple[Run, ...]:
    """Every period of both companies, in order of check date within each."""
    firm = sample_firm()
    return tuple(
        Run(company_id, period, tuple(firm.checks(company_id, period.pay_period_id)))
        for company_id in COMPANIES
        for period in firm.periods(company_id)
    )


def run_of(company_id: str, description: str) -> Run:
    """The one run of a company with that description."""
    (run,) = (run for run in sample_year() if (run.company_id, run.period.description) == (company_id, description))
    return run


def net_by_formula(lines: tuple[LineFacts, ...]) -> int:
    """Additions less deductions less what is withheld, from the lines alone."""
    return sum(line.amount_cents * net_sign(line) for line in lines)


def net_sign(line: LineFacts) -> int:
    """How a line moves the net: up, down, or not at all."""
    if line.section == "earnings":
        return 1 if line.effect == "ADDITION" else 0
    if line.section == "deductions":
        return -1
    return -1 if line.paid_by == "EMPLOYEE_WITHHOLDING" else 0


def kind_of(line: LineFacts) -> str:
    """What a line is to an accountant: `wage`, `reimbursement`, `imputed`, and so on."""
    if line.section == "taxes":
        return "employee_tax" if line.paid_by == "EMPLOYEE_WITHHOLDING" else "employer_tax"
    if line.effect == "ADDITION":
        return "reimbursement" if line.classification == "REIMBURSEMENT" else "wage"
    if line.effect == "REDUCTION":
        return "employee_deduction"
    return "imputed" if line.classification == "IRC_79_GROUP_TERM_LIFE_INSURANCE" else "employer_benefit"
