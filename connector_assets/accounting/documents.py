"""Expense reports, bills and payments of bills, vendor-neutral: the frames, and the words of their mapping rules.

Spend is positive, a refund negative. Amounts are in the document's currency, in integer cents. No frame holds a
person's name or address: who spent is known by the employee id alone, a vendor by its id.
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
BILLS = FrameSchema(
    "BILLS",
    (
        Column("bill_id", "string", "Id of the bill at its source"),
        Column("version", "int64", "The source's count of its changes"),
        Column("status", "string", "The source's status"),
        Column("source_vendor_id", "string", "Id of the vendor at the source"),
        Column("vendor_ref", "string", "The ledger's vendor id as the source has it", nullable=True),
        Column("vendor_id", "string", "The ledger's vendor; missing when it stands for none", nullable=True),
        Column("invoice_no", "string", "The vendor's invoice number", nullable=True),
        Column("order_no", "string", "Purchase orders, by comma", nullable=True),
        Column("invoice_date", "date", "Day of the invoice", nullable=True),
        Column("posting_date", "date", "Day that it is posted on"),
        Column("due_date", "date", "Day that it is due", nullable=True),
        Column("currency", "string", "Currency of the bill"),
        Column("total_cents", "int64", "What the source says that it adds up to, tax and costs included"),
        Column("files", "int64", "Files that it carries"),
    ),
)
BILL_LINES = FrameSchema(
    "BILL_LINES",
    (
        Column("bill_id", "string", "Id of the bill"),
        Column("line_no", "int64", "Ordinal in the bill, from 1: a part of a line that is split"),
        Column("item_id", "string", "Id of the line or cost at the source"),
        Column("text", "string", "What was bought"),
        Column("account_code", "string", "Account code; missing when it is not coded", nullable=True),
        Column("department_ref", "string", "The ledger's department id as the source has it", nullable=True),
        Column("department", "string", "The source's name of the department", nullable=True),
        Column("location", "string", "The source's name of the department's location", nullable=True),
        Column("net_cents", "int64", "Amount without tax"),
        Column("tax_cents", "int64", "Tax of it"),
        Column("tax_name", "string", "Name of the tax; empty when there is none"),
        Column("custom_fields", "string", "Custom fields and their values, as JSON"),
    ),
)
AP_LINES = FrameSchema(
    "AP_LINES",
    (
        Column("bill_no", "string", "Number of the bill in the ledger"),
        Column("line_no", "int64", "Line of the bill"),
        Column("item_id", "string", "Id of the line or cost at the source"),
        Column("account_no", "string", "Account"),
        Column("amount_cents", "int64", "Amount that goes to the account"),
        Column("tax_cents", "int64", "Tax beside it; zero when the amount holds it"),
        Column("tax_detail_id", "string", "Tax detail of the ledger", nullable=True),
        Column("department_id", "string", "Department", nullable=True),
        Column("location_id", "string", "Location", nullable=True),
        Column("project_id", "string", "Project", nullable=True),
        Column("class_id", "string", "Class", nullable=True),
        Column("employee_id", "string", "Employee; never set", nullable=True),
        Column("entity_id", "string", "Legal entity of the location", nullable=True),
        Column("custom_fields", "string", "Custom fields of the ledger and their values, as JSON"),
        Column("memo", "string", "Text of the line"),
        Column("coding", "string", "How account, department, location and tax were found: by code, id, name or rule"),
    ),
)
BILL_PAYMENTS = FrameSchema(
    "BILL_PAYMENTS",
    (
        Column("payment_id", "string", "Id of the payment at its source"),
        Column("status", "string", "The source's status"),
        Column("payment_date", "date", "Day of the payment"),
        Column("currency", "string", "Currency of the payment"),
        Column("amount_cents", "int64", "What the source says was paid"),
        Column("method", "string", "How it was paid: cheque, ach, eft, wire or other"),
        Column("account_code", "string", "General ledger account of the paying bank account", nullable=True),
    ),
)
PAYMENT_LINES = FrameSchema(
    "PAYMENT_LINES",
    (
        Column("payment_id", "string", "Id of the payment"),
        Column("line_no", "int64", "Ordinal in the payment, from 1"),
        Column("bill_id", "string", "The bill that is paid"),
        Column("amount_cents", "int64", "What is paid of it"),
        Column("bill_key", "string", "The bill's record in the ledger; missing as long as it is not there", True),
        Column("vendor_id", "string", "The ledger's vendor of the bill", nullable=True),
        Column("is_earlier", "bool", "Whether it is from before the first day: others entered it in the ledger"),
    ),
)
