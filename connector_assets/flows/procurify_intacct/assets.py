"""Everything that one connection of this flow puts into Dagster: assets, checks, jobs, schedules and sensors."""

from dagster import Definitions

from connector_assets.flows.procurify_intacct.assets_bills import bill_assets
from connector_assets.flows.procurify_intacct.assets_master import master_assets
from connector_assets.flows.procurify_intacct.assets_payments import payment_assets
from connector_assets.flows.procurify_intacct.assets_reference import (
    alignment_asset,
    bills_asset,
    payments_asset,
    snapshot_assets,
)
from connector_assets.flows.procurify_intacct.automation import jobs, schedules, sensors
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.flows.procurify_intacct.keys import Names, PaymentNames
from connector_assets.orchestration.ledger_assets import gate_requirements


def build(connection: ProcurifyIntacctConnection, batch: int) -> Definitions:
    """The definitions of one connection. `batch` is how many documents of a backfill one run carries."""
    names, payment_names = Names(connection), PaymentNames(connection)
    standing = [*snapshot_assets(names), alignment_asset(names)]
    requirements = gate_requirements(standing, frozenset())
    master = master_assets(names)
    documents = [bills_asset(names), bill_assets(names, requirements, batch)]
    if connection.posting.payments:
        documents += [payments_asset(names), payment_assets(payment_names, requirements, batch)]
    made = jobs(names, [asset.key.path[-1] for asset in master])
    return Definitions(
        assets=[*standing, *master, *documents],
        jobs=list(made.values()),
        schedules=schedules(names, made),
        sensors=sensors(names, made, requirements),
    )
