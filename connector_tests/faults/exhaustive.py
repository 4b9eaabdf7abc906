"""Two documents and every fault at every step; and pairs of faults. No dice: what is named is played.

The two are the journals of a pay run and of an expense report, or a bill and a payment. Two runs post both; the second
comes when what the first left unknown may be sent again. Requests and database steps are numbered through both runs, so
that a fault also meets the look-ups and the second send. Then all is calm.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from sqlalchemy import Engine

from connector_tests.faults.documents import JOURNALS, wanted_of
from connector_tests.faults.schedules import CALM_PAUSES_S, REAL, Variant
from connector_tests.faults.stage import Actor, Stage
from connector_tests.faults.world import (
    CALM,
    DUE_S,
    WINDOW_S,
    WIRE_FAULTS,
    Fault,
    Process,
    Script,
    World,
)

CALM_REQUESTS, CALM_STEPS, CALM_POINTS = 5, 8, 31
"""What posting two documents takes when nothing fails: a sign-in, two sends, two receipts; steps; points to die at."""

REQUESTS, STEPS, POINTS = 10, 16, 40
"""How far the numbers reach where faults make the runs longer."""

FIRST_SEND = 2


@dataclass(frozen=True)
class Site:
    """A fault and its place: the n-th request, the n-th database step, or the n-th point (then it is a death)."""

    place: str
    number: int
    fault: str

    def __str__(self) -> str:
        return f"{self.fault} at {self.place} {self.number}"


def sites(requests: int = REQUESTS, steps: int = STEPS, points: int = POINTS) -> list[Site]:
    """Every fault at every place, up to these numbers."""
    return [
        *(Site("request", number, fault) for number in range(1, requests + 1) for fault in WIRE_FAULTS),
        *(Site("step", number, fault) for number in range(1, steps + 1) for fault in ("before", "after")),
        *(Site("point", number, "death") for number in range(1, points + 1)),
    ]


def pairs_after(fault: str) -> Iterator[tuple[Site, Site]]:
    """This fault at the first document's send, and every fault at the request that follows it, whatever that is."""
    for second in WIRE_FAULTS:
        yield Site("request", FIRST_SEND, fault), Site("request", FIRST_SEND + 1, second)


def all_pairs() -> Iterator[tuple[Site, Site]]:
    """Every two sites of different places."""
    for first, second in combinations(sites(), 2):
        if (first.place, first.number) != (second.place, second.number):
            yield first, second


def play_sites(
    engine: Engine,
    name: str,
    met: Iterable[Site],
    *,
    is_checked: bool,
    variant: Variant = REAL,
    kinds: Sequence[str] = JOURNALS,
) -> tuple[str, Script]:
    """Play a document of each of the kinds with these faults; the verdict, and how many requests and steps it took."""
    chosen = {(site.place, site.number): site.fault for site in met}
    late_s = WINDOW_S * (3.0 if is_checked else 0.99)
    stage = Stage(Random(0))  # noqa: S311 nothing is drawn
    wanted = [wanted_of(kind, f"pairs {name}", f"{name}-{kind}", (145_080, 1)) for kind in kinds]
    world = World(
        engine,
        stage,
        wanted,
        remembers_control_ids=is_checked,
        poster=variant.poster,
        store=variant.store,
        ledger_of=variant.ledger_of,
        document_ledger_of=variant.document_ledger_of,
    )
    script = Script(
        wire=lambda number: Fault(chosen["request", number], late_s) if ("request", number) in chosen else CALM,
        database=lambda number: chosen.get(("step", number), ""),
    )
    dies_at = next((number for place, number in chosen if place == "point"), 0)
    for death in (dies_at, 0):
        stage.run([Actor(lambda: world.run(Process(stage, script)), dies_at=death)])
        stage.time_s += DUE_S
    world.converge(CALM_PAUSES_S)
    return world.verdict(), script
