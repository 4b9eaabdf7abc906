"""The frames of this flow beside the payroll register: Paychex's reference data, the alignment, and two shared ones.

Each schema is declared once; it is checked when a frame is made and shown as column schema in the UI. No frame holds a
name of a person, a birth date, a social security number or a bank account.
"""

from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.orchestration.ledger_frames import POSTINGS, RECONCILIATION

__all__ = [
    "ALIGNMENT",
    "EMPLOYEE_CHANGES",
    "JOBS",
    "LABOR_ASSIGNMENTS",
    "ORGANIZATIONS",
    "PAY_COMPONENTS",
    "PAY_PERIODS",
    "POSTINGS",
    "RECONCILIATION",
    "SOURCE_LOCATIONS",
]

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
PAY_PERIODS = FrameSchema(
    "pay_periods",
    (
        Column("pay_period_id", "string", "Paychex pay period id"),
        Column("partition", "string", "Partition key of the pay run", nullable=True),
        Column("status", "string", "Paychex status"),
        Column("interval", "string", "Pay frequency; empty for off-cycle and reversal runs"),
        Column("description", "string", "What Paychex calls the period"),
        Column("start_date", "date", "First day worked"),
        Column("end_date", "date", "Last day worked"),
        Column("check_date", "date", "Pay date"),
        Column("check_count", "int64", "Checks that Paychex says it holds"),
        Column("original_pay_period_id", "string", "The period that this one reverses", nullable=True),
    ),
)
ALIGNMENT = FrameSchema(
    "dimension_alignment",
    (
        Column("kind", "string", "department, location or project"),
        Column("source_id", "string", "Paychex id of the organization, location or job"),
        Column("source_number", "string", "Its number in Paychex", nullable=True),
        Column("source_name", "string", "Its name in Paychex"),
        Column("target_id", "string", "Intacct dimension value", nullable=True),
        Column("origin", "string", "crosswalk, id, name, created, or missing"),
    ),
)
EMPLOYEE_CHANGES = FrameSchema(
    "employee_sync",
    (
        Column("action", "string", "create or update"),
        Column("worker_id", "string", "Paychex worker id"),
        Column("employee_id", "string", "Intacct employee id"),
        Column("fields", "string", "Which fields were written, by comma"),
    ),
)
