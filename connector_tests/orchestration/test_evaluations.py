"""What many checks say is written in one go as Dagster would write it one by one: every question gets the same answer.

The same step says the same either way, on the storages of both deployments.
"""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    multi_asset,
)
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.tags import PARTITION_NAME_TAG

from connector_assets.orchestration.evaluations import record
from connector_assets.orchestration.runs import QUIET
from connector_tests.flows.house import scratch_folder
from connector_tests.postgres import schema_of_its_own

ASSET, NAMES = AssetKey(["acme", "journal_batch"]), ("a01", "s09", "x01")
KEYS = [AssetCheckKey(ASSET, name) for name in NAMES]
KEY = "2025-01-03_1"
RUNS = DynamicPartitionsDefinition(name="runs")


def said(turn: str) -> list[AssetCheckEvaluation]:
    """One passes, one warns, one stops."""
    told = zip(NAMES, (True, False, False), ("error", "warn", "error"), strict=True)
    return [
        AssetCheckEvaluation(
            asset_key=ASSET,
            check_name=name,
            passed=passed,
            partition=KEY,
            severity=AssetCheckSeverity.WARN if severity == "warn" else AssetCheckSeverity.ERROR,
            description=turn,
            metadata={"finding_count": 0 if passed else 2},
        )
        for name, passed, severity in told
    ]


def definitions(together: bool) -> Definitions:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # checks with partitions are in preview
        specs = [AssetCheckSpec(key.name, asset=ASSET, partitions_def=RUNS) for key in KEYS]

    @multi_asset(
        name="together" if together else "one_by_one",
        specs=[AssetSpec(ASSET, partitions_def=RUNS, skippable=True)],
        check_specs=specs,
        can_subset=True,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def step(context: AssetExecutionContext) -> Iterator[AssetCheckEvaluation]:
        for turn in ("first try", "second try"):
            if together:
                record(context, said(turn))
            else:
                yield from said(turn)

    assert isinstance(step, AssetsDefinition)
    return Definitions([step])


@contextmanager
def instance_on(request: pytest.FixtureRequest, system: str) -> Iterator[DagsterInstance]:
    """An instance of its own; its run files stand in memory where there is room."""
    folder = scratch_folder()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        overrides = {}
        if system == "postgresql":
            url = stack.enter_context(schema_of_its_own(request.getfixturevalue("postgres_url")))
            overrides = {"storage": {"postgres": {"postgres_url": url}}}
        yield stack.enter_context(DagsterInstance.local_temp(str(folder), overrides=overrides))


def answers(instance: DagsterInstance, run_id: str) -> list[object]:
    """What the UI, the alerts and the gate ask of the checks, without the ids and times that differ anyway."""
    storage = instance.event_log_storage
    found: list[object] = []
    for chosen in (PartitionKeyFilter(key=KEY), None):
        newest = storage.get_latest_asset_check_execution_by_key(KEYS, partition_filter=chosen)
        found += [(key.name, one.status, one.evaluation, one.run_id == run_id) for key, one in sorted(newest.items())]
        found += [
            (key.name, one.status, one.evaluation, one.partition)
            for key in KEYS
            for one in storage.get_asset_check_execution_history(key, limit=10, partition_filter=chosen)
        ]
    statuses = storage.get_asset_check_partition_info(KEYS)
    found += sorted((one.check_key.name, one.partition_key, one.latest_execution_status.value) for one in statuses)
    logs = instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [(log.dagster_event, log.step_key, log.job_name, log.level) for log in logs]
    found += [(event.asset_check_evaluation_data, event.message, *rest[1:]) for event, *rest in events if event]
    everywhere = storage.get_logs_for_all_runs_by_log_id(dagster_event_type=DagsterEventType.ASSET_CHECK_EVALUATION)
    return [*found, len(everywhere)]


@pytest.mark.parametrize(
    ("system", "planned"),
    [
        ("sqlite", True),
        ("postgresql", False),
        pytest.param("sqlite", False, marks=pytest.mark.thorough),
        pytest.param("postgresql", True, marks=pytest.mark.thorough),
    ],
)
def test_written_together_they_are_as_dagster_writes_them_one_by_one(
    request: pytest.FixtureRequest, system: str, planned: bool
) -> None:
    """Also in a run that did not plan to make them, and when a step says something else at its second try."""
    tags, told = {PARTITION_NAME_TAG: KEY}, []
    with instance_on(request, system) as instance:
        for together in (False, True):
            instance.event_log_storage.wipe()
            instance.add_dynamic_partitions("runs", [KEY])
            job = definitions(together).resolve_implicit_global_asset_job_def()
            if not planned:
                job = job.get_subset(asset_selection={ASSET}, asset_check_selection=set())
            result = job.execute_in_process(instance=instance, tags=tags, run_config=QUIET)
            told.append(answers(instance, result.run_id))
    assert told[0] == told[1]
    assert "second try" in str(told[1])
