"""What Expensify's refusals mean, in our own words: its messages may quote an e-mail address.

A refusal comes as `{"responseCode", "responseMessage"}`, usually under HTTP 200, sometimes with the HTTP status as
well; the body decides. Success needs no such object: a file's name or content comes bare.
"""

import json

from connector_assets.vendors.errors import AccessError, CredentialError, NotFoundError, RefusedError, VendorError
from connector_assets.vendors.retry import Outcome, Verdict
from connector_assets.vendors.transport import Reply, judge_by_status

SYSTEM = "expensify"
OK_CODES = frozenset({200, 207})
PERMANENT_WORDS = ("not authorized", "required parameter", "column", "template")
"""What in the message of a 500 says that asking again would only bring it again."""


def envelope_of(reply: Reply) -> dict[str, object]:
    """The body as an object with a responseCode; empty when it is none, as a file's name or content is."""
    try:
        body = json.loads(reply.content, parse_float=str)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) and "responseCode" in body else {}


def code_of(reply: Reply) -> int:
    """The body's responseCode, else the HTTP status where that is a refusal, else 200."""
    text = str(envelope_of(reply).get("responseCode", reply.status if reply.status >= 400 else 200))
    return int(text) if text.isascii() and text.isdigit() else 500


def judge(reply: Reply) -> Verdict | None:
    """Expensify's own rules: the limiter's 429 at either layer, a general 500 in the body, 4xx as answers."""
    code = code_of(reply)
    if code == 429:
        return Verdict(Outcome.BUSY, "429 (more calls than Expensify takes)")
    if code in {401, 403, 404, 410}:
        return Verdict(Outcome.ANSWERED)
    if code == 500 and envelope_of(reply):
        return Verdict(Outcome.ANSWERED) if is_permanent(reply) else Verdict(Outcome.FAILED, "500 in the body")
    return None


def judge_download(reply: Reply) -> Verdict | None:
    """Of a download any refusal but the limiter's may mean that the file is not there yet."""
    verdict = judge(reply)
    if verdict is not None and verdict.outcome is Outcome.FAILED:
        return Verdict(Outcome.ANSWERED)
    return verdict or (Verdict(Outcome.ANSWERED) if not reply.content else judge_by_status(reply))


def is_permanent(reply: Reply) -> bool:
    """Whether a 500's message names what was wrong with the request."""
    message = str(envelope_of(reply).get("responseMessage", "")).lower()
    return any(words in message for words in PERMANENT_WORDS)


def error_for(reply: Reply, operation: str) -> VendorError:
    """The error of a reply that is a refusal."""
    code = code_of(reply)
    message = f"{operation}: {code}"
    if code == 401:
        fix = "Check expensify partner_user_id and partner_user_secret: a new pair replaces the old one."
        return CredentialError(SYSTEM, f"{message} (the credentials were refused)", fix=fix)
    if code == 403 or "not authorized" in str(envelope_of(reply).get("responseMessage", "")).lower():
        fix = "Make the account of the credentials an admin of the workspace."
        return AccessError(SYSTEM, f"{message} (the account may not do this)", fix=fix)
    if code == 404:
        return NotFoundError(SYSTEM, f"{message} (there is no such thing)", fix="Check the workspace's id.")
    fix = "Check expensify.policy_id and what was asked for."
    words = "(the request was found wrong)" if code == 410 else ""
    return RefusedError(SYSTEM, f"{message} {words}".strip(), fix=fix, codes=(str(code),), kind="invalid_request")
