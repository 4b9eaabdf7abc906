"""What a pay run must look like in the books, worked out from the sample firm's facts alone.

No line of the connector is used: the mapping is read as a plain CSV and a check's lines are signed by hand. How an
employer's cost spreads over direct and indirect accounts is proven in the accounting's own tests; here its accounts
count as one.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import connector_assets.sandbox
from connector_assets.sandbox.company import ENTITIES, OFFICES, PROJECTS
from connector_assets.sandbox.facts import CheckFacts, LineFacts, PeriodFacts
from connector_tests.flows.house import COMPANY_OF, LLC, Json, firm

MAPPINGS = Path(connector_assets.sandbox.__file__).parent / "sample_mapping"
INTER_ENTITY = {"1310", "2410"}
INTERNAL = {project.project_id for project in PROJECTS if not project.billable}
ENTITY_OF_PLACE = {office.location_id: office.entity_id for office in OFFICES} | {
    entity.entity_id: entity.entity_id for entity in ENTITIES
}
EMPLOYER_COSTS = {
    **dict.fromkeys(("5100", "6100", "6110", "6120"), "employer taxes"),
    **dict.fromkeys(("5200", "6200", "6210", "6220"), "employer benefits"),
}


def period_of(connection: str, description: str, check_date: str = "") -> PeriodFacts:
    """The one pay period with that description, and that check date where there are more."""
    (found,) = (
        period
        for period in firm().periods(COMPANY_OF[connection])
        if period.description == description and period.check_date.isoformat().startswith(check_date)
    )
    return found


def checks_of(connection: str, period: PeriodFacts) -> list[CheckFacts]:
    """The checks of a pay run."""
    return list(firm().checks(COMPANY_OF[connection], period.pay_period_id))


@cache
def rules_of(connection: str) -> Mapping[tuple[str, str, str], Mapping[str, str]]:
    """The sample mapping's rows by kind, code and project type."""
    entity = connection.rpartition("_")[2].upper()
    with (MAPPINGS / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
        return {(row["kind"], row["code"], row["project_type"]): row for row in csv.DictReader(file)}


def kind_of(line: LineFacts) -> str:
    """What a line is to an accountant."""
    if line.section == "taxes":
        return "employee_tax" if line.paid_by == "EMPLOYEE_WITHHOLDING" else "employer_tax"
    if line.effect == "ADDITION":
        return "reimbursement" if line.classification == "REIMBURSEMENT" else "wage"
    if line.effect == "REDUCTION":
        return "employee_deduction"
    return "imputed" if line.classification == "IRC_79_GROUP_TERM_LIFE_INSURANCE" else "employer_benefit"


def books_of(connection: str, checks: Iterable[CheckFacts]) -> Counter[str]:
    """Cents by account, debit positive, as these checks must stand in the ledger; inter-entity accounts left out."""
    books: Counter[str] = Counter()
    for check in checks:
        books[rules_of(connection)["net_pay", "", ""]["credit_account"]] -= check.net_cents
        for line in check.lines:
            _book(books, connection, line)
    return Counter({account: cents for account, cents in books.items() if cents})


def _book(books: Counter[str], connection: str, line: LineFacts) -> None:
    kind, code = kind_of(line), line.component_id or line.name
    if kind == "imputed":
        return
    rules, cents = rules_of(connection), line.amount_cents
    rule = rules[kind, code, ""]
    if kind in ("wage", "reimbursement"):
        direct = rules.get((kind, code, "billable")) if _is_billable(connection, line) else None
        books[(direct or rule)["debit_account"]] += cents
        return
    books[rule["credit_account"]] -= cents
    if kind.startswith("employer_"):
        books[EMPLOYER_COSTS[rule["debit_account"]]] += cents


def _is_billable(connection: str, line: LineFacts) -> bool:
    return line.job_id is not None and _job_numbers(connection)[line.job_id] not in INTERNAL


@cache
def _job_numbers(connection: str) -> Mapping[str, str]:
    return {job.job_id: job.number for job in firm().jobs(COMPANY_OF[connection])}


def wages_cents(checks: Iterable[CheckFacts]) -> int:
    """Gross wages: what the pay run costs before any tax."""
    return sum(line.amount_cents for check in checks for line in check.lines if kind_of(line) == "wage")


def employer_cents(checks: Iterable[CheckFacts]) -> int:
    """What the employer pays on top."""
    return sum(line.amount_cents for check in checks for line in check.lines if kind_of(line).startswith("employer_"))


# --- the same, as the ledger holds it ------------------------------------------------------------------------------


def cents(line: Json) -> int:
    """A line's amount in cents, debit positive, from the text that the sandbox shows."""
    whole, _, part = str(line["amount"]).partition(".")
    amount = int(whole) * 100 + int(part.ljust(2, "0"))
    return amount if line["side"] == "debit" else -amount


def lines_of(journals: Sequence[Json]) -> list[Json]:
    """Every line of some journals."""
    return [line for journal in journals for line in journal["lines"]]


def books_in(journals: Sequence[Json]) -> Counter[str]:
    """Cents by account of the sandbox's journals, in the same terms as `books_of`."""
    books: Counter[str] = Counter()
    for line in lines_of(journals):
        account = str(line["account"])
        if account not in INTER_ENTITY:
            books[EMPLOYER_COSTS.get(account, account)] += cents(line)
    return Counter({account: amount for account, amount in books.items() if amount})


def balance_by_entity(journals: Sequence[Json]) -> Counter[str]:
    """Debits less credits of each legal entity, by the place of each line."""
    sums: Counter[str] = Counter()
    for line in lines_of(journals):
        sums[ENTITY_OF_PLACE[str(line["location"])]] += cents(line)
    return sums


FIRST = period_of(LLC, "Bi-weekly Payroll (1)", "2025-01-10")
SECOND = period_of(LLC, "Semi-monthly Payroll (1)", "2025-01-15")
THIRD = period_of(LLC, "Bi-weekly Payroll (2)", "2025-01-24")
