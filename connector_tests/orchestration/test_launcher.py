"""Whether a run's worker is alive, and whose turn it is: what a command waits for, and what it does not wait for."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, Definitions, in_process_executor
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import PRIORITY_TAG
from dagster._core.test_utils import instance_for_test

from connector_assets.orchestration.launcher import HOST_TAG, WatchedRunLauncher
from connector_assets.orchestration.runs import turn, wait_for_turn
from connector_tests.bench.empty_run import POOL, nothing

LAUNCHER = {"module": WatchedRunLauncher.__module__, "class": WatchedRunLauncher.__name__}


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with instance_for_test(overrides={"run_launcher": LAUNCHER}) as made:
        yield made


def started(instance: DagsterInstance, process_id: int, host: str) -> DagsterRun:
    """A run that somebody has started in a process of their own."""
    job = Definitions(assets=[nothing], executor=in_process_executor).resolve_implicit_global_asset_job_def()
    tags = {HOST_TAG: host, "dagster/partition": "1"}
    run = instance.create_run_for_job(job, status=DagsterRunStatus.STARTED, tags=tags)
    instance.report_engine_event("carries it", run, EngineEventData.in_process(process_id))
    return run


def ended_process() -> int:
    """The id of a process that is gone."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def status(instance: DagsterInstance, run: DagsterRun) -> DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found.status


def test_a_run_whose_process_is_gone_is_not_waited_for_and_counts_as_failed(instance: DagsterInstance) -> None:
    run = started(instance, ended_process(), socket.gethostname())
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.NOT_FOUND
    wait_for_turn(instance, POOL, told=pytest.fail, sleep=lambda _: pytest.fail("it waited"))
    assert status(instance, run) is DagsterRunStatus.FAILURE


def test_a_run_that_is_alive_is_waited_for_and_named_once(instance: DagsterInstance) -> None:
    run = started(instance, os.getpid(), socket.gethostname())
    told: list[str] = []
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            instance.report_run_canceled(run)

    wait_for_turn(instance, POOL, told.append, sleep)
    assert told == [f"waits for run {run.run_id[:8]}, which is at work on the same ledger company"]
    assert len(naps) == 3


def test_what_runs_on_another_machine_counts_as_alive(instance: DagsterInstance) -> None:
    run = started(instance, ended_process(), "another-host")
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING


def test_another_pool_is_not_waited_for(instance: DagsterInstance) -> None:
    started(instance, os.getpid(), socket.gethostname())
    wait_for_turn(instance, "intacct_acme", told=pytest.fail)
    assert PRIORITY_TAG not in instance.get_runs()[0].tags


def test_of_two_commands_that_begin_at_once_one_waits_for_the_other(instance: DagsterInstance, tmp_path: Path) -> None:
    """Neither has a run yet that the other could see: both would post, and each would trip over the other's half."""
    waits, order = Event(), list[str]()

    def second() -> None:
        def told(why: str) -> None:
            order.append(why)
            waits.set()

        with turn(tmp_path / "locks", instance, POOL, told):
            order.append("second")

    thread = Thread(target=second)
    with turn(tmp_path / "locks", instance, POOL, told=pytest.fail):
        thread.start()
        assert waits.wait(30)
        with turn(tmp_path / "locks", instance, "intacct/acme", told=pytest.fail):
            order.append("another pool")
        order.append("first")
    thread.join()
    assert order == [
        "waits for another command, which is at work on the same ledger company",
        *("another pool", "first", "second"),
    ]
