"""The unpartitioned assets: snapshots of both systems, and the pay calendar."""

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    Output,
    asset,
)

from connector_assets.flows.paychex_intacct import frames
from connector_assets.flows.paychex_intacct.expected import calendar_body, calendar_of
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.periods import discover, keep_periods, periods_frame
from connector_assets.flows.paychex_intacct.polling import CALENDAR
from connector_assets.flows.paychex_intacct.usual import overdue_findings
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.ledger_assets import (
    Step,
    intacct_assets,
)
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.partitions import add_missing
from connector_assets.orchestration.paychex_reference import PAYCHEX, paychex_asset
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import PaychexResource, RecordsResource
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now

JOURNAL_EXISTS = "payroll_journal_exists"
CALENDAR_CODES = ("S06",)


def snapshot_assets(names: Names) -> list[AssetsDefinition]:
    """One asset for each snapshot of Intacct and of Paychex."""
    connection = names.connection
    journal = connection.posting.journal
    own = connection.dimensions.own
    ledger = intacct_assets(names, connection.intacct, journal=journal, journal_check=JOURNAL_EXISTS, own=own)
    source = [paychex_asset(names, connection.paychex, snapshot) for snapshot in PAYCHEX]
    return [*ledger, *source]


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
        check_specs=code_specs(names.own("pay_calendar"), CALENDAR_CODES),
    )
    def pay_calendar(context: AssetExecutionContext, records: RecordsResource, paychex: PaychexResource) -> Step:
        connection = names.connection
        with outages_waited_out(context):
            company = paychex.company(connection, connection.paychex)
            client = paychex.client(connection, connection.paychex)
            periods = discover(connection, client, company.company_id, utc_now().date())
        frame = periods_frame(connection, periods)
        keep_periods(records.open().sources, connection, frame)
        expected = calendar_body(calendar_of(periods, utc_now()))
        records.open().snapshots.put(connection.name, CALENDAR, expected)
        keys = [str(key) for key in frame["partition"].dropna()]
        added = add_missing(context.instance, connection.name, connection.partition_kind, keys)
        told = {"periods": len(frame), "processed": len(keys), "new_pay_runs": len(added)}
        yield Output(frame, metadata={**counts(told), "rows": markdown_table(frame)})
        yield from code_results(overdue_findings(frame, utc_now().date()), CALENDAR_CODES)
        announce(connection.name, "pay calendar", f"{len(keys)} processed pay runs, {len(added)} new")

    return pay_calendar
