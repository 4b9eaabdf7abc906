"""Everything that one connection of this flow puts into Dagster: assets, checks, jobs, the schedule and the sensor."""

from dagster import Definitions

from connector_assets.flows.paychex_intacct.assets_changes import changes_asset
from connector_assets.flows.paychex_intacct.assets_payroll import payroll_assets
from connector_assets.flows.paychex_intacct.assets_reference import (
    alignment_asset,
    calendar_asset,
    snapshot_assets,
)
from connector_assets.flows.paychex_intacct.assets_workers import employees_asset, history_asset, roster_asset
from connector_assets.flows.paychex_intacct.automation import new_pay_runs, post_job, refresh_job, refresh_schedule
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.mapping_review import coverage_check
from connector_assets.orchestration.ledger_assets import gate_requirements

NOT_NEEDED = frozenset({"employees"})
"""Snapshots that no journal rests on: lines carry no employee dimension."""


def build(connection: PaychexIntacctConnection, batch_pay_runs: int) -> Definitions:
    """The definitions of one connection. `batch_pay_runs` is how many pay runs of a backfill one run carries."""
    names = Names(connection)
    standing = [*snapshot_assets(names), alignment_asset(names), roster_asset(names)]
    following = [history_asset(names), employees_asset(names)]
    payroll = payroll_assets(names, gate_requirements(standing, NOT_NEEDED), batch_pay_runs)
    refresh, post = refresh_job(names), post_job(names)
    return Definitions(
        assets=[*standing, *following, calendar_asset(names), changes_asset(names), payroll],
        asset_checks=[coverage_check(names)],
        jobs=[refresh, post],
        schedules=[refresh_schedule(names, refresh)],
        sensors=[new_pay_runs(names, post)],
    )
