"""Amounts are exact: text to cents and back, and splits that always add up."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.money import (
    cents_from_text,
    decimal_e4_from_text,
    largest_remainder,
    require_summable,
    scale_exactly,
    split_groups,
    text_from_cents,
)

AMOUNTS = st.integers(-(10**9), 10**9)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("400.0", 400_00), ("0", 0), ("-1440.00", -1_440_00), ("0.01", 1), ("12", 12_00), ("7.5000", 7_50), ("-0.05", -5)],
)
def test_text_becomes_cents_exactly(text: str, cents: int) -> None:
    assert cents_from_text(text, "net pay") == cents


@pytest.mark.parametrize(
    "text", ["", " 1", "1,2", "-1,2", "1e3", "+1", "1.", ".5", "NaN", "٣", "--1", "1.005", "9" * 14]
)
def test_text_that_is_no_amount_is_refused_by_place(text: str) -> None:
    with pytest.raises(AccountingError, match=r"check C1, net pay: .* Fix: "):
        cents_from_text(text, "check C1, net pay")


@given(st.integers(-(10**14), 10**14))
@settings(max_examples=100)
def test_cents_survive_being_written_and_read(cents: int) -> None:
    assert cents_from_text(text_from_cents(cents), "") == cents


@pytest.mark.parametrize(
    ("text", "e4"), [("7.5", 7_5000), ("80.0", 80_0000), ("33.653846", 33_6538), ("0.00005", 1), ("-0.00005", -1)]
)
def test_hours_and_rates_are_ten_thousandths(text: str, e4: int) -> None:
    assert decimal_e4_from_text(text, "hours") == e4


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (217_40, [2_425_50, 1_176_00], [146_41, 70_99]),  # the spare cent to the larger fraction
        (5_384_62, [60, 40], [3_230_77, 2_153_85]),
        (100_00, [33, 33, 34], [33_00, 33_00, 34_00]),
        (1, [1, 1, 1], [1, 0, 0]),  # equal claims: the earlier place
        (2, [1, 1, 1], [1, 1, 0]),  # rounding each row by itself would give 1, 1, 1
        (10, [1, 5], [2, 8]),
        (-217_40, [2_425_50, 1_176_00], [-146_41, -70_99]),
        (0, [3, 4], [0, 0]),
        (5, [0, 1], [0, 5]),
    ],
)
def test_largest_remainder_by_hand(amount: int, weights: list[int], parts: list[int]) -> None:
    assert largest_remainder(amount, weights) == parts


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], []])
def test_weights_that_cannot_carry_are_refused(weights: list[int]) -> None:
    with pytest.raises(AccountingError, match="Weights must not be negative"):
        largest_remainder(100, [*weights] or [0])


def oracle(amount: int, weights: list[int]) -> list[int]:
    """Largest remainder written from its definition, in fractions and by repeated search for the largest claim."""
    shares = [Fraction(abs(amount) * weight, sum(weights)) for weight in weights]
    parts = [int(share) for share in shares]
    while sum(parts) < abs(amount):
        claims = [(share - part, weight, -place) for place, (share, part, weight) in
                  enumerate(zip(shares, parts, weights, strict=True))]  # fmt: skip
        parts[-max(claims)[2]] += 1
    return [part if amount >= 0 else -part for part in parts]


@given(AMOUNTS, WEIGHTS)
@settings(max_examples=200)
def test_a_split_is_the_oracles_and_has_its_properties(amount: int, weights: list[int]) -> None:
    parts = largest_remainder(amount, weights)
    assert parts == oracle(amount, weights)
    assert sum(parts) == amount
    assert all(
        abs(part - Fraction(amount * weight, sum(weights))) < 1 for part, weight in zip(parts, weights, strict=True)
    )
    assert largest_remainder(-amount, weights) == [-part for part in parts]


@given(AMOUNTS, WEIGHTS, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_a_split_does_not_hang_on_the_order_of_unequal_weights(amount: int, weights: list[int], random: object) -> None:
    weights = sorted(set(weights))
    shuffled = weights.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis types its random as object
    in_order, mixed = largest_remainder(amount, weights), largest_remainder(amount, shuffled)
    assert dict(zip(weights, in_order, strict=True)) == dict(zip(shuffled, mixed, strict=True))


HUGE = st.one_of(AMOUNTS, st.integers(-(2**61), 2**61))


@given(st.lists(st.tuples(HUGE, st.lists(st.integers(0, 2**40), min_size=1, max_size=5).filter(any)), max_size=6))
@settings(max_examples=150)
def test_many_splits_at_once_are_the_same_splits_whatever_their_size(groups: list[tuple[int, list[int]]]) -> None:
    amounts = np.array([amount for amount, _ in groups], dtype=np.int64)
    group = np.repeat(np.arange(len(groups)), [len(weights) for _, weights in groups]).astype(np.int64)
    weights = np.array([weight for _, weights in groups for weight in weights], dtype=np.int64)
    expected = [part for amount, weights in groups for part in oracle(amount, weights)]
    assert split_groups(amounts, group, weights).tolist() == expected


@given(st.lists(AMOUNTS, min_size=1, max_size=10), st.integers(0, 23), st.integers(1, 23))
@settings(max_examples=150)
def test_a_share_of_many_lines_is_the_rounded_share_of_their_total(
    amounts: list[int], numerator: int, denominator: int
) -> None:
    numerator = min(numerator, denominator)
    parts = scale_exactly(amounts, numerator, denominator)
    exact = Fraction(abs(sum(amounts)) * numerator, denominator)
    rounded = int(exact + Fraction(1, 2))
    assert sum(parts) == (rounded if sum(amounts) >= 0 else -rounded)
    assert all(
        abs(part - Fraction(amount * numerator, denominator)) < 1 for part, amount in zip(parts, amounts, strict=True)
    )


@pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (-1, 2), (0, 0)])
def test_a_share_outside_zero_to_one_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(AccountingError, match="is not a share"):
        scale_exactly([1], numerator, denominator)


def test_sums_that_could_leave_64_bits_are_refused_instead_of_wrapping() -> None:
    require_summable(np.array([2**60, 2**60], dtype=np.int64), "Pay lines")
    with pytest.raises(AccountingError, match="Pay lines: the amounts are too large"):
        require_summable(np.array([2**61, 2**61, -(2**61)], dtype=np.int64), "Pay lines")
