"""The demo's third connection: expense reports of the sample firm from the sandbox's Expensify into its Intacct."""

from typing import TYPE_CHECKING

from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.commands.console import CONSOLE, table
from connector_assets.commands.samples import INTACCT_CREDENTIALS, sample_connection
from connector_assets.settings import Settings

if TYPE_CHECKING:
    from connector_assets.connections import Connection
    from connector_assets.flows.expensify_intacct.status import ReportStatus

NAME = "hollis_marr_expenses"
TEMPLATE = """\
name: {name}
flow: expensify_intacct
label: Hollis & Marr expenses
start_date: {year}-01-01
freshness_hours: 24
expensify:
  url: {url}/expensify/Integration-Server/ExpensifyIntegrations
  policy_id: "{policy_id}"
  first_poll_s: 0
intacct:
  url: {url}/intacct/ia/xml/xmlgw.phtml
  company_id: {company_id}
posting:
  policy: post
  journal: GJ
  entity: E100
  due_from_account: "1310"
  due_to_account: "2410"
tags: [department, project, class]
defaults:
  location: NYC
"""
SANDBOX_CREDENTIALS = {
    ("expensify", "partner_user_id"): "EXPENSIFY_PARTNER_USER_ID",
    ("expensify", "partner_user_secret"): "EXPENSIFY_PARTNER_USER_SECRET",
    **INTACCT_CREDENTIALS,
}


def prepare_expenses(settings: Settings, url: str) -> "Connection":
    """The sample firm's expense connection, with its credentials in the vault and its mapping imported."""
    from connector_assets.sandbox import company, credentials
    from connector_assets.sandbox.expensify.sample import POLICY_ID

    text = TEMPLATE.format(
        name=NAME,
        year=company.PAYROLL_YEAR,
        url=url,
        policy_id=POLICY_ID,
        company_id=credentials.INTACCT_COMPANY_ID,
    )
    return sample_connection(settings, NAME, text, SANDBOX_CREDENTIALS, rules="expenses", why="The sample firm's chart")


COLUMNS = (
    ("Approved", "left"),
    ("Report", "left"),
    ("Expenses", "right"),
    ("Total", "right"),
    ("Journal no.", "right"),
    ("Debit = credit", "right"),
    ("Reconciled", "center"),
)


def expense_statuses(settings: Settings, connection: "Connection") -> "list[ReportStatus]":
    """Where every expense report stands."""
    from connector_assets.deployment import open_deployment
    from connector_assets.flows.expensify_intacct.status import statuses

    return statuses(open_deployment(settings), connection)


def show_expenses(statuses: "list[ReportStatus]") -> None:
    """The expense reports as a table, and what they come to."""
    table(
        "Expense reports of Hollis & Marr Advisory: Expensify -> Sage Intacct", COLUMNS, [_row(one) for one in statuses]
    )
    total, debit, credit = (
        grouped_text_from_cents(sum(getattr(one, name) for one in statuses))
        for name in ("total_cents", "debit_cents", "credit_cents")
    )
    reconciled = sum(one.reconciled for one in statuses)
    CONSOLE.print(
        f"{len(statuses)} expense reports, {reconciled} reconciled. Total {total}; "
        f"in the ledger, with what entities owe each other: debit {debit}, credit {credit}."
    )


def _row(one: "ReportStatus") -> list[str]:
    return [
        one.approved_date,
        one.partition.partition("_")[2],
        str(one.expenses),
        grouped_text_from_cents(one.total_cents),
        one.ledger_number or one.state,
        grouped_text_from_cents(one.debit_cents) if one.debit_cents == one.credit_cents else "NO",
        "yes" if one.reconciled else "NO",
    ]
