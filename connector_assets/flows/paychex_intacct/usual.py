"""What is usual for a pay run: the runs of the same interval before it, and the checks that compare with them."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from connector_assets.accounting import plausibility, rosters
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal_build import JournalBuild
from connector_assets.accounting.money import cents_from_text
from connector_assets.accounting.register import PAY_LINES, PayRun
from connector_assets.accounting.validation import check_hours_rate
from connector_assets.vendors.paychex.models import ProcessedCheck, Record

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork

TAX_CAPS = Path(__file__).with_name("tax_caps.csv")
PLOTTED_RUNS = 25
TWICE_A_MONTH = "semimonthly"
FIRST_HALF_DAYS = 16
"""Up to this day a check date belongs to the first half of its month; the 15th may move by a weekend."""


def runs_before(
    work: "PayRunWork",
    pay_run: PayRun,
    asset: str,
    count: int,
    *,
    alike: bool = False,
    columns: Sequence[str] | None = None,
) -> list[pd.DataFrame]:
    """The stored frames of `asset` of the last runs of the same interval, oldest first; off-cycle runs have none.

    `alike` leaves out, of two pay runs a month, those of the other half: commissions and other monthly pay come in one
    of them. `columns` reads only those.
    """
    if not pay_run.interval:
        return []
    calendar = work.tools.view.pay_calendar
    same = calendar["interval"].str.lower().str.replace("_", "") == pay_run.interval
    if alike and pay_run.interval == TWICE_A_MONTH:
        half = _is_first_half(pay_run.check_date)
        same &= calendar["check_date"].map(lambda day: _is_first_half(day) == half).astype(bool)
    earlier = calendar[same & calendar["partition"].notna() & (calendar["partition"] < work.partition)]
    store, key = work.tools.store, work.names.own(asset)
    kept: list[pd.DataFrame] = []
    for partition in sorted(earlier["partition"], reverse=True):
        if len(kept) == count:
            break
        if store.exists(key, partition):
            kept.append(store.read(key, partition, columns))
    return kept[::-1]


def _is_first_half(day: date) -> bool:
    return day.day <= FIRST_HALF_DAYS


def overdue_findings(calendar: pd.DataFrame, today: date) -> list[Finding]:
    """S06: pay periods (PAY_PERIODS) whose check date is past and that are not processed."""
    late = calendar[calendar["partition"].isna() & calendar["check_date"].map(lambda day: day < today).astype(bool)]
    return [
        finding(
            "S06",
            str(row["pay_period_id"]),
            f"Pay period {row['pay_period_id']} ({row['description']}) pays on {row['check_date']} and has the status "
            f"{row['status']}.",
            "Ask the payroll whether it was run; a period that is not wanted can be deleted in Flex.",
        )
        for row in late.to_dict("records")
    ]


def register_findings(work: "PayRunWork", pay_run: PayRun, checks: pd.DataFrame, lines: pd.DataFrame) -> list[Finding]:
    """S14, S15, S18 and P06 of a classified register."""
    roster, caps = work.tools.view.roster_on(pay_run.check_date), tax_caps().get(pay_run.check_date.year, {})
    before = runs_before(work, pay_run, "pay_checks", 1)
    return [
        *plausibility.check_tax_share(pay_run, lines),
        *plausibility.check_capped_taxes(year_to_date(work, pay_run, caps), lines, caps),
        *rosters.check_paid_after_end(pay_run, checks, roster),
        *rosters.check_headcount(pay_run, checks, before[0] if before else None, roster),
    ]


def costs_by_department(
    work: "PayRunWork", pay_run: PayRun, lines: pd.DataFrame
) -> tuple[list[date], dict[str, list[int]]]:
    """The check dates of the last pay runs of the same interval and this one, and each department's cents in them.

    `lines` are this one's JOURNAL_LINES. Each earlier journal is read once in a Dagster run.
    """
    known, store, key = work.tools.view.department_costs, work.tools.store, work.names.own("journal_batch")
    calendar = work.tools.view.pay_calendar
    same = calendar["interval"].str.lower().str.replace("_", "") == pay_run.interval
    earlier = calendar.loc[same & (calendar["partition"] < work.partition), "partition"]
    shown: list[tuple[date, dict[str, int]]] = []
    for partition in sorted(map(str, earlier))[-PLOTTED_RUNS:] if pay_run.interval else ():
        if partition not in known and store.exists(key, partition):
            kept = store.read(key, partition, ["department_id", "amount_cents"])
            known[partition] = plausibility.department_costs(kept)
        if partition in known:
            shown.append((date.fromisoformat(partition[:10]), known[partition]))
    known[work.partition] = plausibility.department_costs(lines)
    shown.append((pay_run.check_date, known[work.partition]))
    departments = sorted({name for _, costs in shown for name in costs})
    return [day for day, _ in shown], {name: [costs.get(name, 0) for _, costs in shown] for name in departments}


@cache
def tax_caps() -> dict[int, dict[str, int]]:
    """The most cents a year that a worker or their employer pays of a tax with a wage base, by year and Paychex's name.

    Law, dated, in a file beside this one; only ever compared with, never used to make an amount.
    """
    caps: dict[int, dict[str, int]] = {}
    with TAX_CAPS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            caps.setdefault(int(row["year"]), {})[row["tax"]] = cents_from_text(row["most"], str(TAX_CAPS.name))
    return caps


def year_to_date(work: "PayRunWork", pay_run: PayRun, caps: Mapping[str, int]) -> pd.Series:
    """Cents by worker and capped tax of the year's pay runs before this one, from their stored registers.

    Each is read once in a Dagster run, however many pay runs it carries.
    """
    calendar, known = work.tools.view.pay_calendar, work.tools.view.capped_taxes
    earlier = calendar["partition"].notna() & (calendar["partition"] < work.partition)
    year = f"{pay_run.check_date.year}-"
    key, store = work.names.own("pay_lines"), work.tools.store
    partitions = [str(one) for one in calendar.loc[earlier, "partition"] if str(one).startswith(year) and caps]
    for partition in partitions:
        if partition not in known and store.exists(key, partition):
            lines = store.read(key, partition, ["worker_id", "code", "amount_cents"])
            known[partition] = plausibility.capped_taxes(lines, caps)
    parts = [known[partition] for partition in partitions if partition in known]
    if not parts:
        return plausibility.capped_taxes(PAY_LINES.empty(), caps)
    sums: pd.Series = pd.concat(parts).groupby(level=["worker_id", "code"]).sum()
    return sums


def journal_findings(
    work: "PayRunWork", pay_run: PayRun, lines: pd.DataFrame, pieces: pd.DataFrame, build: JournalBuild
) -> list[Finding]:
    """P05, P07 and P08 of the journals of a pay run."""
    wanted = ["check_id", "kind", "side", "department_id", "amount_cents", "is_void"]
    before = runs_before(work, pay_run, "labor_distribution", plausibility.LOOK_BACK_RUNS, alike=True, columns=wanted)
    posting, accounts = work.tools.connection.posting, work.tools.view.ledger.accounts
    active = {number: account.is_active for number, account in accounts.items()}
    ended = work.tools.view.jobs[work.tools.view.jobs["end_date"].notna()]
    ends = dict(zip(ended["job_id"], ended["end_date"], strict=True))
    return [
        *plausibility.check_variance(pay_run, pieces, before),
        *plausibility.check_inter_entity(build, active, posting.due_from_account, posting.due_to_account),
        *plausibility.check_projects(pay_run, lines, ends),
    ]


class FetchedChecks:
    """Looks at checks as they come from Paychex, before they become frames, and keeps next to nothing of them."""

    def __init__(self) -> None:
        self._paid_by_hour: list[tuple[object, ...]] = []
        self._odd_dates: Counter[str] = Counter()

    def through(self, checks: Iterable[ProcessedCheck]) -> Iterator[ProcessedCheck]:
        """The same checks, each looked at on its way."""
        for check in checks:
            self._odd_dates.update(check.odd_dates)
            for line_no, line in enumerate(check.earnings, start=1):
                self._odd_dates.update(line.odd_dates)
                if line.rate_e4 and line.hours_e4 and not line.memoed:
                    known = (check.paycheck_id, line_no, line.component_id)
                    self._paid_by_hour.append((*known, line.hours_e4, line.rate_e4, line.amount_cents))
            yield check

    def findings(self, others: Iterable[Record]) -> list[Finding]:
        """S17 and S20: what only the records as Paychex sent them can tell.

        `others` are records beside the checks whose dates count: the pay period.
        """
        for record in others:
            self._odd_dates.update(record.odd_dates)
        names = ["check_id", "line_no", "code", "hours_e4", "rate_e4", "amount_cents"]
        frame = pd.DataFrame(self._paid_by_hour, columns=names)
        found = check_hours_rate(frame.astype({"hours_e4": "int64", "rate_e4": "int64", "amount_cents": "int64"}))
        return [*(_odd_date(name, count) for name, count in sorted(self._odd_dates.items())), *found]


def _odd_date(name: str, count: int) -> Finding:
    return finding(
        "S20",
        name,
        f"Paychex sent {count} values of {name} with a time of day; the calendar day as written was taken, and for a "
        "check the pay period's own check date.",
        "Compare one of them with Flex. If the day is wrong there too, nothing is to do; else report it to Paychex.",
    )
