"""Filters of a `query`, typed: a field, an operator, its values.

`query` compares picklists by what a person sees (`STATE` = `Posted`, `STATUS` = `active`), and dates as MM/DD/YYYY.
`readByQuery` is another language: its text is written by hand, compares picklists by database codes (`P`, `T`), and
wants text operands in single quotes (`quoted`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from connector_assets.vendors.intacct.envelope import date_text
from connector_assets.vendors.intacct.writer import Node

MAX_IN_VALUES = 1000


class Operator(StrEnum):
    """The operators of `query`, as they are spelled on the wire."""

    EQUAL = "equalto"
    NOT_EQUAL = "notequalto"
    LESS = "lessthan"
    LESS_OR_EQUAL = "lessthanorequalto"
    GREATER = "greaterthan"
    GREATER_OR_EQUAL = "greaterthanorequalto"
    BETWEEN = "between"
    IN = "in"
    NOT_IN = "notin"
    LIKE = "like"
    NOT_LIKE = "notlike"
    IS_NULL = "isnull"
    IS_NOT_NULL = "isnotnull"


_VALUE_COUNTS = {
    Operator.BETWEEN: (2, 2),
    Operator.IN: (1, MAX_IN_VALUES),
    Operator.NOT_IN: (1, MAX_IN_VALUES),
    Operator.IS_NULL: (0, 0),
    Operator.IS_NOT_NULL: (0, 0),
}


@dataclass(frozen=True)
class Filter:
    """`field` `operator` `values`; numbers and dates are written as the gateway reads them.

    Raises ValueError when the operator does not take that many values.
    """

    field: str
    operator: Operator
    values: tuple[str | int | date, ...] = ()

    def __post_init__(self) -> None:
        least, most = _VALUE_COUNTS.get(self.operator, (1, 1))
        if not least <= len(self.values) <= most:
            raise ValueError(f"{self.field} {self.operator} takes {least} to {most} values, not {len(self.values)}")

    def pair(self) -> tuple[str, Node]:
        """The filter as an element."""
        values: list[tuple[str, Node]] = [("value", value_text(value)) for value in self.values]
        return self.operator.value, [("field", self.field), *values]


def equal(field: str, value: str | int | date) -> Filter:
    """The commonest filter: `field` equals `value`."""
    return Filter(field, Operator.EQUAL, (value,))


def filter_node(filters: Sequence[Filter]) -> Node:
    """The content of the `filter` element, all filters together; None when there are none."""
    if len(filters) <= 1:
        return [item.pair() for item in filters] or None
    return {"and": [item.pair() for item in filters]}


def value_text(value: str | int | date) -> str:
    """A value as the gateway reads it: MM/DD/YYYY, and MM/DD/YYYY HH:MM:SS for a moment."""
    if isinstance(value, datetime):
        return f"{date_text(value)} {value:%H:%M:%S}"
    return date_text(value) if isinstance(value, date) else str(value)


def quoted(text: str) -> str:
    """A text operand of a `readByQuery` string: in single quotes, quotes inside escaped."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
