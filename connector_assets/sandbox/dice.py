"""Keyed draws for the sample firm: each is a pure function of what it is for, so no order of calls changes anything."""

from collections.abc import MutableSequence
from hashlib import blake2b

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


def seed_key(*parts: object) -> int:
    """A 64-bit key from any values that print, for example `("hollis-marr", 7)`."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def draw(key: int, purpose: int) -> int:
    """A uniform 64-bit number for `purpose` under `key` (the splitmix64 finaliser over the two)."""
    value = (key + (purpose + 1) * _STEP) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def below(number: int, limit: int) -> int:
    """Scale a 64-bit draw to 0 .. limit - 1."""
    return (number * limit) >> 64


def happens(number: int, chance_e6: int) -> bool:
    """Whether an event of `chance_e6` per million happens on this 64-bit draw."""
    return (number * 1_000_000) >> 64 < chance_e6


def weighted(number: int, weights: tuple[int, ...]) -> int:
    """The index that a 64-bit draw picks among integer weights."""
    point = below(number, sum(weights))
    for index, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return index
    raise AssertionError("unreachable: the point lies below the sum of the weights")


def shuffle(items: MutableSequence[int], key: int) -> None:
    """Shuffle in place (Fisher-Yates), always the same way for the same key."""
    for last in range(len(items) - 1, 0, -1):
        other = below(draw(key, last), last + 1)
        items[last], items[other] = items[other], items[last]


def shares(amount: int, weights: tuple[int, ...]) -> list[int]:
    """Split a non-negative amount by weights so that the parts sum to it (largest remainder, ties to the first)."""
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    by_fraction = sorted(range(len(weights)), key=lambda index: (-(amount * weights[index] % total), index))
    for index in by_fraction[: amount - sum(parts)]:
        parts[index] += 1
    return parts
