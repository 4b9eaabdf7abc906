"""The faults that Visma and the gateway before it are known or feared for."""

from collections.abc import Callable

from starlette.responses import HTMLResponse, Response

from connector_assets.sandbox.faults import TRANSPORT_FAULTS, DroppedReply, Fault, spoil
from connector_assets.sandbox.visma.replies import VismaError, gateway_error, json_response

FAULTS = {
    **TRANSPORT_FAULTS,
    "too_many_requests": "429 with Retry-After `retry_after_s` (1)",
    "server_error": "500 with an HTML page, before anything is done",
    "message_500": "500 with a message, before anything is done",
    "server_error_after": "500 with an HTML page, once the work is done",
    "message_500_after": "500 with a message, once the work is done",
    "bad_gateway": "502 with an HTML page, before anything is done",
    "bad_gateway_after": "502 with an HTML page, once the work is done",
    "no_license": "400 in the words of the gateway: no licence",
    "expired_token": "the token dies before its time: 401",
    "race": "someone changes the employee `member` (fax) to `value` just before: another row version",
    "inserted_between_pages": "someone enters an employee whose number sorts first",
    "upgrade": "every employee looks as if changed just now",
    "html_page": "200 with an HTML page",
}
MATCH_KEYS = ("operation", "path", "method")
BEFORE_THE_WORK = {"race", "inserted_between_pages", "upgrade", "expired_token"}
"""Faults that change the state first and then let the call go its way."""
_PAGE = "<html><body><h1>Internal Server Error</h1></body></html>"


def refusal(fault: Fault) -> Response | None:
    """The reply of a fault that strikes before anything is done, or None when it strikes later."""
    makers: dict[str, Callable[[], Response]] = {
        "drop_before": DroppedReply,
        "too_many_requests": lambda: too_many(int(fault.number("retry_after_s", 1)), "gateway"),
        "server_error": lambda: HTMLResponse(_PAGE, 500),
        "message_500": _message,
        "bad_gateway": lambda: HTMLResponse(_PAGE, 502),
        "no_license": lambda: gateway_error(403, "12027", "No license for this company."),
        "html_page": lambda: HTMLResponse(_PAGE),
    }
    return makers[fault.name]() if fault.name in makers else None


def spoiled(fault: Fault, whole: Response) -> Response:
    """The reply of a fault that strikes once the work is done."""
    makers: dict[str, Callable[[], Response]] = {
        "server_error_after": lambda: HTMLResponse(_PAGE, 500),
        "bad_gateway_after": lambda: HTMLResponse(_PAGE, 502),
        "message_500_after": _message,
    }
    return makers[fault.name]() if fault.name in makers else spoil(fault, whole)


def too_many(retry_after_s: int, shape: str) -> Response:
    """The 429 of a caller who has used up the hour."""
    body = {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {retry_after_s} seconds."}
    reply = json_response(body, 429) if shape == "gateway" else Response(b"", 429)
    reply.headers["Retry-After"] = str(retry_after_s)
    return reply


def _message() -> Response:
    person = "Canary.Person@hollismarr.example"
    return VismaError(500, "Error saving the record", [f"An error occurred for {person}."]).response()
