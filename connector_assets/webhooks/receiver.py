"""The receiver as an ASGI application and as a server: POST /paychex, POST /oauth/token, GET /health.

    401 not authenticated           413 too large              422 no id where one is due
    404, 405 no such address        408 too slow               429 too many, with Retry-After
    400 not JSON, or nested deeply  431 head too large         503 not stored, with Retry-After

Whatever is not stored is answered otherwise than 2xx, so that Paychex sends it again. No answer repeats what was sent.
"""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connector_assets.records.errors import RecordsError
from connector_assets.records.inbox import Inbox
from connector_assets.settings import ConfigError, Settings
from connector_assets.webhooks import paychex
from connector_assets.webhooks.doorkeeper import TOKEN_LIFETIME_S, Doorkeeper, ReceiverSecrets
from connector_assets.webhooks.limits import DEEPEST_JSON, RateLimit, impatient_protocol, is_too_deep
from connector_assets.webhooks.mailroom import Mailroom

LOG = logging.getLogger(__name__)
PAYCHEX_PATH, TOKEN_PATH, HEALTH_PATH = "/paychex", "/oauth/token", "/health"
RETRY_STORE_S = 30
CONNECTIONS_AT_ONCE = 256
KEEP_ALIVE_S = 10


class Refusal(Exception):  # an answer, not an error of ours
    """A request that is answered with this status; `fix` says what would be right."""

    def __init__(self, status: int, why: str, fix: str, **headers: str) -> None:
        super().__init__(why)
        self.status, self.why, self.fix = status, why, fix
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True)
class Desk:
    """What a request is handled with."""

    settings: Settings
    inbox: Inbox
    doorkeeper: Doorkeeper
    rate: RateLimit
    mailroom: Mailroom

    async def receive(self, request: Request) -> Response:
        """Take one notification of Paychex."""
        self.hold_back(request)
        if not self.doorkeeper.admits(request.headers):
            fix = "Send the credentials that `connector webhooks register` gave the hook."
            raise Refusal(401, "not authenticated", fix, WWW_Authenticate='Basic realm="webhooks"', Connection="close")
        body = await self.body_of(request)
        if is_too_deep(body):
            raise Refusal(400, "the JSON is nested too deeply", f"Nest at most {DEEPEST_JSON} deep.")
        try:
            notice = paychex.notice_of(body)
        except paychex.UnreadableError as error:
            raise Refusal(422 if "JSON" not in str(error) else 400, str(error), error.fix) from None
        try:
            is_new = await self.mailroom.put(notice)
        except RecordsError as error:
            LOG.error("a notification was not stored: %s", error)
            fix = "Send it again later; it was not stored."
            raise Refusal(503, "the inbox cannot be written", fix, Retry_After=str(RETRY_STORE_S)) from None
        return JSONResponse({"stored": "new" if is_new else "known"})

    async def token(self, request: Request) -> Response:
        """Issue a bearer token to Paychex, which then sends it with each notification (client credentials)."""
        self.hold_back(request)
        form = {name: values[0] for name, values in parse_qs((await self.body_of(request)).decode("latin-1")).items()}
        token = self.doorkeeper.token(request.headers, form)
        if token is None:
            fix = "Send the client id and secret that `connector webhooks register` gave the hook."
            raise Refusal(401, "invalid_client", fix)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFETIME_S}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def health(self, _: Request) -> Response:
        """Whether notifications can be taken."""
        try:
            await run_in_threadpool(self.inbox.is_empty, paychex.SOURCE)
        except RecordsError:
            fix = "Check the records' database; nothing is acknowledged until it is back."
            raise Refusal(503, "the inbox cannot be read", fix, Retry_After=str(RETRY_STORE_S)) from None
        return JSONResponse({"status": "ok"})

    def hold_back(self, request: Request) -> None:
        """Raise Refusal 429 for a sender that asks too often."""
        wait_s = self.rate.wait_s(request.client.host if request.client else "")
        if wait_s:
            raise Refusal(429, "too many requests", f"Wait {wait_s} s.", Retry_After=str(wait_s), Connection="close")

    async def body_of(self, request: Request) -> bytes:
        """The whole body, within its size and time. Raises Refusal 408 or 413."""
        most, body = self.settings.webhooks_max_body_bytes, bytearray()
        announced = request.headers.get("content-length", "0")
        fix = f"Send at most {most} bytes: a notification is a few ids."
        if not announced.isdigit() or int(announced) > most:
            raise Refusal(413, "the body is too large", fix, Connection="close")
        try:
            async with asyncio.timeout(self.settings.webhooks_read_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > most:
                        raise Refusal(413, "the body is too large", fix, Connection="close")
        except TimeoutError:
            fix = f"Send the whole body within {self.settings.webhooks_read_s:g} s."
            raise Refusal(408, "the body did not arrive in time", fix, Connection="close") from None
        except ClientDisconnect:
            raise Refusal(400, "the sender hung up", "Send the whole body.") from None
        return bytes(body)


def create_receiver(
    settings: Settings,
    inbox: Inbox,
    secrets: Callable[[], ReceiverSecrets],
    *,
    now_s: Callable[[], float] = time.time,
) -> Starlette:
    """The application. Raises ConfigError when there is no secret at all: it would take what anyone sends."""
    if not secrets().any:
        raise ConfigError(
            "The receiver has no credentials, so that it could tell nobody from Paychex.",
            fix="Run `connector webhooks register NAME URL`, which makes them, or set CONNECTOR_WEBHOOKS_PASSWORD.",
        )
    rate = RateLimit(settings.webhooks_rate_per_min, now_s)
    desk = Desk(settings, inbox, Doorkeeper(secrets, now_s), rate, Mailroom(inbox.store))
    return Starlette(
        routes=[
            Route(PAYCHEX_PATH, desk.receive, methods=["POST"]),
            Route(TOKEN_PATH, desk.token, methods=["POST"]),
            Route(HEALTH_PATH, desk.health, methods=["GET"]),
        ],
        exception_handlers={Refusal: _refused, HTTPException: _no_route, Exception: _defect},
    )


def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return JSONResponse({"error": error.why, "fix": error.fix}, error.status, headers=error.headers)


def _no_route(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    fix = f"Notifications go to POST {PAYCHEX_PATH}; GET {HEALTH_PATH} says how the receiver is."
    return JSONResponse({"error": "no such address", "fix": fix}, status)


def _defect(_: Request, error: Exception) -> Response:
    LOG.error("a request failed: %s", type(error).__name__)
    fix = "Send it again later; it was not stored."
    return JSONResponse({"error": "the receiver failed", "fix": fix}, 500)


class _Server(uvicorn.Server):
    """A server that says when it stands."""

    def __init__(self, config: uvicorn.Config, standing: Callable[[], None]) -> None:
        super().__init__(config)
        self._standing = standing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._standing()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises ConfigError when it is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        fix = "Stop what uses it, or set CONNECTOR_WEBHOOKS_PORT."
        raise ConfigError(f"Port {port} of {host} cannot be used: {error.strerror}.", fix=fix) from error
    return listener


def serve(app: Starlette, listener: socket.socket, read_s: float, standing: Callable[[], None]) -> None:
    """Serve until the process is told to stop; requests under way are finished first."""
    _server(app, read_s, standing).run([listener])


def _server(app: Starlette, read_s: float, standing: Callable[[], None]) -> _Server:
    config = uvicorn.Config(
        app,
        http=impatient_protocol(read_s),
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=KEEP_ALIVE_S,
    )
    return _Server(config, standing)


@contextmanager
def running_receiver(app: Starlette, host: str, port: int, read_s: float) -> Iterator[str]:
    """Serve in a thread of this process for the time of the block; yields the root URL."""
    listener, standing = listen(host, port), threading.Event()
    server = _server(app, read_s, standing.set)
    thread = threading.Thread(target=server.run, args=([listener],), name="receiver", daemon=True)
    thread.start()
    try:
        standing.wait(KEEP_ALIVE_S)
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
