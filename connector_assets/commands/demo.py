"""`demo`: a year of payroll, expenses and purchasing out of the sandbox; `dev`: the Dagster UI on what it left."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.commands.console import CONSOLE, explained, failed, table
from connector_assets.commands.samples import INTACCT_CREDENTIALS, PAYCHEX_CREDENTIALS, sample_connection
from connector_assets.commands.sandbox_process import sandbox
from connector_assets.settings import ConfigError, Settings, load_settings

if TYPE_CHECKING:
    from connector_assets.connections import Connection
    from connector_assets.flows.paychex_intacct.status import PayRunStatus

UI_PORT = 3000
TEMPLATE = """\
name: {name}
flow: paychex_intacct
label: {label}
start_date: {year}-01-01
freshness_hours: 24
paychex:
  base_url: {url}/paychex
  display_id: "{display_id}"
intacct:
  url: {url}/intacct/ia/xml/xmlgw.phtml
  company_id: {company_id}
posting:
  policy: post
  journal: PYRJ
  entity: {entity}
  due_from_account: "1310"
  due_to_account: "2410"
dimensions:
  projects: create_in_intacct
"""


@click.command()
@click.option("--workers", default=250, show_default=True, help="People in the sample firm (the first demo decides).")
@explained
def demo(workers: int) -> None:
    """Post a year of pay runs of the sample firm, and show each one with its journal. No account, no network.

    Run it again: it finds everything posted and sends nothing.
    """
    from connector_assets.commands.demo_expenses import expense_statuses, prepare_expenses, show_expenses
    from connector_assets.commands.demo_purchasing import prepare_purchasing, purchasing_statuses, show_purchasing
    from connector_assets.commands.demo_visma import prepare_visma, show_visma, synced, visma_statuses
    from connector_assets.commands.sync import carry

    settings = load_settings()
    started = time.monotonic()
    with sandbox(settings, workers) as url:
        connections = prepare_connections(settings, url)
        expenses = prepare_expenses(settings, url)
        purchasing = prepare_purchasing(settings, url)
        visma = prepare_visma(settings, url)
        everything = [*connections, expenses, purchasing, visma]
        before = posted_count(settings, everything)
        problems = carry(settings, everything)
        statuses = all_statuses(settings, connections)
    reports = expense_statuses(settings, expenses)
    show(statuses, posted_count(settings, everything) - before, time.monotonic() - started)
    show_expenses(reports)
    bills = purchasing_statuses(settings, purchasing)
    show_purchasing(bills)
    employees = visma_statuses(settings, visma)
    show_visma(synced(settings, visma), employees)
    failed(problems)
    settled = [one.reconciled for one in statuses] + [one.reconciled for one in reports]
    settled += [one.reconciled for one in bills] + [one.reconciled for one in employees]
    if problems or not all(settled):
        raise SystemExit(1)


def prepare_connections(settings: Settings, url: str) -> "list[Connection]":
    """The sample firm's two connections, with their credentials in the vault and their mapping imported."""
    from connector_assets.sandbox import company, credentials

    connections = []
    for entity in company.ENTITIES:
        name = f"hollis_marr_{entity.entity_id.lower()}"
        text = TEMPLATE.format(
            name=name,
            label=entity.name,
            year=company.PAYROLL_YEAR,
            url=url,
            display_id=entity.paychex_display_id,
            company_id=credentials.INTACCT_COMPANY_ID,
            entity=entity.entity_id,
        )
        rules, why = entity.entity_id, "The sample firm's chart"
        connections.append(sample_connection(settings, name, text, SANDBOX_CREDENTIALS, rules=rules, why=why))
    return connections


SANDBOX_CREDENTIALS = {**PAYCHEX_CREDENTIALS, **INTACCT_CREDENTIALS}


def all_statuses(settings: Settings, connections: "list[Connection]") -> "list[PayRunStatus]":
    """Where every pay run of the connections stands."""
    from connector_assets.deployment import open_deployment
    from connector_assets.flows.paychex_intacct.status import statuses

    home = open_deployment(settings)
    return [status for connection in connections for status in statuses(home, connection)]


def posted_count(settings: Settings, connections: "list[Connection]") -> int:
    """How many documents the posting ledger holds as posted."""
    from connector_assets.deployment import open_deployment

    home = open_deployment(settings)
    return sum(len(home.postings.list(connection.name, ["posted"])) for connection in connections)


COLUMNS = (
    ("Entity", "left"),
    ("Pay run", "left"),
    ("Check date", "left"),
    ("Checks", "right"),
    ("Gross", "right"),
    ("Employer cost", "right"),
    ("Journal no.", "right"),
    ("Debit = credit", "right"),
    ("Reconciled", "center"),
)


def show(statuses: "list[PayRunStatus]", posted: int, elapsed_s: float) -> None:
    """The table that a controller would want, and what to do next."""
    table("Pay runs of Hollis & Marr Advisory: Paychex -> Sage Intacct", COLUMNS, [row(one) for one in statuses])
    sums = {name: grouped_text_from_cents(sum(getattr(one, name) for one in statuses)) for name in SUMMED}
    checks = sum(one.checks for one in statuses)
    reconciled = sum(one.reconciled for one in statuses)
    CONSOLE.print(
        f"{len(statuses)} pay runs with {checks:,} checks, {reconciled} reconciled. "
        f"Gross {sums['gross_cents']}, employer cost {sums['employer_cost_cents']}; "
        f"in the ledger: debit {sums['debit_cents']}, credit {sums['credit_cents']}."
    )
    told = f"{posted} journals posted" if posted else "Nothing was posted: every pay run stood in the ledger already"
    CONSOLE.print(f"{told}. It took {elapsed_s:.0f} s. Now look at it: `make dev`, then http://localhost:{UI_PORT}")


SUMMED = ("gross_cents", "employer_cost_cents", "debit_cents", "credit_cents")


def row(one: "PayRunStatus") -> list[str]:
    """One pay run as the table shows it; a debit that is not the credit shows both."""
    equal = one.debit_cents == one.credit_cents
    balance = (
        grouped_text_from_cents(one.debit_cents)
        if equal
        else f"{grouped_text_from_cents(one.debit_cents)} / {grouped_text_from_cents(one.credit_cents)}"
    )
    return [
        one.connection.removeprefix("hollis_marr_").upper(),
        one.description.split(" (")[0].replace(" Payroll", ""),
        one.check_date,
        str(one.checks),
        grouped_text_from_cents(one.gross_cents),
        grouped_text_from_cents(one.employer_cost_cents),
        one.ledger_number or one.state,
        balance,
        "yes" if one.reconciled else "NO",
    ]


@click.command()
@click.option("--port", default=UI_PORT, show_default=True, help="Port of the Dagster UI.")
@click.option("--workers", default=250, show_default=True, help="People in the sample firm (the first start decides).")
@explained
def dev(port: int, workers: int) -> None:
    """Open the Dagster UI on the state the demo left, sandbox and webhook receiver beside it, until Ctrl-C."""
    from connector_assets.commands.demo_expenses import prepare_expenses
    from connector_assets.commands.demo_purchasing import prepare_purchasing
    from connector_assets.commands.demo_visma import prepare_visma
    from connector_assets.commands.webhooks import receiver_beside
    from connector_assets.orchestration.runs import prepare_dagster_home

    settings = load_settings()
    with ExitStack() as beside:
        url = beside.enter_context(sandbox(settings, workers))
        payrolls = prepare_connections(settings, url)
        prepare_expenses(settings, url)
        prepare_purchasing(settings, url)
        prepare_visma(settings, url)
        hooks_url = beside.enter_context(receiver_beside(settings, payrolls))
        prepare_dagster_home(settings)
        CONSOLE.print(f"Sandbox at {url}, receiver of its notifications at {hooks_url}.")
        CONSOLE.print(f"Dagster UI at http://localhost:{port} in a few seconds; Ctrl-C ends all of it.")
        command = [str(Path(sys.executable).parent / "dagster"), "dev", "-w", str(workspace_file())]
        home = str(settings.home.absolute())  # the child stands in it, so that no other dagster.yaml is in its way
        environment = {**os.environ, "CONNECTOR_HOME": home, "PYTHONWARNINGS": "ignore::FutureWarning"}
        command += ["-p", str(port), "-h", "127.0.0.1"]
        child = subprocess.Popen(command, env=environment, cwd=home, start_new_session=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways to end it leave nothing running
        try:
            code = child.wait()
        except KeyboardInterrupt:
            end_group(child)
            return
    if code:
        raise ConfigError("The Dagster UI ended with an error.", fix="Read its last lines above.")


def end_group(child: "subprocess.Popen[bytes]") -> None:
    """End a child and every process that it has started: kindly, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=20)


def workspace_file() -> Path:
    """The project's workspace.yaml, which names the code location."""
    return Path(__file__).parent.parent.parent / "workspace.yaml"


COMMANDS: tuple[click.Command, ...] = (demo, dev)
