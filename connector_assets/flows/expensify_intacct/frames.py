"""The frames of this flow beside the reports themselves: the workspace, its tags, the reports there are."""

from connector_assets.accounting.frames import Column, FrameSchema

CATEGORIES = FrameSchema(
    "categories",
    (
        Column("name", "string", "Category: the code of a mapping rule"),
        Column("gl_code", "string", "Its GL code in Expensify; empty when it has none"),
        Column("enabled", "bool", "Whether people may still choose it"),
    ),
)
TAGS = FrameSchema(
    "tags",
    (
        Column("level", "int64", "Level of the tag, from 1"),
        Column("level_name", "string", "What Expensify calls the level"),
        Column("name", "string", "The tag"),
        Column("gl_code", "string", "Its GL code in Expensify; empty when it has none"),
        Column("enabled", "bool", "Whether people may still choose it"),
    ),
)
TAG_ALIGNMENT = FrameSchema(
    "tag_alignment",
    (
        Column("level", "int64", "Level of the tag, from 1"),
        Column("name", "string", "The tag"),
        Column("dimension", "string", "department, location, project or class"),
        Column("target_id", "string", "Intacct dimension value", nullable=True),
        Column("origin", "string", "crosswalk, code, id, name, or missing"),
    ),
)
APPROVED_REPORTS = FrameSchema(
    "approved_reports",
    (
        Column("partition", "string", "Partition key of the report"),
        Column("report_id", "string", "Expensify report id"),
        Column("status", "string", "Expensify status"),
        Column("approved_date", "date", "Day of the last approval"),
        Column("expenses", "int64", "Expenses in it"),
        Column("total_cents", "int64", "Total, cents"),
        Column("currency", "string", "Its currency"),
    ),
)
