"""Headless runs: the same jobs, assets, partitions and IO that the UI uses, executed in this process."""

import getpass
import os
import shutil
import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    ExecuteInProcessResult,
    RunsFilter,
)
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from dagster_shared.error import SerializableErrorInfo
from filelock import FileLock, Timeout

from connector_assets.orchestration.launcher import ALIVE, HOST_TAG
from connector_assets.settings import Settings

INSTANCE_FILE = "dagster.yaml"
PERSON_TAG = "connector/person"
"""Who started a run from the command line: the preparer of what it plans, who cannot approve it too."""

LOOK_EVERY_S = 2.0
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended; `problem` is what stopped it, in its own words, empty when it succeeded."""

    run_id: str
    succeeded: bool
    problem: str


def prepare_dagster_home(settings: Settings) -> Path:
    """The instance's folder: DAGSTER_HOME, or one in the home folder with the project's dagster.yaml in it."""
    given = os.environ.get("DAGSTER_HOME")
    folder = Path(given) if given else settings.dagster_home
    settings.make_home()
    folder.mkdir(parents=True, exist_ok=True)
    ours = Path(__file__).parent.parent.parent / INSTANCE_FILE
    if not given and ours.is_file():
        shutil.copyfile(ours, folder / INSTANCE_FILE)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def person() -> str:
    """The user of this process, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"user {os.getuid()}"


def execute(
    definitions: Definitions, instance: DagsterInstance, job: str, partitions: Sequence[str] = ()
) -> RunOutcome:
    """Run a job, over a range of partitions where some are given: first and last name the range, as a backfill's do."""
    tags = {PERSON_TAG: person(), HOST_TAG: socket.gethostname()}
    if partitions:
        tags |= range_tags(partitions)
    definition = definitions.resolve_job_def(job)
    result = definition.execute_in_process(instance=instance, tags=tags, run_config=QUIET, raise_on_error=False)
    return RunOutcome(result.run_id, result.success, _problem(result))


def wait_for_turn(
    instance: DagsterInstance, pool: str, told: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until no run of a pool is under way: what the queue does for the runs that a daemon starts.

    `told` hears of each run that is waited for. A run whose worker is gone is marked as failed, and not waited for.
    """
    heard: set[str] = set()
    while holder := _holder(instance, pool):
        if holder not in heard:
            told(f"waits for run {holder[:8]}, which is at work on the same ledger company")
            heard.add(holder)
        sleep(LOOK_EVERY_S)


@contextmanager
def turn(
    locks: Path,
    instance: DagsterInstance,
    pool: str,
    told: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold a pool's turn for the block: `wait_for_turn`, and one command of this machine at a time.

    Two commands that begin at one moment see no run of each other. The lock, a file in `locks`, tells them apart; the
    operating system frees it when a command dies.
    """
    locks.mkdir(parents=True, exist_ok=True)
    lock = FileLock(locks / f"pool-{quote(pool, safe='')}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        told("waits for another command, which is at work on the same ledger company")
        lock.acquire()
    try:
        wait_for_turn(instance, pool, told, sleep)
        yield
    finally:
        lock.release()


def know_pool(instance: DagsterInstance, pool: str) -> None:
    """Make a pool known to the instance before its first run is queued, and leave a limit that somebody has set.

    Dagster gives a pool its default limit while it counts the first runs of it, and lets those through uncounted.
    """
    storage = instance.event_log_storage
    if pool not in {known.name for known in storage.get_pool_limits()}:
        storage.initialize_concurrency_limit_to_default(pool)


def _holder(instance: DagsterInstance, pool: str) -> str:
    for run in instance.get_runs(filters=RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING])):
        if run.run_op_concurrency is None or pool not in (run.run_op_concurrency.all_pools or ()):
            continue
        launcher = instance.run_launcher
        health = launcher.check_run_worker_health(run) if launcher.supports_check_run_worker_health else ALIVE
        if health.status == WorkerStatus.RUNNING:
            return run.run_id
        instance.report_run_failed(run, f"Its worker died: {health.msg}.")
    return ""


def _problem(result: ExecuteInProcessResult) -> str:
    """What stopped a run, in its own words: the checks that block where there are some, else the first failure."""
    checks = [f"{one.asset_key.to_user_string()}, {one.check_name}: {one.description}" for one in _blocking(result)]
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return " ".join(checks) or (words_of(failures[0].error) if failures else "")


def _blocking(result: ExecuteInProcessResult) -> list[AssetCheckEvaluation]:
    """The failed checks for which Dagster itself gives no reason; a partition's check speaks through its step."""
    found = result.get_asset_check_evaluations()
    errors = [one for one in found if not one.passed and one.severity == AssetCheckSeverity.ERROR]
    return [one for one in errors if one.blocking and one.partition is None]


def words_of(error: SerializableErrorInfo | None) -> str:
    """The message of the error that was raised, without Dagster's wrapping, its class and its stack trace."""
    while error is not None and error.cause is not None and error.message.startswith("dagster._core.errors."):
        error = error.cause
    message = error.message.strip() if error is not None else "It failed without saying why."
    return message.split(": ", 1)[-1] if message.startswith(("dagster.", "connector_assets.")) else message


def missing_ranges(
    instance: DagsterInstance, name: str, done: AssetKey, size: int, again: Collection[str] = ()
) -> Iterator[list[str]]:
    """The partitions of `name` that the asset `done` has not materialized, as runs of neighbours of at most `size`.

    Those in `again` count as not materialized.
    """
    finished = instance.get_materialized_partitions(done) - set(again)
    known = list(instance.get_dynamic_partitions(name))
    yield from neighbours(known, set(known) - finished, size)


def neighbours(order: Sequence[str], wanted: AbstractSet[str], size: int) -> Iterator[list[str]]:
    """The wanted partitions in their order, as runs of neighbours of at most `size`; nothing else is inside of one."""
    batch: list[str] = []
    for key in order:
        if key not in wanted or len(batch) == size:
            if batch:
                yield batch
            batch = []
        if key in wanted:
            batch.append(key)
    if batch:
        yield batch


def range_tags(partitions: Sequence[str]) -> dict[str, str]:
    """The tags of a run that carries neighbours: first and last name the range, as in a backfill."""
    return {ASSET_PARTITION_RANGE_START_TAG: partitions[0], ASSET_PARTITION_RANGE_END_TAG: partitions[-1]}
