"""Expensify's reference data: one row of a table for each snapshot; a further one is a row, not code."""

from connector_assets.flows.expensify_intacct import frames
from connector_assets.orchestration.snapshots import Snapshot, columns

EXPENSIFY = (
    Snapshot(
        "categories",
        "Categories of the workspace",
        frames.CATEGORIES,
        lambda client, policy_id: client.categories(policy_id),
        columns("name", "gl_code", "enabled"),
        ("name",),
    ),
    Snapshot(
        "tags",
        "Tags of the workspace, level by level",
        frames.TAGS,
        lambda client, policy_id: client.tags(policy_id),
        columns("level", "level_name", "name", "gl_code", "enabled"),
        ("level", "name"),
        may_be_empty=True,
    ),
)
