"""The frames of this flow beside the payroll register: the alignment, the calendar, and two shared ones.

Each schema is declared once; it is checked when a frame is made and shown as column schema in the UI. No frame holds a
name of a person, a birth date, a social security number or a bank account.
"""

from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.orchestration.ledger_frames import POSTINGS, RECONCILIATION

__all__ = [
    "ALIGNMENT",
    "EMPLOYEE_CHANGES",
    "PAY_PERIODS",
    "POSTINGS",
    "RECONCILIATION",
]

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
