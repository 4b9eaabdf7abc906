"""The demo's connection into the sandbox's Visma: employees and dimensions of the sample firm kept current."""

from typing import TYPE_CHECKING

from connector_assets.commands.console import CONSOLE, table
from connector_assets.commands.samples import PAYCHEX_CREDENTIALS, sample_connection
from connector_assets.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from connector_assets.connections import Connection
    from connector_assets.flows.paychex_visma.status import EmployeeStatus

NAME = "hollis_marr_visma"
TEMPLATE = """\
name: {name}
flow: paychex_visma
label: Hollis & Marr employees
start_date: {year}-01-01
freshness_hours: 24
paychex:
  base_url: {url}/paychex
  display_id: "{display_id}"
visma:
  base_url: {url}/visma/api
  token_url: {url}/visma/connect/token
  tenant_id: {tenant_id}
employees:
  employee_class: STD
  calendar: NORM
departments:
  missing: create
  renamed: update
  cost_center_segment: 1
segments:
  - {{segment: 1, source: organization, missing: create, renamed: update, pad: "0"}}
  - {{segment: 2, source: job, missing: create, renamed: update, ended: deactivate}}
  - {{segment: 3, source: title, missing: create, prefix: R}}
"""
SANDBOX_CREDENTIALS = {
    ("visma", "client_id"): "VISMA_CLIENT_ID",
    ("visma", "client_secret"): "VISMA_CLIENT_SECRET",
    **PAYCHEX_CREDENTIALS,
}


def prepare_visma(settings: Settings, url: str) -> "Connection":
    """The sample firm's connection into Visma, with its credentials in the vault."""
    from connector_assets.sandbox import company, credentials

    text = TEMPLATE.format(
        name=NAME,
        year=company.PAYROLL_YEAR,
        url=url,
        display_id=company.ENTITIES[0].paychex_display_id,
        tenant_id=credentials.VISMA_TENANT_ID,
    )
    return sample_connection(settings, NAME, text, SANDBOX_CREDENTIALS)


def visma_statuses(settings: Settings, connection: "Connection") -> "list[EmployeeStatus]":
    """Where the employees stand."""
    from connector_assets.deployment import open_deployment
    from connector_assets.flows.paychex_visma.status import statuses

    return statuses(open_deployment(settings), connection)


def synced(settings: Settings, connection: "Connection") -> "pd.DataFrame":
    """The employees as the last run left them; none before a first run came that far."""
    from dagster import AssetKey

    from connector_assets.flows.paychex_visma.frames import EMPLOYEE_SYNC
    from connector_assets.orchestration.io import FrameStore

    store, key = FrameStore(settings.frames_path), AssetKey([connection.name, "employee_sync"])
    return store.read(key) if store.exists(key) else EMPLOYEE_SYNC.empty()


COLUMNS = (
    ("Department", "left"),
    ("Cost centre", "left"),
    ("Employees", "right"),
    ("Active", "right"),
    ("Written in this run", "right"),
    ("In step", "right"),
)


def show_visma(frame: "pd.DataFrame", statuses: "list[EmployeeStatus]") -> None:
    """The employees by department, and what is not in step."""
    there = frame[frame["state"] != "outside"]
    body = []
    for department, rows in there.groupby("department"):
        center = rows["cost_centers"].str.extract(r"(?:^| )1=(\S+)")[0].dropna()
        counts = (len(rows), (rows["status"] == "Active").sum(), (rows["action"] != "").sum())
        in_step = (rows["state"] == "in_step").sum()
        body.append([str(department), center.iloc[0] if len(center) else "", *(map(str, counts)), str(in_step)])
    table("Employees of Hollis & Marr Advisory LLC: Paychex -> Visma.net", COLUMNS, body)
    done = there.loc[there["action"] != "", "action"].value_counts()
    told = ", ".join(f"{count} {action}" for action, count in done.items()) or "nothing had changed"
    CONSOLE.print(f"{len(there)} employees in Visma: {told}.")
    for one in statuses:
        if not one.reconciled:
            CONSOLE.print(f"{one.subject}: {one.state}. {one.problem}")
