"""Many schedules, counted: in worker processes, each on databases in memory of its own; and the count as a table."""

import logging
import multiprocessing
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import Engine

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database
from connector_tests.faults.mutants import MUTANTS
from connector_tests.faults.schedules import REAL, Played, Variant, play

SCHEDULES = 20_000
CHUNK_SCHEDULES = 500
MOST_SEEDS_PER_MUTANT = 6_000
HARMS = (
    *("duplicate", "lost", "half-posted", "unbalanced", "other content", "wrong key", "unannounced", "not converged"),
    "audit trail",
)
COMMAND = "python -m connector_tests.faults"


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


def play_range(seeds: range, variant: Variant = REAL) -> Tally:
    """Play these schedules on a database of their own; its audit trail is verified at the end."""
    logging.disable(logging.WARNING)  # each retry of the client is one; there are thousands
    tally = Tally()
    with memory_database() as engine:
        for seed in seeds:
            tally.add(play(engine, seed, variant))
        audit = AuditTrail(engine).verify()
        if not audit.intact:
            tally.harms["checked", "audit trail"] += 1
            tally.bad.append((seeds.start, f"audit trail: {audit.why}"))
    return tally


def first_caught(variant: Variant, harm: str, most_seeds: int = MOST_SEEDS_PER_MUTANT) -> Played | None:
    """The first schedule from seed 0 on that shows the harm a mutant does."""
    logging.disable(logging.WARNING)
    with memory_database() as engine:
        played = (play(engine, seed, variant) for seed in range(most_seeds))
        return next((one for one in played if one.verdict.startswith(harm)), None)


def simulate(schedules: int, seed: int, workers: int) -> Tally:
    """Play `schedules` from `seed` on in so many processes, with progress on stderr where that is a terminal."""
    chunks = [
        range(start, min(start + CHUNK_SCHEDULES, seed + schedules))
        for start in range(seed, seed + schedules, CHUNK_SCHEDULES)
    ]
    whole, done = Tally(), 0
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for tally in pool.map(play_range, chunks):
            whole.join(tally)
            done += sum(tally.schedules.values())
            if sys.stderr.isatty():
                print(f"\r{done:,} of {schedules:,}", end="", file=sys.stderr)
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
    bad = [f"seed {seed}: {verdict}\n    {COMMAND} --replay {seed}" for seed, verdict in tally.bad]
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
