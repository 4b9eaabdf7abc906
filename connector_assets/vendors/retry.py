"""When a request may be sent again: a pure decision, so that every case of it stands in a table of tests.

                 read                     write
    ANSWERED     Stop                     Stop
    NOT_SENT     Wait, at the end Stop    Wait, at the end Stop     nothing was executed
    BUSY         Wait, at the end Stop    Wait, at the end Stop     nothing was executed
    LOST         Wait, at the end Stop    Unknown
    FAILED       Wait, at the end Stop    Unknown
    UNREADABLE   Wait, at the end Stop    Unknown
    HOPELESS     Stop                     Unknown

A write is sent again only on proof that it was not executed. A read changes nothing and may always be asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum

BACKOFF_BASE_S = 2.0
BUSY_BACKOFF_BASE_S = 5.0
BACKOFF_CAP_S = 60.0
RETRY_AFTER_CAP_S = 120.0
JITTER_SHARE = 0.25


class Outcome(StrEnum):
    """What came of one attempt."""

    ANSWERED = "answered"
    """The system's own answer, good or bad: the caller reads it."""
    NOT_SENT = "not sent"
    """The connection never stood (refused, DNS, TLS, timeout): no byte of the request left."""
    BUSY = "busy"
    """Turned away at the gate before anything was executed (429, Intacct's GW-0010)."""
    LOST = "lost"
    """The request may have arrived and no reply came: connection lost or timed out."""
    FAILED = "failed"
    """The system broke while at it (5xx)."""
    UNREADABLE = "unreadable"
    """A reply came that is not what the system speaks: HTML, a body that breaks off."""
    HOPELESS = "hopeless"
    """A reply that the same request would only bring again: a redirect, a body over the limit."""


PROVES_NOT_EXECUTED = frozenset({Outcome.NOT_SENT, Outcome.BUSY})


@dataclass(frozen=True)
class Verdict:
    """What a vendor makes of a reply: `outcome`, `why` in a few words, and the vendor's own id for the call.

    Both texts reach errors and logs, so neither may hold a secret or a personal datum.
    """

    outcome: Outcome
    why: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Wait:
    """Send it again after this many seconds."""

    seconds: float


@dataclass(frozen=True)
class Stop:
    """Do not send it again: what happened is known."""


@dataclass(frozen=True)
class Unknown:
    """Do not send it again: nobody can say whether the write happened."""


Decision = Wait | Stop | Unknown


def decide(
    *, is_write: bool, outcome: Outcome, attempt: int, max_attempts: int, headers: Mapping[str, str], jitter: float
) -> Decision:
    """Say what follows attempt number `attempt` (from 1) that ended in `outcome`.

    `headers` are the reply's (empty when there was none), for Retry-After; `jitter` is a number in [0, 1) that keeps
    many clients from coming back at the same moment.
    """
    if outcome is Outcome.ANSWERED:
        return Stop()
    if is_write and outcome not in PROVES_NOT_EXECUTED:
        return Unknown()
    if outcome is Outcome.HOPELESS or attempt >= max_attempts:
        return Stop()
    return Wait(_delay_s(outcome, attempt, headers) * (1 + JITTER_SHARE * jitter))


def _delay_s(outcome: Outcome, attempt: int, headers: Mapping[str, str]) -> float:
    asked_s = retry_after_s(headers)
    if asked_s is not None:
        return asked_s
    base_s = BUSY_BACKOFF_BASE_S if outcome is Outcome.BUSY else BACKOFF_BASE_S
    return min(base_s * 2.0 ** (attempt - 1), BACKOFF_CAP_S)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After as seconds from now, at most RETRY_AFTER_CAP_S; None when it is absent or means nothing.

    RFC 9110 allows seconds or an HTTP date. A date is measured against the reply's own Date header: the two come from
    one clock, so that ours need not be right.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_CAP_S)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait.total_seconds(), 0.0), RETRY_AFTER_CAP_S)
