"""The reference data of both systems, and which Visma value stands for what."""

import pandas as pd
from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, Output, asset

from connector_assets.flows.paychex_visma import alignment as aligning
from connector_assets.flows.paychex_visma.dimensions import Writer
from connector_assets.flows.paychex_visma.frames import ALIGNMENT
from connector_assets.flows.paychex_visma.keys import Names
from connector_assets.flows.paychex_visma.reference import BOOKS, SOURCES, segments
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.ledger_assets import Step, snapshot_asset
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.paychex_reference import paychex_asset
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import RecordsResource, VismaResource
from connector_assets.orchestration.snapshots import Snapshot
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now

CODES = ("P01", "W04", "W10")
"""What is looked for in the alignment; of a value without a partner it only warns, and holds a worker who has it."""


def snapshot_assets(names: Names) -> list[AssetsDefinition]:
    """One asset for each snapshot of Visma's books and of Paychex."""
    connection = names.connection
    books = [_visma_asset(names, snapshot) for snapshot in (*BOOKS, segments(connection))]
    return [*books, *(paychex_asset(names, connection.paychex, snapshot) for snapshot in SOURCES)]


def _visma_asset(names: Names, snapshot: Snapshot) -> AssetsDefinition:
    section = names.connection.visma
    return snapshot_asset(
        names,
        snapshot,
        system="visma",
        kinds={"visma", "parquet"},
        description=f"{snapshot.title} as Visma holds them now.",
        reach=lambda visma: (visma.client(names.connection, section), section.tenant_id),
    )


def alignment_asset(names: Names) -> AssetsDefinition:
    """Departments, branches and segment values, paired with what they stand for in Paychex."""
    key = names.own("dimension_alignment")

    @asset(
        **table_options(
            names,
            key,
            stage="workers",
            kinds={"visma", "parquet"},
            schema=ALIGNMENT,
            description="Which Visma department, branch and segment value stands for which Paychex organization, "
            "location, job and title: by crosswalk, number or exact name. What is missing, renamed or ended is "
            "written into Visma where the policies say so.",
        ),
        deps=[names.visma("accounts"), names.visma("subaccounts")],
        ins={
            "departments": AssetIn(key=names.visma("departments")),
            "branches": AssetIn(key=names.visma("branches")),
            "segment_values": AssetIn(key=names.visma("segment_values")),
            "organizations": AssetIn(key=names.paychex("organizations")),
            "locations": AssetIn(key=names.paychex("locations")),
            "jobs": AssetIn(key=names.paychex("jobs")),
            "roster": AssetIn(key=names.own("worker_roster")),
        },
        check_specs=code_specs(key, CODES, forewarned=["W04"]),
    )
    def dimension_alignment(
        context: AssetExecutionContext,
        records: RecordsResource,
        visma: VismaResource,
        departments: pd.DataFrame,
        branches: pd.DataFrame,
        segment_values: pd.DataFrame,
        organizations: pd.DataFrame,
        locations: pd.DataFrame,
        jobs: pd.DataFrame,
        roster: pd.DataFrame,
    ) -> Step:
        connection = names.connection
        source = aligning.source_values(organizations, locations, jobs, roster, utc_now().date())
        with outages_waited_out(context):
            client = visma.client(connection, connection.visma)
            writer = Writer(connection, records.open(), client, f"run {context.run.run_id[:8]}")
            frame = writer.align(source, departments, branches, segment_values)
        written = int((frame["outcome"] != "").sum())
        yield Output(frame, metadata={"rows": markdown_table(frame), **counts({"values_written": written})})
        missing, drifted = aligning.missing_findings(frame), aligning.drift_findings(frame)
        yield from code_results([*aligning.gone_findings(frame), *missing, *drifted], CODES)
        announce(connection.name, "dimension alignment", f"{len(frame):,} values, {written} written into Visma")

    return dimension_alignment
