"""Everything that one connection of this flow puts into Dagster: assets, checks, jobs and sensors."""

from dagster import Definitions

from connector_assets.flows.paychex_intacct.assets_changes import changes_asset
from connector_assets.flows.paychex_intacct.assets_dimensions import alignment_asset, dimension_changes_asset
from connector_assets.flows.paychex_intacct.assets_payroll import payroll_assets
from connector_assets.flows.paychex_intacct.assets_reference import (
    calendar_asset,
    snapshot_assets,
)
from connector_assets.flows.paychex_intacct.assets_workers import employees_asset, history_asset
from connector_assets.flows.paychex_intacct.automation import jobs_of, new_pay_runs, notifications
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.mapping_review import coverage_check
from connector_assets.flows.paychex_intacct.polling import payroll_calendar
from connector_assets.orchestration.ledger_assets import gate_requirements
from connector_assets.orchestration.roster_asset import roster_asset

NOT_NEEDED = frozenset({"employees"})
"""Snapshots that no journal rests on, unless its lines name workers."""


def build(connection: PaychexIntacctConnection, batch_pay_runs: int) -> Definitions:
    """The definitions of one connection. `batch_pay_runs` is how many pay runs of a backfill one run carries."""
    names = Names(connection)
    roster = [roster_asset(names, connection.paychex, by_number=False), history_asset(names)]
    standing = [*snapshot_assets(names), alignment_asset(names), *roster]
    following = [dimension_changes_asset(names), employees_asset(names)]
    names_workers = connection.journal.grain == "employee"
    requirements = gate_requirements(standing, frozenset() if names_workers else NOT_NEEDED)
    payroll = payroll_assets(names, requirements, batch_pay_runs)
    jobs = jobs_of(names)
    return Definitions(
        assets=[*standing, *following, calendar_asset(names), changes_asset(names), payroll],
        asset_checks=[coverage_check(names)],
        jobs=list(jobs.values()),
        sensors=[
            payroll_calendar(names, jobs["refresh"], jobs["discover"]),
            notifications(names, jobs),
            new_pay_runs(names, jobs["post"], requirements),
        ],
    )
