"""What the readers return: small frozen records, each knowing its object, its fields, and how to read a row.

No name of a person is read: workers appear by their ids alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Protocol, Self

from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.intacct.errors import SYSTEM

Row = Mapping[str, str]

REQUIRE_FLAGS = {
    "REQUIREDEPT": "department",
    "REQUIRELOC": "location",
    "REQUIREPROJECT": "project",
    "REQUIRETASK": "task",
    "REQUIRECUSTOMER": "customer",
    "REQUIREVENDOR": "vendor",
    "REQUIREEMPLOYEE": "employee",
    "REQUIREITEM": "item",
    "REQUIRECLASS": "class",
    "REQUIRECONTRACT": "contract",
    "REQUIREWAREHOUSE": "warehouse",
}
"""The flags of an account, and the dimension that each requires on a line."""

OWN_REQUIRED = "REQUIREGLDIM"
"""How the flag begins that requires a dimension which the company defined for itself; its name there follows."""

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


class Model(Protocol):
    """A record type that a reader can ask for."""

    OBJECT: ClassVar[str]
    FIELDS: ClassVar[tuple[str, ...]]

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record. Raises ProtocolError for a field that is not what the gateway documents."""


@dataclass(frozen=True)
class GlAccount:
    """A general ledger account; `requires` names the dimensions that every line on it must carry.

    A dimension that the company defined for itself is named as on a line (`GLDIM…`), where its flag was asked for.
    """

    account_no: str
    title: str
    account_type: str
    normal_balance: str
    is_active: bool
    requires: frozenset[str]

    OBJECT: ClassVar[str] = "GLACCOUNT"
    FIELDS: ClassVar[tuple[str, ...]] = (
        *("ACCOUNTNO", "TITLE", "ACCOUNTTYPE", "NORMALBALANCE", "STATUS"),
        *REQUIRE_FLAGS,
    )

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        flags = REQUIRE_FLAGS | {flag: flag.removeprefix("REQUIRE") for flag in row if flag.startswith(OWN_REQUIRED)}
        requires = frozenset(name for flag, name in flags.items() if _is_true(row.get(flag, "")))
        account_no = _needed(cls.OBJECT, row, "ACCOUNTNO")
        title, account_type, normal_balance = (_text(row, name) for name in ("TITLE", "ACCOUNTTYPE", "NORMALBALANCE"))
        return cls(account_no, title, account_type, normal_balance, _is_active(row), requires)


@dataclass(frozen=True)
class GlJournal:
    """A journal (a book of entries) by its symbol."""

    symbol: str
    title: str
    is_active: bool

    OBJECT: ClassVar[str] = "JOURNAL"
    FIELDS: ClassVar[tuple[str, ...]] = ("SYMBOL", "TITLE", "STATUS")

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        return cls(_needed(cls.OBJECT, row, "SYMBOL"), _text(row, "TITLE"), _is_active(row))


@dataclass(frozen=True)
class Department:
    """A department and its parent; `entity_id` is the entity that alone may use it, None where all may."""

    department_id: str
    title: str
    parent_id: str | None
    is_active: bool
    entity_id: str | None

    OBJECT: ClassVar[str] = "DEPARTMENT"
    FIELDS: ClassVar[tuple[str, ...]] = ("DEPARTMENTID", "TITLE", "PARENTID", "STATUS", "MEGAENTITYID")

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        key = _needed(cls.OBJECT, row, "DEPARTMENTID")
        parent_id, entity_id = _optional(row, "PARENTID"), _optional(row, "MEGAENTITYID")
        return cls(key, _text(row, "TITLE"), parent_id, _is_active(row), entity_id)


@dataclass(frozen=True)
class Location:
    """A location, its parent, and the entity it belongs to (None in a company of one entity)."""

    location_id: str
    name: str
    parent_id: str | None
    entity_id: str | None
    is_active: bool

    OBJECT: ClassVar[str] = "LOCATION"
    FIELDS: ClassVar[tuple[str, ...]] = ("LOCATIONID", "NAME", "PARENTID", "ENTITY", "STATUS")

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        key = _needed(cls.OBJECT, row, "LOCATIONID")
        return cls(key, _text(row, "NAME"), _optional(row, "PARENTID"), _optional(row, "ENTITY"), _is_active(row))


@dataclass(frozen=True)
class LocationEntity:
    """A legal entity, which one can log into, and its base currency (None where the company keeps but one)."""

    entity_id: str
    name: str
    currency: str | None
    is_active: bool

    OBJECT: ClassVar[str] = "LOCATIONENTITY"
    FIELDS: ClassVar[tuple[str, ...]] = ("LOCATIONID", "NAME", "CURRENCY", "STATUS")

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        key = _needed(cls.OBJECT, row, "LOCATIONID")
        return cls(key, _text(row, "NAME"), _optional(row, "CURRENCY"), _is_active(row))


@dataclass(frozen=True)
class ClassValue:
    """A value of the class dimension and its parent; `entity_id` as in Department."""

    class_id: str
    name: str
    parent_id: str | None
    is_active: bool
    entity_id: str | None

    OBJECT: ClassVar[str] = "CLASS"
    FIELDS: ClassVar[tuple[str, ...]] = ("CLASSID", "NAME", "PARENTID", "STATUS", "MEGAENTITYID")

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        key, entity_id = _needed(cls.OBJECT, row, "CLASSID"), _optional(row, "MEGAENTITYID")
        return cls(key, _text(row, "NAME"), _optional(row, "PARENTID"), _is_active(row), entity_id)


@dataclass(frozen=True)
class Project:
    """A project, its category (a list of the company's own) and its parent; `entity_id` as in Department."""

    project_id: str
    name: str
    category: str
    parent_id: str | None
    is_active: bool
    entity_id: str | None

    OBJECT: ClassVar[str] = "PROJECT"
    FIELDS: ClassVar[tuple[str, ...]] = (
        *("PROJECTID", "NAME", "PROJECTCATEGORY", "PARENTID", "STATUS", "MEGAENTITYID"),
    )

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        key = _needed(cls.OBJECT, row, "PROJECTID")
        parent_id, entity_id = _optional(row, "PARENTID"), _optional(row, "MEGAENTITYID")
        return cls(key, _text(row, "NAME"), _text(row, "PROJECTCATEGORY"), parent_id, _is_active(row), entity_id)


@dataclass(frozen=True)
class Employee:
    """An employee record by its ids, dates and title; the contact that carries the name is not read."""

    employee_id: str
    employee_type: str | None
    department_id: str | None
    location_id: str | None
    class_id: str | None
    supervisor_id: str | None
    start_date: date | None
    end_date: date | None
    termination_type: str | None
    title: str | None
    is_active: bool

    OBJECT: ClassVar[str] = "EMPLOYEE"
    FIELDS: ClassVar[tuple[str, ...]] = (
        *("EMPLOYEEID", "EMPLOYEETYPE", "DEPARTMENTID", "LOCATIONID", "CLASSID", "SUPERVISORID"),
        *("STARTDATE", "ENDDATE", "TERMINATIONTYPE", "TITLE", "STATUS"),
    )

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        return cls(
            employee_id=_needed(cls.OBJECT, row, "EMPLOYEEID"),
            employee_type=_optional(row, "EMPLOYEETYPE"),
            department_id=_optional(row, "DEPARTMENTID"),
            location_id=_optional(row, "LOCATIONID"),
            class_id=_optional(row, "CLASSID"),
            supervisor_id=_optional(row, "SUPERVISORID"),
            start_date=_date(cls.OBJECT, row, "STARTDATE"),
            end_date=_date(cls.OBJECT, row, "ENDDATE"),
            termination_type=_optional(row, "TERMINATIONTYPE"),
            title=_optional(row, "TITLE"),
            is_active=_is_active(row),
        )


@dataclass(frozen=True)
class ReportingPeriod:
    """A reporting period. The gateway documents no way to read whether its books are open."""

    name: str
    start_date: date
    end_date: date
    is_active: bool

    OBJECT: ClassVar[str] = "REPORTINGPERIOD"
    FIELDS: ClassVar[tuple[str, ...]] = ("NAME", "START_DATE", "END_DATE", "STATUS")

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read one record."""
        start, end = (date_from_text(cls.OBJECT, row, field) for field in ("START_DATE", "END_DATE"))
        return cls(_needed(cls.OBJECT, row, "NAME"), start, end, _is_active(row))


@dataclass(frozen=True)
class PostedLine:
    """A journal line as the ledger holds it: + debit, - credit, in cents of the journal's currency.

    `custom_dimensions` are the user-defined ones that were asked for and have a value: (name, the value's number).
    """

    account_no: str
    amount_cents: int
    department_id: str | None
    location_id: str | None
    project_id: str | None
    class_id: str | None
    employee_id: str | None
    memo: str
    custom_dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PostedJournal:
    """A journal as the ledger holds it. `number` is the one a person sees; `currency` is None if no line has one."""

    record_no: str
    number: str
    journal_symbol: str
    entry_date: date
    title: str
    reference: str
    state: str
    currency: str | None
    lines: tuple[PostedLine, ...]

    def debit_cents(self) -> int:
        """The sum of the debits."""
        return sum(line.amount_cents for line in self.lines if line.amount_cents > 0)

    def credit_cents(self) -> int:
        """The sum of the credits, as a positive number."""
        return -sum(line.amount_cents for line in self.lines if line.amount_cents < 0)


def date_from_text(object_name: str, row: Row, field: str) -> date:
    """A date as the gateway writes it, MM/DD/YYYY with or without leading zeros. Raises ProtocolError."""
    match = _DATE.fullmatch(row.get(field, "").strip())
    try:
        if match is not None:
            return date(int(match[3]), int(match[1]), int(match[2]))
    except ValueError:
        pass
    raise unreadable_field(object_name, row, field, "is not a date written MM/DD/YYYY")


def unreadable_field(object_name: str, row: Row, field: str, why: str) -> ProtocolError:
    """The error for a field that is not what the gateway documents; it names the record, never the value."""
    where = f"{object_name} {row.get('RECORDNO', 'without RECORDNO')}: {field}"
    return ProtocolError(SYSTEM, f"{where} {why}", fix="Look at this record in Intacct, and report it with its number.")


def _needed(object_name: str, row: Row, field: str) -> str:
    text = _text(row, field)
    if not text:
        raise unreadable_field(object_name, row, field, "is empty")
    return text


def _date(object_name: str, row: Row, field: str) -> date | None:
    return date_from_text(object_name, row, field) if _text(row, field) else None


def _text(row: Row, field: str) -> str:
    return row.get(field, "").strip()


def _optional(row: Row, field: str) -> str | None:
    return _text(row, field) or None


def _is_true(text: str) -> bool:
    return text.strip().lower() in {"true", "t"}


def _is_active(row: Row) -> bool:
    """STATUS is written out by `query` and a code in `readByQuery`; whatever is neither is not active."""
    return _text(row, "STATUS").lower() in {"active", "t"}
