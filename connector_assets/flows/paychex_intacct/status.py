"""Where each pay run of a connection stands, from the records alone."""

from dataclasses import asdict, dataclass

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.attention import CHANGED, changed, is_settled, next_step
from connector_assets.records.postings import Posting, PostingState

SECTION = "pay_runs"
SHOWN = ("connection", "partition", "checks", "gross_cents", "state", "ledger_number", "reconciled")
"""What `connector status` shows of a row; the rest is in its data."""
PAY_PERIOD = "pay_period"
PAY_RUN = "pay_run"
LEDGER = "ledger_journals"
WAITING = "waiting"
_WORST_FIRST = ("unknown", "rejected", "sending", "held", "planned", "approved", "posted")


@dataclass(frozen=True)
class PayRunStatus:
    """One pay run: amounts in cents; `state` is the least settled of its postings, `waiting` while there is none.

    `changed` is one whose register is no longer the one that was posted. `next_action` says what happens next or what
    it waits for, `next_at` when (ISO 8601, UTC); both empty where all is done. `corrections` counts the later journals.
    """

    connection: str
    partition: str
    check_date: str
    description: str
    checks: int
    gross_cents: int
    employer_cost_cents: int
    state: str
    ledger_key: str
    ledger_number: str
    debit_cents: int
    credit_cents: int
    reconciled: bool
    corrections: int
    next_action: str
    next_at: str


def statuses(home: Deployment, connection: Connection) -> list[PayRunStatus]:
    """Every pay run that has been discovered, by check date."""
    periods = home.sources.list(connection.name, PAY_PERIOD)
    totals = {document.partition: document.totals for document in home.sources.list(connection.name, PAY_RUN)}
    ledger = {document.partition: document.totals for document in home.sources.list(connection.name, LEDGER)}
    postings: dict[str, list[Posting]] = {}
    for posting in home.postings.list(connection.name):
        if posting.state != PostingState.WITHDRAWN:
            postings.setdefault(posting.partition, []).append(posting)
    different = changed(home, connection.name)
    found = []
    for period in periods:
        run, posted = totals.get(period.partition, {}), postings.get(period.partition, [])
        held, is_changed = ledger.get(period.partition, {}), period.partition in different
        action, at = _next(posted, is_changed=is_changed)
        found.append(
            PayRunStatus(
                connection=connection.name,
                partition=period.partition,
                check_date=period.document_date.isoformat(),
                description=period.label,
                checks=int(run.get("checks", period.totals.get("checks", 0))),
                gross_cents=int(run.get("gross_cents", 0)),
                employer_cost_cents=int(run.get("employer_tax_cents", 0)) + int(run.get("employer_benefit_cents", 0)),
                state=_state(posted, is_changed=is_changed),
                ledger_key=", ".join(posting.ledger_key for posting in posted if posting.ledger_key),
                ledger_number=", ".join(posting.ledger_number for posting in posted if posting.ledger_number),
                debit_cents=int(held.get("debit_cents", 0)),
                credit_cents=int(held.get("credit_cents", 0)),
                reconciled=bool(posted) and not is_changed and all(posting.reconciled for posting in posted),
                corrections=sum(posting.key.revision > 1 for posting in posted),
                next_action=action,
                next_at=at,
            )
        )
    return sorted(found, key=lambda row: (row.check_date, row.partition))


def rows(home: Deployment, connection: Connection) -> list[dict[str, object]]:
    """The same as data, for `connector status --json`."""
    return [asdict(status) for status in statuses(home, connection)]


def _state(postings: list[Posting], *, is_changed: bool) -> str:
    states = {posting.state.value for posting in postings}
    worst = next((state for state in _WORST_FIRST if state in states), WAITING)
    return CHANGED if is_changed and worst == PostingState.POSTED else worst


def _next(postings: list[Posting], *, is_changed: bool) -> tuple[str, str]:
    """The next step of the least settled posting, and its moment."""
    for state in _WORST_FIRST:
        for posting in postings:
            if posting.state == state and not is_settled(posting):
                action, at = next_step(posting)
                return action or "read back by the next run", at.isoformat(timespec="seconds") if at else ""
    if is_changed:
        return "changed in Paychex since it was posted: the next run posts the correction", ""
    return ("", "") if postings else ("carried by the next run", "")
