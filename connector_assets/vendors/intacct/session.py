"""Sessions: one per company, user and entity, shared by all threads, renewed before the gateway lets them end.

The gateway announces in every reply when the session will end if nothing more is asked; only the span between its two
times is used, so that its clock and ours need not agree. A failed login is remembered for a while and not tried again:
a user is locked out after a few.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from connector_assets.vendors.errors import CredentialError, UnavailableError
from connector_assets.vendors.intacct.envelope import Authentication
from connector_assets.vendors.intacct.errors import SYSTEM

RENEWAL_MARGIN_S = 120.0
RENEWAL_MARGIN_SHARE = 0.1
LOGIN_QUIET_S = 300.0
VENDOR_DOMAIN = ".intacct.com"


@dataclass(frozen=True)
class SessionKey:
    """What a session belongs to; no entity means the company's top level."""

    company_id: str
    user_id: str
    entity_id: str | None


@dataclass(frozen=True)
class Session:
    """An open session: its id (a secret), the endpoint it must be used at, and its span in seconds if announced."""

    session_id: str = field(repr=False)
    endpoint: str
    lifetime_s: float | None


@dataclass
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    session: Session | None = None
    renew_at_s: float | None = None
    refusal: CredentialError | None = None
    refused_until_s: float = 0.0


class SessionCache:
    """Sessions by key. `now` is a monotonic clock in seconds. Any number of threads may ask."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._slots: dict[SessionKey, _Slot] = {}

    def current(self, key: SessionKey, open_session: Callable[[], Session]) -> Session:
        """The key's session, opened by `open_session` when there is none or it is about to end.

        Raises what `open_session` raises; a CredentialError again, without a call, within LOGIN_QUIET_S.
        """
        slot = self._slot(key)
        with slot.lock:
            if slot.session is not None and (slot.renew_at_s is None or self._now() < slot.renew_at_s):
                return slot.session
            return self._open(slot, open_session)

    def replace(self, key: SessionKey, ended: Session, open_session: Callable[[], Session]) -> Session:
        """A session in place of `ended`, which the gateway refused; another thread's new one if there is one."""
        slot = self._slot(key)
        with slot.lock:
            if slot.session is not None and slot.session is not ended:
                return slot.session
            return self._open(slot, open_session)

    def extend(self, key: SessionKey, session: Session, lifetime_s: float | None) -> None:
        """Take note of the span that a reply announced for `session`."""
        slot = self._slot(key)
        with slot.lock:
            if slot.session is session and lifetime_s is not None:
                slot.renew_at_s = self._renewal(lifetime_s)

    def _open(self, slot: _Slot, open_session: Callable[[], Session]) -> Session:
        if slot.refusal is not None and self._now() < slot.refused_until_s:
            raise slot.refusal.with_traceback(None)
        slot.session = slot.refusal = None
        try:
            session = open_session()
        except CredentialError as error:
            slot.refusal, slot.refused_until_s = error, self._now() + LOGIN_QUIET_S
            raise
        slot.session = session
        slot.renew_at_s = None if session.lifetime_s is None else self._renewal(session.lifetime_s)
        return session

    def _renewal(self, lifetime_s: float) -> float:
        return self._now() + lifetime_s - min(RENEWAL_MARGIN_S, lifetime_s * RENEWAL_MARGIN_SHARE)

    def _slot(self, key: SessionKey) -> _Slot:
        with self._lock:
            return self._slots.setdefault(key, _Slot())


def lifetime_s(authentication: Authentication | None) -> float | None:
    """How long the session lasts from the reply on, in seconds; None where the reply does not say or cannot be read."""
    if authentication is None:
        return None
    try:
        start = datetime.fromisoformat(authentication.session_timestamp)
        span_s = (datetime.fromisoformat(authentication.session_timeout) - start).total_seconds()
    except (ValueError, TypeError):
        return None
    return span_s if span_s > 0 else None


def checked_endpoint(endpoint: str, gateway_url: str) -> str:
    """`endpoint` if the session may be sent there: the gateway's own host or one under intacct.com, no less secure.

    Raises UnavailableError: a session id sent to a stranger's host would be given away.
    """
    given, configured = urlsplit(endpoint), urlsplit(gateway_url)
    host = (given.hostname or "").rstrip(".").lower()
    is_ours = host == (configured.hostname or "").lower() or host.endswith(VENDOR_DOMAIN)
    is_as_secure = given.scheme == "https" or given.scheme == configured.scheme == "http"
    if is_ours and is_as_secure and not given.username:
        return endpoint
    where = f"host {host or 'without a name'} over {given.scheme or 'no scheme'}"
    raise UnavailableError(
        SYSTEM,
        f"getAPISession: the session's endpoint is on {where}",
        fix="Check the gateway address of this connection; a session is only used at its host or under intacct.com.",
    )
