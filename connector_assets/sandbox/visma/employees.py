"""Employees: read, created, updated. No field holds a date of hire, an end, a title or a cost center."""

from collections.abc import Mapping
from typing import cast

from starlette.responses import Response

from connector_assets.sandbox.visma.calls import Call
from connector_assets.sandbox.visma.desk import Desk, Row, time_stamp
from connector_assets.sandbox.visma.replies import Json
from connector_assets.sandbox.visma.sample import CALENDARS, EMPLOYEE_CLASSES, EMPLOYEE_KEY_LENGTH

KIND = "employee"
_STATUSES = {"Active": "Active", "Hold": "OnHold", "HoldPayments": "HoldPayments"} | {
    name: name for name in ("Inactive", "OneTime")
}
"""What may be written, and what is read afterwards."""
_CONTACT = ("firstName", "middleName", "lastName", "email", "phone1", "phone2", "phone3", "fax")
_ADDRESS = ("addressLine1", "addressLine2", "addressLine3", "postalCode", "city", "countryId", "county")
_SCALARS = ("department", "employeeClass", "branch", "calendar", "status")
_LABELS = {"department": "Department", "employeeClass": "Employee Class", "branch": "Branch", "calendar": "Calendar"}
_STORED = {"calendar": "calendarID"}
_FIRST_AUTOMATIC_NUMBER = 90_001


def employees(call: Call) -> Response:
    """The list, in pages."""
    names = _Names(call.desk)
    return call.listing(KIND, lambda row: _shown(call.desk, names, row), is_paged=True)


def employee(call: Call) -> Response:
    """One employee."""
    row = call.existing(KIND, call.key[0])
    return call.one(row, _shown(call.desk, _Names(call.desk), row))


def create(call: Call) -> Response:
    """A new employee under the number that the caller chose, unless the company numbers them itself."""
    body, bodies = call.content, call.desk.bodies()
    given = bodies.wrapped(body, ("employeeCd", *_SCALARS))
    contact = bodies.nested(body, "contact", _CONTACT) or {}
    number = str(given.pop("employeeCd", None) or "")
    errors = [] if number else ["'Employee ID' cannot be empty."]
    if len(number) > EMPLOYEE_KEY_LENGTH:
        errors.append(f"'Employee ID' is longer than {EMPLOYEE_KEY_LENGTH} characters.")
    errors += [f"'{label}' cannot be empty." for name, label in _LABELS.items() if not given.get(name)]
    wanted = {"lastName": "Last Name", "email": "Email"}
    errors += [f"'{label}' cannot be empty." for name, label in wanted.items() if not contact.get(name)]
    errors += _invalid(call.desk, given)
    if call.desk.setting("numbering") == "automatic":
        number = str(call.desk.next_number("employee_number", _FIRST_AUTOMATIC_NUMBER))
    elif call.desk.row(KIND, number) is not None:
        errors.append("The record already exists.")
    call.refused("Error inserting the employee", errors)
    base: Json = {"employeeNumber": number, "employeeId": call.desk.next_number("employee", 5001), "status": "Active"}
    address = bodies.nested(body, "address", _ADDRESS) or {}
    row = call.desk.save(KIND, number, {**base, **_stored(given), "contact": contact, "address": address})
    return call.created(KIND, row)


def update(call: Call) -> Response:
    """An employee's given members; the others stay."""
    row = call.existing(KIND, call.key[0])
    unmatched = call.unmatched(row)
    if unmatched is not None:
        return unmatched
    body, bodies = call.content, call.desk.bodies()
    given, errors = bodies.wrapped(body, _SCALARS), []
    nested = {"contact": _CONTACT, "address": _ADDRESS}
    parts = {name: bodies.nested(body, name, members) for name, members in nested.items()}
    if parts["contact"] is None and call.desk.setting("update_contact") == "required":
        errors.append("'Contact' cannot be empty.")
    if (parts["contact"] or {}).get("lastName", "x") in {"", None}:
        errors.append("'Last Name' cannot be empty.")
    call.refused("Error updating the employee", [*errors, *_invalid(call.desk, given)])
    merged = {name: {**cast(Json, row.body[name]), **(part or {})} for name, part in parts.items()}
    return call.updated(call.desk.save(KIND, row.key, {**row.body, **_stored(given), **merged}))


def changed_by_hand(desk: Desk, row: Row, body: Mapping[str, object]) -> Row:
    """What a person does on the screen: members of the record, of its contact or its address, as they are stored."""
    merged = dict(row.body)
    for name, value in body.items():
        merged[name] = {**cast(Json, merged[name]), **value} if isinstance(value, dict) else value
    return desk.save(KIND, row.key, merged)


def _stored(given: Mapping[str, object]) -> Json:
    found = {_STORED.get(name, name): value for name, value in given.items()}
    return {**found, **({"status": _STATUSES[str(found["status"])]} if "status" in found else {})}


def _invalid(desk: Desk, given: Mapping[str, object]) -> list[str]:
    known = {"employeeClass": EMPLOYEE_CLASSES, "calendar": CALENDARS}
    errors = []
    for name, label in _LABELS.items():
        key = str(given.get(name) or "")
        is_known = key in known[name] if name in known else desk.row(name, key) is not None
        if key and not is_known:
            errors.append(f"{label} '{key}' cannot be found in the system.")
    if "status" in given and given["status"] not in _STATUSES:
        errors.append(f"Status '{given['status']}' is not valid.")
    return errors


class _Names:
    """The names of branches, looked up once for a page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._names: dict[str, str] = {}

    def branch(self, number: str) -> str:
        if number not in self._names:
            row = self._desk.row("branch", number)
            self._names[number] = str(row.body["name"]) if row else ""
        return self._names[number]


def _shown(desk: Desk, names: _Names, row: Row) -> Json:
    body, contact, address = row.body, cast(Json, row.body["contact"]), cast(Json, row.body["address"])
    name = " ".join(str(contact[part]) for part in ("firstName", "lastName") if contact.get(part))
    class_id, branch = str(body["employeeClass"]), str(body["branch"])
    read = {"midName": contact.get("middleName"), "title": None, "name": name, "contactId": body["employeeId"]}
    read |= {part: contact.get(part) for part in _CONTACT if part != "middleName"}
    place = {part: address.get(part) for part in _ADDRESS if part not in {"countryId", "county"}}
    country, county = address.get("countryId"), address.get("county")
    place |= {"country": country and {"id": country, "name": country, "errorInfo": None}}
    place |= {"county": county and {"id": county, "name": county}}
    return {
        "employeeUserId": "00000000-0000-0000-0000-000000000000",
        "employeeId": body["employeeId"],
        "employeeNumber": body["employeeNumber"],
        "employeeName": name,
        "status": body["status"],
        "department": body["department"],
        "contact": read,
        "address": place,
        "lastModifiedDateTime": desk.moment(row.modified),
        "employeeClass": {"id": class_id, "description": EMPLOYEE_CLASSES.get(class_id, "")},
        "branch": {"number": branch, "name": names.branch(branch)},
        "calendarID": body["calendarID"],
        "employeeLogin": None,
        "workGroupDescription": [],
        "timeStamp": time_stamp(row.version),
        "errorInfo": None,
    }
