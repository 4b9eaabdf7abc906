"""Partition keys, which Dagster itself would take in any form."""

from datetime import date

import pytest
from dagster import AssetKey, AssetMaterialization, DagsterInstance
from hypothesis import given
from hypothesis import strategies as st

from connector_assets.orchestration.partitions import KEY_PATTERN, add_missing, partition_key, partitions_name
from connector_assets.orchestration.runs import missing_ranges

DAY = date(2026, 4, 10)
DONE = AssetKey(["acme", "reconciliation"])
NAME = partitions_name("acme", "pay_runs")


@pytest.mark.parametrize("source_id", ["1080012345678901", "00H2-A_b:c.d", "x"])
def test_a_key_is_the_day_and_the_id(source_id: str) -> None:
    assert partition_key(DAY, source_id) == f"2026-04-10_{source_id}"


@pytest.mark.parametrize("source_id", ["", "a,b", "a/b", "[x]", "a b", "a\nb", "é", "x" * 81, "a...b\n"])
def test_an_id_that_would_break_ranges_or_the_ui_is_refused(source_id: str) -> None:
    with pytest.raises(ValueError, match="cannot be part of a partition key: letters, digits"):
        partition_key(DAY, source_id)


@given(st.text())
def test_no_text_becomes_a_key_that_does_not_fit(source_id: str) -> None:
    try:
        key = partition_key(DAY, source_id)
    except ValueError:
        return
    assert KEY_PATTERN.fullmatch(key)
    assert not set(key) & set(",/[]\n \x00")


@given(st.lists(st.dates(), unique=True))
def test_the_order_of_keys_is_the_order_of_time(days: list[date]) -> None:
    assert sorted(partition_key(day, "1") for day in days) == [partition_key(day, "1") for day in sorted(days)]


def keys(count: int) -> list[str]:
    return [f"2026-01-{day:02d}_{day}" for day in range(1, count + 1)]


def test_only_missing_keys_are_added_in_order_and_once() -> None:
    with DagsterInstance.ephemeral() as instance:
        second, first = keys(2)[::-1]
        assert add_missing(instance, "acme", "pay_runs", [second, first, first]) == [first, second]
        assert add_missing(instance, "acme", "pay_runs", [first, second]) == []
        assert add_missing(instance, "acme", "pay_runs", []) == []
        assert list(instance.get_dynamic_partitions(NAME)) == [first, second]
        assert not instance.get_dynamic_partitions(partitions_name("borealis", "pay_runs"))


@pytest.mark.parametrize(
    ("done", "ranges"),
    [
        ([], [[1, 2, 3], [4, 5, 6], [7]]),
        ([1, 2, 3, 4, 5, 6, 7], []),
        ([1], [[2, 3, 4], [5, 6, 7]]),
        ([4], [[1, 2, 3], [5, 6, 7]]),
        ([3, 5], [[1, 2], [4], [6, 7]]),
        ([7], [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_what_is_missing_comes_as_neighbours_with_nothing_finished_between(
    done: list[int], ranges: list[list[int]]
) -> None:
    """First and last name a range in Dagster: a finished partition inside would be carried again."""
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(NAME, keys(7))
        for number in done:
            instance.report_runless_asset_event(AssetMaterialization(DONE, partition=keys(7)[number - 1]))
        found = list(missing_ranges(instance, NAME, DONE, 3))
        assert found == [[keys(7)[number - 1] for number in batch] for batch in ranges]
