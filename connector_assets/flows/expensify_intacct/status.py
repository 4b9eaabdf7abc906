"""Where each expense report of a connection stands, from the records alone."""

from dataclasses import asdict, dataclass

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.records.postings import Posting, PostingState

SECTION = "expense_reports"
SHOWN = ("connection", "partition", "expenses", "total_cents", "state", "ledger_number", "reconciled")
"""What `connector status` shows of a row; the rest is in its data."""
REPORT = "expense_report"
PROBLEM = "expense_report_problem"
LEDGER = "ledger_expenses"
WAITING, HELD, NOTHING = "waiting", "held", "nothing to post"


@dataclass(frozen=True)
class ReportStatus:
    """One report: amounts in cents.

    `state` is that of its documents, of the first that is not posted; else `held` when something stops it, `nothing to
    post` when it comes to nothing, or `waiting`.
    """

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
    postings: dict[str, list[Posting]] = {}
    for one in home.postings.list(name):
        if one.state != PostingState.WITHDRAWN:
            postings.setdefault(one.key.source_id, []).append(one)
    found = []
    for report in home.sources.list(name, REPORT):
        documents, held = postings.get(report.source_id, []), ledger.get(report.source_id)
        problem = problems.get(report.source_id, "")
        found.append(
            ReportStatus(
                connection=name,
                partition=report.partition,
                approved_date=report.document_date.isoformat(),
                expenses=int(report.totals["expenses"]),
                total_cents=int(report.totals["total_cents"]),
                state=_state(documents, problem, is_done=held is not None),
                ledger_key=", ".join(one.ledger_key or "" for one in documents),
                ledger_number=", ".join(one.ledger_number or "" for one in documents),
                debit_cents=int((held or {}).get("debit_cents", 0)),
                credit_cents=int((held or {}).get("credit_cents", 0)),
                reconciled=held is not None and all(one.reconciled for one in documents),
                problem=problem,
                next_action=problem,
            )
        )
    return sorted(found, key=lambda row: row.partition)


def rows(home: Deployment, connection: Connection) -> list[dict[str, object]]:
    """The same as data, for `connector status --json`."""
    return [asdict(status) for status in statuses(home, connection)]


def _state(documents: list[Posting], problem: str, *, is_done: bool) -> str:
    open_ones = [one for one in documents if one.state != PostingState.POSTED]
    if documents and not open_ones and problem:
        return HELD  # what stands is posted, and the report asks for something else that something stops
    if documents:
        return (open_ones or documents)[0].state.value
    if problem:
        return HELD
    return NOTHING if is_done else WAITING
