"""Writing what many asset checks say of one document into Dagster's event log, all in one go.

Dagster writes each evaluation in transactions of its own, which for the fifty checks of a pay run would take longer
than carrying it. Here the same rows are written together: an event in the log of the run, and the newest state of each
check by partition. `connector_tests/orchestration/test_evaluations.py` compares both ways row by row.
"""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from dagster import AssetCheckEvaluation, AssetExecutionContext, EventLogEntry
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster_shared.serdes import serialize_value
from sqlalchemy import Connection, insert

EVALUATED = DagsterEventType.ASSET_CHECK_EVALUATION
Row = dict[str, object]


def record(context: AssetExecutionContext, evaluations: Sequence[AssetCheckEvaluation]) -> None:
    """Write the evaluations of one partition as events of the run, whether or not it was planned to make them.

    In a storage that is no SQL database they are written one by one.
    """
    entries = [_entry(context, one) for one in evaluations]
    storage = context.instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        for entry in entries:
            context.instance.handle_new_event(entry)
    elif entries:
        _write(storage, context.run.run_id, evaluations, entries)


def _entry(context: AssetExecutionContext, evaluation: AssetCheckEvaluation) -> EventLogEntry:
    outcome = "passed." if evaluation.passed else "did not pass."
    what = f"Asset check '{evaluation.check_name}' on '{evaluation.asset_key.to_user_string()}' {outcome}"
    step_key = context.get_step_execution_context().step.key
    event = DagsterEvent(
        event_type_value=EVALUATED.value,
        job_name=context.job_name,
        event_specific_data=evaluation,
        message=f"{what} Description: '{evaluation.description}'",
        step_key=step_key,
    )
    return EventLogEntry(  # type: ignore[no-untyped-call]  # Dagster annotates none of its parameters
        error_info=None,
        level=logging.DEBUG,
        user_message="",
        run_id=context.run.run_id,
        timestamp=time.time(),
        step_key=step_key,
        job_name=context.job_name,
        dagster_event=event,
    )


def _write(
    storage: SqlEventLogStorage,
    run_id: str,
    evaluations: Sequence[AssetCheckEvaluation],
    entries: Sequence[EventLogEntry],
) -> None:
    """SQLite keeps each run's events in a file of its own and repeats them in the index of all; others have one table.

    What the run had planned of these checks, or an earlier try of its step has said, is replaced.
    """
    events = [_event_row(entry) for entry in entries]
    if isinstance(storage, SqliteEventLogStorage):
        with storage.run_connection(run_id) as run:
            run.execute(insert(SqlEventLogStorageTable), events)
    with storage.index_connection() as index:
        added = insert(SqlEventLogStorageTable).returning(SqlEventLogStorageTable.c.id)
        event_ids = sorted(index.execute(added, events).scalars())
        _forget_planned(index, run_id, evaluations)
        rows = [_state_row(*told) for told in zip(evaluations, events, event_ids, strict=True)]
        index.execute(insert(AssetCheckExecutionsTable), rows)


def _forget_planned(index: Connection, run_id: str, evaluations: Sequence[AssetCheckEvaluation]) -> None:
    """Every evaluation is of one partition: the check names of each asset are one statement."""
    table = AssetCheckExecutionsTable.c
    for asset_key in {one.asset_key for one in evaluations}:
        of_asset = [one for one in evaluations if one.asset_key == asset_key]
        partition = of_asset[0].partition
        index.execute(
            AssetCheckExecutionsTable.delete().where(
                table.asset_key == asset_key.to_string(),
                table.check_name.in_([one.check_name for one in of_asset]),
                table.run_id == run_id,
                table.partition == partition if partition else table.partition.is_(None),
            )
        )


def _event_row(entry: EventLogEntry) -> Row:
    return {
        "run_id": entry.run_id,
        "event": serialize_value(entry),
        "dagster_event_type": EVALUATED.value,
        "timestamp": datetime.fromtimestamp(entry.timestamp, UTC).replace(tzinfo=None),
        "step_key": entry.step_key,
        "asset_key": None,
        "partition": None,
    }


def _state_row(evaluation: AssetCheckEvaluation, event: Row, event_id: int) -> Row:
    status = AssetCheckExecutionRecordStatus
    return {
        "asset_key": evaluation.asset_key.to_string(),
        "check_name": evaluation.check_name,
        "partition": evaluation.partition,
        "run_id": event["run_id"],
        "execution_status": (status.SUCCEEDED if evaluation.passed else status.FAILED).value,
        "evaluation_event": event["event"],
        "evaluation_event_timestamp": event["timestamp"],
        "evaluation_event_storage_id": event_id,
    }
