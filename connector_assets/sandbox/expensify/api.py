"""The Integration Server as one route: credentials, limits, faults, and the job itself."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from connector_assets.sandbox.context import SandboxContext, in_thread
from connector_assets.sandbox.credentials import EXPENSIFY_PARTNER_USER_ID, EXPENSIFY_PARTNER_USER_SECRET
from connector_assets.sandbox.expensify import admin
from connector_assets.sandbox.expensify.desk import SWITCHES, Desk
from connector_assets.sandbox.expensify.jobs import Job, Refusal, answer, envelope
from connector_assets.sandbox.faults import TRANSPORT_FAULTS, DroppedReply, Fault, spoil

PATH = "/expensify/Integration-Server/ExpensifyIntegrations"
FAULTS = {
    **TRANSPORT_FAULTS,
    "too_many_requests": "HTTP 429 and 429 in the body",
    "busy_body": "429 in the body of an HTTP 200",
    "server_error": "HTTP 500 with an HTML page",
    "error_body": "500 in the body, in general words",
    "not_allowed": "500 in the body: not authorized to act as a user, whose address it quotes",
    "html_page": "200 with an HTML page",
    "empty": "200 with an empty body, as of a file that is not ready",
    "half": "200 with the first half of the body, announced as the whole",
}
MATCH_KEYS = ("operation",)
_BUSY = {"responseMessage": "Too many requests. Please try again later"}
_PAGE = "<html><body><h1>Internal Server Error</h1></body></html>"


def routes(context: SandboxContext) -> list[BaseRoute]:
    """The one address of the Integration Server, and the admin calls."""
    context.switches.declare(SWITCHES)
    context.faults.declare("expensify", FAULTS, MATCH_KEYS)
    desk = Desk(context)

    def handle(_: Request, body: bytes) -> Response:
        return _serve(desk, body)

    return [Route(PATH, in_thread(handle), methods=["POST"]), *admin.routes(desk)]


def operation_of(job: Job) -> str:
    """What faults and call counts call a job: `export`, `mark`, `download`, or its two types."""
    settings = job.get("inputSettings")
    kind = settings.get("type", "") if isinstance(settings, dict) else ""
    if job.get("type") == "file":
        return "mark" if job.get("onFinish") else "export"
    return " ".join(part for part in (str(job.get("type")), str(kind)) if part)


def _serve(desk: Desk, body: bytes) -> Response:
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    try:
        job = json.loads(form.get("requestJobDescription", ""))
    except ValueError:
        job = None
    if not isinstance(job, dict):
        return HTMLResponse("<html><body>A JSONObject text must begin with '{'</body></html>", 500)
    operation = operation_of(job)
    desk.context.calls.add("expensify", operation)
    fault = desk.context.faults.take("expensify", {"operation": operation})
    struck = _struck(fault) if fault is not None else None
    if struck is not None:
        return struck
    reply = _admitted(desk, job, form.get("template", ""))
    return reply if fault is None else _spoiled(fault, reply)


def _admitted(desk: Desk, job: Job, template: str) -> Response:
    given = job.get("credentials")
    known = {"partnerUserID": EXPENSIFY_PARTNER_USER_ID, "partnerUserSecret": EXPENSIFY_PARTNER_USER_SECRET}
    if not desk.admit():
        return _busy(429 if desk.setting("rate_limit") == "http" else 200)
    if given != known:
        refusal = envelope(401, responseMessage="Authentication error")
        refusal.status_code = 401 if desk.setting("bad_credentials") == "http" else 200
        return refusal
    try:
        with desk.context.store.transaction():
            return answer(desk, job, template)
    except Refusal as refusal_:
        return envelope(refusal_.code, responseMessage=refusal_.message)


def _busy(status: int) -> Response:
    reply = envelope(429, **_BUSY)
    reply.status_code = status
    return reply


def _struck(fault: Fault) -> Response | None:
    """The reply of a fault that strikes before anything is done, or None when it strikes later."""
    quoted = "Not authorized to authenticate as user canary.person@hollismarr.example"
    makers: dict[str, Callable[[], Response]] = {
        "drop_before": DroppedReply,
        "too_many_requests": lambda: _busy(429),
        "busy_body": lambda: _busy(200),
        "server_error": lambda: HTMLResponse(_PAGE, 500),
        "error_body": lambda: envelope(500, responseMessage="An error occurred."),
        "not_allowed": lambda: envelope(500, responseMessage=quoted),
        "html_page": lambda: HTMLResponse(_PAGE),
        "empty": lambda: Response(b""),
    }
    return makers[fault.name]() if fault.name in makers else None


def _spoiled(fault: Fault, whole: Response) -> Response:
    if fault.name == "half":
        body = bytes(whole.body)
        return Response(body[: len(body) // 2], whole.status_code)
    return spoil(fault, whole)
