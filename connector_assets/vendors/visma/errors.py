"""What Visma's refusals mean, in our own words: Visma's may quote what was sent, and so a personal datum.

The business layer answers `{"message": "VismaId: <uuid>. …"}`, also with HTTP 500 for a plain validation error; the
gateway before it answers `{"ExceptionType", "ExceptionMessage", "ExceptionFaultCode", …}`, or nothing, or HTML.
"""

import json
import re

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.retry import Outcome, Verdict, retry_after_s
from connector_assets.vendors.transport import Reply, judge_by_status

SYSTEM = "visma"
CONFLICT, EXISTS, VALIDATION = "conflict", "exists", "validation"
WAITED_FOR_S = 60.0
"""A 429 that asks for more is no pause within a run: the calls of the hour are used up."""
_ANSWERS = {400, 401, 403, 404, 409, 412}
_IPP = {
    "12002": ("the company in ipp-company-id is not permitted", "Correct or clear visma.company_header."),
    "12027": ("the company has no licence for the API", "Have the licence and the API user's role added in Visma."),
}
_FIELDS = "Employee ID|Department ID|Department|Employee Class|Branch|Calendar|Subaccount|Account"
_LABELS = f"{_FIELDS}|Last Name|Email|Contact"
_SAID = re.compile(
    rf"'(?:{_LABELS})' cannot be empty|(?:{_FIELDS}|Segment value) '[\w .-]{{1,30}}' cannot be found|already exists"
    r"|A value wrapper is expected|'Employee ID' is longer than \d+ characters|does not fit the segment"
)


def judge_read(reply: Reply) -> Verdict | None:
    """Visma's rules for a reply to a read: whatever is not whole JSON is asked for again."""
    verdict = _judge(reply)
    if verdict is None and reply.status < 300 and decode(reply) is None:
        return Verdict(Outcome.UNREADABLE, f"HTTP {reply.status} without a whole JSON body")
    return verdict


def judge_write(reply: Reply) -> Verdict | None:
    """Visma's rules for a reply to a write: a 500 with a message is a refusal, and no body is due."""
    if reply.status == 500 and message_of(reply):
        return Verdict(Outcome.ANSWERED, reference=reference_of(reply))
    return _judge(reply)


def _judge(reply: Reply) -> Verdict | None:
    asked_s = retry_after_s(reply.headers)
    is_used_up = reply.status == 429 and asked_s is not None and asked_s > WAITED_FOR_S
    if reply.status in _ANSWERS or is_used_up:
        return Verdict(Outcome.ANSWERED, reference=reference_of(reply))
    verdict = judge_by_status(reply)
    return None if verdict.outcome is Outcome.ANSWERED else verdict


def decode(reply: Reply) -> object:
    """The body as JSON, or None when it is none."""
    try:
        return json.loads(reply.content)
    except (ValueError, RecursionError):
        return None


def message_of(reply: Reply) -> str:
    """The business layer's message, empty when there is none. It may hold anything: never shown as it is."""
    body = decode(reply)
    return str(body["message"]) if isinstance(body, dict) and body.get("message") else ""


def reference_of(reply: Reply) -> str:
    """Visma's own id for the call, which its support asks for."""
    found = re.search(r"VismaId: ([0-9a-fA-F-]{36})", message_of(reply))
    return found[1] if found else ""


def explain(reply: Reply) -> str:
    """The status, and those parts of the message that name fields and ids alone."""
    said = list(dict.fromkeys(_SAID.findall(message_of(reply))))
    return f"HTTP {reply.status}: {'; '.join(said[:5])}" if said else f"HTTP {reply.status}"


def error_for(reply: Reply, operation: str) -> VendorError:
    """The error of a reply that is not a success."""
    reference, message = reference_of(reply), f"{operation}: {explain(reply)}"
    gateway = _gateway(reply)
    if gateway:
        return AccessError(SYSTEM, f"{operation}: {gateway[0]}", fix=gateway[1], reference=reference)
    if reply.status == 401:
        fix = "Is tenant_id the company's tenant, not the customer's? Visma answers 401 to every call with the latter."
        return CredentialError(SYSTEM, message, fix=fix, reference=reference)
    if reply.status == 403:
        fix = "Grant the scopes read, create and update to the application, and have the company approve them anew."
        return AccessError(SYSTEM, message, fix=fix, reference=reference)
    if reply.status == 404:
        return NotFoundError(
            SYSTEM, message, fix="Check the id, and that the base URL is Visma's API.", reference=reference
        )
    if reply.status == 429:
        wait_s = reply.headers.get("Retry-After", "")
        told = f"{operation}: the calls of the hour are used up; Visma takes the next in {wait_s} s"
        return UnavailableError(SYSTEM, told, fix="Nothing was executed. What is left goes on in the next hour.")
    return _refused(reply, message, reference)


def _refused(reply: Reply, message: str, reference: str) -> RefusedError:
    if reply.status == 412:
        fix = "Somebody changes it at the same time; try again."
        return RefusedError(SYSTEM, message, fix=fix, reference=reference, kind=CONFLICT)
    kind = EXISTS if "already exists" in message else VALIDATION
    fix = "Correct it in Visma, in Paychex or in the connection file, as the message says."
    return RefusedError(SYSTEM, message, fix=fix, reference=reference, kind=kind)


def _gateway(reply: Reply) -> tuple[str, str] | None:
    body = decode(reply)
    code = str(body.get("ExceptionFaultCode", body.get("FaultCode", ""))) if isinstance(body, dict) else ""
    return _IPP.get(code)
