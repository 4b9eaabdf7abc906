"""The frames of this flow beside the payroll register: reference data of both systems, alignment, postings.

Each schema is declared once; it is checked when a frame is made and shown as column schema in the UI. No frame holds a
name of a person, a birth date, a social security number or a bank account.
"""

from connector_assets.accounting.frames import Column, FrameSchema

ACTIVE = Column("active", "bool", "Whether new lines may use it")

GL_ACCOUNTS = FrameSchema(
    "gl_accounts",
    (
        Column("account_no", "string", "Account number"),
        Column("title", "string", "Account title"),
        Column("account_type", "string", "balancesheet or incomestatement"),
        Column("normal_balance", "string", "debit or credit"),
        Column("required_dimensions", "string", "Dimensions that a line on it must carry, by comma"),
        ACTIVE,
    ),
)
JOURNALS = FrameSchema(
    "journals",
    (
        Column("symbol", "string", "Journal symbol"),
        Column("title", "string", "Journal title"),
        ACTIVE,
    ),
)
DEPARTMENTS = FrameSchema(
    "departments",
    (
        Column("department_id", "string", "Department id"),
        Column("title", "string", "Department title"),
        Column("parent_id", "string", "Parent department", nullable=True),
        ACTIVE,
    ),
)
LEDGER_LOCATIONS = FrameSchema(
    "locations",
    (
        Column("location_id", "string", "Location id; an entity is a location too"),
        Column("name", "string", "Location name"),
        Column("parent_id", "string", "Parent location", nullable=True),
        Column("entity_id", "string", "Legal entity of the location; none in a company of one", nullable=True),
        ACTIVE,
    ),
)
PROJECTS = FrameSchema(
    "projects",
    (
        Column("project_id", "string", "Project id"),
        Column("name", "string", "Project name"),
        Column("category", "string", "Project category"),
        ACTIVE,
    ),
)
CLASSES = FrameSchema(
    "classes",
    (
        Column("class_id", "string", "Class id"),
        Column("name", "string", "Class name"),
        Column("parent_id", "string", "Parent class", nullable=True),
        ACTIVE,
    ),
)
LEDGER_EMPLOYEES = FrameSchema(
    "employees",
    (
        Column("employee_id", "string", "Intacct employee id"),
        Column("department_id", "string", "Department", nullable=True),
        Column("location_id", "string", "Location", nullable=True),
        Column("start_date", "date", "Start date", nullable=True),
        Column("end_date", "date", "End date", nullable=True),
        ACTIVE,
    ),
)
REPORTING_PERIODS = FrameSchema(
    "reporting_periods",
    (
        Column("name", "string", "Period name"),
        Column("start_date", "date", "First day"),
        Column("end_date", "date", "Last day"),
        ACTIVE,
    ),
)
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
POSTINGS = FrameSchema(
    "gl_post",
    (
        Column("reference", "string", "REFERENCENO of the journal"),
        Column("kind", "string", "labor or void"),
        Column("state", "string", "State of the posting"),
        Column("ledger_key", "string", "RECORDNO in Intacct", nullable=True),
        Column("ledger_number", "string", "Journal number that people see in Intacct", nullable=True),
        Column("debit_cents", "int64", "Total debit"),
    ),
)
RECONCILIATION = FrameSchema(
    "reconciliation",
    (
        Column("reference", "string", "REFERENCENO of the journal"),
        Column("account_no", "string", "Account"),
        Column("department_id", "string", "Department", nullable=True),
        Column("location_id", "string", "Location", nullable=True),
        Column("project_id", "string", "Project", nullable=True),
        Column("register_cents", "int64", "What the register asks for, debit positive"),
        Column("ledger_cents", "int64", "What Intacct holds, debit positive"),
        Column("difference_cents", "int64", "Ledger less register; zero when reconciled"),
    ),
)
