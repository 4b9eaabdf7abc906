"""Where each pay run of a connection stands, from the records alone."""

from dataclasses import asdict, dataclass

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.records.postings import Posting, PostingState

SECTION = "pay_runs"
PAY_PERIOD = "pay_period"
PAY_RUN = "pay_run"
LEDGER = "ledger_journals"
POSTED_REGISTER = "posted_register"
REGISTERS_READ = "registers_read"
REBOOK_WISHES = "rebook_wishes"
WAITING = "waiting"
_WORST_FIRST = ("unknown", "rejected", "sending", "held", "planned", "approved", "posted")


@dataclass(frozen=True)
class PayRunStatus:
    """One pay run: amounts in cents; `state` is the least settled of its postings, `waiting` while there is none."""

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


def statuses(home: Deployment, connection: Connection) -> list[PayRunStatus]:
    """Every pay run that has been discovered, by check date."""
    periods = home.sources.list(connection.name, PAY_PERIOD)
    totals = {document.partition: document.totals for document in home.sources.list(connection.name, PAY_RUN)}
    ledger = {document.partition: document.totals for document in home.sources.list(connection.name, LEDGER)}
    postings: dict[str, list[Posting]] = {}
    for posting in home.postings.list(connection.name):
        postings.setdefault(posting.partition, []).append(posting)
    found = []
    for period in periods:
        run, posted = totals.get(period.partition, {}), postings.get(period.partition, [])
        held = ledger.get(period.partition, {})
        found.append(
            PayRunStatus(
                connection=connection.name,
                partition=period.partition,
                check_date=period.document_date.isoformat(),
                description=period.label,
                checks=int(run.get("checks", period.totals.get("checks", 0))),
                gross_cents=int(run.get("gross_cents", 0)),
                employer_cost_cents=int(run.get("employer_tax_cents", 0)) + int(run.get("employer_benefit_cents", 0)),
                state=_state(posted),
                ledger_key=", ".join(posting.ledger_key for posting in posted if posting.ledger_key),
                ledger_number=", ".join(posting.ledger_number for posting in posted if posting.ledger_number),
                debit_cents=int(held.get("debit_cents", 0)),
                credit_cents=int(held.get("credit_cents", 0)),
                reconciled=bool(posted) and all(posting.reconciled for posting in posted),
            )
        )
    return sorted(found, key=lambda row: (row.check_date, row.partition))


def rows(home: Deployment, connection: Connection) -> list[dict[str, object]]:
    """The same as data, for `connector status --json`."""
    return [asdict(status) for status in statuses(home, connection)]


def _state(postings: list[Posting]) -> str:
    states = {PostingState(posting.state).value for posting in postings}
    return next((state for state in _WORST_FIRST if state in states), WAITING)
