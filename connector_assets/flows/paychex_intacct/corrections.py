"""Posting a pay run: its first journals, and whatever corrects them later; each through the poster, each once.

`accounting.revision` decides; this module settles what is unknown first, withdraws what is no longer wanted, holds what
needs an approval, and answers a closed period by the connection's policy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING

from connector_assets.accounting.calendar import entry_date
from connector_assets.accounting.journal import JournalPolicy
from connector_assets.accounting.register import PAY_LINES
from connector_assets.accounting.revision import (
    CORRECTION,
    TAKEBACK,
    Answer,
    Correction,
    Decision,
    booked,
    books_of,
    books_of_pieces,
    by_entity,
    check_digests,
    decide,
    documents,
)
from connector_assets.flows.paychex_intacct.accruals import AccrualPoster
from connector_assets.flows.paychex_intacct.approvals import hold_reason
from connector_assets.flows.paychex_intacct.attention import POSTED_REGISTER, REBOOK_WISHES, REGISTERS_READ, is_wished
from connector_assets.flows.paychex_intacct.books import UNSETTLED, PayRunBooks, base_kind
from connector_assets.flows.paychex_intacct.closed_period import CLOSED, ClosedPeriods
from connector_assets.flows.paychex_intacct.statistical import StatisticalPoster
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.postings import PENDING, Posting, PostingKey, PostingState

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork


@dataclass(frozen=True)
class PayRunPoster:
    """Brings the ledger to what the register of one pay run says."""

    work: "PayRunWork"

    def post(self) -> list[PostingResult]:
        """Every journal of the pay run with how it stands. The caller has passed the gate; nothing blocks."""
        open_ends = [self._poster.resolve(one.key) for one in self.books.postings() if one.state in UNSETTLED]
        if any(result.posting.state in UNSETTLED for result in open_ends):
            return [*self._standing(), *(result for result in open_ends if not result.is_posted)]
        if unfinished := [result for result in self._complete_parts() if not result.is_posted]:
            return [*self._standing(), *unfinished]
        decision = self.decision()
        posted = self._standing()
        made = self._documents(decision)
        self._withdraw_others(made, decision.answer)
        results = [*posted, *self._send(decision, made)]
        results += StatisticalPoster(self.work, self.books, self._poster, self._is_changed).post()
        results += AccrualPoster(self.work, self.books, self._poster).post()
        if all(result.is_posted for result in results):
            self._done(decision)
        return results

    def _complete_parts(self) -> list[PostingResult]:
        """Of a journal in parts, one for each entity, all are posted as they were planned once one of them is."""
        begun = {(base_kind(one.key.kind), one.key.revision) for one in self.books.posted()}
        parts = [one for one in self.books.pending() if (base_kind(one.key.kind), one.key.revision) in begun]
        return [
            self._poster.post(
                part.key,
                self.books.journal(part),
                partition=part.partition,
                document_date=part.document_date,
                policy="post",
                corrects=part.corrects,
            )
            for part in parts
        ]

    @cached_property
    def books(self) -> PayRunBooks:
        """What the ledger holds of this pay run."""
        tools = self.work.tools
        return PayRunBooks(tools.home, tools.store, self.work.names, self.work.register.pay_run.pay_run_id)

    def decision(self) -> Decision:
        """What is posted against what is wanted."""
        register, run = self.work.register, self.work.register.pay_run
        digests = check_digests(register.checks, register.lines[PAY_LINES.names])
        wanted, stands = booked(self.work.batch.pieces, digests), self.books.stands()
        journals = books_of([self.books.journal(one) for one in self.books.posted()])
        if stands is None or books_of_pieces(stands, run, self._policy) != journals:
            stands = None
            if books_of_pieces(wanted, run, self._policy) == journals:
                nobody: frozenset[str] = frozenset()
                return Decision(Answer.NOTHING, nobody, nobody, nobody, None, wanted, journals)
        return decide(stands, wanted, whole=self._is_wished, books=journals)

    @property
    def _is_wished(self) -> bool:
        return is_wished(self.work.tools.home, self.work.tools.connection.name, self.work.partition)

    @property
    def _is_changed(self) -> bool:
        """Whether the register, or a person's wish, asks for another look than the one that was posted."""
        tools, run = self.work.tools, self.work.register.pay_run
        posted = tools.home.sources.get(tools.connection.name, POSTED_REGISTER, run.pay_run_id)
        return self._is_wished or posted is None or posted.digest != self.work.digest

    @property
    def _true_date(self) -> date:
        policy = self._policy
        return entry_date(self.work.register.pay_run, policy.entry_date, policy.debit_days_before, policy.holidays)

    @cached_property
    def _policy(self) -> JournalPolicy:
        journals = self.work.batch.build.journals  # a line in suspense has made them drafts
        policy = self.work.journal_policy()
        return replace(policy, state=journals[0].state) if journals else policy

    @cached_property
    def _poster(self) -> Poster:
        tools = self.work.tools
        return Poster(tools.home.postings, tools.ledger, owner=tools.actor, preparer=tools.preparer)

    def _standing(self) -> list[PostingResult]:
        return [self._poster.resolve(one.key) for one in self.books.posted()]

    def _documents(self, decision: Decision) -> list[Correction]:
        """The journals of the decision under the first revision that is free for all of them.

        A revision of which only a part was posted (a takeback without what is booked anew) is completed, not skipped.
        """
        if decision.answer is Answer.NOTHING:
            return []
        posted = {(one.key.kind, one.key.revision) for one in self.books.posted()}
        newest = max((revision for _, revision in posted), default=0)
        begun = any(one.key.revision == newest for one in self.books.pending())
        revision = max(newest if begun else newest + 1, 1)
        made = self._made(decision, revision)
        is_taken = any((one.journal.kind, revision) in posted for one in made)
        takes_back = any(base_kind(one.journal.kind) == TAKEBACK for one in made)
        if is_taken or (takes_back and revision == 1):  # in revision 1 its letter is an accrual's reversal's
            made = self._made(decision, revision + 1)
        return made

    def _made(self, decision: Decision, revision: int, on: date | None = None) -> list[Correction]:
        run, true_date = self.work.register.pay_run, self._true_date
        policy = replace(self._policy, revision=revision)
        belongs_to = true_date if on else None
        made = documents(decision, run, policy, on or true_date, belongs_to=belongs_to)
        if self.work.tools.connection.journal.one_per == "run":
            return made
        return [part for one in made for part in by_entity(one, policy.employing_entity_id)]

    def _withdraw_others(self, made: list[Correction], answer: Answer) -> None:
        wanted = {(one.journal.kind, one.journal.reference) for one in made}
        for pending in self.books.pending():
            if (pending.key.kind, pending.reference) not in wanted:
                self._withdraw(pending, f"No longer wanted: the register now asks for {answer.value}.")

    def _withdraw(self, posting: Posting, reason: str) -> None:
        self.work.tools.home.postings.withdraw(posting.key, self.work.tools.actor, reason)

    def _send(self, decision: Decision, made: list[Correction]) -> Iterator[PostingResult]:
        for one in made:
            refused = self._post(one, decision.answer)
            post_on = partial(self._post_moved, decision, one, refused.posting)
            result = ClosedPeriods(self.work.tools).answered(refused, one.journal.entry_date, post_on)
            yield result
            takes_back_all = base_kind(one.journal.kind) == TAKEBACK
            if takes_back_all and (not result.is_posted and not self._waits_for_approval(result)):
                return
            if takes_back_all and base_kind(result.posting.key.kind) == CORRECTION:
                return  # one net difference has taken the place of all journals of the decision

    def _post(self, one: Correction, answer: Answer) -> PostingResult:
        tools, journal = self.work.tools, one.journal
        self.books.keep(one)
        why = hold_reason(self.work, journal, answer)
        key = PostingKey(tools.connection.name, journal.kind, self.work.register.pay_run.pay_run_id, one.revision)
        ClosedPeriods(tools).try_again(key)
        return self._poster.post(
            key,
            journal,
            partition=self.work.partition,
            document_date=self.work.register.pay_run.check_date,
            policy="hold" if why else tools.connection.posting.policy,
            hold_reason=why,
            corrects=", ".join(one.corrects),
        )

    # -- the closed period --------------------------------------------------------------------------------------------

    def _waits_for_approval(self, result: PostingResult) -> bool:
        return result.posting.state == PostingState.HELD and result.posting.hold_reason != CLOSED

    def _post_moved(self, decision: Decision, one: Correction, refused: Posting, day: date) -> PostingResult | None:
        """Post it dated into another period; of what takes something back, the net difference takes its place."""
        moved = self._moved(decision, one, day)
        if moved is None:
            return None
        if moved.journal.kind != one.journal.kind and self._is_pending(refused):
            self._withdraw(refused, f"{CLOSED}: a net difference in an open period takes its place.")
        return self._post(moved, decision.answer)

    def _is_pending(self, posting: Posting) -> bool:
        known = self.work.tools.home.postings.get(posting.key)
        return known is not None and known.state in PENDING

    def _moved(self, decision: Decision, one: Correction, day: date) -> Correction | None:
        """The same journal in an open period; what takes something back becomes the net difference, if there is one."""
        kind, at, entity = one.journal.kind.partition("@")
        if kind in (CORRECTION, TAKEBACK):
            kind, decision = CORRECTION, replace(decision, answer=Answer.DELTA)
        made = self._made(decision, one.revision, day)
        return next((moved for moved in made if moved.journal.kind == f"{kind}{at}{entity}"), None)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def _done(self, decision: Decision) -> None:
        """The ledger says what the register says: later re-reads are compared with this register."""
        tools, newest = self.work.tools, max((one.key.revision for one in self.books.posted()), default=0)
        self.work.keep_totals(POSTED_REGISTER, {"revision": newest, "answer": decision.answer.value})
        snapshots, name = tools.home.snapshots, tools.connection.name
        wishes = snapshots.get(name, REBOOK_WISHES) or {}
        if wishes.pop(self.work.partition, None):
            snapshots.put(name, REBOOK_WISHES, wishes)
        read = snapshots.get(name, REGISTERS_READ) or {}
        if read.get(self.work.partition, self.work.digest) != self.work.digest:  # an older reading than this one
            snapshots.put(name, REGISTERS_READ, {**read, self.work.partition: self.work.digest})
