"""Posting a pay run: its first journals, and whatever corrects them later; each through the poster, each once.

`accounting.revision` decides; this module settles what is unknown first, withdraws what is no longer wanted, holds what
needs an approval, and answers a closed period by the connection's policy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING

from connector_assets.accounting.calendar import entry_date
from connector_assets.accounting.journal import Journal, JournalPolicy
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
from connector_assets.flows.paychex_intacct.accruals import AccrualPoster, Terms
from connector_assets.flows.paychex_intacct.approvals import hold_reason
from connector_assets.flows.paychex_intacct.attention import (
    HEADS_DUE,
    POSTED_REGISTER,
    REBOOK_WISHES,
    REGISTERS_READ,
    is_wished,
)
from connector_assets.flows.paychex_intacct.books import UNSETTLED, PayRunBooks, base_kind
from connector_assets.flows.paychex_intacct.closed_period import CLOSED, ClosedPeriods, moved
from connector_assets.flows.paychex_intacct.statistical import StatisticalPoster
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.postings import Posting, PostingKey, PostingState

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork


class _Terms(Terms):
    """With the references of the journals that it corrects."""

    corrects: str


@dataclass(frozen=True)
class PayRunPoster:
    """Brings the ledger to what the register of one pay run says."""

    work: "PayRunWork"

    def post(self) -> list[PostingResult]:
        """Every journal of the pay run with how it stands. The caller has passed the gate; nothing blocks."""
        open_ends = [self._poster.resolve(one.key) for one in self.books.postings() if one.state in UNSETTLED]
        if any(result.posting.state in UNSETTLED for result in open_ends):
            return [*self._standing(), *(result for result in open_ends if not result.is_posted)]
        unfinished = [result for result in self._complete_parts() if not result.is_posted]
        if unfinished and not self._is_superseded(unfinished):
            return [*self._standing(), *unfinished]
        decision = self.decision()
        posted = self._standing()
        made = self._as_shown(decision, self._documents(decision))
        self._withdraw_others(made, decision.answer)
        results = [*posted, *self._send(decision, made)]
        results += StatisticalPoster(self.work, self.books, self._poster, self._is_changed).post()
        results += AccrualPoster(self.work, self.books, self._poster).post()
        if all(result.is_posted for result in results):
            self._done(decision)
        return results

    def _complete_parts(self) -> list[PostingResult]:
        """Of a journal in parts, of whole checks or one for each entity, all are posted once one of them is.

        They are posted as they were planned, in a closed period as the connection's policy says.
        """
        begun = {(base_kind(one.key.kind), one.key.revision) for one in self.books.posted()}
        parts = [one for one in self.books.pending() if (base_kind(one.key.kind), one.key.revision) in begun]
        return [self._complete(part, self.books.journal(part)) for part in parts]

    def _complete(self, part: Posting, journal: Journal) -> PostingResult:
        def post(planned: Journal) -> PostingResult:
            self.books.keep_as(part, planned)
            return self._poster.post(
                part.key,
                planned,
                partition=part.partition,
                document_date=part.document_date,
                policy="post",
                corrects=part.corrects,
            )

        closed = ClosedPeriods(self.work.tools)
        closed.try_again(part.key)
        return closed.answered(post(journal), journal.entry_date, lambda day: post(moved(journal, day)))

    def _is_superseded(self, unfinished: list[PostingResult]) -> bool:
        """Whether the ledger refused the missing parts, and the pay run asks for something else by now.

        A mapping that names another account is the answer to such a refusal: what is missing is then decided anew.
        """
        states = {result.posting.state for result in unfinished}
        if states != {PostingState.REJECTED} or any(base_kind(one.posting.key.kind) == TAKEBACK for one in unfinished):
            return False
        planned = [self.books.journal(one) for one in (*self.books.posted(), *self.books.pending())]
        run = self.work.register.pay_run
        return books_of_pieces(self.work.batch.pieces, run, self._policy) != books_of(planned)

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
        posted = {(base_kind(one.key.kind), one.key.revision) for one in self.books.posted()}
        newest = max((revision for _, revision in posted), default=0)
        begun = any(one.key.revision == newest for one in self.books.pending())
        revision = max(newest if begun else newest + 1, 1)
        made = self._made(decision, revision)
        is_taken = any((base_kind(one.journal.kind), revision) in posted for one in made)
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
        for kind, group in groupby(made, key=lambda one: base_kind(one.journal.kind)):
            results = list(self._send_parts(decision, list(group)))
            yield from results
            if kind != TAKEBACK:
                continue
            if not all(result.is_posted or self._waits_for_approval(result) for result in results):
                return
            if base_kind(results[0].posting.key.kind) == CORRECTION:
                return  # one net difference has taken the place of all journals of the decision

    def _send_parts(self, decision: Decision, parts: list[Correction], first: int = 0) -> Iterator[PostingResult]:
        """The parts of one journal, from the `first` on.

        All are planned before one is sent: what is missing after a failure is known, and sent by the next run. None
        follows one that is not posted.
        """
        for one in parts[first:]:
            self._plan(one, parts, decision.answer)
        for place, one in enumerate(parts[first:], first + 1):
            refused = self._post(one, parts, decision.answer)
            post_on = partial(self._post_moved, decision, one)
            result = ClosedPeriods(self.work.tools).answered(refused, one.journal.entry_date, post_on)
            yield result
            if base_kind(result.posting.key.kind) != base_kind(one.journal.kind):
                day = self.books.journal(result.posting).entry_date
                yield from self._send_parts(decision, self._netted(decision, one, day), 1) if result.is_posted else ()
                return
            if not result.is_posted:
                yield from (self._poster.resolve(self._key(rest)) for rest in parts[place:])
                return

    def _plan(self, one: Correction, parts: list[Correction], answer: Answer) -> None:
        self.books.keep(one)
        ClosedPeriods(self.work.tools).try_again(self._key(one))
        self._poster.plan(self._key(one), one.journal, **self._terms(one, parts, answer))

    def _post(self, one: Correction, parts: list[Correction], answer: Answer) -> PostingResult:
        self.books.keep(one)
        return self._poster.post(self._key(one), one.journal, **self._terms(one, parts, answer))

    def _key(self, one: Correction) -> PostingKey:
        run = self.work.register.pay_run
        return PostingKey(self.work.tools.connection.name, one.journal.kind, run.pay_run_id, one.revision)

    def _terms(self, one: Correction, parts: list[Correction], answer: Answer) -> "_Terms":
        """What the poster is told of a part beside its content; limits are those of the whole journal."""
        why = hold_reason(self.work, [part.journal for part in parts], answer)
        return {
            "partition": self.work.partition,
            "document_date": self.work.register.pay_run.check_date,
            "policy": "hold" if why else self.work.tools.connection.posting.policy,
            "hold_reason": why,
            "corrects": ", ".join(one.corrects),
        }

    # -- the closed period --------------------------------------------------------------------------------------------

    def _waits_for_approval(self, result: PostingResult) -> bool:
        return result.posting.state == PostingState.HELD and result.posting.hold_reason != CLOSED

    def _post_moved(self, decision: Decision, one: Correction, day: date) -> PostingResult | None:
        """Post it dated into another period; of what takes everything back, the net difference takes its place."""
        if base_kind(one.journal.kind) != TAKEBACK:
            same = self._same_part(decision, one, day)
            return self._post(same, [same], decision.answer) if same else None
        netted = self._netted(decision, one, day)
        if not netted or self._is_begun(one):
            return None
        for pending in self.books.pending():
            if pending.key.revision == one.revision and base_kind(pending.key.kind) != CORRECTION:
                self._withdraw(pending, f"{CLOSED}: a net difference in an open period takes its place.")
        for part in netted:
            self._plan(part, netted, decision.answer)
        return self._post(netted[0], netted, decision.answer)

    def _as_shown(self, decision: Decision, made: list[Correction]) -> list[Correction]:
        """The journals of the decision, each on the day on which it waits for an approval or has one."""
        closed = ClosedPeriods(self.work.tools)
        for pending in self.books.pending() if made else ():
            if not (day := closed.day_shown(pending)) or day == self._true_date:
                continue
            shown = (pending.key, pending.digest)
            if base_kind(made[0].journal.kind) == TAKEBACK:
                netted = self._netted(decision, made[0], day)
                if shown in {(self._key(one), one.journal.digest()) for one in netted}:
                    return netted
            dated = [self._same_part(decision, one, day) if self._key(one) == pending.key else None for one in made]
            made = [
                there if there and (self._key(there), there.journal.digest()) == shown else one
                for there, one in zip(dated, made, strict=True)
            ]
        return made

    def _is_begun(self, one: Correction) -> bool:
        """Whether a part of the same journal is in the ledger already: then no difference takes its place."""
        kind = base_kind(one.journal.kind)
        return any((base_kind(two.key.kind), two.key.revision) == (kind, one.revision) for two in self.books.posted())

    def _netted(self, decision: Decision, one: Correction, day: date) -> list[Correction]:
        """The decision as the net difference, in an open period."""
        return self._made(replace(decision, answer=Answer.DELTA), one.revision, day)

    def _same_part(self, decision: Decision, one: Correction, day: date) -> Correction | None:
        """The same journal or part in an open period; of old lines beside new ones, the net difference."""
        is_exchange = base_kind(one.journal.kind) == CORRECTION
        made = self._netted(decision, one, day) if is_exchange else self._made(decision, one.revision, day)
        return next((dated for dated in made if dated.journal.kind == one.journal.kind), None)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def _done(self, decision: Decision) -> None:
        """The ledger says what the register says: later re-reads are compared with this register."""
        tools, newest = self.work.tools, max((one.key.revision for one in self.books.posted()), default=0)
        self.work.keep_totals(POSTED_REGISTER, {"revision": newest, "answer": decision.answer.value})
        snapshots, name = tools.home.snapshots, tools.connection.name
        for wanted in (REBOOK_WISHES, HEADS_DUE):
            wishes = snapshots.get(name, wanted) or {}
            if wishes.pop(self.work.partition, None):
                snapshots.put(name, wanted, wishes)
        read = snapshots.get(name, REGISTERS_READ) or {}
        if read.get(self.work.partition, self.work.digest) != self.work.digest:  # an older reading than this one
            snapshots.put(name, REGISTERS_READ, {**read, self.work.partition: self.work.digest})
