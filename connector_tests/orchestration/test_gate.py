"""The gate's own rules: what the instance must show of a dimension asset before a post may rest on it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    DynamicPartitionsDefinition,
    Failure,
    MaterializeResult,
    asset,
    materialize,
)

from connector_assets.orchestration.gate import PASSED, Evidence, Requirement, judge, read_evidence, require

DEPARTMENTS = AssetKey(["acme", "departments"])
HOUR_S = 3600.0
FRESH = Evidence(DEPARTMENTS, 100.0, "run-1", "run-1", (("complete", PASSED),))


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (FRESH, ""),
        (replace(FRESH, checks=()), ""),
        (replace(FRESH, materialized_at=None, materialization_run_id=""), "has never been materialized"),
        (replace(FRESH, attempt_run_id="run-2"), "its newest attempt (run run-2) failed or is still running"),
        (replace(FRESH, materialized_at=100.0 - 24 * HOUR_S - 1), "is 24.0 hours old, the limit is 24"),
        (replace(FRESH, checks=(("complete", "it failed"),)), "blocking check complete: it failed"),
    ],
)
def test_an_asset_stands_or_the_reason_names_it_and_what_to_do(evidence: Evidence, reason: str) -> None:
    reasons = judge([evidence], now_s=100.0, limit_hours=24)
    assert len(reasons) == bool(reason)
    if reason:
        assert reason in reasons[0]
        assert reasons[0].startswith("acme/departments")
        assert reasons[0].endswith("Materialize acme/departments.")


def test_every_asset_that_does_not_stand_is_named() -> None:
    others = [replace(FRESH, asset_key=AssetKey(["acme", name]), materialized_at=None) for name in ("a", "b")]
    assert [reason.split()[0] for reason in judge([FRESH, *others], now_s=100.0, limit_hours=1)] == ["acme/a", "acme/b"]


REQUIREMENT = Requirement(DEPARTMENTS, ("complete",))


def run(
    instance: DagsterInstance, *, passed: bool = True, severity: AssetCheckSeverity = AssetCheckSeverity.ERROR
) -> None:
    """Materialize the asset with its check, as a real run does."""

    @asset(key=DEPARTMENTS, check_specs=[AssetCheckSpec("complete", asset=DEPARTMENTS, blocking=True)])
    def departments() -> Iterator[MaterializeResult[None]]:
        yield MaterializeResult(check_results=[AssetCheckResult(passed=passed, severity=severity)])

    materialize([departments], instance=instance, raise_on_error=False)


def verdict(instance: DagsterInstance) -> str:
    """The one check's verdict."""
    ((_, found),) = read_evidence(instance, [REQUIREMENT])[0].checks
    return found


def test_a_check_counts_on_the_materialization_it_looked_at_and_on_no_later_one() -> None:
    with DagsterInstance.ephemeral() as instance:
        assert verdict(instance) == "it has never run"
        run(instance)
        assert verdict(instance) == PASSED
        instance.report_runless_asset_event(AssetMaterialization(DEPARTMENTS))
        assert verdict(instance) == "it has not run on the newest materialization"
        run(instance)
        assert verdict(instance) == PASSED
        run(instance, passed=False)
        assert verdict(instance) == "it failed"


def test_a_warning_blocks_nothing_here_as_in_the_graph() -> None:
    with DagsterInstance.ephemeral() as instance:
        run(instance, passed=False, severity=AssetCheckSeverity.WARN)
        assert verdict(instance) == PASSED


def test_in_the_run_of_a_partition_a_check_vouches_for_the_run_it_shares() -> None:
    """There Dagster names no materialization in the check of an unpartitioned asset (measured with 1.13.27)."""
    days = DynamicPartitionsDefinition(name="days")

    @asset(key=DEPARTMENTS, check_specs=[AssetCheckSpec("complete", asset=DEPARTMENTS, blocking=True)])
    def departments() -> Iterator[MaterializeResult[None]]:
        yield MaterializeResult(check_results=[AssetCheckResult(passed=True)])

    @asset(partitions_def=days, deps=[departments])
    def post() -> None: ...

    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("days", ["monday"])
        assert materialize([departments, post], instance=instance, partition_key="monday").success
        assert verdict(instance) == PASSED
        instance.report_runless_asset_event(AssetMaterialization(DEPARTMENTS))
        assert verdict(instance) != PASSED


def test_an_open_gate_answers_where_each_snapshot_comes_from_and_a_closed_one_is_never_retried() -> None:
    with DagsterInstance.ephemeral() as instance:
        with pytest.raises(Failure, match=r"acme/departments has never been materialized") as closed:
            require(instance, [REQUIREMENT], now=lambda: 0.0, limit_hours=1)
        assert closed.value.allow_retries is False
        run(instance)
        (last,) = instance.get_asset_records([DEPARTMENTS])
        made = last.asset_entry.last_materialization_record
        assert made
        evidence = require(instance, [REQUIREMENT], now=lambda: made.timestamp + HOUR_S, limit_hours=1)
        assert evidence == {"acme/departments": made.run_id}
        with pytest.raises(Failure, match="the limit is 1"):
            require(instance, [REQUIREMENT], now=lambda: made.timestamp + HOUR_S + 1, limit_hours=1)
