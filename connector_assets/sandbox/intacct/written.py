"""What a create or update element says: field names in any case, nested elements as dotted names, texts as values."""

from collections.abc import Iterator

from lxml import etree

from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import bad_request, invalid_value
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.schema import Field, Kind, ObjectType
from connector_assets.sandbox.intacct.values import UnfitValueError, to_stored

EMAIL_TEXT = "Illegal format for Contactversion : Primary Email Address '{}'"


def flattened(element: etree._Element, prefix: str = "", skip: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of an element as (NAME or NAME.NAME, text), a date in parts as one; `skip` is left out."""
    for entry in element:
        name = f"{prefix}{str(entry.tag).upper()}"
        if name == skip:
            continue
        if entry.find("year") is not None:
            yield name, "/".join((entry.findtext(part) or "").strip() for part in ("month", "day", "year"))
        elif len(entry):
            yield from flattened(entry, f"{name}.", skip)
        else:
            yield name, (entry.text or "").strip()


def children_named(element: etree._Element, name: str) -> list[etree._Element]:
    """The children with that name in any case."""
    return [entry for entry in element if str(entry.tag).upper() == name]


def written_values(desk: Desk, object_type: ObjectType, element: etree._Element, *, creating: bool) -> Record:
    """The element's fields as stored values; an empty one is None (on create: as if it were not there).

    Raises FunctionRefusal for unknown fields, values that do not fit and, on create, for missing required fields.
    """
    values: Record = {}
    for name, text in flattened(element, skip=object_type.lines_field):
        entry = object_type.by_name.get(name)
        if entry is None:
            _unknown_field(desk, object_type, name)
        elif not entry.read_only or (name == "RECORDNO" and text):
            values[name] = stored_value(entry, text)
    if creating:
        values = {name: value for name, value in values.items() if value is not None}
        defaults = {entry.name: to_stored(entry, entry.default) for entry in object_type.fields if entry.default}
        values = {**defaults, **values}
    return values


def stored_value(entry: Field, text: str) -> int | str | None:
    """A text as the stored value of a field. Raises FunctionRefusal BL03000018."""
    try:
        return to_stored(entry, text)
    except UnfitValueError as error:
        wanted = {Kind.DATE: "a date MM/DD/YYYY", Kind.PICKLIST: f"one of {', '.join(entry.codes)}"}
        what = wanted.get(entry.kind, f"a value of type {entry.kind.value}")
        raise invalid_value(f"Invalid value '{text}' for the field {entry.name}: {what} is expected") from error


def check_required(object_type: ObjectType, values: Record, *, creating: bool) -> None:
    """Required fields must be there on create and must not be emptied on update. Raises FunctionRefusal."""
    for entry in object_type.fields:
        missing = values.get(entry.name) is None if creating else values.get(entry.name, "") is None
        if entry.required and missing:
            raise invalid_value(f"The required field {entry.name} of {object_type.label} is missing a value.")


def _unknown_field(desk: Desk, object_type: ObjectType, name: str) -> None:
    if any(known.startswith(f"{name}.") for known in object_type.by_name):
        return  # an empty group such as <DISPLAYCONTACT/> says nothing
    if desk.switch("unknown_write_field") == "refuse":
        raise bad_request(f"Field {name} is not a field of {object_type.name}")
