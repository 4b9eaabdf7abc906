"""What every simulated system is given: store, faults, switches, firm, clock and call counter."""

import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from connector_assets.sandbox.facts import (
    CheckFacts,
    ComponentFacts,
    JobFacts,
    LaborAssignmentFacts,
    LocationFacts,
    OrganizationFacts,
    PeriodFacts,
    WorkerFacts,
)
from connector_assets.sandbox.faults import Faults
from connector_assets.sandbox.store import Store
from connector_assets.sandbox.switches import Switches


@dataclass(frozen=True)
class SandboxOptions:
    """One sandbox: its state file, the firm's size and seed, and the root URL it is reached at."""

    state_path: Path
    workers: int = 250
    seed: int = 7
    public_url: str = "http://127.0.0.1:8765"


class PayrollFirm(Protocol):
    """The sample firm as the simulated Paychex reads it, keyed by Paychex company id. Unknown ids raise LookupError."""

    def organizations(self, company_id: str) -> Sequence[OrganizationFacts]:
        """The company's organizations."""

    def locations(self, company_id: str) -> Sequence[LocationFacts]:
        """The company's locations."""

    def jobs(self, company_id: str) -> Sequence[JobFacts]:
        """The company's costing jobs."""

    def labor_assignments(self, company_id: str) -> Sequence[LaborAssignmentFacts]:
        """The company's labor assignments."""

    def components(self, company_id: str) -> Sequence[ComponentFacts]:
        """The company's pay components."""

    def workers(self, company_id: str, as_of: date) -> Sequence[WorkerFacts]:
        """Everyone hired by that day, the terminated included."""

    def worker(self, worker_id: str, as_of: date) -> WorkerFacts:
        """One worker of any company, as of that day."""

    def periods(self, company_id: str) -> tuple[PeriodFacts, ...]:
        """The year's pay periods, off-cycle and reversal runs included."""

    def checks(self, company_id: str, pay_period_id: str) -> Iterator[CheckFacts]:
        """The period's checks, made as they are read; always the same ones in the same order."""


class CallCounter:
    """How many calls each system answered, by `"system operation"`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, system: str, operation: str) -> None:
        """Count one call."""
        with self._lock:
            self._counts[f"{system} {operation}"] += 1

    def counts(self) -> dict[str, int]:
        """A copy of the counts, sorted by name."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def reset(self) -> None:
        """Start again from zero."""
        with self._lock:
            self._counts.clear()


@dataclass(frozen=True)
class SandboxContext:
    """Handed to each system's `routes(context)`. `now` is UTC and injected, so that tests own the time."""

    store: Store
    faults: Faults
    switches: Switches
    options: SandboxOptions
    firm: PayrollFirm
    now: Callable[[], datetime]
    calls: CallCounter


def in_thread(handler: Callable[[Request, bytes], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads the whole body, then runs a plain function (SQLite, payroll) outside the event loop."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, request, await request.body())

    return endpoint
