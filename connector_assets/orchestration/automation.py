"""Jobs, schedules and sensors as flows share them: named after the connection, off until somebody starts them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from dagster import (
    AssetSelection,
    DagsterInstance,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from connector_assets.connections import Carried, Connection
from connector_assets.deployment import Deployment
from connector_assets.orchestration.gate import Requirement, read_evidence, renewed_at, why_closed
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.partitions import backfill_under_way, partitions_name
from connector_assets.orchestration.resources import RecordsResource
from connector_assets.orchestration.runs import neighbours, range_tags
from connector_assets.records.database import utc_now

SENSOR_INTERVAL_S = 60
SHOWN = 5
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


def document_selection(names: ConnectionNames, assets: Sequence[str]) -> AssetSelection:
    """The assets of a document, for the job that carries it.

    Their checks are evaluated all the same (orchestration/evaluations.py); were they selected, Dagster would write for
    each that it is planned, which takes longer than all of their verdicts.
    """
    return AssetSelection.assets(*map(names.own, assets)).without_checks()


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


@dataclass(frozen=True)
class Waiting:
    """What a sensor of documents goes by: which documents there are and, of each, what it waits for.

    `what` names the documents in a word or two. `due` answers the ones to be carried again, each with a token that is
    another once the reason is; `token` is another once what holds up any of them may have changed; `listed` are those
    of which the source has said enough, where the partitions alone do not tell.
    """

    what: str
    due: Callable[[Deployment, Connection], Mapping[str, str]]
    token: Callable[[Deployment, str], str]
    listed: Callable[[Deployment, str], AbstractSet[str]] | None = None


def documents_sensor(
    names: ConnectionNames,
    carried: Carried,
    job: UnresolvedAssetJobDefinition,
    requirements: Sequence[Requirement],
    waiting: Waiting,
) -> SensorDefinition:
    """A sensor that asks for each document that is not finished, or that is due again: one run for all neighbours.

    A run costs a process, whatever it carries. The cursor keeps what each unfinished document was asked for with, so
    that it is asked for once, and again when that has changed: when there is a new version of the mapping, another
    state or content, or when everything that a post rests on has been read anew. Dagster's run keys could not do that:
    a key made of many documents is another as soon as one of them is finished, and none is ever taken twice.
    """
    connection, what = names.connection, waiting.what

    @sensor(
        name=f"{connection.name}_new_{what.replace(' ', '_')}",
        job=job,
        minimum_interval_seconds=SENSOR_INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description=f"Asks for a run of all {what} that have been found and are not finished, changed since, were "
        "approved, or whose outcome is unknown: one run for neighbours. What could not be finished is asked for again "
        "once the mapping or its own state is another, or all dimensions were read anew. The posting ledger keeps it "
        "from being sent twice.",
        tags=names.tags,
    )
    def new_documents(context: SensorEvaluationContext, records: RecordsResource) -> list[RunRequest] | SkipReason:
        home, instance = records.open(), context.instance
        known = list(instance.get_dynamic_partitions(partitions_name(connection.name, carried.partition_kind)))
        done = instance.get_materialized_partitions(names.own(carried.done_asset))
        again = waiting.due(home, connection)
        listed = waiting.listed(home, connection.name) if waiting.listed else set(known)
        waits = [key for key in known if key in again or (key in listed and key not in done)]
        if not waits:
            unlisted = len(set(known) - listed - done)
            return SkipReason(_nothing_waits(names, what, len(known), unlisted))
        evidence = read_evidence(instance, requirements)
        now_s, limit_hours = utc_now().timestamp(), connection.freshness_hours
        if reasons := why_closed(evidence, now_s=now_s, limit_hours=limit_hours):
            return SkipReason(f"{len(waits)} {what} wait, the gate is closed: {reasons}")
        if at_work := under_way(instance, connection.name, job.name, carried.done_asset):
            return SkipReason(f"{len(waits)} {what} are not finished, {at_work} is at work; the rest comes after it.")
        common = f"{waiting.token(home, connection.name)}/{renewed_at(evidence)}"
        tokens = {key: digest_of(f"{common}/{again.get(key, '')}") for key in waits}
        asked = json.loads(context.cursor or "{}")
        wanted = {key for key in waits if asked.get(key) != tokens[key]}
        if not wanted:
            return SkipReason(_tried(what, waits))
        context.update_cursor(json.dumps(tokens))
        return [_request(batch) for batch in neighbours(known, wanted, home.settings.batch_pay_runs)]

    return new_documents


def under_way(instance: DagsterInstance, connection: str, job: str, asset: str) -> str:
    """The run or the backfill that carries documents of a connection now; empty where there is none.

    A run whose worker died counts until run retries have started it again: nothing that is asked for then overtakes it.
    """
    if backfill := backfill_under_way(instance, connection, asset):
        return f"backfill {backfill.backfill_id}"
    unfinished = instance.get_runs(filters=RunsFilter(job_name=job, statuses=NOT_FINISHED_STATUSES), limit=1)
    newest = instance.get_runs(filters=RunsFilter(job_name=job), limit=1)
    at_work = [*unfinished, *(run for run in newest if run.is_complete_and_waiting_to_retry)]
    return f"run {at_work[0].run_id[:8]}" if at_work else ""


def digest_of(text: str) -> str:
    """A text as a short word for a cursor."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _request(batch: Sequence[str]) -> RunRequest:
    return RunRequest(partition_key=batch[0]) if len(batch) == 1 else RunRequest(tags=range_tags(batch))


def _nothing_waits(names: ConnectionNames, what: str, known: int, unlisted: int) -> str:
    if unlisted:
        return f"{unlisted} {what} wait until {names.connection.name}_refresh has read what the source says of them."
    return f"All {known} {what} of {names.connection.name} are reconciled."


def _tried(what: str, waits: Sequence[str]) -> str:
    shown = ", ".join(waits[:SHOWN]) + (f" and {len(waits) - SHOWN} more" if len(waits) > SHOWN else "")
    return (
        f"{len(waits)} {what} were tried and are not finished: {shown}. They are asked for again once the mapping or "
        "their state is another, or all dimensions were read anew; `connector status` says what each waits for."
    )


def mapping_token(home: Deployment, connection: str) -> str:
    """Changes with each mapping version."""
    return str(len(home.mappings.versions(connection)))
