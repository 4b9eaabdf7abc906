"""Why a journal waits for a second person, and what that person's approval lets go."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connector_assets.accounting.journal import Journal
from connector_assets.accounting.money import cents_from_text, grouped_text_from_cents
from connector_assets.accounting.revision import TAKEBACK, Answer
from connector_assets.accounting.voids import voids_of_earlier_years
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.attention import REBOOK_WISHES
from connector_assets.flows.paychex_intacct.books import base_kind
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.orchestration import desk
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.errors import RecordsError
from connector_assets.records.postings import Posting, PostingState
from connector_assets.systems import intacct_client
from connector_assets.vendors.intacct.ledger import IntacctLedger

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork

ACCRUAL_PAIR = frozenset({"accrual", "reversal"})
REBOOKING = frozenset({TAKEBACK, "labor", "void"})
NAMED_MAX = 3
TAKING_BACK = "nothing is left in Paychex of pay run"


def hold_reason(work: "PayRunWork", journals: Sequence[Journal], answer: Answer) -> str:
    """Why the connection's policy or a limit holds a journal, all its parts; empty when it may be posted at once."""
    posting = work.tools.connection.posting
    if why := taking_back(work) or _of_an_earlier_year(work, journals):
        return why
    if posting.policy == "hold":
        return "posting.policy is hold"
    limits, debit_cents = posting.limits, sum(journal.debit_cents() for journal in journals)
    if limits.amount and debit_cents > cents_from_text(limits.amount, "posting.limits.amount"):
        return f"its debit {grouped_text_from_cents(debit_cents)} is over posting.limits.amount {limits.amount}"
    if limits.variance_percent is None or answer is not Answer.FIRST or base_kind(journals[0].kind) != "labor":
        return ""
    last = _last_comparable(work)
    last_cents = sum(one.amount_cents for one in last)
    if not last or abs(debit_cents - last_cents) * 100 <= limits.variance_percent * last_cents:
        return ""
    return (
        f"its debit {grouped_text_from_cents(debit_cents)} is more than {limits.variance_percent} percent from the "
        f"{grouped_text_from_cents(last_cents)} of the last pay run of its kind, {last[0].reference}"
    )


def taking_back(work: "PayRunWork") -> str:
    """Why what takes a whole pay run back waits for a person, whatever the policy; empty while a check is left."""
    run = work.register.pay_run
    return "" if len(work.register.checks) else f"{TAKING_BACK} {run.pay_run_id}"


def _of_an_earlier_year(work: "PayRunWork", journals: Sequence[Journal]) -> str:
    """Why a void of a check of an earlier calendar year waits, whatever the policy: its W-2 may be out by now."""
    if base_kind(journals[0].kind) != "void":
        return ""
    run, calendar = work.register.pay_run, work.tools.view.pay_calendar
    before = set(calendar.loc[[day.year < run.check_date.year for day in calendar["check_date"]], "pay_period_id"])
    ids = [pay_run_id for pay_run_id in work.earlier_ids(run) if pay_run_id in before]
    paid = work.read_partition("pay_checks", ids, ["check_id", "check_date"])
    dates = dict(zip(paid["check_id"], paid["check_date"], strict=True))
    found = voids_of_earlier_years(work.register.checks, dates, run.check_date.year)
    named = ", ".join(found[:NAMED_MAX]) + (f" and {len(found) - NAMED_MAX} more" if len(found) > NAMED_MAX else "")
    return f"it takes back a check of an earlier year, which may need a W-2c: {named}" if found else ""


def _last_comparable(work: "PayRunWork") -> list[Posting]:
    """The first journal, all its parts, of the last earlier pay run with the same interval; off-cycle: of none."""
    run, calendar = work.register.pay_run, work.tools.view.pay_calendar
    intervals = calendar["interval"].str.lower().str.replace("_", "")
    earlier = (calendar["check_date"].map(lambda day: day < run.check_date)) & (intervals == run.interval)
    if not run.interval or not earlier.any():
        return []
    ids = set(calendar.loc[earlier, "pay_period_id"])
    posted = work.tools.home.postings.list(work.tools.connection.name, [PostingState.POSTED])
    first = [one for one in posted if (base_kind(one.key.kind), one.key.revision) == ("labor", 1)]
    found = [one for one in first if one.key.source_id in ids]
    last = max(found, key=lambda one: one.document_date, default=None)
    return [one for one in found if last and one.key.source_id == last.key.source_id]


def retry(home: Deployment, connection: PaychexIntacctConnection, *, actor: str) -> list[PostingResult]:
    """Settle every journal whose outcome is unknown, by look-up; sent again only where that is safe and due."""

    def poster() -> Poster:
        ledger = IntacctLedger(intacct_client(connection, connection.intacct, home.credentials, home.settings))
        return Poster(home.postings, ledger, owner=actor)

    return desk.settle(home, connection.name, poster)


def wish_rebooking(
    home: Deployment, connection: PaychexIntacctConnection, partition: str, *, actor: str, reason: str
) -> None:
    """Note that a person wants a posted pay run booked anew. Raises RecordsError when it is not posted."""
    posted = {one.partition for one in home.postings.list(connection.name, [PostingState.POSTED])}
    if partition not in posted:
        raise RecordsError(
            f"Connection {connection.name} has posted no pay run {partition}.", fix="`connector status` lists them."
        )
    wishes = home.snapshots.get(connection.name, REBOOK_WISHES) or {}
    entry = home.audit.append(actor, "rebooking asked for", f"{connection.name}/{partition}", reason)
    home.snapshots.put(connection.name, REBOOK_WISHES, {**wishes, partition: f"entry {entry.sequence}"})


def approve(
    home: Deployment, connection: PaychexIntacctConnection, reference: str, *, approver: str, reason: str
) -> list[Posting]:
    """Approve the held journal with that reference, and with it what makes no sense without it.

    The parts of a journal go together, and so do an accrual and its reversal, a journal that takes everything back and
    those that book it anew, and all that takes back a pay run which is gone. Raises RecordsError when nothing is held
    under the reference, or the approver prepared it.
    """
    return desk.approve(home, connection.name, reference, approver=approver, reason=reason, belongs=_belongs_to)


def _belongs_to(one: Posting, chosen: Posting, everything: list[Posting]) -> bool:
    if one.key.source_id != chosen.key.source_id or one.state != PostingState.HELD:
        return False
    if one.hold_reason == chosen.hold_reason and one.hold_reason.startswith(TAKING_BACK):
        return True
    if one.key.revision != chosen.key.revision:
        return False
    kinds = {base_kind(one.key.kind), base_kind(chosen.key.kind)}
    if len(kinds) == 1 or kinds <= ACCRUAL_PAIR:
        return True
    rebooked = any(
        base_kind(other.key.kind) == TAKEBACK
        and (other.key.source_id, other.key.revision) == (chosen.key.source_id, chosen.key.revision)
        for other in everything
    )
    return rebooked and kinds <= REBOOKING
