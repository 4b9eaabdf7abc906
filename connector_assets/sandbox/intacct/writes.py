"""The generic functions create, update and delete, and the rules of each kind of master data (sections 4.3 and 7)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from lxml import etree

from connector_assets.sandbox.intacct import documents, payments
from connector_assets.sandbox.intacct.catalog import OBJECTS, find_object
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import (
    ErrorEntry,
    FunctionRefusal,
    bad_request,
    business,
    invalid_value,
    refuse,
)
from connector_assets.sandbox.intacct.grammar import OBJECTS_LIMIT
from connector_assets.sandbox.intacct.journals import create_journal, delete_journal, update_journal
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.references import References
from connector_assets.sandbox.intacct.replies import Outcome, child, element
from connector_assets.sandbox.intacct.schema import ObjectType
from connector_assets.sandbox.intacct.sessions import READER_USER_ID
from connector_assets.sandbox.intacct.values import to_text
from connector_assets.sandbox.intacct.written import EMAIL_TEXT, check_required, children_named, written_values

Writer = Callable[[Desk, etree._Element], int]

LEGACY_ONLY = ("ARINVOICE", "EEXPENSES")  # created by create_invoice and create_expensereport alone
CREATORS: Mapping[str, Writer] = {
    "GLBATCH": create_journal,
    **{name: partial(documents.create_document, kind=kind) for name, kind in documents.KINDS.items()},
    **{name: partial(payments.create_payment, kind=kind) for name, kind in payments.KINDS.items()},
}
UPDATERS: Mapping[str, Writer] = {
    "GLBATCH": update_journal,
    **{name: partial(documents.update_document, kind=kind) for name, kind in documents.KINDS.items()},
    **{name: partial(payments.update_payment, kind=kind) for name, kind in payments.KINDS.items()},
}


def create(desk: Desk, body: etree._Element) -> Outcome:
    """Create up to 100 objects, each for itself: what succeeded stays although another one failed."""
    return _each(desk, body, "CREATE", CREATORS, create_record)


def update(desk: Desk, body: etree._Element) -> Outcome:
    """Update up to 100 objects, each for itself."""
    return _each(desk, body, "UPDATE", UPDATERS, update_record)


def delete(desk: Desk, body: etree._Element) -> Outcome:
    """Delete by record number; nothing is deleted when one key cannot be. Referenced records cannot be deleted."""
    object_type = find_object(body.findtext("object") or "")
    check_permission(desk, object_type, "DELETE")
    keys = [key.strip() for key in (body.findtext("keys") or "").split(",") if key.strip()]
    if not keys or len(keys) > OBJECTS_LIMIT:
        raise bad_request(f"Between 1 and {OBJECTS_LIMIT} keys can be deleted in one call, not {len(keys)}")
    for key in keys:
        _delete_one(desk, object_type, key)
    return Outcome()


def _delete_one(desk: Desk, object_type: ObjectType, key: str) -> None:
    name = object_type.name
    if name == "GLBATCH" and key.isdigit():
        delete_journal(desk, int(key))
    elif name in documents.KINDS:
        documents.delete_document(desk, documents.KINDS[name], key)
    elif name in payments.KINDS:
        payments.delete_payment(desk, payments.KINDS[name], key)
    else:
        delete_record(desk, object_type, key)


def check_permission(desk: Desk, object_type: ObjectType, operation: str) -> None:
    """Refuse writers without permission and objects that the generic functions do not write: PL04000005."""
    check_permission_to_write(desk, object_type.name, operation)
    if not object_type.writable or (operation == "CREATE" and object_type.name in LEGACY_ONLY):
        raise _no_permission(object_type.name, operation)


def check_permission_to_write(desk: Desk, object_name: str, operation: str) -> None:
    """Refuse callers who may only read: PL04000005."""
    if desk.caller.user_id == READER_USER_ID:
        raise _no_permission(object_name, operation)


def _no_permission(object_name: str, operation: str) -> FunctionRefusal:
    text = f"You do not have permission for API operation {operation} on objects of type {object_name}"
    return refuse("PL04000005", text)


def _each(desk: Desk, body: etree._Element, operation: str, special: Mapping[str, Writer], general: Writer) -> Outcome:
    objects = list(body)
    if not 1 <= len(objects) <= OBJECTS_LIMIT:
        raise bad_request(f"Between 1 and {OBJECTS_LIMIT} objects can be written in one call, not {len(objects)}")
    data, errors = element("data", listtype="objects"), list[ErrorEntry]()
    for entry in objects:
        try:
            with desk.records.store.transaction():
                object_type = find_object(str(entry.tag))
                check_permission(desk, object_type, operation)
                recordno = special.get(object_type.name, general)(desk, entry)
        except FunctionRefusal as refusal:
            errors += refusal.entries
        else:
            _append_key(desk, data, object_type, recordno)
    data.set("count", str(len(data)))
    return Outcome((data,), tuple(errors))


def _append_key(desk: Desk, data: etree._Element, object_type: ObjectType, recordno: int) -> None:
    record = desk.records.one(object_type.name, RECORDNO=recordno) or {}
    block = child(data, object_type.element)
    for name in object_type.reply_fields:
        child(block, name, to_text(object_type.by_name[name], record[name]))


def create_record(desk: Desk, entry: etree._Element) -> int:
    """Create one record, the lines it owns included. Raises FunctionRefusal."""
    object_type = find_object(str(entry.tag))
    try:
        values = written_values(desk, object_type, entry, creating=True)
        values.pop("RECORDNO", None)
        lines = owned_lines(desk, object_type, entry)
        recordno = insert_record(desk, object_type, values)
        store_lines(desk, object_type, recordno, lines)
        return recordno
    except FunctionRefusal as refusal:
        raise refusal.wrapped(_wrapper("create", object_type)) from refusal


def insert_record(desk: Desk, object_type: ObjectType, values: Record) -> int:
    """Store one new record once every rule is met. Raises FunctionRefusal."""
    key_field = object_type.key_field
    if object_type.number_prefix and values.get(key_field) is None:
        number = desk.records.greatest(object_type.name, "RECORDNO") + 1
        values = {**values, key_field: f"{object_type.number_prefix}{number:05d}"}
    check_required(object_type, values, creating=True)
    if key_field != "RECORDNO" and desk.records.by_key(object_type.name, values[key_field]) is not None:
        raise duplicate(object_type, str(values[key_field]))
    _check_rules(desk, object_type, values, {})
    return desk.records.insert(object_type, {**values, **_derived(desk, object_type, values)}, desk.caller)


def duplicate(object_type: ObjectType, key: str) -> FunctionRefusal:
    """The refusal of a business key that is taken."""
    if object_type.name == "GLACCOUNT":
        text = f"The account number '{key}' already exists"
        return FunctionRefusal(ErrorEntry("BL01001973", text, "Duplicate account number", "", "GL-0493"))
    text = f"Another {object_type.label} with the given value(s) {key}  already exists"
    return refuse("BL34000061", text, correction="Use a unique value instead.")


def update_record(desk: Desk, entry: etree._Element) -> int:
    """Update one record: fields left out stay, empty ones are cleared, lines replace all. Raises FunctionRefusal."""
    object_type = find_object(str(entry.tag))
    try:
        values = written_values(desk, object_type, entry, creating=False)
        kept = _kept(desk, object_type, values)
        values.pop("RECORDNO", None)
        if values.get(object_type.key_field, kept[object_type.key_field]) != kept[object_type.key_field]:
            raise business(f"The {object_type.key_field} of a record cannot be changed.")
        check_required(object_type, values, creating=False)
        _check_rules(desk, object_type, values, kept)
        recordno = int(kept["RECORDNO"] or 0)
        derived = _derived(desk, object_type, {**kept, **values})
        desk.records.update(object_type, recordno, {**values, **derived}, desk.caller)
        if lines := owned_lines(desk, object_type, entry):
            delete_lines(desk, object_type, recordno)
            store_lines(desk, object_type, recordno, lines)
        return recordno
    except FunctionRefusal as refusal:
        raise refusal.wrapped(_wrapper("update", object_type)) from refusal


def _kept(desk: Desk, object_type: ObjectType, values: Record) -> Record:
    by = "RECORDNO" if values.get("RECORDNO") is not None else object_type.key_field
    kept = desk.records.one(object_type.name, **{by: values[by]}) if values.get(by) is not None else None
    if kept is None:
        raise business(f"Cannot find {object_type.label.lower()} with key '{values.get(by) or ''}'.")
    if kept["MEGAENTITYID"] != desk.caller.entity_id:
        raise business("This record belongs to another entity or to the top level and cannot be changed from here.")
    return kept


def delete_record(desk: Desk, object_type: ObjectType, key: str, by: str = "RECORDNO") -> None:
    """Delete one record that nothing refers to. Raises FunctionRefusal."""
    wanted = int(key) if by == "RECORDNO" and key.isdigit() else key
    kept = desk.records.one(object_type.name, **{by: wanted})
    if kept is None:
        raise business(f"Cannot find {object_type.label.lower()} with key '{key}' to delete.")
    name = kept[object_type.key_field]
    for other in OBJECTS.values():
        for field in other.fields:
            if field.reference == object_type.name and desk.records.one(other.name, **{field.name: name}) is not None:
                raise business(f"{object_type.label} '{name}' is in use by {other.label} and cannot be deleted.")
    delete_lines(desk, object_type, int(kept["RECORDNO"] or 0))
    desk.records.delete(object_type, int(kept["RECORDNO"] or 0), desk.caller)


def owned_lines(desk: Desk, object_type: ObjectType, entry: etree._Element) -> list[Record]:
    """The lines that an element gives a record, each with what it needs. Raises FunctionRefusal."""
    if not object_type.lines_field:
        return []
    line_type, references, lines = OBJECTS[object_type.lines_object], References(desk.records), list[Record]()
    owners = children_named(entry, object_type.lines_field)
    for line in (line for owner in owners for line in children_named(owner, line_type.name)):
        values = written_values(desk, line_type, line, creating=True)
        check_required(line_type, values, creating=True)
        _check_references(references, line_type, values, {})
        lines.append(values)
    return lines


def store_lines(desk: Desk, object_type: ObjectType, recordno: int, lines: Sequence[Record]) -> None:
    """Keep the lines of a record, numbered from 1 (from 0 those of orders, as they are read)."""
    first = 0 if object_type.lines_key == "DOCKEY" else 1
    for place, line in enumerate(lines, start=first):
        own: Record = {object_type.lines_key: recordno, "LINE_NO": place}
        desk.records.insert(OBJECTS[object_type.lines_object], {**line, **own}, desk.caller)


def delete_lines(desk: Desk, object_type: ObjectType, recordno: int) -> None:
    """Remove the lines of a record."""
    if object_type.lines_field:
        documents.delete_lines(desk, OBJECTS[object_type.lines_object], object_type.lines_key, recordno)


def _wrapper(verb: str, object_type: ObjectType) -> str:
    if object_type.name == "GLACCOUNT":
        return f"Could not {verb} GL Account record."
    return f"Could not {verb} {object_type.label.lower()} record!"


def _check_rules(desk: Desk, object_type: ObjectType, values: Record, kept: Record) -> None:
    """References, hierarchy and what the object demands beyond its fields; only changed references are looked at."""
    references = References(desk.records)
    if object_type.name == "EMPLOYEE" and {**kept, **values}.get("PERSONALINFO.CONTACTNAME") is None:
        raise business("Employee Contact info cannot be empty")
    _check_references(references, object_type, values, kept)
    if object_type.parent_field and values.get(object_type.parent_field) is not None:
        _check_hierarchy(desk, object_type, {**kept, **values})
    email = values.get("EMAIL1")
    if object_type.name == "CONTACT" and email is not None and "@" not in str(email):
        raise invalid_value(EMAIL_TEXT.format(email))


def _check_references(references: References, object_type: ObjectType, values: Record, kept: Record) -> None:
    for field in object_type.fields:
        value = values.get(field.name)
        if field.reference and value is not None and value != kept.get(field.name):
            references.active(field.reference, str(value))


def _check_hierarchy(desk: Desk, object_type: ObjectType, values: Record) -> None:
    own_key, parent = values[object_type.key_field], values[object_type.parent_field]
    while parent is not None:
        if parent == own_key:
            raise business(f"The {object_type.label.lower()} '{own_key}' cannot be its own parent.")
        above = desk.records.by_key(object_type.name, parent)
        parent = None if above is None else above[object_type.parent_field]


def _derived(desk: Desk, object_type: ObjectType, values: Record) -> Record:
    """Fields that follow from others: the entity of a location is its parent's."""
    if object_type.name != "LOCATION" or values.get("PARENTID") is None:
        return {}
    parent = desk.records.by_key("LOCATION", values["PARENTID"]) or {}
    return {"ENTITY": parent["ENTITY"], "ENTITYRECORDNO": parent["ENTITYRECORDNO"]}
