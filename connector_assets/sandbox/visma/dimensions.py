"""Segmented keys: dimensions, their segments, and the values of a segment, which are written together in one call."""

import base64
import binascii
from collections.abc import Mapping
from typing import cast

from starlette.responses import Response

from connector_assets.sandbox.visma.calls import Call
from connector_assets.sandbox.visma.desk import Desk, Row, Window, time_stamp, utc_text
from connector_assets.sandbox.visma.replies import Json, VismaError, json_response
from connector_assets.sandbox.visma.sample import DIMENSIONS, segment_value

KIND = "segment"


def dimensions(call: Call) -> Response:
    """The ids of all dimensions: an array of strings."""
    return json_response(list(DIMENSIONS))


def dimension(call: Call) -> Response:
    """One dimension with its segments, and with their values unless those are not wanted."""
    name = call.key[0].upper()
    if name not in DIMENSIONS:
        raise LookupError(name)
    rows = [row for row in call.desk.rows(KIND, Window()) if row.key.startswith(f"{name}/")]
    segments = [_shown(call.desk, row) for row in rows]
    if call.request.query_params.get("expandSegmentsValues", "true").lower() == "false":
        segments = [{**one, "segmentValues": []} for one in segments]
    length = sum(cast(int, row.body["length"]) for row in rows)
    return json_response({"id": name, "length": length, "description": name.title(), "segments": segments})


def segment(call: Call) -> Response:
    """One segment with its values."""
    row = _row(call)
    return call.one(row, _shown(call.desk, row))


def segment_value_of(call: Call) -> Response:
    """One value, its id in Base64 (standard or URL-safe, padded or not)."""
    row, wanted = _row(call), _decoded(call.key[2])
    found = [one for one in _shown_values(call.desk, row) if str(one["valueId"]).strip() == wanted]
    if not found:
        raise LookupError(wanted)
    return json_response(found[0])


def update(call: Call) -> Response:
    """Insert, update and delete values by their rows; what is not listed stays. One bad row stops them all."""
    row = _row(call)
    unmatched = call.unmatched(row)
    if unmatched is not None:
        return unmatched
    body, errors = call.content, []
    values = {str(one["valueId"]): one for one in cast(list[Json], row.body["segmentValues"])}
    rows = cast(list[Json], body.get("segmentValues") or [])
    for given in rows:
        try:
            _apply(call, row, values, given)
        except ValueError as error:
            errors.append(str(error))
    is_partial = call.desk.setting("segment_update") == "partial"
    changes: Json = {"segmentValues": list(values.values())} if is_partial or not errors else {}
    described = call.desk.bodies().wrapped(body, ("description",))
    saved = call.desk.save(KIND, row.key, {**row.body, **described, **changes}) if changes else row
    if errors:
        raise VismaError(int(call.desk.setting("segment_refusal_status")), "Error updating the segment", errors)
    return call.updated(saved)


def changed_by_hand(desk: Desk, row: Row, value: str, changes: Mapping[str, object]) -> Row:
    """What a person does on the screen: one value's description or active, a new value, or with `delete` none."""
    values = {str(one["valueId"]): one for one in cast(list[Json], row.body["segmentValues"])}
    if changes.get("delete"):
        values.pop(value, None)
    else:
        known = values.get(value) or segment_value(cast(int, row.body["segmentId"]), value, "", active=True)
        values[value] = {**known, **changes}
    return desk.save(KIND, row.key, {**row.body, "segmentValues": list(values.values())})


def _apply(call: Call, row: Row, values: dict[str, Json], given: Mapping[str, object]) -> None:
    operation, value = given.get("operation"), str(given.get("value") or "")
    changes = call.desk.bodies().wrapped(given, ("description", "active"))
    if operation == "Insert":
        if not 0 < len(value) <= cast(int, row.body["length"]):
            raise ValueError(f"The value '{value}' does not fit the segment.")
        if value in values:
            raise ValueError(f"The segment value '{value}' already exists.")
        made = segment_value(cast(int, row.body["segmentId"]), value, "", active=True)
        values[value] = {**made, **changes, **_stamped(call.desk)}
    elif value not in values:
        raise ValueError(f"Segment value '{value}' cannot be found in the system.")
    elif operation == "Update":
        values[value] = {**values[value], **changes, **_stamped(call.desk)}
    elif operation == "Delete":
        if value in _used(call.desk, cast(int, row.body["segmentId"])):
            raise ValueError(f"Segment value '{value}' is used and cannot be deleted.")
        del values[value]
    else:
        raise ValueError(f"The operation '{operation}' is not valid.")


def _used(desk: Desk, segment_id: int) -> set[str]:
    """The values that a subaccount or a department names."""
    named = [cast(list[list[object]], row.body["segments"]) for row in desk.rows("department", Window())]
    return {str(value) for segments in named for number, value in segments if number == segment_id}


def _stamped(desk: Desk) -> Json:
    version = desk.next_number("version", 44_000_000)
    return {"timeStamp": time_stamp(version), "lastModified": utc_text(desk.context.now())}


def _row(call: Call) -> Row:
    return call.existing(KIND, f"{call.key[0].upper()}/{call.key[1]}")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise LookupError(text) from None


def _shown(desk: Desk, row: Row) -> Json:
    stamps = {"timeStamp": time_stamp(row.version), "lastModified": desk.moment(row.modified)}
    return {**row.body, **stamps, "segmentValues": _shown_values(desk, row)}


def _shown_values(desk: Desk, row: Row) -> list[Json]:
    padding = cast(int, row.body["length"]) if desk.setting("segment_padding") == "spaces" else 0
    stamps = {"timeStamp": time_stamp(row.version), "lastModified": row.modified}
    return [
        {**stamps, **one, "valueId": str(one["valueId"]).ljust(padding)}
        for one in cast(list[Json], row.body["segmentValues"])
    ]
