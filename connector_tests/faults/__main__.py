"""`python -m connector_tests.faults`: the schedules and the mutants as a table, and any one schedule told step by step.

python -m connector_tests.faults --schedules 1000000 --seed 0 --workers 2
python -m connector_tests.faults --replay 17 --mutant "skips the look-up"
"""

import argparse
import logging
import os
import time

from connector_tests.faults.mutants import MUTANTS
from connector_tests.faults.schedules import REAL, play
from connector_tests.faults.simulate import (
    COMMAND,
    SCHEDULES,
    memory_database,
    report,
    report_mutants,
    simulate,
    simulate_pairs,
)


def _replay(seed: int, mutant: str) -> int:
    variant = MUTANTS[mutant][0] if mutant else REAL
    story: list[str] = []
    logging.disable(logging.WARNING)
    with memory_database() as engine:
        played = play(engine, seed, variant, story)
    promise = "refuses repeated control ids" if played.is_checked else "checks nothing"
    print(
        "\n".join([*story, "", f"seed {seed}, {variant.name}, a ledger that {promise}: {played.verdict or 'all well'}"])
    )
    return 1 if played.verdict else 0


def main() -> int:
    """Run the command; the exit code is 0 only when every schedule ended well and every mutant was caught."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--schedules", type=int, default=SCHEDULES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", type=int, metavar="SEED")
    parser.add_argument("--mutant", choices=MUTANTS, default="")
    parser.add_argument("--no-mutants", action="store_true")
    parser.add_argument("--pairs", action="store_true", help="every pair of faults at every place, for two journals")
    given = parser.parse_args()
    if given.replay is not None:
        return _replay(given.replay, given.mutant)
    started_s = time.perf_counter()
    if given.pairs:
        tally, what = simulate_pairs(given.workers), "every pair of faults"
    else:
        tally = simulate(given.schedules, given.seed, given.workers)
        what = f"{given.schedules:,} schedules from seed {given.seed}"
    print(f"{what}, {given.workers} workers, {time.perf_counter() - started_s:.1f} s\n\n{report(tally)}")
    if given.no_mutants or given.pairs:
        return 1 if tally.harms else 0
    mutants, all_caught = report_mutants()
    print(f"\n{mutants}")
    return 0 if all_caught and not tally.harms else 1


if __name__ == "__main__":
    raise SystemExit(main())
