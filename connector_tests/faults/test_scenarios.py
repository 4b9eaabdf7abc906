"""Schedules that once posted twice where the ledger checks no control ids, and the rules that prevent it now."""

from collections.abc import Iterator
from itertools import count
from random import Random

import pytest
from sqlalchemy import Engine

from connector_assets import posting
from connector_assets.records.postings import PostingKey
from connector_tests.faults.mutants import SendsAfterItsLease
from connector_tests.faults.schedules import CALM_PAUSES_S
from connector_tests.faults.simulate import memory_database
from connector_tests.faults.stage import Actor, Stage
from connector_tests.faults.world import CALM, WINDOW_S, Fault, PosterClass, Process, Script, Wanted, World, journal_of

NUMBERS = count()


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    with memory_database() as engine:
        yield engine


def world_of(engine: Engine, poster: PosterClass = posting.Poster) -> World:
    number = next(NUMBERS)
    wanted = Wanted(PostingKey("scenarios", "labor", str(number), 1), journal_of(f"PX-{number}", (145_080, 20_000)))
    stage = Stage(Random(0))  # noqa: S311 nothing is drawn
    return World(engine, stage, [wanted], remembers_control_ids=False, poster=poster)


def verdict_after_a_sign_in_of_half_an_hour(world: World) -> str:
    """The first sender hangs in its sign-in; a second takes the lease over, waits the window out, and posts."""
    stage = world.stage
    hanging = Script(wire=lambda request: Fault("500 before") if request <= 5 else CALM, answer_s=lambda: 299.0)
    first, second, third = Process(stage, hanging), Process(stage, Script()), Process(stage, Script())
    stage.run(
        [
            Actor(lambda: world.run(first)),
            Actor(lambda: world.run(second), starts_in_s=601.0),
            Actor(lambda: world.run(third), starts_in_s=1_700.0),
        ]
    )
    world.converge(CALM_PAUSES_S)
    return world.verdict()


def verdict_of_clocks_apart(world: World, apart_s: float) -> str:
    """A request is worked on to the end of the window; who asks meanwhile believes that the window is over."""
    stage = world.stage
    lost = Script(wire=lambda request: Fault("late commit", WINDOW_S - 1) if request == 2 else CALM)
    slow, fast = Process(stage, lost, -apart_s / 2), Process(stage, Script(), apart_s / 2)
    stage.run([Actor(lambda: world.run(slow))])
    stage.time_s = WINDOW_S - apart_s + 10
    stage.run([Actor(lambda: world.run(fast))])
    world.converge(CALM_PAUSES_S)
    return world.verdict()


def test_a_sign_in_longer_than_the_lease_sends_nothing_after_it(memory: Engine) -> None:
    assert verdict_after_a_sign_in_of_half_an_hour(world_of(memory)) == ""


def test_without_that_rule_it_would_post_twice(memory: Engine) -> None:
    harmed = verdict_after_a_sign_in_of_half_an_hour(world_of(memory, SendsAfterItsLease))
    assert harmed.startswith("duplicate")


def test_clocks_that_differ_by_less_than_the_tolerance_do_not_cut_the_window_short(memory: Engine) -> None:
    assert verdict_of_clocks_apart(world_of(memory), posting.CLOCK_TOLERANCE_S - 1) == ""


def test_without_the_tolerance_they_would_post_twice(memory: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    apart_s = posting.CLOCK_TOLERANCE_S - 1
    monkeypatch.setattr(posting, "CLOCK_TOLERANCE_S", 0.0)
    assert verdict_of_clocks_apart(world_of(memory), apart_s).startswith("duplicate")
