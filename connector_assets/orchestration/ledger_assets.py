"""Intacct's reference data as assets: the same for every flow that posts there."""

from collections.abc import Iterator, Sequence

import pandas as pd
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MetadataValue,
    Output,
    asset,
)

from connector_assets.accounting.findings import Finding, Severity
from connector_assets.orchestration.gate import Requirement
from connector_assets.orchestration.metadata import findings_metadata, markdown_table, schema_metadata
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import IntacctResource
from connector_assets.orchestration.snapshots import INTACCT, Snapshot, snapshot_problem
from connector_assets.vendors.intacct.config import IntacctSection

COMPLETE = "complete"
Step = Iterator[Output[pd.DataFrame] | AssetCheckResult]


def intacct_assets(
    names: ConnectionNames, section: IntacctSection, *, journal: str, journal_check: str
) -> list[AssetsDefinition]:
    """One asset for each snapshot of Intacct; `journal_check` asks whether the symbol `journal` exists."""
    return [_intacct_asset(names, section, snapshot, journal, journal_check) for snapshot in INTACCT]


def _intacct_asset(
    names: ConnectionNames, section: IntacctSection, snapshot: Snapshot, journal: str, journal_check: str
) -> AssetsDefinition:
    key = names.intacct(snapshot.name)
    specs = [complete_spec(names, snapshot, "intacct")]
    if snapshot.name == "journals":
        description = f"Journal {journal} exists and is active."
        specs.append(AssetCheckSpec(journal_check, asset=key, blocking=True, description=description))

    @asset(
        key=key,
        group_name=names.group("reference"),
        kinds={"sageintacct", "parquet"},
        tags=names.tags,
        owners=names.owners,
        description=f"{snapshot.title} as Intacct holds them now: the truth for what a journal line may name.",
        metadata=schema_metadata(snapshot.schema),
        io_manager_key="frames",
        check_specs=specs,
    )
    def read_snapshot(context: AssetExecutionContext, intacct: IntacctResource) -> Step:
        client = intacct.client(names.connection, section)
        before = client.transport.calls.total()
        frame = snapshot.frame(client, section.company_id)
        yield from snapshot_events(names, snapshot, frame, client.transport.calls.total() - before, "intacct")
        if snapshot.name == "journals":
            yield _journal_exists(frame, journal, journal_check)

    return read_snapshot


def complete_spec(names: ConnectionNames, snapshot: Snapshot, system: str) -> AssetCheckSpec:
    """The check of every snapshot."""
    key = AssetKey([names.connection.name, system, snapshot.name])
    return AssetCheckSpec(COMPLETE, asset=key, blocking=True, description="Not empty where it must not be; unique ids.")


def snapshot_events(names: ConnectionNames, snapshot: Snapshot, frame: pd.DataFrame, calls: int, system: str) -> Step:
    """The frame of a snapshot and the verdict on it."""
    metadata = {"api_calls": MetadataValue.int(calls), "rows": markdown_table(frame)}
    yield Output(frame, metadata=metadata)
    problem = snapshot_problem(snapshot, frame)
    yield AssetCheckResult(passed=not problem, check_name=COMPLETE, description=problem or f"{len(frame)} rows.")
    announce(names.connection.name, f"{system} {snapshot.name}", f"{len(frame):,} rows")


def _journal_exists(journals: pd.DataFrame, symbol: str, check: str) -> AssetCheckResult:
    there = bool((journals["active"] & (journals["symbol"] == symbol)).any())
    fix = f"Create journal {symbol} in Intacct, or name another one in posting.journal of the connection file."
    return AssetCheckResult(passed=there, check_name=check, description="It does." if there else fix)


def finding_check(name: str, findings: list[Finding]) -> AssetCheckResult:
    """A check result from findings: failed when there are any, an error only when one of them blocks."""
    blocks = any(finding.severity in {Severity.BLOCK, Severity.ERROR} for finding in findings)
    return AssetCheckResult(
        passed=not findings,
        check_name=name,
        severity=AssetCheckSeverity.ERROR if blocks else AssetCheckSeverity.WARN,
        metadata=findings_metadata(findings),
        description=f"{findings[0].why} Fix: {findings[0].fix}" if findings else "Nothing found.",
    )


def gate_requirements(standing: Sequence[AssetsDefinition], not_needed: frozenset[str]) -> list[Requirement]:
    """What the gate asks for: every asset that a journal rests on, with all its blocking checks."""
    return [
        Requirement(asset.key, tuple(sorted(spec.name for spec in asset.check_specs if spec.blocking)))
        for asset in standing
        if asset.key.path[-1] not in not_needed
    ]
