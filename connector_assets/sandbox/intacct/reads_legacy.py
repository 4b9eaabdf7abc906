"""The legacy readings get and get_list: lowercase fields, `listtype` with start, end and total (fact sheet 5.1)."""

from lxml import etree

from connector_assets.sandbox.intacct.attachments import describe_attachment
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import bad_request, business
from connector_assets.sandbox.intacct.filters import Comparison, Compiler, Condition, Group, Source, UnknownFieldError
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.replies import Outcome, element, fields_element
from connector_assets.sandbox.intacct.selecting import named_columns, select_list, source_of, spelled, where

_OPERATORS = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "like": "like", "is null": "is null"}
MAX_ITEMS = 1000


def get(desk: Desk, body: etree._Element) -> Outcome:
    """One record by its business key, in lowercase fields."""
    source = source_of(body.get("object", ""), for_query=False)
    key, data = body.get("key", ""), element("data")
    record = desk.records.by_key(source.object_type.name, key)
    if record is None:
        raise business(f"Cannot find {source.object_type.label} with key '{key}'.")
    if source.object_type.name == "SUPDOC":
        data.append(describe_attachment(desk, record, with_data=True))
    else:
        data.append(_row(desk, source, body, record))
    return Outcome((data,))


def get_list(desk: Desk, body: etree._Element) -> Outcome:
    """A page of records by filter and order; attachments come with their files' names, mostly without their data."""
    name = body.get("object", "").strip().lower()
    source = source_of(name, for_query=False)
    shown = body.find("filter")
    condition = None if shown is None or not len(shown) else _condition(shown[0])
    private = body.get("showprivate", "").lower() == "true"
    found = where(desk, Compiler(source, by_code=False), condition, show_private=private)
    order = _order(source, body)
    rows = desk.records.select('t."RECORDNO"', source.from_sql(), found.sql, found.parameters, f"ORDER BY {order}")
    start, limit = _number(body, "start", 0), _number(body, "maxitems", MAX_ITEMS)
    page, data = rows[start : start + limit], element("data")
    for row in page:
        record = desk.records.one(source.object_type.name, RECORDNO=row["RECORDNO"]) or {}
        if source.object_type.name == "SUPDOC":
            data.append(describe_attachment(desk, record, with_data=desk.switch("listed_attachment_data") == "full"))
        else:
            data.append(_row(desk, source, body, record))
    kind = element("listtype", name, start=str(start), end=str(max(start + len(page) - 1, 0)), total=str(len(rows)))
    return Outcome((kind, data))


def _row(desk: Desk, source: Source, body: etree._Element, record: Record) -> etree._Element:
    wanted = [(entry.text or "").strip() for entry in body.iterfind("fields/field")]
    columns = named_columns(source, ",".join(wanted))
    row = desk.records.select(select_list(columns), source.from_sql(), 't."RECORDNO" = ?', [record["RECORDNO"]])[0]
    values = [(name.lower(), text) for name, text in spelled(columns, row)]
    return fields_element(source.object_type.element, values)


def _condition(entry: etree._Element) -> Condition:
    if entry.tag == "logical":
        return Group(entry.get("logical_operator", "and"), tuple(_condition(inner) for inner in entry))
    operator = (entry.findtext("operator") or "").strip().lower()
    if operator not in _OPERATORS:
        raise bad_request(f"'{operator}' is no operator of a filter")
    operands = () if operator == "is null" else (entry.findtext("value") or "",)
    return Comparison(entry.findtext("field") or "", _OPERATORS[operator], operands)


def _order(source: Source, body: etree._Element) -> str:
    parts = []
    for entry in body.iterfind("sorts/sortfield"):
        try:
            expression = source.column(entry.text or "").expression
        except UnknownFieldError as error:
            raise bad_request(f"Field {entry.text} does not exist") from error
        parts.append(f"{expression} {'DESC' if entry.get('order') == 'desc' else 'ASC'}")
    return ", ".join([*parts, 't."RECORDNO"'])


def _number(body: etree._Element, name: str, default: int) -> int:
    text = body.get(name, "").strip()
    if text and not text.isdigit():
        raise bad_request(f"{name} must be a whole number, not '{text}'")
    return int(text) if text else default
