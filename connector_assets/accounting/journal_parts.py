"""Very large journals: cut into parts of whole checks.

Every check balances by itself, in each legal entity, because what it costs elsewhere crosses over check by check. So a
part of whole checks balances without any line between the parts, and its net pay, taxes and deductions are those of the
people in it. Lines that are added up already could be cut only over a clearing account, which somebody would have to
reconcile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from connector_assets.accounting.frames import unique_keys
from connector_assets.accounting.money import Int64Array

_PLACE = ("entity_id", "department_id", "location_id", "project_id")


@dataclass(frozen=True)
class Cut:
    """The part, from 0, of each check; one part is the whole."""

    part_of: Mapping[str, int]
    count: int

    @property
    def labels(self) -> list[str]:
        """`p1of3`, `p2of3`, … with as many digits as the last has; empty for the whole."""
        if self.count == 1:
            return [""]
        digits = len(str(self.count))
        return [f"p{number:0{digits}d}of{self.count}" for number in range(1, self.count + 1)]

    def of(self, frame: pd.DataFrame) -> list[pd.DataFrame]:
        """The rows of each part by their `check_id`, in the order in which they stand."""
        if self.count == 1:
            return [frame]
        codes, check_ids = pd.factorize(frame["check_id"])
        part = np.array([self.part_of[check_id] for check_id in check_ids], dtype=np.int64)[codes]
        order = np.argsort(part, kind="stable")
        bounds = np.searchsorted(part[order], np.arange(self.count + 1))
        return [frame.take(order[start:end]) for start, end in pairwise(bounds)]


WHOLE = Cut({}, 1)


def cut_checks(pieces: pd.DataFrame, line_codes: Int64Array, lines_max: int) -> Cut:
    """Whole checks in as few parts as their order allows, each of at most `lines_max` lines.

    `line_codes` says which line each of PIECES goes to. Checks of one cost center stay together, then they stand by id,
    so that the same checks are always cut alike. A check of more lines than that is a part by itself.
    """
    codes, check_ids = pd.factorize(pieces["check_id"])
    order = _in_order(pieces, codes, check_ids)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    line_count = int(line_codes.max()) + 1
    pairs = np.unique(rank[codes] * line_count + line_codes)
    bounds = np.searchsorted(pairs // line_count, np.arange(len(order) + 1))
    parts = _filled(pairs % line_count, bounds, line_count, lines_max)
    return Cut({str(check_ids[check]): part for check, part in zip(order, parts, strict=True)}, parts[-1] + 1)


def _in_order(pieces: pd.DataFrame, codes: Int64Array, check_ids: pd.Index) -> Int64Array:
    """The checks by the first of their cost centers, then by id."""
    cost = np.flatnonzero((pieces["side"] == "expense").to_numpy())
    place_codes, places = unique_keys(pieces.take(cost), _PLACE)
    by_name = sorted(range(len(places)), key=lambda place: tuple(places[place].values()))
    rank = np.empty(len(by_name), dtype=np.int64)
    rank[by_name] = np.arange(len(by_name))
    first = np.full(len(check_ids), len(places), dtype=np.int64)
    np.minimum.at(first, codes[cost], rank[place_codes])
    by_id = np.empty(len(check_ids), dtype=np.int64)
    by_id[np.argsort(check_ids.to_numpy(dtype=object))] = np.arange(len(check_ids))
    return np.lexsort((by_id, first))


def _filled(lines: Int64Array, bounds: Int64Array, line_count: int, lines_max: int) -> list[int]:
    """The part of each check: a new one begins where the next check's lines do not fit beside those already there."""
    held_by = np.full(line_count, -1, dtype=np.int64)
    part = held = 0
    parts = []
    for start, end in pairwise(bounds):
        own = lines[start:end]
        more = int(np.count_nonzero(held_by[own] != part))
        if held and held + more > lines_max:
            part, held, more = part + 1, 0, len(own)
        held_by[own] = part
        held += more
        parts.append(part)
    return parts
