"""Conditions over an object's fields and their SQL: what `query`, `readByQuery` and `get_list` compile to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector_assets.sandbox.intacct.schema import Field, Kind, ObjectType
from connector_assets.sandbox.intacct.values import Stored, UnfitValueError, filter_operand

BINARY = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True)
class Comparison:
    """`field operator operands`: an operator of BINARY, between, (not) in, (not) like, is (not) null."""

    field: str
    operator: str
    operands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """`and`, `or` or `not` over conditions."""

    operator: str
    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Nothing:
    """A condition that no record meets (an unquoted text operand)."""


Condition = Comparison | Group | Nothing


class UnknownFieldError(LookupError):
    """A field or relation that the object does not have."""


@dataclass(frozen=True)
class Column:
    """A field found on an object or through its relations: its SQL expression and definition."""

    expression: str
    field: Field


@dataclass
class Source:
    """An object's table with the joins that dotted names have asked for."""

    object_type: ObjectType
    find_object: Callable[[str], ObjectType]
    for_query: bool = True
    joins: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        """The column of a plain or dotted name. Raises UnknownFieldError."""
        return self._column(self.object_type, "t", name.strip().upper())

    def _column(self, object_type: ObjectType, alias: str, name: str) -> Column:
        name = object_type.aliases.get(name, name)
        entry = object_type.by_name.get(name)
        if entry is not None:
            return Column(f'{alias}."{name}"', entry)
        head, _, rest = name.partition(".")
        relation = object_type.relation_by_name.get(head)
        if relation is None or not rest or (self.for_query and not relation.queryable):
            raise UnknownFieldError(name)
        target = self.find_object(relation.object_name)
        inner = f"{alias}_{head.lower()}"
        self.joins.setdefault(
            inner,
            f'LEFT JOIN "{target.table}" {inner} ON {inner}."{relation.their_field}" = {alias}."{relation.own_field}"',
        )
        return self._column(target, inner, rest)

    def from_sql(self) -> str:
        """The FROM clause with every join used so far."""
        return " ".join([f'"{self.object_type.table}" t', *self.joins.values()])


@dataclass(frozen=True)
class Compiler:
    """Compiles conditions to SQL. `by_code`: picklists by database code (readByQuery) or by display value (query)."""

    source: Source
    by_code: bool
    fold_case: bool = False

    def compile(self, condition: Condition) -> tuple[str, list[Stored]]:
        """SQL text and parameters. Raises UnknownFieldError or UnfitValueError."""
        match condition:
            case Nothing():
                return "0", []
            case Group("not", (inner,)):
                sql, parameters = self.compile(inner)
                return f"NOT ({sql})", parameters
            case Group(operator, conditions):
                return self._joined(operator.upper(), conditions)
            case Comparison():
                return self._comparison(condition)

    def _joined(self, operator: str, conditions: Sequence[Condition]) -> tuple[str, list[Stored]]:
        compiled = [self.compile(entry) for entry in conditions]
        sql = f" {operator} ".join(f"({text})" for text, _ in compiled)
        return sql, [value for _, parameters in compiled for value in parameters]

    def _comparison(self, condition: Comparison) -> tuple[str, list[Stored]]:
        column = self.source.column(condition.field)
        operator = condition.operator
        if operator in ("is null", "is not null"):
            return f"{column.expression} {operator.upper()}", []
        if operator in ("like", "not like"):
            return self._like(column, operator, condition.operands[0])
        operands = [self._operand(column, text) for text in condition.operands]
        expression = f"lower({column.expression})" if self._folds(column) else column.expression
        if operator in ("in", "not in"):
            return f"{expression} {operator.upper()} ({', '.join('?' * len(operands))})", operands
        if operator == "between":
            return f"{expression} BETWEEN ? AND ?", operands
        return f"{expression} {BINARY[operator]} ?", operands

    def _folds(self, column: Column) -> bool:
        return self.fold_case and column.field.kind in (Kind.TEXT, Kind.PICKLIST)

    def _operand(self, column: Column, text: str) -> Stored:
        stored = filter_operand(column.field, text, by_code=self.by_code)
        return stored.lower() if self._folds(column) and isinstance(stored, str) else stored

    def _like(self, column: Column, operator: str, pattern: str) -> tuple[str, list[Stored]]:
        if column.field.kind not in (Kind.TEXT, Kind.PICKLIST):
            raise UnfitValueError(pattern)
        negation = "NOT " if operator == "not like" else ""
        if self.fold_case:
            return f"lower({column.expression}) {negation}GLOB ?", [_glob(pattern.lower())]
        return f"{column.expression} {negation}GLOB ?", [_glob(pattern)]


def _glob(pattern: str) -> str:
    """A `%`/`_` pattern as SQLite's case-sensitive GLOB."""
    table = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(table.get(character, character) for character in pattern)
