"""Checks that compare a pay run with what is usual: with the season, the year so far, and the runs before it.

None of them stops a post, for an unusual pay run can be right: they warn, with the figures that a person needs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal_build import JournalBuild
from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.accounting.register import EMPLOYER_KINDS, LineKind, PayRun

LOOK_BACK_RUNS = 3


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
    """How far from usual is still usual: a department's cost in percent and in cents."""

    cost_percent: int = 15
    cost_cents: int = 2_500_00


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


def check_capped_taxes(earlier: pd.Series, lines: pd.DataFrame, caps: Mapping[str, int]) -> list[Finding]:
    """S15: nobody's capped tax of the year exceeds its cap: it stops where its wage base is reached.

    `caps` are the most cents a year by tax; `earlier` is what `capped_taxes` says of the year's earlier pay runs, added
    up by worker and tax. Where those do not reach back to January the check says less, never more.
    """
    now = capped_taxes(lines, caps)
    total = now.add(earlier.reindex(now.index, fill_value=0)).astype("int64").reset_index()
    most = np.array([caps[code] for code in total["code"]], dtype=np.int64)
    over = total[(now > 0).to_numpy() & (total["amount_cents"].to_numpy() > most)]
    return [
        finding(
            "S15",
            str(row["worker_id"]),
            f"Worker {row['worker_id']}: {row['code']} adds up to {grouped_text_from_cents(int(row['amount_cents']))} "
            f"this year; the most is {grouped_text_from_cents(caps[str(row['code'])])}.",
            "Ask the payroll whether the wage base was missed; the amount posts as it is.",
        )
        for row in over.to_dict("records")
    ]


def capped_taxes(lines: pd.DataFrame, caps: Collection[str]) -> pd.Series:
    """Cents by worker and tax of those taxes that have a cap, from PAY_LINES."""
    capped = lines.loc[lines["code"].isin(list(caps)), ["worker_id", "code", "amount_cents"]]
    return capped.groupby(["worker_id", "code"])["amount_cents"].sum()


def check_projects(pay_run: PayRun, lines: pd.DataFrame, ends: Mapping[str, date]) -> list[Finding]:
    """P08: no cost goes to a project whose job had ended before the pay period began; `ends`: job -> its last day.

    `lines` are classified PAY_LINES. Work that is paid late names its day, and is measured by that.
    """
    own = lines.loc[lines["job_id"].isin(list(ends)), ["check_id", "job_id", "work_date"]]
    found = []
    for job_id, of_job in own.groupby("job_id"):
        end = ends[str(job_id)]
        worked = of_job["work_date"].map(lambda day: pay_run.period_start if pd.isna(day) else day)
        late = of_job[worked.map(lambda day, end=end: day > end).astype(bool)]
        if len(late):
            why = (
                f"Job {job_id} ended on {end}; {len(late)} pay lines of {late['check_id'].nunique()} checks come later."
            )
            fix = "Have its end date moved in Paychex, or the lines moved to an open job."
            found.append(finding("P08", str(job_id), why, fix))
    return found


def department_costs(lines: pd.DataFrame) -> dict[str, int]:
    """Labor cost in cents by department, from JOURNAL_LINES."""
    with_department = lines[lines["department_id"].notna()]
    sums = with_department.groupby("department_id")["amount_cents"].sum()
    return {str(department): int(cents) for department, cents in sums.items()}


def department_averages(pieces: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Labor cost in cents by department, and on how many checks it is, from PIECES; voids left out."""
    is_labor = pieces["kind"].isin([LineKind.WAGE, *EMPLOYER_KINDS]) & (pieces["side"] == "expense")
    chosen = is_labor & ~pieces["is_void"] & pieces["department_id"].notna()
    labor = pieces.loc[chosen, ["department_id", "check_id", "amount_cents"]]
    sums = labor.groupby("department_id").agg({"amount_cents": "sum", "check_id": "nunique"})
    return {str(name): (int(cents), int(checks)) for name, cents, checks in sums.itertuples()}


def check_variance(
    pay_run: PayRun,
    pieces: pd.DataFrame,
    before: Sequence[pd.DataFrame],
    tolerances: Tolerances = Tolerances(),  # frozen
) -> list[Finding]:
    """P05: each department's cost against the median of the last runs of the same interval; PIECES all.

    Like is compared with like: ordinary checks only, and each earlier run as if it had had as many checks in the
    department as this one, so that a hire or a leave is no variance (P06 lists who is missing). Where a department has
    no check at all in one of the two, the amounts themselves are compared. Warns beyond both the percentage and the
    amount. The median is the middle one of three: a figure that was really paid.
    """
    if len(before) < LOOK_BACK_RUNS:
        return []
    now, earlier = department_averages(pieces), [department_averages(one) for one in before[-LOOK_BACK_RUNS:]]
    found = []
    for department in sorted({*now, *(name for costs in earlier for name in costs)}):
        cost, checks = now.get(department, (0, 0))
        usual = sorted(_as_if(costs.get(department, (0, 0)), checks) for costs in earlier)[(LOOK_BACK_RUNS - 1) // 2]
        off = cost - usual
        if abs(off) > tolerances.cost_cents and abs(off) * 100 > tolerances.cost_percent * abs(usual):
            why = (
                f"Department {department} costs {grouped_text_from_cents(cost)} on {checks} checks; by the last "
                f"{LOOK_BACK_RUNS} runs it would be {grouped_text_from_cents(usual)}."
            )
            found.append(finding("P05", department, why, f"Look at pay run {pay_run.pay_run_id}: bonus, hours, moves?"))
    return found


def _as_if(earlier: tuple[int, int], checks: int) -> int:
    """An earlier run's cost as if it had had so many checks."""
    cents, had = earlier
    return cents * checks // had if had and checks else cents


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
