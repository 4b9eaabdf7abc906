"""The frames of this flow. None holds a name or an address: where those must be compared, a keyed digest stands."""

from connector_assets.accounting.frames import Column, FrameSchema

DEPARTMENTS = FrameSchema(
    "visma_departments",
    (
        Column("department_id", "string", "Visma department"),
        Column("description", "string", "Its description"),
        Column("cost_center", "string", "What its expense subaccount names"),
    ),
)
BRANCHES = FrameSchema(
    "visma_branches",
    (
        Column("branch_no", "string", "Visma branch number"),
        Column("name", "string", "Its name"),
        Column("active", "bool", "Whether it may be used"),
    ),
)
ACCOUNTS = FrameSchema(
    "visma_accounts",
    (
        Column("account_no", "string", "Account number"),
        Column("description", "string", "Its description"),
        Column("account_type", "string", "Asset, Liability, Income or Expense"),
        Column("active", "bool", "Whether new lines may use it"),
    ),
)
SUBACCOUNTS = FrameSchema(
    "visma_subaccounts",
    (
        Column("subaccount_no", "string", "A combination of segment values"),
        Column("description", "string", "Its description"),
        Column("active", "bool", "Whether new lines may use it"),
    ),
)
SEGMENT_VALUES = FrameSchema(
    "segment_values",
    (
        Column("segment", "int64", "Segment of the dimension SUBACCOUNT"),
        Column("segment_name", "string", "What the segment is called"),
        Column("length", "int64", "Longest value of the segment, characters"),
        Column("value", "string", "The value"),
        Column("description", "string", "Its description"),
        Column("active", "bool", "Whether new lines may use it"),
    ),
)
VISMA_EMPLOYEES = FrameSchema(
    "visma_employees",
    (
        Column("employee_no", "string", "Visma employee number"),
        Column("etag", "string", "Row version, which a write names"),
        Column("modified", "string", "Visma's moment of the newest change"),
        Column("status", "string", "Visma status"),
        Column("department", "string", "Visma department"),
        Column("branch", "string", "Visma branch number"),
        Column("name", "string", "Keyed digest of the name"),
        Column("reach", "string", "Keyed digest of name and address at work"),
        Column("title", "string", "Keyed digest of the field that holds the job title"),
        Column("hire_date", "string", "Keyed digest of the field that holds the day of hire"),
        Column("end_date", "string", "Keyed digest of the field that holds the end"),
    ),
)
ALIGNMENT = FrameSchema(
    "visma_alignment",
    (
        Column("kind", "string", "department, branch, or segment and its number"),
        Column("source", "string", "organization, location, job or title"),
        Column("source_id", "string", "Paychex id; of a job title the title"),
        Column("source_name", "string", "Its name in Paychex"),
        Column("target_id", "string", "Visma id", nullable=True),
        Column("origin", "string", "crosswalk, id, name, created, or missing"),
        Column("outcome", "string", "What was written into Visma: created, renamed, closed, opened; empty: nothing"),
        Column("problem", "string", "What is wrong with the pair; empty: nothing"),
    ),
)
EMPLOYEE_SYNC = FrameSchema(
    "employee_sync",
    (
        Column("worker_id", "string", "Paychex worker id"),
        Column("employee_no", "string", "Visma employee number"),
        Column("state", "string", "in_step, drifted, held, unknown, refused, waiting, or outside"),
        Column("action", "string", "created, updated, repaired or taken over in this run; empty: nothing"),
        Column("fields", "string", "Which fields that were, by comma"),
        Column("reason", "string", "Why"),
        Column("status", "string", "Visma status that it has or should have"),
        Column("department", "string", "Visma department that it has or should have"),
        Column("branch", "string", "Visma branch that it has or should have"),
        Column("cost_centers", "string", "Segment values that payroll lines of the worker belong to"),
        Column("title", "string", "Job title in Paychex"),
        Column("hire_date", "date", "Day of hire in Paychex", nullable=True),
        Column("end_date", "date", "Last day in Paychex, of who left", nullable=True),
    ),
)
