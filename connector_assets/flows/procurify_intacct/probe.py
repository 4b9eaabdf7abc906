"""What `connector ping` tries for a connection of this flow."""

from collections.abc import Callable

from connector_assets.accounting.bill_mapping import BillRuleKind
from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.flows.procurify_intacct.words import mapping_of
from connector_assets.orchestration.probes import missing, tried_once
from connector_assets.records.database import utc_now
from connector_assets.systems import intacct_client, procurify_client
from connector_assets.vendors.errors import VendorError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.payables import IntacctPayables


def probes(connection: ProcurifyIntacctConnection, home: Deployment) -> dict[str, Callable[[], list[str]]]:
    """A probe for each system, by its name; a probe answers what is missing, an empty list when all is well.

    Each tries once: somebody is waiting for the answer.
    """
    settings = tried_once(home)

    def ledger() -> IntacctClient:
        return intacct_client(connection, connection.intacct, home.credentials, settings)

    return {
        "procurify": lambda: missing(
            lambda: procurify_client(connection, connection.procurify, home.credentials, settings).ping()
        ),
        "intacct": lambda: missing(lambda: ledger().for_entity(connection.posting.entity).ping() or _bills(ledger())),
        "mapping": lambda: missing(lambda: _mapping(connection, home, ledger())),
    }


def _bills(client: IntacctClient) -> list[str]:
    """What bills need beyond what every flow reads: vendors, bank accounts, bills themselves."""
    missing = []
    for name in ("VENDOR", "CHECKINGACCOUNT", "CREDITCARD", "TAXSOLUTION", "TAXDETAIL", "APBILL", "APPYMT"):
        try:
            client.count(name)
        except VendorError as error:
            missing.append(str(error))
    return missing


def _mapping(connection: ProcurifyIntacctConnection, home: Deployment, client: IntacctClient) -> list[str]:
    """Bills need no rule; custom fields do, and their targets must be fields that Intacct has."""
    mapping, _ = mapping_of(home, connection.name, utc_now().date())
    rules = mapping.of(BillRuleKind.CUSTOM_FIELD)
    if not rules:
        return []
    payables = IntacctPayables(client)
    settable = {
        f"{prefix}.{field.name}"
        for name, prefix in (("APBILL", "bill"), ("APBILLITEM", "line"))
        for field in payables.fields(name)
        if (field.is_custom and not field.is_read_only)
        or f"{prefix}.{field.name}" in {"line.PROJECTID", "line.CLASSID"}
    }
    listed = ", ".join(sorted(settable)) or "none"
    return [
        f"Custom field {rule.source!r} is mapped to {rule.target}. Fix: map it to one of: {listed}."
        for rule in rules
        if rule.target not in settable
    ]
