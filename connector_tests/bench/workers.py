"""The calls and the memory it takes to follow a roster: `python -m connector_tests.bench.workers [WORKERS …]`.

Each size is measured in a process of its own, and a sandbox in another serves a firm of that size. Its larger company
is followed three times: everybody is new, nothing has changed, three have. Prints calls beside the bound that the sizes
give, seconds, and peak memory: what the process takes before the first worker is read, and by how much it grows with
each worker. Exits with 1 when a call is made that neither bound nor slack allows, or the growth is over MOST_KB.
"""

import json
import math
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd
import requests

from connector_assets.commands.demo import prepare_connections
from connector_assets.commands.sandbox_process import sandbox
from connector_assets.connections import load_connection
from connector_assets.deployment import open_deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.dimensions import DimensionTools, aligned, keep_in_step, read_tables
from connector_assets.flows.paychex_intacct.employees import (
    CREATED_AT_ONCE,
    UPDATED_AT_ONCE,
    EmployeeTools,
    follow_roster,
)
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.paychex_reference import PAYCHEX
from connector_assets.orchestration.roster import name_salt, read_roster
from connector_assets.orchestration.snapshots import INTACCT
from connector_assets.orchestration.worker_history import WORKER_HISTORY, with_events
from connector_assets.records.database import utc_now
from connector_assets.sandbox.company import ENTITIES
from connector_assets.settings import Settings, load_settings
from connector_assets.systems import intacct_client, paychex_client
from connector_tests.flows.house import environment

SIZES_DEFAULT = (1_000, 10_000, 100_000)
MOST_KB = 6.0
"""The most that the peak may grow with each worker between the two largest sizes; small ones mostly warm up."""

SLACK = 4
"""Calls beyond the bound for each system: a token an hour, a session, the company's id, a page that was shifted."""
PAYCHEX_PAGE, INTACCT_PAGE = 100, 1000
COMPANY = ENTITIES[0].paychex_company_id
PORT = 8911
ALONE = "--alone"


@dataclass(frozen=True)
class Pass:
    """One time of following: sizes, calls of both systems, seconds, and peak memory of this process in MB."""

    what: str
    workers: int
    employees: int
    created: int
    updated: int
    renamed: int
    paychex_calls: int
    intacct_calls: int
    elapsed_s: float
    start_mb: float
    peak_mb: float

    @property
    def paychex_bound(self) -> int:
        """The pages of the roster, and the names of those who are created or renamed, one by one or page by page."""
        pages = math.ceil(self.workers / PAYCHEX_PAGE)
        return pages + min(self.created, pages) + min(self.renamed, pages)

    @property
    def intacct_bound(self) -> int:
        """The employees read before, and after if anything was written; creations, updates and renames in batches."""
        written = self.created + self.updated + self.renamed
        read = _pages(self.employees) + (_pages(self.employees + self.created) if written else 0)
        batches = math.ceil(self.created / CREATED_AT_ONCE) + math.ceil(self.updated / UPDATED_AT_ONCE)
        return read + batches + 2 * math.ceil(self.renamed / UPDATED_AT_ONCE)

    @property
    def is_within(self) -> bool:
        """Whether no call was made that neither bound nor slack allows."""
        over = (self.paychex_calls - self.paychex_bound, self.intacct_calls - self.intacct_bound)
        return max(over) <= SLACK


def _pages(rows: int) -> int:
    return max(1, math.ceil(rows / INTACCT_PAGE))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Following:
    """One connection whose roster is followed, past Dagster: the same functions, the same frames."""

    def __init__(self, settings: Settings) -> None:
        connection = load_connection(settings, f"hollis_marr_{ENTITIES[0].entity_id.lower()}")
        assert isinstance(connection, PaychexIntacctConnection)
        self.connection, self.names = connection, Names(connection)
        self.home, self.store = open_deployment(settings), FrameStore(settings.frames_path)
        self.source = paychex_client(connection, connection.paychex, self.home.credentials, settings)
        self.client = intacct_client(connection, connection.intacct, self.home.credentials, settings)
        self.history = WORKER_HISTORY.empty()
        self.prepare()
        self.start_mb = _peak_mb()

    def prepare(self) -> None:
        """Reference data and alignment, as a refresh leaves them."""
        for snapshot in PAYCHEX:
            self.store.write(self.names.paychex(snapshot.name), snapshot.frame(self.source, COMPANY))
        for snapshot in INTACCT:
            self.store.write(self.names.intacct(snapshot.name), snapshot.frame(self.client, ""))
        tools = DimensionTools(self.connection, self.home, self.client, self.source, COMPANY, utc_now().date())
        tables = read_tables(tools)
        _, frame = aligned(tools, tables, keep_in_step(tools, tables).changes)
        self.store.write(self.names.own("dimension_alignment"), frame)

    def follow(self, what: str) -> Pass:
        """Read the roster, date its events, and make the employees follow."""
        calls, started = self._calls(), time.perf_counter()
        roster = read_roster(self.source, COMPANY, None, [], name_salt(self.home, self.connection.name))
        self.store.write(self.names.own("worker_roster"), roster)
        self.history, _ = with_events(self.history, roster, utc_now().date())
        view = LedgerView(self.connection, self.store)
        tools = EmployeeTools(self.connection, self.home, view, self.source, COMPANY, self.client, utc_now().date())
        before = self._employees()
        made = follow_roster(tools, roster, self.history).changes
        counts = {action: int((made["action"] == action).sum()) for action in ("create", "update", "rename")}
        after = self._calls()
        return Pass(
            what=what,
            workers=len(roster),
            employees=before,
            created=counts["create"],
            updated=counts["update"],
            renamed=counts["rename"],
            paychex_calls=after[0] - calls[0],
            intacct_calls=after[1] - calls[1] - 1,
            elapsed_s=time.perf_counter() - started,
            start_mb=self.start_mb,
            peak_mb=_peak_mb(),
        )

    def _employees(self) -> int:
        """How many employees there are: a call of the bench's own, which the count leaves out."""
        return self.client.count("EMPLOYEE")

    def _calls(self) -> tuple[int, int]:
        return self.source.transport.calls.total(), self.client.transport.calls.total()


def measure(settings: Settings, url: str) -> list[Pass]:
    """Follow three times: everybody new, nothing changed, three changed, one of them by name."""
    prepare_connections(settings, url)
    following = Following(settings)
    passes = [following.follow("new"), following.follow("same")]
    roster = following.store.read(following.names.own("worker_roster"))
    steady = roster[roster["status"] == "ACTIVE"]["worker_id"].tolist()[-3:]
    for worker_id, field in zip(steady, ("title", "title", "family_name"), strict=True):
        body = {"company_id": COMPANY, "worker_id": worker_id, field: "Zed"}
        requests.post(f"{url}/admin/paychex/workers/change", json=body, timeout=60).raise_for_status()
    return [*passes, following.follow("three")]


def table_of(passes: list[Pass]) -> pd.DataFrame:
    """The passes as a table to print."""
    return pd.DataFrame(
        {
            "pass": [one.what for one in passes],
            "workers": [one.workers for one in passes],
            "written": [one.created + one.updated + one.renamed for one in passes],
            "paychex": [f"{one.paychex_calls} of {one.paychex_bound}" for one in passes],
            "intacct": [f"{one.intacct_calls} of {one.intacct_bound}" for one in passes],
            "seconds": [round(one.elapsed_s, 1) for one in passes],
            "start_mb": [round(one.start_mb) for one in passes],
            "peak_mb": [round(one.peak_mb) for one in passes],
        }
    )


@contextmanager
def scratch_home() -> Iterator[Settings]:
    """A home folder of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="connector-bench-"))
    try:
        with environment(folder, PORT):
            yield load_settings()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_alone(size: int) -> list[Pass]:
    """The passes of one size in a process of its own: what an earlier size has left in memory is not in it."""
    command = [sys.executable, "-m", "connector_tests.bench.workers", ALONE, str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # our own module
    return [Pass(**one) for one in json.loads(done.stdout.splitlines()[-1])]


def growth_kb(smaller: list[Pass], larger: list[Pass]) -> float:
    """By how many kilobytes the peak grows with each further worker."""
    more_mb = max(one.peak_mb for one in larger) - max(one.peak_mb for one in smaller)
    return more_mb * 1024 / (larger[0].workers - smaller[0].workers)


def main(sizes: list[int]) -> int:
    """Measure each size; 1 when calls or memory went over."""
    measured: list[list[Pass]] = []
    for size in sorted(sizes):
        measured.append(measure_alone(size))
        sys.stdout.write(f"{table_of(measured[-1]).to_string(index=False)}\n\n")
        sys.stdout.flush()
    within = all(one.is_within for passes in measured for one in passes)
    grown = [growth_kb(smaller, larger) for smaller, larger in pairwise(measured)]
    for (smaller, larger), each_kb in zip(pairwise(measured), grown, strict=True):
        each = f"{each_kb:.1f} KB of memory for each worker"
        sys.stdout.write(f"From {smaller[0].workers:,} to {larger[0].workers:,}: {each} (at most {MOST_KB:.0f}).\n")
    sys.stdout.write(f"Calls are {'within' if within else 'OVER'} bound and slack ({SLACK} for each system).\n")
    return 0 if within and (not grown or grown[-1] <= MOST_KB) else 1


def alone(size: int) -> int:
    """Measure one size in this process and print the passes as JSON."""
    with scratch_home() as settings, sandbox(settings, size) as url:
        passes = measure(settings, url)
    sys.stdout.write(f"{json.dumps([asdict(one) for one in passes])}\n")
    return 0


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(alone(int(words[1])) if words[:1] == [ALONE] else main([int(text) for text in words] or [*SIZES_DEFAULT]))
