"""A seed becomes a schedule of faults, deaths, rivals and clock jumps, and is played to its end.

Two promises of a ledger are told apart, and no schedule needs both:

- `checked`: it refuses a function control id that it has executed (documented, its details unconfirmed). Then nothing
  else is asked of the world: late commits come whenever they like, clocks jump by a day, a gate turns a call away that
  it has executed, a query does not show what is committed.
- `unchecked`: it executes whatever comes. Then a lost request is worked on no longer than the ledger's processing
  window, clocks differ by less than the poster's tolerance, and a query shows what is committed.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import Engine

from connector_assets.accounting.expense_journal import KIND
from connector_assets.posting import Policy, Poster
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.intacct.postable import IntacctDocumentLedger
from connector_assets.vendors.intacct.session import SessionCache
from connector_tests.faults.documents import EXPENSES, PAYABLES, wanted_of
from connector_tests.faults.stage import Actor, Stage
from connector_tests.faults.world import (
    CALM,
    DUE_S,
    LEASE_S,
    LIES,
    WINDOW_S,
    WIRE_FAULTS,
    DocumentLedgerOf,
    Fault,
    LedgerOf,
    PosterClass,
    Process,
    Script,
    StagedStore,
    StoreClass,
    Wanted,
    World,
)

DAY_S = 86_400.0
PAUSES_S = (0.0, 1.0, 60.0, LEASE_S - 1, LEASE_S, DUE_S - 1, DUE_S, 5_000.0)
CALM_PAUSES_S = (3_600.0, 3_600.0, 3_600.0, 2 * DAY_S, 3_600.0)
"""When the runs after the last fault come: hourly; and once after a wrong clock's longest jump."""

DANGEROUS = ("late commit", "524 then commit", "lost reply")
"""The faults after which a poster that guesses posts twice: drawn more often than the others."""

TURNS = (KIND, "labor", PAYABLES[0], "labor", KIND, "labor", PAYABLES[1], "labor")
"""The kinds of document in turn, where none is asked for by name."""

SKEW_S = 25.0
"""How far a clock is off at most where the ledger checks nothing; two of them differ by less than the tolerance."""


@dataclass(frozen=True)
class Variant:
    """Who posts: the real poster, or a mutant of it."""

    name: str = "the poster"
    poster: PosterClass = Poster
    store: StoreClass = StagedStore
    ledger_of: LedgerOf = IntacctLedger
    document_ledger_of: DocumentLedgerOf = IntacctDocumentLedger


REAL = Variant()


@dataclass(frozen=True)
class Played:
    """How a schedule ended: its verdict ("" is good), whether the ledger checked ids, and what was met in it."""

    seed: int
    verdict: str
    is_checked: bool
    met: Mapping[str, int]


def play(
    engine: Engine,
    seed: int,
    variant: Variant = REAL,
    story: list[str] | None = None,
    kinds: Sequence[str] = TURNS,
) -> Played:
    """Play one schedule on a database of the records, which has seen neither this seed nor another variant.

    `story` takes what happens, line by line; `kinds` are those of the documents, in turn.
    """
    draw = Random(seed)  # noqa: S311 a schedule, not a secret
    is_checked = draw.random() < 0.5
    stage = Stage(draw, switch_share=draw.choice((0.1, 0.3, 0.7)), story=story)
    met: Counter[str] = Counter()
    world = World(
        engine,
        stage,
        _wanted(draw, seed, met, kinds),
        remembers_control_ids=is_checked,
        poster=variant.poster,
        store=variant.store,
        ledger_of=variant.ledger_of,
        document_ledger_of=variant.document_ledger_of,
    )
    sessions = SessionCache(lambda: stage.time_s)
    for _phase in range(draw.choice((1, 1, 1, 2))):
        processes = [_process(draw, stage, is_checked, met) for _ in range(draw.choice((1, 1, 1, 2, 2, 3)))]
        if len(processes) == 1:  # threads of one machine share their sign-ins; here they would wait for each other
            processes[0].sessions = sessions
        actors = [
            Actor(
                _body(world, process, resolves=draw.random() < 0.15),
                starts_in_s=draw.choice((0.0, 0.0, 0.0, 1.0, 700.0, 1_700.0, 1_700.0)) if number else 0.0,
                dies_at=draw.randint(1, 30) if draw.random() < 0.4 else 0,
            )
            for number, process in enumerate(processes)
        ]
        stage.run(actors)
        for process, actor in zip(processes, actors, strict=True):
            met.update(processes=1, requests=process.script.requests, deaths=actor.points == actor.dies_at)
        met["posters at once"] += len(actors) - 1
        stage.time_s += draw.choice(PAUSES_S)
    world.converge(CALM_PAUSES_S)
    return Played(seed, world.verdict(), is_checked, met)


def _wanted(draw: Random, seed: int, met: Counter[str], kinds: Sequence[str]) -> list[Wanted]:
    wanted = []
    for number in range(draw.choice((1, 1, 1, 2))):
        cents = tuple(draw.randint(1, 10**7) for _ in range(draw.randint(1, 4)))
        policy: Policy = "hold" if draw.random() < 0.1 else "post"
        kind = kinds[(seed + number) % len(kinds)]
        cents = EXPENSES[seed % len(EXPENSES)] if kind == KIND else cents
        wanted.append(wanted_of(kind, f"seed {seed}", f"{seed}-{number}", cents, policy))
        met[f"documents of kind {kind}"] += 1
    return wanted


def _body(world: World, process: Process, *, resolves: bool) -> Callable[[], object]:
    return lambda: world.run(process, resolves=resolves)


def _process(draw: Random, stage: Stage, is_checked: bool, met: Counter[str]) -> Process:
    fault_share = draw.choice((0.05, 0.3, 0.6))
    failing_share = draw.choice((0.0, 0.0, 0.05, 0.2))
    jump_share = draw.choice((0.0, 0.0, 0.1)) if is_checked else 0.0
    answers_s = draw.choice(((0.0,), (0.0, 1.0, 30.0), (0.0, 120.0, 299.0)))
    faults = (*WIRE_FAULTS, *DANGEROUS * 3, *(LIES if is_checked else ()))

    sluggish_requests = draw.choice((1, 3, 5, 5)) if draw.random() < 0.1 else 0

    def wire(request: int) -> Fault:
        if request <= sluggish_requests:
            return Fault("500 before")
        if draw.random() >= fault_share:
            return CALM
        share = draw.choice((draw.random(), 1 - draw.random() / 20))  # often at the very end of the window
        met["faults of the wire"] += 1
        return Fault(draw.choice(faults), share * (20 if is_checked else 1) * WINDOW_S)

    def database(_step: int) -> str:
        if draw.random() >= failing_share:
            return ""
        met["failures of the database"] += 1
        return draw.choice(("before", "after"))

    def jump_s(_step: int) -> float:
        if draw.random() >= jump_share:
            return 0.0
        met["jumps of a clock"] += 1
        return draw.choice((-DAY_S, -1_000.0, 1_000.0, DAY_S))

    script = Script(
        wire=wire,
        database=database,
        transit_s=lambda: draw.choice(answers_s) if is_checked else 0.0,
        answer_s=lambda: 299.0 if sluggish_requests else draw.choice(answers_s),
        jump_s=jump_s,
    )
    return Process(stage, script, draw.uniform(-SKEW_S, SKEW_S))
