"""What is usual for a pay run: the runs of the same interval before it, and the checks that compare with them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from connector_assets.accounting import plausibility
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal_build import JournalBuild
from connector_assets.accounting.register import PayRun
from connector_assets.accounting.validation import check_hours_rate
from connector_assets.vendors.paychex.models import ProcessedCheck, Record

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork


def runs_before(work: "PayRunWork", pay_run: PayRun, asset: str, count: int) -> list[pd.DataFrame]:
    """The stored frames of `asset` of the last runs of the same interval, oldest first; off-cycle runs have none."""
    if not pay_run.interval:
        return []
    calendar = work.tools.view.pay_calendar
    same = calendar["interval"].str.lower().str.replace("_", "") == pay_run.interval
    earlier = calendar[same & calendar["partition"].notna() & (calendar["partition"] < work.partition)]
    store, key = work.tools.store, work.names.own(asset)
    kept: list[pd.DataFrame] = []
    for partition in sorted(earlier["partition"], reverse=True):
        if len(kept) == count:
            break
        if store.exists(key, partition):
            kept.append(store.read(key, partition))
    return kept[::-1]


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
    """S14, S18 and P06 of a classified register."""
    roster = work.tools.view.roster
    before = runs_before(work, pay_run, "pay_checks", 1)
    return [
        *plausibility.check_tax_share(pay_run, lines),
        *plausibility.check_paid_after_end(pay_run, checks, roster),
        *plausibility.check_headcount(pay_run, checks, before[0] if before else None, roster),
    ]


def journal_findings(work: "PayRunWork", pay_run: PayRun, build: JournalBuild) -> list[Finding]:
    """P05 and P07 of the journals of a pay run."""
    before = runs_before(work, pay_run, "journal_batch", plausibility.LOOK_BACK_RUNS)
    posting, accounts = work.tools.connection.posting, work.tools.view.ledger.accounts
    active = {number: account.is_active for number, account in accounts.items()}
    return [
        *plausibility.check_variance(pay_run, build.lines, before),
        *plausibility.check_inter_entity(build, active, posting.due_from_account, posting.due_to_account),
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
