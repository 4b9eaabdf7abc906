"""What surrounds employees: departments, branches, subaccounts, accounts."""

from typing import cast

from starlette.responses import Response

from connector_assets.sandbox.visma.bodies import bare_segments
from connector_assets.sandbox.visma.calls import Call
from connector_assets.sandbox.visma.desk import Desk, Row, Window, time_stamp
from connector_assets.sandbox.visma.replies import Json, json_response

_ACCOUNT = ("accountCD", "accountGroupCD", "accountClass", "type", "active", "description", "postOption", "currency")


def departments(call: Call) -> Response:
    """The list, which does not page."""
    return call.listing("department", lambda row: _department(call.desk, row), is_paged=False)


def department(call: Call) -> Response:
    """One department."""
    row = call.existing("department", call.key[0])
    return call.one(row, _department(call.desk, row))


def create_department(call: Call) -> Response:
    """A new department; its id is bare."""
    body, key = call.content, str(call.content.get("departmentId") or "")
    errors = [] if key else ["'Department ID' cannot be empty."]
    if len(key) > int(call.desk.setting("department_id_length")):
        errors.append("'Department ID' is too long.")
    if call.desk.row("department", key) is not None:
        errors.append("The record already exists.")
    given = call.desk.bodies().wrapped(body, ("description", "expenseAccount"))
    segments = bare_segments(body, "expenseSubaccount") or []
    call.refused("Error inserting the department", [*errors, *_unknown_segments(call.desk, segments)])
    stored: Json = {"departmentId": key, "publicId": key, **given, "segments": _pairs(segments)}
    return call.created("department", call.desk.save("department", key, stored))


def update_department(call: Call) -> Response:
    """A department's given members."""
    row = call.existing("department", call.key[0])
    unmatched = call.unmatched(row)
    if unmatched is not None:
        return unmatched
    given = call.desk.bodies().wrapped(call.content, ("description", "expenseAccount"))
    segments = bare_segments(call.content, "expenseSubaccount")
    call.refused("Error updating the department", _unknown_segments(call.desk, segments or []))
    changes = {} if segments is None else {"segments": _pairs(segments)}
    return call.updated(call.desk.save("department", row.key, {**row.body, **given, **changes}))


def branches(call: Call) -> Response:
    """The list; branches are made on the screen alone."""
    return call.listing("branch", lambda row: _branch(call.desk, row), is_paged=False)


def branch(call: Call) -> Response:
    """One branch, without an ETag."""
    return json_response(_branch(call.desk, call.existing("branch", call.key[0])))


def accounts(call: Call) -> Response:
    """The list, which does not page."""
    return call.listing("account", lambda row: _stamped(call.desk, row), is_paged=False)


def account(call: Call) -> Response:
    """One account."""
    row = call.existing("account", call.key[0])
    return call.one(row, _stamped(call.desk, row))


def create_account(call: Call) -> Response:
    """A new account."""
    given = call.desk.bodies().wrapped(call.content, _ACCOUNT)
    key = str(given.get("accountCD") or "")
    errors = [] if key else ["'Account' cannot be empty."]
    if call.desk.row("account", key) is not None:
        errors.append("The record already exists.")
    call.refused("Error inserting the account", errors)
    return call.created("account", call.desk.save("account", key, {"accountID": 0, "active": True, **given}))


def update_account(call: Call) -> Response:
    """An account's given members."""
    row = call.existing("account", call.key[0])
    given = call.desk.bodies().wrapped(call.content, _ACCOUNT)
    return call.unmatched(row) or call.updated(call.desk.save("account", row.key, {**row.body, **given}))


def subaccounts(call: Call) -> Response:
    """The list, in pages."""
    return call.listing("subaccount", lambda row: _subaccount(call.desk, row), is_paged=True)


def subaccount(call: Call) -> Response:
    """One subaccount."""
    row = call.existing("subaccount", call.key[0])
    return call.one(row, _subaccount(call.desk, row))


def create_subaccount(call: Call) -> Response:
    """A new combination of segment values; its number may come with or without separators between them."""
    given = call.desk.bodies().wrapped(call.content, ("subaccountNumber", "description", "active"))
    number = str(given.pop("subaccountNumber", None) or "")
    parts = _split(call.desk, number)
    key = "-".join(parts)
    errors = [] if parts else [f"Subaccount '{number}' cannot be found in the system."]
    if call.desk.row("subaccount", key) is not None:
        errors.append("The record already exists.")
    call.refused("Error inserting the subaccount", errors)
    stored: Json = {"subaccountNumber": key, "parts": parts, "active": True, **given}
    return call.created("subaccount", call.desk.save("subaccount", key, stored))


def update_subaccount(call: Call) -> Response:
    """A subaccount's description or active."""
    row = call.existing("subaccount", call.key[0])
    given = call.desk.bodies().wrapped(call.content, ("description", "active"))
    return call.unmatched(row) or call.updated(call.desk.save("subaccount", row.key, {**row.body, **given}))


def _split(desk: Desk, number: str) -> list[str]:
    """A subaccount's number as a known value of each segment; empty when it is none."""
    parts, rest = [], number
    for row in desk.rows("segment", Window()):
        known = sorted((str(one["valueId"]) for one in cast(list[Json], row.body["segmentValues"])), key=len)
        value = next((value for value in reversed(known) if rest.startswith(value)), "")
        parts.append(value)
        rest = rest[len(value) :].removeprefix("-")
    return parts if not rest and all(parts) else []


def _unknown_segments(desk: Desk, segments: list[Json]) -> list[str]:
    errors = []
    for one in segments:
        row = desk.row("segment", f"SUBACCOUNT/{one.get('segmentId')}")
        values = cast(list[Json], row.body["segmentValues"]) if row else []
        if one.get("segmentValue") not in {value["valueId"] for value in values}:
            errors.append(f"Segment value '{one.get('segmentValue')}' cannot be found in the system.")
    return errors


def _pairs(segments: list[Json]) -> list[list[object]]:
    return [[one.get("segmentId"), one.get("segmentValue")] for one in segments]


def _department(desk: Desk, row: Row) -> Json:
    body = {name: value for name, value in row.body.items() if name != "segments"}
    account = body.get("expenseAccount")
    named = "-".join(str(value) for _, value in cast(list[list[object]], row.body["segments"]))
    shown = {"expenseAccount": account and {"number": account, "active": True, "description": "", "type": "Expense"}}
    shown |= {"expenseSubaccount": {"id": named, "active": True, "description": ""} if named else None}
    return {**body, **shown, **_stamps(desk, row)}


def _branch(desk: Desk, row: Row) -> Json:
    return {**row.body, "lastModifiedDateTime": desk.moment(row.modified)}


def _subaccount(desk: Desk, row: Row) -> Json:
    body = {name: value for name, value in row.body.items() if name != "parts"}
    parts = enumerate(cast(list[str], row.body["parts"]), 1)
    segments = [{"segmentId": number, "segmentValue": value} for number, value in parts]
    return {**body, **_stamps(desk, row), "errorInfo": None, "segments": segments}


def _stamped(desk: Desk, row: Row) -> Json:
    return {**row.body, **_stamps(desk, row), "errorInfo": None}


def _stamps(desk: Desk, row: Row) -> Json:
    return {"lastModifiedDateTime": desk.moment(row.modified), "timeStamp": time_stamp(row.version)}
