"""Month-end accruals: what a pay run's work cost by the end of a month in which it was not paid, and its one reversal.

Two documents, each posted once by the poster. Both are planned before the first is sent, so that what is still owed to
the books shows in `connector status`; and once the accrual may be in the ledger, its stored payload alone decides what
the reversal is, whatever the register, the mapping or the connection file say by then.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict

from connector_assets.accounting.accrual import AccrualPolicy, accrue, reversal_of
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.revision import Answer
from connector_assets.flows.paychex_intacct.approvals import hold_reason
from connector_assets.flows.paychex_intacct.books import UNSETTLED, PayRunBooks
from connector_assets.flows.paychex_intacct.closed_period import ClosedPeriods, moved
from connector_assets.posting import Policy, Poster, PostingResult
from connector_assets.records.postings import PENDING, Posting, PostingKey, PostingState
from connector_assets.vendors.intacct.errors import Kind

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork

TOO_LATE = "The month that it belongs to is closed: nothing can be accrued into it any more."
NOT_WANTED = "Nothing is accrued for this pay run any more."
REVISION = 1


class Terms(TypedDict):
    """What the poster is told of a document beside its content."""

    partition: str
    document_date: date
    policy: Policy
    hold_reason: str


@dataclass(frozen=True)
class AccrualPoster:
    """Posts the accrual and the reversal of one pay run, if it has them."""

    work: "PayRunWork"
    books: PayRunBooks
    poster: Poster

    def post(self) -> list[PostingResult]:
        """How both stand; empty for a pay run without an accrual."""
        accrual_is, reversal_is = self._known("accrual"), self._known("reversal")
        pair = self._pair(accrual_is, reversal_is)
        if pair is None:
            self._withdraw(NOT_WANTED, accrual_is, reversal_is)
            return []
        accrual, reversal = pair
        shown = ClosedPeriods(self.work.tools).as_shown(self._key(reversal.kind), reversal)
        for journal, known in ((accrual, accrual_is), (shown, reversal_is)):
            if known is None or known.state in PENDING:
                self.poster.plan(self._key(journal.kind), journal, **self._terms(journal))
        first = self._settled(accrual)
        if first.refusal == Kind.PERIOD_CLOSED.value:
            self._withdraw(TOO_LATE, self._known("accrual"), self._known("reversal"))
            return []
        if not first.is_posted:
            return [first]
        return [first, self._reverse(reversal, shown)]

    def _withdraw(self, reason: str, *planned: Posting | None) -> None:
        for one in planned:
            if one is not None and one.state in PENDING:
                self.work.tools.home.postings.withdraw(one.key, self.work.tools.actor, reason)

    def _known(self, kind: str) -> Posting | None:
        return self.work.tools.home.postings.get(self._key(kind))

    def _key(self, kind: str) -> PostingKey:
        run = self.work.register.pay_run
        return PostingKey(self.work.tools.connection.name, kind, run.pay_run_id, REVISION)

    def _pair(self, accrual_is: Posting | None, reversal_is: Posting | None) -> tuple[Journal, Journal] | None:
        run, policy = self.work.register.pay_run, self.work.journal_policy()
        if accrual_is is not None and accrual_is.state not in PENDING:
            if accrual_is.state == PostingState.WITHDRAWN:
                return None
            accrual = self.books.journal(accrual_is)
            if reversal_is is not None and reversal_is.state not in PENDING:
                return accrual, self.books.journal(reversal_is)
            return accrual, reversal_of(accrual, run, policy)
        posting = self.work.tools.connection.posting
        if not posting.accrues or not run.interval:
            return None
        pieces = self.work.batch.pieces
        month_end = last_month_end_before(run.check_date)
        if month_end < run.period_start:
            return None
        terms = AccrualPolicy(posting.accrued_account, frozenset(posting.not_accrued), posting.holidays)
        return accrue(pieces, run, month_end, policy, terms)

    def _settled(self, journal: Journal) -> PostingResult:
        """Posted, looked up where its outcome is unknown, or as it stands."""
        known = self._known(journal.kind)
        if known is not None and known.state in {PostingState.POSTED, *UNSETTLED}:
            return self.poster.resolve(known.key)
        return self.poster.post(self._key(journal.kind), journal, **self._terms(journal))

    def _reverse(self, reversal: Journal, shown: Journal) -> PostingResult:
        """The reversal, as a person is shown it; where its period is closed, as the connection's policy says."""
        ClosedPeriods(self.work.tools).try_again(self._key(reversal.kind))
        result = self._settled(shown)
        return ClosedPeriods(self.work.tools).answered(
            result, reversal.entry_date, lambda day: self._settled(moved(reversal, day))
        )

    def _terms(self, journal: Journal) -> "Terms":
        why = hold_reason(self.work, [journal], Answer.ADDITION)
        policy: Policy = "hold" if why else self.work.tools.connection.posting.policy
        return {
            "partition": self.work.partition,
            "document_date": self.work.register.pay_run.check_date,
            "policy": policy,
            "hold_reason": why,
        }


def last_month_end_before(day: date) -> date:
    """The last day of the month before."""
    return day.replace(day=1) - timedelta(days=1)
