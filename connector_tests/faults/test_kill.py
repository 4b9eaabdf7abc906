"""Real processes are killed with SIGKILL before, inside and after each durable step; the next ones go on by themselves.

Real PostgreSQL and SQLite files, real sockets to the simulated gateway, the real client. A later run is a process whose
clock is an hour on; nobody does anything by hand.
"""

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path

import pytest
import requests

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database
from connector_assets.records.postings import PostingState, PostingStore
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.faults.process import Halt, Job, answer_of, finish, journal_of, key_of, kill_at, started
from connector_tests.sandbox.tiny_firm import TinyFirm

HOUR_S = 3_600.0
WHEN = ("before", "inside", "after")
PATHS: dict[str, tuple[str, tuple[str, ...]]] = {
    "nothing fails": ("", ("plan", "acquire", "begin_send", "record_posted")),
    "the reply is lost": ("drop_after", ("record_unknown", "record_posted")),
    "the request is lost": ("drop_before", ("record_unknown", "release")),
    "turned away": ("invalid_request", ("release_unsent",)),
    "refused": ("closed", ("record_rejected",)),
}
"""What happens to the send of the journal that is killed, and the steps that this path alone, or first, takes."""


class World:
    """The sandbox as the tests see it; `during_create` runs once while the gateway is at work on a send."""

    def __init__(self) -> None:
        self.root, self.during_create = "", None
        self._creates = 0

    during_create: Callable[[], object] | None

    def now(self) -> datetime:
        """The gateway's clock: it asks for the time in the middle of its work."""
        if self.during_create is not None and self.creates() > self._creates:
            act, self.during_create = self.during_create, None
            act()
        return datetime.now(UTC)

    def arm(self, act: Callable[[], object]) -> None:
        """Do this while the gateway works on the next send."""
        self._creates, self.during_create = self.creates(), act

    def creates(self) -> int:
        """How many journals were sent to the gateway."""
        calls: dict[str, int] = requests.get(f"{self.root}/admin/calls", timeout=30).json()
        return calls.get("intacct create GLBATCH", 0)

    def fault(self, name: str, reference: str) -> None:
        """Let the first send of a journal suffer this."""
        match = {"operation": "create", "body": f">{reference}<"}
        body = {"system": "intacct", "match": match, "fault": name, "times": 1}
        requests.post(f"{self.root}/admin/faults", json=body, timeout=30).raise_for_status()

    def close_the_books(self, closed: bool) -> None:
        """Close or reopen the month of the journals."""
        body = {"month": "2025-03", "entity": "", "closed": closed}
        requests.post(f"{self.root}/admin/intacct/periods", json=body, timeout=30).raise_for_status()

    def journals(self, reference: str) -> list[dict[str, object]]:
        """What the ledger holds under a reference."""
        found: list[dict[str, object]] = requests.get(
            f"{self.root}/admin/intacct/journals", params={"reference": reference}, timeout=30
        ).json()["journals"]
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World()
    path: Path = tmp_path_factory.mktemp("killed") / "state.db"
    with running_sandbox(SandboxOptions(path), firm=TinyFirm(), now=made.now) as made.root:
        yield made


def go_on(world: World, job: Job) -> None:
    """The runs that come by themselves: at once, and hourly."""
    for offset_s in (0.0, HOUR_S, 2 * HOUR_S):
        finish(Job(job.database_url, job.gateway_url, job.references, offset_s))


def check(world: World, job: Job, what: str) -> None:
    """Each journal stands once in the ledger, and the posting ledger knows it; a further run sends nothing."""
    sent = world.creates()
    last = finish(Job(job.database_url, job.gateway_url, job.references, 3 * HOUR_S))
    assert set(last.values()) == {"already_posted"}, what
    assert world.creates() == sent, what
    engine = open_database(job.database_url)
    for reference in job.references:
        (booked,) = world.journals(reference)
        posting = PostingStore(engine).get(key_of(reference))
        assert posting is not None and posting.state == PostingState.POSTED, what
        assert posting.ledger_key == str(booked["recordno"]), what
        assert booked["debit_cents"] == booked["credit_cents"] == journal_of(reference).debit_cents(), what
    assert AuditTrail(engine).verify().intact, what
    engine.dispose()


@pytest.mark.parametrize("path", PATHS)
def test_a_process_killed_at_any_step_is_continued_by_the_next(world: World, database_url: str, path: str) -> None:
    fault, steps = PATHS[path]
    dialect = database_url[:8]
    for number, (step, when) in enumerate((step, when) for step in steps for when in WHEN):
        references = tuple(f"K-{dialect}-{path}-{number}-{journal}" for journal in "AB")
        halt = Halt(when, step)
        job = Job(database_url, world.root, references, halt=halt)
        if fault == "closed":
            world.close_the_books(True)
        elif fault:
            world.fault(fault, references[0])
        kill_at(job)
        world.close_the_books(False)
        go_on(world, job)
        check(world, job, f"{path}, killed {when} {step}")


def test_a_process_killed_while_the_gateway_is_at_work_finds_its_journal_later(world: World, database_url: str) -> None:
    references = (f"K-{database_url[:8]}-at-work",)
    job = Job(database_url, world.root, references, halt=Halt("after", "begin_send"))
    with started(job) as (process, pipe):
        assert answer_of(pipe) == "halted"

        def kill() -> None:
            process.kill()
            wait([process.sentinel])

        world.arm(kill)
        pipe.send("go on")
        process.join()
        assert process.exitcode == -signal.SIGKILL
    go_on(world, job)
    check(world, job, "killed while the gateway was at work")
    assert len(world.journals(references[0])) == 1
