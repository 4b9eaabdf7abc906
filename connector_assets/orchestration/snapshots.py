"""Reference data as snapshots: one row of a table for each; a further one is a row, not code. Intacct's are here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any

import pandas as pd

from connector_assets.accounting.frames import FrameSchema
from connector_assets.orchestration import ledger_frames as frames
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.master_data import IntacctMasterData, user_defined_values
from connector_assets.vendors.intacct.models import Employee, GlAccount

RECORDS_AT_ONCE = 500


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of one kind of reference data.

    `read` fetches the vendor's records, `columns` says from which attribute each column comes, `keys` name a row, and
    `may_be_empty` tells whether a company can do without any.
    """

    name: str
    title: str
    schema: FrameSchema
    read: Callable[[Any, str], Iterable[Any]]
    columns: tuple[Callable[[Any], object], ...]
    keys: tuple[str, ...]
    may_be_empty: bool = False

    def frame(self, client: object, company_id: str) -> pd.DataFrame:
        """Fetch the snapshot as a frame of its schema, ordered by its keys."""
        records, parts = iter(self.read(client, company_id)), [self.schema.empty()]
        while chunk := list(islice(records, RECORDS_AT_ONCE)):
            rows = [tuple(column(record) for column in self.columns) for record in chunk]
            parts.append(self.schema.conform(pd.DataFrame(rows, columns=self.schema.names)))
        whole = pd.concat(parts, ignore_index=True)
        return whole.sort_values(list(self.keys), kind="stable", ignore_index=True)


def columns(*names: str) -> tuple[Callable[[Any], object], ...]:
    """Columns that are the attributes of these names."""
    return tuple(attrgetter(name) for name in names)


def _ledger(reader: Callable[[IntacctMasterData], Iterable[Any]]) -> Callable[[Any, str], Iterable[Any]]:
    return lambda client, _: reader(IntacctMasterData(client))


def _employees(client: IntacctClient, _: str) -> Iterator[Employee]:
    """One by one: there may be many, and none is needed beside its row."""
    return (Employee.from_row(row) for row in client.query(Employee.OBJECT, Employee.FIELDS))


def _required_dimensions(account: GlAccount) -> str:
    return ",".join(sorted(account.requires))


INTACCT = (
    Snapshot(
        "gl_accounts",
        "General ledger accounts",
        frames.GL_ACCOUNTS,
        _ledger(IntacctMasterData.gl_accounts),
        (
            *columns("account_no", "title", "account_type", "normal_balance"),
            _required_dimensions,
            attrgetter("is_active"),
        ),
        ("account_no",),
    ),
    Snapshot(
        "journals",
        "Journals",
        frames.JOURNALS,
        _ledger(IntacctMasterData.journals),
        columns("symbol", "title", "is_active"),
        ("symbol",),
    ),
    Snapshot(
        "departments",
        "Departments",
        frames.DEPARTMENTS,
        _ledger(IntacctMasterData.departments),
        columns("department_id", "title", "parent_id", "is_active", "entity_id"),
        ("department_id",),
    ),
    Snapshot(
        "locations",
        "Locations and the entities that they belong to",
        frames.LEDGER_LOCATIONS,
        _ledger(IntacctMasterData.locations),
        columns("location_id", "name", "parent_id", "entity_id", "is_active"),
        ("location_id",),
    ),
    Snapshot(
        "projects",
        "Projects",
        frames.PROJECTS,
        _ledger(IntacctMasterData.projects),
        columns("project_id", "name", "category", "parent_id", "is_active", "entity_id"),
        ("project_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "classes",
        "Classes",
        frames.CLASSES,
        _ledger(IntacctMasterData.classes),
        columns("class_id", "name", "parent_id", "is_active", "entity_id"),
        ("class_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "employees",
        "Employees, by id and without names",
        frames.LEDGER_EMPLOYEES,
        _employees,
        (
            *columns("employee_id", "department_id", "location_id", "supervisor_id", "title"),
            *columns("start_date", "end_date", "termination_type", "is_active"),
        ),
        ("employee_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "reporting_periods",
        "Reporting periods",
        frames.REPORTING_PERIODS,
        _ledger(IntacctMasterData.reporting_periods),
        columns("name", "start_date", "end_date", "is_active"),
        ("start_date", "name"),
    ),
)


def intacct_snapshots(own: Sequence[str] = ()) -> tuple[Snapshot, ...]:
    """Intacct's snapshots for a connection whose lines carry these of the company's own dimensions, by object name.

    Each has a snapshot of its values, named by the object in lower case, and the accounts tell which require it.
    """
    if not own:
        return INTACCT
    accounts = _ledger(lambda master: master.gl_accounts(own))
    shared = (replace(one, read=accounts) if one.name == "gl_accounts" else one for one in INTACCT)
    return (*shared, *map(own_values, own))


def own_values(object_name: str) -> Snapshot:
    """The values of a dimension that the company defined for itself, which know no inactive one."""
    return Snapshot(
        object_name.lower(),
        f"Values of {object_name}",
        frames.OWN_VALUES,
        lambda client, _: user_defined_values(client, object_name).items(),
        (itemgetter(0), itemgetter(1)),
        ("value_id",),
        may_be_empty=True,
    )


def snapshot_problem(snapshot: Snapshot, frame: pd.DataFrame) -> str:
    """Why a snapshot cannot be relied on, empty when it can: no rows where some are due, or a key that stands twice."""
    if frame.empty and not snapshot.may_be_empty:
        return f"There is no {snapshot.title.lower()}: is the user allowed to read them?"
    doubled = frame[frame.duplicated(list(snapshot.keys))]
    if len(doubled):
        return f"{snapshot.keys[-1]} {doubled.iloc[0][snapshot.keys[-1]]!r} stands twice; each must be unique."
    return ""
