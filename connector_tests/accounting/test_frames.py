"""Frame schemas: what is handed on has the declared columns and types, or is refused by column and row."""

import io
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.frames import FrameSchema, places_of, sums_by, unique_keys
from connector_assets.accounting.journal_build import JOURNAL_LINES, JOURNAL_TRACE
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import PAY_CHECKS, PAY_LINES, WORKERS

SCHEMAS = [PAY_CHECKS, PAY_LINES, WORKERS, PIECES, JOURNAL_LINES, JOURNAL_TRACE]
CHECK: dict[str, Any] = {
    "pay_run_id": "1",
    "check_id": "C1",
    "worker_id": "W1",
    "check_date": date(2026, 4, 10),
    "check_type": "Regular",
    "net_cents": 100,
    "currency": "USD",
    "is_void": False,
}


def test_a_conforming_frame_survives_parquet_unchanged() -> None:
    frame = PAY_CHECKS.conform(pd.DataFrame([CHECK, CHECK | {"check_id": "C2", "check_number": "7"}]))
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    read = pd.read_parquet(buffer)
    pd.testing.assert_frame_equal(read, frame)
    pd.testing.assert_frame_equal(PAY_CHECKS.conform(read), frame)
    assert read["check_date"].tolist() == [date(2026, 4, 10)] * 2


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_an_empty_frame_conforms_and_has_the_same_types_as_a_full_one(schema: FrameSchema) -> None:
    values = {"string": "a", "int64": 1, "bool": True, "date": date(2026, 1, 1)}
    full = schema.conform(pd.DataFrame([{column.name: values[column.dtype] for column in schema.columns}]))
    assert schema.conform(schema.empty()).dtypes.to_dict() == full.dtypes.to_dict()
    assert schema.conform(pd.DataFrame()).dtypes.to_dict() == full.dtypes.to_dict()
    assert [column.name for column in schema.columns] == list(full.columns)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("net_cents", 1.0, "never a float"),
        ("net_cents", True, "whole number"),
        ("net_cents", None, "a value is missing"),
        ("check_id", None, "a value is missing"),
        ("worker_id", 17, "text"),
        ("check_date", "2026-04-10", "a date"),
        ("check_date", datetime(2026, 4, 10), "a date"),  # noqa: DTZ001  the point is that it is no date
        ("is_void", 1, "true or false"),
    ],
)
def test_a_wrong_value_is_named_by_column_and_row(column: str, value: object, says: str) -> None:
    frame = pd.DataFrame([CHECK, CHECK | {column: value}], dtype=object)
    with pytest.raises(AccountingError, match=f"PAY_CHECKS: column {column}, row 1: .*{says}"):
        PAY_CHECKS.conform(frame)


def test_missing_and_unknown_columns_are_named() -> None:
    with pytest.raises(AccountingError, match="column net_cents is missing"):
        PAY_CHECKS.conform(pd.DataFrame([CHECK]).drop(columns="net_cents"))
    with pytest.raises(AccountingError, match="unknown column ssn"):
        PAY_CHECKS.conform(pd.DataFrame([CHECK | {"ssn": "x"}]))


def test_unique_keys_tell_every_row_its_combination() -> None:
    frame = pd.DataFrame({"a": ["x", "y", "x", None], "b": ["1", "1", "1", "1"]}, dtype="str")
    codes, keys = unique_keys(frame, ["a", "b"])
    assert [keys[code] for code in codes] == [
        {"a": "x", "b": "1"},
        {"a": "y", "b": "1"},
        {"a": "x", "b": "1"},
        {"a": "", "b": "1"},
    ]
    assert len(keys) == 3


def test_a_missing_value_and_an_empty_one_are_the_same_key() -> None:
    frame = pd.DataFrame({"a": ["", None, "x"], "b": [None, None, None]}, dtype="str")
    codes, keys = unique_keys(frame, ["a", "b"])
    assert codes.tolist() == [0, 0, 1]
    assert keys == [{"a": "", "b": ""}, {"a": "x", "b": ""}]


def test_keys_stay_apart_when_their_numbers_would_leave_64_bits() -> None:
    values = [f"v{number}" for number in range(600)]
    frame = pd.DataFrame({name: values for name in "abcdefgh"}, dtype="str")  # 600 ** 8 combinations could be
    codes, keys = unique_keys(frame, list("abcdefgh"))
    assert (codes.tolist(), len(keys)) == (list(range(600)), 600)


def test_sums_and_places_are_those_of_a_plain_loop() -> None:
    values = pd.Series(["b", "a", "z", None, "b"], dtype="str")
    places = places_of(values, pd.Series(["a", "b"], dtype="str"))
    assert places.tolist() == [1, 0, -1, -1, 1]
    amounts = np.array([2**60, 1, 5, 7, 2**60 + 1], dtype=np.int64)
    assert sums_by(places, amounts, 2).tolist() == [1, 2**61 + 1]
    assert places_of(values.iloc[:0], values.iloc[:2]).tolist() == []
