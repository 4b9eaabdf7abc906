"""Bills and their payments under every fault: posted once whatever fails; and mutants of the poster that show it.

Of every fault at every step a sample is played here, by a seed: CONNECTOR_TEST_PAYABLES sets how many places, and
`python -m connector_tests.faults --steps` plays them all; `--payables` plays schedules of these documents alone.
"""

import os
from collections.abc import Callable, Iterator
from itertools import count
from random import Random

import pytest
from sqlalchemy import Engine

from connector_assets.posting import Outcome, Poster
from connector_assets.records.audit import AuditTrail
from connector_tests.faults.documents import PAYABLES, wanted_of
from connector_tests.faults.exhaustive import Site, pairs_after, play_sites, sites
from connector_tests.faults.mutants import MUTANTS, ForgetsTheLease, IgnoresTheWindow, SkipsTheLookUp
from connector_tests.faults.schedules import CALM_PAUSES_S, play
from connector_tests.faults.simulate import COMMAND, ONLY_PAYABLES, first_caught, memory_database
from connector_tests.faults.stage import Actor, Stage
from connector_tests.faults.world import (
    CALM,
    DUE_S,
    WINDOW_S,
    Fault,
    PosterClass,
    Process,
    Script,
    StagedStore,
    StoreClass,
    World,
)

PLACES = int(os.environ.get("CONNECTOR_TEST_PAYABLES", "48"))
BILL, PAYMENT = PAYABLES
SEND = 2
"""The request that creates the document, after the sign-in."""
QUICKLY_CAUGHT = ("skips the look-up", "forgets the lease", "believes any key")
NUMBERS = count()


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    with memory_database() as engine:
        yield engine
        assert AuditTrail(engine).verify().intact


@pytest.mark.parametrize("is_checked", [True, False], ids=["ids_checked", "ids_unchecked"])
def test_any_fault_at_any_step_and_two_at_once(memory: Engine, is_checked: bool) -> None:
    draw = Random(PLACES + is_checked)  # noqa: S311 a sample, not a secret
    chosen: list[tuple[Site, ...]] = [(site,) for site in draw.sample(sites(), min(PLACES, len(sites())))]
    chosen += draw.sample(list(pairs_after("late commit")), 6)
    for met in chosen:
        named = ", ".join(map(str, met))
        verdict, _ = play_sites(memory, f"{is_checked} {named}", met, is_checked=is_checked, kinds=PAYABLES)
        assert verdict == "", f"{named}: {verdict}"


def test_random_schedules_of_bills_and_payments(memory: Engine) -> None:
    for seed in range(PLACES):
        verdict = play(memory, seed, kinds=PAYABLES).verdict
        assert verdict == "", f"{verdict} :: {COMMAND} {ONLY_PAYABLES} --replay {seed}"


@pytest.mark.parametrize(
    "mutant", [pytest.param(name, marks=() if name in QUICKLY_CAUGHT else pytest.mark.thorough) for name in MUTANTS]
)
def test_bills_and_payments_catch_a_poster_that(mutant: str) -> None:
    variant, harm = MUTANTS[mutant]
    assert first_caught(variant, harm, PAYABLES) is not None, f"nothing catches a poster that {mutant}"


# -- what is told of most, by name -------------------------------------------------------------------------------------


def world_of(engine: Engine, kind: str, poster: PosterClass = Poster, store: StoreClass = StagedStore) -> World:
    """A ledger that checks no control ids, and one document to be posted."""
    wanted = [wanted_of(kind, "named", f"{kind}-{next(NUMBERS)}", (145_080, 20_000))]
    stage = Stage(Random(0))  # noqa: S311 nothing is drawn
    return World(engine, stage, wanted, remembers_control_ids=False, poster=poster, store=store)


def first_run(world: World, fault: Fault) -> Outcome:
    """Post it while its send suffers this; how that ended."""
    script = Script(wire=lambda request: fault if request == SEND else CALM)
    (result,) = world.run(Process(world.stage, script))
    return result.outcome


def late_commit(world: World) -> str:
    """The client gives up, asks in vain, and comes again while the ledger is at it: who is rash sends twice."""
    ended = first_run(world, Fault("late commit", WINDOW_S - 1))
    assert world.poster is not Poster or ended == Outcome.UNKNOWN
    assert world.gateway.ours(world.wanted[0].document.reference) == []
    world.stage.time_s += 60.0
    world.run(Process(world.stage, Script()))
    world.converge(CALM_PAUSES_S)
    return world.verdict()


def lost_reply(world: World) -> str:
    """What was created is found by its number, and adopted in the same run: nothing is sent again."""
    ended = first_run(world, Fault("lost reply"))
    world.stage.time_s += DUE_S
    world.converge(CALM_PAUSES_S)
    assert world.poster is not Poster or (ended == Outcome.ADOPTED and len(world.gateway.sends) == 1)
    return world.verdict()


def unknown_payment(world: World) -> str:
    """Look-ups fail as well: the outcome stays unknown until `retry` looks again, as `connector retry` does."""
    script = Script(
        wire=lambda request: Fault("lost reply" if request == SEND else "502 before") if request > 1 else CALM
    )
    (result,) = world.run(Process(world.stage, script))
    assert result.outcome == Outcome.UNKNOWN
    world.stage.time_s += DUE_S
    world.run(Process(world.stage, Script()), resolves=True)
    assert world.poster is not Poster or len(world.gateway.sends) == 1
    return world.verdict()


def two_senders(world: World) -> str:
    """Two runs of one payment at once, each as far as the other at every point where they may change places."""
    slow = Script(transit_s=lambda: 1.0, answer_s=lambda: 1.0)
    world.stage.run([Actor(lambda: world.run(Process(world.stage, slow))) for _ in range(2)])
    world.converge(CALM_PAUSES_S)
    return world.verdict()


@pytest.mark.parametrize("kind", PAYABLES)
@pytest.mark.parametrize(
    ("story", "poster", "store"),
    [
        (late_commit, IgnoresTheWindow, StagedStore),
        (lost_reply, SkipsTheLookUp, StagedStore),
        (unknown_payment, SkipsTheLookUp, StagedStore),
        (two_senders, Poster, ForgetsTheLease),
    ],
    ids=["late_commit", "lost_reply", "unknown_resolved_by_look_up", "two_senders"],
)
def test_it_is_posted_once_and_a_poster_without_the_rule_does_it_twice(
    memory: Engine, kind: str, story: Callable[[World], str], poster: PosterClass, store: StoreClass
) -> None:
    assert story(world_of(memory, kind)) == ""
    assert story(world_of(memory, kind, poster, store)).startswith("duplicate")
