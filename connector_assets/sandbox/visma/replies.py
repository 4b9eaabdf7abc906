"""Visma's replies: bare JSON, and the two shapes of an error.

The business layer answers `{"message": "VismaId: <uuid>. …"}`, the gateway before it `{"ExceptionType": …}`.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from starlette.responses import HTMLResponse, Response

Json: TypeAlias = dict[str, object]


class VismaError(Exception):
    """A refusal of the business layer: the status and the lines of its message."""

    def __init__(self, status: int, summary: str, errors: Sequence[str] = ()) -> None:
        super().__init__(summary)
        self.status, self.summary, self.errors = status, summary, tuple(errors)

    def response(self) -> Response:
        """The reply: one member, with Visma's own id for the call in it."""
        lines = "\r\n".join(f"Error: {error}" for error in self.errors)
        return json_response({"message": f"VismaId: {uuid.uuid4()}. {self.summary}. {lines}"}, self.status)


def json_response(value: object, status: int = 200) -> Response:
    """A JSON reply."""
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(body, status, media_type="application/json")


def gateway_error(status: int, code: str, message: str) -> Response:
    """A refusal of the gateway (the IPP body)."""
    body: Mapping[str, str] = {
        "ExceptionType": "IPPException",
        "ExceptionMessage": message,
        "ExceptionFaultCode": code,
        "ExceptionMessageID": f"{code}_{uuid.uuid4()}",
        "ExceptionDetails": "",
    }
    return json_response(body, status)


def shaped(status: int, shape: str, message: str) -> Response:
    """A refusal whose body is not known for sure: empty, a message, or a page of HTML."""
    if shape == "message":
        return json_response({"message": message}, status)
    return HTMLResponse(f"<html><body>{message}</body></html>", status) if shape == "html" else Response(b"", status)
