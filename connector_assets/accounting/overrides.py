"""Rules of the customer's own about where an earning's cost belongs: "bonus to home", "PTO to department 900".

A rule decides for an earning whose line says nothing itself, before the worker's percentages and home. It states code,
worker and home department, each of them or any; the most specific wins: more stated fields first, then code before
worker before department. Two that state the same from the same day are refused when the rules are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.money import Int64Array
from connector_assets.accounting.register import LineKind

OVERRIDABLE_KINDS = (LineKind.WAGE, LineKind.REIMBURSEMENT)
_CONDITIONS = ("code", "worker_id", "department_id")


@dataclass(frozen=True)
class Override:
    """One rule; an empty condition means any. What it names of the ledger stands in for the home's, the rest stays.

    A rule that names nothing sends the earning to the home. `effective_from` of None means always.
    """

    code: str = ""
    worker_id: str = ""
    department_id: str = ""
    to_department: str = ""
    to_location: str = ""
    to_project: str = ""
    to_class: str = ""
    effective_from: date | None = None

    @property
    def conditions(self) -> tuple[str, ...]:
        """What a line must have, in the order of their weight."""
        return tuple(getattr(self, name) for name in _CONDITIONS)

    @property
    def specificity(self) -> tuple[int, ...]:
        """To be compared: the number of stated conditions, then which."""
        stated = [int(bool(one)) for one in self.conditions]
        return (sum(stated), *stated)


def require_unambiguous(rules: Sequence[Override]) -> None:
    """Raises AccountingError where two rules state the same conditions from the same day."""
    seen: set[tuple[object, ...]] = set()
    for rule in rules:
        stated = (*rule.conditions, rule.effective_from)
        if stated in seen:
            named = zip(_CONDITIONS, rule.conditions, strict=True)
            what = ", ".join(f"{name} {value}" for name, value in named if value) or "any earning"
            raise AccountingError(
                f"Two distribution rules state the same: {what}.", fix="Take one out, or date one later."
            )
        seen.add(stated)


def in_force(rules: Sequence[Override], on: date) -> tuple[Override, ...]:
    """The rules of a day: of those with the same conditions the newest that has begun."""
    begun = [rule for rule in rules if rule.effective_from is None or rule.effective_from <= on]
    begun.sort(key=lambda rule: rule.effective_from or date.min)
    return tuple({rule.conditions: rule for rule in begun}.values())


def choose(
    rules: Sequence[Override],
    codes: pd.Series,
    worker_ids: pd.Series,
    department_ids: pd.Series,
    open_rows: npt.NDArray[np.bool_],
) -> Int64Array:
    """For each line the place of the rule that decides, -1 where none does or the line is not of `open_rows`."""
    chosen = np.full(len(codes), -1, dtype=np.int64)
    values = (codes, worker_ids, department_ids)
    for place in sorted(range(len(rules)), key=lambda place: rules[place].specificity):
        rows = open_rows.copy()
        for wanted, column in zip(rules[place].conditions, values, strict=True):
            if wanted:
                rows &= (column == wanted).fillna(False).to_numpy(dtype=bool)
        chosen[rows] = place
    return chosen
