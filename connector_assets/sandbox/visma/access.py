"""Who may ask, and how often: Visma Connect's tokens, the company of a tenant, scopes, the hourly window."""

import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from connector_assets.sandbox.credentials import (
    VISMA_CLIENT_ID,
    VISMA_CLIENT_SECRET,
    VISMA_CUSTOMER_TENANT_ID,
    VISMA_TENANT_ID,
)
from connector_assets.sandbox.visma.desk import Desk
from connector_assets.sandbox.visma.replies import gateway_error, json_response, shaped

_TABLES = """
CREATE TABLE IF NOT EXISTS visma_tokens (
  token TEXT PRIMARY KEY, tenant TEXT NOT NULL, scopes TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS visma_windows (client TEXT PRIMARY KEY, started_at INTEGER NOT NULL, calls INTEGER NOT NULL)
"""
COMPANY_NUMBER = "4711001"
SCOPES = {"GET": "read", "POST": "create", "PUT": "update", "DELETE": "delete"}
_SCOPE = "vismanet_erp_service_api:"
_WINDOW_S = 3600
_POLICY = "4-fixed-window"


@dataclass(frozen=True)
class Allowance:
    """The calls of the hour: the limit, how many are left after this one, and seconds until the next hour."""

    limit: int
    remaining: int
    reset_s: int
    is_over: bool

    def stamp(self, reply: Response) -> Response:
        """Put the four headers on a reply."""
        values = (self.limit, max(0, self.remaining), self.reset_s, _POLICY)
        for name, value in zip(("Limit", "Remaining", "Reset", "Policy"), values, strict=True):
            reply.headers[f"X-RateLimit-{name}"] = str(value)
        return reply


class Access:
    """Tokens and windows, kept in the state file."""

    def __init__(self, desk: Desk) -> None:
        desk.context.store.create(_TABLES)
        self._desk, self._store = desk, desk.context.store

    def token_reply(self, body: bytes) -> Response:
        """Answer Visma Connect's token endpoint: everything stands in the form."""
        form = {key: values[0] for key, values in parse_qs(body.decode("latin-1")).items()}
        if form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (VISMA_CLIENT_ID, VISMA_CLIENT_SECRET):
            return json_response({"error": "invalid_client"}, int(self._desk.setting("token_refusal_status")))
        tenant = form.get("tenant_id", "")
        if tenant not in {VISMA_TENANT_ID, VISMA_CUSTOMER_TENANT_ID}:
            return json_response({"error": "invalid_tenant", "error_description": f"Tenant {tenant} is unknown"}, 400)
        scopes = form.get("scope", "").split()
        if not scopes or not all(scope in {_SCOPE + word for word in SCOPES.values()} for scope in scopes):
            return json_response({"error": "invalid_scope"}, 400)
        return json_response(self._issue(tenant, " ".join(scopes)))

    def _issue(self, tenant: str, scopes: str) -> dict[str, object]:
        now, lifetime_s = self._now_s(), int(self._desk.setting("token_lifetime_s"))
        token = uuid.uuid4().hex
        self._store.write("DELETE FROM visma_tokens WHERE expires_at <= ?", (now,))
        self._store.write("INSERT INTO visma_tokens VALUES (?, ?, ?, ?)", (token, tenant, scopes, now + lifetime_s))
        return {"access_token": token, "expires_in": lifetime_s, "token_type": "Bearer", "scope": scopes}

    def refusal(self, request: Request) -> Response | None:
        """Why a call may not go on: token, tenant, company header, scope; None when it may."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        row = self._store.row("SELECT * FROM visma_tokens WHERE token = ?", (token,))
        if row is None or row["expires_at"] <= self._now_s() or row["tenant"] != VISMA_TENANT_ID:
            return shaped(401, self._desk.setting("unauthorized_body"), "Unauthorized")
        header, rule = request.headers.get("ipp-company-id"), self._desk.setting("company_header")
        if (rule == "required" and header is None) or (rule != "ignored" and header not in {None, COMPANY_NUMBER}):
            return gateway_error(400, "12002", "The company is not permitted for this user.")
        if _SCOPE + SCOPES.get(request.method, "read") not in row["scopes"].split():
            return json_response({"message": "The scope is missing."}, int(self._desk.setting("scope_refusal_status")))
        return None

    def expire(self, request: Request) -> None:
        """Let the request's token die before its time."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self._store.write("DELETE FROM visma_tokens WHERE token = ?", (token,))

    def count(self) -> Allowance | None:
        """Count a call in the hour of the company and client; None when there is no limit."""
        setting, now = self._desk.setting("hourly_limit"), int(self._now_s())
        if setting == "off":
            return None
        limit = int(setting)
        with self._store.transaction():
            row = self._store.row("SELECT * FROM visma_windows WHERE client = ?", (VISMA_CLIENT_ID,))
            is_new = row is None or now >= row["started_at"] + _WINDOW_S
            started, calls = (now, 0) if row is None or is_new else (int(row["started_at"]), int(row["calls"]))
            is_over = calls >= limit
            values = (VISMA_CLIENT_ID, started, calls if is_over else calls + 1)
            self._store.write("INSERT OR REPLACE INTO visma_windows VALUES (?, ?, ?)", values)
        return Allowance(limit, limit - values[2], started + _WINDOW_S - now, is_over)

    def _now_s(self) -> float:
        return self._desk.context.now().timestamp()
