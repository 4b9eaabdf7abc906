"""Expense reports, vendor-neutral: the frames, and the words that mapping rules use for them.

Spend is positive, a refund negative. Amounts are in the report's currency, in integer cents. No frame holds a person's
name or address: who spent is known by the employee id alone.
"""

from enum import StrEnum

from connector_assets.accounting.frames import Column, FrameSchema

TAG_LEVELS = 5


class ExpenseKind(StrEnum):
    """The kinds of mapping rule of an expense report: two that are debited, two that are credited."""

    EXPENSE = "expense"
    """The cost, by category."""
    TAX = "expense_tax"
    """A tax that can be recovered, by tax code; one without a rule is part of the cost."""
    REIMBURSABLE = "reimbursable"
    """What is owed to the employee."""
    COMPANY_CARD = "company_card"
    """What is owed to the card's issuer, by card; also whatever else the employee is not owed."""


EXPENSE_REPORTS = FrameSchema(
    "EXPENSE_REPORTS",
    (
        Column("report_id", "string", "Id of the report at its source"),
        Column("employee_id", "string", "Number of the employee who submitted it", nullable=True),
        Column("status", "string", "The source's status"),
        Column("currency", "string", "Currency of the report"),
        Column("total_cents", "int64", "What the source says the report adds up to, cents"),
        Column("submitted_date", "date", "Day of submission", nullable=True),
        Column("approved_date", "date", "Day of the last approval", nullable=True),
        Column("reimbursed_date", "date", "Day of the reimbursement", nullable=True),
    ),
)
EXPENSE_LINES = FrameSchema(
    "EXPENSE_LINES",
    (
        Column("report_id", "string", "Id of the report"),
        Column("expense_id", "string", "Id of the expense at its source"),
        Column("line_no", "int64", "Ordinal in the report, from 1"),
        Column("expense_date", "date", "Day of the transaction", nullable=True),
        Column("category", "string", "Category; empty when it has none"),
        Column("amount_cents", "int64", "Amount in the report's currency, tax included; missing: not converted", True),
        Column("own_cents", "int64", "Amount as it was spent, cents of its own currency"),
        Column("own_currency", "string", "The currency that it was spent in"),
        Column("tax_cents", "int64", "Tax in it, in the report's currency"),
        Column("tax_code", "string", "Code of that tax; empty when there is none"),
        Column("is_reimbursable", "bool", "Whether the employee is owed it"),
        Column("is_billable", "bool", "Whether a client is billed for it"),
        Column("card", "string", "The company card; empty when it was none"),
        Column("merchant", "string", "Who was paid"),
        Column("receipt_url", "string", "Where its receipt is; empty when there is none"),
        *(Column(f"tag_{level}", "string", f"Tag of level {level}", True) for level in range(1, TAG_LEVELS + 1)),
    ),
)
EXPENSE_TRACE = FrameSchema(
    "EXPENSE_TRACE",
    (
        Column("reference", "string", "Reference of the journal"),
        Column("journal_line_no", "int64", "Line of the journal; 0 where the parts of a line add up to nothing"),
        Column("expense_id", "string", "Id of the expense"),
        Column("part", "string", "Kind of mapping rule, or due_from and due_to between entities"),
        Column("amount_cents", "int64", "Amount in cents: debit positive, credit negative"),
        Column("rule_id", "string", "Mapping rule that chose the account", nullable=True),
    ),
)
