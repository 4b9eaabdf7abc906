"""Partition keys: one dynamic partition per pay run (or other source document) and connection.

Dagster checks nothing in a key, so this module does: letters, digits, `-`, `_`, `:` and `.` only, the ISO date first,
so that the order of the UI is the order of time.
"""

import re
from datetime import date

from dagster import DagsterInstance, DynamicPartitionsDefinition, RunsFilter
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus, PartitionBackfill
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_START_TAG

CONNECTION_TAG = "connection"
"""The tag by which assets, jobs and runs name their connection."""
KEY_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}_[A-Za-z0-9_:.-]{1,80}")


def partitions_name(connection: str, kind: str) -> str:
    """The name of a connection's partitions in the instance, for example `acme_pay_runs`."""
    return f"{connection}_{kind}"


def partitions(connection: str, kind: str) -> DynamicPartitionsDefinition:
    """The dynamic partitions of one connection and kind of source document."""
    return DynamicPartitionsDefinition(name=partitions_name(connection, kind))


def partition_key(document_date: date, source_id: str) -> str:
    """The key of a source document. Raises ValueError when its id holds a character that a key must not have."""
    key = f"{document_date.isoformat()}_{source_id}"
    if not KEY_PATTERN.fullmatch(key):
        raise ValueError(f"{source_id!r} cannot be part of a partition key: letters, digits and - _ : . only")
    return key


def add_missing(instance: DagsterInstance, connection: str, kind: str, keys: list[str]) -> list[str]:
    """Add the keys that the instance does not have yet; answers the ones added.

    Dagster keeps keys in the order of their arrival, cuts backfills along it and shows it. A key that comes late
    therefore sends those after it to the end again, so that the order stays that of the dates; what is known of a
    partition hangs on its key and stays. Not while a backfill or a run over a range is under way, which would miss the
    keys for a moment: then the next discovery does it.
    """
    name = partitions_name(connection, kind)
    known = list(instance.get_dynamic_partitions(name))
    added = sorted(set(keys) - set(known))
    wanted = sorted({*known, *added})
    same = next(
        (place for place, (one, other) in enumerate(zip(known, wanted, strict=False)) if one != other), len(known)
    )
    if (
        same < len(known)
        and not backfill_under_way(instance, connection)
        and not _range_under_way(instance, connection)
    ):
        for key in known[same:]:
            instance.delete_dynamic_partition(name, key)
        instance.add_dynamic_partitions(name, wanted[same:])
    elif added:
        instance.add_dynamic_partitions(name, added)
    return added


def _range_under_way(instance: DagsterInstance, connection: str) -> bool:
    wanted = RunsFilter(tags={CONNECTION_TAG: connection}, statuses=NOT_FINISHED_STATUSES)
    return any(ASSET_PARTITION_RANGE_START_TAG in run.tags for run in instance.get_runs(filters=wanted))


def backfill_under_way(instance: DagsterInstance, connection: str, *asset: str) -> PartitionBackfill | None:
    """A backfill of this connection, or of one asset of it, that is under way, whoever has started it; else None."""
    prefix = [connection, *asset]
    found = instance.get_backfills(filters=BulkActionsFilter(statuses=[BulkActionStatus.REQUESTED]))
    for one in found:
        if any(list(key.path[: len(prefix)]) == prefix for key in one.asset_selection or ()):
            return one
    return None
