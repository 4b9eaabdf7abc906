"""The gate, backfills and recovery in a deployment as its users have it: webserver, daemon, workers, all real.

One deployment serves every test of this file, for it takes its time to start; each could do with one of its own.
CONNECTOR_TEST_BACKFILL_FROM=2025-01-01 has it carry a whole year of pay runs instead of a month.
"""

import functools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from dagster import AssetKey, DagsterEventType, DagsterRunStatus, RunsFilter
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.scheduler.instigation import InstigatorType, ScheduleInstigatorData
from dagster._core.storage.tags import BACKFILL_ID_TAG, RETRY_NUMBER_TAG

from connector_assets.connections import Carried
from connector_assets.orchestration.backfills import missing_partitions, problems_of, start_backfill
from connector_tests.cli_runner import failing, succeeding
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, TO_THE_JOURNAL, House, copied
from connector_tests.orchestration import ui
from connector_tests.orchestration.processes import Dagster, dagster_of, wait_until
from connector_tests.webhooks.conftest import notification

SCHEDULED = """
from dagster import Definitions, RunRequest, schedule
from connector_assets import definitions

@schedule(job_name="{job}", cron_schedule="* * * * *", name="{name}")
def post():
    return RunRequest(partition_key="{partition}")

defs = Definitions.merge(definitions.defs, Definitions(schedules=[post]))
"""
"""Our code location with a schedule beside it that somebody has added: the post of a pay run, every minute."""
WORKSPACE = """
load_from:
  - python_file: {{relative_path: {path}, location_name: connector}}
"""
BY_SCHEDULE = f"{LLC}_post_every_minute"
FROM = os.environ.get("CONNECTOR_TEST_BACKFILL_FROM", "2025-12-10")
DEPARTMENTS = AssetKey([LLC, "intacct", "departments"])
PAY_RUNS = Carried("pay_runs", "reconciliation", "post")
SENSOR = f"{LLC}_new_pay_runs"
GATE = f"The gate is closed: {DEPARTMENTS.to_user_string()} has never been materialized. Materialize "


@pytest.fixture(scope="module")
def dagster() -> Iterator[Dagster]:
    """Daemon and webserver on a month of pay runs."""
    with copied() as house:
        house.only_from(FROM, LLC, NJ)
        for connection in (LLC, NJ):
            house.renew(connection, "pay_calendar")
        code, workspace = house.folder / "scheduled.py", house.folder / "workspace.yaml"
        first = house.partitions(LLC)[0]
        code.write_text(SCHEDULED.format(job=f"{LLC}_post", name=BY_SCHEDULE, partition=first), encoding="utf-8")
        workspace.write_text(WORKSPACE.format(path=code.name), encoding="utf-8")
        with dagster_of(house, "daemon", "webserver", workspace=workspace) as made:
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
    """No snapshot of the departments: the post materialized and backfilled in the UI, by a schedule, by the sensor."""
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

    schedule_id = ui.start_schedule(dagster, BY_SCHEDULE)
    a_minute_passes(dagster)
    wait_until("a run of the schedule", lambda: asked_for_by(dagster, "dagster/schedule_name", BY_SCHEDULE))
    dagster.ask(ui.STOP_SCHEDULE, id=schedule_id)
    scheduled = asked_for_by(dagster, "dagster/schedule_name", BY_SCHEDULE)[0]
    assert ended(dagster, scheduled) is DagsterRunStatus.FAILURE
    assert GATE in words(dagster, scheduled)

    sensor_id = ui.start_sensor(dagster, SENSOR)
    wait_until("a tick of the sensor", lambda: any(tick["skipReason"] for tick in ui.ticks(dagster, SENSOR)))
    dagster.ask(ui.STOP_SENSOR, id=sensor_id)
    (tick, *_) = ui.ticks(dagster, SENSOR)
    assert tick["runIds"] == []
    assert f"the gate is closed: {DEPARTMENTS.to_user_string()} has never been materialized" in tick["skipReason"]
    assert house.journals() == []


def a_minute_passes(dagster: Dagster) -> None:
    """Let the schedule that is on have been switched on a minute ago, so that it is due."""
    (state,) = dagster.instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    known = state.instigator_data
    assert isinstance(known, ScheduleInstigatorData)
    assert known.start_timestamp
    earlier = ScheduleInstigatorData(known.cron_schedule, start_timestamp=known.start_timestamp - 60)
    dagster.instance.update_instigator_state(state.with_data(earlier))


def asked_for_by(dagster: Dagster, tag: str, name: str) -> list[str]:
    """The runs that a schedule or a sensor has asked for."""
    return [run.run_id for run in dagster.instance.get_runs(filters=RunsFilter(tags={tag: name}))]


@pytest.mark.thorough
def test_the_sensor_has_one_run_carry_every_pay_run_that_waits(dagster: Dagster) -> None:
    """Asked for by a daemon's tick as a range of neighbours, posted in the order of check dates."""
    house, name = dagster.house, f"{NJ}_new_pay_runs"
    sensor_id, partitions = ui.start_sensor(dagster, name), house.partitions(NJ)
    wait_until("the runs of the sensor", lambda: asked_for_by(dagster, "dagster/sensor_name", name))
    (run_id,) = asked_for_by(dagster, "dagster/sensor_name", name)
    assert ended(dagster, run_id) is DagsterRunStatus.SUCCESS
    dagster.ask(ui.STOP_SENSOR, id=sensor_id)
    assert len(partitions) > 1
    assert {key: row.reconciled for key, row in house.status(NJ).items()} == dict.fromkeys(partitions, True)
    dates = [one["date"] for key in partitions for one in house.journals(key)]
    assert dates == sorted(dates)


@pytest.mark.thorough
def test_one_command_posts_what_is_missing_whatever_is_killed_meanwhile(dagster: Dagster) -> None:
    """Workers, daemon, webserver, receiver die by kill -9 in the middle, and one pay run is refused by the ledger."""
    house, instance = dagster.house, dagster.instance
    wait_until("an empty queue", lambda: not instance.get_runs(filters=RunsFilter(statuses=UNFINISHED)))
    house.renew(LLC, "intacct/departments", "dimension_alignment")
    dagster.start("receiver")
    wait_until("the receiver", lambda: dagster.notify(notification(1, companyId=COMPANY_OF[LLC])) == 200)
    missing, others = missing_partitions(instance, LLC, PAY_RUNS), house.journals()
    bad = missing[1]
    house.fault("intacct", "invalid_request", {"operation": "create", "body": bad.partition("_")[2]}, times=0)
    backfill_id = start_backfill(
        instance, house.definitions(), house.connection(LLC), PAY_RUNS, missing, person="tests"
    )

    def posted() -> list[dict[str, Any]]:
        return [one for one in house.journals() if one not in others]

    def is_in_the_middle() -> bool:
        found = instance.get_backfill(backfill_id)
        return found is not None and found.status is BulkActionStatus.REQUESTED and len(posted()) < len(missing) - 1

    wait_until("the first journal", posted)
    assert is_in_the_middle()
    dagster.kill("receiver")
    killed = dagster.kill_worker()
    assert is_in_the_middle()
    wait_until("a retry of the killed worker's run", lambda: retries(dagster, backfill_id))
    assert is_in_the_middle()
    dagster.kill("webserver", group=True)
    assert dagster.notify(notification(2, companyId=COMPANY_OF[LLC])) == 0
    dagster.kill_worker()
    assert is_in_the_middle()
    dagster.kill("daemon", group=True)  # its code server and the workers under it die as well
    assert is_in_the_middle()
    dagster.start("daemon", "webserver", "receiver")
    for number in (1, 2):  # Paychex sends again what was not answered, and may send the rest again too
        told = notification(number, companyId=COMPANY_OF[LLC])
        wait_until("the receiver", functools.partial(lambda body: dagster.notify(body) == 200, told))
    watched = failing("sync", LLC, "--backfill")  # finds the backfill and watches it to its end
    assert f"backfill {backfill_id} is under way" in watched
    unfinished = {key for key in missing if f"{LLC} {key}: " in watched}
    assert bad in unfinished
    assert len(unfinished) <= 2, watched  # and the one that was being sent, which belongs to its sender for a while
    assert killed in {run.run_id for run in instance.get_runs(filters=RunsFilter(statuses=[DagsterRunStatus.FAILURE]))}
    dates = [one["date"] for one in posted()]
    assert len(dates) == len(missing) - 1
    assert dates == sorted(dates)

    house.no_faults()
    let_leases_run_out(house)
    assert "is asked for" in succeeding("sync", LLC, "--backfill")
    references = [str(one["reference"]) for one in posted()]
    assert len(references) == len(set(references)) == len(missing)
    assert len(house.records().inbox.received("paychex")) == 2
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
