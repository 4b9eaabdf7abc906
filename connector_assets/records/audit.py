"""The audit trail: who did what, when and why, with digests before and after, in a chain that shows any tampering.

Each entry's hash covers the entry and the hash before it, so that an entry cannot be altered, dropped or moved without
breaking every later link. `audit_head` holds the last sequence and hash, so that a cut at the end shows as well.
Whoever may write to the database can still write the whole chain anew, or put an older copy of it in its place:
against that, the head is kept elsewhere too, and `verify` is given it. Entries hold totals, ids and digests only, never
a secret or a personal datum.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Literal, TextIO

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update

from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.tables import audit_entry, audit_head

Detail = Mapping[str, int | str | bool | None]
_FETCH_ROWS = 500
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*", re.ASCII)
_HEAD_TEXT = re.compile(r"(\d{1,18}):([0-9a-f]{64}|)", re.ASCII)
_HEAD = select(audit_head.c.sequence, audit_head.c.hash)
_INSERT_ENTRY = insert(audit_entry)
_MOVE_HEAD = update(audit_head)


@dataclass(frozen=True)
class AuditEntry:
    """One link of the chain. `recorded_at` is ISO 8601 in UTC; `detail` is canonical JSON of flat totals and ids."""

    sequence: int
    recorded_at: str
    actor: str
    action: str
    subject: str
    reason: str
    before_digest: str
    after_digest: str
    detail: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class AuditVerdict:
    """Whether the chain holds: how many entries stand before the first bad one, which that is, and what is wrong.

    `head` names the end of an intact chain, as `sequence:hash`.
    """

    intact: bool
    checked_rows: int
    first_bad_sequence: int | None
    why: str
    head: str = ""


def canonical_json(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII only; what digests and chain hashes are taken of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(text: str) -> str:
    """SHA-256 (hex) of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def plain_text(text: str, limit_chars: int = 2000) -> str:
    """A foreign text that both databases can hold: no NUL, no lone surrogate, not endless."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:limit_chars]


def append_entry(
    connection: Connection,
    at: datetime,
    *,
    actor: str,
    action: str,
    subject: str,
    reason: str = "",
    before: str = "",
    after: str = "",
    detail: Detail | None = None,
) -> AuditEntry:
    """Append one entry inside a `writing` transaction, so that it stands or falls with the change it reports."""
    (entry,) = _append(connection, at, actor, action, reason, before, after, [(subject, detail or {})])
    return entry


def _append(
    connection: Connection,
    at: datetime,
    actor: str,
    action: str,
    reason: str,
    before: str,
    after: str,
    entries: Iterable[tuple[str, Detail]],
) -> list[AuditEntry]:
    """Seal an entry for each (subject, detail), one after the other, and write them at once."""
    head = connection.execute(_HEAD).one()
    sequence, previous = int(head.sequence), str(head.hash)
    sealed: list[AuditEntry] = []
    for subject, detail in entries:
        sequence += 1
        unsealed = AuditEntry(
            sequence=sequence,
            recorded_at=_moment_text(at),
            actor=plain_text(actor),
            action=action,
            subject=plain_text(subject),
            reason=plain_text(reason),
            before_digest=before,
            after_digest=after,
            detail=canonical_json(_flat(detail)),
            previous_hash=previous,
            hash="",
        )
        previous = _hash_of(unsealed)
        sealed.append(replace(unsealed, hash=previous))
    if sealed:
        connection.execute(_INSERT_ENTRY, [vars(entry) for entry in sealed])
        connection.execute(_MOVE_HEAD, {"sequence": sequence, "hash": previous})
    return sealed


class AuditTrail:
    """The trail of one database."""

    def __init__(self, engine: Engine, now: Clock = utc_now) -> None:
        self._engine, self._now = engine, now

    def append(
        self,
        actor: str,
        action: str,
        subject: str,
        reason: str = "",
        *,
        before: str = "",
        after: str = "",
        detail: Detail | None = None,
    ) -> AuditEntry:
        """Append one entry in a transaction of its own. `before` and `after` are digests; `detail` is flat.

        Raises RecordsError when `detail` holds anything but whole numbers, short texts and truth values.
        """
        with writing(self._engine) as connection:
            return append_entry(
                connection,
                self._now(),
                actor=actor,
                action=action,
                subject=subject,
                reason=reason,
                before=before,
                after=after,
                detail=detail,
            )

    def append_all(self, actor: str, action: str, reason: str, entries: Iterable[tuple[str, Detail]]) -> None:
        """Append one entry for each (subject, detail), all in one transaction. Raises like `append`."""
        with writing(self._engine) as connection:
            _append(connection, self._now(), actor, action, reason, "", "", entries)

    def entries(
        self, since: datetime | None = None, until: datetime | None = None, subject: str = ""
    ) -> Iterator[AuditEntry]:
        """The entries with since <= time < until, oldest first, streamed; those whose subject starts so, if given."""
        statement = select(audit_entry).order_by(audit_entry.c.sequence)
        if since is not None:
            statement = statement.where(audit_entry.c.recorded_at >= _moment_text(since))
        if until is not None:
            statement = statement.where(audit_entry.c.recorded_at < _moment_text(until))
        if subject:
            statement = statement.where(audit_entry.c.subject.startswith(subject, autoescape=True))
        with reading(self._engine) as connection:
            for row in _stream(connection, statement):
                yield _entry_of(row)

    def sequences(self, subject: str) -> dict[str, list[int]]:
        """The numbers of the entries of each subject that starts so, in order."""
        column = audit_entry.c.subject
        statement = select(column, audit_entry.c.sequence).where(column.startswith(subject, autoescape=True))
        found: dict[str, list[int]] = {}
        with reading(self._engine) as connection:
            for row in _stream(connection, statement.order_by(audit_entry.c.sequence)):
                found.setdefault(str(row.subject), []).append(int(row.sequence))
        return found

    def export(
        self,
        stream: TextIO,
        *,
        form: Literal["csv", "json"],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Write the entries of a period, hashes included, as CSV or as one JSON object per line; returns how many.

        JSON holds each text as it was hashed, CSV as `spreadsheet_cell` shows it.
        """
        count = 0
        names = [field.name for field in fields(AuditEntry)]
        table = csv.DictWriter(stream, names, lineterminator="\n")
        if form == "csv":
            table.writeheader()
        for count, entry in enumerate(self.entries(since, until), start=1):  # noqa: B007 the count is the answer
            if form == "csv":
                table.writerow({name: spreadsheet_cell(value) for name, value in vars(entry).items()})
            else:
                stream.write(canonical_json({**vars(entry), "detail": json.loads(entry.detail)}) + "\n")
        return count

    def verify(self, kept_head: str = "") -> AuditVerdict:
        """Walk the whole chain as of this moment, in constant memory, and name the first entry that does not hold.

        `kept_head` is an earlier verdict's `head` that was kept elsewhere: the chain must still go through it. Raises
        RecordsError when it is not of that form.
        """
        kept_sequence, kept_hash = _head_of(kept_head)
        with reading(self._engine) as connection:
            head = connection.execute(_HEAD).one_or_none()
            previous, checked = "", 0
            for row in _stream(connection, select(audit_entry).order_by(audit_entry.c.sequence)):
                fault = _fault_of(row, checked + 1, previous)
                if not fault and row.sequence == kept_sequence and row.hash != kept_hash:
                    fault = f"entry {kept_sequence} is not the one whose hash was kept: the chain was written anew"
                if fault:
                    return AuditVerdict(False, checked, checked + 1, fault)
                previous, checked = row.hash, checked + 1
        if head is None:
            return AuditVerdict(False, checked, checked + 1, "the record of the chain's end is gone")
        if (head.sequence, head.hash) != (checked, previous):
            why = f"the chain ends at entry {checked}, but its recorded end is entry {head.sequence}"
            return AuditVerdict(False, checked, min(checked, head.sequence) + 1, why)
        if checked < kept_sequence:
            why = f"the chain ends at entry {checked}, but once reached entry {kept_sequence}: its end was cut off"
            return AuditVerdict(False, checked, checked + 1, why)
        return AuditVerdict(True, checked, None, "", f"{checked}:{previous}")


def spreadsheet_cell(value: str | int) -> str | int:
    """A value as it may stand in a CSV: a text that a spreadsheet would run as a formula begins with an apostrophe.

    Memos, reasons and names come from other systems and other people. Numbers stay numbers. A carriage return, which
    would end the row for some readers, becomes a line feed, which is quoted.
    """
    if not isinstance(value, str):
        return value
    is_formula = value.startswith(_FORMULA_STARTS) and _NUMBER.fullmatch(value) is None
    plain = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    return f"'{plain}" if is_formula else plain


def _head_of(text: str) -> tuple[int, str]:
    if not text:
        return 0, ""
    match = _HEAD_TEXT.fullmatch(text.strip())
    if match is None:
        raise RecordsError(f"'{text}' is no head of the chain.", fix="Give it as `audit verify` printed it.")
    return int(match[1]), match[2]


def _fault_of(row: Row[tuple[object, ...]], expected: int, previous: str) -> str:
    if row.sequence != expected:
        return f"entry {expected} is missing: entry {row.sequence} follows entry {expected - 1}"
    if row.previous_hash != previous:
        return f"entry {expected} does not follow from entry {expected - 1}: an entry was moved, replaced or dropped"
    if row.hash != _hash_of(_entry_of(row)):
        return f"entry {expected} is not as it was written"
    return ""


def _hash_of(entry: AuditEntry) -> str:
    return digest_of(canonical_json({**vars(entry), "hash": ""}))


def _entry_of(row: Row[tuple[object, ...]]) -> AuditEntry:
    return AuditEntry(**row._mapping)


def _stream(connection: Connection, statement: Select[tuple[object, ...]]) -> Iterator[Row[tuple[object, ...]]]:
    yield from connection.execution_options(yield_per=_FETCH_ROWS).execute(statement)


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _flat(detail: Detail) -> dict[str, int | str | bool | None]:
    for name, value in detail.items():
        if not (value is None or isinstance(value, int | str)):
            raise RecordsError(
                f"The audit detail '{name}' is a {type(value).__name__}.",
                fix="Give totals as whole numbers and ids as texts; lists and objects belong in the records, not here.",
            )
    return {name: plain_text(value, 500) if isinstance(value, str) else value for name, value in detail.items()}
