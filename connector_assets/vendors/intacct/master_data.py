"""Accounts, journals, dimensions and people's records: typed readers, and writers that are tables of fields.

A record to write is a mapping of our field names (`department_id`) to text, a date or a truth value. A field that is
absent or None is not sent; an empty text is sent, and clears the field on an update. Parents must be created before
their children, a contact before its employee: `create_together` does the latter in one transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from connector_assets.vendors.intacct.client import MAX_OBJECTS, IntacctClient, written_rows
from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.errors import refused_here
from connector_assets.vendors.intacct.filters import MAX_IN_VALUES, Filter, Operator
from connector_assets.vendors.intacct.models import (
    OWN_REQUIRED,
    ClassValue,
    Department,
    Employee,
    GlAccount,
    GlJournal,
    Location,
    LocationEntity,
    Model,
    Project,
    ReportingPeriod,
)
from connector_assets.vendors.intacct.paging import KEY_FIELD
from connector_assets.vendors.intacct.records import Record, Value, record_from_tree, record_nodes
from connector_assets.vendors.intacct.tables import MASTER_DATA
from connector_assets.vendors.intacct.writer import Node

__all__ = ["IntacctMasterData", "Record"]

Read = TypeVar("Read", bound=Model)


class IntacctMasterData:
    """Readers and writers of master data on one client."""

    def __init__(self, client: IntacctClient) -> None:
        self._client = client

    def gl_accounts(self, own: Sequence[str] = ()) -> list[GlAccount]:
        """Every general ledger account, with the dimensions it requires.

        `own` names the objects of the dimensions that the company defined for itself, whose flags are asked for too.
        """
        flags = [f"{OWN_REQUIRED}{name}" for name in own]
        rows = self._client.query(GlAccount.OBJECT, [*GlAccount.FIELDS, *flags])
        return [GlAccount.from_row(row) for row in rows]

    def journals(self) -> list[GlJournal]:
        """Every journal, by symbol."""
        return self._all(GlJournal)

    def departments(self) -> list[Department]:
        """Every department, inactive ones included."""
        return self._all(Department)

    def locations(self) -> list[Location]:
        """Every location, inactive ones included; without an entity of its own it takes its nearest ancestor's."""
        found = self._all(Location)
        by_id = {location.location_id: location for location in found}
        return [replace(location, entity_id=_entity_of(location, by_id)) for location in found]

    def location_entities(self) -> list[LocationEntity]:
        """Every legal entity."""
        return self._all(LocationEntity)

    def classes(self) -> list[ClassValue]:
        """Every value of the class dimension."""
        return self._all(ClassValue)

    def projects(self) -> list[Project]:
        """Every project, inactive ones included."""
        return self._all(Project)

    def employees(self) -> list[Employee]:
        """Every employee record, inactive ones included."""
        return self._all(Employee)

    def reporting_periods(self) -> list[ReportingPeriod]:
        """Every reporting period."""
        return self._all(ReportingPeriod)

    def existing_contacts(self, names: Sequence[str]) -> frozenset[str]:
        """Which of these contact names (unique in a company) are taken."""
        found: set[str] = set()
        for start in range(0, len(names), MAX_IN_VALUES):
            chosen = Filter("CONTACTNAME", Operator.IN, tuple(names[start : start + MAX_IN_VALUES]))
            found.update(row["CONTACTNAME"] for row in self._client.query("CONTACT", ["CONTACTNAME"], [chosen]))
        return frozenset(found)

    def create(self, object_name: str, records: Sequence[Record], control_id: str) -> list[dict[str, str]]:
        """Create records of an object of `tables.MASTER_DATA`, 100 a request under `control_id`/1, /2, …; what came.

        Each request is all or none; an error leaves the requests before it done. Raises RefusedError for a field that
        is unknown or missing, before anything is sent.
        """
        nodes = _nodes(object_name, records, is_create=True)
        done: list[dict[str, str]] = []
        for number, chunk in enumerate(_chunks(nodes), 1):
            done += self._client.create(object_name, chunk, f"{control_id}/{number}")
        return done

    def update(self, object_name: str, records: Sequence[Record], control_id: str) -> list[dict[str, str]]:
        """Update records by their business key, 100 a request, like `create`."""
        nodes = _nodes(object_name, records, is_create=False)
        done: list[dict[str, str]] = []
        for number, chunk in enumerate(_chunks(nodes), 1):
            done += self._client.update(object_name, chunk, f"{control_id}/{number}")
        return done

    def create_together(
        self, batches: Sequence[tuple[str, Sequence[Record]]], control_id: str
    ) -> list[list[dict[str, str]]]:
        """Create records of several objects in one transaction, in the order given; what came back, batch by batch.

        For a contact and the employee that needs it: `[("CONTACT", […]), ("EMPLOYEE", […])]`, at most 100 of each.
        """
        functions = []
        for name, records in batches:
            if not 1 <= len(records) <= MAX_OBJECTS:
                why = f"{len(records)} records; one function takes 1 to {MAX_OBJECTS}"
                raise refused_here(f"create {name}", why, "Send them in several calls.")
            nodes: list[tuple[str, Node]] = [(name, node) for node in _nodes(name, records, is_create=True)]
            functions.append(Function("create", nodes, f"{control_id}/{name}", f"create {name}"))
        outcomes = self._client.run(functions)
        return [
            written_rows(outcome, name, len(records))
            for outcome, (name, records) in zip(outcomes, batches, strict=True)
        ]

    def read_back(
        self, object_name: str, keys: Sequence[str], custom: Collection[str] = ()
    ) -> dict[str, dict[str, Value]]:
        """The records with these RECORDNOs in our words, by RECORDNO: what a writer compares with what it wrote.

        `custom` names the custom fields to read.
        """
        table = MASTER_DATA[object_name]
        trees = self._client.read_trees(object_name, keys)
        return {str(tree.get(KEY_FIELD, "")): record_from_tree(table, tree, custom) for tree in trees}

    def _all(self, model: type[Read]) -> list[Read]:
        return [model.from_row(row) for row in self._client.query(model.OBJECT, model.FIELDS)]


def _entity_of(location: Location, by_id: Mapping[str, Location]) -> str | None:
    seen: set[str] = set()
    here: Location | None = location
    while here is not None and here.entity_id is None and here.location_id not in seen:
        seen.add(here.location_id)
        here = by_id.get(here.parent_id or "")
    return None if here is None else here.entity_id


def _chunks(nodes: Sequence[Mapping[str, Node]]) -> Iterator[Sequence[Mapping[str, Node]]]:
    return (nodes[start : start + MAX_OBJECTS] for start in range(0, len(nodes), MAX_OBJECTS))


def _nodes(object_name: str, records: Sequence[Record], *, is_create: bool) -> list[dict[str, Node]]:
    """The records as elements, in the order of their table."""
    doing = f"{'create' if is_create else 'update'} {object_name}"
    table = MASTER_DATA.get(object_name)
    if table is None:
        raise refused_here(doing, "nothing is known of how to write it", f"Choose one of {', '.join(MASTER_DATA)}.")
    return [dict(record_nodes(table, record, doing, is_create=is_create)) for record in records]


def user_defined_values(client: IntacctClient, object_name: str) -> dict[str, str]:
    """The values of a dimension that the company defined for itself: a line names one by its number, people by name."""
    return {row[KEY_FIELD]: row["NAME"] for row in client.query(object_name, ["NAME"])}
