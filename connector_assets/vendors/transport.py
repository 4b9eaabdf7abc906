"""The one way a request leaves this house: timeouts, retries, call counting, and errors that say what may be concluded.

Whether a write that failed was executed hangs on one question: had a byte of it left? Exception classes do not say (a
TLS error may stem from the handshake or from the middle of a reply), so the connections note it themselves.

A reply goes to the vendor's `judge` first; None from it leaves the reply to the rule by status below:

    429                         BUSY        turned away at the gate, nothing executed
    408, 5xx                    FAILED      a read asks again, a write is unknown
    3xx                         HOPELESS    never followed: a redirected POST would be sent twice
    HTML, at any other status   UNREADABLE  a gateway's page, not the system's answer
    anything else               ANSWERED    handed to the caller
"""

import http.client
import ipaddress
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
import urllib3.connection
from requests.adapters import HTTPAdapter

from connector_assets.vendors.deadline import may_write
from connector_assets.vendors.errors import OutcomeUnknownError, ProtocolError, UnavailableError, VendorError
from connector_assets.vendors.retry import Outcome, Stop, Verdict, Wait, decide

LOG = logging.getLogger(__name__)
logging.getLogger("urllib3").setLevel(logging.INFO)
"""At DEBUG it writes whole addresses, with the signature of a link to a file."""

DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
THREADS_EXPECTED = 8
BASE_HEADERS = {"User-Agent": "connector-assets", "Accept-Encoding": "gzip, deflate"}

Params = Mapping[str, str] | list[tuple[str, str]]
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Reply:
    """A whole HTTP reply. Header names match in any case; body and headers stay out of its repr."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    elapsed_s: float = 0.0

    @property
    def text(self) -> str:
        """The body as UTF-8, with a replacement mark for each byte that is not."""
        return self.content.decode("utf-8", errors="replace")

    @property
    def media_type(self) -> str:
        """The Content-Type in lower case, without its parameters; empty when there is none."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Whether this is a web page, by its Content-Type or by how it begins."""
        start = self.content[:64].lstrip().lower()
        return "html" in self.media_type or start.startswith((b"<!doctype html", b"<html"))


Judge = Callable[[Reply], Verdict | None]


def judge_by_status(reply: Reply) -> Verdict:
    """The rule for every reply that the vendor's own judge leaves alone (table in the module's docstring)."""
    status = f"HTTP {reply.status}"
    if reply.status == 429:
        return Verdict(Outcome.BUSY, status)
    if reply.status == 408 or reply.status >= 500:
        return Verdict(Outcome.FAILED, status)
    if 300 <= reply.status < 400:
        return Verdict(Outcome.HOPELESS, f"{status}, a redirect, which is never followed")
    if reply.is_html:
        return Verdict(Outcome.UNREADABLE, f"{status} with a web page in place of an answer")
    return Verdict(Outcome.ANSWERED)


class Transport:
    """One pool of connections to one outside system, shared by all calls of its client.

    Any number of threads may call `send`: the session is set up here and never changed after (no cookies, no redirects,
    no netrc), its pool locks itself, and `calls` is changed under a lock. `calls` counts each request of which a byte
    left, by "system operation". `sleep`, `now` (a monotonic clock in seconds) and `jitter` (numbers in [0, 1)) are
    parameters so that tests neither wait nor guess. The longest waits for a reply are `read_s` for a call that only
    reads, and `write_s` for one that writes: giving a write up early leaves its outcome unknown.

    A system that stayed away through every attempt of one call gets a single attempt of the next ones, until it
    answers: whoever has fifteen things to read from a system that is down waits once, not fifteen times.
    """

    def __init__(
        self,
        system: str,
        *,
        connect_s: float = 10.0,
        read_s: float = 60.0,
        write_s: float = 300.0,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        max_attempts: int = 6,
    ) -> None:
        self.system = system
        self.calls: Counter[str] = Counter()
        self._connect_s, self._read_s, self._write_s = connect_s, read_s, write_s
        self._max_body_bytes = max_body_bytes
        self.now, self._sleep, self._jitter, self._max_attempts = now, sleep, jitter, max_attempts
        self._is_away = False
        self._lock = threading.Lock()
        self._session = requests.Session()
        self._session.mount("http://", _WatchedAdapter())
        self._session.mount("https://", _WatchedAdapter())

    def send(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        is_write: bool,
        headers: Headers | None = None,
        params: Params | None = None,
        body: bytes | str | None = None,
        form: Mapping[str, str] | None = None,
        judge: Judge | None = None,
    ) -> Reply:
        """Send the request, again where `retry.decide` allows it, and return the system's own answer, good or bad.

        `operation` is a short name for counts and messages ("token", "read GLBATCH"). `headers` as a function is asked
        anew for each attempt (a correlation id, a token that may have been renewed). `body` as str is sent as UTF-8;
        `form` is sent url-encoded. Secrets belong in headers, body or form, never in `url` or `params`.

        Raises UnavailableError (nothing executed; also a write that `deadline` does not let leave any more),
        OutcomeUnknownError (a write that may have been executed), ProtocolError (a read whose reply stays unreadable).
        """
        request = _Request(
            where=f"{method} {operation} at {_host(url)}",
            method=method,
            url=url,
            headers=headers or {},
            params=params,
            content=urlencode(form).encode() if form is not None else body.encode() if isinstance(body, str) else body,
            content_type="application/x-www-form-urlencoded" if form is not None else "",
        )
        attempt, max_attempts = 0, 1 if self._is_away else self._max_attempts
        while True:
            attempt += 1
            if is_write and not may_write():
                message = f"{request.where}: the time in which it might be sent was over before its first byte"
                raise UnavailableError(self.system, message, fix="Nothing was executed. Try again when it answers.")
            reply_s = self._write_s if is_write else self._read_s
            result = self._attempt(self._prepare(request), operation, judge, reply_s)
            if result.reply is not None and result.verdict.outcome is Outcome.ANSWERED:
                self._is_away = False
                return result.reply
            decision = decide(
                is_write=is_write,
                outcome=result.verdict.outcome,
                attempt=attempt,
                max_attempts=max_attempts,
                headers=result.reply.headers if result.reply is not None else {},
                jitter=self._jitter(),
            )
            if not isinstance(decision, Wait):
                known, was_away = isinstance(decision, Stop), self._is_away
                # What follows a write of unknown outcome is its look-up, which deserves every patience.
                self._is_away = was_away or (known and result.verdict.outcome in _AWAY)
                raise self._error(request.where, attempt, result.verdict, is_known=known, was_away=was_away)
            why, wait_s = result.verdict.why, decision.seconds
            LOG.warning("%s: %s: %s; next attempt in %.1f s", self.system, request.where, why, wait_s)
            self._sleep(wait_s)

    def _prepare(self, request: "_Request") -> requests.PreparedRequest:
        if not _may_carry_secrets(request.url):
            message = f"{request.where}: the address begins neither with https:// nor with http:// and this machine"
            raise UnavailableError(self.system, message, fix="Correct the address: credentials travel over TLS only.")
        given = request.headers() if callable(request.headers) else request.headers
        kind = {"Content-Type": request.content_type} if request.content_type else {}
        headers = {**BASE_HEADERS, **kind, **given}
        try:
            "".join(given.values()).encode("latin-1")
            ready = requests.Request(request.method, request.url, headers, data=request.content, params=request.params)
            return ready.prepare()
        except (requests.RequestException, ValueError):
            pass  # the exception quotes the header, which may be a secret: it must not become this error's context
        message = f"{request.where}: the address or a header holds a character that HTTP does not allow"
        raise UnavailableError(self.system, message, fix="Look for line breaks in the address and the credentials.")

    def _attempt(
        self, prepared: requests.PreparedRequest, operation: str, judge: Judge | None, reply_s: float
    ) -> "_Attempt":
        started_s = self.now()
        _watch.has_sent = False
        result = self._exchange(prepared, started_s, reply_s)
        if _watch.has_sent:
            with self._lock:
                self.calls[f"{self.system} {operation}"] += 1
        if result.reply is not None and result.verdict.outcome is Outcome.ANSWERED:
            verdict = (judge(result.reply) if judge is not None else None) or judge_by_status(result.reply)
            result = _Attempt(verdict, result.reply)
        status = result.reply.status if result.reply is not None else result.verdict.why
        LOG.debug("%s: %s: %s in %.3f s", self.system, operation, status, self.now() - started_s)
        return result

    def _exchange(self, prepared: requests.PreparedRequest, started_s: float, reply_s: float) -> "_Attempt":
        url = str(prepared.url)
        settings = self._session.merge_environment_settings(url, {}, True, True, None)
        try:
            response = self._session.get_adapter(url).send(
                prepared,
                stream=True,
                timeout=(self._connect_s, reply_s),
                verify=settings["verify"] or True,
                proxies={} if _is_local(url) else settings["proxies"],
            )
        except _NETWORK_ERRORS as error:
            return _Attempt(Verdict(Outcome.LOST if _watch.has_sent else Outcome.NOT_SENT, _cause(error)))
        with response:
            return self._receive(response, started_s, reply_s)

    def _receive(self, response: requests.Response, started_s: float, reply_s: float) -> "_Attempt":
        content, deadline_s = bytearray(), self.now() + reply_s
        verdict = Verdict(Outcome.ANSWERED)
        try:
            for chunk in response.iter_content(CHUNK_BYTES):
                content += chunk
                if len(content) > self._max_body_bytes:
                    verdict = Verdict(Outcome.HOPELESS, f"the reply is larger than {self._max_body_bytes} bytes")
                    break
                if self.now() > deadline_s:
                    verdict = Verdict(Outcome.UNREADABLE, f"the reply did not end within {reply_s:g} s")
                    break
        except _NETWORK_ERRORS as error:
            why = f"HTTP {response.status_code} whose body breaks off ({_cause(error)})"
            verdict = Verdict(Outcome.UNREADABLE, why)
        return _Attempt(verdict, Reply(response.status_code, response.headers, bytes(content), self.now() - started_s))

    def _error(self, where: str, attempts: int, verdict: Verdict, *, is_known: bool, was_away: bool) -> VendorError:
        tries = f" ({attempts} attempts)" if attempts > 1 else " (one attempt, for it was away just before)" * was_away
        message = f"{where}: {verdict.outcome}: {verdict.why}{tries}"
        if not is_known:
            fix = "Look it up in the system before it is sent again; it may have been executed."
            return OutcomeUnknownError(self.system, message, fix=fix, reference=verdict.reference)
        if verdict.outcome in {Outcome.UNREADABLE, Outcome.HOPELESS}:
            fix = "Check the system's address and any proxy between; if they are right, try again later."
            return ProtocolError(self.system, message, fix=fix, reference=verdict.reference)
        fix = "Nothing was executed. Check the address and the network, or try again when the system is up."
        return UnavailableError(self.system, message, fix=fix, reference=verdict.reference)


@dataclass(frozen=True, repr=False)
class _Request:
    where: str
    method: str
    url: str
    headers: Headers
    params: Params | None
    content: bytes | None
    content_type: str


@dataclass(frozen=True)
class _Attempt:
    verdict: Verdict
    reply: Reply | None = None


_AWAY = frozenset({Outcome.NOT_SENT, Outcome.LOST, Outcome.FAILED})
"""Nothing of use came back, however often it was asked: the system, or the way to it, is down."""
_NETWORK_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


def _cause(error: BaseException) -> str:
    """Name the innermost error: the outer ones quote the URL, and with it the query."""
    for _ in range(8):
        inner = [getattr(error, "reason", None), *error.args, error.__cause__]
        deeper = next((item for item in inner if isinstance(item, BaseException)), None)
        if deeper is None:
            break
        error = deeper
    is_system = isinstance(error, OSError) and not isinstance(error, requests.RequestException)
    text = error.strerror if is_system and isinstance(error, OSError) else ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # "http://[::1": not an address at all
        return ""


def _is_local(url: str) -> bool:
    """Whether the host is this machine or a name without a dot, which only a private network can resolve."""
    host = _host(url)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return bool(host) and "." not in host


def _may_carry_secrets(url: str) -> bool:
    return bool(_host(url)) and (url.startswith("https://") or (url.startswith("http://") and _is_local(url)))


class _Watch(threading.local):
    """Whether a byte of this thread's current request has left."""

    has_sent = False


_watch = _Watch()


class _WatchedConnection(urllib3.connection.HTTPConnection):
    """Notes in `_watch` when the request itself begins to leave; a proxy's CONNECT and the handshake do not count."""

    _is_connecting = False

    def connect(self) -> None:
        """Open the connection."""
        self._is_connecting = True
        try:
            super().connect()
        finally:
            self._is_connecting = False

    def send(self, data: object) -> None:
        """Send bytes of the request, opening the connection first."""
        if self.sock is None:
            self.connect()
        _watch.has_sent = _watch.has_sent or not self._is_connecting
        super().send(data)  # type: ignore[arg-type]  # http.client takes more kinds of body than we name


class _WatchedTlsConnection(_WatchedConnection, urllib3.connection.HTTPSConnection):
    """The same over TLS."""


class _WatchedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class _WatchedAdapter(HTTPAdapter):
    """An adapter that never retries by itself and whose connections are watched."""

    def __init__(self) -> None:
        super().__init__(max_retries=0, pool_maxsize=THREADS_EXPECTED)

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        """Build the pool manager with watched connections."""
        super().init_poolmanager(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTlsPool}

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: object) -> urllib3.ProxyManager:
        """Build a proxy's manager with watched connections."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTlsPool}
        return manager
