"""Accounts, journals, dimensions and people's records: typed readers, and writers that are tables of fields.

A record to write is a mapping of our field names (`department_id`) to text, a date or a truth value. A field that is
absent or None is not sent; an empty text is sent, and clears the field on an update. Parents must be created before
their children, a contact before its employee: `create_together` does the latter in one transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from connector_assets.vendors.intacct.client import MAX_OBJECTS, IntacctClient, written_rows
from connector_assets.vendors.intacct.envelope import Function, date_text
from connector_assets.vendors.intacct.errors import refused_here
from connector_assets.vendors.intacct.filters import MAX_IN_VALUES, Filter, Operator
from connector_assets.vendors.intacct.models import (
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
from connector_assets.vendors.intacct.xml import Node

Value = str | date | bool | None
Record = Mapping[str, Value]
Read = TypeVar("Read", bound=Model)


@dataclass(frozen=True)
class WriteField:
    """Our name of a field, and its path of elements on the wire."""

    name: str
    path: str
    kind: Literal["text", "date", "status"] = "text"
    is_required: bool = False


def _fields(words: str) -> dict[str, WriteField]:
    """`name=PATH` per field; `*` behind it: required on create; `:date`, `:status`: its kind."""
    table: dict[str, WriteField] = {}
    for word in words.split():
        name, _, path = word.rstrip("*").partition("=")
        path, _, kind = path.partition(":")
        field = WriteField(name, path, is_required=word.endswith("*"))
        table[name] = replace(field, kind="date") if kind == "date" else field
    return table | {"is_active": WriteField("is_active", "STATUS", "status")}


WRITABLE: dict[str, dict[str, WriteField]] = {
    "DEPARTMENT": _fields("department_id=DEPARTMENTID* title=TITLE* parent_id=PARENTID supervisor_id=SUPERVISORID"),
    "LOCATION": _fields(
        "location_id=LOCATIONID* name=NAME* parent_id=PARENTID supervisor_id=SUPERVISORID"
        " start_date=STARTDATE:date end_date=ENDDATE:date"
    ),
    "CLASS": _fields("class_id=CLASSID* name=NAME* description=DESCRIPTION parent_id=PARENTID"),
    "PROJECT": _fields(
        "project_id=PROJECTID* name=NAME* category=PROJECTCATEGORY* description=DESCRIPTION parent_id=PARENTID"
        " project_type=PROJECTTYPE project_status=PROJECTSTATUS customer_id=CUSTOMERID manager_id=MANAGERID"
        " begin_date=BEGINDATE:date end_date=ENDDATE:date department_id=DEPARTMENTID location_id=LOCATIONID"
        " class_id=CLASSID currency=CURRENCY"
    ),
    "CONTACT": _fields(
        "contact_name=CONTACTNAME* print_as=PRINTAS* company_name=COMPANYNAME first_name=FIRSTNAME last_name=LASTNAME"
        " email=EMAIL1 phone=PHONE1"
    ),
    "EMPLOYEE": _fields(
        "employee_id=EMPLOYEEID* contact_name=PERSONALINFO/CONTACTNAME* start_date=STARTDATE:date"
        " end_date=ENDDATE:date title=TITLE employee_type=EMPLOYEETYPE termination_type=TERMINATIONTYPE"
        " supervisor_id=SUPERVISORID department_id=DEPARTMENTID location_id=LOCATIONID* class_id=CLASSID"
    ),
}
"""What may be written, per object, by our field names. EMPLOYEE asks for a location because Intacct does at the top
level of a multi-entity company, and takes it everywhere."""


class IntacctMasterData:
    """Readers and writers of master data on one client."""

    def __init__(self, client: IntacctClient) -> None:
        self._client = client

    def gl_accounts(self) -> list[GlAccount]:
        """Every general ledger account, with the dimensions it requires."""
        return self._all(GlAccount)

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
        """Create records of an object of WRITABLE, 100 a request under `control_id`/1, /2, …; what came back for each.

        Each request is all or none; an error leaves the requests before it done. Raises RefusedError for a field that
        is unknown or missing, before anything is sent.
        """
        nodes = [_node(object_name, record, is_create=True) for record in records]
        done: list[dict[str, str]] = []
        for number, chunk in enumerate(_chunks(nodes), 1):
            done += self._client.create(object_name, chunk, f"{control_id}/{number}")
        return done

    def update(self, object_name: str, records: Sequence[Record], control_id: str) -> list[dict[str, str]]:
        """Update records by their business key, 100 a request, like `create`."""
        nodes = [_node(object_name, record, is_create=False) for record in records]
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
            nodes: list[tuple[str, Node]] = [(name, _node(name, record, is_create=True)) for record in records]
            functions.append(Function("create", nodes, f"{control_id}/{name}", f"create {name}"))
        outcomes = self._client.run(functions)
        return [
            written_rows(outcome, name, len(records))
            for outcome, (name, records) in zip(outcomes, batches, strict=True)
        ]

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


def _node(object_name: str, record: Record, *, is_create: bool) -> dict[str, Node]:
    """The record as elements, in the order of its table."""
    doing = f"{'create' if is_create else 'update'} {object_name}"
    table = WRITABLE.get(object_name)
    if table is None:
        raise refused_here(doing, "nothing is known of how to write it", f"Choose one of {', '.join(WRITABLE)}.")
    unknown = sorted(set(record) - set(table))
    if unknown:
        raise refused_here(doing, f"unknown field {unknown[0]}", f"Choose from {', '.join(table)}.")
    needed = [field.name for field in table.values() if field.is_required] if is_create else [next(iter(table))]
    missing = [name for name in needed if not record.get(name)]
    if missing:
        raise refused_here(doing, f"the field {missing[0]} is missing", "Give every record this field.")
    node: dict[str, Node] = {}
    for field in table.values():
        text = _wire_text(field, record.get(field.name), doing)
        if text is not None and (text or not is_create):
            outer, _, inner = field.path.partition("/")
            node[outer] = {inner: text} if inner else text
    return node


def _wire_text(field: WriteField, value: Value, doing: str) -> str | None:
    if value is None or (isinstance(value, str) and (field.kind == "text" or not value)):
        return value
    if field.kind == "date" and isinstance(value, date):
        return date_text(value)
    if field.kind == "status" and isinstance(value, bool):
        return "active" if value else "inactive"
    raise refused_here(
        doing, f"{field.name} is not a {field.kind}", "Give text as str, dates as date, is_active as bool."
    )
