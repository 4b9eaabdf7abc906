"""Reference data as assets: a snapshot of any system, and Intacct's, the same for every flow that posts there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import pandas as pd
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MetadataValue,
    Output,
    asset,
)

from connector_assets.orchestration.gate import Requirement
from connector_assets.orchestration.metadata import markdown_table
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.snapshots import Snapshot, intacct_snapshots, snapshot_problem
from connector_assets.orchestration.specs import table_options
from connector_assets.vendors.intacct.config import IntacctSection

COMPLETE = "complete"
Step = Iterator[Output[pd.DataFrame] | AssetCheckResult]


def intacct_assets(
    names: ConnectionNames, section: IntacctSection, *, journal: str, journal_check: str, own: Sequence[str] = ()
) -> list[AssetsDefinition]:
    """One asset for each snapshot of Intacct; `journal_check` asks whether the symbol `journal` exists.

    `own` names the objects of the company's own dimensions that lines carry.
    """
    return [_intacct_asset(names, section, one, journal, journal_check) for one in intacct_snapshots(own)]


def _intacct_asset(
    names: ConnectionNames, section: IntacctSection, snapshot: Snapshot, journal: str, journal_check: str
) -> AssetsDefinition:
    key = names.intacct(snapshot.name)
    description = f"Journal {journal} exists and is active."
    asked = [AssetCheckSpec(journal_check, asset=key, blocking=True, description=description)]
    return snapshot_asset(
        names,
        snapshot,
        system="intacct",
        kinds={"sageintacct", "parquet"},
        description=f"{snapshot.title} as Intacct holds them now: the truth for what a journal line may name.",
        reach=lambda intacct: (intacct.client(names.connection, section), section.company_id),
        checks=asked if snapshot.name == "journals" else (),
        judge=lambda frame: [_journal_exists(frame, journal, journal_check)] if snapshot.name == "journals" else [],
    )


def snapshot_asset(
    names: ConnectionNames,
    snapshot: Snapshot,
    *,
    system: str,
    kinds: AbstractSet[str],
    description: str,
    reach: Callable[[Any], tuple[Any, str]],
    checks: Sequence[AssetCheckSpec] = (),
    judge: Callable[[pd.DataFrame], Iterable[AssetCheckResult]] = lambda frame: (),
) -> AssetsDefinition:
    """A snapshot as an asset. `reach` makes the client and the company's id of the resource called `system`.

    `judge` answers the further `checks`, if there are any.
    """
    key = AssetKey([names.connection.name, system, snapshot.name])
    options = table_options(names, key, stage="reference", kinds=kinds, schema=snapshot.schema, description=description)

    @asset(**options, check_specs=[complete_spec(names, snapshot, system), *checks], required_resource_keys={system})
    def read_snapshot(context: AssetExecutionContext) -> Step:
        with outages_waited_out(context):
            client, company_id = reach(getattr(context.resources, system))
            before = client.transport.calls.total()
            frame = snapshot.frame(client, company_id)
        yield from snapshot_events(names, snapshot, frame, client.transport.calls.total() - before, system)
        yield from judge(frame)

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


def gate_requirements(standing: Sequence[AssetsDefinition], not_needed: frozenset[str]) -> list[Requirement]:
    """What the gate asks for: every asset that a journal rests on, with all its blocking checks."""
    return [
        Requirement(asset.key, tuple(sorted(spec.name for spec in asset.check_specs if spec.blocking)))
        for asset in standing
        if asset.key.path[-1] not in not_needed
    ]
