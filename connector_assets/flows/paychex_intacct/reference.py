"""The reference data of both systems: one row of a table for each snapshot; a further one is a row, not code."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pandas as pd

from connector_assets.accounting.frames import FrameSchema
from connector_assets.flows.paychex_intacct import frames
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_assets.vendors.intacct.models import GlAccount
from connector_assets.vendors.paychex.client import PaychexClient


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

    def frame(self, client: PaychexClient | IntacctClient, company_id: str) -> pd.DataFrame:
        """Fetch the snapshot as a frame of its schema, ordered by its keys."""
        rows = [tuple(column(record) for column in self.columns) for record in self.read(client, company_id)]
        frame = pd.DataFrame(rows, columns=self.schema.names).sort_values(list(self.keys), kind="stable")
        return self.schema.conform(frame)


def _columns(*names: str) -> tuple[Callable[[Any], object], ...]:
    return tuple(attrgetter(name) for name in names)


def _ledger(reader: Callable[[IntacctMasterData], Iterable[Any]]) -> Callable[[Any, str], Iterable[Any]]:
    return lambda client, _: reader(IntacctMasterData(client))


def _required_dimensions(account: GlAccount) -> str:
    return ",".join(sorted(account.requires))


INTACCT = (
    Snapshot(
        "gl_accounts",
        "General ledger accounts",
        frames.GL_ACCOUNTS,
        _ledger(IntacctMasterData.gl_accounts),
        (
            *_columns("account_no", "title", "account_type", "normal_balance"),
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
        _columns("symbol", "title", "is_active"),
        ("symbol",),
    ),
    Snapshot(
        "departments",
        "Departments",
        frames.DEPARTMENTS,
        _ledger(IntacctMasterData.departments),
        _columns("department_id", "title", "parent_id", "is_active"),
        ("department_id",),
    ),
    Snapshot(
        "locations",
        "Locations and the entities that they belong to",
        frames.LEDGER_LOCATIONS,
        _ledger(IntacctMasterData.locations),
        _columns("location_id", "name", "parent_id", "entity_id", "is_active"),
        ("location_id",),
    ),
    Snapshot(
        "projects",
        "Projects",
        frames.PROJECTS,
        _ledger(IntacctMasterData.projects),
        _columns("project_id", "name", "category", "is_active"),
        ("project_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "classes",
        "Classes",
        frames.CLASSES,
        _ledger(IntacctMasterData.classes),
        _columns("class_id", "name", "parent_id", "is_active"),
        ("class_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "employees",
        "Employees, by id and without names",
        frames.LEDGER_EMPLOYEES,
        _ledger(IntacctMasterData.employees),
        _columns("employee_id", "department_id", "location_id", "start_date", "end_date", "is_active"),
        ("employee_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "reporting_periods",
        "Reporting periods",
        frames.REPORTING_PERIODS,
        _ledger(IntacctMasterData.reporting_periods),
        _columns("name", "start_date", "end_date", "is_active"),
        ("start_date", "name"),
    ),
)

PAYCHEX = (
    Snapshot(
        "organizations",
        "Organizations",
        frames.ORGANIZATIONS,
        lambda client, company_id: client.organizations(company_id),
        _columns("organization_id", "name", "number", "parent_id"),
        ("organization_id",),
    ),
    Snapshot(
        "locations",
        "Locations",
        frames.SOURCE_LOCATIONS,
        lambda client, company_id: client.locations(company_id),
        _columns("location_id", "name", "state"),
        ("location_id",),
    ),
    Snapshot(
        "jobs",
        "Costing jobs",
        frames.JOBS,
        lambda client, company_id: client.jobs(company_id),
        _columns("job_id", "number", "name", "start_date", "end_date"),
        ("job_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "labor_assignments",
        "Labor assignments: combinations of organization and location",
        frames.LABOR_ASSIGNMENTS,
        lambda client, company_id: client.labor_assignments(company_id),
        _columns("labor_assignment_id", "name", "organization_id", "location_id"),
        ("labor_assignment_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "pay_components",
        "Pay components: earnings, deductions and memos, but no taxes",
        frames.PAY_COMPONENTS,
        lambda client, company_id: client.pay_components(company_id),
        _columns("component_id", "name", "classification_type", "effect_on_pay"),
        ("component_id",),
    ),
)


def snapshot_problem(snapshot: Snapshot, frame: pd.DataFrame) -> str:
    """Why a snapshot cannot be relied on, empty when it can: no rows where some are due, or a key that stands twice."""
    if frame.empty and not snapshot.may_be_empty:
        return f"There is no {snapshot.title.lower()}: is the user allowed to read them?"
    doubled = frame[frame.duplicated(list(snapshot.keys))]
    if len(doubled):
        return f"{snapshot.keys[-1]} {doubled.iloc[0][snapshot.keys[-1]]!r} stands twice; each must be unique."
    return ""
