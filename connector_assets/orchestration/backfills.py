"""One backfill for everything that is missing: handed to the daemon, watched from here, resumed by asking again.

The daemon cuts it into runs of neighbouring partitions; the connection's pool lets one of them run at a time, in the
order in which they were asked for, which is the order of check dates. A daemon, a worker or this process that dies
loses nothing: what is done is recorded by partition, and the rest is asked for again.
"""

import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dagster import (
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    JsonMetadataValue,
    RunsFilter,
)
from dagster._core.execution.backfill import (
    BULK_ACTION_TERMINAL_STATUSES,
    BulkActionStatus,
    PartitionBackfill,
)
from dagster._core.storage.tags import BACKFILL_ID_TAG
from dagster._daemon.controller import get_daemon_statuses
from dagster._daemon.daemon import BackfillDaemon

from connector_assets.connections import Carried, Connection
from connector_assets.orchestration.partitions import partitions_name
from connector_assets.orchestration.runs import PERSON_TAG, know_pool
from connector_assets.orchestration.stages import NOT_FINISHED
from connector_assets.settings import ConfigError

CONNECTION_TAG = "connector/connection"


@dataclass(frozen=True)
class BackfillView:
    """Where a backfill stands: how many partitions are finished, and at its end why the others are not."""

    status: BulkActionStatus
    is_over: bool
    done: int
    problems: dict[str, str]

    @property
    def succeeded(self) -> bool:
        """Whether everything was finished."""
        return self.status == BulkActionStatus.COMPLETED_SUCCESS


def require_daemon(instance: DagsterInstance) -> None:
    """Raise ConfigError when nobody is there to carry a backfill out."""
    kind = BackfillDaemon.daemon_type()
    if not get_daemon_statuses(instance, [kind])[kind].healthy:
        raise ConfigError(
            f"No Dagster daemon is at work on {instance.root_directory}.",
            fix="Start one (`connector dev`, or `dagster-daemon run`), or run `connector sync` without --backfill.",
        )


def missing_partitions(
    instance: DagsterInstance, connection: str, carried: Carried, again: Collection[str] = ()
) -> list[str]:
    """The partitions that are not finished, and those to be carried again, in the order of their dates."""
    done = instance.get_materialized_partitions(AssetKey([connection, carried.done_asset])) - set(again)
    known = instance.get_dynamic_partitions(partitions_name(connection, carried.partition_kind))
    return sorted(key for key in known if key not in done)


def partitioned_assets(definitions: Definitions, connection: str, carried: Carried) -> list[AssetKey]:
    """The assets that have one partition for each document of this kind."""
    graph, name = definitions.resolve_asset_graph(), partitions_name(connection, carried.partition_kind)
    keys = graph.materializable_asset_keys
    return sorted(key for key in keys if getattr(graph.get(key).partitions_def, "name", None) == name)


def start_backfill(
    instance: DagsterInstance,
    definitions: Definitions,
    connection: Connection,
    carried: Carried,
    partitions: Sequence[str],
    *,
    person: str,
) -> str:
    """Hand a backfill of all partitioned assets over these partitions to the daemon; answers its id."""
    know_pool(instance, connection.pool)
    what = carried.partition_kind.replace("_", " ")
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id=uuid.uuid4().hex[:8],
        asset_graph=definitions.resolve_asset_graph(),
        partition_names=partitions,
        asset_selection=partitioned_assets(definitions, connection.name, carried),
        backfill_timestamp=time.time(),
        tags={CONNECTION_TAG: connection.name, PERSON_TAG: person},
        dynamic_partitions_store=instance,
        all_partitions=False,
        title=f"{connection.name}: {len(partitions)} {what}",
        description=f"Everything that was missing from {partitions[0]} to {partitions[-1]}.",
        run_config=None,
    )
    instance.add_backfill(backfill)
    return backfill.backfill_id


def view_backfill(
    instance: DagsterInstance, connection: str, carried: Carried, backfill_id: str, partitions: Sequence[str]
) -> BackfillView:
    """Where a backfill over `partitions` stands. Raises ConfigError when somebody has deleted it."""
    backfill = instance.get_backfill(backfill_id)
    if backfill is None:
        raise ConfigError(f"Backfill {backfill_id} is gone.", fix="Run the command again.")
    done = instance.get_materialized_partitions(AssetKey([connection, carried.done_asset]))
    is_over = backfill.status in BULK_ACTION_TERMINAL_STATUSES
    return BackfillView(
        status=backfill.status,
        is_over=is_over,
        done=len(done & set(partitions)),
        problems=problems_of(instance, backfill_id) if is_over else {},
    )


def problems_of(instance: DagsterInstance, backfill_id: str) -> dict[str, str]:
    """Why partitions could not be finished, as the failed runs of a backfill tell."""
    found: dict[str, str] = {}
    wanted = RunsFilter(tags={BACKFILL_ID_TAG: backfill_id}, statuses=[DagsterRunStatus.FAILURE])
    for run in instance.get_runs(filters=wanted, ascending=True):
        for record in instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE):
            failure = record.dagster_event.step_failure_data.user_failure_data if record.dagster_event else None
            named = failure.metadata.get(NOT_FINISHED) if failure else None
            told = named.value if isinstance(named, JsonMetadataValue) else None
            found.update(told if isinstance(told, dict) else {f"run {run.run_id[:8]}": "failed: look at its log"})
    return found
