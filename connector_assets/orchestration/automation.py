"""Jobs, schedules and sensors as flows share them: named after the connection, off until somebody starts them."""

from collections.abc import Callable, Mapping, Sequence

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.connections import Carried, Connection
from connector_assets.deployment import Deployment, open_deployment
from connector_assets.orchestration.gate import Requirement, why_closed
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.partitions import partitions_name
from connector_assets.records.database import utc_now

SENSOR_INTERVAL_S = 120
Jobs = dict[str, UnresolvedAssetJobDefinition]
"""A connection's jobs by their part of the name: `refresh` for `acme_refresh`."""


def described_jobs(names: ConnectionNames, described: Mapping[str, tuple[AssetSelection, str]]) -> Jobs:
    """A job for each part: what it materializes, and what that is for."""
    return {
        part: define_asset_job(
            f"{names.connection.name}_{part}",
            selection=selection,
            description=description,
            tags=names.tags,
            executor_def=in_process_executor,
        )
        for part, (selection, description) in described.items()
    }


def cron_schedules(names: ConnectionNames, made: Jobs, crons: Mapping[str, str]) -> list[ScheduleDefinition]:
    """A schedule for each job that has a cron expression (UTC), with the job's own description."""
    return [
        ScheduleDefinition(
            name=f"{names.connection.name}_{part}_schedule",
            job=made[part],
            cron_schedule=cron,
            default_status=DefaultScheduleStatus.STOPPED,
            description=made[part].description,
            tags=names.tags,
        )
        for part, cron in crons.items()
        if part in made
    ]


def documents_sensor(
    names: ConnectionNames,
    carried: Carried,
    job: UnresolvedAssetJobDefinition,
    requirements: Sequence[Requirement],
    *,
    what: str,
    due: Callable[[Deployment, Connection], Mapping[str, str]],
    token: Callable[[Deployment, str], str],
) -> SensorDefinition:
    """A sensor that asks for a run of each document that is not finished, or that is `due` again.

    `what` names the documents in a word or two; `token` is another once what a held one waits for may have changed.
    While the gate is closed it asks for none: a run would only fail on it, and Dagster starts none twice for one key.
    """
    connection = names.connection

    @sensor(
        name=f"{connection.name}_new_{what.replace(' ', '_')}",
        job=job,
        minimum_interval_seconds=SENSOR_INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description=f"Asks for a run of all {what} that have been found and are not finished, or changed since; of one "
        "that is held, again when what it waits for may have changed. The posting ledger, not the run key, keeps it "
        "from being sent twice.",
    )
    def waiting(context: SensorEvaluationContext) -> list[RunRequest] | SkipReason:
        home = open_deployment()
        known = context.instance.get_dynamic_partitions(partitions_name(connection.name, carried.partition_kind))
        done = context.instance.get_materialized_partitions(names.own(carried.done_asset))
        again = due(home, connection)
        waits = [key for key in known if key not in done or key in again]
        if not waits:
            return SkipReason(f"All {len(known)} {what} of {connection.name} are reconciled.")
        now_s, limit_hours = utc_now().timestamp(), connection.freshness_hours
        if reasons := why_closed(context.instance, requirements, now_s=now_s, limit_hours=limit_hours):
            return SkipReason(f"{len(waits)} {what} wait, the gate is closed: {reasons}")
        version = token(home, connection.name)
        return [RunRequest(run_key=f"{key}/{version}/{again.get(key, '')}", partition_key=key) for key in waits]

    return waiting


def mapping_token(home: Deployment, connection: str) -> str:
    """Changes with each mapping version."""
    return str(len(home.mappings.versions(connection)))
