"""The frames of this flow beside bills and payments: reference data, alignment, what there is, what was carried."""

from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.orchestration.ledger_frames import ACTIVE

LEDGER_VENDORS = FrameSchema(
    "vendors",
    (
        Column("vendor_id", "string", "Vendor id"),
        Column("title", "string", "The firm's name; empty where the vendor is a person"),
        Column("on_hold", "bool", "Whether the ledger pays it nothing for now"),
        ACTIVE,
    ),
)
BANK_ACCOUNTS = FrameSchema(
    "bank_accounts",
    (
        Column("bank_account_id", "string", "Id of the bank account or charge card, as payments name it"),
        Column("account_no", "string", "The general ledger account behind it, which no bill may use"),
        ACTIVE,
    ),
)
TAX_SOLUTIONS = FrameSchema(
    "tax_solutions",
    (
        Column("solution_id", "string", "Tax solution"),
        Column("method", "string", "How it works taxes out, as the ledger names it"),
    ),
)
TAX_DETAILS = FrameSchema(
    "tax_details",
    (
        Column("detail_id", "string", "Tax detail"),
        Column("solution_id", "string", "Tax solution that it belongs to"),
        Column("is_purchase", "bool", "Whether it is for purchases"),
        ACTIVE,
    ),
)
ENTITIES = FrameSchema(
    "entities",
    (
        Column("entity_id", "string", "Legal entity"),
        Column("title", "string", "Its name"),
        Column("currency", "string", "Its currency; missing in a company of one", nullable=True),
        ACTIVE,
    ),
)
BILL_FIELDS = FrameSchema(
    "bill_fields",
    (
        Column("target", "string", "What a mapping rule calls it: bill.… or line.…"),
        Column("label", "string", "What people call it"),
        Column("data_type", "string", "Its type"),
        Column("choices", "string", "The values it may have, as JSON; empty where any text will do"),
        Column("is_custom", "bool", "Whether the company added it"),
        Column("is_read_only", "bool", "Whether the ledger sets it by itself"),
    ),
)
DEPARTMENTS = FrameSchema(
    "departments",
    (
        Column("department_id", "string", "Procurify's department"),
        Column("name", "string", "Its name"),
        Column("ledger_ref", "string", "External id; empty when it has none"),
        Column("location", "string", "Name of its location; empty when it has none"),
        ACTIVE,
    ),
)
LOCATIONS = FrameSchema(
    "locations",
    (
        Column("location_id", "string", "Procurify's location"),
        Column("name", "string", "Its name, which must be the ledger's, letter by letter"),
        ACTIVE,
    ),
)
ACCOUNT_CODES = FrameSchema(
    "account_codes",
    (
        Column("account_code_id", "string", "Procurify's account code"),
        Column("code", "string", "The code: a ledger's account number"),
        Column("title", "string", "Its description"),
        Column("departments", "int64", "Departments that it is applied to"),
        ACTIVE,
    ),
)
CUSTOM_FIELDS = FrameSchema(
    "custom_fields",
    (
        Column("field_id", "string", "Procurify's custom field"),
        Column("name", "string", "Its name: the source of a mapping rule"),
        Column("field_type", "string", "Its type"),
        ACTIVE,
    ),
)
BILL_ALIGNMENT = FrameSchema(
    "bill_alignment",
    (
        Column("kind", "string", "location, department, account_code or custom_field"),
        Column("name", "string", "What Procurify calls it"),
        Column("target_id", "string", "What it stands for in the ledger", nullable=True),
        Column("origin", "string", "rule, id, name, code, or missing"),
    ),
)
APPROVED_BILLS = FrameSchema(
    "approved_bills",
    (
        Column("partition", "string", "Partition key of the bill"),
        Column("bill_id", "string", "Procurify's bill"),
        Column("version", "int64", "Its version"),
        Column("status", "string", "Its status"),
        Column("posting_date", "date", "Day that it is posted on"),
        Column("total_cents", "int64", "Total, tax and costs included"),
    ),
)
PAID_PAYMENTS = FrameSchema(
    "paid_payments",
    (
        Column("partition", "string", "Partition key of the payment"),
        Column("payment_id", "string", "Procurify's payment"),
        Column("status", "string", "Its status"),
        Column("payment_date", "date", "Day of the payment"),
        Column("bills", "int64", "Bills that it pays"),
        Column("amount_cents", "int64", "What was paid"),
    ),
)
PAYMENT_RECONCILIATION = FrameSchema(
    "payment_reconciliation",
    (
        Column("payment_no", "string", "Number of the payment in the ledger"),
        Column("bill_key", "string", "The bill in the ledger"),
        Column("source_cents", "int64", "What the source paid of it"),
        Column("ledger_cents", "int64", "What the ledger's payment paid of it"),
        Column("difference_cents", "int64", "Ledger less source; zero when reconciled"),
        Column("due_cents", "int64", "What is still due on it"),
    ),
)
CARRIED = FrameSchema(
    "carried",
    (
        Column("ledger_id", "string", "The ledger's record"),
        Column("outcome", "string", "created, updated, deactivated, unchanged, left_out or failed"),
        Column("procurify_id", "string", "Procurify's record", nullable=True),
        Column("why", "string", "Why it was left out or failed; empty for any other"),
    ),
)
