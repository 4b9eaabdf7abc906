"""What Paychex's refusals mean, in our own words: Paychex's may quote what was asked for, and so a personal datum.

Two shapes of error body exist: `{"errors": [{"code", "description", "resolution"}]}` from the API, and Spring's
`{"timestamp", "path", "status", "error"}` from below it. Gateways in front of both answer with HTML or nothing.
"""

import dataclasses
import re
from enum import StrEnum

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    NotFoundError,
    RefusedError,
    VendorError,
)
from connector_assets.vendors.paychex.envelope import decode
from connector_assets.vendors.retry import Outcome, Verdict
from connector_assets.vendors.transport import Reply, judge_by_status

SYSTEM = "paychex"
NOTHING_FOUND = "API-43"
CLIENT_ENDED = "API-68"

MEANINGS = {
    "API-1": "internal error",
    "API-2": "the app has no access to this resource",
    "API-4": "the request is not valid",
    "API-5": "a field cannot be changed",
    "API-6": "a field is too long",
    "API-7": "no such id",
    "API-8": "a date range needs both of its ends",
    "API-9": "internal error, the user is missing",
    "API-10": "the client is locked: someone has its payroll open in Flex",
    "API-17": "a field holds what is not allowed",
    "API-26": "there is one already",
    "API-34": "a date is not valid",
    "API-40": "a query parameter is not valid",
    "API-42": "a query parameter is missing",
    NOTHING_FOUND: "nothing found",
    "API-46": "a required field is missing",
    "API-49": "a query parameter is missing",
    "API-51": "the pay period's state does not allow this",
    "API-56": "the correlation id was used before",
    "API-59": "the method is not supported",
    "API-66": "the checks service is unavailable",
    CLIENT_ENDED: "Paychex no longer serves this client: its account has an end date",
    "API-73": "the app has no access to this resource",
    "API-74": "the pay period is not valid",
    "API-75": "the media type is not known",
    "API-102": "the app is not authenticated",
    "API-103": "the token is expired or not valid",
}


class Toggle(StrEnum):
    """The switches of an app in Flex; each opens some of the resources."""

    PEOPLE = "Company & People"
    PAYROLL = "Payroll & Check"


def codes_of(reply: Reply) -> tuple[str, ...]:
    """The API's error codes in a reply of any status; empty when there are none or the body is something else."""
    body = decode(reply)
    errors = body.get("errors") if isinstance(body, dict) else None
    found = [str(error.get("code")) for error in errors or () if isinstance(error, dict)]
    return tuple(code for code in found if re.fullmatch(r"API-\d{1,4}", code))


def reference_of(reply: Reply) -> str:
    """Paychex's transaction id, or else our correlation id that it echoes: what its support asks for."""
    given = reply.headers.get("X-payx-txid") or reply.headers.get("X-payx-client-correlationId") or ""
    return given if re.fullmatch(r"[\w.:-]{1,100}", given) else ""


def explain(reply: Reply) -> str:
    """The status and what the codes mean, for example `HTTP 403 API-2 (the app has no access to this resource)`."""
    known = [f"{code} ({MEANINGS[code]})" if code in MEANINGS else code for code in codes_of(reply)]
    return " ".join([f"HTTP {reply.status}", *known])


def judge(reply: Reply) -> Verdict | None:
    """Paychex's own rules for a reply to a read; what they leave open is judged by its status.

    401, 403 and 404 are answers whatever their body: a gateway may give them in HTML. 204 has none. 423 passes once the
    lock is gone.
    """
    verdict = judge_by_status(reply)
    if reply.status in {204, 401, 403, 404}:
        verdict = Verdict(Outcome.ANSWERED)
    elif reply.status == 423:
        verdict = Verdict(Outcome.BUSY)
    elif verdict.outcome is Outcome.ANSWERED and reply.status < 300 and decode(reply) == "":
        return Verdict(Outcome.UNREADABLE, f"HTTP {reply.status} without a whole JSON body", reference_of(reply))
    if verdict.outcome in {Outcome.BUSY, Outcome.FAILED}:
        verdict = dataclasses.replace(verdict, why=explain(reply))
    return dataclasses.replace(verdict, reference=reference_of(reply))


def error_for(reply: Reply, operation: str, toggle: Toggle, *, is_write: bool = False) -> VendorError:
    """The error of a reply that is not a success. `toggle` is the switch that the operation needs."""
    reference, codes = reference_of(reply), codes_of(reply)
    message = f"{operation}: {explain(reply)}"
    if reply.status == 401:
        fix = "A new token was refused too. Check paychex client_id and client_secret, and that the app is enabled."
        return CredentialError(SYSTEM, message, fix=fix, reference=reference)
    if reply.status == 403:
        return AccessError(
            SYSTEM,
            message,
            fix=_fix_of_access(codes, toggle, "read and write" if is_write else "read"),
            reference=reference,
        )
    if reply.status == 404:
        fix = "Check the id, and that the base URL is Paychex's API."
        return NotFoundError(SYSTEM, message, fix=fix, reference=reference)
    if reply.status in {405, 406, 415}:
        fix = "Paychex no longer speaks what this version asks for: update the connector."
        return RefusedError(SYSTEM, message, fix=fix, reference=reference, codes=codes, kind="unsupported")
    fix = "Check what was asked for; if it is right, give Paychex's support the reference."
    return RefusedError(SYSTEM, message, fix=fix, reference=reference, codes=codes, kind="invalid_request")


def _fix_of_access(codes: tuple[str, ...], toggle: Toggle, level: str) -> str:
    if CLIENT_ENDED in codes:
        return "Ask Paychex whether the account has ended; if so, take the connection out of use."
    if not codes:
        return "No code of Paychex's came with it: look for a firewall or proxy that answers in its place."
    switch = f'In Flex, Company Settings, Integrated apps, the app: switch on "{toggle}" ({level}).'
    absent = " Where there is no such switch, Paychex's representative can add it."
    return switch + (absent if toggle is Toggle.PAYROLL else "")
