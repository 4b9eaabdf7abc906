"""Two real processes post the same pay runs at the same time: each journal once, and nothing sent twice.

CONNECTOR_TEST_RUNS sets how many runs; without it PostgreSQL is given a quarter, so that the suite stays quick.
"""

import os
from collections import Counter
from pathlib import Path

import requests

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database
from connector_assets.records.postings import PostingState, PostingStore
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.faults.process import Job, answer_of, run_until_posted, started
from connector_tests.sandbox.tiny_firm import TinyFirm


def runs_on(database_url: str) -> int:
    """How many runs both processes post."""
    return int(os.environ.get("CONNECTOR_TEST_RUNS", "1000" if database_url.startswith("sqlite") else "250"))


def test_two_processes_with_the_same_runs_make_each_journal_once(tmp_path: Path, database_url: str) -> None:
    runs = runs_on(database_url)
    references = tuple(f"PX-{number:05}-L-1" for number in range(runs))
    with running_sandbox(SandboxOptions(tmp_path / "state.db"), firm=TinyFirm()) as root:
        job = Job(database_url, root, references)
        with started(job, run_until_posted) as (_, first), started(job, run_until_posted) as (_, second):
            for pipe in (first, second):
                assert answer_of(pipe) == "ready"
            for pipe in (first, second):
                pipe.send("go")
            outcomes = [answer_of(pipe) for pipe in (first, second)]
        booked = requests.get(f"{root}/admin/intacct/journals", timeout=60).json()["journals"]
        calls: dict[str, int] = requests.get(f"{root}/admin/calls", timeout=60).json()
    ours = Counter(journal["reference"] for journal in booked if journal["reference"] in set(references))
    assert ours == Counter(references), "not each journal once"
    assert calls["intacct create GLBATCH"] == runs, "sent more often than there was to send"
    posted = [Counter(outcome.values())["posted"] for outcome in outcomes]
    assert sum(posted) == runs
    assert all(posted), "one process did all the work: nothing was contended"
    engine = open_database(database_url)
    states = Counter(posting.state for posting in PostingStore(engine).list())
    assert states == {PostingState.POSTED: runs}
    assert AuditTrail(engine).verify().intact
    engine.dispose()
