"""Paychex's reference data: one row of a table for each snapshot; a further one is a row, not code."""

from connector_assets.flows.paychex_intacct import frames
from connector_assets.orchestration.snapshots import Snapshot, columns

PAYCHEX = (
    Snapshot(
        "organizations",
        "Organizations",
        frames.ORGANIZATIONS,
        lambda client, company_id: client.organizations(company_id),
        columns("organization_id", "name", "number", "parent_id"),
        ("organization_id",),
    ),
    Snapshot(
        "locations",
        "Locations",
        frames.SOURCE_LOCATIONS,
        lambda client, company_id: client.locations(company_id),
        columns("location_id", "name", "state"),
        ("location_id",),
    ),
    Snapshot(
        "jobs",
        "Costing jobs",
        frames.JOBS,
        lambda client, company_id: client.jobs(company_id),
        columns("job_id", "number", "name", "start_date", "end_date"),
        ("job_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "labor_assignments",
        "Labor assignments: combinations of organization and location",
        frames.LABOR_ASSIGNMENTS,
        lambda client, company_id: client.labor_assignments(company_id),
        columns("labor_assignment_id", "name", "organization_id", "location_id"),
        ("labor_assignment_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "pay_components",
        "Pay components: earnings, deductions and memos, but no taxes",
        frames.PAY_COMPONENTS,
        lambda client, company_id: client.pay_components(company_id),
        columns("component_id", "name", "classification_type", "effect_on_pay"),
        ("component_id",),
    ),
)
