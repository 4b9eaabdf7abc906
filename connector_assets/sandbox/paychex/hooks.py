"""Webhook registrations: the domains on offer, and hooks created, listed, read and deleted."""

import json
import uuid

from starlette.responses import Response

from connector_assets.sandbox.paychex.company import json_body
from connector_assets.sandbox.paychex.desk import Call
from connector_assets.sandbox.paychex.replies import PaychexError, json_response, without_nulls

DOMAINS = (
    "WRKR_DEM",
    "WRKR_EMPL",
    "WRKR_ADD",
    "WRKR_ASGN",
    "WRKR_CMP",
    "WRKR_TAX",
    "NET_PAY_DSTRB",
    "CLT_DEM",
    "CLT_ORG",
    "CLT_PAY_COMP",
    "CLT_PYRN",
    "WRKR_SHIFT",
    "PAY_PERIOD",
)
_AUTHENTICATION_FIELDS = {
    "NO_AUTH": (),
    "BASIC_AUTH": ("username", "password"),
    "API_KEY": ("apiKey",),
    "APIKEY": ("apiKey",),
    "OAUTH2": ("tokenUrl", "clientId", "clientSecret"),
    "OAUTH2_BASIC": ("tokenUrl", "clientId", "clientSecret"),
}


def domains(call: Call) -> Response:
    """The domains a client's own application may subscribe to: a bare array."""
    names = list(DOMAINS)
    return json_response([names] if call.desk.setting("paychex.domains_shape") == "nested" else names)


def hooks(call: Call) -> Response:
    """All hooks: a bare array, without their secrets."""
    rows = call.desk.context.store.rows("SELECT hook FROM paychex_hooks ORDER BY rowid")
    return json_response([json.loads(row["hook"]) for row in rows])


def hook(call: Call) -> Response:
    """One hook: a bare object."""
    row = call.desk.context.store.row("SELECT hook FROM paychex_hooks WHERE hook_id = ?", (call.path["hook_id"],))
    if row is None:
        raise PaychexError(404, "API-7", "The hook id is not valid.")
    return json_response(json.loads(row["hook"]))


def delete_hook(call: Call) -> Response:
    """Delete a hook: 204."""
    hook(call)
    call.desk.context.store.write("DELETE FROM paychex_hooks WHERE hook_id = ?", (call.path["hook_id"],))
    return Response(status_code=204)


def create_hook(call: Call) -> Response:
    """Register a hook: uri, domains[], authentication, optionally companyId. Secrets are kept, never echoed."""
    body = json_body(call)
    uri, wanted, authentication = body.get("uri"), body.get("domains"), body.get("authentication")
    if not isinstance(uri, str) or not uri.startswith(("https://", "http://")):
        raise PaychexError(400, "API-46", "The required field uri is missing or no URL.")
    if not isinstance(wanted, list) or not wanted or not set(wanted) <= set(DOMAINS):
        raise PaychexError(400, "API-17", "The field domains must name domains that are on offer.")
    auth_type = _auth_type(authentication, call.desk.setting("paychex.hook_api_key_word"))
    company_id = body.get("companyId")
    if company_id is not None:
        call.desk.access.company(str(company_id))
    keeps_id = call.desk.setting("paychex.hook_id") == "as_sent" and body.get("hookId")
    item = {
        "hookId": str(body["hookId"]) if keeps_id else str(uuid.uuid4()),
        "companyId": company_id,
        "uri": uri,
        "authType": auth_type,
        "createdDate": call.desk.context.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "active": True,
        "domains": wanted,
    }
    kept = without_nulls(item)
    values = (str(item["hookId"]), json.dumps(kept), json.dumps(authentication))
    call.desk.context.store.write("INSERT OR REPLACE INTO paychex_hooks VALUES (?, ?, ?)", values)
    return json_response(kept, 201)


def _api_key_words(word: str) -> set[str]:
    return {"API_KEY", "APIKEY"} if word == "both" else {word}


def _auth_type(authentication: object, word: str) -> str:
    if not isinstance(authentication, dict):
        raise PaychexError(400, "API-46", "The required field authentication is missing.")
    auth_type = authentication.get("authType")
    known = [name for name in _AUTHENTICATION_FIELDS if name not in {"API_KEY", "APIKEY"} - _api_key_words(word)]
    if auth_type not in known:
        raise PaychexError(400, "API-17", f"authType must be one of {', '.join(known)}.")
    missing = [name for name in _AUTHENTICATION_FIELDS[auth_type] if not authentication.get(name)]
    if missing:
        raise PaychexError(400, "API-46", f"The required field {', '.join(missing)} is missing.")
    return str(auth_type)
