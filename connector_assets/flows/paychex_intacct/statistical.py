"""The statistical journal of a pay run: posted once, and corrected by journals of the difference.

It counts the whole pay run and is not made of checks, so that its corrections are net: what is counted now less what
stands. As for money, only a changed register or a person's wish asks for one, never a new roster or mapping alone; and
heads that another pay run of the month counted until it vanished.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from connector_assets.accounting.journal import Journal
from connector_assets.accounting.journal_build import journal_reference, journal_title
from connector_assets.accounting.revision import difference
from connector_assets.accounting.statistics import KIND
from connector_assets.flows.paychex_intacct.approvals import taking_back
from connector_assets.flows.paychex_intacct.attention import heads_due
from connector_assets.flows.paychex_intacct.books import UNSETTLED, PayRunBooks
from connector_assets.flows.paychex_intacct.closed_period import ClosedPeriods, moved
from connector_assets.flows.paychex_intacct.headcounts import head_accounts, heads_of
from connector_assets.posting import Policy, Poster, PostingResult
from connector_assets.records.postings import PENDING, Posting, PostingKey, PostingState

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork


@dataclass(frozen=True)
class StatisticalPoster:
    """Posts the statistical journal of one pay run and what corrects it; `is_changed`: the register is another now."""

    work: "PayRunWork"
    books: PayRunBooks
    poster: Poster
    is_changed: bool

    def post(self) -> list[PostingResult]:
        """How each of them stands; empty for a connection that posts none."""
        known = self.books.postings((KIND,))
        settled = [self.poster.resolve(one.key) for one in known if one.state in {PostingState.POSTED, *UNSETTLED}]
        if any(not result.is_posted for result in settled):
            return settled
        posted = [result.posting for result in settled]
        wanted = self._wanted(posted)
        for pending in known:
            if pending.state in PENDING and (wanted is None or pending.key.revision != self._revision(posted)):
                self.work.tools.home.postings.withdraw(pending.key, self.work.tools.actor, "Nothing is left to count.")
        return settled if wanted is None else [*settled, self._post(wanted, posted)]

    @property
    def _counts(self) -> bool:
        chosen = self.work.tools.connection.statistics
        return bool(chosen.journal) and chosen.post

    def _revision(self, posted: list[Posting]) -> int:
        return max((one.key.revision for one in posted), default=0) + 1

    def _wanted(self, posted: list[Posting]) -> Journal | None:
        """The first journal, or the difference to what stands; None where there is nothing to post."""
        now = self.work.batch.statistics
        if not self._counts or (not posted and now is None):
            return None
        if not posted:
            return now
        stands = [self.books.journal(one) for one in posted]
        if not self.is_changed:
            if self.work.partition not in heads_due(self.work.tools.home, self.work.tools.connection.name):
                return None
            accounts = head_accounts(self.work.tools.connection)
            now, stands = now and heads_of(now, accounts), [heads_of(one, accounts) for one in stands]
        run, revision = self.work.register.pay_run, self._revision(posted)
        like = replace(
            stands[0],
            reference=journal_reference(run, KIND, revision),
            title=journal_title(run, revision),
            entry_date=run.check_date,
        )
        made = difference([now] if now else [], stands, like)
        return made if made.lines else None

    def _post(self, journal: Journal, posted: list[Posting]) -> PostingResult:
        tools, run = self.work.tools, self.work.register.pay_run
        key = PostingKey(tools.connection.name, KIND, run.pay_run_id, self._revision(posted))
        closed = ClosedPeriods(tools)
        closed.try_again(key)

        def post_on(day: date) -> PostingResult:
            return self._send(key, moved(journal, day), posted)

        first = self._send(key, closed.as_shown(key, journal), posted)
        return closed.answered(first, journal.entry_date, post_on)

    def _send(self, key: PostingKey, journal: Journal, posted: list[Posting]) -> PostingResult:
        why = taking_back(self.work)
        policy: Policy = "hold" if why else self.work.tools.connection.posting.policy
        return self.poster.post(
            key,
            journal,
            partition=self.work.partition,
            document_date=self.work.register.pay_run.check_date,
            policy=policy,
            hold_reason=why,
            corrects=", ".join(one.reference for one in posted),
        )
