"""How fast a register becomes journals: `python -m connector_tests.bench.register_to_journal [WORKERS …]`.

Prints, for each number of workers, pay lines per second, peak memory and its growth per line, beside a plain pandas
groupby of the same frame by the journal's key: the floor, for it only adds up what is already split and mapped.
"""

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from connector_assets.accounting.register import PAY_CHECKS, PAY_LINES, WORKERS
from connector_tests.accounting.labor import LaborCost, LaborPolicy, labor_cost
from connector_tests.accounting.registers import JOURNAL_POLICY, ONE_ENTITY, PAY_RUN, mapping

WORKERS_DEFAULT = (1_000, 10_000, 100_000)
REPEATS = 3
TABLE = mapping(
    "kind,code,project_type,debit_account,credit_account,burden\n"
    "wage,,,6000,,\nwage,,billable,5000,,\nreimbursement,,,2130,,\nemployee_tax,,,,2210,\nemployee_deduction,,,,2300,\n"
    "employer_tax,,,6100,2210,wages\nemployer_tax,,billable,5100,2210,wages\nemployer_benefit,,,6200,2310,home\n"
    "net_pay,,,,1051,\n"
)
# section, code, classification, effect, paid_by, cents as a share of gross in ten-thousandths, job
LINES = (
    ("earning", "REG", "REGULAR", "addition", "", 6_000, "JOB-1040"),
    ("earning", "REG", "REGULAR", "addition", "", 2_500, "JOB-2207"),
    ("earning", "REG", "REGULAR", "addition", "", 1_000, None),
    ("earning", "PTO", "REGULAR", "addition", "", 500, None),
    ("earning", "GTL", "IRC_79_GROUP_TERM_LIFE_INSURANCE", "in_out", "", 10, None),
    ("deduction", "K401", "_401K", "reduction", "", 500, None),
    ("deduction", "MED", "IRC_106", "reduction", "", 200, None),
    ("informational", "MEDER", "_401K", "in_out", "", 400, None),
    ("tax", "Federal Income Tax", "", "", "employee", 1_200, None),
    ("tax", "Employee Social Security Tax", "", "", "employee", 620, None),
    ("tax", "Employee Medicare Tax", "", "", "employee", 145, None),
    ("tax", "New York Income Tax", "", "", "employee", 480, None),
    ("tax", "Employer Social Security Tax", "", "", "employer", 620, None),
    ("tax", "Employer Medicare Tax", "", "", "employer", 145, None),
    ("tax", "New York Unemployment Insurance", "", "", "employer", 90, None),
    ("tax", "MTA Transit Tax", "", "", "employer", 60, None),
)


def register(workers: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """PAY_CHECKS, PAY_LINES and WORKERS of a pay run with one check of sixteen lines for each worker."""
    ids = pd.Series([f"W{number:07d}" for number in range(workers)], dtype="str")
    gross = 150_000 + (np.arange(workers, dtype=np.int64) * 7_919) % 500_003
    count = len(LINES)
    table = pd.DataFrame(LINES, columns=["section", "code", "classification", "effect", "paid_by", "share", "job_id"])
    place = np.tile(np.arange(count), workers)
    lines = table.iloc[place].reset_index(drop=True)
    amounts = np.repeat(gross, count) * lines.pop("share").to_numpy() // 10_000
    worker = ids.repeat(count).reset_index(drop=True)
    check = "C" + worker.str[1:]
    lines = lines.assign(
        pay_run_id=PAY_RUN.pay_run_id, check_id=check, worker_id=worker, line_no=place + 1, name=lines["code"],
        amount_cents=amounts, hours_e4=np.where(lines["code"] == "REG", 20_0000, 0),
    )  # fmt: skip
    lines = lines.astype({name: "str" for name in ("section", "code", "name", "classification", "effect", "paid_by")})
    adds = (lines["effect"] == "addition").astype("int64") - (
        (lines["effect"] == "reduction") | (lines["paid_by"] == "employee")
    ).astype("int64")
    net = (amounts * adds.to_numpy()).reshape(workers, count).sum(axis=1)
    checks = pd.DataFrame({
        "pay_run_id": PAY_RUN.pay_run_id, "check_id": "C" + ids.str[1:], "worker_id": ids,
        "check_date": PAY_RUN.check_date, "check_type": "Regular", "net_cents": net, "currency": "USD",
        "is_void": False,
    })  # fmt: skip
    homes = pd.DataFrame({
        "worker_id": ids, "employee_id": ids, "worker_type": "EMPLOYEE", "status": "ACTIVE", "name_digest": "",
        "organization_id": np.array([f"ORG-{one}" for one in ("200", "210", "500", "530")])[np.arange(workers) % 4],
        "location_id": np.array(["LOC-NYC", "LOC-JC"])[np.arange(workers) % 2],
    })  # fmt: skip
    return PAY_CHECKS.conform(checks), PAY_LINES.conform(lines), WORKERS.conform(homes)


def journals(checks: pd.DataFrame, lines: pd.DataFrame, workers: pd.DataFrame) -> LaborCost:
    """The whole way: classify, resolve, map, distribute, present, build, with every check of the register."""
    run = replace(PAY_RUN, expected_checks=len(checks))
    return labor_cost(run, checks, lines, workers, policy=LaborPolicy(TABLE, ONE_ENTITY, JOURNAL_POLICY, {}))


def floor(pieces: pd.DataFrame) -> pd.Series:
    """A plain groupby of what is already split and mapped, by the journal's key."""
    key = ["account_no", "department_id", "location_id", "project_id", "entity_id"]
    return pieces.groupby(key, dropna=False, observed=True)["amount_cents"].sum()


def fastest(work: Callable[[], object]) -> float:
    """The shortest of some runs, in seconds."""
    times = []
    for _ in range(REPEATS):
        gc.collect()
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def peak_mb() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(workers: int) -> str:
    """One row of figures for one size; its peak memory counts only in a process of its own."""
    checks, lines, roster = register(workers)
    before_mb = peak_mb()
    result = journals(checks, lines, roster)
    grown_mb = peak_mb() - before_mb
    assert not [found for found in result.findings if found.code != "S08"], result.findings[:3]
    assert result.register_totals == result.journal_totals
    assert int(floor(result.pieces).sum()) == 0
    seconds, floor_s = fastest(lambda: journals(checks, lines, roster)), fastest(lambda: floor(result.pieces))
    return (
        f"{workers:>9,} {len(lines):>11,} {len(result.pieces):>11,} {seconds:>9.2f} {len(lines) / seconds:>13,.0f} "
        f"{peak_mb():>9,.0f} {grown_mb * 1024 * 1024 / len(lines):>11,.0f} {floor_s:>9.3f} {seconds / floor_s:>7.1f}"
    )


def main(sizes: list[int]) -> None:
    """Measure each size in a process of its own, so that one's memory is not another's."""
    print(
        f"{'workers':>9} {'pay lines':>11} {'pieces':>11} {'seconds':>9} {'lines/s':>13} {'peak MB':>9} "
        f"{'B/line more':>11} {'groupby s':>9} {'ratio':>7}"
    )
    for size in sizes:
        command = [sys.executable, "-m", "connector_tests.bench.register_to_journal", "--one", str(size)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(measure(int(sys.argv[2])), flush=True)
    else:
        main([int(size) for size in sys.argv[1:]] or list(WORKERS_DEFAULT))
