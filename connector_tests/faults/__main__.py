"""`python -m connector_tests.faults`: the proof as tables, and any one schedule, kill or story told by itself.

python -m connector_tests.faults                                    20,000 schedules, then the mutants
python -m connector_tests.faults --schedules 1000000 --seed 0 --workers 2
python -m connector_tests.faults --replay 17 --mutant "skips the look-up"
python -m connector_tests.faults --payables                         the same with bills and payments alone
python -m connector_tests.faults --steps                            every fault at every step, every kind of document
python -m connector_tests.faults --pairs                            every pair of faults at every place, the same
python -m connector_tests.faults --kill                             kill -9 at every durable step, on both databases
python -m connector_tests.faults --kill "the reply is lost/inside record_unknown"
python -m connector_tests.faults --two 1000                         two processes, the same runs, on both databases
python -m connector_tests.faults --money 200                        splits, corrections, voids, accruals; and an oracle
python -m connector_tests.faults --money 1 --seed 19                one story, told step by step
"""

import argparse
import logging
import os
import time
from collections.abc import Callable, Sequence

from connector_tests.faults.documents import PAYABLES
from connector_tests.faults.mutants import MUTANTS
from connector_tests.faults.schedules import REAL, TURNS, play
from connector_tests.faults.simulate import (
    COMMAND,
    ONLY_PAYABLES,
    SCHEDULES,
    memory_database,
    report,
    report_mutants,
    simulate,
    simulate_pairs,
    simulate_steps,
)

Told = tuple[str, bool]
"""A table, and whether all in it is as it must be."""


def _replay(given: argparse.Namespace) -> Told:
    variant = MUTANTS[given.mutant][0] if given.mutant else REAL
    story: list[str] = []
    logging.disable(logging.WARNING)
    with memory_database() as engine:
        played = play(engine, given.replay, variant, story, _kinds(given))
    promise = "refuses repeated control ids" if played.is_checked else "checks nothing"
    end = f"seed {given.replay}, {variant.name}, a ledger that {promise}: {played.verdict or 'all well'}"
    return "\n".join([*story, "", end]), not played.verdict


def _schedules(given: argparse.Namespace) -> Told:
    started_s = time.perf_counter()
    tally = simulate(given.schedules, given.seed, given.workers, _kinds(given))
    took = f"{given.workers} workers, {time.perf_counter() - started_s:.1f} s"
    told = f"{given.schedules:,} schedules from seed {given.seed}, {took}\n\n{report(tally)}"
    if given.no_mutants:
        return told, not tally.harms
    mutants, all_caught = report_mutants(_kinds(given))
    return f"{told}\n\n{mutants}", all_caught and not tally.harms


def _named(given: argparse.Namespace) -> Told:
    started_s = time.perf_counter()
    tally = simulate_pairs(given.workers) if given.pairs else simulate_steps(given.workers)
    what = "pair of faults" if given.pairs else "fault at every step"
    took = f"{given.workers} workers, {time.perf_counter() - started_s:.1f} s"
    return f"every {what}, {took}\n\n{report(tally)}", not tally.harms


def _kinds(given: argparse.Namespace) -> Sequence[str]:
    return PAYABLES if given.payables else TURNS


def _kill(given: argparse.Namespace) -> Told:
    from connector_tests.faults.killing import report as kills

    return kills(given.kill)


def _two(given: argparse.Namespace) -> Told:
    from connector_tests.faults.two_processes import report as races

    return races(given.two)


def _money(given: argparse.Namespace) -> Told:
    from connector_tests.faults import money_report

    if given.money == 1:
        return money_report.replay(given.seed)
    told, all_true = money_report.report(given.money, given.seed)
    mutants, all_caught = money_report.report_mutants()
    return f"{told}\n\n{mutants}", all_true and all_caught


def main() -> int:
    """Run the command; the exit code is 0 only when all is as it must be and every mutant was caught."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--schedules", type=int, default=SCHEDULES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", type=int, metavar="SEED")
    parser.add_argument("--mutant", choices=MUTANTS, default="")
    parser.add_argument("--no-mutants", action="store_true")
    parser.add_argument(ONLY_PAYABLES, action="store_true")
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--kill", nargs="?", const="", metavar="CASE")
    parser.add_argument("--two", type=int, metavar="RUNS")
    parser.add_argument("--money", type=int, metavar="STORIES")
    given = parser.parse_args()
    proofs: list[tuple[bool, Callable[[argparse.Namespace], Told]]] = [
        (given.replay is not None, _replay),
        (given.pairs or given.steps, _named),
        (given.kill is not None, _kill),
        (given.two is not None, _two),
        (given.money is not None, _money),
        (True, _schedules),
    ]
    told, is_well = next(proof for asked, proof in proofs if asked)(given)
    print(told)
    return 0 if is_well else 1


if __name__ == "__main__":
    raise SystemExit(main())
