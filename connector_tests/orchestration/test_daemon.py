"""The gate, backfills and recovery in a deployment as its users have it: webserver, daemon, workers, all real.

One deployment serves every test of this file, for it takes its time to start; each could do with one of its own.
CONNECTOR_TEST_BACKFILL_FROM=2025-01-01 has it carry a whole year of pay runs instead of a month.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from dagster import AssetKey, DagsterEventType, DagsterRunStatus, RunsFilter
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.storage.tags import BACKFILL_ID_TAG, RETRY_NUMBER_TAG

from connector_assets.connections import Carried
from connector_assets.orchestration.backfills import missing_partitions, problems_of, start_backfill
from connector_tests.cli_runner import failing, succeeding
from connector_tests.flows.house import LLC, TO_THE_JOURNAL, House, copied
from connector_tests.orchestration import ui
from connector_tests.orchestration.processes import Dagster, dagster_of, wait_until

FROM = os.environ.get("CONNECTOR_TEST_BACKFILL_FROM", "2025-12-10")
DEPARTMENTS = AssetKey([LLC, "intacct", "departments"])
PAY_RUNS = Carried("pay_runs", "reconciliation", "post")
SENSOR = f"{LLC}_new_pay_runs"
GATE = f"The gate is closed: {DEPARTMENTS.to_user_string()} has never been materialized. Materialize "


@pytest.fixture(scope="module")
def dagster() -> Iterator[Dagster]:
    """Daemon and webserver on a month of pay runs."""
    with copied() as house:
        house.only_from(FROM, LLC)
        house.renew(LLC, "pay_calendar")
        with dagster_of(house, "daemon", "webserver") as made:
            wait_until("the UI", lambda: ui.location_loaded(made))
            yield made


def ended(dagster: Dagster, run_id: str) -> DagsterRunStatus:
    """How a run ended."""

    def status() -> DagsterRunStatus:
        run = dagster.instance.get_run_by_id(run_id)
        assert run
        return run.status

    wait_until(f"the end of run {run_id}", lambda: status() in {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE})
    return status()


def words(dagster: Dagster, run_id: str) -> str:
    """What the steps of a run failed with."""
    failures = dagster.instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE)
    return " ".join(
        str(one.dagster_event.step_failure_data.error_display_string) for one in failures if one.dagster_event
    )


def backfill_ended(dagster: Dagster, backfill_id: str) -> BulkActionStatus:
    """How a backfill ended."""

    def status() -> BulkActionStatus:
        found = dagster.instance.get_backfill(backfill_id)
        assert found
        return found.status

    wait_until(f"the end of backfill {backfill_id}", lambda: status() is not BulkActionStatus.REQUESTED)
    return status()


def test_a_post_alone_is_stopped_however_it_is_started(dagster: Dagster) -> None:
    """No snapshot of the departments: the post materialized in the UI, backfilled there, asked for by the sensor."""
    house, first = dagster.house, dagster.house.partitions(LLC)[0]
    built = house.materialize(LLC, TO_THE_JOURNAL, first)
    assert built.success
    dagster.instance.wipe_assets([DEPARTMENTS])

    run_id = ui.materialize(dagster, LLC, "gl_post", first)
    assert ended(dagster, run_id) is DagsterRunStatus.FAILURE
    assert GATE in words(dagster, run_id)

    backfill_id = ui.backfill(dagster, LLC, ["gl_post"], [first])
    assert backfill_ended(dagster, backfill_id) is BulkActionStatus.COMPLETED_FAILED
    assert GATE in problems_of(dagster.instance, backfill_id)[first]

    sensor_id = ui.start_sensor(dagster, SENSOR)
    wait_until("a tick of the sensor", lambda: any(tick["skipReason"] for tick in ui.ticks(dagster, SENSOR)))
    dagster.ask(ui.STOP_SENSOR, id=sensor_id)
    (tick, *_) = ui.ticks(dagster, SENSOR)
    assert tick["runIds"] == []
    assert f"the gate is closed: {DEPARTMENTS.to_user_string()} has never been materialized" in tick["skipReason"]
    assert house.journals() == []


@pytest.mark.thorough
def test_one_command_posts_what_is_missing_whatever_is_killed_meanwhile(dagster: Dagster) -> None:
    """Workers, daemon and webserver die by kill -9 in the middle of it, and one pay run is refused by the ledger."""
    house, instance = dagster.house, dagster.instance
    wait_until("an empty queue", lambda: not instance.get_runs(filters=RunsFilter(statuses=UNFINISHED)))
    house.renew(LLC, "intacct/departments", "dimension_alignment")
    missing = missing_partitions(instance, LLC, PAY_RUNS)
    bad = missing[1]
    house.fault("intacct", "invalid_request", {"operation": "create", "body": bad.partition("_")[2]}, times=0)
    backfill_id = start_backfill(
        instance, house.definitions(), house.connection(LLC), PAY_RUNS, missing, person="tests"
    )

    wait_until("the first journal", house.journals)
    killed = dagster.kill_worker()
    wait_until("a retry of the killed worker's run", lambda: retries(dagster, backfill_id))
    dagster.kill("webserver", group=True)
    dagster.kill_worker()
    dagster.kill("daemon", group=True)  # its code server and the workers under it die as well
    dagster.start("daemon", "webserver")
    watched = failing("sync", LLC, "--backfill")  # finds the backfill and watches it to its end
    assert f"backfill {backfill_id} is under way" in watched
    unfinished = {key for key in missing if f"{LLC} {key}: " in watched}
    assert bad in unfinished
    assert len(unfinished) <= 2, watched  # and the one that was being sent, which belongs to its sender for a while
    assert killed in {run.run_id for run in instance.get_runs(filters=RunsFilter(statuses=[DagsterRunStatus.FAILURE]))}
    dates = [one["date"] for one in house.journals()]
    assert len(dates) == len(missing) - 1
    assert dates == sorted(dates)

    house.no_faults()
    let_leases_run_out(house)
    assert "is asked for" in succeeding("sync", LLC, "--backfill")
    posted = [str(one["reference"]) for one in house.journals()]
    assert len(posted) == len(set(posted)) == len(missing)
    assert all(row.reconciled for row in house.status(LLC).values())
    wait_until("the UI", lambda: ui.location_loaded(dagster))


def let_leases_run_out(house: House) -> None:
    """Let the ten minutes pass for which a journal belongs to the sender that was killed."""
    with closing(sqlite3.connect(house.settings.home / "records.db")) as db:
        db.execute("UPDATE posting SET lease_until = '2025-01-01 00:00:00.000000' WHERE lease_until IS NOT NULL")
        db.commit()


UNFINISHED = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.NOT_STARTED,
)


def retries(dagster: Dagster, backfill_id: str) -> bool:
    """Whether a run of the backfill has been started again."""
    runs = dagster.instance.get_runs(filters=RunsFilter(tags={BACKFILL_ID_TAG: backfill_id}))
    return any(RETRY_NUMBER_TAG in run.tags for run in runs)
