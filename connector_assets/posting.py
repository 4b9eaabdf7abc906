"""The poster: the only code that sends a document into a ledger, and what makes it happen exactly once.

The posting ledger (`records.postings`) holds the identity and the state; this module holds the order of steps and what
may be concluded from an answer:

- Before the first byte, a committed row says that a send begins, of which document, under which control id.
- A receipt is believed. A refusal is believed only after a look-up has found nothing under the document's reference.
- No answer means `unknown`: look up, now and in every later run. Found and equal: adopted. Found and different: an
  alarm that no code resolves by sending. Not found: only when the ledger can no longer be at work on the lost request
  (its processing window) is the document sent again, under the same control id.
- A posting that was ever sent is looked up before it is sent again, whatever its state says.
- No byte of a send leaves after its lease: by then another sender may be at it.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol
from uuid import uuid4

from connector_assets.accounting.journal import journal_from_payload
from connector_assets.records.database import utc_now
from connector_assets.records.errors import LeaseLostError, RecordsError
from connector_assets.records.postings import IN_A_LEDGER, Posting, PostingKey, PostingState, PostingStore
from connector_assets.vendors.deadline import writing_while
from connector_assets.vendors.errors import AccessError, CredentialError, RefusedError, UnavailableError, VendorError
from connector_assets.vendors.protocols import Document, Found, Ledger, Receipt

Policy = Literal["post", "draft", "hold"]

LEASE_S = 600.0
"""From taking a posting to the first byte of its send: time for a look-up, a sign-in and waits for a free slot."""

CLOCK_TOLERANCE_S = 60.0
"""How far the clocks of two senders may be apart, where the ledger's refusal of a repeated control id fails too."""

LOOKUP_DELAYS_S = (0.0, 1.0, 4.0)
"""When to look a document up after its reply was lost, each counted from the look-up before."""


class PostableDocument(Document, Protocol):
    """A document with a control total: what the posting ledger shows of it beside its identity."""

    def debit_cents(self) -> int:
        """The document's total debit, in cents."""


class Outcome(StrEnum):
    """How one call of the poster ended."""

    POSTED = "posted"  # sent now, and the ledger gave its receipt
    ALREADY_POSTED = "already_posted"  # an earlier run had posted it: nothing was sent
    ADOPTED = "adopted"  # found in the ledger, equal: an earlier send had arrived
    HELD = "held"  # waits for approval: nothing was sent
    BUSY = "busy"  # another sender is at it: nothing was sent
    NOT_SENT = "not_sent"  # the ledger could not be reached or entered: proof that nothing was executed
    REJECTED = "rejected"  # the ledger refused it, and does not hold it
    UNKNOWN = "unknown"  # sent, outcome unknown; `next_try_at` says from when it may be sent again
    ALARM = "alarm"  # the ledger holds something else under its reference: a person has to look


@dataclass(frozen=True)
class PostingResult:
    """How it ended, the posting as it now stands, what to tell a person, and what happens next and when (UTC).

    `refusal` is the ledger client's own word for why it said no (`RefusedError.kind`), where it did.
    """

    outcome: Outcome
    posting: Posting
    message: str
    next_try_at: datetime | None = None
    refusal: str = ""

    @property
    def is_posted(self) -> bool:
        """Whether the ledger holds the document, whoever brought it there."""
        return self.posting.state == PostingState.POSTED

    @property
    def next_step(self) -> str:
        """What happens next with the document, or what it waits for; empty for a posted one."""
        return next_step(self.posting, self.next_try_at)


@dataclass(frozen=True)
class _Look:
    """What a look-up saw: the document itself, others in its place, nothing, or nothing because it failed."""

    equal: Receipt | None = None
    others: tuple[Found, ...] = ()
    failure: str = ""


class Poster:
    """Posts documents into one ledger.

    `owner` names the sender in the audit trail; `preparer` who prepared what it plans and so cannot approve it, by
    default the owner. `restore` reads a document of this ledger back from its stored payload, for `resolve`.
    """

    def __init__(
        self,
        postings: PostingStore,
        ledger: Ledger,
        *,
        owner: str,
        preparer: str = "",
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        lease_s: float = LEASE_S,
        lookup_delays_s: Sequence[float] = LOOKUP_DELAYS_S,
        restore: Callable[[str], Document] = journal_from_payload,
    ) -> None:
        self._postings, self._ledger, self._owner, self._preparer = postings, ledger, owner, preparer or owner
        self._now, self._sleep, self._lease_s, self._lookup_delays_s = now, sleep, lease_s, lookup_delays_s
        self._restore = restore

    def post(
        self,
        key: PostingKey,
        document: PostableDocument,
        *,
        partition: str,
        document_date: date,
        policy: Policy,
        hold_reason: str = "",
        corrects: str = "",
    ) -> PostingResult:
        """Bring the document into the ledger once, or say why not; safe to call again at any time, by anyone.

        With `hold` it is planned and waits for `PostingStore.approve`, for `hold_reason`; `post` and `draft` send it
        (which of the two it is stands in the document itself). `corrects` names the references that it corrects. Raises
        RecordsError when other content was sent under this key before, when it was sent into another ledger company, or
        when another connection brought it into this one.
        """
        posting = self.plan(
            key,
            document,
            partition=partition,
            document_date=document_date,
            policy=policy,
            hold_reason=hold_reason,
            corrects=corrects,
        )
        self._refuse_other_books(posting)
        if posting.state in (PostingState.POSTED, PostingState.HELD):
            return self._standing(posting)
        return self._carry_out(key, document)

    def plan(
        self,
        key: PostingKey,
        document: PostableDocument,
        *,
        partition: str,
        document_date: date,
        policy: Policy,
        hold_reason: str = "",
        corrects: str = "",
    ) -> Posting:
        """Write down that the document is to be posted, and send nothing: the first step of `post`, raising the same.

        For documents of which one must not be sent before the other is known to be owed.
        """
        if document.kind != key.kind:
            raise RecordsError(f"Posting {key} is given a document of kind '{document.kind}'.", fix="Make them equal.")
        return self._postings.plan(
            key,
            partition=partition,
            document_date=document_date,
            reference=document.reference,
            digest=document.digest(),
            payload=document.payload(),
            amount_cents=document.debit_cents(),
            actor=self._preparer,
            hold=policy == "hold",
            hold_reason=hold_reason,
            corrects=corrects,
        )

    def resolve(self, key: PostingKey) -> PostingResult:
        """Settle a posting that an earlier sender left `sending` or `unknown`, from what was stored of it.

        By look-up; and by sending it again where that is safe and due. Any other posting is left as it stands.
        """
        posting = self._current(key)
        self._refuse_other_books(posting)
        if posting.state not in (PostingState.SENDING, PostingState.UNKNOWN):
            return self._standing(posting)
        document = self._restore(posting.payload)
        if (document.digest(), document.reference) != (posting.digest, posting.reference):
            raise RecordsError(
                f"The stored payload of posting {key} is not what its digest says.",
                fix="Somebody changed the database: run `connector audit verify`, and post the document again.",
            )
        return self._carry_out(key, document)

    @property
    def _books(self) -> str:
        """The ledger company that this poster posts into."""
        return f"{self._ledger.system} {self._ledger.company}"

    def _refuse_other_books(self, posting: Posting) -> None:
        """What stands in one company's books says nothing of another's, and cannot be looked up there."""
        if posting.state in IN_A_LEDGER and posting.ledger not in ("", self._books):
            was, name = posting.ledger, posting.key.connection
            raise RecordsError(
                f"{posting.reference} was sent into {was}, and {name} names {self._books} now.",
                fix="Name the earlier ledger company again; another company gets a connection of its own.",
            )

    def _carry_out(self, key: PostingKey, document: Document) -> PostingResult:
        sender = f"{self._owner}#{uuid4().hex[:8]}"  # one lease is one call: two threads of one owner are two senders
        posting = self._postings.acquire(key, sender, self._lease_s)
        if posting is None:
            return self._standing(self._current(key))
        try:
            return self._settle_or_send(posting, document, sender)
        except LeaseLostError:
            return self._standing(self._current(key))
        except Exception as error:
            with suppress(RecordsError):  # then the lease runs out by itself
                self._postings.release(key, sender, error=_told(error))
            raise

    def _settle_or_send(self, posting: Posting, document: Document, sender: str) -> PostingResult:
        if posting.attempts:
            asked_at = self._now()  # what is not seen now had its chance until now
            look = self._look(document)
            settled = self._conclude(posting.key, look, sender)
            if settled is not None:
                return settled
            due_at = self._due_at(posting)
            if look.failure or (due_at is not None and asked_at < due_at):
                return self._leave(posting.key, sender, look.failure)
        return self._send(posting, document, sender)

    def _send(self, posting: Posting, document: Document, sender: str) -> PostingResult:
        key = posting.key
        lease_until = self._postings.begin_send(key, sender, document.digest(), self._books).lease_until
        try:
            with writing_while(lambda: lease_until is not None and self._now() < lease_until):
                receipt = self._ledger.send(document, posting.control_id)
        except (UnavailableError, CredentialError, AccessError) as error:
            unsent = self._postings.release_unsent(key, sender, error=str(error))
            return PostingResult(Outcome.NOT_SENT, unsent, str(error))
        except RefusedError as error:
            return self._after_refusal(key, document, sender, error)
        except Exception as error:
            self._postings.record_unknown(key, sender, error=_told(error))
            if not isinstance(error, VendorError):
                raise
            return self._after_lost_reply(key, document, sender)
        if not receipt.key:
            self._postings.record_unknown(key, sender, error="The receipt holds no key.")
            return self._after_lost_reply(key, document, sender)
        return self._posted(key, sender, receipt, Outcome.POSTED)

    def _after_refusal(self, key: PostingKey, document: Document, sender: str, error: RefusedError) -> PostingResult:
        """A refusal may be the echo of an earlier send that arrived: its number proves nothing, the look-up does."""
        look, refusal = self._look(document), str(error)
        settled = self._conclude(key, look, sender)
        if settled is not None:
            return settled
        if look.failure:
            self._postings.record_unknown(key, sender, error=f"{refusal} The look-up after it failed: {look.failure}")
            return self._leave(key, sender)
        rejected = self._postings.record_rejected(key, sender, error=refusal)
        return PostingResult(Outcome.REJECTED, rejected, refusal, refusal=error.kind)

    def _after_lost_reply(self, key: PostingKey, document: Document, sender: str) -> PostingResult:
        """The document may stand in the ledger already, or in a moment."""
        for delay_s in self._lookup_delays_s:
            self._sleep(delay_s)
            settled = self._conclude(key, self._look(document), sender)
            if settled is not None:
                return settled
        return self._leave(key, sender)

    def _look(self, document: Document) -> _Look:
        try:
            found = self._ledger.find(document)
        except VendorError as error:
            return _Look(failure=str(error))
        if len(found) == 1 and found[0].digest == document.digest():
            return _Look(equal=found[0].receipt)
        return _Look(others=tuple(found))

    def _conclude(self, key: PostingKey, look: _Look, sender: str) -> PostingResult | None:
        """Adopt what is ours, sound the alarm over what is not; None when nothing was seen."""
        if look.equal is not None:
            return self._posted(key, sender, look.equal, Outcome.ADOPTED)
        if not look.others:
            return None
        seen = ", ".join(f"{one.receipt.key} ({one.receipt.state})" for one in look.others)
        known = self._current(key)
        alarm = (
            f"{self._ledger.system} holds under {known.reference} what is not equal to ours, or more than one: {seen}."
            " Fix: compare them in the ledger; nothing is sent until one of them equals ours or the reference is free."
        )
        return PostingResult(Outcome.ALARM, self._postings.record_alarm(key, sender, error=alarm), alarm)

    def _posted(self, key: PostingKey, sender: str, receipt: Receipt, outcome: Outcome) -> PostingResult:
        posting = self._postings.record_posted(
            key,
            sender,
            ledger_key=receipt.key,
            ledger_number=receipt.number,
            ledger_state=receipt.state,
            adopted=outcome == Outcome.ADOPTED,
        )
        how = "found, sent by an earlier try" if outcome == Outcome.ADOPTED else "posted"
        return PostingResult(outcome, posting, f"{self._ledger.system}: {how}, as {receipt.number or receipt.key}.")

    def _leave(self, key: PostingKey, sender: str, failure: str = "") -> PostingResult:
        """Give the lease back with nothing settled: unknown, or not sent because the look-up before it failed."""
        posting = self._postings.release(key, sender, error=failure)
        due_at = self._due_at(posting)
        if due_at is None:
            return PostingResult(Outcome.NOT_SENT, posting, failure)
        return PostingResult(Outcome.UNKNOWN, posting, _unknown_text(posting), due_at)

    def _due_at(self, posting: Posting) -> datetime | None:
        """From when an unknown document may be sent again: when the ledger can no longer be at work on the lost one."""
        return due_at(posting, self._ledger.processing_window_s)

    def _standing(self, posting: Posting) -> PostingResult:
        """The result of a call that found nothing to do for itself."""
        if posting.lease_until is not None and posting.state in _AT_WORK:
            message = f"Another sender is at it, until {posting.lease_until:%Y-%m-%d %H:%M:%S} UTC at the latest."
            return PostingResult(Outcome.BUSY, posting, message, posting.lease_until)
        outcome, message = _STANDING[posting.state]
        if posting.alarm:
            outcome, message = Outcome.ALARM, "{error}"
        number = posting.ledger_number or posting.ledger_key
        why = f": {posting.hold_reason}" if posting.hold_reason else ""
        text = message.format(number=number, error=posting.last_error, unknown=_unknown_text(posting), why=why)
        return PostingResult(outcome, posting, text.strip(), self._due_at(posting))

    def _current(self, key: PostingKey) -> Posting:
        posting = self._postings.get(key)
        if posting is None:
            raise RecordsError(f"There is no posting {key}.", fix="`connector status` lists what there is.")
        return posting


def due_at(posting: Posting, processing_window_s: float) -> datetime | None:
    """From when an unknown document may be sent again, given how long its ledger may be at work; None for others."""
    if posting.unknown_since is None:
        return None
    return posting.unknown_since + timedelta(seconds=processing_window_s + CLOCK_TOLERANCE_S)


def next_step(posting: Posting, again_at: datetime | None) -> str:
    """What happens next with a posting, or what it waits for; `again_at` is when an unknown one may be sent again."""
    if posting.alarm:
        return f"compare {posting.reference} in the ledger: it holds something else; nothing is sent"
    if posting.state == PostingState.UNKNOWN:
        when = f"{again_at:%Y-%m-%d %H:%M} UTC" if again_at else "the end of the ledger's processing window"
        return (
            "outcome unknown: looked up by the next run or `connector retry`; if it is not there, sent again under the "
            f"same id from {when}"
        )
    if posting.state == PostingState.HELD:
        why = f": {posting.hold_reason}" if posting.hold_reason else ""
        return f"held{why}; connector approve {posting.key.connection} {posting.reference} --reason WHY"
    if posting.state == PostingState.REJECTED:
        return f"refused, tried again by the next run: {posting.last_error}"
    return _STEPS.get(posting.state, "")


_STEPS = {
    PostingState.PLANNED: "sent by the next run",
    PostingState.APPROVED: "approved; sent by the next run",
    PostingState.SENDING: "being sent; a sender that died leaves it to be looked up",
}
_STANDING: dict[PostingState, tuple[Outcome, str]] = {
    PostingState.POSTED: (Outcome.ALREADY_POSTED, "Already posted as {number}: nothing was sent."),
    PostingState.HELD: (Outcome.HELD, "Held for approval{why}. Fix: let another person run `connector approve`."),
    PostingState.REJECTED: (Outcome.REJECTED, "{error}"),
    PostingState.UNKNOWN: (Outcome.UNKNOWN, "{unknown}"),
    PostingState.WITHDRAWN: (Outcome.HELD, "Withdrawn: no longer wanted."),
    PostingState.PLANNED: (Outcome.NOT_SENT, "Planned and not sent. {error}"),
    PostingState.APPROVED: (Outcome.NOT_SENT, "Approved and not sent. {error}"),
}
_AT_WORK = frozenset({PostingState.PLANNED, PostingState.APPROVED, PostingState.SENDING, PostingState.UNKNOWN})


def _unknown_text(posting: Posting) -> str:
    return (
        f"Sent as {posting.reference}, outcome unknown: {posting.last_error}"
        " Each later run looks it up, and sends it again under the same id once it cannot arrive any more."
    )


def _told(error: Exception) -> str:
    """An error's text, where it is one of ours and so holds no secret; else its class alone."""
    return str(error) if isinstance(error, VendorError | RecordsError) else type(error).__name__
