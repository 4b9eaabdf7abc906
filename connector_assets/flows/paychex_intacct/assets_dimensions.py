"""Dimensions: what was changed so that both systems say the same, and which value stands for which."""

from dataclasses import fields

import pandas as pd
from dagster import (
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetsDefinition,
    Output,
    asset,
)

from connector_assets.flows.paychex_intacct import alignment as aligning
from connector_assets.flows.paychex_intacct import frames
from connector_assets.flows.paychex_intacct.dimension_changes import DIMENSION_CHANGES
from connector_assets.flows.paychex_intacct.dimension_values import (
    ASSIGNMENT,
    DEPARTMENT,
    LOCATION,
    PROJECT,
    Side,
    Tables,
)
from connector_assets.flows.paychex_intacct.dimensions import DimensionTools, aligned, keep_in_step
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.pay_run import table_of
from connector_assets.orchestration.code_checks import code_results, code_specs, finding_check
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_assets import Step
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.paychex_reference import PAYCHEX
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import IntacctResource, PaychexResource, RecordsResource
from connector_assets.orchestration.snapshots import INTACCT
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now

CHANGES, ALIGNMENT = ("W07", "W09", "W20", "W22"), ("P01", "P02", "W08", "W21")
"""What is looked for in the changes of dimensions and in their alignment; W04 has a check for each kind of value."""
PAIRED = {
    DEPARTMENT: "organizations_paired",
    LOCATION: "locations_paired",
    PROJECT: "jobs_paired",
    ASSIGNMENT: "labor_assignments_paired",
}


def _ins(names: Names) -> dict[str, AssetIn]:
    """The snapshots that are aligned, by the field of Tables that each fills."""
    ledger = {"departments": "departments", "ledger_locations": "locations", "projects": "projects"}
    keys = {field: names.intacct(name) for field, name in (ledger | {"classes": "classes"}).items()}
    source = {"organizations": "organizations", "source_locations": "locations", "jobs": "jobs"}
    source |= {"labor_assignments": "labor_assignments"}
    keys |= {field: names.paychex(name) for field, name in source.items()}
    if own := names.connection.dimensions.own:
        keys["own_values"] = names.intacct(own[0].lower())
    return {field.name: AssetIn(key=keys[field.name]) for field in fields(Tables) if field.name in keys}


def _tools(
    names: Names, records: RecordsResource, paychex: PaychexResource, intacct: IntacctResource
) -> DimensionTools:
    connection = names.connection
    return DimensionTools(
        connection=connection,
        home=records.open(),
        client=intacct.client(connection, connection.intacct),
        source=paychex.client(connection, connection.paychex),
        company_id=paychex.company(connection, connection.paychex).company_id,
        today=utc_now().date(),
    )


def dimension_changes_asset(names: Names) -> AssetsDefinition:
    """What was created, renamed, moved or ended in either system."""
    key = names.own("dimension_changes")

    @asset(
        **table_options(
            names,
            key,
            stage="reference",
            kinds={"paychex", "sageintacct"},
            schema=DIMENSION_CHANGES,
            description="What this refresh created and changed so that both systems have the same dimension values, as "
            "far as the policy of each kind allows; `connector dimensions NAME --dry-run` shows it beforehand.",
        ),
        ins=_ins(names),
        check_specs=code_specs(key, CHANGES),
    )
    def dimension_changes(
        context: AssetExecutionContext,
        records: RecordsResource,
        paychex: PaychexResource,
        intacct: IntacctResource,
        **kwargs: pd.DataFrame,
    ) -> Step:
        with outages_waited_out(context):
            tools = _tools(names, records, paychex, intacct)
            tables = Tables(**kwargs)
            found = keep_in_step(tools, tables)
            both, frame = aligned(tools, tables, found.changes)
        told = {str(outcome): int(count) for outcome, count in found.changes["outcome"].value_counts().items()}
        yield Output(found.changes, metadata={"rows": markdown_table(found.changes), **counts(told)})
        elsewhere = [one for side in both for one in aligning.hierarchy_findings(side, frame)]
        yield from code_results([*found.not_made, *found.near, *found.open_questions, *elsewhere], CHANGES)
        announce(names.connection.name, "dimension changes", f"{len(found.changes):,} changes")

    return dimension_changes


def alignment_asset(names: Names) -> AssetsDefinition:
    """The alignment of organizations, locations, jobs and labor assignments with the dimensions of Intacct.

    It stands on every snapshot, so that in a run of everything no journal is built before all of them are there.
    """
    key, ins = names.own("dimension_alignment"), _ins(names)
    aligned_keys: set[AssetKey] = {names.intacct(one) for one in ("departments", "locations", "projects", "classes")}
    aligned_keys |= {names.paychex(one) for one in ("organizations", "locations", "jobs", "labor_assignments")}
    snapshots = [*(names.intacct(one.name) for one in INTACCT), *(names.paychex(one.name) for one in PAYCHEX)]
    paired = [
        AssetCheckSpec(check, asset=key, description=f"Every Paychex {word} has a partner in Intacct.")
        for check, word in zip(PAIRED.values(), ("organization", "location", "job", "labor assignment"), strict=True)
    ]

    @asset(
        **table_options(
            names,
            key,
            stage="reference",
            kinds={"pandas", "parquet"},
            schema=frames.ALIGNMENT,
            description="Which Intacct value stands for which Paychex organization, location, job or labor assignment:"
            " by crosswalk, then id, then exact name; the rest is reported.",
        ),
        ins={**ins, "changes": AssetIn(key=names.own("dimension_changes"))},
        deps=[one for one in snapshots if one not in aligned_keys],
        check_specs=[*paired, *code_specs(key, ALIGNMENT, forewarned=["P02"])],
    )
    def dimension_alignment(
        context: AssetExecutionContext,
        records: RecordsResource,
        paychex: PaychexResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
        **kwargs: pd.DataFrame,
    ) -> Step:
        changes, connection = kwargs.pop("changes"), names.connection
        with outages_waited_out(context):
            tools = _tools(names, records, paychex, intacct)
            both, frame = aligned(tools, Tables(**kwargs), changes)
        yield Output(frame, metadata={"rows": markdown_table(frame), **counts(aligning.origins(frame))})
        for kind, check in PAIRED.items():
            yield finding_check(check, aligning.missing_findings(frame, kind, _ended(both, kind, tools)))
        entity, accounts = connection.posting.entity, frame_store.store.read(names.intacct("gl_accounts"))
        version = tools.home.mappings.current(connection.name, tools.today)
        rules = table_of(version).rules if version else ()
        carried = aligning.carried(connection.dimensions)
        found = [
            *aligning.gone_findings(frame, both, tools.today),
            *aligning.restricted_findings(both, frame, entity),
            *aligning.required_findings(accounts, rules, carried),
            *aligning.unused_findings(both, frame, entity),
        ]
        yield from code_results(found, ALIGNMENT)
        announce(connection.name, "dimension alignment", f"{len(frame):,} values")

    return dimension_alignment


def _ended(both: list[Side], kind: str, tools: DimensionTools) -> set[str]:
    """The Paychex ids of a kind that are over."""
    return {one.source_id for side in both if side.kind == kind for one in side.source if not one.is_open(tools.today)}
