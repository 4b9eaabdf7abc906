"""The assets that carry master data from Intacct to Procurify: one for each table that the connection switches on."""

from collections.abc import Callable, Sequence

from dagster import AssetExecutionContext, AssetsDefinition, Output, asset

from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct import master_data
from connector_assets.flows.procurify_intacct.frames import CARRIED
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.master_data import Outcome
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.ledger_assets import Step
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import IntacctResource, ProcurifyResource, RecordsResource
from connector_assets.orchestration.specs import table_options
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_assets.vendors.intacct.payables import IntacctPayables
from connector_assets.vendors.procurify.client import ProcurifyClient

CODES = ("M01",)
Carry = Callable[[IntacctClient, ProcurifyClient], Sequence[Outcome]]


def _vendors(ledger: IntacctClient, client: ProcurifyClient) -> list[Outcome]:
    return master_data.carry_vendors(IntacctPayables(ledger).vendors(), client)


def _account_codes(ledger: IntacctClient, client: ProcurifyClient) -> list[Outcome]:
    accounts, banks = IntacctMasterData(ledger).gl_accounts(), IntacctPayables(ledger).bank_accounts()
    return master_data.carry_account_codes(accounts, banks, client)


def master_assets(names: Names) -> list[AssetsDefinition]:
    """One asset for each table that is switched on."""
    on = names.connection.master_data
    made = []
    if on.vendors:
        text = "Vendors of Intacct in Procurify, as preferred vendors: created, updated, deactivated."
        made.append(_asset(names, "vendors_carried", "vendor", text, "vendors", _vendors))
    if on.account_codes:
        text = "Accounts of Intacct in Procurify, applied to all departments there are; bank accounts are left out."
        made.append(_asset(names, "account_codes_carried", "account code", text, "gl_accounts", _account_codes))
    return made


def _asset(names: Names, name: str, what: str, description: str, made_from: str, carry: Carry) -> AssetsDefinition:
    key = names.own(name)
    options = table_options(
        names, key, stage="master_data", kinds={"procurify"}, schema=CARRIED, description=description
    )

    @asset(**options, deps=[names.intacct(made_from)], check_specs=code_specs(key, CODES))
    def carried(
        context: AssetExecutionContext,
        records: RecordsResource,
        procurify: ProcurifyResource,
        intacct: IntacctResource,
    ) -> Step:
        connection, home = names.connection, records.open()
        with outages_waited_out(context):
            ledger = intacct.client(connection, connection.intacct)
            outcomes = carry(ledger, procurify.client(connection, connection.procurify))
        _audit(home, connection.name, what, f"run {context.run.run_id[:8]}", outcomes)
        frame = master_data.carried_frame(outcomes)
        changed = frame[frame["outcome"] != master_data.UNCHANGED]
        yield Output(frame, metadata={**counts(dict(master_data.counted(outcomes))), "rows": markdown_table(changed)})
        yield from code_results(master_data.failures(what, outcomes), CODES)
        written = sum(one.outcome in master_data.WRITTEN for one in outcomes)
        announce(connection.name, name.replace("_", " "), f"{len(outcomes)} looked at, {written} written")

    return carried


def _audit(home: Deployment, connection: str, what: str, actor: str, outcomes: Sequence[Outcome]) -> None:
    master_data.audited(home.audit, outcomes, connection=connection, what=what, actor=actor)
