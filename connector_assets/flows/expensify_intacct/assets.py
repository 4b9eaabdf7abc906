"""Everything that one connection of this flow puts into Dagster: assets, checks, jobs, schedules and the sensor."""

from dagster import Definitions

from connector_assets.flows.expensify_intacct.assets_reference import alignment_asset, reports_asset, snapshot_assets
from connector_assets.flows.expensify_intacct.assets_reports import report_assets
from connector_assets.flows.expensify_intacct.automation import jobs, new_reports, schedules
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.orchestration.ledger_assets import gate_requirements


def build(connection: ExpensifyIntacctConnection, batch_reports: int) -> Definitions:
    """The definitions of one connection. `batch_reports` is how many reports of a backfill one run carries."""
    names = Names(connection)
    standing = [*snapshot_assets(names), alignment_asset(names)]
    requirements = gate_requirements(standing, frozenset())
    reports = report_assets(names, requirements, batch_reports)
    made = jobs(names)
    return Definitions(
        assets=[*standing, reports_asset(names), reports],
        jobs=list(made.values()),
        schedules=schedules(names, made),
        sensors=[new_reports(names, made["post"], requirements)],
    )
