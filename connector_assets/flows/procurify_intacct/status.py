"""Where each bill and each payment of a connection stands, from the records alone."""

from dataclasses import asdict, dataclass

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.records.postings import Posting
from connector_assets.records.sources import SourceDocument

SECTION = "bills"
SHOWN = ("connection", "kind", "partition", "total_cents", "state", "ledger_number", "reconciled")
"""What `connector status` shows of a row; the rest is in its data."""
BILL, PAYMENT = "bill", "bill_payment"
"""Kinds of source documents, and of postings."""
NUMBER = "bill_number"
"""The kind of source document that says which vendor's invoice number a bill took."""
WAITING, HELD, LEFT = "waiting", "held", "left_out"


def problem_kind(kind: str) -> str:
    """Under which kind of source document it is kept what stops a document."""
    return f"{kind}_problem"


def left_kind(kind: str) -> str:
    """Under which kind of source document it is kept why a document is left to people."""
    return f"{kind}_left"


def ledger_kind(kind: str) -> str:
    """Under which kind of source document it is kept what the ledger holds."""
    return f"ledger_{kind}"


@dataclass(frozen=True)
class BillStatus:
    """One bill or payment: amounts in cents; `state` is its posting's, else `held`, `left_out` or `waiting`.

    What is left out is people's to settle, as `next_action` says, and waits for nothing.
    """

    connection: str
    kind: str
    partition: str
    posting_date: str
    total_cents: int
    state: str
    ledger_key: str
    ledger_number: str
    ledger_cents: int
    reconciled: bool
    problem: str
    next_action: str


def statuses(home: Deployment, connection: Connection) -> list[BillStatus]:
    """Every bill that has been found, then every payment, by day."""
    return [row for kind in (BILL, PAYMENT) for row in _of(home, connection.name, kind)]


def _of(home: Deployment, name: str, kind: str) -> list[BillStatus]:
    problems = {one.source_id: str(one.totals["problem"]) for one in home.sources.list(name, problem_kind(kind))}
    left = {one.source_id: str(one.totals["why"]) for one in home.sources.list(name, left_kind(kind))}
    ledger = {one.source_id: one for one in home.sources.list(name, ledger_kind(kind))}
    postings = {one.key.source_id: one for one in home.postings.list(name) if one.key.kind == kind}
    rows = [
        _row(name, kind, document, postings.get(document.source_id), ledger.get(document.source_id), problems, left)
        for document in home.sources.list(name, kind)
    ]
    return sorted(rows, key=lambda row: row.partition)


def _row(
    name: str,
    kind: str,
    document: SourceDocument,
    posting: Posting | None,
    held: SourceDocument | None,
    problems: dict[str, str],
    left: dict[str, str],
) -> BillStatus:
    problem, left_why = problems.get(document.source_id, ""), left.get(document.source_id, "")
    unsent = HELD if problem else LEFT if left_why else WAITING
    return BillStatus(
        connection=name,
        kind=kind,
        partition=document.partition,
        posting_date=document.document_date.isoformat(),
        total_cents=int(document.totals["total_cents"]),
        state=posting.state.value if posting is not None else unsent,
        ledger_key=(posting.ledger_key or "") if posting else "",
        ledger_number=(posting.ledger_number or "") if posting else "",
        ledger_cents=int(held.totals["entered_cents"]) if held else 0,
        reconciled=bool(posting and posting.reconciled) or (posting is None and unsent == LEFT),
        problem=problem,
        next_action=problem or (left_why if posting is None else ""),
    )


def rows(home: Deployment, connection: Connection) -> list[dict[str, object]]:
    """The same as data, for `connector status --json`."""
    return [asdict(status) for status in statuses(home, connection)]
