"""The unpartitioned assets: snapshots of both systems, what the tags stand for, and the approved reports there are."""

import pandas as pd
from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, Output, asset

from connector_assets.accounting.mapping import MappingTable, rules_from_csv
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct import alignment as aligning
from connector_assets.flows.expensify_intacct.frames import APPROVED_REPORTS, TAG_ALIGNMENT
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.flows.expensify_intacct.reference import EXPENSIFY
from connector_assets.flows.expensify_intacct.reports import discover, keep_reports, reports_frame
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.ledger_assets import (
    Step,
    intacct_assets,
    snapshot_asset,
)
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.partitions import add_missing
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import ExpensifyResource, RecordsResource
from connector_assets.orchestration.snapshots import INTACCT, Snapshot
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now

JOURNAL_EXISTS = "expense_journal_exists"
ALIGNMENT = ("P01", "W04", "X01")
"""What is looked for in the alignment; a tag or category that nothing uses yet is only warned of."""
ALIGNED = ("departments", "locations", "projects", "classes")


def snapshot_assets(names: Names) -> list[AssetsDefinition]:
    """One asset for each snapshot of Intacct and of Expensify."""
    connection = names.connection
    journal = connection.posting.journal
    ledger = intacct_assets(
        names, connection.intacct, journal=journal, journal_check=JOURNAL_EXISTS, own=connection.own_dimensions
    )
    return [*ledger, *(_expensify_asset(names, snapshot) for snapshot in EXPENSIFY)]


def _expensify_asset(names: Names, snapshot: Snapshot) -> AssetsDefinition:
    connection = names.connection
    section = connection.expensify
    return snapshot_asset(
        names,
        snapshot,
        system="expensify",
        kinds={"expensify", "parquet"},
        description=f"{snapshot.title} as Expensify holds them now.",
        reach=lambda expensify: (expensify.client(connection, section), section.policy_id),
    )


def alignment_asset(names: Names) -> AssetsDefinition:
    """What the tags stand for. It stands on every snapshot: in a run of everything no journal is built before them."""
    key = names.own("tag_alignment")
    others = [names.intacct(one.name) for one in INTACCT if one.name not in ALIGNED]

    @asset(
        **table_options(
            names,
            key,
            stage="reference",
            kinds={"pandas", "parquet"},
            schema=TAG_ALIGNMENT,
            description="Which Intacct value each tag stands for: by crosswalk, GL code, id or exact name.",
        ),
        ins={
            "tags": AssetIn(key=names.expensify("tags")),
            "categories": AssetIn(key=names.expensify("categories")),
            **{name: AssetIn(key=names.intacct(name)) for name in ALIGNED},
            **{name.lower(): AssetIn(key=names.intacct(name.lower())) for name in names.connection.own_dimensions},
        },
        deps=others,
        check_specs=code_specs(key, ALIGNMENT, forewarned=["W04", "X01"]),
    )
    def tag_alignment(
        context: AssetExecutionContext,
        records: RecordsResource,
        tags: pd.DataFrame,
        categories: pd.DataFrame,
        departments: pd.DataFrame,
        locations: pd.DataFrame,
        projects: pd.DataFrame,
        classes: pd.DataFrame,
        **own: pd.DataFrame,
    ) -> Step:
        home, today = records.open(), utc_now().date()
        values = {
            **aligning.active_values(departments, locations, projects, classes),
            **aligning.own_values(own),
        }
        frame = aligning.aligned(names.connection, tags, values, home.crosswalk)
        yield Output(frame, metadata={"rows": markdown_table(frame)})
        table = mapping_table(home, names.connection.name)
        unmapped = aligning.unmapped_findings(categories, table, today)
        found = [*aligning.gone_findings(frame, values), *aligning.missing_findings(frame), *unmapped]
        yield from code_results(found, ALIGNMENT)
        announce(names.connection.name, "tag alignment", f"{len(frame):,} tags")

    return tag_alignment


def mapping_table(home: Deployment, connection: str) -> MappingTable:
    """The mapping in force today; one without rules when there is none. Raises AccountingError."""
    version = home.mappings.current(connection, utc_now().date())
    if version is None:
        return MappingTable((), version="none")
    return MappingTable(rules_from_csv(version.body), version=str(version.version))


def reports_asset(names: Names) -> AssetsDefinition:
    """The approved reports, each of which becomes a partition."""

    @asset(
        **table_options(
            names,
            names.own("approved_reports"),
            stage="expenses",
            kinds={"expensify", "parquet"},
            schema=APPROVED_REPORTS,
            description="Every report approved since the last look, less the look-back. Each becomes a partition as "
            "soon as it is seen; what was submitted long ago and approved late is among them.",
        ),
    )
    def approved_reports(
        context: AssetExecutionContext, records: RecordsResource, expensify: ExpensifyResource
    ) -> Step:
        connection, home, today = names.connection, records.open(), utc_now().date()
        with outages_waited_out(context):
            client = expensify.client(connection, connection.expensify)
            reports = discover(connection, client, home, today)
        frame = reports_frame(reports)
        keys = [str(key) for key in frame["partition"]]
        added = add_missing(context.instance, connection.name, connection.partition_kind, keys)
        keep_reports(connection, reports, home, today)
        told = {"reports": len(frame), "new_reports": len(added)}
        yield Output(frame, metadata={**counts(told), "rows": markdown_table(frame)})
        announce(connection.name, "approved reports", f"{len(keys)} approved, {len(added)} new")

    return approved_reports
