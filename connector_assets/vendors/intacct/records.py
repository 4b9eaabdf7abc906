"""Records between our words and Intacct's: written by the tables, read back by the same tables.

A record is a mapping of our field names to values, its lines a list of such mappings. A field that is absent or None is
not sent. An empty text is not sent when a record is created, and clears the field when one is updated.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.money import cents_from_text, decimal_e4_from_text, text_from_cents
from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.intacct.envelope import date_text
from connector_assets.vendors.intacct.errors import SYSTEM, refused_here
from connector_assets.vendors.intacct.models import date_from_text
from connector_assets.vendors.intacct.tables import Field, Items, Kind, Table
from connector_assets.vendors.intacct.writer import Node, is_element_name
from connector_assets.vendors.intacct.xml import Tree

Value: TypeAlias = "str | date | bool | int | bytes | Mapping[str, str] | Sequence[Record] | None"
Record: TypeAlias = "Mapping[str, Value]"
Nodes = list[tuple[str, Node]]

DIMENSION_PREFIX = "GLDIM"
_TRUTH_VALUES = frozenset({Kind.STATUS, Kind.FLAG})
_TYPES: dict[Kind, type] = {Kind.TEXT: str, Kind.DATE: date, Kind.FILE: bytes} | dict.fromkeys(_TRUTH_VALUES, bool)


def record_nodes(table: Table, record: Record, doing: str, *, is_create: bool = True) -> Nodes:
    """The record as elements in the order of its table.

    Raises RefusedError, naming the field (and its line), for a field that is unknown, missing, or no such value.
    """
    needed = None if is_create else next(iter(table.fields)).name
    return list(_nodes(table.fields, record, doing, table.is_legacy, needed))


def _nodes(
    fields: Sequence[Field | Items], record: Record, doing: str, is_legacy: bool, needed: str | None
) -> Iterator[tuple[str, Node]]:
    known = {item.name for item in fields}
    unknown = next((name for name in sorted(record) if name not in known), None)
    if unknown is not None:
        raise refused_here(doing, f"unknown field {unknown}", f"Choose from {', '.join(sorted(known))}.")
    inside: dict[str, Nodes] = {}
    for item in fields:
        value = record.get(item.name)
        if isinstance(item, Items):
            yield from _lines(item, value, doing, is_legacy, is_create=needed is None)
            continue
        is_missing = item.is_required if needed is None else item.name == needed
        if is_missing and not value and not isinstance(value, int):
            raise refused_here(doing, f"the field {item.name} is missing", "Give every record this field.")
        if value is None or (value == "" and needed is None):
            continue
        outer, _, inner = item.path.rpartition("/")
        if not outer:
            yield from _field_nodes(item, value, doing, is_legacy)
        elif outer in inside:
            inside[outer].append((inner, _text(item, value, doing)))
        else:
            inside[outer] = [(inner, _text(item, value, doing))]
            yield outer, inside[outer]


def _lines(item: Items, value: Value, doing: str, is_legacy: bool, *, is_create: bool) -> Iterator[tuple[str, Node]]:
    if value is None and not (is_create and item.least):
        return
    lines = records_of(value)
    if len(lines) < item.least or (value is not None and value is not lines):
        raise refused_here(doing, f"{item.name} are not at least {item.least} lines", "Give the document its lines.")
    nodes: Nodes = [
        (item.element, list(_nodes(item.fields, line, f"{doing}, {item.name} {number}", is_legacy, None)))
        for number, line in enumerate(lines, 1)
    ]
    if item.container and nodes:
        yield item.container, nodes
    else:
        yield from nodes


def _field_nodes(field: Field, value: Value, doing: str, is_legacy: bool) -> Iterator[tuple[str, Node]]:
    if field.kind is Kind.CUSTOM:
        yield from _custom_nodes(value, doing, is_legacy)
    elif field.kind in {Kind.SIDE, Kind.SIDE_E4}:
        yield "TR_TYPE", "-1" if _text(field, value, doing).startswith("-") else "1"
        yield field.path, _text(field, value, doing).removeprefix("-")
    elif field.kind is Kind.DATE and is_legacy and isinstance(value, date):
        yield field.path, {"year": f"{value.year:04d}", "month": f"{value.month:02d}", "day": f"{value.day:02d}"}
    else:
        yield field.path, _text(field, value, doing)


def _custom_nodes(value: Value, doing: str, is_legacy: bool) -> Iterator[tuple[str, Node]]:
    if not isinstance(value, Mapping):
        raise refused_here(doing, "custom is not a mapping", "Give integration names and their texts.")
    texts = {name: text for name, text in value.items() if isinstance(text, str) and is_element_name(name)}
    if len(texts) != len(value):
        raise refused_here(doing, "a custom field's name or text is none", "Give integration names and their texts.")
    if is_legacy and texts:
        pairs: Nodes = [
            ("customfield", {"customfieldname": name, "customfieldvalue": text}) for name, text in texts.items()
        ]
        yield "customfields", pairs
    elif not is_legacy:
        yield from texts.items()


def _text(field: Field, value: Value, doing: str) -> str:
    """The value as the gateway reads it. Raises RefusedError when it is not of the field's kind."""
    if value == "":
        return ""
    if not isinstance(value, _TYPES.get(field.kind, int)) or (
        isinstance(value, bool) and field.kind not in _TRUTH_VALUES
    ):
        fix = "Give text as str, dates as date, truth values as bool, amounts as integer cents."
        raise refused_here(doing, f"{field.name} is not a {field.kind}", fix)
    if isinstance(value, bool):
        return ("active" if value else "inactive") if field.kind is Kind.STATUS else str(value).lower()
    if isinstance(value, date):
        return date_text(value)
    if isinstance(value, int):
        return _number_text(field, value, doing)
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _number_text(field: Field, value: int, doing: str) -> str:
    if field.kind is Kind.SIDE and value == 0:
        raise refused_here(doing, "a line amounts to zero", "Leave lines of zero out of the document.")
    if field.kind in {Kind.CENTS, Kind.SIDE}:
        return text_from_cents(value)
    whole, rest = divmod(abs(value), 10_000)
    return f"{'-' if value < 0 else ''}{whole}.{rest:04d}".rstrip("0").rstrip(".")


def records_of(value: Value) -> Sequence[Record]:
    """The lines under a field's name; none where the value is no list of them."""
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else ()


def record_from_tree(table: Table, tree: Tree, custom: Collection[str] = ()) -> dict[str, Value]:
    """A record that was read, in our words: fields that came empty are None, those that did not come are absent.

    User-defined dimensions that have a value come as `custom`, and so do the custom fields named by `custom`.
    Raises ProtocolError for an amount, a date or the content of a file that is none.
    """
    return _record(table.fields, tree, f"{table.object_name} {tree.get('RECORDNO', '')}", frozenset(custom))


def _record(fields: Sequence[Field | Items], tree: Tree, where: str, custom: frozenset[str]) -> dict[str, Value]:
    record: dict[str, Value] = {}
    for item in fields:
        if isinstance(item, Items):
            owned = tree.get(item.read_container or (item.container or item.element).upper(), [])
            lines = owned if isinstance(owned, list) else []
            record[item.name] = [_record(item.fields, line, where, custom) for line in lines]
        elif item.kind is Kind.CUSTOM:
            named = {name for name in tree if name.startswith(DIMENSION_PREFIX) or name in custom}
            texts = {name: tree[name] for name in sorted(named)}
            record[item.name] = {name: text for name, text in texts.items() if isinstance(text, str) and text}
        else:
            text = _read(item, tree)
            if isinstance(text, str):
                record[item.name] = _value(item, text.strip(), tree, f"{where} {item.read_name}")
    return record


def _read(field: Field, tree: Tree) -> object:
    """A field's text; one inside another element is read nested or with a dotted name, whichever the reply has."""
    outer = field.path.rpartition("/")[0].upper()
    inside = tree.get(outer) if outer else None
    if isinstance(inside, list) and inside:
        return inside[0].get(field.read_name)
    return tree.get(f"{outer}.{field.read_name}") if outer else tree.get(field.read_name)


def _value(field: Field, text: str, tree: Tree, where: str) -> Value:
    if not text:
        return None
    if field.kind is Kind.DATE:
        return date_from_text(where, {"": text}, "")
    if field.kind is Kind.FILE:
        return _content(text, where)
    if field.kind in _TRUTH_VALUES:
        return text.lower() in {"active", "true", "t"}
    read_number = _NUMBERS.get(field.kind)
    if read_number is None:
        return text
    try:
        number = read_number(text, where)
    except AccountingError as error:
        raise ProtocolError(SYSTEM, error.message, fix=error.fix) from None
    return number * _sign(tree, where) if field.kind in {Kind.SIDE, Kind.SIDE_E4} else number


def _content(text: str, where: str) -> bytes:
    """The bytes of a file; Intacct breaks its base64 into lines."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ProtocolError(SYSTEM, f"{where}: not base64", fix="Look at this attachment in Intacct.") from None


_NUMBERS = {
    Kind.CENTS: cents_from_text,
    Kind.SIDE: cents_from_text,
    Kind.E4: decimal_e4_from_text,
    Kind.SIDE_E4: decimal_e4_from_text,
}


def _sign(tree: Tree, where: str) -> int:
    sign = {"1": 1, "-1": -1}.get(str(tree.get("TR_TYPE", "")).strip())
    if sign is None:
        raise ProtocolError(SYSTEM, f"{where}: TR_TYPE is neither 1 nor -1", fix="Look at this record in Intacct.")
    return sign
