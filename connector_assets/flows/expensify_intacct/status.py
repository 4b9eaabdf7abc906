"""Where each expense report of a connection stands, from the records alone."""

from dataclasses import asdict, dataclass

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.records.postings import Posting

SECTION = "expense_reports"
SHOWN = ("connection", "partition", "expenses", "total_cents", "state", "ledger_number", "reconciled")
"""What `connector status` shows of a row; the rest is in its data."""
REPORT = "expense_report"
PROBLEM = "expense_report_problem"
LEDGER = "ledger_expenses"
WAITING, HELD = "waiting", "held"


@dataclass(frozen=True)
class ReportStatus:
    """One report: amounts in cents; `state` is its posting's, else `held` when something stops it, or `waiting`."""

    connection: str
    partition: str
    approved_date: str
    expenses: int
    total_cents: int
    state: str
    ledger_key: str
    ledger_number: str
    debit_cents: int
    credit_cents: int
    reconciled: bool
    problem: str
    next_action: str


def statuses(home: Deployment, connection: Connection) -> list[ReportStatus]:
    """Every report that has been found, by day of approval."""
    name = connection.name
    problems = {one.source_id: str(one.totals["problem"]) for one in home.sources.list(name, PROBLEM)}
    ledger = {one.source_id: one.totals for one in home.sources.list(name, LEDGER)}
    postings = {one.key.source_id: one for one in home.postings.list(name)}
    found = []
    for report in home.sources.list(name, REPORT):
        posting, held = postings.get(report.source_id), ledger.get(report.source_id, {})
        problem = problems.get(report.source_id, "")
        found.append(
            ReportStatus(
                connection=name,
                partition=report.partition,
                approved_date=report.document_date.isoformat(),
                expenses=int(report.totals["expenses"]),
                total_cents=int(report.totals["total_cents"]),
                state=_state(posting, problem),
                ledger_key=(posting.ledger_key or "") if posting else "",
                ledger_number=(posting.ledger_number or "") if posting else "",
                debit_cents=int(held.get("debit_cents", 0)),
                credit_cents=int(held.get("credit_cents", 0)),
                reconciled=bool(posting and posting.reconciled),
                problem=problem,
                next_action=problem,
            )
        )
    return sorted(found, key=lambda row: row.partition)


def rows(home: Deployment, connection: Connection) -> list[dict[str, object]]:
    """The same as data, for `connector status --json`."""
    return [asdict(status) for status in statuses(home, connection)]


def _state(posting: Posting | None, problem: str) -> str:
    if posting is not None:
        return posting.state.value
    return HELD if problem else WAITING
