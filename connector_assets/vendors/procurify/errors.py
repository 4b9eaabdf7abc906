"""What Procurify's refusals mean, in our own words: the vendor documents none, and a message may quote a person.

The HTTP status decides. What the body calls its code is kept where it is a plain word, its message never.
"""

import json
import re

from connector_assets.vendors.errors import AccessError, CredentialError, NotFoundError, RefusedError, VendorError
from connector_assets.vendors.transport import Reply

SYSTEM = "procurify"
REQUEST_ID_HEADERS = ("x-procurify-request-id", "x-request-id")
_WORD = re.compile(r"[A-Za-z_]{1,60}")


def error_for(reply: Reply, operation: str) -> VendorError:
    """The error of a reply that is a refusal."""
    codes = codes_of(reply)
    words = f" ({', '.join(codes)})" if codes else ""
    told = f"{operation}: HTTP {reply.status}{words}"
    reference = reference_of(reply)
    if reply.status == 401:
        fix = "Check procurify client_id and client_secret; the application may have been deleted."
        return CredentialError(SYSTEM, told, fix=fix, reference=reference)
    if reply.status == 403:
        fix = "Give the user who made the application a role with bills, payments, vendors and account codes."
        return AccessError(SYSTEM, told, fix=fix, reference=reference)
    if reply.status in {404, 410}:
        fix = "It was deleted there, or procurify.base_url names another tenant."
        return NotFoundError(SYSTEM, told, fix=fix, reference=reference)
    fix = "Look at the record in Procurify; the message names the field where there is one."
    return RefusedError(SYSTEM, told, fix=fix, reference=reference, codes=codes, kind="invalid_request")


def codes_of(reply: Reply) -> tuple[str, ...]:
    """The fields and codes that a refusal names under `errors`; none in any other shape."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        return ()
    named = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(named, dict):
        return ()
    found = [str(name) for name in named]
    found += [str(entry.get("code", "")) for entry in named.values() if isinstance(entry, dict)]
    return tuple(word for word in found if _WORD.fullmatch(word) and word != "null")


def reference_of(reply: Reply) -> str:
    """Procurify's own id of the request, empty when it gave none."""
    found = next((reply.headers[name] for name in REQUEST_ID_HEADERS if reply.headers.get(name)), "")
    return found if re.fullmatch(r"[A-Za-z0-9-]{1,80}", found) else ""
