"""Checks that compare a pay run with what is usual: with the season, the roster, and the runs before it.

None of them stops a post, for an unusual pay run can be right: they warn, with the figures that a person needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal_build import JournalBuild
from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.accounting.register import LineKind, PayRun

LOOK_BACK_RUNS = 3
TERMINATED = "TERMINATED"


@dataclass(frozen=True)
class Band:
    """The usual share of employer taxes in a month's wages, in hundredths of a percent, both ends included."""

    low_e4: int
    high_e4: int


# Simulated for a professional-services firm: wage bases (FUTA, SUTA, then Social Security) run out over the year. The
# bands are wide on purpose: a wrong tax file shows as a share that no season explains.
SEASONAL_BANDS: Mapping[int, Band] = {
    1: Band(765, 1600), 2: Band(765, 1500), 3: Band(745, 1300), 4: Band(745, 1200), 5: Band(740, 1150),
    6: Band(735, 1100), 7: Band(725, 1050), 8: Band(715, 1050), 9: Band(700, 1050), 10: Band(680, 1000),
    11: Band(660, 1000), 12: Band(620, 1000),
}  # fmt: skip


@dataclass(frozen=True)
class Tolerances:
    """How far from usual is still usual: a department's cost in percent and cents, days after an employment's end."""

    cost_percent: int = 15
    cost_cents: int = 2_500_00
    paid_after_end_days: int = 30


def check_tax_share(pay_run: PayRun, lines: pd.DataFrame, bands: Mapping[int, Band] = SEASONAL_BANDS) -> list[Finding]:
    """S14: employer taxes / wages within the band of the check date's month. `lines` are classified PAY_LINES."""
    by_kind = lines.groupby("kind")["amount_cents"].sum()
    wages, taxes = (int(by_kind.get(str(kind), 0)) for kind in (LineKind.WAGE, LineKind.EMPLOYER_TAX))
    if wages <= 0:
        return []
    share_e4, band = taxes * 10_000 // wages, bands[pay_run.check_date.month]
    if band.low_e4 <= share_e4 <= band.high_e4:
        return []
    why = (
        f"Employer taxes are {_percent(share_e4)} of the wages ({grouped_text_from_cents(taxes)} of "
        f"{grouped_text_from_cents(wages)}); usual in this month: {_percent(band.low_e4)} to {_percent(band.high_e4)}."
    )
    return [
        finding("S14", pay_run.pay_run_id, why, "Ask the payroll whether a bonus, a wage base or a rate explains it.")
    ]


def _percent(share_e4: int) -> str:
    return f"{share_e4 // 100}.{share_e4 % 100:02d}%"


def check_paid_after_end(
    pay_run: PayRun,
    checks: pd.DataFrame,
    workers: pd.DataFrame,
    tolerances: Tolerances = Tolerances(),  # frozen
) -> list[Finding]:
    """S18: nobody is paid (voids left out) who left more than some days before the period began."""
    gone = workers[(workers["status"].str.upper() == TERMINATED) & workers["status_date"].notna()]
    left = dict(zip(gone["worker_id"], gone["status_date"], strict=True))
    paid = checks[~checks["is_void"] & (checks["net_cents"] != 0)]
    found = []
    for check_id, worker_id in paid[["check_id", "worker_id"]].itertuples(index=False):
        since: date | None = left.get(worker_id)
        if since is not None and (pay_run.period_start - since).days > tolerances.paid_after_end_days:
            why = f"Check {check_id} pays worker {worker_id}, whose employment ended on {since}."
            found.append(
                finding("S18", str(check_id), why, "Make sure that it is a final pay, a bonus or a correction.")
            )
    return found


def check_headcount(
    pay_run: PayRun, checks: pd.DataFrame, before: pd.DataFrame | None, workers: pd.DataFrame
) -> list[Finding]:
    """P06: who was paid in the run before (PAY_CHECKS of the same interval), is still there and is not paid now; and
    who is paid now and is not on the roster. An off-cycle run pays whom it pays.
    """
    paid = set(checks.loc[~checks["is_void"], "worker_id"])
    strangers = sorted(paid - set(workers["worker_id"]))
    found = [_of_workers(pay_run, strangers, "are paid and are not on the roster", "Refresh the roster.")]
    if before is not None and len(before) and pay_run.interval:
        there = workers[workers["status"].str.upper() != TERMINATED]
        missing = sorted((set(before.loc[~before["is_void"], "worker_id"]) & set(there["worker_id"])) - paid)
        why = "were paid in the run before, are still employed, and have no check"
        found.append(_of_workers(pay_run, missing, why, "Ask the payroll: unpaid leave, or a check that was missed?"))
    return [one for group in found for one in group]


def _of_workers(pay_run: PayRun, worker_ids: Sequence[str], what: str, fix: str) -> list[Finding]:
    if not worker_ids:
        return []
    named = ", ".join(worker_ids[:10]) + (f" and {len(worker_ids) - 10} more" if worker_ids[10:] else "")
    return [finding("P06", pay_run.pay_run_id, f"{len(worker_ids)} workers {what}: {named}.", fix)]


def department_costs(lines: pd.DataFrame) -> dict[str, int]:
    """Labor cost in cents by department, from JOURNAL_LINES."""
    with_department = lines[lines["department_id"].notna()]
    sums = with_department.groupby("department_id")["amount_cents"].sum()
    return {str(department): int(cents) for department, cents in sums.items()}


def check_variance(
    pay_run: PayRun,
    lines: pd.DataFrame,
    before: Sequence[pd.DataFrame],
    tolerances: Tolerances = Tolerances(),  # frozen
) -> list[Finding]:
    """P05: each department's cost against the median of the last runs of the same interval; JOURNAL_LINES all.

    Warns beyond both the percentage and the amount. The median of an even number is the lower one: it is a figure that
    was really paid.
    """
    if len(before) < LOOK_BACK_RUNS:
        return []
    now, earlier = department_costs(lines), [department_costs(one) for one in before[-LOOK_BACK_RUNS:]]
    found = []
    for department in sorted({*now, *(name for costs in earlier for name in costs)}):
        usual = sorted(costs.get(department, 0) for costs in earlier)[(LOOK_BACK_RUNS - 1) // 2]
        cost = now.get(department, 0)
        off = cost - usual
        if abs(off) > tolerances.cost_cents and abs(off) * 100 > tolerances.cost_percent * abs(usual):
            why = (
                f"Department {department} costs {grouped_text_from_cents(cost)}; the median of the last "
                f"{LOOK_BACK_RUNS} runs is {grouped_text_from_cents(usual)}."
            )
            found.append(finding("P05", department, why, f"Look at pay run {pay_run.pay_run_id}: bonus, hires, moves?"))
    return found


def check_inter_entity(build: JournalBuild, accounts: Mapping[str, bool], due_from: str, due_to: str) -> list[Finding]:
    """P07: where cost crosses entities, both inter-entity accounts are active. `accounts`: number -> is it active."""
    used = set(build.lines["account_no"]) & {due_from, due_to}
    return [
        finding(
            "P07",
            account,
            f"Cost crosses legal entities through account {account}, which is not active in the ledger.",
            "Set up the inter-entity accounts of each pair in the ledger, or name others in the connection file.",
        )
        for account in sorted(used)
        if not accounts.get(account)
    ]
