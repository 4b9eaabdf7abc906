"""The sensor that looks at Paychex when the payroll calendar says so. With notifications or without, it finds all."""

from collections.abc import Callable
from datetime import UTC, datetime

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES, RunRecord

from connector_assets.flows.paychex_intacct.expected import (
    after_failure,
    calendar_from,
    next_look,
    told,
    within_freshness,
)
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.resources import RecordsResource
from connector_assets.records.database import utc_now

CALENDAR = "payroll_calendar"
"""The snapshot that the asset `pay_calendar` leaves in the records for this sensor."""
INTERVAL_S = 60


def payroll_calendar(
    names: Names,
    refresh: UnresolvedAssetJobDefinition,
    discover: UnresolvedAssetJobDefinition,
    *,
    now: Callable[[], datetime] = utc_now,
) -> SensorDefinition:
    """The sensor of one connection: `refresh` reads everything, `discover` the pay calendar alone."""
    jobs = {"refresh": refresh, "discover": discover}
    policy = within_freshness(names.connection.polling, names.connection.freshness_hours)

    @sensor(
        name=f"{names.connection.name}_payroll_calendar",
        jobs=[refresh, discover],
        minimum_interval_seconds=INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description="Looks at Paychex when the payroll calendar says so: refreshes what a post rests on before a pay "
        "run is expected, looks often until it is processed, and reads everything at times anyway.",
        tags=names.tags,
    )
    def due(context: SensorEvaluationContext, records: RecordsResource) -> RunRequest | SkipReason:
        moment, instance = now(), context.instance
        for job in jobs.values():
            if (record := _newest(instance, job.name, NOT_FINISHED_STATUSES)) is not None:
                run = record.dagster_run
                return SkipReason(f"Run {run.run_id[:8]} of {run.job_name} is looking; the next is planned after it.")
        calendar = calendar_from(records.open().snapshots.get(names.connection.name, CALENDAR))
        refreshed_at = _ended_at(_newest(instance, refresh.name, [DagsterRunStatus.SUCCESS]))
        look = next_look(calendar, refreshed_at, policy, moment)
        look = after_failure(look, _failed_at(instance, jobs[look.job].name))
        if look.at > moment:
            return SkipReason(told(look, moment))
        return RunRequest(run_key=f"{look.job} {moment:%Y-%m-%dT%H:%M:%S}", job_name=jobs[look.job].name)

    return due


def _newest(instance: DagsterInstance, job: str, statuses: list[DagsterRunStatus] | None = None) -> RunRecord | None:
    records = instance.get_run_records(RunsFilter(job_name=job, statuses=statuses), limit=1)
    return records[0] if records else None


def _ended_at(record: RunRecord | None) -> datetime | None:
    return datetime.fromtimestamp(record.end_time, UTC) if record and record.end_time else None


def _failed_at(instance: DagsterInstance, job: str) -> datetime | None:
    """When the newest run of a job ended, where it failed."""
    record = _newest(instance, job)
    return _ended_at(record) if record and not record.dagster_run.is_success else None
