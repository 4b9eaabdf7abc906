"""The gate: nothing posts unless the dimensions stand.

A graph edge or a blocking check stops a post only inside one run. Started alone (from the UI, a backfill, a job, a
sensor, the command line) a post is stopped by neither. So it asks here, before anything is sent, whether each dimension
asset's newest attempt succeeded, its blocking checks passed on that very materialization, and it is fresh enough.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dagster import (
    AssetCheckKey,
    AssetCheckSeverity,
    AssetKey,
    DagsterInstance,
    Failure,
    MetadataValue,
)
from dagster._core.event_api import EventLogRecord
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.event_log.base import AssetEntry

PASSED = "passed"
REASONS_SHOWN = 4
EVALUATED = (AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED)


@dataclass(frozen=True)
class Requirement:
    """A dimension asset that a post rests on, with the names of its blocking checks."""

    asset_key: AssetKey
    blocking_checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What the instance knows of one requirement: the last materialization and attempt, and each check's verdict on it.

    `checks` maps a blocking check's name to `passed` or to the reason why it does not count as passed.
    """

    asset_key: AssetKey
    materialized_at: float | None
    materialization_run_id: str
    attempt_run_id: str
    checks: tuple[tuple[str, str], ...] = ()


def read_evidence(instance: DagsterInstance, requirements: Sequence[Requirement]) -> list[Evidence]:
    """Ask the instance about every requirement: two queries, however many assets and checks there are."""
    keys = [requirement.asset_key for requirement in requirements]
    entries = {record.asset_entry.asset_key: record.asset_entry for record in instance.get_asset_records(keys)}
    check_keys = [AssetCheckKey(r.asset_key, name) for r in requirements for name in r.blocking_checks]
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(check_keys) if check_keys else {}
    return [_evidence(requirement, entries.get(requirement.asset_key), records) for requirement in requirements]


def _evidence(
    requirement: Requirement, entry: AssetEntry | None, records: Mapping[AssetCheckKey, AssetCheckExecutionRecord]
) -> Evidence:
    key, last = requirement.asset_key, entry.last_materialization_record if entry else None
    return Evidence(
        asset_key=key,
        materialized_at=last.timestamp if last else None,
        materialization_run_id=last.run_id if last else "",
        attempt_run_id=(entry.last_run_id or "") if entry else "",
        checks=tuple(
            (name, _verdict(records.get(AssetCheckKey(key, name)), last)) for name in requirement.blocking_checks
        ),
    )


def _verdict(record: AssetCheckExecutionRecord | None, last: EventLogRecord | None) -> str:
    """`passed`, or why the check does not vouch for the last materialization.

    A failure that is a warning blocks nothing, here as in the graph. In the run of one partition Dagster names no
    materialization in the checks of unpartitioned assets: there the run they share says that they belong together.
    """
    if record is None:
        return "it has never run"
    if record.status not in EVALUATED or record.evaluation is None:
        return "its newest run did not finish"  # what the record holds then is the plan of an evaluation
    evaluation = record.evaluation
    if not evaluation.passed and evaluation.severity != AssetCheckSeverity.WARN:
        return "it failed"
    target = evaluation.target_materialization_data
    if last is not None and (target.storage_id == last.storage_id if target else record.run_id == last.run_id != ""):
        return PASSED
    return "it has not run on the newest materialization"


def why_closed(evidence: Sequence[Evidence], *, now_s: float, limit_hours: float) -> str:
    """The first reasons why the gate is closed, for a sensor to tell; empty while it is open."""
    reasons = judge(evidence, now_s=now_s, limit_hours=limit_hours)
    more = f" And {len(reasons) - REASONS_SHOWN} more." if len(reasons) > REASONS_SHOWN else ""
    return " ".join(reasons[:REASONS_SHOWN]) + more


def renewed_at(evidence: Iterable[Evidence]) -> float:
    """Since when all of it is as it is: when the oldest snapshot was made, in seconds since 1970; 0 without any."""
    return min((item.materialized_at or 0.0 for item in evidence), default=0.0)


def judge(evidence: Iterable[Evidence], *, now_s: float, limit_hours: float) -> list[str]:
    """Why a post must not happen, one sentence for each asset that does not stand; empty when it may. Pure."""
    reasons = []
    for item in evidence:
        name = item.asset_key.to_user_string()
        fix = f"Materialize {name}."
        if item.materialized_at is None:
            reasons.append(f"{name} has never been materialized. {fix}")
        elif item.attempt_run_id != item.materialization_run_id:
            reasons.append(
                f"{name}: its newest attempt (run {item.attempt_run_id[:8]}) failed or is still running. {fix}"
            )
        elif (age_hours := (now_s - item.materialized_at) / 3600) > limit_hours:
            reasons.append(f"{name} is {age_hours:.1f} hours old, the limit is {limit_hours:g}. {fix}")
        else:
            failing = [f"{check}: {verdict}" for check, verdict in item.checks if verdict != PASSED]
            reasons += [f"{name}: blocking check {problem}. {fix}" for problem in failing]
    return reasons


def require(
    instance: DagsterInstance, requirements: Sequence[Requirement], *, now: Callable[[], float], limit_hours: float
) -> dict[str, str]:
    """Pass the gate, or raise Failure naming each asset to materialize; the answer is the evidence, as metadata.

    `now` answers seconds since 1970; the answer maps each asset's name to the run that its snapshot comes from.
    """
    evidence = read_evidence(instance, requirements)
    reasons = judge(evidence, now_s=now(), limit_hours=limit_hours)
    if reasons:
        raise Failure(
            "The gate is closed: " + " ".join(reasons),
            metadata={"reasons": MetadataValue.json(reasons)},
            allow_retries=False,
        )
    return {item.asset_key.to_user_string(): item.materialization_run_id for item in evidence}
