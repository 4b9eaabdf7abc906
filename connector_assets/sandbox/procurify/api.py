"""The tenant's routes: token, lists, bills in full, files, and what may be written (fact sheet sections 1 to 7)."""

import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connector_assets.sandbox.context import SandboxContext, in_thread
from connector_assets.sandbox.credentials import PROCURIFY_CLIENT_ID, PROCURIFY_CLIENT_SECRET
from connector_assets.sandbox.faults import TRANSPORT_FAULTS, DroppedReply, Fault, spoil
from connector_assets.sandbox.procurify import admin, lists, writes
from connector_assets.sandbox.procurify.desk import BILL_LABELS, PAYMENT_LABELS, SWITCHES, Desk
from connector_assets.sandbox.procurify.lists import Listing
from connector_assets.sandbox.procurify.sample import Json, listed
from connector_assets.sandbox.procurify.writes import Refusal

ROOT = "/procurify"
AUDIENCE = "https://api.procurify.com/"
LIFETIME_S = 86_400
FAULTS = {
    **TRANSPORT_FAULTS,
    "too_many_requests": "HTTP 429 without a word on when",
    "too_many_with_wait": "HTTP 429 with Retry-After: 1",
    "server_error": "HTTP 500 with an HTML page",
    "unavailable": "HTTP 503",
    "html_page": "200 with an HTML page",
    "forbidden": "HTTP 403: the user's role may not do this",
    "expired_token": "HTTP 401: the token counts no longer",
    "short_page": "the last row of the page is missing",
    "repeated_page": "the first page again, whichever was asked for",
    "not_json": "200 with the first half of the body, announced as the whole",
}
MATCH_KEYS = ("operation", "path")
_PAGE = "<html><body><h1>Server Error (500)</h1></body></html>"
Answer = Callable[[Request, Json], Json | Response]


def routes(context: SandboxContext) -> list[BaseRoute]:
    """Every route of the tenant, and the admin calls."""
    context.switches.declare(SWITCHES)
    context.faults.declare("procurify", FAULTS, MATCH_KEYS)
    desk = Desk(context)

    def route(path: str, operation: str, answer: Answer, *methods: str) -> Route:
        def handle(request: Request, body: bytes) -> Response:
            return _serve(desk, request, body, operation, answer)

        return Route(f"{ROOT}{path}", in_thread(handle), methods=list(methods or ("GET",)))

    def a_list(path: str, kind: str, listing: Listing, shown: Callable[[Json], Json]) -> Route:
        def answer(request: Request, _: Json) -> Json:
            rows = [shown(record) for record in desk.all(kind)]
            return lists.page(desk, listing, rows, request.query_params, str(request.url.replace(query="")))

        return route(path, f"{kind}s", answer)

    def a_bill(request: Request, _: Json) -> Json:
        found = desk.one("bill", uuid=request.path_params["uuid"])
        if found is None:
            raise Refusal(404, "", "NOT_FOUND")
        return {"data": desk.shown_bill(found), "metadata": {"summary": {"has_multiple_currency": False}}}

    def options(labels: tuple[str, ...]) -> Answer:
        def answer(request: Request, _: Json) -> Json:
            choices = [{"value": desk.number(label, labels), "display_name": label} for label in labels]
            status: Json = {"type": "choice", "read_only": False, "label": "Status"}
            if desk.setting("options_choices") == "labelled":
                status["choices"] = choices
            return {"name": "List", "actions": {"POST": {"status": status}}}

        return answer

    def a_file(request: Request, _: bytes) -> Response:
        return _file(desk, request)

    changes = writes.Writes(desk)
    return [
        Route(f"{ROOT}/oauth/token", in_thread(lambda _, body: _token(desk, body)), methods=["POST"]),
        Route(f"{ROOT}/files/{{uuid}}", in_thread(a_file)),
        route("/api/v3/ap/bills/", "options", options(BILL_LABELS), "OPTIONS"),
        route("/api/v2/ap/payments/", "options", options(PAYMENT_LABELS), "OPTIONS"),
        a_list("/api/v3/ap/bills/", "bill", lists.BILLS, desk.shown_head),
        route("/api/v2/ap/bills/{uuid}/", "bill", a_bill),
        a_list("/api/v2/ap/payments/", "payment", lists.PAYMENTS, desk.shown_payment),
        a_list("/api/v3/vendors/", "vendor", lists.VENDORS, desk.shown),
        route("/api/v3/vendors/", "create vendor", changes.create_vendor, "POST"),
        route("/api/v3/vendors/{id}/", "update vendor", changes.update_vendor, "PATCH", "PUT"),
        a_list("/api/v3/account-codes/", "account_code", lists.ACCOUNT_CODES, desk.shown_code),
        route("/api/v3/account-codes/", "create account code", changes.create_account_code, "POST"),
        route("/api/v3/account-codes/{id}/", "update account code", changes.update_account_code, "PUT"),
        a_list("/api/v3/departments/", "department", lists.PLAIN, desk.shown),
        a_list("/api/v2/locations/", "location", lists.PLAIN, desk.shown),
        a_list("/api/v3/custom-fields/order-items/", "custom_field", lists.PLAIN, desk.shown),
        *admin.routes(desk),
    ]


def _token(desk: Desk, body: bytes) -> Response:
    desk.context.calls.add("procurify", "token")
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if (
        not isinstance(given, dict)
        or given.get("grant_type") != "client_credentials"
        or given.get("audience") != AUDIENCE
    ):
        return JSONResponse({"error": "invalid_request", "error_description": "client_id, audience, grant_type"}, 400)
    if (given.get("client_id"), given.get("client_secret")) != (PROCURIFY_CLIENT_ID, PROCURIFY_CLIENT_SECRET):
        return JSONResponse({"error": "invalid_client", "error_description": "Unauthorized"}, 401)
    scope = "urn:procurify-api:domain:hollismarr urn:procurify-api:email:svc@hollismarr.example"
    token = {"access_token": _bearer(desk), "expires_in": LIFETIME_S, "token_type": "Bearer", "scope": scope}
    return JSONResponse(token)


def _bearer(desk: Desk) -> str:
    return f"sandbox-procurify-token-{desk.context.options.seed}"


def _serve(desk: Desk, request: Request, body: bytes, operation: str, answer: Answer) -> Response:
    desk.context.calls.add("procurify", operation)
    fault = desk.context.faults.take("procurify", {"operation": operation, "path": request.url.path})
    struck = _struck(fault) if fault is not None else None
    if struck is not None:
        return struck
    try:
        reply = _answered(desk, request, body, answer, fault)
    except Refusal as refusal:
        reply = _refused(desk, refusal)
    return reply if fault is None else _spoiled(fault, reply)


def _answered(desk: Desk, request: Request, body: bytes, answer: Answer, fault: Fault | None) -> Response:
    if request.headers.get("authorization") != f"Bearer {_bearer(desk)}":
        raise Refusal(401, "", "NOT_AUTHENTICATED")
    if request.headers.get("x-procurify-client") != "api" and desk.setting("without_client_header") == "refused":
        raise Refusal(403, "", "CLIENT_UNKNOWN")
    try:
        given = json.loads(body) if body else {}
    except ValueError:
        raise Refusal(400, "", "PARSE_ERROR") from None
    with desk.context.store.transaction():
        made = answer(request, given if isinstance(given, dict) else {})
    if isinstance(made, dict) and fault is not None:
        _bend(made, fault)
    return made if isinstance(made, Response) else JSONResponse(made, headers={"x-procurify-request-id": "rq-sandbox"})


def _bend(made: Json, fault: Fault) -> None:
    """A page that is not what it says."""
    metadata = made.get("metadata")
    pagination = metadata.get("pagination") if isinstance(metadata, dict) else made.get("pagination")
    if fault.name == "short_page":
        made["data"] = listed(made["data"])[:-1]
    elif fault.name == "repeated_page" and isinstance(pagination, dict):
        pagination["current_page"] = 1


def _refused(desk: Desk, refusal: Refusal) -> Response:
    words = "canary.person@hollismarr.example may not do this"
    shapes: Mapping[str, Json] = {
        "errors": {"errors": {refusal.field or "null": {"message": words, "code": refusal.code}}},
        "detail": {"detail": words},
        "message": {"message": words},
    }
    return JSONResponse(shapes[desk.setting("error_shape")], refusal.status)


def _file(desk: Desk, request: Request) -> Response:
    desk.context.calls.add("procurify", "file")
    fault = desk.context.faults.take("procurify", {"operation": "file", "path": request.url.path})
    struck = _struck(fault) if fault is not None else None
    if struck is not None:
        return struck
    has_token = "authorization" in request.headers
    is_own = desk.setting("file_host") == "own"
    if has_token is not is_own:  # the tenant asks for the token; another host must never be sent it
        return JSONResponse({"detail": "no" if is_own else "a token was sent to another host"}, 401 if is_own else 400)
    wanted = request.path_params["uuid"]
    files = (one for bill in desk.all("bill") for one in listed(bill["invoice_attachments"]) if one["uuid"] == wanted)
    found = next(files, None)
    if found is None or desk.setting("file_link") == "ended":
        return Response(b"", 404)
    reply = Response(desk.content(found), media_type=str(found["mimetype"]))
    return reply if fault is None else _spoiled(fault, reply)


def _struck(fault: Fault) -> Response | None:
    """The reply of a fault that strikes before anything is done, or None when it strikes later."""
    makers: dict[str, Callable[[], Response]] = {
        "drop_before": DroppedReply,
        "too_many_requests": lambda: JSONResponse({"detail": "Request was throttled."}, 429),
        "too_many_with_wait": lambda: JSONResponse({"detail": "throttled"}, 429, {"Retry-After": "1"}),
        "server_error": lambda: HTMLResponse(_PAGE, 500),
        "unavailable": lambda: Response(b"", 503),
        "html_page": lambda: HTMLResponse(_PAGE),
        "forbidden": lambda: JSONResponse({"detail": "canary.person@hollismarr.example lacks the role"}, 403),
        "expired_token": lambda: JSONResponse({"detail": "Signature has expired."}, 401),
    }
    return makers[fault.name]() if fault.name in makers else None


def _spoiled(fault: Fault, whole: Response) -> Response:
    if fault.name == "not_json":
        body = bytes(whole.body)
        return Response(body[: len(body) // 2], whole.status_code, media_type="application/json")
    return spoil(fault, whole)
