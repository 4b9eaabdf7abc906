"""Turns an object, its columns and a condition into rows: what all reading functions share, visibility included."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from connector_assets.sandbox.intacct.catalog import find_object
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import FunctionRefusal, bad_request, invalid_field_list, refuse
from connector_assets.sandbox.intacct.filters import Column, Compiler, Condition, Source, UnknownFieldError
from connector_assets.sandbox.intacct.records import Caller, Record
from connector_assets.sandbox.intacct.schema import Kind, ObjectType
from connector_assets.sandbox.intacct.values import Stored, UnfitValueError, to_code, to_text

_shuffles = itertools.count(1)


@dataclass(frozen=True)
class Where:
    """A compiled WHERE clause."""

    sql: str
    parameters: list[Stored]


def source_of(object_name: str, *, for_query: bool) -> Source:
    """The table of an object to select from. Raises FunctionRefusal for an unknown object."""
    return Source(find_object(object_name), find_object, for_query=for_query)


def visibility(object_type: ObjectType, caller: Caller, *, show_private: bool) -> Where:
    """Shared records at the top level (entities' own ones only on request), shared and own ones at an entity."""
    if "MEGAENTITYID" not in object_type.by_name:
        return Where("1", [])
    if caller.entity_id is not None:
        return Where('(t."MEGAENTITYID" IS NULL OR t."MEGAENTITYID" = ?)', [caller.entity_id])
    return Where("1" if show_private else 't."MEGAENTITYID" IS NULL', [])


def where(desk: Desk, compiler: Compiler, condition: Condition | None, *, show_private: bool) -> Where:
    """The condition and the caller's visibility. Raises FunctionRefusal for unknown fields and unfit values."""
    seen = visibility(compiler.source.object_type, desk.caller, show_private=show_private)
    if condition is None:
        return seen
    try:
        sql, parameters = compiler.compile(condition)
    except UnknownFieldError as error:
        raise unknown_filter_field(desk, str(error.args[0])) from error
    except UnfitValueError as error:
        raise bad_request(f"Invalid value '{error}' in the filter") from error
    return Where(f"{seen.sql} AND ({sql})", [*seen.parameters, *parameters])


def unknown_filter_field(desk: Desk, name: str) -> FunctionRefusal:
    """The refusal of a field that a filter or an order names wrongly."""
    if desk.switch("unknown_filter_field") == "XL03000010":
        return refuse("XL03000010", f"The field {name} in the filter does not exist")
    return bad_request(f"Field {name} does not exist")


def order_of(desk: Desk, *, repeatable: bool = False) -> str:
    """The order of rows where none was asked for: a different one each time, so that paging without order shows."""
    if desk.switch("unordered_pages") == "by_recordno":
        return 't."RECORDNO"'
    shift = 1 if repeatable else next(_shuffles)
    return f'(t."RECORDNO" * 7919 + {shift * 3571}) % 10007, t."RECORDNO"'


def named_columns(source: Source, fields: str) -> list[tuple[str, Column]]:
    """The columns of a `fields` list; empty or `*` is every field. Raises FunctionRefusal `Invalid fields list x`."""
    names = [name.strip().upper() for name in fields.split(",") if name.strip()]
    if not names or names == ["*"]:
        names = [*(entry.name for entry in source.object_type.fields), *source.object_type.joined_fields]
    found = []
    for name in names:
        if name == source.object_type.lines_field:
            continue
        try:
            found.append((name, source.column(name)))
        except UnknownFieldError as error:
            raise invalid_field_list(name) from error
    return found


def wants_lines(object_type: ObjectType, fields: str) -> bool:
    """Whether a `fields` list asks for the owned lines too."""
    names = {name.strip().upper() for name in fields.split(",") if name.strip()} or {"*"}
    return bool(object_type.lines_field) and bool(names & {"*", object_type.lines_field})


def select_list(columns: Sequence[tuple[str, Column]]) -> str:
    """The SELECT list of named columns."""
    return ", ".join(f'{column.expression} AS "{name}"' for name, column in columns)


def spelled(columns: Sequence[tuple[str, Column]], row: Record, *, by_code: bool = False) -> list[tuple[str, str]]:
    """A row as field names and texts."""
    write = to_code if by_code else to_text
    return [(name, write(column.field, row[name])) for name, column in columns]


def is_summable(column: Column) -> bool:
    """Whether `sum` and `avg` make sense of a column."""
    return column.field.kind in (Kind.INTEGER, Kind.DECIMAL)
