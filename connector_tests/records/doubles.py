"""What the tests of records and the poster share: a clock, a document, and a small ledger with faults on demand."""

import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock

from connector_assets.records.postings import PostingKey
from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
)
from connector_assets.vendors.protocols import Document, Found, Receipt

START = datetime(2025, 4, 4, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is told to move; sleeping moves it."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Voucher:
    """The least a document can be: equal amounts are equal books."""

    reference: str = "PX-0070-1040-L-1"
    amount_cents: int = 12_345
    kind: str = "labor"
    memo: str = ""

    def digest(self) -> str:
        return hashlib.sha256(str(self.amount_cents).encode()).hexdigest()

    def payload(self) -> str:
        return json.dumps([self.reference, self.amount_cents, self.memo])

    def debit_cents(self) -> int:
        return self.amount_cents


def voucher_from_payload(text: str) -> Voucher:
    """The voucher that `payload()` wrote."""
    reference, amount_cents, memo = json.loads(text)
    return Voucher(reference, amount_cents, memo=memo)


KEY = PostingKey("hollis", "labor", "1040", 1)


class Crash(BaseException):
    """The process dies here: nothing of ours runs after it, as after kill -9."""


@dataclass
class Entry:
    """A document in the ledger."""

    key: str
    reference: str
    digest: str
    control_id: str


@dataclass
class MemoryLedger:
    """A ledger in memory that commits, forgets to answer, commits late, refuses and is away, as `faults` tell it.

    `faults` and `read_faults` hold what the next sends and look-ups meet, "" for nothing. A real ledger refuses a
    control id that it has executed; `remembers_control_ids` off shows that the poster does not live by that. The ledger
    keeps its word: a late commit comes inside its processing window, except a `very_late` one.
    """

    now: Callable[[], datetime]
    remembers_control_ids: bool = True
    system: str = "memory"
    company: str = "BOOKS"
    processing_window_s: int = 900
    faults: deque[str] = field(default_factory=deque)
    read_faults: deque[str] = field(default_factory=deque)
    control_ids: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None
    _entries: list[Entry] = field(default_factory=list)
    _late: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    def send(self, document: Document, control_id: str) -> Receipt:
        with self._lock:
            fault = self.faults.popleft() if self.faults else ""
            self.control_ids.append(control_id)
        if fault == "meanwhile" and self.meanwhile is not None:
            self.meanwhile()
        with self._lock:
            self._arrive()
            self._fail_before(fault, document, control_id)
            if self.remembers_control_ids and any(entry.control_id == control_id for entry in self._entries):
                raise RefusedError("memory", "This control id was used.", fix="Look it up.", codes=("DUP",))
            entry = self._commit(document.reference, document.digest(), control_id)
        if fault == "lost_reply":
            raise OutcomeUnknownError("memory", "The reply was lost.", fix="Look it up.")
        if fault == "crash_after":
            raise Crash
        if fault == "bug_after":
            raise KeyError("a secret nobody may see")
        return Receipt("" if fault == "no_key" else entry.key, f"JE-{entry.key}", "Posted")

    def find(self, document: Document) -> list[Found]:
        with self._lock:
            fault = self.read_faults.popleft() if self.read_faults else ""
            if fault == "down":
                raise UnavailableError("memory", "Not reached.", fix="Try later.")
            if fault == "garbage":
                raise ProtocolError("memory", "HTML where a reply was due.", fix="Try later.")
            if fault == "unseen":
                return []
            self._arrive()
            ours = [entry for entry in self._entries if entry.reference == document.reference]
            return [Found(Receipt(entry.key, f"JE-{entry.key}", "Posted"), entry.digest) for entry in ours]

    def entries(self) -> list[Entry]:
        """What the ledger holds now."""
        with self._lock:
            self._arrive()
            return list(self._entries)

    def write_by_hand(self, reference: str, digest: str) -> None:
        """What a person enters into the ledger."""
        self._commit(reference, digest, "")

    def delete_by_hand(self) -> None:
        self._entries.clear()

    def _fail_before(self, fault: str, document: Document, control_id: str) -> None:
        if fault == "down":
            raise UnavailableError("memory", "Not reached.", fix="Try later.")
        if fault == "password":
            raise CredentialError("memory", "The password is wrong.", fix="Store it anew.")
        if fault == "permission":
            raise AccessError("memory", "No right to post.", fix="Grant it.")
        if fault == "refused":
            raise RefusedError("memory", "The period is closed.", fix="Open it.", codes=("BL01001973",))
        if fault in ("late_commit", "very_late_commit"):
            delay_s = self.processing_window_s * (0.9 if fault == "late_commit" else 3)
            at = self.now() + timedelta(seconds=delay_s)
            self._late.append((at, document.reference, document.digest(), control_id))
        if fault in ("late_commit", "very_late_commit", "lost_request"):
            raise OutcomeUnknownError("memory", "The connection was lost.", fix="Look it up.")
        if fault == "crash_before":
            raise Crash

    def _arrive(self) -> None:
        due = [late for late in self._late if late[0] <= self.now()]
        for late in due:
            self._late.remove(late)
            _at, reference, digest, control_id = late
            known = any(entry.control_id == control_id for entry in self._entries)
            if not (known and self.remembers_control_ids):
                self._commit(reference, digest, control_id)

    def _commit(self, reference: str, digest: str, control_id: str) -> Entry:
        entry = Entry(str(1000 + len(self._entries)), reference, digest, control_id)
        self._entries.append(entry)
        return entry
