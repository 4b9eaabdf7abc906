"""The function `query`: select with aggregates, filter, order, offset and page size (fact sheet section 5.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import bad_request, cannot_be_queried
from connector_assets.sandbox.intacct.filters import (
    Column,
    Comparison,
    Compiler,
    Condition,
    Group,
    Source,
    UnknownFieldError,
)
from connector_assets.sandbox.intacct.replies import Outcome, element, fields_element
from connector_assets.sandbox.intacct.schema import Field, Kind
from connector_assets.sandbox.intacct.selecting import (
    Where,
    is_summable,
    order_of,
    source_of,
    spelled,
    unknown_filter_field,
    where,
)

DEFAULT_PAGE_SIZE = 100
_OPERATORS = {
    "equalto": "=",
    "notequalto": "!=",
    "lessthan": "<",
    "lessthanorequalto": "<=",
    "greaterthan": ">",
    "greaterthanorequalto": ">=",
    "between": "between",
    "in": "in",
    "notin": "not in",
    "like": "like",
    "notlike": "not like",
    "isnull": "is null",
    "isnotnull": "is not null",
}
_AGGREGATE_SQL = {
    "count": "count({0})",
    "sum": "sum({0})",
    "min": "min({0})",
    "max": "max({0})",
    "avg": "sum({0}) / count({0})",
}
_COUNTED = Field("COUNT", Kind.INTEGER)


@dataclass(frozen=True)
class Selected:
    """One selected column under the name of its element in the reply."""

    name: str
    column: Column
    is_aggregate: bool


def run_query(desk: Desk, body: etree._Element) -> Outcome:
    """Answer one `query`. Raises FunctionRefusal."""
    source = source_of(body.findtext("object") or "", for_query=True)
    chosen = _selection(desk, source, body)
    compiler = Compiler(source, by_code=False, fold_case=_option(body, "caseinsensitive"))
    condition = _condition(body[_place(body, "filter")][0]) if body.find("filter") is not None else None
    found = where(desk, compiler, condition, show_private=_option(body, "showprivate"))
    groups = _groups(chosen)
    order = _order(desk, source, body, grouped=any(entry.is_aggregate for entry in chosen))
    selected, tables = _select_sql(chosen), source.from_sql()
    total = _total(desk, chosen, tables, found)
    page_size = int(body.findtext("pagesize") or DEFAULT_PAGE_SIZE)
    offset = int(body.findtext("offset") or 0)
    parameters = [*found.parameters, page_size, offset]
    rows = desk.records.select(selected, tables, found.sql, parameters, f"{groups}{order} LIMIT ? OFFSET ?")
    columns = [(entry.name, entry.column) for entry in chosen]
    data = element(
        "data",
        listtype=source.object_type.name,
        totalcount=str(total),
        offset=str(offset),
        count=str(len(rows)),
        numremaining=str(max(total - offset - len(rows), 0)),
    )
    data.extend(fields_element(source.object_type.name, spelled(columns, row)) for row in rows)
    return Outcome((data,))


def _total(desk: Desk, chosen: Sequence[Selected], tables: str, found: Where) -> int:
    """How many rows or groups the whole query has."""
    groups = _groups(chosen)
    if not groups and any(entry.is_aggregate for entry in chosen):
        return 1
    counted = desk.records.select("count(*) OVER () AS n", tables, found.sql, found.parameters, f"{groups} LIMIT 1")
    return int(counted[0]["n"] or 0) if counted else 0


def _place(body: etree._Element, tag: str) -> int:
    found = body.find(tag)
    return -1 if found is None else body.index(found)


def _option(body: etree._Element, name: str) -> bool:
    return (body.findtext(f"options/{name}") or "").strip().lower() == "true"


def _selection(desk: Desk, source: Source, body: etree._Element) -> list[Selected]:
    select = body.find("select")
    chosen, unknown = [], []
    for entry in [] if select is None else select:
        name = (entry.text or "").strip()
        try:
            chosen.append(_selected(source, str(entry.tag), name))
        except UnknownFieldError:
            unknown.append(name)
    if unknown and desk.switch("unknown_select_field") == "DL02000001":
        raise bad_request(f"Field {unknown[0]} does not exist")
    if unknown:
        raise cannot_be_queried(unknown)
    return chosen


def _selected(source: Source, function: str, name: str) -> Selected:
    column = source.column(name)
    if not column.field.queryable:
        raise UnknownFieldError(name)
    name = name.upper()
    if function == "field":
        return Selected(name, column, is_aggregate=False)
    if function in ("sum", "avg") and not is_summable(column):
        raise UnknownFieldError(name)
    kept = _COUNTED if function == "count" else column.field
    label = name if function == "sum" else f"{function.upper()}.{name}"
    return Selected(label, Column(_AGGREGATE_SQL[function].format(column.expression), kept), is_aggregate=True)


def _select_sql(chosen: Sequence[Selected]) -> str:
    return ", ".join(f'{entry.column.expression} AS "{entry.name}"' for entry in chosen)


def _groups(chosen: Sequence[Selected]) -> str:
    plain = [entry.column.expression for entry in chosen if not entry.is_aggregate]
    return f" GROUP BY {', '.join(plain)}" if plain and len(plain) < len(chosen) else ""


def _order(desk: Desk, source: Source, body: etree._Element, *, grouped: bool) -> str:
    wanted = body.findall("orderby/order")
    if not wanted:
        return "" if grouped else f" ORDER BY {order_of(desk)}"
    parts = []
    for entry in wanted:
        name = (entry.findtext("field") or "").strip()
        try:
            expression = source.column(name).expression
        except UnknownFieldError as error:
            raise unknown_filter_field(desk, name) from error
        parts.append(f"{expression} {'DESC' if entry.find('descending') is not None else 'ASC'}")
    return f" ORDER BY {', '.join(parts)}"


def _condition(entry: etree._Element) -> Condition:
    tag = str(entry.tag)
    if tag in ("and", "or"):
        return Group(tag, tuple(_condition(inner) for inner in entry))
    operands = tuple(value.text or "" for value in entry.iterfind("value"))
    return Comparison(entry.findtext("field") or "", _OPERATORS[tag], operands)
