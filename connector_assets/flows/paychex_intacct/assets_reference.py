"""The unpartitioned assets: snapshots of both systems, their alignment, the roster and the pay calendar."""

import pandas as pd
from dagster import (
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    Output,
    asset,
)

from connector_assets.flows.paychex_intacct import alignment as aligning
from connector_assets.flows.paychex_intacct import frames
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.periods import discover, keep_periods, periods_frame
from connector_assets.flows.paychex_intacct.usual import overdue_findings
from connector_assets.orchestration.ledger_assets import (
    Step,
    finding_check,
    intacct_assets,
)
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.partitions import add_missing
from connector_assets.orchestration.paychex_reference import PAYCHEX, paychex_asset
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import IntacctResource, PaychexResource, RecordsResource
from connector_assets.orchestration.snapshots import INTACCT
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now

TARGETS_LIVE, ALL_PAIRED, JOURNAL_EXISTS = "paired_values_live", "every_value_paired", "payroll_journal_exists"
EVERY_RUN_ARRIVED = "every_run_arrived"


def snapshot_assets(names: Names) -> list[AssetsDefinition]:
    """One asset for each snapshot of Intacct and of Paychex."""
    connection = names.connection
    journal = connection.posting.journal
    ledger = intacct_assets(names, connection.intacct, journal=journal, journal_check=JOURNAL_EXISTS)
    source = [paychex_asset(names, connection.paychex, snapshot) for snapshot in PAYCHEX]
    return [*ledger, *source]


def alignment_asset(names: Names) -> AssetsDefinition:
    """The alignment of organizations, locations and jobs with departments, locations and projects.

    It stands on every snapshot, so that in a run of everything no journal is built before all of them are there.
    """
    key = names.own("dimension_alignment")
    snapshot_keys = [*(names.intacct(one.name) for one in INTACCT), *(names.paychex(one.name) for one in PAYCHEX)]
    aligned = {names.paychex(name) for name in ("organizations", "locations", "jobs")}
    aligned |= {names.intacct(name) for name in ("departments", "locations", "projects")}

    @asset(
        **table_options(
            names,
            key,
            stage="reference",
            kinds={"pandas", "parquet"},
            schema=frames.ALIGNMENT,
            description="Which Intacct value stands for which Paychex organization, location or job: by crosswalk, "
            "then id, then exact name; created where the connection says so; the rest is reported.",
        ),
        ins={
            "organizations": AssetIn(key=names.paychex("organizations")),
            "source_locations": AssetIn(key=names.paychex("locations")),
            "jobs": AssetIn(key=names.paychex("jobs")),
            "departments": AssetIn(key=names.intacct("departments")),
            "ledger_locations": AssetIn(key=names.intacct("locations")),
            "projects": AssetIn(key=names.intacct("projects")),
        },
        deps=[key for key in snapshot_keys if key not in aligned],
        check_specs=[
            AssetCheckSpec(TARGETS_LIVE, asset=key, blocking=True, description="Paired values exist and are active."),
            AssetCheckSpec(ALL_PAIRED, asset=key, description="Every Paychex value has a partner in Intacct."),
        ],
    )
    def dimension_alignment(
        context: AssetExecutionContext,
        records: RecordsResource,
        intacct: IntacctResource,
        organizations: pd.DataFrame,
        source_locations: pd.DataFrame,
        jobs: pd.DataFrame,
        departments: pd.DataFrame,
        ledger_locations: pd.DataFrame,
        projects: pd.DataFrame,
    ) -> Step:
        sides = aligning.sides(organizations, source_locations, jobs, departments, ledger_locations, projects)
        with outages_waited_out(context):
            client = intacct.client(names.connection, names.connection.intacct)
            frame = aligning.aligned(names.connection, sides, records.open(), client)
        yield Output(frame, metadata={"rows": markdown_table(frame), **counts(aligning.origins(frame))})
        yield finding_check(TARGETS_LIVE, aligning.gone_findings(frame, aligning.live_values(sides)))
        yield finding_check(ALL_PAIRED, aligning.missing_findings(frame))
        announce(names.connection.name, "dimension alignment", f"{len(frame):,} values")

    return dimension_alignment


def calendar_asset(names: Names) -> AssetsDefinition:
    """The pay calendar, whose processed periods become partitions."""

    @asset(
        **table_options(
            names,
            names.own("pay_calendar"),
            stage="payroll",
            kinds={"paychex", "parquet"},
            schema=frames.PAY_PERIODS,
            description="Every pay period that Paychex shows. A processed one becomes a partition of the payroll "
            "assets as soon as it is seen; an open one does not, for it may still change its dates or "
            "vanish.",
        ),
        check_specs=[
            AssetCheckSpec(
                EVERY_RUN_ARRIVED,
                asset=names.own("pay_calendar"),
                description="Every scheduled pay run is processed by its check date.",
            )
        ],
    )
    def pay_calendar(context: AssetExecutionContext, records: RecordsResource, paychex: PaychexResource) -> Step:
        connection = names.connection
        with outages_waited_out(context):
            company = paychex.company(connection, connection.paychex)
            client = paychex.client(connection, connection.paychex)
            periods = discover(connection, client, company.company_id, utc_now().date())
        frame = periods_frame(connection, periods)
        keep_periods(records.open().sources, connection, frame)
        keys = [str(key) for key in frame["partition"].dropna()]
        added = add_missing(context.instance, connection.name, connection.partition_kind, keys)
        told = {"periods": len(frame), "processed": len(keys), "new_pay_runs": len(added)}
        yield Output(frame, metadata={**counts(told), "rows": markdown_table(frame)})
        yield finding_check(EVERY_RUN_ARRIVED, overdue_findings(frame, utc_now().date()))
        announce(connection.name, "pay calendar", f"{len(keys)} processed pay runs, {len(added)} new")

    return pay_calendar
