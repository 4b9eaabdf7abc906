"""Every step x every fault, and every pair of faults, for two journals: nothing is drawn, nothing is left out.

A pair is played here with its second fault right after the first; `python -m connector_tests.faults --pairs` plays both
at every place there is.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from connector_assets.records.audit import AuditTrail
from connector_tests.faults.exhaustive import (
    CALM_POINTS,
    CALM_REQUESTS,
    CALM_STEPS,
    Site,
    pairs_after,
    play_sites,
    sites,
)
from connector_tests.faults.simulate import memory_database
from connector_tests.faults.world import WIRE_FAULTS

PROMISES = pytest.mark.parametrize("is_checked", [True, False], ids=["ids_checked", "ids_unchecked"])
PAIRED_PROMISES = pytest.mark.parametrize(
    "is_checked", [True, pytest.param(False, marks=pytest.mark.thorough)], ids=["ids_checked", "ids_unchecked"]
)


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    with memory_database() as engine:
        yield engine
        assert AuditTrail(engine).verify().intact


def test_the_steps_are_all_there_are(memory: Engine) -> None:
    verdict, script = play_sites(memory, "calm", [], is_checked=True)
    assert verdict == ""
    second_run_only_plans = 2
    assert (script.requests, script.steps - second_run_only_plans) == (CALM_REQUESTS, CALM_STEPS)
    death = [Site("point", CALM_POINTS, "death")]
    survived, _ = play_sites(memory, "last point", death, is_checked=True)
    assert survived == ""


@PROMISES
@pytest.mark.parametrize("place", ["request", "step", "point"])
def test_every_fault_at_every_step(memory: Engine, place: str, is_checked: bool) -> None:
    for site in (one for one in sites() if one.place == place):
        verdict, _ = play_sites(memory, f"{is_checked} {site}", [site], is_checked=is_checked)
        assert verdict == "", f"{site}: {verdict}"


@PAIRED_PROMISES
@pytest.mark.parametrize("fault", WIRE_FAULTS)
def test_every_pair_of_faults(memory: Engine, fault: str, is_checked: bool) -> None:
    for first, second in pairs_after(fault):
        name = f"{is_checked} {first} {second}"
        verdict, _ = play_sites(memory, name, [first, second], is_checked=is_checked)
        assert verdict == "", f"{first}, then {second}: {verdict}"
