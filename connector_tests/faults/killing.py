"""A real process killed with SIGKILL before, inside or after a durable step, and those that go on after it.

Real PostgreSQL and SQLite files, real sockets to the simulated gateway, the real client. A later run is a process whose
clock is an hour on; nobody does anything by hand.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import requests

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database
from connector_assets.records.postings import PostingState, PostingStore
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.faults.process import Halt, Job, finish, journal_of, key_of, kill_at
from connector_tests.faults.simulate import COMMAND, table
from connector_tests.postgres import NoPostgresError, running_postgres, schema_of_its_own
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

_NUMBERS = count()


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


@dataclass(frozen=True)
class Case:
    """On which path, at which step, and when a process is killed."""

    path: str
    step: str
    when: str

    def __str__(self) -> str:
        return f"{self.path}/{self.when} {self.step}"


def cases(path: str = "") -> list[Case]:
    """Every place to be killed at; of one path, where it is given."""
    return [
        Case(name, step, when)
        for name, (_, steps) in PATHS.items()
        if path in ("", name)
        for step in steps
        for when in WHEN
    ]


@contextmanager
def kill_world(folder: Path) -> Iterator[World]:
    """The sandbox, over real sockets."""
    made = World()
    with running_sandbox(SandboxOptions(folder / "state.db"), firm=TinyFirm(), now=made.now) as made.root:
        yield made


def play_case(world: World, database_url: str, case: Case, *, careless: bool = False) -> str:
    """Kill a process there, let later ones go on; what is wrong in the end ("" for nothing).

    `careless` posters skip the look-up and take a new control id for each try.
    """
    fault, _ = PATHS[case.path]
    number = next(_NUMBERS)
    references = tuple(f"K-{database_url[:8]}-{number}-{journal}" for journal in "AB")
    job = Job(database_url, world.root, references, halt=Halt(case.when, case.step), careless=careless)
    if fault == "closed":
        world.close_the_books(True)
    elif fault:
        world.fault(fault, references[0])
    kill_at(job)
    world.close_the_books(False)
    go_on(world, job)
    return verdict(world, job)


def go_on(world: World, job: Job) -> None:
    """The runs that come by themselves: at once, and hourly."""
    for offset_s in (0.0, HOUR_S, 2 * HOUR_S):
        finish(job.later(offset_s))


def verdict(world: World, job: Job) -> str:
    """Empty when each journal stands once and whole in the ledger, the records know it, and no run sends more."""
    sent = world.creates()
    last = finish(job.later(3 * HOUR_S))
    engine = open_database(job.database_url)
    try:
        for reference in job.references:
            booked, posting = world.journals(reference), PostingStore(engine).get(key_of(reference))
            if len(booked) != 1:
                return f"{len(booked)} journals under {reference}"
            if posting is None or posting.state != PostingState.POSTED:
                return f"{reference} is {posting and posting.state}"
            if posting.ledger_key != str(booked[0]["recordno"]):
                return f"{reference} is known as {posting.ledger_key}, the ledger has {booked[0]['recordno']}"
            if not booked[0]["debit_cents"] == booked[0]["credit_cents"] == journal_of(reference).debit_cents():
                return f"{reference} has other amounts"
        if set(last.values()) != {"already_posted"} or world.creates() != sent:
            return "a further run sent something"
        return "" if AuditTrail(engine).verify().intact else "the audit trail is broken"
    finally:
        engine.dispose()


def report(only: str = "") -> tuple[str, bool]:
    """Every kill on both databases as a table, and whether all ended well; a database without a server is named."""
    rows: list[Sequence[object]] = [["killed", "database", "journals", "verdict", "replay"]]
    left_out, all_well = "", True
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="connector-kills-")))
        world = stack.enter_context(kill_world(folder))
        urls = {"SQLite": f"sqlite:///{folder / 'records.db'}"}
        try:
            urls["PostgreSQL"] = stack.enter_context(schema_of_its_own(stack.enter_context(running_postgres())))
        except NoPostgresError as error:
            left_out = f"not on PostgreSQL {error}"
        for name, url in urls.items():
            for case in (one for one in cases() if only in ("", str(one))):
                found = play_case(world, url, case)
                all_well = all_well and not found
                rows.append([case, name, "2 of 2" if not found else "", found or "well", f'{COMMAND} --kill "{case}"'])
    return "\n".join([table(rows), *([left_out] if left_out else [])]), all_well
