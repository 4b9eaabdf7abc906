"""The posting ledger: one row per document and revision, its state, its lease, its attempts and the ledger's receipt.

    planned -> (held -> approved) -> sending -> posted | rejected | unknown
    unknown -> posted | sending         rejected -> planned | approved   planned again
    sending -> planned | approved       with proof that nothing was executed
    planned | held | approved | rejected -> withdrawn        no longer wanted: never sent, or refused

Each step is one committed transaction that also appends to the audit trail. The identity (key, control id, reference,
digest) is fixed and stored before a byte is sent. `unknown` is a state of its own: a lost reply is neither success nor
failure. Who sends holds a lease; a lease whose holder died while `sending` leads to `unknown`, never to a guess.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, insert, literal, select

from connector_assets.records import posting_rows as rows
from connector_assets.records.audit import Detail, plain_text
from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.errors import LeaseLostError, RecordsError
from connector_assets.records.posting_rows import (
    IN_A_LEDGER,
    KEY_COLUMNS,
    LISTED,
    NO_LEASE,
    PENDING,
    READY,
    REPLACEABLE,
    Attempt,
    Posting,
    PostingKey,
    PostingState,
)
from connector_assets.records.tables import posting, posting_attempt

__all__ = ["IN_A_LEDGER", "PENDING", "READY", "Attempt", "Posting", "PostingKey", "PostingState", "PostingStore"]


_WITH_PAYLOAD = select(*LISTED, posting.c.payload).where(*rows.by_key(posting))
_SAME = ("kind", "source_id", "revision", "reference", "ledger")
_MAY_STAND = [literal(str(state)) for state in IN_A_LEDGER]
_THE_SAME_ELSEWHERE = (
    select(posting.c.connection)
    .where(*(posting.c[name] == bindparam(f"same_{name}") for name in _SAME))
    .where(
        posting.c.connection != bindparam("carrier"),
        posting.c.state.in_(_MAY_STAND),
    )
)


class PostingStore:
    """The posting ledger of one database. Every method that takes `owner` needs that owner's lease on the posting."""

    def __init__(self, engine: Engine, now: Clock = utc_now) -> None:
        self._engine, self._now = engine, now

    # -- before the send ----------------------------------------------------------------------------------------------

    def plan(
        self,
        key: PostingKey,
        *,
        partition: str,
        document_date: date,
        reference: str,
        digest: str,
        payload: str,
        amount_cents: int,
        actor: str,
        hold: bool = False,
        hold_reason: str = "",
        corrects: str = "",
        reason: str = "",
    ) -> Posting:
        """Store the document under its key; with `hold` it waits for approval. The same again changes nothing.

        Other content replaces what no ledger can hold (never sent, proven not executed, or rejected) and voids an
        approval. Raises RecordsError when other content was sent and may be, or is, in the ledger.
        """
        content = {
            "partition": partition,
            "document_date": document_date,
            "reference": reference,
            "digest": digest,
            "payload": payload,
            "amount_cents": amount_cents,
            "corrects": corrects,
        }
        fresh = PostingState.HELD if hold else PostingState.PLANNED
        now = self._now()
        because = plain_text(hold_reason) if hold else ""
        planned = {"state": fresh, "planned_by": actor, "planned_at": now, "hold_reason": because}
        reason = reason or because
        with writing(self._engine) as db:
            known = rows.find(db, key)
            if known is None:
                return rows.insert_posting(db, now, key, {**content, **planned}, reason)
            if known.state == PostingState.POSTED and known.digest == digest:
                return known
            if (known.digest, known.reference) != (digest, reference):
                _refuse_if_sent(known)
                changes = {**content, **planned, "approved_by": None, "approved_at": None}
                return rows.step(db, now, known, changes, action="replaced", actor=actor, reason=reason)
            if known.state in REPLACEABLE:
                known = rows.write(db, known, content)
            again = known.state in (PostingState.REJECTED, PostingState.WITHDRAWN)
            if not again and not (hold and known.state == PostingState.PLANNED):
                return known
            changes = {"state": PostingState.APPROVED} if known.approved_by else planned
            return rows.step(db, now, known, changes, action="planned again", actor=actor, reason=reason)

    def approve(self, seen: Sequence[Posting], approver: str, reason: str) -> list[Posting]:
        """Let held documents go as the approver has seen them: all or none.

        Raises RecordsError when one is not held or is no longer as it was seen, or preparer and approver are the same.
        """
        with writing(self._engine) as db:
            return [self._approve(db, one, approver, reason) for one in seen]

    def _approve(self, db: Connection, seen: Posting, approver: str, reason: str) -> Posting:
        key = seen.key
        if not approver.strip() or not reason.strip():
            raise RecordsError(f"The approval of posting {key} names no one or no reason.", fix="Give both.")
        known = rows.existing(db, key)
        rows.require(known, {PostingState.HELD}, "approved", "Only a held posting waits for approval.")
        if known.digest != seen.digest:
            raise RecordsError(
                f"Posting {key} was planned anew since it was looked at.", fix="Look at it again before it is approved."
            )
        if approver.strip().casefold() == known.planned_by.strip().casefold():
            raise RecordsError(
                f"Posting {key} was prepared by {known.planned_by}, who cannot approve it too.",
                fix="Let another person approve it.",
            )
        now = self._now()
        changes = {"state": PostingState.APPROVED, "approved_by": approver, "approved_at": now}
        return rows.step(db, now, known, changes, action="approved", actor=approver, reason=reason)

    def withdraw(self, key: PostingKey, actor: str, reason: str) -> Posting:
        """Take back what is no longer wanted, its approval too. Raises RecordsError once it may be in a ledger."""
        with writing(self._engine) as db:
            known = rows.existing(db, key)
            rows.require(
                known, PENDING, "withdrawn", "What was sent is corrected by another document, never taken back."
            )
            now = self._now()
            _refuse_if_leased(known, now)
            changes = {"state": PostingState.WITHDRAWN, "approved_by": None, "approved_at": None}
            return rows.step(db, now, known, changes, action="withdrawn", actor=actor, reason=reason)

    def hold(self, key: PostingKey, actor: str, reason: str) -> Posting:
        """Let a document that no ledger holds wait for an approval; an earlier one was for another state of things."""
        with writing(self._engine) as db:
            known = rows.existing(db, key)
            rows.require(known, PENDING, "held", "What was sent cannot be held back.")
            now = self._now()
            _refuse_if_leased(known, now)
            changes = {"state": PostingState.HELD, "hold_reason": plain_text(reason)}
            voided = {"approved_by": None, "approved_at": None}
            return rows.step(db, now, known, {**changes, **voided}, action="held", actor=actor, reason=reason)

    def acquire(self, key: PostingKey, owner: str, lease_s: float) -> Posting | None:
        """Take the right to send for `lease_s` seconds; None when another holds it, or nothing is left to be sent.

        An owner is one sender, not one machine: taking one's own running lease again is refused as well. A lease that
        ran out in `sending` belonged to a sender that died: its outcome becomes `unknown` as of the lease's end.
        """
        now = self._now()
        with writing(self._engine) as db:
            known = rows.existing(db, key)
            if known.lease_until is not None and now < known.lease_until:
                return None
            if known.state == PostingState.SENDING:
                since = min(now, known.lease_until or now)
                changes = {"state": PostingState.UNKNOWN, "unknown_since": since}
                error = f"The sender {known.lease_owner} did not come back."
                known = rows.end_attempt(db, now, known, changes, outcome="unknown", actor=owner, error=error)
            if known.state not in READY:
                return None
            return rows.write(db, known, {"lease_owner": owner, "lease_until": now + timedelta(seconds=lease_s)})

    def release(self, key: PostingKey, owner: str, *, error: str = "") -> Posting:
        """Give the lease back with nothing sent and the state as it is; `error` says what stood in the way."""
        with writing(self._engine) as db:
            known = rows.leased(db, key, owner)
            rows.require(known, set(PostingState) - {PostingState.SENDING}, "given back", "End the send instead.")
            return rows.write(db, known, {**NO_LEASE, "last_error": plain_text(error) or known.last_error})

    # -- the send and its ends ----------------------------------------------------------------------------------------

    def begin_send(self, key: PostingKey, owner: str, digest: str, ledger: str = "") -> Posting:
        """Record that a send is about to happen; committed before the first byte. `digest` is of what will be sent.

        Raises LeaseLostError when the lease ran out; RecordsError when the planned content is another by now, or when
        another connection (a second file of the same two companies, or this one under its earlier name) sent the same
        document into the same `ledger` company.
        """
        now = self._now()
        with writing(self._engine) as db:
            known = rows.leased(db, key, owner)
            rows.require(known, READY, "sent", "Plan or approve it first.")
            if known.lease_until is None or now >= known.lease_until:
                raise LeaseLostError(f"The lease on posting {key} ran out before the send.", fix="Post it again.")
            if known.digest != digest:
                raise RecordsError(f"Posting {key} was planned anew with other content.", fix="Post that instead.")
            _refuse_if_another_sent(db, known, ledger)
            attempt = {
                **rows.key_values(key),
                "attempt": known.attempts + 1,
                "sender": owner,
                "control_id": known.control_id,
                "digest": known.digest,
                "started_at": now,
                "outcome": "",
                "error": "",
            }
            db.execute(insert(posting_attempt), attempt)
            changes = {"state": PostingState.SENDING, "attempts": known.attempts + 1, "sent_at": now, "ledger": ledger}
            cleared = {"unknown_since": None, "alarm": False}
            return rows.step(db, now, known, {**changes, **cleared}, action="sending", actor=owner)

    def record_posted(
        self,
        key: PostingKey,
        owner: str,
        *,
        ledger_key: str,
        ledger_number: str,
        ledger_state: str,
        adopted: bool = False,
    ) -> Posting:
        """The ledger holds the document: by its receipt, or (`adopted`) found there by reference with equal content.

        Raises RecordsError when the ledger's key is empty, or the state allows no such end.
        """
        if not ledger_key:
            raise RecordsError(f"The receipt of posting {key} holds no key.", fix="Look the document up in the ledger.")
        now = self._now()
        changes = {
            "state": PostingState.POSTED,
            "ledger_key": plain_text(ledger_key),
            "ledger_number": plain_text(ledger_number),
            "ledger_state": plain_text(ledger_state),
            "resolved_at": now,
            "unknown_since": None,
            "alarm": False,
            **NO_LEASE,
        }
        with writing(self._engine) as db:
            known = rows.leased(db, key, owner)
            allowed = READY | {PostingState.SENDING} if adopted else {PostingState.SENDING}
            rows.require(known, allowed, "recorded as posted", "Look the document up in the ledger.")
            outcome = "adopted" if adopted else "posted"
            return rows.end_attempt(db, now, known, changes, outcome=outcome, actor=owner)

    def record_rejected(self, key: PostingKey, owner: str, *, error: str) -> Posting:
        """The ledger refused the document and, looked up, does not hold it."""
        with writing(self._engine) as db:
            known = rows.leased(db, key, owner)
            rows.require(known, {PostingState.SENDING}, "rejected", "Only what was sent can be refused.")
            now = self._now()
            changes = {"state": PostingState.REJECTED, "resolved_at": now, **NO_LEASE}
            return rows.end_attempt(db, now, known, changes, outcome="rejected", actor=owner, error=error)

    def record_unknown(self, key: PostingKey, owner: str, *, error: str) -> Posting:
        """Nobody can say whether the send happened. The lease stays, for the look-ups that follow at once."""
        with writing(self._engine) as db:
            known = rows.leased(db, key, owner)
            rows.require(known, {PostingState.SENDING}, "unknown", "Only what was sent can be unknown.")
            now = self._now()
            changes = {"state": PostingState.UNKNOWN, "unknown_since": now}
            return rows.end_attempt(db, now, known, changes, outcome="unknown", actor=owner, error=error)

    def record_alarm(self, key: PostingKey, owner: str, *, error: str) -> Posting:
        """The ledger holds something else under the document's reference: not to be sent, for a person to look at."""
        with writing(self._engine) as db:
            known = rows.leased(db, key, owner)
            rows.require(known, READY | {PostingState.SENDING}, "put under alarm", "Look at what was posted.")
            if known.alarm:
                return rows.write(db, known, NO_LEASE)
            now = self._now()
            since = known.unknown_since or now
            changes = {"state": PostingState.UNKNOWN, "alarm": True, "unknown_since": since, **NO_LEASE}
            return rows.end_attempt(db, now, known, changes, outcome="alarm", actor=owner, error=error)

    def release_unsent(self, key: PostingKey, owner: str, *, error: str) -> Posting:
        """There is proof that the send was not executed: back to where it stood, approval included."""
        with writing(self._engine) as db:
            known = rows.leased(db, key, owner)
            rows.require(known, {PostingState.SENDING}, "taken back", "Only a send can be taken back.")
            before = PostingState.APPROVED if known.approved_by else PostingState.PLANNED
            changes = {"state": before, **NO_LEASE}
            return rows.end_attempt(db, self._now(), known, changes, outcome="not_sent", actor=owner, error=error)

    def record_reconciled(self, key: PostingKey, actor: str, *, equal: bool, detail: Detail | None = None) -> Posting:
        """The posted document was read back: whether it equals its source, with both sides' control totals."""
        with writing(self._engine) as db:
            known = rows.existing(db, key)
            rows.require(known, {PostingState.POSTED}, "reconciled", "Post it first.")
            now = self._now()
            changes = {"reconciled": equal, "reconciled_at": now}
            action = "reconciled" if equal else "not reconciled"
            return rows.step(db, now, known, changes, action=action, actor=actor, detail=detail)

    # -- reading ------------------------------------------------------------------------------------------------------

    def get(self, key: PostingKey) -> Posting | None:
        """The posting with its payload, or None."""
        with reading(self._engine) as db:
            row = db.execute(_WITH_PAYLOAD, rows.key_parameters(key)).one_or_none()
        return None if row is None else rows.posting_of(row)

    def payload(self, key: PostingKey) -> str:
        """The document as it was stored. Raises RecordsError when there is no such posting."""
        known = self.get(key)
        if known is None:
            raise RecordsError(f"There is no posting {key}.", fix="`connector status` lists what there is.")
        return known.payload

    def attempts(self, key: PostingKey) -> tuple[Attempt, ...]:
        """Every send of a posting, first to last."""
        columns = [column for column in posting_attempt.c if column.name not in KEY_COLUMNS]
        statement = select(*columns).where(*rows.by_key(posting_attempt)).order_by(posting_attempt.c.attempt)
        with reading(self._engine) as db:
            return tuple(Attempt(**row._mapping) for row in db.execute(statement, rows.key_parameters(key)))

    def list(
        self, connection: str | None = None, states: Collection[str] = (), *, source_id: str | None = None
    ) -> list[Posting]:
        """The postings by connection, date and key, payloads left out; of one connection, source, or some states."""
        table = posting.c
        statement = select(*LISTED).order_by(
            table.connection, table.document_date, table.kind, table.source_id, table.revision
        )
        if connection is not None:
            statement = statement.where(table.connection == connection)
        if source_id is not None:
            statement = statement.where(table.source_id == source_id)
        if states:
            statement = statement.where(table.state.in_([str(state) for state in states]))
        with reading(self._engine) as db:
            return [rows.posting_of(row) for row in db.execute(statement)]


def _refuse_if_leased(known: Posting, now: datetime) -> None:
    """A sender may be between taking the lease and its send."""
    if known.lease_until is not None and now < known.lease_until:
        raise RecordsError(
            f"Posting {known.key} is being sent by {known.lease_owner}.", fix="Try again when it is done."
        )


def _refuse_if_another_sent(db: Connection, known: Posting, ledger: str) -> None:
    same = {**rows.key_values(known.key), "reference": known.reference, "ledger": ledger}
    parameters = {"carrier": known.key.connection, **{f"same_{name}": same[name] for name in _SAME}}
    other = db.execute(_THE_SAME_ELSEWHERE, parameters).scalar() if ledger else None
    if other is not None:
        raise RecordsError(
            f"Connection {other} has brought {known.reference} into {ledger} before {known.key.connection}.",
            fix=f"One connection carries a company: name this {other} again, or let it start after what was posted.",
        )


def _refuse_if_sent(known: Posting) -> None:
    if known.state not in REPLACEABLE:
        raise RecordsError(
            f"Posting {known.key} is {known.state.value} with other content ({known.reference}).",
            fix="What was sent is never changed: resolve it where unknown, and post the new content as next revision.",
        )
