"""What the gateway's failures mean: the error catalogue as data, and how each kind becomes one of `vendors.errors`.

An error number alone says little (`XL03000006` is a bad sender, a bad login, an expired session or an unknown field),
so a rule looks at the level of the failure, the number and the text. Texts follow each company's terminology settings
("Job" for Project), so no rule hangs on the word for a dimension. What no rule knows is `unknown`: refused, and shown
as it came.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from re import Pattern

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    RefusedError,
    UnavailableError,
    VendorError,
)

SYSTEM = "intacct"
ROLLED_BACK_NUMBER = "XL03000009"
MAX_MESSAGE_CHARACTERS = 400


class Level(StrEnum):
    """Where in the reply a failure stands."""

    CONTROL = "control"
    AUTHENTICATION = "authentication"
    FUNCTION = "function"


class Kind(StrEnum):
    """The client's own classes of failure. An ambiguous write has none: it is an OutcomeUnknownError."""

    AUTH_SENDER = "auth_sender"
    AUTH_LOGIN = "auth_login"
    AUTH_SESSION = "auth_session"
    AUTH_AUTHORISATION = "auth_authorisation"
    PERMISSION = "permission"
    XML = "xml"
    THROTTLE = "throttle"
    GATEWAY_TRANSIENT = "gateway_transient"
    DUPLICATE = "duplicate"
    PERIOD_CLOSED = "period_closed"
    DIMENSION = "dimension"
    INACTIVE_REF = "inactive_ref"
    UNKNOWN_REF = "unknown_ref"
    OUT_OF_BALANCE = "out_of_balance"
    VALIDATION = "validation"
    ROLLED_BACK = "rolled_back"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class GatewayError:
    """One `error` element, its support id decoded and cut out of the text.

    `error_id` is the stable machine key of `additionalinfo` (for example `GL-1009`), empty when the reply has none.
    """

    number: str
    text: str
    correction: str = ""
    support_id: str = ""
    error_id: str = ""


@dataclass(frozen=True)
class Rule:
    """If an error stands at one of `levels` and carries `numbers` and `pattern` (where given), it is of `kind`.

    A `wrapper` only repeats that something failed: a sibling error that says what goes before it.
    """

    kind: Kind
    fix: str
    levels: frozenset[Level]
    numbers: frozenset[str] = frozenset()
    pattern: Pattern[str] | None = None
    wrapper: bool = False

    def matches(self, level: Level, error: GatewayError) -> bool:
        """Whether this rule speaks of `error` at `level`."""
        if level not in self.levels or (self.numbers and error.number not in self.numbers):
            return False
        if self.pattern is None:
            return True
        said = f"{error.number} {error.error_id} {error.text} {error.correction}"
        return self.pattern.search(said) is not None


@dataclass(frozen=True)
class Failure:
    """Errors that the catalogue has read: what kind they are, which one says so, and what a person can do."""

    level: Level
    kind: Kind
    fix: str
    decisive: GatewayError
    errors: tuple[GatewayError, ...] = field(repr=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every error number of the reply, and every stable error id, once each, in order."""
        return tuple(dict.fromkeys(code for error in self.errors for code in (error.number, error.error_id) if code))

    @property
    def reference(self) -> str:
        """The support id to quote to Sage."""
        return self.decisive.support_id or next((error.support_id for error in self.errors if error.support_id), "")


_ANYWHERE = frozenset(Level)
_CONTROL = frozenset({Level.CONTROL})
_AUTHENTICATION = frozenset({Level.AUTHENTICATION})
_SIGN_IN = frozenset({Level.CONTROL, Level.AUTHENTICATION})
_FUNCTION = frozenset({Level.FUNCTION})


def _rule(kind: Kind, levels: frozenset[Level], numbers: str, pattern: str, fix: str, *, wrapper: bool = False) -> Rule:
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL) if pattern else None
    return Rule(kind, fix, levels, frozenset(numbers.split()), compiled, wrapper)


_FIX_SENDER = (
    "Correct the web-services sender id or password of this connection; Sage issues both to the licence holder."
)
_FIX_LOGIN = "Correct the company id, user id or password; repeated failures lock the user out, so nothing is retried."
_FIX_REQUEST = "This is a fault in the request the connector composed: report it with the support id."
_FIX_DATE = (
    "Reopen the period in Intacct, or choose another entry date for this document; the connector never moves it."
)
_FIX_REFERENCE = "Materialise the dimension assets, then correct the mapping rule or the value in Intacct."
_FIX_RETRY = "Try again later; Intacct did not take the request."

CATALOGUE: tuple[Rule, ...] = (
    # The gateway's own door.
    _rule(
        Kind.THROTTLE, _ANYWHERE, "", r"GW-0010|rate limit exceeded|too many operations", "Lower the number of writers."
    ),
    _rule(Kind.GATEWAY_TRANSIENT, _ANYWHERE, "", r"GW-000[1-9]\b|temporarily off-?line", _FIX_RETRY),
    _rule(
        Kind.AUTH_SENDER,
        _CONTROL,
        "GW-0011 GW-0012",
        "",
        "Check that the Intacct company id and the web-services sender exist and are active.",
    ),
    _rule(Kind.AUTH_LOGIN, _SIGN_IN, "XMLGW_JPP0002", "", _FIX_LOGIN),
    _rule(Kind.PERMISSION, _CONTROL, "GW-0042", "", "Have this machine's address allowed at Sage."),
    _rule(Kind.XML, _CONTROL, "XL03000003 invalidRequest GW-0014 GW-0015", "", _FIX_REQUEST),
    _rule(Kind.VALIDATION, _CONTROL, "XL03000006", r"transport policy", "Remove or correct the transport policy id."),
    _rule(Kind.AUTH_SENDER, _CONTROL, "XL03000006", r"partner|password|sender|sign-in|credential", _FIX_SENDER),
    _rule(
        Kind.AUTH_AUTHORISATION,
        _CONTROL,
        "PL04000055",
        "",
        "This is a demonstration company that has expired: point the connection at another, or ask Sage to renew it.",
    ),
    # Sign-in.
    _rule(
        Kind.AUTH_AUTHORISATION,
        _AUTHENTICATION,
        "",
        r"web services authorization|not authorized to make web services",
        "In Intacct: Company > Security > Web Services authorizations, add this sender id.",
    ),
    _rule(Kind.AUTH_SESSION, _AUTHENTICATION, "", r"invalid session", "Run it again; a new session is opened."),
    _rule(Kind.AUTH_LOGIN, _AUTHENTICATION, "XL03000006", "", _FIX_LOGIN),
    _rule(
        Kind.AUTH_LOGIN,
        _FUNCTION,
        "",
        r"Get API Session Failed",
        "Check that the entity id is that of an entity (not of a location below it) that this user may enter.",
    ),
    # What a function answers. Permission first: its text names objects that other rules would trip over.
    _rule(
        Kind.PERMISSION,
        _FUNCTION,
        "",
        r"PL04000005|do(es)? not have permission|not authorized|insufficient privilege",
        "Give the web-services user's role the permission that the message names.",
    ),
    _rule(
        Kind.PERIOD_CLOSED,
        _FUNCTION,
        "",
        r"periods? (are|is|has been) closed|closed period|period that.{0,3}s been closed|must be on or after"
        r"|books are closed",
        _FIX_DATE,
    ),
    _rule(
        Kind.OUT_OF_BALANCE,
        _FUNCTION,
        "",
        r"GL-1009|do(es)? not balance|out of balance",
        "Each entity of the journal must balance: check the inter-entity accounts and the mapping of its credits.",
    ),
    _rule(
        Kind.VALIDATION,
        _FUNCTION,
        "",
        r"XL03000006|XL03000010|DL02000001|Query Failed|Invalid fields list|fields? cannot be queried"
        r"|Object definition",
        "Compare the fields asked for with those of `lookup` for this object: one unknown field refuses the call.",
    ),
    _rule(
        Kind.VALIDATION,
        _FUNCTION,
        "",
        r"is associated to the|Enable foreign-currency",
        "Map these lines to a general ledger account that takes journal entries in this currency.",
    ),
    _rule(
        Kind.DIMENSION,
        _FUNCTION,
        "",
        r"missing (the )?'?[^']{1,80}'? dimension|account( number)? '?[^']{1,80}'? requires an? "
        r"|auto-filled|restricted",
        "Give every line on that account the dimension it requires, in the mapping or in the cost centers.",
    ),
    _rule(
        Kind.DUPLICATE,
        _FUNCTION,
        "BL34000061 PL05000104 BL03002185 PL01000127",
        "",
        "Look the record up by its number, compare it, and adopt it or give the new one another number.",
    ),
    _rule(
        Kind.DUPLICATE,
        _FUNCTION,
        "",
        r"GL-0493|already exists|duplicate",
        "Look the record up by its number, compare it, and adopt it or give the new one another number.",
    ),
    _rule(
        Kind.INACTIVE_REF,
        _FUNCTION,
        "",
        r"\binactive\b|not active|activate the .{1,80}, then try again",
        "Activate the value in Intacct, or map to one that is active.",
    ),
    _rule(
        Kind.UNKNOWN_REF,
        _FUNCTION,
        "",
        r"BL03000025|is not valid|is invalid|invalid \S{1,40} '[^']{0,80}' specified|cannot find"
        r"|does not exist|not found",
        _FIX_REFERENCE,
    ),
    _rule(
        Kind.VALIDATION,
        _FUNCTION,
        "",
        r"BL03000018|BL03002073|BL03002129|missing a value|is missing|cannot be empty|is required|illegal format",
        "Correct the field that the message names.",
    ),
    _rule(
        Kind.ROLLED_BACK,
        _FUNCTION,
        ROLLED_BACK_NUMBER,
        "",
        "The transaction was rolled back because of another function in the same request: correct that one.",
        wrapper=True,
    ),
    _rule(
        Kind.UNKNOWN,
        _ANYWHERE,
        "",
        "",
        "Look at the document in Intacct; quote the reference to Sage support if the text does not explain it.",
        wrapper=True,
    ),
)

EXCEPTIONS: dict[Kind, type[VendorError]] = {
    Kind.AUTH_SENDER: CredentialError,
    Kind.AUTH_LOGIN: CredentialError,
    Kind.AUTH_AUTHORISATION: CredentialError,
    Kind.AUTH_SESSION: UnavailableError,
    Kind.PERMISSION: AccessError,
    Kind.THROTTLE: UnavailableError,
    Kind.GATEWAY_TRANSIENT: UnavailableError,
}
"""Kinds that are not here are `RefusedError`. On a write, GATEWAY_TRANSIENT is ambiguous: see `failure_error`."""


def classify(level: Level, errors: Sequence[GatewayError]) -> Failure:
    """Read the errors of one failure: the first that says something specific decides, a wrapper only if it is alone."""
    known = tuple(errors) or (GatewayError("", "no error was given"),)
    read = [(next(rule for rule in CATALOGUE if rule.matches(level, error)), error) for error in known]
    rule, error = next((pair for pair in read if not pair[0].wrapper), _least_generic(read))
    return Failure(level, rule.kind, rule.fix, error, known)


def _least_generic(read: Sequence[tuple[Rule, GatewayError]]) -> tuple[Rule, GatewayError]:
    return next((pair for pair in read if pair[0].kind is not Kind.ROLLED_BACK), read[0])


def failure_error(failure: Failure, doing: str, *, is_write: bool) -> VendorError:
    """The exception for `failure`, met while `doing` something ("create GLBATCH je:1").

    A transient failure says nothing about whether a write happened, so on a write it is an OutcomeUnknownError.
    """
    said = _shorten(" ".join(part for part in (failure.decisive.text, failure.decisive.correction) if part))
    message = f"{doing}: {said or 'no text'} ({failure.decisive.number or 'no number'}, {failure.level} level)"
    if is_write and failure.kind is Kind.GATEWAY_TRANSIENT:
        return OutcomeUnknownError(SYSTEM, message, fix=FIX_LOOK_UP, reference=failure.reference)
    error_class = EXCEPTIONS.get(failure.kind, RefusedError)
    if error_class is RefusedError:
        return RefusedError(
            SYSTEM, message, fix=failure.fix, reference=failure.reference, codes=failure.codes, kind=failure.kind.value
        )
    return error_class(SYSTEM, message, fix=failure.fix, reference=failure.reference)


FIX_LOOK_UP = "Look the document up in Intacct by its reference before anything is sent again."


class PartlyDoneError(OutcomeUnknownError):
    """A write of several records of which some persist: `keys` are the fields the gateway returned for those."""

    def __init__(self, message: str, *, fix: str, reference: str, keys: tuple[dict[str, str], ...]) -> None:
        super().__init__(SYSTEM, message, fix=fix, reference=reference)
        self.keys = keys


def refused_here(doing: str, why: str, fix: str) -> RefusedError:
    """A request that this client does not send because the gateway could only refuse it."""
    return RefusedError(SYSTEM, f"{doing}: not sent, {why}", fix=fix, kind=Kind.VALIDATION.value)


def _shorten(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_MESSAGE_CHARACTERS else f"{flat[:MAX_MESSAGE_CHARACTERS]} ..."
