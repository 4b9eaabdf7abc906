"""One request to the gateway and one answer: sessions, the judgement of replies, the three status levels.

For a write the line is drawn by proof. Turned away at the gate, at the control or at the sign-in: nothing was executed.
A function that the gateway reports as failed: not done. Everything else, contradictions included, is an
OutcomeUnknownError. A lost session is replaced once and the request sent again; a refused login never is.
"""

import threading
import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    ProtocolError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.intacct.envelope import (
    ABORTED,
    FAILURE,
    SUCCESS,
    Function,
    FunctionResult,
    GatewayReply,
    Login,
    Sender,
    build_request,
    read_reply,
)
from connector_assets.vendors.intacct.errors import (
    FIX_LOOK_UP,
    SYSTEM,
    Failure,
    GatewayError,
    Kind,
    Level,
    PartlyDoneError,
    classify,
    failure_error,
    refused_here,
)
from connector_assets.vendors.intacct.privacy import Mask
from connector_assets.vendors.intacct.session import Session, SessionCache, SessionKey, checked_endpoint, lifetime_s
from connector_assets.vendors.intacct.slots import WriterSlots
from connector_assets.vendors.intacct.writer import Node, Removal
from connector_assets.vendors.intacct.xml import ReplyDocument, UnreadableReplyError, child, child_text, parse
from connector_assets.vendors.retry import Outcome, Verdict
from connector_assets.vendors.transport import Reply, Transport

REQUEST_HEADERS = {"Content-Type": "application/xml", "Accept": "text/xml, application/xml"}
SESSION_ENDED_STATUS = 498
CDN_TIMEOUT_STATUS = 524

_FIX_ADDRESS = "Check the gateway address of this connection and any proxy between."
_SESSION_KINDS = frozenset({Kind.AUTH_SESSION, Kind.AUTH_LOGIN, Kind.UNKNOWN})


@dataclass(frozen=True)
class FunctionOutcome:
    """A function, the gateway's result for it, the error it means (None on success), and the session it ran in."""

    function: Function
    result: FunctionResult
    error: VendorError | None
    session: Session | None = field(repr=False)


class _SessionEndedError(Exception):
    """The gateway did not take the session; `error` is what to raise if a new one does not help."""

    def __init__(self, error: VendorError) -> None:
        super().__init__(str(error))
        self.error = error


class Gateway:
    """The gateway as one login sees it. Any number of threads may call."""

    def __init__(
        self,
        url: str,
        sender: Sender,
        login: Login,
        transport: Transport,
        sessions: SessionCache,
        slots: WriterSlots,
    ) -> None:
        self.url, self.sender, self.login, self.transport, self.sessions = url, sender, login, transport, sessions
        self._slots = slots
        self._key = SessionKey(login.company_id, login.user_id, login.entity_id)
        self._removals: dict[Removal, None] = {}
        self._lock = threading.Lock()

    def run(self, functions: Sequence[Function], *, transaction: bool, unique: bool) -> tuple[FunctionOutcome, ...]:
        """Send the functions in one request; their outcomes in the same order.

        With `transaction` all are done or none, so a failure is raised, and it is the culprit's. Without it each
        outcome carries its own. Failures of the whole request are always raised: CredentialError, AccessError,
        UnavailableError, RefusedError, ProtocolError (reads only), OutcomeUnknownError (writes only).
        """
        session = self.sessions.current(self._key, self._open_session)
        try:
            reply = self._exchange(functions, session, transaction=transaction, unique=unique)
        except _SessionEndedError:
            session = self.sessions.replace(self._key, session, self._open_session)
            try:
                reply = self._exchange(functions, session, transaction=transaction, unique=unique)
            except _SessionEndedError as again:
                raise again.error from None
        self.sessions.extend(self._key, session, lifetime_s(reply.authentication))
        outcomes = self._outcomes(functions, reply, session)
        if transaction:
            _raise_culprit(outcomes)
        return outcomes

    def run_in_session(self, session: Session | None, function: Function) -> FunctionResult:
        """Send one reading function in exactly the session of an earlier outcome, whose result set it needs.

        Raises UnavailableError when the session has ended: what was read so far must be read again.
        """
        try:
            reply = self._exchange([function], session, transaction=False, unique=False)
        except _SessionEndedError:
            message = f"{function.doing}: the session ended, and its result set with it"
            raise UnavailableError(SYSTEM, message, fix="Read it again from the beginning.") from None
        (outcome,) = self._outcomes([function], reply, session)
        if outcome.error is not None:
            raise outcome.error
        return outcome.result

    def take_removals(self) -> tuple[Removal, ...]:
        """Every removal of forbidden characters since the last call of this method."""
        with self._lock:
            taken, self._removals = tuple(self._removals), {}
        return taken

    def _secrets(self, session: Session | None) -> tuple[str, ...]:
        return (self.sender.password, self.login.password, *([session.session_id] if session else []))

    def _open_session(self) -> Session:
        """Log in at the configured address. Nothing but a login is sent, so every other failure is `unavailable`."""
        content: Node = {"locationid": self.login.entity_id} if self.login.entity_id else ""
        function = Function("getAPISession", content, f"session-{uuid.uuid4().hex}", "getAPISession")
        try:
            reply = self._exchange([function], None, transaction=False, unique=False)
            (outcome,) = self._outcomes([function], reply, None)
        except ProtocolError as error:
            raise UnavailableError(SYSTEM, error.message, fix=error.fix, reference=error.reference) from None
        if outcome.error is not None:
            raise outcome.error
        return self._session_of(outcome.result, reply)

    def _session_of(self, result: FunctionResult, reply: GatewayReply) -> Session:
        api = child(result.data, "api")
        session_id, endpoint = child_text(api, "sessionid"), child_text(api, "endpoint")
        if not session_id or not endpoint:
            message = "getAPISession: success without a session id and its endpoint"
            raise UnavailableError(SYSTEM, message, fix=_FIX_ADDRESS)
        location_id = child_text(api, "locationid")
        if location_id and location_id != (self.login.entity_id or ""):
            message = (
                f"getAPISession: the session is for {location_id}, not for {self.login.entity_id or 'the top level'}"
            )
            raise UnavailableError(SYSTEM, message, fix="Check the entity of this connection and the user's default.")
        return Session(session_id, checked_endpoint(endpoint, self.url), lifetime_s(reply.authentication))

    def _exchange(
        self, functions: Sequence[Function], session: Session | None, *, transaction: bool, unique: bool
    ) -> GatewayReply:
        """Send, and return a reply whose control and authentication are good and belong to this request."""
        doing, is_write = functions[0].doing, any(function.is_write for function in functions)
        control_id = uuid.uuid4().hex
        authentication: Node = {"sessionid": session.session_id} if session else self.login.node()
        body, removals = build_request(
            self.sender, authentication, functions, control_id=control_id, transaction=transaction, unique=unique
        )
        with self._lock:
            self._removals.update(dict.fromkeys(removals))
        judge = _Judge(functions)
        with self._slots.taken(doing) if is_write else nullcontext():
            http_reply = self.transport.send(
                "POST",
                session.endpoint if session else self.url,
                operation=doing,
                is_write=is_write,
                headers=REQUEST_HEADERS,
                body=body,
                judge=judge,
            )
        if judge.reply is None:
            raise _turned_away(http_reply.status, doing, session)
        mask = Mask(functions, self._secrets(session))
        _check_levels(judge.reply, doing, mask, is_write=is_write, in_session=session is not None)
        if judge.reply.control_id != control_id:
            raise _contradiction(doing, "the reply belongs to another request", is_write=is_write)
        if http_reply.status >= 400 and judge.reply.results:
            raise _contradiction(doing, f"HTTP {http_reply.status} with results", is_write=is_write)
        return judge.reply

    def _outcomes(
        self, functions: Sequence[Function], reply: GatewayReply, session: Session | None
    ) -> tuple[FunctionOutcome, ...]:
        doing, is_write = functions[0].doing, any(function.is_write for function in functions)
        by_control_id = {result.control_id: result for result in reply.results}
        wanted = [function.control_id for function in functions]
        if len(reply.results) != len(wanted) or set(by_control_id) != set(wanted):
            raise _contradiction(doing, "the reply's results are not those of our functions", is_write=is_write)
        results = [by_control_id[control_id] for control_id in wanted]
        if any(result.status not in {SUCCESS, FAILURE, ABORTED} for result in results):
            raise _contradiction(doing, "a result carries no known status", is_write=is_write)
        mask = Mask(functions, self._secrets(session))
        return tuple(
            FunctionOutcome(function, result, _error_of(function, result, mask), session)
            for function, result in zip(functions, results, strict=True)
        )


class _Judge:
    """Reads replies for the transport: which answer, which may be asked again; keeps the one read last in `reply`."""

    def __init__(self, functions: Sequence[Function]) -> None:
        self.reply: GatewayReply | None = None
        self._is_write = any(function.is_write for function in functions)
        self._carries_files = any(function.carries_files for function in functions)

    def __call__(self, http_reply: Reply) -> Verdict | None:
        self.reply = None
        if not (200 <= http_reply.status < 300 or 400 <= http_reply.status < 500):
            return self._judge_server_error(http_reply)
        try:
            self.reply = read_reply(self._parsed(http_reply))
        except UnreadableReplyError as error:
            return _judge_unreadable(http_reply.status, error)
        if http_reply.status in {408, 429}:
            return None
        return self._judge_reply(self.reply)

    def _parsed(self, http_reply: Reply) -> ReplyDocument:
        return parse(http_reply.content, http_reply.media_type, carries_files=self._carries_files)

    def _judge_server_error(self, http_reply: Reply) -> Verdict | None:
        if http_reply.status == CDN_TIMEOUT_STATUS:
            return Verdict(Outcome.HOPELESS, "HTTP 524: the gateway is still working on it behind its delivery network")
        try:
            errors = read_reply(self._parsed(http_reply)).errors
        except UnreadableReplyError:
            return None
        failure = classify(Level.CONTROL, errors)
        outcome = Outcome.BUSY if failure.kind is Kind.THROTTLE else Outcome.FAILED
        return Verdict(outcome, f"HTTP {http_reply.status} {failure.decisive.number}".strip(), failure.reference)

    def _judge_reply(self, reply: GatewayReply) -> Verdict | None:
        places = [(Level.CONTROL, reply.errors)] if reply.status == FAILURE else []
        if not self._is_write:
            places += [(Level.FUNCTION, result.errors) for result in reply.results if result.status == FAILURE]
        for level, errors in places:
            failure = classify(level, errors)
            if failure.kind is Kind.THROTTLE:
                return Verdict(Outcome.BUSY, failure.decisive.number or "busy", failure.reference)
            if failure.kind is Kind.GATEWAY_TRANSIENT:
                return Verdict(Outcome.FAILED, failure.decisive.number or "off-line", failure.reference)
        return Verdict(Outcome.ANSWERED)


def _judge_unreadable(status: int, error: UnreadableReplyError) -> Verdict | None:
    if status in {408, 429}:
        return None
    if status >= 400:
        return Verdict(Outcome.ANSWERED)
    is_hopeless = error.reason in {"doctype", "too_large", "too_deep"}
    return Verdict(Outcome.HOPELESS if is_hopeless else Outcome.UNREADABLE, f"HTTP {status}, {error.detail}")


def _turned_away(status: int, doing: str, session: Session | None) -> Exception:
    """The error for a 4xx without a gateway document: refused before anything was executed."""
    message = f"{doing}: HTTP {status} without a gateway document"
    if status == 403:
        fix = "Have this machine's address allowed by Sage and its delivery network."
        return AccessError(SYSTEM, message, fix=fix)
    if status == 413:
        return refused_here(doing, "it is larger than the gateway takes (HTTP 413)", "Post it in smaller parts.")
    if status in {401, SESSION_ENDED_STATUS}:
        error = CredentialError(SYSTEM, message, fix="Check the sender, company, user and password of this connection.")
        return error if session is None else _SessionEndedError(error)
    return UnavailableError(SYSTEM, message, fix=_FIX_ADDRESS)


def _check_levels(reply: GatewayReply, doing: str, mask: Mask, *, is_write: bool, in_session: bool) -> None:
    """Raise for a failed control or authentication, and for a reply that contradicts itself about them."""
    if reply.status == FAILURE:
        if reply.results:
            raise _contradiction(doing, "the control failed and yet there are results", is_write=is_write)
        _raise_level(Level.CONTROL, mask.errors(reply.errors), doing, is_write=is_write, in_session=in_session)
    authentication = reply.authentication
    if authentication is None or authentication.status not in {SUCCESS, FAILURE}:
        raise _contradiction(doing, "the reply does not say how the sign-in went", is_write=is_write)
    if authentication.status == FAILURE:
        if reply.results:
            raise _contradiction(doing, "the sign-in failed and yet there are results", is_write=is_write)
        errors = mask.errors(reply.operation_errors)
        _raise_level(Level.AUTHENTICATION, errors, doing, is_write=is_write, in_session=in_session)
    if reply.operation_errors:
        if reply.results:
            raise _contradiction(doing, "the operation failed and yet there are results", is_write=is_write)
        failure = classify(Level.FUNCTION, mask.errors(reply.operation_errors))
        raise failure_error(failure, doing, is_write=is_write)


def _raise_level(
    level: Level, errors: tuple[GatewayError, ...], doing: str, *, is_write: bool, in_session: bool
) -> None:
    failure = classify(level, errors)
    error = failure_error(failure, doing, is_write=is_write)
    if in_session and _is_about_session(failure):
        raise _SessionEndedError(error)
    raise error


def _is_about_session(failure: Failure) -> bool:
    """Whether a new session may help: at the sign-in nearly always, at the control only for the gate's own sign-in."""
    if failure.level is Level.AUTHENTICATION:
        return failure.kind in _SESSION_KINDS
    return failure.kind is Kind.AUTH_LOGIN


def _error_of(function: Function, result: FunctionResult, mask: Mask) -> VendorError | None:
    if result.status == SUCCESS:
        return None
    failure = classify(Level.FUNCTION, mask.errors(result.errors))
    error = failure_error(failure, f"{function.doing} {function.control_id}", is_write=function.is_write)
    keys = tuple(item for item in result.rows() if any(item.values())) if function.is_write else ()
    if not keys and not (function.is_write and result.key):
        return error
    message = f"{error.message}; yet {max(len(keys), 1)} of its records were written"
    return PartlyDoneError(message, fix=FIX_LOOK_UP, reference=failure.reference, keys=keys)


def _raise_culprit(outcomes: Sequence[FunctionOutcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if not failed:
        return
    culprit = next((item for item in failed if _kind(item.error) != Kind.ROLLED_BACK), failed[0])
    done = [item for item in outcomes if item.error is None and item.function.is_write]
    if done:
        why = "one function of the transaction failed and another is reported as done"
        raise _contradiction(culprit.function.doing, why, is_write=True)
    unknown = next((item.error for item in failed if isinstance(item.error, OutcomeUnknownError)), None)
    error = unknown or culprit.error
    if error is not None:
        raise error


def _kind(error: VendorError | None) -> str:
    return getattr(error, "kind", "")


def _contradiction(doing: str, why: str, *, is_write: bool) -> VendorError:
    if is_write:
        return OutcomeUnknownError(SYSTEM, f"{doing}: {why}", fix=FIX_LOOK_UP)
    return ProtocolError(SYSTEM, f"{doing}: {why}", fix=_FIX_ADDRESS)
