"""Random schedules of faults, deaths, rivals and clock jumps; and mutants of the poster, which they must catch.

`python -m connector_tests.faults` plays 20,000 of them and prints a table; here is a part, so that the suite stays
quick. CONNECTOR_TEST_SCHEDULES sets how many.
"""

import os

import pytest
from sqlalchemy import Engine

from connector_assets.records.audit import AuditTrail
from connector_tests.faults.mutants import MUTANTS
from connector_tests.faults.schedules import play
from connector_tests.faults.simulate import COMMAND, first_caught, play_range, report

SCHEDULES = int(os.environ.get("CONNECTOR_TEST_SCHEDULES", "300"))
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_random_schedules_post_once_lose_nothing_and_converge(part: int) -> None:
    size = SCHEDULES // PARTS
    tally = play_range(range(part * size, (part + 1) * size))
    assert not tally.harms, report(tally)
    for what in ("deaths", "faults of the wire", "posters at once", "failures of the database", "jumps of a clock"):
        assert tally.met[what], f"no schedule met any {what}: it would prove nothing"


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_same_schedules_catch_a_poster_that(mutant: str) -> None:
    variant, harm = MUTANTS[mutant]
    assert first_caught(variant, harm) is not None, f"nothing catches a poster that {mutant}: {COMMAND}"


def test_the_same_schedules_hold_on_both_databases(engine: Engine) -> None:
    for seed in range(30):
        assert play(engine, seed).verdict == "", f"{COMMAND} --replay {seed}"
    assert AuditTrail(engine).verify().intact


def test_a_seed_is_played_the_same_every_time() -> None:
    first, second = (play_range(range(40, 60)) for _ in range(2))
    assert (first.schedules, first.met) == (second.schedules, second.met)
