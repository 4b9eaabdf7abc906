"""Many schedules, counted: in worker processes, each on databases in memory of its own; and the count as a table."""

import gc
import logging
import multiprocessing
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import Engine

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database
from connector_tests.faults.exhaustive import all_pairs, play_sites
from connector_tests.faults.mutants import MUTANTS
from connector_tests.faults.schedules import REAL, Played, Variant, play

SCHEDULES = 20_000
CHUNK_SCHEDULES = 1_000
PAIR_PARTS = 200
NO_SEED = -1
MOST_SEEDS_PER_MUTANT = 6_000
HARMS = (
    *("duplicate", "lost", "half-posted", "unbalanced", "other content", "wrong key", "unannounced", "not converged"),
    "audit trail",
)
COMMAND = "python -m connector_tests.faults"

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
    """The records' database in memory, by the same SQL and migrations as on disk, for the threads of one process."""
    name = f"file:{uuid4().hex}?mode=memory&cache=shared&uri=true&check_same_thread=false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which pool a database in memory gets is to change; either one serves here
        engine = open_database(f"sqlite:///{name}")
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


def play_range(seeds: range, variant: Variant = REAL) -> Tally:
    """Play these schedules on a database of their own; its audit trail is verified at the end."""
    tally = Tally()
    with quick(), memory_database() as engine:
        for seed in seeds:
            tally.add(play(engine, seed, variant))
        audit = AuditTrail(engine).verify()
        if not audit.intact:
            tally.harms["checked", "audit trail"] += 1
            tally.bad.append((seeds.start, f"audit trail: {audit.why}"))
    return tally


def play_pairs(part: tuple[int, int]) -> Tally:
    """Play one of so many equal parts of all pairs of faults, under both promises of the ledger."""
    number, parts = part
    tally = Tally()
    with quick(), memory_database() as engine:
        for pair in islice(all_pairs(), number, None, parts):
            for is_checked in (True, False):
                name = f"{is_checked} {pair[0]} {pair[1]}"
                verdict, script = play_sites(engine, name, pair, is_checked=is_checked)
                told = f"{verdict} ({pair[0]}, {pair[1]})" if verdict else ""
                tally.add(Played(NO_SEED, told, is_checked, {"requests": script.requests}))
    return tally


def first_caught(variant: Variant, harm: str, most_seeds: int = MOST_SEEDS_PER_MUTANT) -> Played | None:
    """The first schedule from seed 0 on that shows the harm a mutant does."""
    with quick(), memory_database() as engine:
        played = (play(engine, seed, variant) for seed in range(most_seeds))
        return next((one for one in played if one.verdict.startswith(harm)), None)


def simulate(schedules: int, seed: int, workers: int) -> Tally:
    """Play `schedules` from `seed` on in so many processes."""
    starts = range(seed, seed + schedules, CHUNK_SCHEDULES)
    return _in_workers(play_range, [range(at, min(at + CHUNK_SCHEDULES, seed + schedules)) for at in starts], workers)


def simulate_pairs(workers: int) -> Tally:
    """Play every pair of faults in so many processes."""
    return _in_workers(play_pairs, [(number, PAIR_PARTS) for number in range(PAIR_PARTS)], workers)


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


def report_mutants() -> tuple[str, bool]:
    """What catches each mutant, as a table, and whether all are caught."""
    rows: list[list[object]] = [["a poster that", "is caught by", "as", "replay"]]
    all_caught = True
    for name, (variant, harm) in MUTANTS.items():
        caught = first_caught(variant, harm)
        all_caught = all_caught and caught is not None
        found = "NOTHING" if caught is None else f"seed {caught.seed}"
        replay = "" if caught is None else f'{COMMAND} --replay {caught.seed} --mutant "{name}"'
        rows.append([name, found, harm, replay])
    return table(rows), all_caught
