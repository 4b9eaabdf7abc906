"""The demo's purchasing connection: bills and payments from the sandbox's Procurify into its Intacct."""

from typing import TYPE_CHECKING

from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.commands.console import CONSOLE, table
from connector_assets.commands.samples import INTACCT_CREDENTIALS, sample_connection
from connector_assets.settings import Settings

if TYPE_CHECKING:
    from connector_assets.connections import Connection
    from connector_assets.flows.procurify_intacct.status import BillStatus

NAME = "hollis_marr_purchasing"
TEMPLATE = """\
name: {name}
flow: procurify_intacct
label: Hollis & Marr purchasing
start_date: {year}-01-01
freshness_hours: 24
procurify:
  base_url: {url}/procurify
intacct:
  url: {url}/intacct/ia/xml/xmlgw.phtml
  company_id: {company_id}
posting:
  policy: post
  entity: E100
  attachments: required
master_data:
  vendors: true
  account_codes: true
"""
SANDBOX_CREDENTIALS = {
    ("procurify", "client_id"): "PROCURIFY_CLIENT_ID",
    ("procurify", "client_secret"): "PROCURIFY_CLIENT_SECRET",
    **INTACCT_CREDENTIALS,
}


def prepare_purchasing(settings: Settings, url: str) -> "Connection":
    """The sample firm's purchasing connection, with its credentials in the vault and its mapping imported."""
    from connector_assets.sandbox import company, credentials

    text = TEMPLATE.format(name=NAME, year=company.PAYROLL_YEAR, url=url, company_id=credentials.INTACCT_COMPANY_ID)
    return sample_connection(
        settings, NAME, text, SANDBOX_CREDENTIALS, rules="purchasing", why="The sample firm's custom fields"
    )


COLUMNS = (
    ("Kind", "left"),
    ("Posting day", "left"),
    ("No.", "left"),
    ("Total", "right"),
    ("Intacct bill or payment", "left"),
    ("In the ledger", "right"),
    ("Reconciled", "center"),
)


def purchasing_statuses(settings: Settings, connection: "Connection") -> "list[BillStatus]":
    """Where every bill and payment stands."""
    from connector_assets.deployment import open_deployment
    from connector_assets.flows.procurify_intacct.status import statuses

    return statuses(open_deployment(settings), connection)


def show_purchasing(statuses: "list[BillStatus]") -> None:
    """The bills and payments as a table, and what they come to."""
    title = "Bills and payments of Hollis & Marr Advisory: Procurify -> Sage Intacct"
    table(title, COLUMNS, [_row(one) for one in statuses])
    for kind, what in (("bill", "bills"), ("bill_payment", "payments")):
        own = [one for one in statuses if one.kind == kind]
        total, held = (grouped_text_from_cents(sum(getattr(one, name) for one in own)) for name in _SUMMED)
        reconciled = sum(one.reconciled for one in own)
        CONSOLE.print(f"{len(own)} {what}, {reconciled} reconciled. Total {total}; in the ledger {held}.")


_SUMMED = ("total_cents", "ledger_cents")


def _row(one: "BillStatus") -> list[str]:
    return [
        one.kind.removeprefix("bill_"),
        one.posting_date,
        one.partition.partition("_")[2],
        grouped_text_from_cents(one.total_cents),
        one.ledger_number or one.state,
        grouped_text_from_cents(one.ledger_cents),
        "yes" if one.reconciled else "NO",
    ]
