"""The frames that flows into Intacct share: its reference data, what was posted, and what stands there afterwards.

Each schema is declared once; it is checked when a frame is made and shown as column schema in the UI. No frame holds a
name of a person.
"""

from connector_assets.accounting.frames import Column, FrameSchema

ACTIVE = Column("active", "bool", "Whether new lines may use it")
RESTRICTED = Column("only_entity_id", "string", "The entity that alone may use it; none: all may", nullable=True)

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
        RESTRICTED,
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
        Column("parent_id", "string", "Parent project", nullable=True),
        ACTIVE,
        RESTRICTED,
    ),
)
CLASSES = FrameSchema(
    "classes",
    (
        Column("class_id", "string", "Class id"),
        Column("name", "string", "Class name"),
        Column("parent_id", "string", "Parent class", nullable=True),
        ACTIVE,
        RESTRICTED,
    ),
)
LEDGER_EMPLOYEES = FrameSchema(
    "employees",
    (
        Column("employee_id", "string", "Intacct employee id"),
        Column("department_id", "string", "Department", nullable=True),
        Column("location_id", "string", "Location", nullable=True),
        Column("supervisor_id", "string", "Employee id of the supervisor", nullable=True),
        Column("title", "string", "Job title", nullable=True),
        Column("start_date", "date", "Start date", nullable=True),
        Column("end_date", "date", "End date", nullable=True),
        Column("termination_type", "string", "voluntary, involuntary, …", nullable=True),
        ACTIVE,
    ),
)
OWN_VALUES = FrameSchema(
    "own_values",
    (
        Column("value_id", "string", "The value's number, which lines name it by"),
        Column("name", "string", "What people call it"),
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
POSTINGS = FrameSchema(
    "gl_post",
    (
        Column("reference", "string", "REFERENCENO of the journal"),
        Column("kind", "string", "Kind of the journal"),
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
        Column("class_id", "string", "Class", nullable=True),
        Column("employee_id", "string", "Employee", nullable=True),
        Column("custom_dimensions", "string", "Values of the company's own dimensions: NAME=value", nullable=True),
        Column("register_cents", "int64", "What the source asks for, debit positive"),
        Column("ledger_cents", "int64", "What Intacct holds, debit positive"),
        Column("difference_cents", "int64", "Ledger less source; zero when reconciled"),
    ),
)
