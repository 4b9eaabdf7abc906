"""Visma's records as this project reads them, and the bodies that it writes. Reads are plain, writes are wrapped."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, SecretStr, field_validator

Json = Mapping[str, object]
Values = Mapping[str, SecretStr]
"""Members of an employee by our names; all of them are secrets in a repr, for names and addresses are among them."""

SCALARS = {
    "status": ("status",),
    "department": ("department",),
    "employee_class": ("employeeClass", "id"),
    "branch": ("branch", "number"),
    "calendar": ("calendarID",),
}
CONTACT = {"given_name": "firstName", "family_name": "lastName", "email": "email"} | {
    name: name for name in ("phone1", "phone2", "phone3", "fax")
}
ADDRESS = {f"address_line{number}": f"addressLine{number}" for number in (1, 2, 3)}
FREE_FIELDS = ("phone2", "phone3", "fax", "address_line2", "address_line3")
"""Text fields that a customer may give to what has no field of its own: a job title, a day of hire, a last day."""
_WRITTEN = {"employee_class": "employeeClass"}
_READ_STATUS = {"OnHold": "Hold"}


class Record(BaseModel):
    """A record as it is read; members that nobody announced are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _absent(cls, value: object) -> object:
        """A null text is an empty one."""
        return "" if value is None else value


class Department(Record):
    """A department of the people side; `cost_center` is what its expense subaccount names."""

    department_id: str = Field(alias="departmentId")
    description: str = ""
    cost_center: str = Field(default="", validation_alias=AliasPath("expenseSubaccount", "id"))
    time_stamp: str = Field(default="", alias="timeStamp")


class Branch(Record):
    """A branch."""

    number: str
    name: str = ""
    is_active: bool = Field(default=True, alias="isActive")


class Account(Record):
    """An account of the general ledger."""

    number: str = Field(alias="accountCD")
    description: str = ""
    type: str = ""
    is_active: bool = Field(default=True, alias="active")


class Subaccount(Record):
    """One combination of segment values."""

    number: str = Field(alias="subaccountNumber")
    description: str = ""
    is_active: bool = Field(default=True, alias="active")


class SegmentValue(Record):
    """A value of a segment; Visma may pad it with spaces, which mean nothing."""

    value: str = Field(validation_alias=AliasChoices("valueId", "value"))
    description: str = ""
    is_active: bool = Field(default=True, alias="active")

    @field_validator("value", "description", mode="after")
    @classmethod
    def _trimmed(cls, text: str) -> str:
        return text.rstrip()


class Segment(Record):
    """A segment of a dimension with its values; `etag` is what a write of it names."""

    segment_id: int = Field(alias="segmentId")
    description: str = ""
    length: int = 0
    time_stamp: str = Field(default="", alias="timeStamp")
    values: tuple[SegmentValue, ...] = Field(default=(), alias="segmentValues")

    @property
    def etag(self) -> str:
        """The row version as If-Match wants it."""
        return f'"{self.time_stamp}"'


@dataclass(frozen=True)
class Employee:
    """An employee as it is read. `etag` names the row version; `modified` is Visma's own text for its last change."""

    number: str
    etag: str
    modified: str
    values: Values


def employee_of(item: Json) -> Employee:
    """An employee from Visma's JSON. Raises KeyError for one without a number."""
    values = {name: _text(item, *path) for name, path in SCALARS.items()}
    values |= {name: _text(item, "contact", member) for name, member in CONTACT.items()}
    values |= {name: _text(item, "address", member) for name, member in ADDRESS.items()}
    values["status"] = _READ_STATUS.get(values["status"], values["status"])
    secret = {name: SecretStr(value) for name, value in values.items()}
    return Employee(
        str(item["employeeNumber"]),
        f'"{item.get("timeStamp") or ""}"',
        str(item.get("lastModifiedDateTime") or ""),
        secret,
    )


def _text(item: object, *path: str) -> str:
    for name in path:
        item = item.get(name) if isinstance(item, Mapping) else None
    return "" if item is None else str(item)


def employee_body(values: Values, number: str = "") -> dict[str, object]:
    """The body of a write: what is given and nothing else, for a member that is null would wipe what stands there.

    An update always brings a contact, empty where nothing of it changes: the schema calls it required.
    """
    plain = {name: value.get_secret_value() for name, value in values.items()}
    body: dict[str, object] = {"employeeCd": wrapped(number)} if number else {}
    body |= {_WRITTEN.get(name, name): wrapped(plain[name]) for name in SCALARS if name in plain}
    body["contact"] = {member: wrapped(plain[name]) for name, member in CONTACT.items() if name in plain}
    address = {member: wrapped(plain[name]) for name, member in ADDRESS.items() if name in plain}
    return body | ({"address": address} if address else {})


def wrapped(value: str | bool) -> dict[str, object]:
    """A value in Visma's wrapper."""
    return {"value": value}


@dataclass(frozen=True)
class ValueChange:
    """One row of a segment's update. `operation` is Insert or Update; None leaves a member as it is."""

    operation: str
    value: str
    description: str | None = None
    is_active: bool | None = None

    def body(self) -> dict[str, object]:
        """The row: operation and value are bare, the others wrapped."""
        body: dict[str, object] = {"operation": self.operation, "value": self.value}
        body |= {} if self.description is None else {"description": wrapped(self.description)}
        return body | ({} if self.is_active is None else {"active": wrapped(self.is_active)})
