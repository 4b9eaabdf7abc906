"""Dimensions kept in step: read both sides, plan, carry out, remember; the plan alone for a dry run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from connector_assets.accounting.findings import Finding
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct import alignment as aligning
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.dimension_changes import (
    MADE_OUTCOMES,
    PLANNED,
    DimensionWriter,
    Outcome,
    changes_frame,
    not_made_findings,
)
from connector_assets.flows.paychex_intacct.dimension_plan import CREATE, INTACCT, Known, Memory, Plan, in_order, plan
from connector_assets.flows.paychex_intacct.dimension_values import Side, Tables, sides
from connector_assets.flows.paychex_intacct.dimensions_config import PARTS
from connector_assets.flows.paychex_intacct.frames import ALIGNMENT
from connector_assets.orchestration.paychex_reference import PAYCHEX
from connector_assets.orchestration.snapshots import intacct_snapshots
from connector_assets.records.database import utc_now
from connector_assets.settings import ConfigError
from connector_assets.systems import intacct_client, paychex_client
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.paychex.client import PaychexClient

MEMORY = "dimension_memory"


@dataclass(frozen=True)
class DimensionTools:
    """What keeping dimensions in step works with: one connection, both systems, and the day it is."""

    connection: PaychexIntacctConnection
    home: Deployment
    client: IntacctClient
    source: PaychexClient
    company_id: str
    today: date

    def sides(self, tables: Tables) -> list[Side]:
        """Every kind on both sides."""
        return sides(self.connection, tables)


@dataclass(frozen=True)
class InStep:
    """What was changed (DIMENSION_CHANGES), what was not taken, what only a person can settle, and near misses."""

    changes: pd.DataFrame
    not_made: list[Finding]
    open_questions: list[Finding]
    near: list[Finding]


def keep_in_step(tools: DimensionTools, tables: Tables, *, dry_run: bool = False) -> InStep:
    """Bring both systems into step as the policies say; with `dry_run` only say what would be done, writing nothing."""
    name, home = tools.connection.name, tools.home
    both = tools.sides(tables)
    memory: dict[str, Memory] = home.snapshots.get(name, MEMORY) or {}
    plans, near = {}, []
    for side in both:
        pairs = _pairs(home, name, side, keep=not dry_run)
        suggested = aligning.near_misses(side, pairs)
        near += aligning.near_findings(side, suggested)
        known = Known(
            pairs=_as_dict(pairs),
            origins=home.crosswalk.origins(name, side.pair_kind),
            near=suggested,
            memory=memory.get(side.pair_kind, {}),
            today=tools.today,
            late=timedelta(days=tools.connection.dimensions.inactivate_after_days),
        )
        plans[side.pair_kind] = plan(side, known)
    wanted = [change for one in plans.values() for change in one.changes]
    questions = [found for one in plans.values() for found in one.findings]
    if dry_run:
        ordered = [Outcome(change, PLANNED) for change in in_order(wanted)]
        return InStep(changes_frame(ordered), [], questions, near)
    writer = DimensionWriter(
        tools.connection, home, tools.client, tools.source, tools.company_id, tools.today, {s.kind: s for s in both}
    )
    made = writer.make(wanted)
    remembered = {kind: _remembered(one, memory.get(kind, {}), made) for kind, one in plans.items()}
    if remembered != memory:
        home.snapshots.put(name, MEMORY, remembered)
    return InStep(changes_frame(made), not_made_findings(made), questions, near)


def _pairs(home: Deployment, connection: str, side: Side, *, keep: bool) -> pd.DataFrame:
    """ALIGNMENT of a kind, vanished Paychex values included; pairs found now are kept in the crosswalk."""
    settled = home.crosswalk.all(connection, side.pair_kind)
    found = aligning.align(side, settled)
    if keep:
        for origin in aligning.NEW:
            fresh = found[found["origin"] == origin]
            home.crosswalk.put_all(connection, side.pair_kind, _as_dict(fresh), origin)
    shown = set(found["source_id"])
    rows = [
        (side.kind, source_id, None, "", target_id, aligning.CROSSWALK)
        for source_id, target_id in settled.items()
        if source_id not in shown
    ]
    gone = ALIGNMENT.conform(pd.DataFrame(rows, columns=ALIGNMENT.names))
    return pd.concat([found, gone], ignore_index=True)


def _as_dict(alignment: pd.DataFrame) -> dict[str, str]:
    paired = alignment[alignment["target_id"].notna()]
    return dict(zip(paired["source_id"], paired["target_id"], strict=True))


def _remembered(one: Plan, before: Memory, made: Sequence[Outcome]) -> dict[str, dict[str, str]]:
    """What to remember of a kind: of a value whose change was not made, what was known before."""
    failed = {outcome.change.source_id for outcome in made if outcome.outcome not in MADE_OUTCOMES}
    kept = {source_id: dict(before[source_id]) for source_id in failed if source_id in before}
    return {source_id: agreed for source_id, agreed in one.memory.items() if source_id not in failed} | kept


def aligned(tools: DimensionTools, tables: Tables, changes: pd.DataFrame) -> tuple[list[Side], pd.DataFrame]:
    """Both sides and their ALIGNMENT, once `changes` (DIMENSION_CHANGES) were made."""
    both, name = tools.sides(tables), tools.connection.name
    created = changes[
        (changes["action"] == CREATE) & (changes["system"] == INTACCT) & changes["outcome"].isin(MADE_OUTCOMES)
    ]
    parts = []
    for side in both:
        made: Collection[str] = set(created.loc[created["kind"] == side.kind, "target_id"])
        parts.append(aligning.align(side, tools.home.crosswalk.all(name, side.pair_kind), made))
    frame = pd.concat(parts, ignore_index=True)
    if tools.connection.dimensions.labor_assignments.lower() == PARTS:
        frame = pd.concat([frame, aligning.by_parts(tables.labor_assignments, frame)], ignore_index=True)
    return both, ALIGNMENT.conform(frame)


def dry_run(home: Deployment, connection: PaychexIntacctConnection) -> InStep:
    """What keeping dimensions in step would change, from what both systems hold now. Nothing is written anywhere."""
    source = paychex_client(connection, connection.paychex, home.credentials, home.settings)
    companies = source.companies(connection.paychex.display_id)
    if not companies:
        message = f"Paychex shows no company with the client number {connection.paychex.display_id}."
        raise ConfigError(message, fix="Correct paychex.display_id, or link the company to the app in Flex.")
    client = intacct_client(connection, connection.intacct, home.credentials, home.settings)
    tools = DimensionTools(connection, home, client, source, companies[0].company_id, utc_now().date())
    return keep_in_step(tools, read_tables(tools), dry_run=True)


def read_tables(tools: DimensionTools) -> Tables:
    """Both systems' values as they are now, past every stored snapshot: for a dry run."""
    source = {one.name: one for one in PAYCHEX}
    own = tools.connection.dimensions.own
    ledger = {one.name: one for one in intacct_snapshots(own)}

    def of(snapshots: dict[str, Any], client: object, name: str) -> pd.DataFrame:
        frame: pd.DataFrame = snapshots[name].frame(client, tools.company_id)
        return frame

    return Tables(
        organizations=of(source, tools.source, "organizations"),
        source_locations=of(source, tools.source, "locations"),
        jobs=of(source, tools.source, "jobs"),
        labor_assignments=of(source, tools.source, "labor_assignments"),
        departments=of(ledger, tools.client, "departments"),
        ledger_locations=of(ledger, tools.client, "locations"),
        projects=of(ledger, tools.client, "projects"),
        classes=of(ledger, tools.client, "classes"),
        own_values=of(ledger, tools.client, own[0].lower()) if own else None,
    )
