"""Visma's reference data: one row of a table for each snapshot; a further one is a row, not code."""

from collections.abc import Iterator

from connector_assets.flows.paychex_visma import frames
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.orchestration.paychex_reference import PAYCHEX
from connector_assets.orchestration.snapshots import Snapshot, columns
from connector_assets.vendors.visma.client import VismaClient

DIMENSION = "SUBACCOUNT"
SOURCES = tuple(one for one in PAYCHEX if one.name in {"organizations", "locations", "jobs"})
"""What this flow reads of Paychex beside the workers."""

BOOKS = (
    Snapshot(
        "departments",
        "Departments",
        frames.DEPARTMENTS,
        lambda client, _: client.departments(),
        columns("department_id", "description", "cost_center"),
        ("department_id",),
    ),
    Snapshot(
        "branches",
        "Branches",
        frames.BRANCHES,
        lambda client, _: client.branches(),
        columns("number", "name", "is_active"),
        ("branch_no",),
    ),
    Snapshot(
        "accounts",
        "General ledger accounts",
        frames.ACCOUNTS,
        lambda client, _: client.accounts(),
        columns("number", "description", "type", "is_active"),
        ("account_no",),
    ),
    Snapshot(
        "subaccounts",
        "Subaccounts: combinations of segment values",
        frames.SUBACCOUNTS,
        lambda client, _: client.subaccounts(),
        columns("number", "description", "is_active"),
        ("subaccount_no",),
        may_be_empty=True,
    ),
)
SegmentRow = tuple[int, str, int, str, str, bool]


def segments(connection: PaychexVismaConnection) -> Snapshot:
    """The values of those segments that the connection file names."""

    def read(client: VismaClient, _: str) -> Iterator[SegmentRow]:
        for one in connection.segments:
            segment = client.segment(DIMENSION, one.segment)
            for value in segment.values:
                head = (segment.segment_id, segment.description, segment.length)
                yield (*head, value.value, value.description, value.is_active)

    return Snapshot(
        "segment_values",
        "Values of the segments that hold cost centers",
        frames.SEGMENT_VALUES,
        read,
        tuple(lambda row, place=place: row[place] for place in range(6)),  # type: ignore[misc] # bound per turn
        ("segment", "value"),
        may_be_empty=not connection.segments,
    )
