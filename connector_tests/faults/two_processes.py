"""Two real processes that post the same pay runs at the same time: each journal once, and nothing sent twice."""

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import requests

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database
from connector_assets.records.postings import PostingState, PostingStore
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.faults.process import Job, answer_of, run_until_posted, started
from connector_tests.faults.simulate import table
from connector_tests.postgres import NoPostgresError, running_postgres, schema_of_its_own
from connector_tests.sandbox.tiny_firm import TinyFirm


@dataclass(frozen=True)
class Race:
    """What came of it: journals in the ledger, calls that wrote one, and how many each process posted."""

    runs: int
    journals: int
    is_each_once: bool
    sends: int
    posted: tuple[int, ...]
    is_known: bool

    @property
    def fault(self) -> str:
        """What is wrong, "" for nothing. That one process did all the work proves nothing either."""
        if not self.is_each_once or self.journals != self.runs:
            return f"{self.journals} journals of {self.runs} runs"
        if self.sends != self.runs:
            return f"{self.sends} sends of {self.runs} runs"
        if sum(self.posted) != self.runs or not self.is_known:
            return f"posted {self.posted}, known {self.is_known}"
        return "" if all(self.posted) else "one process did all the work: nothing was contended"


def report(runs: int) -> tuple[str, bool]:
    """The race on both databases, and without the lease, as a table; and whether the first ones ended well."""
    rows: list[Sequence[object]] = [["database", "runs", "journals", "sends", "posted by each", "seconds", "verdict"]]
    left_out, all_well = "", True
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="connector-race-")))
        urls = {"SQLite": f"sqlite:///{root / 'records.db'}", "SQLite, no lease": f"sqlite:///{root / 'leaseless.db'}"}
        try:
            urls["PostgreSQL"] = stack.enter_context(schema_of_its_own(stack.enter_context(running_postgres())))
        except NoPostgresError as error:
            left_out = f"not on PostgreSQL {error}"
        for number, (name, url) in enumerate(urls.items()):
            folder = root / str(number)
            folder.mkdir()
            started_s = time.perf_counter()
            came = race(folder, url, runs, leaseless="no lease" in name)
            all_well = all_well and bool(came.fault) == ("no lease" in name)
            took = f"{time.perf_counter() - started_s:.1f}"
            rows.append([name, runs, came.journals, came.sends, came.posted, took, came.fault or "well"])
    return "\n".join([table(rows), *([left_out] if left_out else [])]), all_well


def race(folder: Path, database_url: str, runs: int, *, leaseless: bool = False) -> Race:
    """Let two processes post the same runs, and count."""
    references = tuple(f"PX-{number:05}-L-1" for number in range(runs))
    with running_sandbox(SandboxOptions(folder / "state.db"), firm=TinyFirm()) as root:
        job = Job(database_url, root, references, leaseless=leaseless)
        with started(job, run_until_posted) as (_, first), started(job, run_until_posted) as (_, second):
            for pipe in (first, second):
                assert answer_of(pipe) == "ready"
            for pipe in (first, second):
                pipe.send("go")
            outcomes = [answer_of(pipe) for pipe in (first, second)]
        booked = requests.get(f"{root}/admin/intacct/journals", timeout=60).json()["journals"]
        calls: dict[str, int] = requests.get(f"{root}/admin/calls", timeout=60).json()
    ours = Counter(journal["reference"] for journal in booked if journal["reference"] in set(references))
    posted = tuple(Counter(outcome.values())["posted"] for outcome in outcomes)
    engine = open_database(database_url)
    states = Counter(posting.state for posting in PostingStore(engine).list())
    is_known = states == {PostingState.POSTED: runs} and AuditTrail(engine).verify().intact
    engine.dispose()
    sends = calls["intacct create GLBATCH"]
    return Race(runs, ours.total(), ours == Counter(references), sends, posted, is_known)
