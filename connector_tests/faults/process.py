"""A real process that posts journals over sockets, halts where it is told to, and is killed there by whoever told it.

It is forked from a server that has everything imported already, so that hundreds of them cost little.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import wraps
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from sqlalchemy import event

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.posting import Poster
from connector_assets.records.database import open_database, utc_now
from connector_assets.records.postings import PostingKey, PostingStore
from connector_assets.sandbox.credentials import (
    INTACCT_COMPANY_ID,
    INTACCT_SENDER_ID,
    INTACCT_SENDER_PASSWORD,
    INTACCT_USER_ID,
    INTACCT_USER_PASSWORD,
)
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.transport import Transport
from connector_tests.faults.mutants import LeaselessStore, NewIdPerTry, SkipsTheLookUp

ENTRY_DATE = date(2025, 3, 14)
ANSWER_TIMEOUT_S = 60
STEPS = (
    *("plan", "acquire", "release", "begin_send", "record_posted", "record_rejected", "record_unknown"),
    "release_unsent",
)


@dataclass(frozen=True)
class Halt:
    """Where a process stops and waits to be killed: before, inside (uncommitted) or after the n-th call of a step."""

    when: str
    step: str
    number: int = 1


@dataclass(frozen=True)
class Job:
    """What a process posts and where; `offset_s` is how much later than now it believes it is.

    A `careless` one skips the look-up and takes a new control id for each try; a `leaseless` one forgets the lease.
    """

    database_url: str
    gateway_url: str
    references: tuple[str, ...]
    offset_s: float = 0.0
    halt: Halt | None = None
    careless: bool = False
    leaseless: bool = False

    def later(self, offset_s: float) -> "Job":
        """The same job, later and unhindered."""
        return replace(self, offset_s=offset_s, halt=None)


def journal_of(reference: str) -> Journal:
    """A journal that the sandbox's company takes; its amount follows from its reference."""
    cents = 1 + sum(map(ord, reference)) * 37 % 1_000_000
    wages = JournalLine("6000", cents, "200", "NYC", None, None, None, "E100", "Wages")
    net_pay = JournalLine("1051", -cents, None, "NYC", None, None, None, "E100", "Net pay")
    return Journal("labor", reference, "PYRJ", ENTRY_DATE, f"PR {reference}"[:30], "USD", "Posted", (wages, net_pay))


def key_of(reference: str) -> PostingKey:
    """The posting key of a reference."""
    return PostingKey("hollis", "labor", reference, 1)


def client_of(gateway_url: str) -> IntacctClient:
    """The real client, on real sockets."""
    return IntacctClient(
        f"{gateway_url}/intacct/ia/xml/xmlgw.phtml",
        INTACCT_SENDER_ID,
        INTACCT_SENDER_PASSWORD,
        INTACCT_COMPANY_ID,
        INTACCT_USER_ID,
        INTACCT_USER_PASSWORD,
        transport=Transport("intacct", sleep=lambda seconds: None, jitter=lambda: 0.0),
    )


class _Halting:
    """Counts the calls of each step, and halts at the one that was named."""

    def __init__(self, halt: Halt | None, pipe: Connection) -> None:
        self._halt, self._pipe = halt, pipe
        self._counts: dict[str, int] = {}
        self._running = ""

    def around(self, name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 what the step returns
        self._counts[name] = self._counts.get(name, 0) + 1
        self.reached("before", name)
        self._running = name
        answer = call()
        self._running = ""
        self.reached("after", name)
        return answer

    def committing(self, _connection: object) -> None:
        """The statements of a step are done, its commit is not."""
        if self._running:
            self.reached("inside", self._running)

    def reached(self, when: str, name: str) -> None:
        if self._halt == Halt(when, name, self._counts[name]):
            self._pipe.send("halted")
            self._pipe.recv()


class HaltingStore(PostingStore):
    """The real posting ledger, which stops at one point."""

    halting: _Halting


def _halting_step(name: str) -> Callable[..., Any]:
    real = getattr(PostingStore, name)

    @wraps(real)
    def step(self: HaltingStore, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 as the wrapped method has it
        return self.halting.around(name, lambda: real(self, *args, **kwargs))

    return step


for _name in STEPS:
    setattr(HaltingStore, _name, _halting_step(_name))


def run(job: Job, pipe: Connection) -> None:
    """Post every journal of the job, in order, and send back how each ended."""
    engine = open_database(job.database_url)
    store = HaltingStore(engine, _clock(job))
    store.halting = _Halting(job.halt, pipe)
    event.listen(engine, "commit", store.halting.committing)
    pipe.send(_post(job, store))
    engine.dispose()


def run_until_posted(job: Job, pipe: Connection) -> None:
    """Post every journal of the job, again and again until another process or this one has posted each."""
    engine = open_database(job.database_url)
    store = (LeaselessStore if job.leaseless else PostingStore)(engine, _clock(job))
    pipe.send("ready")
    pipe.recv()
    outcomes: dict[str, str] = {}
    while len(outcomes) < len(job.references):
        outcomes |= {
            reference: outcome
            for reference, outcome in _post(job, store, skip=outcomes).items()
            if outcome in {"posted", "already_posted", "adopted"}
        }
    pipe.send(outcomes)
    engine.dispose()


def _post(job: Job, store: PostingStore, skip: Sequence[str] | dict[str, str] = ()) -> dict[str, str]:
    client = client_of(job.gateway_url)
    NewIdPerTry.tries = os.getpid()  # each process has ids of its own
    ledger, posts = (NewIdPerTry(client), SkipsTheLookUp) if job.careless else (IntacctLedger(client), Poster)
    poster = posts(store, ledger, owner="run", now=_clock(job), lookup_delays_s=(0.0,))
    outcomes: dict[str, str] = {}
    for reference in job.references:
        if reference not in skip:
            journal = journal_of(reference)
            result = poster.post(
                key_of(reference), journal, partition="2025-03-14", document_date=ENTRY_DATE, policy="post"
            )
            outcomes[reference] = result.outcome.value
    return outcomes


def _clock(job: Job) -> Callable[[], datetime]:
    return lambda: utc_now() + timedelta(seconds=job.offset_s)


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@contextmanager
def started(job: Job, body: Callable[[Job, Connection], None] = run) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """A process at work on the job, and the pipe to it; killed at the end if it is still there."""
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=body, args=(job, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        ours.close()


def answer_of(pipe: Connection) -> Any:  # noqa: ANN401 whatever the process sends
    """What the process sends next. Raises AssertionError when it sends nothing for a minute, EOFError when it died."""
    assert pipe.poll(ANSWER_TIMEOUT_S), "the process neither halted nor ended"
    return pipe.recv()


def finish(job: Job) -> dict[str, str]:
    """Run a process to its end; how each journal ended."""
    with started(job) as (process, pipe):
        outcomes: dict[str, str] = answer_of(pipe)
        process.join()
        assert process.exitcode == 0
        return outcomes


def kill_at(job: Job) -> None:
    """Run a process to its halt, and end it with SIGKILL there."""
    with started(job) as (process, pipe):
        assert answer_of(pipe) == "halted", f"it never came to {job.halt}"
        process.kill()
        process.join()
        assert process.exitcode == -9
