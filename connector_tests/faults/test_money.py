"""Money through every fault: what the ledger's books hold equals the truth, recomputed in fractions from raw numbers.

`python -m connector_tests.faults --money 200` plays more stories, and prints them and the mutants as tables.

The oracle never sees a Journal, a digest or our XML: it adds up the numbers that were drawn, and the gateway's books
keep the fractions of the texts that came over the wire.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from connector_assets.records.postings import PostingKey, PostingStore
from connector_tests.faults.money import play
from connector_tests.faults.money_report import MUTANTS, first_caught
from connector_tests.faults.schedules import CALM_PAUSES_S
from connector_tests.faults.simulate import COMMAND, memory_database
from connector_tests.faults.stage import Actor, Stage
from connector_tests.faults.world import (
    CALM,
    DUE_S,
    WINDOW_S,
    WIRE_FAULTS,
    Fault,
    Process,
    Script,
    Wanted,
    World,
    journal_of,
)

DEBIT_ACCOUNTS, CREDIT_ACCOUNT = ("6000", "6010", "6020", "6030"), "2080"
MOST_CENTS = 10**14
"""Nine of them still add up to an amount of 13 digits before the point, the largest that is read back."""

STORIES = int(os.environ.get("CONNECTOR_TEST_STORIES", "6"))
FIRST_SEED = {"rounds each share by itself": 7, "splits a void by today's mapping": 19}
"""Where to begin to look: a story takes some tenths of a second."""

Cents = tuple[int, ...]


@dataclass(frozen=True)
class Run:
    """What is drawn: the debits of each journal, faults by request, failures by step, and the ledger's promise."""

    journals: list[Cents]
    faults: dict[int, str]
    failures: dict[int, str]
    is_checked: bool


RUNS = st.builds(
    Run,
    journals=st.lists(st.lists(st.integers(1, MOST_CENTS), min_size=1, max_size=9).map(tuple), min_size=1, max_size=3),
    faults=st.dictionaries(st.integers(1, 14), st.sampled_from(WIRE_FAULTS), max_size=6),
    failures=st.dictionaries(st.integers(1, 20), st.sampled_from(("before", "after")), max_size=3),
    is_checked=st.booleans(),
)


NUMBERS = count()
"""A fresh number for every example, as a posting's key and reference are used once."""


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    with memory_database() as engine:
        yield engine


@settings(max_examples=100, deadline=None)
@given(run=RUNS)
def test_the_books_hold_what_was_earned_to_the_cent(memory: Engine, run: Run) -> None:
    world = played(memory, next(NUMBERS), run)
    assert world.verdict() == ""
    held: dict[str, Fraction] = dict.fromkeys((*DEBIT_ACCOUNTS, CREDIT_ACCOUNT), Fraction(0))
    for wanted in world.wanted:
        (booked,) = world.gateway.ours(wanted.document.reference)
        for line in booked.lines:
            held[line.account] += line.amount
    assert {account: amount for account, amount in held.items() if amount} == truth_of(run.journals)
    assert sum(held.values()) == 0
    stored = PostingStore(memory).list(connection=world.wanted[0].key.connection)
    assert sum(Fraction(posting.amount_cents, 100) for posting in stored) == -held[CREDIT_ACCOUNT]


@settings(max_examples=STORIES, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_the_books_are_the_truth_through_splits_corrections_voids_and_accruals(memory: Engine, seed: int) -> None:
    fault, _ = play(memory, seed)
    assert fault == "", f"{COMMAND} --money 1 --seed {seed}"


@pytest.mark.parametrize(("mutant", "first"), [(name, FIRST_SEED.get(name, 0)) for name in MUTANTS])
def test_the_same_stories_catch_accounting_that(mutant: str, first: int) -> None:
    assert first_caught(mutant, first) is not None


def played(engine: Engine, number: int, run: Run) -> World:
    """Two runs with the faults, then calm."""
    stage = Stage(Random(0))  # noqa: S311 nothing is drawn
    wanted = [
        Wanted(PostingKey(f"money {number}", "labor", str(index), 1), journal_of(f"PX-{number}-{index}", cents))
        for index, cents in enumerate(run.journals)
    ]
    world = World(engine, stage, wanted, remembers_control_ids=run.is_checked)
    script = Script(
        wire=lambda request: Fault(run.faults[request], WINDOW_S * 0.9) if request in run.faults else CALM,
        database=lambda step: run.failures.get(step, ""),
    )
    for _run in range(2):
        stage.run([Actor(lambda: world.run(Process(stage, script)))])
        stage.time_s += DUE_S
    world.converge(CALM_PAUSES_S)
    return world


def truth_of(journals: list[Cents]) -> dict[str, Fraction]:
    """The trial balance by account, from the drawn numbers alone."""
    balance = dict.fromkeys((*DEBIT_ACCOUNTS, CREDIT_ACCOUNT), Fraction(0))
    for cents in journals:
        for place, amount in enumerate(cents):
            balance[DEBIT_ACCOUNTS[place % 4]] += Fraction(amount, 100)
            balance[CREDIT_ACCOUNT] -= Fraction(amount, 100)
    return {account: amount for account, amount in balance.items() if amount}
