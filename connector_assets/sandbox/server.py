"""The sandbox as one HTTP server: every simulated system on its own path, one state file behind them all.

A new system is one folder beside this module that offers `routes(context)`: absolute paths, admin calls included; it
declares its switches and faults there. It is then added to `_systems`.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from connector_assets.sandbox import admin
from connector_assets.sandbox.context import CallCounter, PayrollFirm, SandboxContext, SandboxOptions
from connector_assets.sandbox.expensify import api as expensify
from connector_assets.sandbox.faults import Faults
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.intacct import gateway as intacct
from connector_assets.sandbox.paychex import api as paychex
from connector_assets.sandbox.procurify import api as procurify
from connector_assets.sandbox.store import SandboxError, Store
from connector_assets.sandbox.switches import Switches
from connector_assets.sandbox.visma import api as visma

__all__ = ["SandboxError", "SandboxOptions", "create_app", "running_sandbox"]

_HOST = "127.0.0.1"
_START_TIMEOUT_S = 30


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    options: SandboxOptions, *, firm: PayrollFirm | None = None, now: Callable[[], datetime] = _utc_now
) -> Starlette:
    """The whole sandbox as an ASGI application on `options.state_path`.

    `firm` and `now` are for tests; by default the sample firm of the options and the machine's clock. Raises
    SandboxError when the state file is none, or belongs to a firm of another size or seed, or the size is not possible.
    The caller closes `app.state.store`.
    """
    served = firm or _sample_firm(options)
    store = Store(options.state_path)
    _same_firm(store, options)
    context = SandboxContext(
        store=store,
        faults=Faults(store),
        switches=Switches(store),
        options=options,
        firm=served,
        now=now,
        calls=CallCounter(),
    )
    app = Starlette(routes=[*_systems(context), *admin.routes(context)])
    app.state.store = store
    return app


def _systems(context: SandboxContext) -> list[BaseRoute]:
    return [
        *paychex.routes(context),
        *intacct.routes(context),
        *expensify.routes(context),
        *procurify.routes(context),
        *visma.routes(context),
    ]


def _sample_firm(options: SandboxOptions) -> PayrollFirm:
    try:
        return Firm(FirmOptions(workers=options.workers, seed=options.seed))
    except ValueError as error:
        raise SandboxError(f"The sample firm cannot be made: {error}.") from error


def _same_firm(store: Store, options: SandboxOptions) -> None:
    wanted = f"{options.workers} workers, seed {options.seed}"
    kept = store.remember("firm", wanted)
    if kept != wanted:
        store.close()
        raise SandboxError(
            f"The state file {options.state_path} belongs to a firm of {kept}, not of {wanted}. "
            "Start with those numbers, or name another state file."
        )


class _Protocol(HttpToolsProtocol):
    """Uvicorn's HTTP protocol, with the connection's transport in reach of the replies that break it (faults.py)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A uvicorn server that says when it has started, so that nobody needs to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.settled.set()


@contextmanager
def running_sandbox(
    options: SandboxOptions,
    port: int = 0,
    *,
    firm: PayrollFirm | None = None,
    now: Callable[[], datetime] = _utc_now,
) -> Iterator[str]:
    """Run the sandbox on loopback in a thread of this process and yield its root URL; port 0 takes a free one.

    `options.public_url` is replaced by that URL. Raises SandboxError when the port is taken.
    """
    listener = _listen(port)
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    try:
        app = create_app(replace(options, public_url=url), firm=firm, now=now)
    except BaseException:
        listener.close()
        raise
    config = uvicorn.Config(
        app, http=_Protocol, ws="none", lifespan="off", log_level="error", timeout_graceful_shutdown=3
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        if not server.settled.wait(_START_TIMEOUT_S) or not server.started:
            raise SandboxError(f"The sandbox did not start at {url} within {_START_TIMEOUT_S} seconds.")
        yield url
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        app.state.store.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"Port {port} of {_HOST} is taken ({error.strerror}). Stop what uses it, or name another with --port."
        ) from error
    return listener
