"""Frame schemas: what columns a frame has and of what type, declared once, checked at every edge.

Strings are pandas' `str`, whole numbers `int64` (`Int64` where nullable), dates Arrow's `date32`, whose values read as
`datetime.date`: all of them survive a Parquet round trip unchanged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np
import pandas as pd

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.money import SAFE_INT64, Int64Array

ColumnType = Literal["string", "int64", "bool", "date"]
DATE = "date32[day][pyarrow]"
_PANDAS_TYPES: dict[tuple[str, bool], str] = {
    ("string", False): "str",
    ("string", True): "str",
    ("int64", False): "int64",
    ("int64", True): "Int64",
    ("bool", False): "bool",
    ("bool", True): "boolean",
    ("date", False): DATE,
    ("date", True): DATE,
}
_WANTED = {
    "string": "text",
    "int64": "a whole number (amounts are integer cents, never a float)",
    "bool": "true or false",
    "date": "a date (datetime.date)",
}
_TESTS: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "int64": lambda value: isinstance(value, int | np.integer) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool | np.bool_),
    "date": lambda value: isinstance(value, date) and not isinstance(value, datetime),
}


@dataclass(frozen=True)
class Column:
    """One column: its name, type and meaning, and whether a value may be missing."""

    name: str
    dtype: ColumnType
    description: str
    nullable: bool = False

    @property
    def pandas_type(self) -> str:
        """The pandas dtype that this column has in a conforming frame."""
        return _PANDAS_TYPES[self.dtype, self.nullable]


@dataclass(frozen=True)
class FrameSchema:
    """The columns of a kind of frame, in order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """The column names, in order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """A frame of this schema with no rows."""
        return pd.DataFrame({column.name: pd.Series([], dtype=column.pandas_type) for column in self.columns})

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The same rows with this schema's columns, in order and type; a missing nullable column becomes all-missing.

        A frame of no rows may have no columns. Raises AccountingError naming the frame, column, row and fix when a
        column is missing or unknown, or a value is missing or of another type. Nothing is coerced: no float becomes an
        amount, no number an id.
        """
        if frame.shape == (0, 0):
            return self.empty()
        unknown = [str(name) for name in frame.columns if name not in self.names]
        if unknown:
            raise AccountingError(
                f"{self.name}: unknown column {', '.join(unknown)}.", fix=f"Its columns are {', '.join(self.names)}."
            )
        columns = {column.name: self._conform_column(column, frame) for column in self.columns}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))

    def _conform_column(self, column: Column, frame: pd.DataFrame) -> pd.Series:
        if column.name not in frame.columns:
            if not column.nullable:
                raise AccountingError(
                    f"{self.name}: column {column.name} is missing.", fix=f"Supply it: {column.description}."
                )
            return pd.Series(pd.NA, index=pd.RangeIndex(len(frame)), dtype=column.pandas_type)
        values = frame[column.name].reset_index(drop=True)
        if str(values.dtype) != column.pandas_type:
            values = self._cast(column, values)
        if not column.nullable and values.isna().any():
            self._refuse(column, int(values.isna().to_numpy().argmax()), "a value is missing")
        return values

    def _cast(self, column: Column, values: pd.Series) -> pd.Series:
        """Cast values of a loose type (object, a narrower integer, an all-missing column), refusing any other value."""
        missing = values.isna()
        wrong = ~missing & ~values.map(_TESTS[column.dtype], na_action="ignore").eq(True)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            self._refuse(column, row, f"a {type(values.iloc[row]).__name__} is not {_WANTED[column.dtype]}")
        if missing.any() and not column.nullable:
            self._refuse(column, int(missing.to_numpy().argmax()), "a value is missing")
        return pd.Series(values.astype(object).where(~missing, None).tolist(), dtype=column.pandas_type)

    def _refuse(self, column: Column, row: int, problem: str) -> None:
        raise AccountingError(
            f"{self.name}: column {column.name}, row {row}: {problem}.",
            fix=f"It must hold {_WANTED[column.dtype]}: {column.description}.",
        )


def unique_keys(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[Int64Array, list[dict[str, str]]]:
    """The distinct combinations of some text columns, and for each row of `frame` the place of its combination.

    Rules are asked once per combination instead of once per row. A missing value reads as the empty string. Places are
    in the order in which the combinations first occur.
    """
    codes, size = np.zeros(len(frame), dtype=np.int64), 1
    for column in columns:
        column_codes, count = text_codes(frame[column])
        if size * count > SAFE_INT64:
            codes, found = pd.factorize(codes)
            size = len(found)
        codes, size = codes * count + column_codes, size * count
    codes = pd.factorize(codes)[0].astype(np.int64)
    first = first_places(codes)
    texts = [frame[column].take(first).astype("str").fillna("").tolist() for column in columns]
    return codes, [dict(zip(columns, row, strict=True)) for row in zip(*texts, strict=True)]


def text_codes(values: pd.Series) -> tuple[Int64Array, int]:
    """A number from 0 for each value of a text column, equal where the values are, and how many numbers there may be.

    A missing value has the number of the empty string.
    """
    codes, found = pd.factorize(values)
    codes = codes.astype(np.int64) + 1
    empty = np.flatnonzero(np.asarray(found == "", dtype=bool))
    return (np.where(codes == empty[0] + 1, 0, codes) if len(empty) else codes), len(found) + 1


def first_places(codes: Int64Array) -> Int64Array:
    """For each of the codes 0, 1, 2, … (all of which occur) the first row that has it."""
    places = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    places[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return places


def sums_by(codes: Int64Array, amounts: Int64Array, count: int) -> Int64Array:
    """The sum of the amounts of each code 0 … `count` - 1, exactly; a code of -1 is left out."""
    sums = np.zeros(count + 1, dtype=np.int64)
    np.add.at(sums, codes, amounts)
    return sums[:count]


def places_of(values: pd.Series, keys: pd.Series) -> Int64Array:
    """For each value its place among the unique `keys`, -1 when it is none of them."""
    codes, found = pd.factorize(values)
    places = pd.Index(keys).get_indexer(pd.Index(found)) if len(found) else []
    return np.append(np.asarray(places, dtype=np.int64), -1)[codes]  # a missing value has the code -1


def take_text(values: Sequence[str | None], places: Int64Array) -> pd.Series:
    """A text column whose row i is `values[places[i]]`; a place of -1 is missing."""
    texts = pd.array([*values, None], dtype="str")
    return pd.Series(texts.take(np.where(places < 0, len(values), places)))
