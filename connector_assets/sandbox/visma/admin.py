"""Admin calls of the simulated Visma: what people do on its screens. `POST /admin/visma/…` with a JSON object."""

from collections.abc import Mapping
from typing import cast

from starlette.routing import BaseRoute

from connector_assets.sandbox.admin import admin_route
from connector_assets.sandbox.store import SandboxError
from connector_assets.sandbox.visma import dimensions, employees
from connector_assets.sandbox.visma.desk import Desk, Row, Window

_Body = Mapping[str, object]


def routes(desk: Desk) -> list[BaseRoute]:
    """The admin calls."""
    root = "/admin/visma"

    def records(body: _Body) -> object:
        kind = str(body.get("kind", "employee"))
        return [{**row.body, "key": row.key, "version": row.version} for row in desk.rows(kind, Window())]

    def change_employee(body: _Body) -> object:
        row = _existing(desk, "employee", str(body.get("number")))
        return employees.changed_by_hand(desk, row, cast(_Body, body.get("members") or {})).body

    def enter_employee(body: _Body) -> object:
        number = str(body.get("number") or "")
        if not number:
            raise SandboxError("An employee has a number: {number, members?}.")
        return desk.save("employee", number, {**_person(desk, number), **cast(_Body, body.get("members") or {})}).body

    def change_segment(body: _Body) -> object:
        row = _existing(desk, "segment", f"SUBACCOUNT/{body.get('segment')}")
        changes = cast(_Body, body.get("changes") or {})
        return dimensions.changed_by_hand(desk, row, str(body.get("value")), changes).body

    def change_department(body: _Body) -> object:
        row = _existing(desk, "department", str(body.get("id")))
        return desk.save("department", row.key, {**row.body, **cast(_Body, body.get("members") or {})}).body

    return [
        admin_route(f"{root}/records", records, "GET"),
        admin_route(f"{root}/employee", change_employee),
        admin_route(f"{root}/new_employee", enter_employee),
        admin_route(f"{root}/segment", change_segment),
        admin_route(f"{root}/department", change_department),
    ]


def race(desk: Desk, number: str, params: _Body) -> None:
    """Someone changes an employee on the screen, just before a call about them."""
    row = desk.row("employee", number)
    if row is None:
        return
    member, value = str(params.get("member", "fax")), params.get("value", "+1 555 0100")
    changes = {member: value} if member in row.body else {"contact": {member: value}}
    employees.changed_by_hand(desk, row, changes)


def enter_first(desk: Desk) -> None:
    """Someone enters an employee whose number sorts before all others."""
    desk.save("employee", "0000", _person(desk, "0000"))


def _person(desk: Desk, number: str) -> dict[str, object]:
    contact = {"firstName": "New", "lastName": "Entry", "email": "new.entry@example.test"}
    body: dict[str, object] = {"employeeNumber": number, "employeeId": desk.next_number("employee", 5001)}
    body |= {"status": "Active", "department": "500", "contact": contact, "address": {}, "employeeClass": "STD"}
    return {**body, "branch": "1", "calendarID": "NORM"}


def _existing(desk: Desk, kind: str, key: str) -> Row:
    row = desk.row(kind, key)
    if row is None:
        raise SandboxError(f"There is no {kind} {key!r}. GET /admin/visma/records?kind={kind} lists them.")
    return row
