"""Amounts as integer cents: reading and writing them, and splitting them so that the parts always add up.

Nothing in here (nor in any caller) ever holds an amount as a float. int64 arithmetic is used where it is provably
exact; where a product or a sum could leave int64, Python's unbounded integers take over, or the input is refused.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from connector_assets.accounting.errors import AccountingError

Int64Array = npt.NDArray[np.int64]

SAFE_INT64 = 2**62
MAX_WHOLE_DIGITS = 13
_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>\d+)(?:\.(?P<fraction>\d+))?", re.ASCII)


def cents_from_text(text: str, where: str) -> int:
    """`400.0` -> 40000 cents, exactly. Raises AccountingError naming `where` for anything that is not such a number."""
    sign, whole, fraction = _decimal_parts(text, where)
    cents = fraction.rstrip("0")
    if len(cents) > 2:
        raise AccountingError(
            f"{where}: {text!r} has more than two decimals.",
            fix="Amounts must be whole cents; ask the source why this one is not.",
        )
    return sign * int(whole + cents.ljust(2, "0"))


def decimal_e4_from_text(text: str, where: str) -> int:
    """Hours or a rate as ten-thousandths: `7.5` -> 75000.

    Further decimals round half away from zero, for no such number is ever posted. Raises AccountingError like
    `cents_from_text`.
    """
    sign, whole, fraction = _decimal_parts(text, where)
    digits = fraction.ljust(5, "0")
    return sign * (int(whole + digits[:4]) + (digits[4] >= "5"))


def _decimal_parts(text: str, where: str) -> tuple[int, str, str]:
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if match is None or len(match["whole"].lstrip("0")) > MAX_WHOLE_DIGITS:
        raise AccountingError(
            f"{where}: {text!r} is not a decimal number.",
            fix=f"Write digits with a point, like -1234.50, at most {MAX_WHOLE_DIGITS} digits before the point.",
        )
    return (-1 if match["sign"] else 1), match["whole"], match["fraction"] or ""


def text_from_cents(cents: int) -> str:
    """40000 -> `400.00`; the sign leads."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def grouped_text_from_cents(cents: int) -> str:
    """An amount for people, thousands separated: `-1,234.50`. Other programs want `text_from_cents`."""
    sign, whole = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{whole // 100:,}.{whole % 100:02d}"


def largest_remainder(amount_cents: int, weights: Sequence[int]) -> list[int]:
    """Split `amount_cents` in proportion to `weights` (Hamilton): the parts add up exactly and each is within one cent.

    The missing cents go to the largest fractions, ties to the larger weight, then to the earlier place. The sign is put
    back last, so that a void's parts are exactly the negative of the original's. Raises AccountingError when a weight
    is negative or none is positive.
    """
    total_weight = sum(weights)
    if total_weight <= 0 or min(weights) < 0:
        raise AccountingError(
            f"Cannot split {text_from_cents(amount_cents)} by the weights {list(weights)}.",
            fix="Weights must not be negative, and at least one must be above zero.",
        )
    shares = [divmod(abs(amount_cents) * weight, total_weight) for weight in weights]
    parts = [floor for floor, _ in shares]
    by_claim = sorted(range(len(parts)), key=lambda place: (-shares[place][1], -weights[place], place))
    for place in by_claim[: abs(amount_cents) - sum(parts)]:
        parts[place] += 1
    return [-part for part in parts] if amount_cents < 0 else parts


def split_groups(amounts_cents: Int64Array, group: Int64Array, weights: Int64Array) -> Int64Array:
    """`largest_remainder` for many groups at once: row i gets its part of `amounts_cents[group[i]]`.

    `group` ascends from 0 and names every amount at least once; each group's weights are not negative and not all zero.
    Groups whose products could leave int64 are split with Python integers.
    """
    if len(group) == 0:
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    magnitude = np.abs(amounts_cents)
    # A float estimate only decides which arithmetic is used; it never enters an amount.
    estimate = np.add.reduceat(weights.astype(np.float64), starts) * np.maximum(magnitude, 1)
    unsafe = np.flatnonzero(estimate >= SAFE_INT64)
    int64_weights = np.where(np.isin(group, unsafe), 1, weights) if len(unsafe) else weights
    parts = _split_int64(magnitude, group, int64_weights, starts)
    for place in unsafe:
        rows = slice(starts[place], starts[place + 1] if place + 1 < len(starts) else None)
        parts[rows] = largest_remainder(int(magnitude[place]), weights[rows].tolist())
    return parts * np.where(amounts_cents < 0, -1, 1)[group]


def _split_int64(magnitude: Int64Array, group: Int64Array, weights: Int64Array, starts: Int64Array) -> Int64Array:
    total_weight = np.add.reduceat(weights, starts)
    products, wholes = magnitude[group] * weights, total_weight[group]
    # All are at least nought, and the processor divides such numbers in half the time when it is told so.
    parts = np.floor_divide(products.view(np.uint64), wholes.view(np.uint64)).view(np.int64)
    missing = magnitude - np.add.reduceat(parts, starts)
    rows = np.flatnonzero(missing[group] > 0)  # most groups have one row, and nothing is missing there
    if len(rows):
        remainders = products - parts * wholes
        claim = rows[np.lexsort((rows, -weights[rows], -remainders[rows], group[rows]))]
        first = np.flatnonzero(np.diff(group[claim], prepend=-1))
        rank = np.arange(len(claim)) - np.repeat(first, np.diff(first, append=len(claim)))
        parts[claim[rank < missing[group[claim]]]] += 1
    return parts


def scale_exactly(amounts_cents: Sequence[int], numerator: int, denominator: int) -> list[int]:
    """Each amount times a ratio, so that the parts add up to the rounded total.

    The total is rounded first (half a cent away from zero: what an accountant gets on a calculator), then the missing
    cents go to the lines with the largest fractions. Amounts may have either sign. Raises AccountingError for a ratio
    outside 0..1.
    """
    if not 0 <= numerator <= denominator or denominator == 0:
        raise AccountingError(f"{numerator}/{denominator} is not a share.", fix="Use a ratio between 0 and 1.")
    sign = -1 if sum(amounts_cents) < 0 else 1
    amounts = [sign * amount for amount in amounts_cents]
    total = (2 * sum(amounts) * numerator + denominator) // (2 * denominator)
    shares = [divmod(amount * numerator, denominator) for amount in amounts]
    parts = [floor for floor, _ in shares]
    by_claim = sorted(range(len(parts)), key=lambda place: (-shares[place][1], -abs(amounts[place]), place))
    for place in by_claim[: total - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]


def require_summable(amounts_cents: Int64Array, where: str) -> None:
    """Raise AccountingError when the sum of these amounts, in any order, could leave int64."""
    if len(amounts_cents) and float(np.abs(amounts_cents.astype(np.float64)).sum()) >= SAFE_INT64:
        raise AccountingError(
            f"{where}: the amounts are too large to be added exactly.",
            fix="Look for a corrupt amount: together they exceed 46 quadrillion.",
        )
