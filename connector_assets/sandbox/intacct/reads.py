"""The older reading functions: read, readByName, readByQuery and readMore with their result sets (section 5.2)."""

import json
import secrets

from lxml import etree

from connector_assets.sandbox.intacct.catalog import find_object
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import bad_request, business
from connector_assets.sandbox.intacct.filters import Compiler, UnknownFieldError
from connector_assets.sandbox.intacct.grammar import OBJECTS_LIMIT
from connector_assets.sandbox.intacct.query import DEFAULT_PAGE_SIZE
from connector_assets.sandbox.intacct.query_text import parse_query
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.replies import Outcome, element, fields_element
from connector_assets.sandbox.intacct.schema import ObjectType
from connector_assets.sandbox.intacct.selecting import (
    named_columns,
    order_of,
    select_list,
    source_of,
    spelled,
    visibility,
    wants_lines,
    where,
)
from connector_assets.sandbox.intacct.values import Stored

PAGE_SIZE_LIMIT = 1000
RESULT_SETS = """
CREATE TABLE IF NOT EXISTS intacct_result_sets (
  result_id TEXT PRIMARY KEY, owner TEXT NOT NULL, object TEXT NOT NULL, fields TEXT NOT NULL, keys TEXT NOT NULL,
  position INTEGER NOT NULL, page_size INTEGER NOT NULL, number INTEGER NOT NULL)
"""


def read(desk: Desk, body: etree._Element) -> Outcome:
    """Records by record number, owned lines included."""
    return _read_by(desk, body, "RECORDNO")


def read_by_name(desk: Desk, body: etree._Element) -> Outcome:
    """Records by their business key."""
    return _read_by(desk, body, find_object(body.findtext("object") or "").key_field)


def _read_by(desk: Desk, body: etree._Element, key_field: str) -> Outcome:
    source = source_of(body.findtext("object") or "", for_query=False)
    object_type, fields = source.object_type, body.findtext("fields") or ""
    keys = [key.strip() for key in (body.findtext("keys") or "").split(",") if key.strip()]
    if len(keys) > OBJECTS_LIMIT:
        raise bad_request(f"At most {OBJECTS_LIMIT} keys can be read in one call, not {len(keys)}")
    columns = named_columns(source, fields)
    data = element("data", listtype=object_type.name)
    for key in keys:
        row = _row(desk, object_type, key_field, key)
        if row is None:
            if desk.switch("unknown_read_keys") == "fail":
                raise business(f"Cannot find {object_type.label} with key '{key}'.")
            continue
        chosen, tables = select_list(columns), source.from_sql()
        whole = desk.records.select(chosen, tables, 't."RECORDNO" = ?', [row["RECORDNO"]])[0]
        record = fields_element(object_type.name, spelled(columns, whole))
        if wants_lines(object_type, fields):
            record.append(_lines(desk, object_type, row["RECORDNO"]))
        data.append(record)
    data.set("count", str(len(data)))
    return Outcome((data,))


def _row(desk: Desk, object_type: ObjectType, key_field: str, key: str) -> Record | None:
    wanted: Stored = int(key) if key_field == "RECORDNO" and key.isdigit() else key
    seen = visibility(object_type, desk.caller, show_private=True)
    condition = f'{seen.sql} AND t."{key_field}" = ?'
    rows = desk.records.select('t."RECORDNO"', f"{object_type.table} t", condition, [*seen.parameters, wanted])
    return rows[0] if rows else None


def _lines(desk: Desk, object_type: ObjectType, recordno: Stored) -> etree._Element:
    source = source_of(object_type.lines_object, for_query=False)
    columns = named_columns(source, "*")
    condition, chosen = f't."{object_type.lines_key}" = ?', select_list(columns)
    owner = element(object_type.lines_field)
    for row in desk.records.select(chosen, source.from_sql(), condition, [recordno], "ORDER BY 1"):
        owner.append(fields_element(source.object_type.element, spelled(columns, row)))
    return owner


def read_by_query(desk: Desk, body: etree._Element) -> Outcome:
    """The first page of a query in the little language; a snapshot of the rest waits for `readMore`."""
    source = source_of(body.findtext("object") or "", for_query=False)
    fields = body.findtext("fields") or ""
    if fields.strip() not in ("", "*"):
        _check_fields(source.object_type.name, fields)
    parsed = parse_query(body.findtext("query") or "")
    found = where(desk, Compiler(source, by_code=True), parsed.condition, show_private=False)
    limit = "" if parsed.limit is None else f" LIMIT {parsed.limit}"
    tail = f"ORDER BY {order_of(desk, repeatable=True)}{limit}"
    rows = desk.records.select('t."RECORDNO"', source.from_sql(), found.sql, found.parameters, tail)
    keys = [int(row["RECORDNO"] or 0) for row in rows]
    page_size = min(int((body.findtext("pagesize") or "").strip() or DEFAULT_PAGE_SIZE), PAGE_SIZE_LIMIT)
    result_id = f"7030{secrets.token_hex(8).upper()}"
    keep_result_set(desk, result_id, source.object_type.name, fields, keys, page_size)
    return _page(desk, result_id)


def keep_result_set(desk: Desk, result_id: str, object_name: str, fields: str, keys: list[int], page_size: int) -> None:
    """Keep the keys of a result for the session that asked for it."""
    desk.records.store.write(
        "INSERT INTO intacct_result_sets VALUES (?, ?, ?, ?, ?, 0, ?,"
        " (SELECT coalesce(max(number), 0) + 1 FROM intacct_result_sets))",
        (result_id, _owner(desk), object_name, fields, json.dumps(keys), page_size),
    )


def read_more(desk: Desk, body: etree._Element) -> Outcome:
    """The next page of a result set of this session, by its id or by its object (the latest one then).

    A report is deleted once its last page is read.
    """
    report_id = (body.findtext("reportId") or "").strip()
    if report_id:
        return _report_page(desk, report_id)
    result_id = (body.findtext("resultId") or "").strip()
    if not result_id and body.findtext("object"):
        row = desk.records.store.row(
            "SELECT result_id FROM intacct_result_sets WHERE owner = ? AND object = ? ORDER BY number DESC",
            (_owner(desk), (body.findtext("object") or "").strip().upper()),
        )
        result_id = "" if row is None else row["result_id"]
    return _page(desk, result_id)


def _report_page(desk: Desk, report_id: str) -> Outcome:
    page = _page(desk, report_id)
    data = page.content[0]
    data.set("listtype", "report")
    del data.attrib["resultId"]
    if data.get("numremaining") == "0":
        desk.records.store.write("DELETE FROM intacct_result_sets WHERE result_id = ?", (report_id,))
    return page


def _owner(desk: Desk) -> str:
    return desk.session_id or f"{desk.caller.user_id}@{desk.caller.entity_id or ''}"


def _check_fields(object_name: str, fields: str) -> None:
    source = source_of(object_name, for_query=False)
    for name in (name.strip() for name in fields.split(",") if name.strip()):
        try:
            source.column(name)
        except UnknownFieldError as error:
            raise bad_request(f"Field {name} does not exist") from error


def _page(desk: Desk, result_id: str) -> Outcome:
    store = desk.records.store
    kept = store.row("SELECT * FROM intacct_result_sets WHERE result_id = ? AND owner = ?", (result_id, _owner(desk)))
    if kept is None:
        raise bad_request(f"There is no result set {result_id} in this session")
    keys, position = json.loads(kept["keys"]), int(kept["position"])
    page = keys[position : position + kept["page_size"]]
    store.write("UPDATE intacct_result_sets SET position = ? WHERE result_id = ?", (position + len(page), result_id))
    source = source_of(kept["object"], for_query=False)
    columns = named_columns(source, kept["fields"])
    chosen, condition = select_list(columns), f't."RECORDNO" IN ({", ".join("?" * len(page))})'
    tail = f"ORDER BY {order_of(desk, repeatable=True)}"
    by_code = desk.switch("read_by_query_picklists") == "codes"
    data = element(
        "data",
        listtype=source.object_type.element,
        count=str(len(page)),
        totalcount=str(len(keys)),
        numremaining=str(len(keys) - position - len(page)),
        resultId=result_id,
    )
    for row in desk.records.select(chosen, source.from_sql(), condition, page, tail):
        data.append(fields_element(source.object_type.element, spelled(columns, row, by_code=by_code)))
    return Outcome((data,))
