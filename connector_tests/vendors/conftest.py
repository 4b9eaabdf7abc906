"""A small real HTTP server that answers from a script, for the tests of every vendor's client."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

HOLD_LIMIT_S = 10.0


@dataclass(frozen=True)
class SeenRequest:
    """A request as it came over the wire. `form` is the body read as url-encoded fields."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Message
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True)
class ScriptedReply:
    """One reply.

    `hold` is waited for before anything is sent; `drops` closes the connection once the request was read;
    `cut_at_bytes` announces the whole body, sends this much of it and closes.
    """

    status: int = 200
    body: bytes | str = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    drops: bool = False
    cut_at_bytes: int | None = None


Script = Sequence[ScriptedReply | Callable[[SeenRequest], ScriptedReply]]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of these tests."""


class ScriptedServer:
    """The running server: its `url` without a trailing slash, and every request it has seen, in order."""

    def __init__(self, script: Script) -> None:
        self.requests: list[SeenRequest] = []
        self.unscripted: list[SeenRequest] = []
        self._script, self._lock = list(script), threading.Lock()
        self._http = _QuietServer(("127.0.0.1", 0), _handler_for(self))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def next_reply(self, request: SeenRequest) -> ScriptedReply:
        with self._lock:
            self.requests.append(request)
            if not self._script:
                self.unscripted.append(request)
                return ScriptedReply(status=400, body="the script has no reply left")
            entry = self._script.pop(0)
        return entry if isinstance(entry, ScriptedReply) else entry(request)

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.01)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def _handler_for(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = parse_qs(parts.query, keep_blank_values=True)
            reply = server.next_reply(SeenRequest(self.command, parts.path, query, self.headers, body))
            if reply.hold is not None:
                reply.hold.wait(HOLD_LIMIT_S)
            if reply.drops:
                self.close_connection = True
                return
            content = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: reply.cut_at_bytes])
            self.close_connection = self.close_connection or reply.cut_at_bytes is not None

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@contextmanager
def run_script(script: Script) -> Iterator[ScriptedServer]:
    server = ScriptedServer(script)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
    assert not server.unscripted, f"{len(server.unscripted)} requests more than the script has replies"


def json_reply(content: object, status: int = 200, **headers: str) -> ScriptedReply:
    return ScriptedReply(status, json.dumps(content), {"Content-Type": "application/json", **headers})


@pytest.fixture
def scripted_server() -> Callable[[Script], AbstractContextManager[ScriptedServer]]:
    """Start a server that answers with these replies in order: `with scripted_server([...]) as server: server.url`.

    An entry is a ScriptedReply or a function from the request to one. A request beyond the script fails the test.
    """
    return run_script
