"""The inbox: what outside systems notified us of, each notification kept once, drained by every subscriber on its own.

A notification is a hint that something changed: ids, a topic and a moment, never a value. It belongs to an account at
its source (a company there), and several connections may read that account: each is a subscriber with its own state.

    new -> drained            handled
    new -> new                failed, tried again at `again_at`
    new -> dead -> new        failed too often; a person replays it

A subscriber that has no state with a notification has not tried it: a connection added later finds the earlier ones.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Join,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from connector_assets.records.audit import append_entry, plain_text
from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.tables import inbox_delivery, inbox_notification

RETRY_AFTER_S = (60, 300, 900, 3600, 4 * 3600)
"""How long a subscriber leaves a notification alone after each failure; one failure more, and it is dead."""
KEEP_DAYS = 90
_FORGET_EVERY = 1000
_READ_AT_ONCE = 500  # SQLite binds at most 999 values in a statement of older releases
REASON_LIMIT_CHARS = 300


class DeliveryState(StrEnum):
    """Where a subscriber stands with a notification."""

    NEW = "new"
    DRAINED = "drained"
    DEAD = "dead"


@dataclass(frozen=True)
class Notice:
    """A notification as it came. `source` and `notification_id` identify it; `topics` are separated by comma.

    `subject_kind` and `subject_id` say what it is about (`worker`, its id), or are empty where it is about the account.
    `occurred_at` is the source's own text.
    """

    source: str
    notification_id: str
    account: str
    topics: str
    action: str
    subject_kind: str = ""
    subject_id: str = ""
    occurred_at: str = ""


@dataclass(frozen=True)
class Notification(Notice):
    """A notification in the inbox, as one subscriber stands with it. `sequence` is the order of arrival."""

    sequence: int = 0
    received_at: datetime | None = None
    state: DeliveryState = DeliveryState.NEW
    attempts: int = 0
    again_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Subscription:
    """What a subscriber (a connection's name) reads: the notifications of one account at one source."""

    subscriber: str
    source: str
    account: str


class Inbox:
    """The notifications of one database."""

    def __init__(self, engine: Engine, now: Clock = utc_now) -> None:
        self._engine, self._now = engine, now

    def store(self, notices: Sequence[Notice]) -> list[bool]:
        """Keep each notice once, all in one committed transaction; for each whether it was new.

        The first of an id wins: what comes under a known id changes nothing.
        """
        with writing(self._engine) as db:
            known = _known(db, notices)
            last = db.execute(select(func.max(inbox_notification.c.sequence))).scalar() or 0
            fresh: dict[tuple[str, str], Notice] = {}
            answers = []
            for notice in notices:
                key = (notice.source, notice.notification_id)
                answers.append(key not in known and key not in fresh)
                fresh.setdefault(key, notice)
            rows = [asdict(notice) for key, notice in fresh.items() if key not in known]
            for number, row in enumerate(rows, start=last + 1):
                row |= {"sequence": number, "received_at": self._now()}
            if rows:
                db.execute(insert(inbox_notification), rows)
            if last // _FORGET_EVERY != (last + len(rows)) // _FORGET_EVERY:
                self._forget(db)
        return answers

    def waiting(self, subscription: Subscription, limit: int = 1000) -> list[Notification]:
        """What the subscriber has to handle now, in order of arrival: never tried, or failed and due again."""
        due = or_(inbox_delivery.c.again_at.is_(None), inbox_delivery.c.again_at <= self._now())
        is_open = or_(inbox_delivery.c.state.is_(None), and_(inbox_delivery.c.state == DeliveryState.NEW, due))
        return self._of(subscription.subscriber, _subscribed(subscription), is_open, limit=limit)

    def drain(self, subscriber: str, sequences: Iterable[int], told: str = "") -> None:
        """Note that the subscriber has handled them; `told` says what came of it."""
        with writing(self._engine) as db:
            tried = _attempts(db, subscriber, sequences)
            self._put(db, subscriber, tried, DeliveryState.DRAINED, told)

    def fail(self, subscriber: str, sequences: Iterable[int], reason: str) -> list[int]:
        """Count a failed attempt on each, to be tried again later; answers those that are dead now.

        `reason` is shown to people: it must hold no secret and no personal datum.
        """
        dead = []
        with writing(self._engine) as db:
            for sequence, attempts in _attempts(db, subscriber, sequences).items():
                is_last = attempts >= len(RETRY_AFTER_S)
                again_at = None if is_last else self._now() + timedelta(seconds=RETRY_AFTER_S[attempts])
                state = DeliveryState.DEAD if is_last else DeliveryState.NEW
                self._put(db, subscriber, {sequence: attempts + 1}, state, reason, again_at)
                dead += [sequence] if is_last else []
        return dead

    def dead(self, subscriber: str) -> list[Notification]:
        """What the subscriber gave up, in order of arrival, each with its reason."""
        return self._of(subscriber, inbox_delivery.c.state == DeliveryState.DEAD)

    def replay(self, subscriber: str, notification_ids: Collection[str], *, actor: str, reason: str) -> int:
        """Let the subscriber try dead or drained notifications again from the start; how many. Audited, one by one.

        Raises RecordsError, with nothing changed, for an id that the subscriber never handled.
        """
        with writing(self._engine) as db:
            for notification_id in notification_ids:
                where = inbox_notification.c.notification_id == notification_id
                row = db.execute(_joined(subscriber).where(where)).first()
                if row is None or row.state is None:
                    raise RecordsError(
                        f"{subscriber} has handled no notification {plain_text(notification_id, 80)}.",
                        fix=f"`connector webhooks dead {subscriber}` lists those that were given up.",
                    )
                self._put(db, subscriber, {row.sequence: 0}, DeliveryState.NEW, "")
                detail = {"attempts": row.attempts, "was": row.state, "why": row.reason}
                subject = f"{subscriber}/{row.source}/notification/{notification_id}"
                append_entry(
                    db,
                    self._now(),
                    actor=actor,
                    action="notification replayed",
                    subject=subject,
                    reason=reason,
                    detail=detail,
                )
        return len(notification_ids)

    def counts(self, subscription: Subscription) -> dict[DeliveryState, int]:
        """How many of the account's notifications stand where with the subscriber."""
        state = func.coalesce(inbox_delivery.c.state, DeliveryState.NEW.value)
        statement = select(state, func.count()).select_from(_join(subscription.subscriber))
        statement = statement.where(_subscribed(subscription)).group_by(state)
        with reading(self._engine) as db:
            found = {DeliveryState(row[0]): int(row[1]) for row in db.execute(statement)}
        return {one: found.get(one, 0) for one in DeliveryState}

    def next_try(self, subscription: Subscription) -> Notification | None:
        """The failed notification that is due again first."""
        again = and_(inbox_delivery.c.state == DeliveryState.NEW, inbox_delivery.c.again_at.is_not(None))
        found = self._of(subscription.subscriber, _subscribed(subscription), again)
        return min(found, key=lambda one: one.again_at or self._now(), default=None)

    def is_empty(self, source: str) -> bool:
        """Whether the source has never notified us, so that there is nothing to ask for."""
        with reading(self._engine) as db:
            found = db.execute(select(inbox_notification.c.sequence).where(_from(source)).limit(1))
            return found.first() is None

    def received(self, source: str) -> list[Notice]:
        """Everything the source has sent, in order of arrival."""
        statement = select(inbox_notification).where(_from(source)).order_by(inbox_notification.c.sequence)
        with reading(self._engine) as db:
            return [_notification_of(row) for row in db.execute(statement)]

    def _of(self, subscriber: str, *where: ColumnElement[bool], limit: int | None = None) -> list[Notification]:
        statement = _joined(subscriber).where(*where).order_by(inbox_notification.c.sequence).limit(limit)
        with reading(self._engine) as db:
            return [_notification_of(row) for row in db.execute(statement)]

    def _put(
        self,
        db: Connection,
        subscriber: str,
        attempts: Mapping[int, int],
        state: DeliveryState,
        reason: str,
        again_at: datetime | None = None,
    ) -> None:
        table, told = inbox_delivery.c, plain_text(reason, REASON_LIMIT_CHARS)
        values = {"state": state.value, "again_at": again_at, "reason": told, "updated_at": self._now()}
        fresh = []
        for sequence, number in attempts.items():
            row = {**values, "attempts": number}
            where = (table.sequence == sequence, table.subscriber == subscriber)
            if not db.execute(update(inbox_delivery).where(*where).values(**row)).rowcount:
                fresh.append({"sequence": sequence, "subscriber": subscriber, **row})
        if fresh:
            db.execute(insert(inbox_delivery), fresh)

    def _forget(self, db: Connection) -> None:
        """Drop what is older than KEEP_DAYS: by then, polling has seen everything it was about."""
        old = inbox_notification.c.received_at < self._now() - timedelta(days=KEEP_DAYS)
        gone = select(inbox_notification.c.sequence).where(old)
        db.execute(delete(inbox_delivery).where(inbox_delivery.c.sequence.in_(gone)))
        db.execute(delete(inbox_notification).where(old))


def _known(db: Connection, notices: Sequence[Notice]) -> set[tuple[str, str]]:
    table, ids = inbox_notification.c, [notice.notification_id for notice in notices]
    known: set[tuple[str, str]] = set()
    for start in range(0, len(ids), _READ_AT_ONCE):
        where = table.notification_id.in_(ids[start : start + _READ_AT_ONCE])
        rows = db.execute(select(table.source, table.notification_id).where(where))
        known |= {(row.source, row.notification_id) for row in rows}
    return known


def _attempts(db: Connection, subscriber: str, sequences: Iterable[int]) -> dict[int, int]:
    """How often the subscriber has tried each."""
    wanted, table = list(sequences), inbox_delivery.c
    found: dict[int, int] = dict.fromkeys(wanted, 0)
    for start in range(0, len(wanted), _READ_AT_ONCE):
        where = (table.subscriber == subscriber, table.sequence.in_(wanted[start : start + _READ_AT_ONCE]))
        rows = db.execute(select(table.sequence, table.attempts).where(*where))
        found |= {row.sequence: row.attempts for row in rows}
    return found


def _from(source: str) -> ColumnElement[bool]:
    return inbox_notification.c.source == source


def _subscribed(subscription: Subscription) -> ColumnElement[bool]:
    return and_(_from(subscription.source), inbox_notification.c.account == subscription.account)


def _join(subscriber: str) -> Join:
    mine = and_(inbox_delivery.c.sequence == inbox_notification.c.sequence, inbox_delivery.c.subscriber == subscriber)
    return inbox_notification.outerjoin(inbox_delivery, mine)


def _joined(subscriber: str) -> Select[tuple[object, ...]]:
    delivery = inbox_delivery.c
    wanted = (inbox_notification, delivery.state, delivery.attempts, delivery.again_at, delivery.reason)
    return select(*wanted).select_from(_join(subscriber))


def _notification_of(row: Row[tuple[object, ...]]) -> Notification:
    known = {name: value for name, value in row._mapping.items() if value is not None}
    return Notification(**{**known, "state": DeliveryState(known.get("state", DeliveryState.NEW))})
