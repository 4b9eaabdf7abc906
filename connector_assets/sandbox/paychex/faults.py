"""The faults Paychex and the gateways before it are known or feared for."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

from starlette.responses import HTMLResponse, Response

from connector_assets.sandbox.faults import TRANSPORT_FAULTS, DroppedReply, Fault, spoil
from connector_assets.sandbox.paychex.replies import PaychexError, dump, json_response

FAULTS = {
    **TRANSPORT_FAULTS,
    "too_many_requests": "429 with Retry-After `retry_after_s` (1), as announced by Paychex",
    "locked": "423 API-10: the client is locked by another user",
    "unavailable": "503 API-66: the checks service is unavailable",
    "server_error": "500 in the words of Spring, not of Paychex",
    "bad_gateway": "502 with an HTML page",
    "html_page": "200 with an HTML page",
    "expired_token": "the token dies before its time: 401 API-103",
    "unknown_fields": "every object of the content has a member nobody announced",
    "odd_dates": "the dates named `field` (checkDate) are 20:00 of the day before",
}
MATCH_KEYS = ("operation", "path", "method")

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


def refusal(fault: Fault, path: str) -> Response | None:
    """The reply of a fault that strikes before anything is done, or None when it strikes later."""
    makers: dict[str, Callable[[], Response]] = {
        "drop_before": DroppedReply,
        "too_many_requests": lambda: _too_many(fault),
        "locked": lambda: PaychexError(423, "API-10", "The client is locked by another user.").response(),
        "unavailable": lambda: PaychexError(503, "API-66", "The checks service is unavailable.").response(),
        "server_error": lambda: json_response(_spring(path), 500),
        "bad_gateway": lambda: HTMLResponse(_PAGE, 502),
        "html_page": lambda: HTMLResponse(_PAGE),
        "expired_token": lambda: PaychexError(401, "API-103", "Bearer token is expired or invalid.").response(),
    }
    return makers[fault.name]() if fault.name in makers else None


def spoiled(fault: Fault, whole: Response) -> Response:
    """The reply of a fault that strikes once the work is done."""
    if fault.name == "unknown_fields":
        return _with_body(whole, dump(_with_extras(json.loads(bytes(whole.body)))))
    if fault.name == "odd_dates":
        return _with_body(whole, _shifted(bytes(whole.body), str(fault.params.get("field", "checkDate"))))
    return spoil(fault, whole)


def _too_many(fault: Fault) -> Response:
    reply = PaychexError(429, "API-4", "Too many requests.").response()
    reply.headers["Retry-After"] = str(int(fault.number("retry_after_s", 1)))
    return reply


def _spring(path: str) -> dict[str, object]:
    return {
        "timestamp": "2026-01-01T00:00:00.000+00:00",
        "path": path,
        "status": 500,
        "error": "Internal Server Error",
    }


def _with_body(whole: Response, body: bytes) -> Response:
    reply = Response(body, whole.status_code)
    kept = [(name, value) for name, value in whole.raw_headers if name != b"content-length"]
    reply.raw_headers = [*kept, (b"content-length", str(len(body)).encode())]
    return reply


def _with_extras(value: object) -> object:
    if isinstance(value, list):
        return [_with_extras(item) for item in value]
    if isinstance(value, dict):
        return {**{key: _with_extras(item) for key, item in value.items()}, "lineageInfo": {"source": "unannounced"}}
    return value


def _shifted(body: bytes, field: str) -> bytes:
    def shift(match: re.Match[bytes]) -> bytes:
        day = date.fromisoformat(match[2].decode()) - timedelta(days=1)
        return match[1] + day.isoformat().encode() + b"T20:00:00"

    return re.sub(rb'("' + re.escape(field.encode()) + rb'":")(\d{4}-\d\d-\d\d)T00:00:00', shift, body)
