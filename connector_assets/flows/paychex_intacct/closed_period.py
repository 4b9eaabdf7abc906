"""A period that is closed in the ledger, answered by the connection's policy: hold, the next open one, or fail."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from connector_assets.accounting.journal import Journal, journal_from_payload
from connector_assets.posting import Outcome, PostingResult
from connector_assets.records.postings import Posting, PostingKey, PostingState
from connector_assets.vendors.intacct.errors import Kind

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import Tools

CLOSED = "the period of its date is closed in the ledger"
CHOICES = (
    "Fix: have the period opened in Intacct and carry the pay run again, or set posting.closed_period: next_open, "
    "which dates it into the first open period with the true date in its memo."
)


@dataclass(frozen=True)
class ClosedPeriods:
    """What becomes of a journal that a closed period refuses."""

    tools: "Tools"

    def answered(
        self, result: PostingResult, true_date: date, post_on: Callable[[date], PostingResult | None]
    ) -> PostingResult:
        """The result after the policy; `result` itself where no closed period refused it.

        `post_on` posts the journal dated into another period, and answers None when nothing is left to post.
        """
        if result.refusal != Kind.PERIOD_CLOSED.value:
            return result
        policy = self.tools.connection.posting.closed_period
        if policy == "fail":
            return replace(result, message=f"{result.message} {CHOICES}")
        if policy == "next_open":
            for day in self.later_days(true_date):
                moved = post_on(day)
                if moved is None:
                    break
                result = moved
                if result.refusal != Kind.PERIOD_CLOSED.value:
                    return result
        if result.posting.state == PostingState.HELD:
            return result
        held = self.tools.home.postings.hold(result.posting.key, self.tools.actor, CLOSED)
        return PostingResult(Outcome.HELD, held, f"{result.message} Held: {CLOSED}. {CHOICES}")

    def try_again(self, key: PostingKey) -> None:
        """Let go what only a closed period held: it may be open by now."""
        known = self.tools.home.postings.get(key)
        if known is not None and known.state == PostingState.HELD and known.hold_reason == CLOSED:
            self.tools.home.postings.withdraw(key, self.tools.actor, "Tried again: the period may be open by now.")

    def day_shown(self, posting: Posting) -> date | None:
        """The day on which a document waits for an approval, or has it; None for what nobody is asked about.

        What was moved into an open period and shown to a person stays there: dated back with the next run, it would be
        refused, moved and held anew, and lose its approval, for ever.
        """
        waits = posting.state == PostingState.HELD and posting.hold_reason != CLOSED
        if self.tools.connection.posting.closed_period != "next_open" or not (waits or posting.approved_by):
            return None
        return journal_from_payload(self.tools.home.postings.payload(posting.key)).entry_date

    def as_shown(self, key: PostingKey, journal: Journal) -> Journal:
        """The journal as a person is shown it in an open period; itself where nobody is, or it says something else."""
        known = self.tools.home.postings.get(key)
        day = self.day_shown(known) if known else None
        there = moved(journal, day) if day else journal
        return there if known and there.digest() == known.digest else journal

    def later_days(self, day: date) -> list[date]:
        """The first days of the ledger's later periods, up to today: a journal is never dated into the future."""
        starts = {period.start_date for period in self.tools.view.fiscal_periods}
        return sorted(start for start in starts if day < start <= self.tools.today)


def moved(journal: Journal, day: date) -> Journal:
    """The journal in an open period, with the true date in every memo; itself on its own day."""
    if day == journal.entry_date:
        return journal
    prefix = f"Belongs to {journal.entry_date.isoformat()}: "
    lines = tuple(replace(line, memo=f"{prefix}{line.memo}") for line in journal.lines)
    return replace(journal, entry_date=day, lines=lines)
