"""Many schedules, counted: in worker processes, each on databases in memory of its own; and the count as a table."""

import gc
import logging
import multiprocessing
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.pool import StaticPool

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database
from connector_tests.faults.documents import JOURNALS, PAYABLES
from connector_tests.faults.exhaustive import Site, all_pairs, play_sites, sites
from connector_tests.faults.mutants import MUTANTS
from connector_tests.faults.schedules import REAL, TURNS, Played, Variant, play

SCHEDULES = 20_000
CHUNK_SCHEDULES = 1_000
PAIR_PARTS, STEP_PARTS = 200, 8
NO_SEED = -1
MOST_SEEDS_PER_MUTANT = 6_000
HARMS = (
    *("duplicate", "lost", "half-posted", "unbalanced", "other content", "wrong key", "unannounced", "not converged"),
    "audit trail",
)
COMMAND = "python -m connector_tests.faults"
ONLY_PAYABLES = "--payables"

_Part = TypeVar("_Part")


@dataclass
class Tally:
    """What came of many schedules; of the bad ones, up to ten seeds with their verdicts."""

    schedules: Counter[str] = field(default_factory=Counter)
    harms: Counter[tuple[str, str]] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[int, str]] = field(default_factory=list)

    def add(self, played: Played) -> None:
        """Count one schedule."""
        promise = "checked" if played.is_checked else "unchecked"
        self.schedules[promise] += 1
        self.met.update(played.met)
        if played.verdict:
            self.harms[promise, _harm_of(played.verdict)] += 1
            self.bad = [*self.bad, (played.seed, played.verdict)][:10]

    def join(self, other: "Tally") -> None:
        """Take over what another worker has counted."""
        self.schedules += other.schedules
        self.harms += other.harms
        self.met += other.met
        self.bad = [*self.bad, *other.bad][:10]


def _harm_of(verdict: str) -> str:
    return next((harm for harm in HARMS if verdict.startswith(harm)), verdict)


@contextmanager
def memory_database() -> Iterator[Engine]:
    """The records' database in memory, by the same SQL and migrations as on disk.

    One connection serves all actors: they take turns, and never within a transaction.
    """
    engine = open_database("sqlite:///:memory:?check_same_thread=false", StaticPool)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def quick() -> Iterator[None]:
    """No log, as each of thousands of retries would be a line; and garbage is collected once, at the end."""
    logging.disable(logging.WARNING)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
        logging.disable(logging.NOTSET)


def play_range(seeds: range, variant: Variant = REAL, kinds: Sequence[str] = TURNS) -> Tally:
    """Play these schedules on a database of their own; its audit trail is verified at the end."""
    tally = Tally()
    with quick(), memory_database() as engine:
        for seed in seeds:
            tally.add(play(engine, seed, variant, kinds=kinds))
        audit = AuditTrail(engine).verify()
        if not audit.intact:
            tally.harms["checked", "audit trail"] += 1
            tally.bad.append((seeds.start, f"audit trail: {audit.why}"))
    return tally


def play_pairs(part: tuple[int, int]) -> Tally:
    """Play one of so many equal parts of all pairs of faults."""
    number, parts = part
    return _play_all(islice(all_pairs(), number, None, parts))


def play_steps(part: tuple[int, int]) -> Tally:
    """Play one of so many equal parts of every fault at every step."""
    number, parts = part
    return _play_all((site,) for site in sites()[number::parts])


def _play_all(met: Iterable[Sequence[Site]]) -> Tally:
    """Play these faults over journals and over bill and payment, under both promises of the ledger."""
    tally = Tally()
    with quick(), memory_database() as engine:
        for chosen in met:
            named = ", ".join(map(str, chosen))
            for kinds in (JOURNALS, PAYABLES):
                for is_checked in (True, False):
                    name = f"{is_checked} {named} {kinds[0]}"
                    verdict, script = play_sites(engine, name, chosen, is_checked=is_checked, kinds=kinds)
                    told = f"{verdict} ({named}, {' and '.join(kinds)})" if verdict else ""
                    tally.add(Played(NO_SEED, told, is_checked, {"requests": script.requests}))
    return tally


def first_caught(variant: Variant, harm: str, kinds: Sequence[str] = TURNS) -> Played | None:
    """The first schedule from seed 0 on that shows the harm a mutant does to documents of these kinds."""
    with quick(), memory_database() as engine:
        played = (play(engine, seed, variant, kinds=kinds) for seed in range(MOST_SEEDS_PER_MUTANT))
        return next((one for one in played if one.verdict.startswith(harm)), None)


def simulate(schedules: int, seed: int, workers: int, kinds: Sequence[str] = TURNS) -> Tally:
    """Play `schedules` from `seed` on in so many processes."""
    starts = range(seed, seed + schedules, CHUNK_SCHEDULES)
    parts = [range(at, min(at + CHUNK_SCHEDULES, seed + schedules)) for at in starts]
    return _in_workers(partial(play_range, kinds=kinds), parts, workers)


def simulate_pairs(workers: int) -> Tally:
    """Play every pair of faults in so many processes."""
    return _in_workers(play_pairs, [(number, PAIR_PARTS) for number in range(PAIR_PARTS)], workers)


def simulate_steps(workers: int) -> Tally:
    """Play every fault at every step in so many processes."""
    return _in_workers(play_steps, [(number, STEP_PARTS) for number in range(STEP_PARTS)], workers)


def _in_workers(work: Callable[[_Part], Tally], parts: Sequence[_Part], workers: int) -> Tally:
    """The parts' tallies as one, with progress on stderr where that is a terminal."""
    whole = Tally()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for number, tally in enumerate(pool.map(work, parts), start=1):
            whole.join(tally)
            if sys.stderr.isatty():
                print(f"\r{number:,} of {len(parts):,} parts", end="", file=sys.stderr)
    return whole


def table(rows: Sequence[Sequence[object]]) -> str:
    """Rows as aligned text, the first one underlined."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def report(tally: Tally) -> str:
    """The tally as a table, with a line to replay each bad schedule."""
    promises = {"checked": "refuses repeated control ids", "unchecked": "checks nothing"}
    rows = [
        [text, f"{tally.schedules[name]:,}", *(tally.harms[name, harm] for harm in HARMS)]
        for name, text in promises.items()
    ]
    met = ", ".join(f"{count:,} {what}" for what, count in tally.met.most_common())
    bad = [f"{verdict}{'' if seed == NO_SEED else f' :: {COMMAND} --replay {seed}'}" for seed, verdict in tally.bad]
    return "\n".join([table([["the ledger", "schedules", *HARMS], *rows]), "", f"met on the way: {met}", *bad])


def report_mutants(kinds: Sequence[str] = TURNS) -> tuple[str, bool]:
    """What catches each mutant with documents of these kinds, as a table, and whether all are caught."""
    rows: list[list[object]] = [["a poster that", "is caught by", "as", "replay"]]
    all_caught = True
    for name, (variant, harm) in MUTANTS.items():
        caught = first_caught(variant, harm, kinds)
        all_caught = all_caught and caught is not None
        found = "NOTHING" if caught is None else f"seed {caught.seed}"
        only = f" {ONLY_PAYABLES}" if kinds == PAYABLES else ""
        replay = "" if caught is None else f'{COMMAND}{only} --replay {caught.seed} --mutant "{name}"'
        rows.append([name, found, harm, replay])
    return table(rows), all_caught
