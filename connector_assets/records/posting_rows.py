"""One posting's row: what it holds, and the functions that read it, check it and change it with its audit entry.

All of them work inside a transaction that `postings.PostingStore` opens.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert, literal, select, update

from connector_assets.records.audit import Detail, append_entry, plain_text
from connector_assets.records.errors import LeaseLostError, RecordsError
from connector_assets.records.tables import posting, posting_attempt

LONGEST_CONTROL_ID_CHARS = 256  # Intacct's limit of a function controlid, the narrowest of the ledgers


class PostingState(StrEnum):
    """Where a document stands on its way into the ledger."""

    PLANNED = "planned"
    HELD = "held"
    APPROVED = "approved"
    SENDING = "sending"
    POSTED = "posted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"


PENDING = frozenset({PostingState.PLANNED, PostingState.HELD, PostingState.APPROVED, PostingState.REJECTED})
"""The states of a document that is wanted and that no ledger can hold yet."""

REPLACEABLE = PENDING | {PostingState.WITHDRAWN}
"""The states in which no ledger can hold the document."""

IN_A_LEDGER = frozenset({PostingState.SENDING, PostingState.UNKNOWN, PostingState.POSTED})
"""The states of a document that a ledger holds, or may hold."""

READY = frozenset({PostingState.PLANNED, PostingState.APPROVED, PostingState.UNKNOWN})
"""The states out of which a document may be sent (an unknown one only by the poster's rules)."""


@lru_cache(1024)
def _control_id(connection: str, kind: str, source_id: str, revision: int) -> str:
    """Kept, because a key is made anew whenever a row is read."""
    return ":".join(quote(part, safe="") for part in (connection, kind, source_id, f"r{revision}"))


@dataclass(frozen=True, order=True)
class PostingKey:
    """What makes a posting one: connection, document kind, the source's own id, and the revision (1, 2, …)."""

    connection: str
    kind: str
    source_id: str
    revision: int

    def __post_init__(self) -> None:
        if not (self.connection and self.kind and self.source_id) or self.revision < 1:
            raise RecordsError(
                f"'{self}' is no posting key.", fix="Give a connection, a kind, a source id, and a revision from 1."
            )
        if len(self.control_id) > LONGEST_CONTROL_ID_CHARS:
            raise RecordsError(
                f"The control id of posting {self} is over {LONGEST_CONTROL_ID_CHARS} characters.",
                fix="Give the connection a shorter name.",
            )

    def __str__(self) -> str:
        return f"{self.connection}/{self.kind}/{self.source_id}/r{self.revision}"

    @property
    def control_id(self) -> str:
        """The id under which every send of this posting goes out, first or repeated: a fixed rule of the key alone."""
        return _control_id(self.connection, self.kind, self.source_id, self.revision)


class Posting(NamedTuple):
    """One row of the posting ledger, in its table's order. `amount_cents` is the document's total debit.

    Only `get` fills `payload`, which is the last field for that. A tuple, as rows are read far more often than made.

    `alarm` marks an unknown posting whose reference the ledger holds with other content: a person has to look.
    `hold_reason` says why it waits for approval; `corrects` names, by comma, the references that it corrects; `ledger`
    is the ledger company that it was sent to, empty before.
    """

    key: PostingKey
    partition: str
    document_date: date
    reference: str
    control_id: str
    digest: str
    amount_cents: int
    state: PostingState
    alarm: bool
    attempts: int
    ledger_key: str
    ledger_number: str
    ledger_state: str
    lease_owner: str | None
    lease_until: datetime | None
    last_error: str
    planned_by: str
    planned_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    sent_at: datetime | None
    unknown_since: datetime | None
    resolved_at: datetime | None
    reconciled: bool | None
    reconciled_at: datetime | None
    hold_reason: str
    corrects: str
    ledger: str
    payload: str = ""


@dataclass(frozen=True)
class Attempt:
    """One send: who, when, and how it ended ("" while it runs; posted, adopted, rejected, unknown or not_sent)."""

    attempt: int
    sender: str
    control_id: str
    digest: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    error: str


KEY_COLUMNS = ("connection", "kind", "source_id", "revision")
LISTED = [column for column in posting.c if column.name != "payload"]
NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None}

_BLANK: Mapping[str, Any] = {
    **{column.name: None for column in posting.c},
    **dict.fromkeys(
        ("ledger_key", "ledger_number", "ledger_state", "last_error", "hold_reason", "corrects", "ledger"), ""
    ),
    "alarm": False,
    "attempts": 0,
}


def key_values(key: PostingKey) -> dict[str, str | int]:
    """The key as column values."""
    return {name: getattr(key, name) for name in KEY_COLUMNS}


def key_parameters(key: PostingKey) -> dict[str, str | int]:
    """The key as parameters of a statement with `by_key`."""
    return {f"key_{name}": getattr(key, name) for name in KEY_COLUMNS}


def by_key(table: Table) -> tuple[ColumnElement[bool], ...]:
    """The condition that picks a key's rows; for statements built once, as building costs more than running."""
    return tuple(table.c[name] == bindparam(f"key_{name}") for name in KEY_COLUMNS)


OPEN_OUTCOMES = [literal(outcome) for outcome in ("", "unknown", "alarm")]
"""Each a value of its own: a list of plain texts would be expanded into the statement anew whenever it is run."""

_SELECT_ONE = select(*LISTED).where(*by_key(posting))
_INSERT_ONE = insert(posting)
_UPDATE_ONE = update(posting).where(*by_key(posting))
_END_ATTEMPT = (
    update(posting_attempt)
    .where(*by_key(posting_attempt), posting_attempt.c.attempt == bindparam("last_attempt"))
    .where(posting_attempt.c.outcome.in_(OPEN_OUTCOMES))
)


_STATE = [column.name for column in LISTED].index("state")


def posting_of(row: Sequence[Any]) -> Posting:
    """The posting of a row: the LISTED columns, and the payload where it was asked for."""
    values = list(row)
    values[_STATE] = PostingState(values[_STATE])
    key_columns = len(KEY_COLUMNS)
    return Posting(PostingKey(*values[:key_columns]), *values[key_columns:])


def find(db: Connection, key: PostingKey) -> Posting | None:
    """The posting without its payload, or None."""
    row = db.execute(_SELECT_ONE, key_parameters(key)).one_or_none()
    return None if row is None else posting_of(row)


def existing(db: Connection, key: PostingKey) -> Posting:
    """The posting. Raises RecordsError when there is none."""
    known = find(db, key)
    if known is None:
        raise RecordsError(f"There is no posting {key}.", fix="Plan it first; `connector status` lists what there is.")
    return known


def leased(db: Connection, key: PostingKey, owner: str) -> Posting:
    """The posting. Raises LeaseLostError when `owner` does not hold its lease."""
    known = existing(db, key)
    if known.lease_owner != owner:
        holder = known.lease_owner or "no one"
        raise LeaseLostError(f"The lease on posting {key} is held by {holder}, not by {owner}.", fix="Post it again.")
    return known


def require(known: Posting, allowed: Collection[PostingState], action: str, fix: str) -> None:
    """Raise RecordsError unless the posting is in one of the states out of which the action leads."""
    if known.state not in allowed:
        raise RecordsError(f"Posting {known.key} is {known.state.value} and cannot be {action}.", fix=fix)


def insert_posting(db: Connection, at: datetime, key: PostingKey, values: Mapping[str, Any], reason: str) -> Posting:
    """Store a new posting, with its audit entry."""
    row = {**_BLANK, **key_values(key), "control_id": key.control_id, **values}
    db.execute(_INSERT_ONE, row)
    new = posting_of([row[column.name] for column in LISTED])
    _append(db, at, None, new, action=new.state.value, actor=new.planned_by, reason=reason, detail={})
    return new


def write(db: Connection, known: Posting, changes: Mapping[str, Any]) -> Posting:
    """Change the row alone: for what is no step of the document, as a lease."""
    db.execute(_UPDATE_ONE, {**changes, **key_parameters(known.key)})
    return known._replace(**{**changes, "payload": ""})


def step(
    db: Connection,
    at: datetime,
    known: Posting,
    changes: Mapping[str, Any],
    *,
    action: str,
    actor: str,
    reason: str = "",
    detail: Detail | None = None,
) -> Posting:
    """Change the row, with its audit entry."""
    after = write(db, known, changes)
    _append(db, at, known, after, action=action, actor=actor, reason=reason, detail=detail or {})
    return after


def end_attempt(
    db: Connection,
    at: datetime,
    known: Posting,
    changes: Mapping[str, Any],
    *,
    outcome: str,
    actor: str,
    error: str = "",
) -> Posting:
    """Take a step that also ends the last attempt, or settles one that was left open."""
    error = plain_text(error)
    ended = {"ended_at": at, "outcome": outcome, "error": error}
    db.execute(_END_ATTEMPT, {**ended, **key_parameters(known.key), "last_attempt": known.attempts})
    return step(db, at, known, {**changes, "last_error": error}, action=outcome, actor=actor, reason=error)


def _append(
    db: Connection,
    at: datetime,
    before: Posting | None,
    after: Posting,
    *,
    action: str,
    actor: str,
    reason: str,
    detail: Detail,
) -> None:
    moved: Detail = {
        "state_before": before.state.value if before else "",
        "state": after.state.value,
        "attempts": after.attempts,
        "amount_cents": after.amount_cents,
        "reference": after.reference,
        "ledger_key": after.ledger_key,
    }
    append_entry(
        db,
        at,
        actor=actor,
        action=f"posting {action}",
        subject=str(after.key),
        reason=reason,
        before=before.digest if before else "",
        after=after.digest,
        detail={**moved, **detail},
    )
