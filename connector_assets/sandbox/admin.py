"""The admin calls every system shares, and the home page that says what is here."""

import json
from collections.abc import Callable, Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connector_assets.sandbox import credentials
from connector_assets.sandbox.context import SandboxContext, in_thread
from connector_assets.sandbox.store import SandboxError

_SYSTEMS = (
    ("Paychex", "/paychex", f"client id {credentials.PAYCHEX_CLIENT_ID}, secret {credentials.PAYCHEX_CLIENT_SECRET}"),
    (
        "Sage Intacct",
        "/intacct/ia/xml/xmlgw.phtml",
        f"sender {credentials.INTACCT_SENDER_ID} / {credentials.INTACCT_SENDER_PASSWORD}, company "
        f"{credentials.INTACCT_COMPANY_ID}, user {credentials.INTACCT_USER_ID} / {credentials.INTACCT_USER_PASSWORD}",
    ),
    (
        "Expensify",
        "/expensify/Integration-Server/ExpensifyIntegrations",
        f"partner user {credentials.EXPENSIFY_PARTNER_USER_ID} / {credentials.EXPENSIFY_PARTNER_USER_SECRET}",
    ),
    (
        "Procurify",
        "/procurify",
        f"client id {credentials.PROCURIFY_CLIENT_ID}, secret {credentials.PROCURIFY_CLIENT_SECRET}",
    ),
    (
        "Visma",
        "/visma/api",
        f"token at /visma/connect/token, client id {credentials.VISMA_CLIENT_ID}, secret "
        f"{credentials.VISMA_CLIENT_SECRET}, tenant {credentials.VISMA_TENANT_ID}",
    ),
)


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object of an admin call; an empty body is an empty object. Raises SandboxError for anything else."""
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise SandboxError(f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise SandboxError(f"The body must be a JSON object, not {type(value).__name__}.")
    return value


def admin_route(path: str, answer: Callable[[Mapping[str, object]], object], method: str = "POST") -> Route:
    """A route that hands the call's JSON object to `answer` and sends back what it returns, as JSON.

    What `answer` refuses with a SandboxError becomes a 400 with `{"error": message}`. Query parameters join the object.
    """

    def handle(request: Request, body: bytes) -> Response:
        try:
            return JSONResponse(answer({**request.query_params, **json_object(body)}))
        except SandboxError as error:
            return JSONResponse({"error": str(error)}, 400)

    handle.__doc__ = answer.__doc__
    return Route(path, in_thread(handle), methods=[method])


def routes(context: SandboxContext) -> list[BaseRoute]:
    """The home page, health, call counts, faults and switches."""
    faults, switches, calls = context.faults, context.switches, context.calls

    def clear_faults(body: Mapping[str, object]) -> object:
        system = body.get("system")
        faults.clear(None if system is None else str(system))
        return faults.describe()

    def set_switches(body: Mapping[str, object]) -> object:
        for name, value in body.items():
            switches.set(name, str(value))
        return switches.describe()

    def reset_switches(_: Mapping[str, object]) -> object:
        switches.reset()
        return switches.describe()

    def reset_calls(_: Mapping[str, object]) -> object:
        calls.reset()
        return calls.counts()

    return [
        Route("/", lambda _: HTMLResponse(home_page(context))),
        admin_route("/admin/health", lambda _: _health(context), "GET"),
        admin_route("/admin/calls", lambda _: calls.counts(), "GET"),
        admin_route("/admin/calls/reset", reset_calls),
        admin_route("/admin/faults", lambda _: faults.describe(), "GET"),
        admin_route("/admin/faults", lambda body: {"rule_id": faults.add(body)}),
        admin_route("/admin/faults", clear_faults, "DELETE"),
        admin_route("/admin/switches", lambda _: switches.describe(), "GET"),
        admin_route("/admin/switches", set_switches),
        admin_route("/admin/switches", reset_switches, "DELETE"),
    ]


def _health(context: SandboxContext) -> object:
    options = context.options
    return {
        "status": "ok",
        "state": str(options.state_path.absolute()),
        "workers": options.workers,
        "seed": options.seed,
        "now": context.now().isoformat(),
    }


def home_page(context: SandboxContext) -> str:
    """What is here, as a small HTML page: systems, credentials, admin calls, switches."""
    root = context.options.public_url
    systems = "".join(
        f"<tr><td>{name}<td><code>{root}{path}</code><td><code>{escape(login)}</code>" for name, path, login in _SYSTEMS
    )
    switches = "".join(
        f"<tr><td><code>{name}</code><td><code>{escape(str(row['value']))}</code><td>{escape(str(row['meaning']))}"
        for name, row in context.switches.describe().items()
    )
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox</title>
<style>body{{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}}td{{padding:.2rem 1rem .2rem 0;
vertical-align:top}}</style>
<h1>The sandbox</h1>
<p>Simulated systems for a fictional firm of {context.options.workers} people (seed {context.options.seed}).
Nothing here is real; the credentials are public.</p>
<table><tr><th>System<th>Base URL<th>Credentials{systems}</table>
<h2>Admin calls</h2>
<ul><li><code>GET /admin/health</code>, <code>GET /admin/calls</code>, <code>POST /admin/calls/reset</code>
<li><code>GET | POST | DELETE /admin/faults</code>: rules such as
<code>{{"system": "paychex", "match": {{"operation": "checks"}}, "fault": "drop_after", "times": 1}}</code>
or random faults <code>{{"system": "paychex", "rate": 0.05, "seed": 7}}</code>
<li><code>GET | POST | DELETE /admin/switches</code>: <code>{{"name": "value"}}</code>, see below
<li><code>/admin/paychex/…</code>, <code>/admin/intacct/…</code>, <code>/admin/expensify/…</code>,
<code>/admin/visma/…</code>: each system's own</ul>
<h2>Switches: what the vendors leave unconfirmed</h2>
<table><tr><th>Name<th>Value<th>Meaning{switches}</table></html>"""
