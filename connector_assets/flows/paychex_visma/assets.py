"""Everything that one connection of this flow puts into Dagster: assets, checks, jobs, schedules and the sensor."""

from dagster import Definitions

from connector_assets.flows.paychex_visma.assets_reference import alignment_asset, snapshot_assets
from connector_assets.flows.paychex_visma.assets_workers import poll_asset, sync_asset
from connector_assets.flows.paychex_visma.automation import jobs, schedules
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.flows.paychex_visma.keys import Names
from connector_assets.flows.paychex_visma.newcomers import newcomers_sensor
from connector_assets.flows.paychex_visma.notices import notifications
from connector_assets.orchestration.ledger_assets import gate_requirements
from connector_assets.orchestration.roster_asset import roster_asset


def build(connection: PaychexVismaConnection, _batch: int) -> Definitions:
    """The definitions of one connection. There are no documents, and so nothing that goes in batches."""
    names = Names(connection)
    standing = [*snapshot_assets(names), alignment_asset(names)]
    employees = sync_asset(names, gate_requirements(standing, frozenset()))
    made = jobs(names)
    return Definitions(
        assets=[*standing, roster_asset(names, connection.paychex, by_number=True), poll_asset(names), employees],
        jobs=list(made.values()),
        schedules=schedules(names, made),
        sensors=[notifications(names, list(made.values())), newcomers_sensor(names, made["refresh"])],
    )
