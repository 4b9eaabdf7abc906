"""Paychex's reference data: one row of a table for each snapshot; a further one is a row, not code."""

from dagster import AssetsDefinition

from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.orchestration.ledger_assets import snapshot_asset
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.resources import PaychexResource
from connector_assets.orchestration.snapshots import Snapshot, columns
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.config import PaychexSection

ORGANIZATIONS = FrameSchema(
    "organizations",
    (
        Column("organization_id", "string", "Paychex organization id"),
        Column("name", "string", "Organization name"),
        Column("number", "string", "Department number", nullable=True),
        Column("parent_id", "string", "Parent organization", nullable=True),
    ),
)
SOURCE_LOCATIONS = FrameSchema(
    "locations",
    (
        Column("location_id", "string", "Paychex location id"),
        Column("name", "string", "Location name"),
        Column("state", "string", "State of the address", nullable=True),
    ),
)
JOBS = FrameSchema(
    "jobs",
    (
        Column("job_id", "string", "Paychex job id"),
        Column("number", "string", "Job number, segments joined by a dash"),
        Column("name", "string", "Job name"),
        Column("start_date", "date", "First day", nullable=True),
        Column("end_date", "date", "Last day", nullable=True),
    ),
)
LABOR_ASSIGNMENTS = FrameSchema(
    "labor_assignments",
    (
        Column("labor_assignment_id", "string", "Paychex labor assignment id"),
        Column("name", "string", "Assignment name"),
        Column("organization_id", "string", "Its organization", nullable=True),
        Column("location_id", "string", "Its location", nullable=True),
    ),
)
PAY_COMPONENTS = FrameSchema(
    "pay_components",
    (
        Column("component_id", "string", "Paychex component id: the key of a mapping rule"),
        Column("name", "string", "The client's own label"),
        Column("classification", "string", "classificationType"),
        Column("effect", "string", "effectOnPay"),
    ),
)

PAYCHEX = (
    Snapshot(
        "organizations",
        "Organizations",
        ORGANIZATIONS,
        lambda client, company_id: client.organizations(company_id),
        columns("organization_id", "name", "number", "parent_id"),
        ("organization_id",),
    ),
    Snapshot(
        "locations",
        "Locations",
        SOURCE_LOCATIONS,
        lambda client, company_id: client.locations(company_id),
        columns("location_id", "name", "state"),
        ("location_id",),
    ),
    Snapshot(
        "jobs",
        "Costing jobs",
        JOBS,
        lambda client, company_id: client.jobs(company_id),
        columns("job_id", "number", "name", "start_date", "end_date"),
        ("job_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "labor_assignments",
        "Labor assignments: combinations of organization and location",
        LABOR_ASSIGNMENTS,
        lambda client, company_id: client.labor_assignments(company_id),
        columns("labor_assignment_id", "name", "organization_id", "location_id"),
        ("labor_assignment_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "pay_components",
        "Pay components: earnings, deductions and memos, but no taxes",
        PAY_COMPONENTS,
        lambda client, company_id: client.pay_components(company_id),
        columns("component_id", "name", "classification_type", "effect_on_pay"),
        ("component_id",),
    ),
)


def paychex_asset(names: ConnectionNames, section: PaychexSection, snapshot: Snapshot) -> AssetsDefinition:
    """A snapshot of a Paychex company as an asset."""
    connection = names.connection

    def reach(paychex: PaychexResource) -> tuple[PaychexClient, str]:
        return paychex.client(connection, section), paychex.company(connection, section).company_id

    return snapshot_asset(
        names,
        snapshot,
        system="paychex",
        kinds={"paychex", "parquet"},
        description=f"{snapshot.title} as Paychex holds them now.",
        reach=reach,
    )
