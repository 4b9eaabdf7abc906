"""The reference frames as a pay run looks at them: cost centers, and what a journal line may name."""

from dataclasses import replace
from datetime import date
from functools import cached_property

import pandas as pd
from dagster import AssetKey

from connector_assets.accounting.allocation import Assignment, CostCenters, Further, Place, ProjectTarget
from connector_assets.accounting.calendar import FiscalPeriod
from connector_assets.accounting.journal import custom_text
from connector_assets.accounting.overrides import in_force
from connector_assets.accounting.validation import LedgerSnapshot
from connector_assets.flows.paychex_intacct.alignment import CREATED
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.dimension_values import ASSIGNMENT
from connector_assets.flows.paychex_intacct.dimensions_config import PARTS
from connector_assets.flows.paychex_intacct.distribution import overrides_of, percentages_on
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.ledger_lookup import LedgerLookup
from connector_assets.orchestration.worker_history import as_of
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX

BILLABLE, INTERNAL = "billable", "internal"


class LedgerView:
    """The snapshots of one connection, each read from the store once.

    `capped_taxes` and `department_costs` keep what has been read of other pay runs, by partition.
    """

    def __init__(self, connection: PaychexIntacctConnection, store: FrameStore) -> None:
        self.connection, self._store, self._names = connection, store, Names(connection)
        self._lookup = LedgerLookup(self._names, store, connection.dimensions.own)
        self.capped_taxes: dict[str, pd.Series] = {}
        self.department_costs: dict[str, dict[str, int]] = {}

    def _read(self, key: AssetKey) -> pd.DataFrame:
        return self._store.read(key)

    @cached_property
    def pay_calendar(self) -> pd.DataFrame:
        """PAY_PERIODS."""
        return self._read(self._names.own("pay_calendar"))

    @cached_property
    def roster(self) -> pd.DataFrame:
        """WORKERS."""
        return self._read(self._names.own("worker_roster"))

    @property
    def has_pay_calendar(self) -> bool:
        """Whether the pay calendar has been made."""
        return self._store.exists(self._names.own("pay_calendar"))

    def roster_on(self, day: date) -> pd.DataFrame:
        """WORKERS as they were on a day: home, employment and status of then, as far as they have been seen."""
        return as_of(self._read(self._names.own("worker_history")), day)

    def homes_on(self, day: date) -> pd.DataFrame:
        """WORKERS with the home of a day; whoever had not been seen by then has the home that is known now."""
        then = self.roster_on(day)
        later = self.roster[~self.roster["worker_id"].isin(then["worker_id"])]
        return pd.concat([then, later], ignore_index=True) if len(later) else then

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """JOBS."""
        return self._read(self._names.paychex("jobs"))

    @property
    def locations(self) -> pd.DataFrame:
        """LEDGER_LOCATIONS."""
        return self._lookup.locations

    @cached_property
    def _alignment(self) -> pd.DataFrame:
        return self._read(self._names.own("dimension_alignment"))

    def _pairs(self, kind: str) -> dict[str, str]:
        rows = self._alignment[(self._alignment["kind"] == kind) & self._alignment["target_id"].notna()]
        return {str(source): str(target) for source, target in zip(rows["source_id"], rows["target_id"], strict=True)}

    @cached_property
    def cost_centers(self) -> CostCenters:
        """How the source's organizations, locations, jobs and labor assignments stand for the ledger's dimensions."""
        own_entity = self.connection.posting.entity
        entities = dict(zip(self.locations["location_id"], self.locations["entity_id"].fillna(own_entity), strict=True))
        source = self._read(self._names.paychex("locations"))
        states = dict(zip(source["location_id"], source["state"].fillna(""), strict=True))
        assignments = self._read(self._names.paychex("labor_assignments"))
        return CostCenters(
            departments=self._pairs("department"),
            places={
                source_id: Place(target, entities.get(target, own_entity), states.get(source_id, ""))
                for source_id, target in self._pairs("location").items()
            },
            projects={
                source_id: ProjectTarget(target, self._project_types.get(target, BILLABLE))
                for source_id, target in self._pairs("project").items()
            },
            assignments={
                str(row["labor_assignment_id"]): Assignment(_text(row["organization_id"]), _text(row["location_id"]))
                for row in assignments.to_dict("records")
            },
            further=self._further,
        )

    def cost_centers_on(self, day: date) -> CostCenters:
        """The same with the customer's own rules and percentages of a day."""
        chosen = self.connection.distribution
        rules = in_force(overrides_of(chosen), day)
        return replace(self.cost_centers, overrides=rules, percentages=percentages_on(chosen, day))

    @property
    def _further(self) -> dict[str, Further] | None:
        """What each labor assignment is beside its place; None where it is no more than that."""
        chosen = self.connection.dimensions
        if chosen.labor_assignments.lower() == PARTS:
            return None
        pairs = self._pairs(ASSIGNMENT)
        if not chosen.own:
            return {source_id: Further(class_id=target) for source_id, target in pairs.items()}
        name = f"{DIMENSION_PREFIX}{chosen.own[0]}"
        return {source: Further(custom_dimensions=custom_text([(name, value)])) for source, value in pairs.items()}

    @property
    def billable_projects(self) -> frozenset[str]:
        """The ledger's projects whose cost is direct labor."""
        return frozenset(project for project, kind in self._project_types.items() if kind == BILLABLE)

    @cached_property
    def parent_departments(self) -> dict[str, str]:
        """The parent of each department that has one."""
        departments = self._read(self._names.intacct("departments"))
        nested = departments[departments["parent_id"].fillna("") != ""]
        return {str(one): str(parent) for one, parent in zip(nested["department_id"], nested["parent_id"], strict=True)}

    def home_centers(self, workers: pd.DataFrame) -> pd.DataFrame:
        """Workers (WORKERS) with the ledger's department_id, location_id and entity_id of their home."""
        centers = self.cost_centers
        assignments = workers["labor_assignment_id"].map(dict(centers.assignments))
        organizations = workers["organization_id"].fillna(assignments.map(_organization, na_action="ignore"))
        locations = workers["location_id"].fillna(assignments.map(_location, na_action="ignore"))
        places = locations.map(dict(centers.places))
        return workers.assign(
            department_id=organizations.map(dict(centers.departments)).astype("str"),
            location_id=places.map(lambda place: place.location_id, na_action="ignore").astype("str"),
            entity_id=places.map(lambda place: place.entity_id, na_action="ignore").astype("str"),
        )

    @cached_property
    def _project_types(self) -> dict[str, str]:
        projects = self._read(self._names.intacct("projects"))
        billable = projects["category"].isin(self.connection.dimensions.billable_categories)
        types = billable.map({True: BILLABLE, False: INTERNAL})
        return dict(zip(projects["project_id"], types, strict=True))

    @cached_property
    def ledger(self) -> LedgerSnapshot:
        """The accounts and dimension values of the snapshots, with those that the alignment has created since."""
        known = self._lookup.snapshot
        values = {column: dict(active) for column, active in known.values.items()}
        if self.connection.journal.grain == "employee":
            values["employee_id"] = self._lookup.activity("employees", "employee_id")
        created = self._alignment[self._alignment["origin"] == CREATED]
        for kind, target in zip(created["kind"], created["target_id"], strict=True):
            values["class_id" if kind == ASSIGNMENT else f"{kind}_id"][str(target)] = True
        return LedgerSnapshot(known.accounts, values, known.owners)

    @property
    def fiscal_periods(self) -> list[FiscalPeriod]:
        """The months of the ledger."""
        return self._lookup.fiscal_periods


def _organization(assignment: Assignment) -> str | None:
    return assignment.organization_id


def _location(assignment: Assignment) -> str | None:
    return assignment.location_id


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
