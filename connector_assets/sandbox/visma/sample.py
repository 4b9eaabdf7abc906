"""The sample firm's books in Visma: two segments of cost centers, departments, branches, and a few people.

It differs from Paychex on purpose: a department's name, a department and a project that are missing, an inactive cost
center, and people who were entered by hand before the connector came.
"""

import uuid
from collections.abc import Iterator
from datetime import date

from connector_assets.sandbox.company import DEPARTMENTS, ENTITIES, OFFICES, PROJECTS
from connector_assets.sandbox.context import PayrollFirm
from connector_assets.sandbox.facts import WorkerFacts
from connector_assets.sandbox.visma.replies import Json

EMPLOYEE_CLASSES = {"STD": "Standard employee", "EXEC": "Executive"}
CALENDARS = ("NORM",)
EMPLOYEE_KEY_LENGTH = 10
ENTERED_BY_HAND = 12
MISSING_DEPARTMENT = "530"
SEGMENTS = ((1, "Cost centre", 4), (2, "Project", 6), (3, "Role", 6))
DIMENSIONS = ("ACCOUNT", "BIZACCT", "EMPLOYEE", "PROJECT", "SUBACCOUNT")
Record = tuple[str, str, Json]


def sample_records(firm: PayrollFirm, today: date) -> Iterator[Record]:
    """Every record that there is at the beginning: kind, key, body as it is read."""
    yield from _segments()
    yield from _books()
    for number, office in enumerate(OFFICES, 1):
        body = {"branchId": 300 + number, "number": str(number), "name": office.name, "organizationId": 1}
        yield "branch", str(number), {**body, "isMainBranch": number == 1, "isActive": True}
    offices = {office.location_id: str(number) for number, office in enumerate(OFFICES, 1)}
    company_id = ENTITIES[0].paychex_company_id
    places = {one.location_id: offices[one.office_id] for one in firm.locations(company_id)}
    departments = {one.organization_id: one.number for one in firm.organizations(company_id)}
    hired = [one for one in firm.workers(company_id, today) if one.hire_date.year < today.year]
    for worker in hired[:ENTERED_BY_HAND]:
        department = departments[worker.organization_id]
        if department != MISSING_DEPARTMENT:
            yield "employee", worker.employee_id, _employee(worker, department, places[worker.location_id])


def _segments() -> Iterator[Record]:
    values = {
        1: [(one.department_id.rjust(4, "0"), one.name, one.department_id != "520") for one in DEPARTMENTS[:-1]],
        2: [(one.project_id, one.name, True) for one in PROJECTS[:-1]],
        3: [("R00001", "Consultant", True), ("R00002", "Accountant", True)],
    }
    for number, description, length in SEGMENTS:
        rows = [segment_value(number, value, name, active) for value, name, active in values[number]]
        body: Json = {"internalId": _uuid("segment", str(number)), "segmentId": number, "description": description}
        body |= {"length": length, "publicId": _uuid("public", str(number)), "validate": True, "isAutoNumber": False}
        yield "segment", f"SUBACCOUNT/{number}", {**body, "consolNumChar": 0, "consolOrder": 0, "segmentValues": rows}


def segment_value(segment: int, value: str, description: str, active: bool) -> Json:
    """A value of a segment as it is read, but for its row version and last change."""
    ids = {name: _uuid(name, f"{segment}/{value}") for name in ("internalId", "publicId")}
    return {
        **ids,
        "segmentId": segment,
        "valueId": value,
        "description": description,
        "active": active,
        "mappedSegValue": None,
    }


def _books() -> Iterator[Record]:
    for department in DEPARTMENTS:
        if department.department_id == MISSING_DEPARTMENT:
            continue
        cost_center = department.department_id.rjust(4, "0")
        parts = [cost_center, "P-1000", "R00001"]
        body: Json = {
            "departmentId": department.department_id,
            "publicId": _uuid("department", department.department_id),
        }
        name = department.name if department.department_id != "400" else "Sales and Marketing"
        yield "department", department.department_id, {**body, "description": name, "segments": [[1, cost_center]]}
        number = "-".join(parts)
        combined = {"subaccountNumber": number, "parts": parts, "description": department.name, "active": True}
        yield "subaccount", number, combined
    for account, name, kind in (
        ("5000", "Wages", "Expense"),
        ("7000", "Other cost", "Expense"),
        ("2930", "Due", "Liability"),
    ):
        body = {"accountID": int(account), "accountCD": account, "type": kind, "active": True, "description": name}
        yield "account", account, {**body, "accountClass": "PAYROLL", "currency": None, "postOption": "Summary"}


def _employee(worker: WorkerFacts, department: str, branch: str) -> Json:
    contact = {"firstName": worker.given_name, "lastName": worker.family_name, "email": worker.email, "phone1": "+1555"}
    body: Json = {"employeeNumber": worker.employee_id, "status": "Active", "department": department}
    body |= {"contact": contact, "address": {"city": "", "countryId": "US"}, "employeeClass": "STD"}
    return {**body, "branch": branch, "calendarID": "NORM"}


def _uuid(kind: str, text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"visma/{kind}/{text}"))
