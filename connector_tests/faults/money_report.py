"""Many money stories as a table, and accounting with one rule missing, which the same stories must catch."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from connector_assets.accounting import accrual, distribution, revision
from connector_assets.accounting.findings import Finding
from connector_assets.accounting.journal import Journal, JournalPolicy
from connector_assets.accounting.money import Int64Array
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import PayRun
from connector_tests.faults.money import play
from connector_tests.faults.simulate import COMMAND, memory_database, quick, table

STORIES = 200
MOST_SEEDS_PER_MUTANT = 60


def _each_by_itself(amounts_cents: Int64Array, group: Int64Array, weights: Int64Array) -> Int64Array:
    """Rounds each share by itself: what is left over is nobody's."""
    totals = np.zeros(len(amounts_cents), dtype=np.int64)
    np.add.at(totals, group, weights)
    shares: Int64Array = np.round(amounts_cents[group] * weights / totals[group]).astype(np.int64)
    return shares


def _nothing(stands: pd.DataFrame) -> pd.DataFrame:
    """Takes nothing back."""
    return stands[PIECES.names].iloc[:0]


def _no_mirror(
    lines: pd.DataFrame, checks: pd.DataFrame, original_pieces: pd.DataFrame | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Never finds the original of a void."""
    return PIECES.empty(), []


def _same_again(journal: Journal, pay_run: PayRun, policy: JournalPolicy) -> Journal:
    """Books the accrual a second time where it should be reversed."""
    return replace(journal, kind="reversal", reference=f"{journal.reference}R")


MUTANTS: dict[str, tuple[ModuleType, str, Callable[..., Any]]] = {
    "rounds each share by itself": (distribution, "split_groups", _each_by_itself),
    "takes nothing back": (revision, "_negated", _nothing),
    "splits a void by today's mapping": (distribution, "mirror_voids", _no_mirror),
    "books the accrual twice": (accrual, "reversal_of", _same_again),
}
"""Accounting that lacks one rule: the function that is another in it."""


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """The accounting without this rule."""
    module, function, other = MUTANTS[name]
    real = getattr(module, function)
    setattr(module, function, other)
    try:
        yield
    finally:
        setattr(module, function, real)


def first_caught(name: str, first: int = 0) -> tuple[int, str] | None:
    """The first story, from seed `first` on, in which the books are not the truth, and how; None when there is none."""
    with mutated(name), quick(), memory_database() as engine:
        for seed in range(first, first + MOST_SEEDS_PER_MUTANT):
            try:
                fault, _ = play(engine, seed)
            except AssertionError as error:  # a check on the way has seen it
                fault = str(error) or "an unbalanced journal"
            if fault:
                return seed, fault
    return None


def report(stories: int, seed: int) -> tuple[str, bool]:
    """So many stories from a seed on, as text, and whether the books were always the truth."""
    met, wrong = Counter[str](), list[str]()
    with quick(), memory_database() as engine:
        for number in range(seed, seed + stories):
            fault, story = play(engine, number)
            met.update(story.met)
            wrong += [f"{fault} :: {COMMAND} --money 1 --seed {number}"] if fault else []
    rows: list[list[object]] = [
        ["stories", "journals", "faults of the wire", "accruals", "books that are not the truth"],
        [stories, met["journals"], met["faults"], met["accruals"], len(wrong)],
    ]
    answers = ", ".join(f"{count:,} {what}" for what, count in sorted(met.items()) if what.startswith("answer"))
    return "\n".join([table(rows), "", answers, *wrong]), not wrong


def report_mutants() -> tuple[str, bool]:
    """What catches each mutant, as a table, and whether all are caught."""
    rows: list[list[object]] = [["accounting that", "is caught by", "as"]]
    found = {name: first_caught(name) for name in MUTANTS}
    for name, caught in found.items():
        seed, fault = caught or (None, "")
        rows.append([name, "NOTHING" if seed is None else f"seed {seed}", _short(fault)])
    return table(rows), None not in found.values()


def _short(fault: str) -> str:
    """The end of a fault: what the books have and what is true, or the first finding that saw it."""
    if fault.startswith("(Finding"):
        return "finding " + fault.partition("code='")[2][:3]
    return fault.rpartition(" journals: ")[2]


def replay(seed: int) -> tuple[str, bool]:
    """What happened in one story, step by step, and whether the books were the truth."""
    with quick(), memory_database() as engine:
        fault, story = play(engine, seed)
    return "\n".join([*story.told, "", f"seed {seed}: {fault or 'all well'}"]), not fault
