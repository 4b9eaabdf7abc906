"""What a backfill costs: `python -m connector_tests.bench.backfill [PAY_RUNS …]`, 26 unless told otherwise.

A real daemon posts so many pay runs of the sample firm (60 workers) under each policy: all in one run, in batches, one
run for each (a policy that would make more than 30 runs is left out: what a run costs is known by then). Beside them
stands the same machine's empty Dagster run, a step that does nothing: the floor of the last policy. Wall time is from
the first run's creation to the last one's end, so that the daemon's pauses do not count.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dagster import AssetKey, DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, PartitionBackfill
from dagster._core.storage.tags import BACKFILL_ID_TAG

from connector_assets.commands.demo import prepare_connections
from connector_assets.connections import Carried
from connector_assets.orchestration.backfills import missing_partitions, start_backfill
from connector_assets.orchestration.runs import know_pool, prepare_dagster_home
from connector_assets.sandbox.facts import CheckFacts, PeriodFacts
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.settings import load_settings
from connector_tests.bench import empty_run
from connector_tests.flows.house import LLC, WORKERS, House, environment
from connector_tests.orchestration.processes import Dagster, dagster_of, wait_until

PAY_RUNS = Carried("pay_runs", "reconciliation", "post")
BATCHES = (26, 5)
EMPTY_RUNS = 10
MOST_RUNS = 30
LIMIT_S = 3_600.0


class ManyRuns(Firm):
    """The sample firm, whose ordinary pay runs are repeated under further ids until there are enough of them."""

    def __init__(self, pay_runs: int) -> None:
        super().__init__(FirmOptions(workers=WORKERS))
        self._pay_runs = pay_runs

    def periods(self, company_id: str) -> tuple[PeriodFacts, ...]:
        """So many processed periods, in order of check date."""
        regular = [one for one in super().periods(company_id) if one.status == "COMPLETED" and one.interval_code]
        plain = [one for one in regular if not self._has_void(company_id, one.pay_period_id)]
        places = [divmod(number, len(plain)) for number in range(self._pay_runs)]
        copies = [replace(plain[at], pay_period_id=f"{plain[at].pay_period_id}{copy:02d}") for copy, at in places]
        return tuple(sorted(copies, key=lambda one: (one.check_date, one.pay_period_id)))

    def _has_void(self, company_id: str, pay_period_id: str) -> bool:
        return any(check.net_cents < 0 for check in super().checks(company_id, pay_period_id))

    def check_count(self, company_id: str, pay_period_id: str) -> int:
        """As many as the period that it repeats has."""
        return super().check_count(company_id, pay_period_id[:-2])

    def checks(self, company_id: str, pay_period_id: str) -> Iterator[CheckFacts]:
        """The checks of the period that it repeats, under ids of their own."""
        copy = pay_period_id[-2:]
        for check in super().checks(company_id, pay_period_id[:-2]):
            yield replace(check, pay_period_id=pay_period_id, paycheck_id=f"{check.paycheck_id}{copy}")


@contextmanager
def deployment(folder: Path, pay_runs: int, batch: int, variables: Mapping[str, str] | None = None) -> Iterator[House]:
    """A deployment with a refreshed connection that has so many pay runs, nothing posted; `variables` go first."""
    with ExitStack() as stack:
        options = SandboxOptions(folder / "sandbox.db", workers=WORKERS)
        root = stack.enter_context(running_sandbox(options, firm=ManyRuns(pay_runs)))
        stack.enter_context(environment(folder, int(root.rpartition(":")[2])))
        os.environ |= {"CONNECTOR_BATCH_PAY_RUNS": str(batch), **(variables or {})}
        settings = load_settings()
        prepare_connections(settings, root)
        prepare_dagster_home(settings)
        house = House(root, folder, settings, stack.enter_context(DagsterInstance.get()))
        refreshed = house.refresh(LLC)
        assert refreshed.succeeded, refreshed.problem
        yield house


@dataclass(frozen=True)
class Figures:
    """How many runs a policy took for how many partitions, and how long."""

    policy: str
    partitions: int
    runs: int
    wall_s: float

    @property
    def each_s(self) -> float:
        """Seconds per partition."""
        return self.wall_s / self.partitions

    def row(self, empty_s: float) -> str:
        """A line of the table."""
        counted = f"{self.policy:<24} {self.partitions:>10} {self.runs:>6}"
        return f"{counted} {self.wall_s:>9.1f} {self.each_s:>12.2f} {self.each_s / empty_s:>12.2f}"


def ended(dagster: Dagster, backfill_id: str, policy: str, partitions: int) -> Figures:
    """Wait for a backfill, and read its runs."""
    instance = dagster.instance

    def is_over() -> bool:
        found = instance.get_backfill(backfill_id)
        return found is not None and found.status in BULK_ACTION_TERMINAL_STATUSES

    wait_until(f"backfill {policy}", is_over, LIMIT_S)
    records = instance.get_run_records(filters=RunsFilter(tags={BACKFILL_ID_TAG: backfill_id}))
    assert {one.dagster_run.status for one in records} == {DagsterRunStatus.SUCCESS}, policy
    first_s = min(one.create_timestamp.timestamp() for one in records)
    return Figures(policy, partitions, len(records), max(one.end_time or 0 for one in records) - first_s)


def pay_runs(count: int, batch: int, policy: str) -> Iterator[Figures]:
    """Post so many pay runs, `batch` of them in a run; all in one run are carried twice, as after a worker's death."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        house = stack.enter_context(deployment(Path(folder), count, batch))
        dagster = stack.enter_context(dagster_of(house, "daemon"))
        missing = missing_partitions(house.instance, LLC, PAY_RUNS)
        assert len(missing) == count
        definitions, connection = house.definitions(), house.connection(LLC)
        key = start_backfill(house.instance, definitions, connection, PAY_RUNS, missing, person="bench")
        figures = ended(dagster, key, policy, count)
        journals = house.journals()
        assert len(journals) == count
        yield figures
        if batch < count:
            return
        key = start_backfill(house.instance, definitions, connection, PAY_RUNS, missing, person="bench")
        yield ended(dagster, key, "all again, found posted", count)
        assert house.journals() == journals


def empty(count: int) -> Figures:
    """Run a step that does nothing, in a run of its own each time, one after the other."""
    with tempfile.TemporaryDirectory() as folder, deployment(Path(folder), 1, 1) as house:
        workspace = Path(folder) / "workspace.yaml"
        workspace.write_text(f"load_from:\n  - python_file: {empty_run.__file__}\n", encoding="utf-8")
        with dagster_of(house, "daemon", workspace=workspace) as dagster:
            backfill = PartitionBackfill.from_asset_partitions(
                backfill_id="empty",
                asset_graph=empty_run.defs.resolve_asset_graph(),
                partition_names=[str(number) for number in range(count)],
                asset_selection=[AssetKey("nothing")],
                backfill_timestamp=time.time(),
                tags={},
                dynamic_partitions_store=house.instance,
                all_partitions=False,
                title=None,
                description=None,
                run_config=None,
            )
            know_pool(house.instance, empty_run.POOL)
            house.instance.add_backfill(backfill)
            return ended(dagster, "empty", "empty Dagster run", count)


def main(counts: list[int]) -> None:
    """Measure every policy for every number of pay runs."""
    floor = empty(EMPTY_RUNS)
    print(f"{'policy':<24} {'pay runs':>10} {'runs':>6} {'wall s':>9} {'s each':>12} {'empty runs':>12}")
    print(floor.row(floor.each_s), flush=True)
    for count in counts:
        batches = {f"batches of {size}": size for size in BATCHES if size < count}
        policies = {"all in one run": count, **batches, "one run for each": 1}
        for policy, size in policies.items():
            if count > size * MOST_RUNS:
                continue
            for figures in pay_runs(count, size, policy):
                print(figures.row(floor.each_s), flush=True)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [26])
