"""Who may ask for what: OAuth2 client credentials, tokens, access buckets and linked companies."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from urllib.parse import parse_qs

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from connector_assets.sandbox.company import ENTITIES, Entity
from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.credentials import PAYCHEX_CLIENT_ID, PAYCHEX_CLIENT_SECRET
from connector_assets.sandbox.paychex.replies import PaychexError, json_response
from connector_assets.sandbox.store import SandboxError

_TABLES = """
CREATE TABLE IF NOT EXISTS paychex_tokens (token TEXT PRIMARY KEY, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS paychex_access (key TEXT PRIMARY KEY, value TEXT NOT NULL)
"""
_LEVELS = ("none", "read", "write")
_COMPANY_IDS = tuple(entity.paychex_company_id for entity in ENTITIES)


@dataclass(frozen=True)
class Grants:
    """What the sandbox's one application may do.

    `people` and `payroll` are none, read or write; the lists are company ids: linked to the application, end-dated
    clients, and clients without an active payroll product (hasPermission false).
    """

    people: str = "write"
    payroll: str = "write"
    linked: tuple[str, ...] = _COMPANY_IDS
    ended: tuple[str, ...] = ()
    without_permission: tuple[str, ...] = ()


_GRANTS = TypeAdapter(Grants)


class Access:
    """Tokens and grants, kept in the state file."""

    def __init__(self, context: SandboxContext) -> None:
        context.store.create(_TABLES)
        self._store, self._switches, self._now = context.store, context.switches, context.now

    def grants(self) -> Grants:
        """What the application may do now."""
        rows = self._store.rows("SELECT key, value FROM paychex_access")
        return _GRANTS.validate_python({row["key"]: json.loads(row["value"]) for row in rows})

    def change(self, body: Mapping[str, object]) -> dict[str, object]:
        """Change grants (the fields of Grants); raises SandboxError naming what is valid. Returns all of them."""
        changes = {key: _checked(key, value) for key, value in body.items()}
        for key, value in changes.items():
            self._store.write("INSERT OR REPLACE INTO paychex_access VALUES (?, ?)", (key, json.dumps(value)))
        return asdict(self.grants())

    def token_reply(self, request: Request, body: bytes) -> Response:
        """Answer the token endpoint: credentials in the form body only (and Basic, where the switch allows it)."""
        form = {key: values[0] for key, values in parse_qs(body.decode("latin-1")).items()}
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = {}
        if form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        given = (form.get("client_id"), form.get("client_secret"))
        if given == (None, None) and self._switches.get("paychex.token_basic_auth") == "accepted":
            given = _basic(request.headers.get("authorization", ""))
        if given != (PAYCHEX_CLIENT_ID, PAYCHEX_CLIENT_SECRET):
            refusal = {"error": "invalid_client", "error_description": "The client could not be authenticated."}
            return json_response(refusal, int(self._switches.get("paychex.token_refusal_status")))
        return json_response(self._issue())

    def authenticate(self, request: Request) -> None:
        """Raise PaychexError 401 unless the request carries a living token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise PaychexError(401, "API-102", "The client is not authenticated.")
        row = self._store.row("SELECT expires_at FROM paychex_tokens WHERE token = ?", (token,))
        if row is None or row["expires_at"] <= self._now().timestamp():
            raise PaychexError(401, "API-103", "Bearer token is expired or invalid.")

    def expire(self, request: Request) -> None:
        """Let the request's token die before its time."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        self._store.write("DELETE FROM paychex_tokens WHERE token = ?", (token,))

    def admit(self, bucket: str, *, write: bool) -> None:
        """Raise PaychexError 403 API-2 unless the application may read (or write) the bucket."""
        level = "write" if bucket == "management" else getattr(self.grants(), bucket)
        if _LEVELS.index(level) < (2 if write else 1):
            raise PaychexError(403, "API-2", "The application has no access to this resource.")

    def linked(self) -> list[Entity]:
        """The companies linked to the application."""
        grants = self.grants()
        return [entity for entity in ENTITIES if entity.paychex_company_id in grants.linked]

    def company(self, company_id: str) -> Entity:
        """The company; raises 404 API-7 when it does not exist, 403 when it is not linked, ended or not usable."""
        entity = next((entity for entity in ENTITIES if entity.paychex_company_id == company_id), None)
        if entity is None:
            raise PaychexError(404, "API-7", "The company id is not valid.")
        grants = self.grants()
        if company_id in grants.ended:
            raise PaychexError(403, "API-68", "The client has been end-dated.")
        if company_id not in grants.linked or company_id in grants.without_permission:
            raise PaychexError(403, "API-2", "The application has no access to this company.")
        return entity

    def _issue(self) -> dict[str, object]:
        now = self._now().timestamp()
        token, lifetime = str(uuid.uuid4()), self._switches.get("paychex.token_expires_in")
        lifetime_s = int(lifetime.removeprefix("text_"))
        self._store.write("DELETE FROM paychex_tokens WHERE expires_at <= ?", (now,))
        self._store.write("INSERT INTO paychex_tokens VALUES (?, ?)", (token, now + lifetime_s))
        expires_in = str(lifetime_s) if lifetime.startswith("text_") else lifetime_s
        return {"access_token": token, "token_type": "Bearer", "expires_in": expires_in, "scope": self._scope()}

    def _scope(self) -> str:
        if self._switches.get("paychex.token_scope") == "oob":
            return "oob"
        grants = self.grants()
        words = ["api-delegation", "ext-api"]
        for bucket, level in (("company_people", grants.people), ("payroll", grants.payroll)):
            words += [f"{verb}:{bucket}" for verb in _LEVELS[1 : _LEVELS.index(level) + 1]]
        return " ".join(words)


def _checked(key: str, value: object) -> object:
    if key in {"people", "payroll"}:
        if value not in _LEVELS:
            raise SandboxError(f"{key!r} is one of {', '.join(_LEVELS)}, not {value!r}.")
        return value
    if key not in {field.name for field in fields(Grants)}:
        raise SandboxError(f"There is no grant {key!r}. They are: {', '.join(f.name for f in fields(Grants))}.")
    if not isinstance(value, list) or not set(value) <= set(_COMPANY_IDS):
        raise SandboxError(f"{key!r} is a list of these company ids: {', '.join(_COMPANY_IDS)}.")
    return value


def _basic(header: str) -> tuple[str | None, str | None]:
    try:
        user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return user, password
