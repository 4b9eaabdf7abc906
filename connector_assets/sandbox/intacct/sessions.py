"""Who may call: sender, user, company and entity; and the sessions with their rolling timeout (sheet section 2)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector_assets.sandbox import credentials
from connector_assets.sandbox.intacct.envelope import GatewayRequest, Login
from connector_assets.sandbox.intacct.errors import (
    AuthenticationRefusal,
    ControlRefusal,
    ErrorEntry,
    refuse,
    sign_in_incorrect,
)
from connector_assets.sandbox.intacct.records import Caller, Record, Records
from connector_assets.sandbox.intacct.replies import Authentication
from connector_assets.sandbox.switches import Switches

STRANGER_SENDER_ID = "sandbox_stranger"  # known to the gateway, not authorised by the company
POLICY_ID = "sandbox_async"  # the one asynchronous transport policy: accepted at once, answered later
READER_USER_ID = "svc_reader"  # may read, may not write
_TABLES = """
CREATE TABLE IF NOT EXISTS intacct_sessions (
  session_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, entity_id TEXT, started_at TEXT NOT NULL,
  expires_at TEXT NOT NULL)
"""


@dataclass(frozen=True)
class SignedIn:
    """An authenticated caller, the reply's authentication block, and the session the call came with."""

    caller: Caller
    authentication: Authentication
    session_id: str


class Sessions:
    """Checks sender and credentials in the gateway's order and keeps the sessions."""

    def __init__(self, records: Records, switches: Switches) -> None:
        """Create the session table."""
        self._records = records
        self._store = records.store
        self._switches = switches
        self._store.create(_TABLES)

    def sign_in(self, request: GatewayRequest) -> SignedIn:
        """Sender, policy, credentials, authorisation. Raises ControlRefusal or AuthenticationRefusal."""
        _check_sender(request)
        now = self._records.now()
        self._forget_expired(now)
        if request.login is None:
            return self._by_session(request, now)
        caller = self._by_login(request.login)
        _check_authorisation(request)
        return SignedIn(caller, self._authentication(caller, now, now), "")

    def open(self, caller: Caller, entity_id: str | None) -> tuple[str, Caller]:
        """A new session of the same user at an entity (or the top level). Raises FunctionRefusal for no entity."""
        moved = self._caller(caller.user_id, entity_id)
        if moved is None:
            raise refuse("Get API Session Failed", f"Location {entity_id} is not an entity that can be logged into.")
        session_id = secrets.token_urlsafe(36)
        now = self._records.now()
        self._store.write(
            "INSERT INTO intacct_sessions VALUES (?, ?, ?, ?, ?)",
            (session_id, caller.user_id, entity_id, now.isoformat(), self._expiry(now).isoformat()),
        )
        return session_id, moved

    def expire_all(self) -> None:
        """End every session now."""
        self._store.write("DELETE FROM intacct_sessions")

    def _by_login(self, login: Login) -> Caller:
        known = (credentials.INTACCT_COMPANY_ID, credentials.INTACCT_USER_PASSWORD)
        caller = self._caller(login.user_id, login.location_id or None)
        if caller is None or (login.company_id, login.password) != known:
            raise sign_in_incorrect(login.user_id, login.company_id)
        return caller

    def _by_session(self, request: GatewayRequest, now: datetime) -> SignedIn:
        row = self._store.row("SELECT * FROM intacct_sessions WHERE session_id = ?", (request.session_id,))
        caller = None if row is None else self._caller(row["user_id"], row["entity_id"])
        if row is None or caller is None:
            text = f"Invalid session {request.session_id[:3]}....."
            raise AuthenticationRefusal(ErrorEntry("XL03000006", text), "", "")
        _check_authorisation(request)
        self._store.write(
            "UPDATE intacct_sessions SET expires_at = ? WHERE session_id = ?",
            (self._expiry(now).isoformat(), request.session_id),
        )
        started_at = datetime.fromisoformat(row["started_at"])
        return SignedIn(caller, self._authentication(caller, started_at, now), request.session_id)

    def _caller(self, user_id: str, entity_id: str | None) -> Caller | None:
        """The active user at the entity, or None where either is unknown or inactive."""
        user = self._records.by_key("USERINFO", user_id)
        entity: Record | None = None
        if entity_id is not None:
            entity = self._records.one("LOCATIONENTITY", LOCATIONID=entity_id)
        if user is None or user["STATUS"] != "active" or (entity_id is not None and entity is None):
            return None
        return Caller(
            credentials.INTACCT_COMPANY_ID,
            user_id,
            int(user["RECORDNO"] or 0),
            entity_id,
            None if entity is None else int(entity["RECORDNO"] or 0),
            None if entity is None else str(entity["NAME"]),
        )

    def _authentication(self, caller: Caller, started_at: datetime, now: datetime) -> Authentication:
        return Authentication(
            caller.user_id,
            caller.company_id,
            caller.entity_id or "",
            started_at.isoformat(timespec="seconds"),
            self._expiry(now).isoformat(timespec="seconds"),
        )

    def _expiry(self, now: datetime) -> datetime:
        return now + timedelta(seconds=int(self._switches.get("intacct.session_duration_s")))

    def _forget_expired(self, now: datetime) -> None:
        self._store.write("DELETE FROM intacct_sessions WHERE expires_at <= ?", (now.isoformat(),))


def _check_sender(request: GatewayRequest) -> None:
    senders = (credentials.INTACCT_SENDER_ID, STRANGER_SENDER_ID)
    if request.sender_id not in senders or request.sender_password != credentials.INTACCT_SENDER_PASSWORD:
        raise ControlRefusal([ErrorEntry("XL03000006", "Incorrect Intacct XML Partner ID or password.")])
    if request.policy_id not in ("", POLICY_ID):
        raise ControlRefusal([ErrorEntry("XL03000006", f"{request.policy_id} is not a valid transport policy.")])


def _check_authorisation(request: GatewayRequest) -> None:
    if request.sender_id == credentials.INTACCT_SENDER_ID:
        return
    login, company_id = request.login, credentials.INTACCT_COMPANY_ID
    entry = ErrorEntry(
        "XL03000006",
        f"The sender ID '{request.sender_id}' is not authorized to make Web Services requests to company ID "
        f"'{company_id}'.",
        "Invalid Web Services Authorization",
        "Contact the company administrator to grant Web Services authorization to this sender ID.",
    )
    raise AuthenticationRefusal(entry, "" if login is None else login.user_id, "" if login is None else company_id)
