"""The roster beside a pay run: who was employed on the run's own days, and whom it pays, misses or should not pay.

A roster is read today and a pay run may be months old. So nobody's status is taken as it is now: a worker counts by the
dates that the roster holds, and where the dates do not tell how things were on the day, nothing is said.
"""

from collections.abc import Collection, Sequence
from datetime import date

import pandas as pd

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.accounting.register import PayRun

ACTIVE, TERMINATED = "ACTIVE", "TERMINATED"
PAID_AFTER_END_DAYS = 30
NAMED_MAX = 10


def employed_on(workers: pd.DataFrame, day: date) -> pd.Series:
    """Of each of WORKERS whether the employment had begun by a day and had not ended by then. Leave counts."""
    hired = workers["hire_date"].map(lambda hired_on: pd.isna(hired_on) or hired_on <= day).astype(bool)
    since = workers["status_date"].map(lambda since: pd.isna(since) or since <= day).astype(bool)
    return hired & ~(_is(workers, TERMINATED) & since)


def at_work_on(workers: pd.DataFrame, day: date) -> pd.Series:
    """Of each of WORKERS whether the dates prove that they were at work on a day.

    Someone whose status is of a later day was not yet gone or on leave; someone who is active again since a later day
    may have been either, and is not counted.
    """
    later = workers["status_date"].map(lambda since: not pd.isna(since) and since > day).astype(bool)
    return employed_on(workers, day) & (_is(workers, ACTIVE) != later)


def _is(workers: pd.DataFrame, status: str) -> pd.Series:
    return workers["status"].str.upper().eq(status)


def check_headcount(
    pay_run: PayRun, checks: pd.DataFrame, before: pd.DataFrame | None, workers: pd.DataFrame
) -> list[Finding]:
    """P06: who was paid in the run before (PAY_CHECKS of the same interval), was at work through this one's period and
    is not paid; and who is paid and was not on the roster, or not hired yet. An off-cycle run pays whom it pays.
    """
    paid = set(checks.loc[~checks["is_void"], "worker_id"])
    strangers = sorted(paid - set(workers["worker_id"]))
    early = workers["hire_date"].map(lambda day: not pd.isna(day) and day > pay_run.check_date).astype(bool)
    not_hired = sorted(paid & set(workers.loc[early, "worker_id"]))
    found = [
        *_of_workers(pay_run, strangers, "are paid and are not on the roster", "Refresh the roster."),
        *_of_workers(pay_run, not_hired, "are paid before the day of their hire", "Correct the hire date in Paychex."),
    ]
    if before is not None and len(before) and pay_run.interval:
        there = at_work_on(workers, pay_run.period_start) & at_work_on(workers, pay_run.period_end)
        missing = set(before.loc[~before["is_void"], "worker_id"]) & set(workers.loc[there, "worker_id"])
        why = "were paid in the run before, were at work through this one's period, and have no check"
        fix = "Ask the payroll: unpaid leave, or a check that was missed?"
        found += _of_workers(pay_run, sorted(missing - paid), why, fix)
    return found


def _of_workers(pay_run: PayRun, worker_ids: Sequence[str], what: str, fix: str) -> list[Finding]:
    if not worker_ids:
        return []
    why = f"{len(worker_ids)} workers {what}: {_named(worker_ids)}."
    return [finding("P06", pay_run.pay_run_id, why, fix)]


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:NAMED_MAX]) + (f" and {len(ids) - NAMED_MAX} more" if ids[NAMED_MAX:] else "")


def check_paid_after_end(
    pay_run: PayRun, checks: pd.DataFrame, workers: pd.DataFrame, after_days: int = PAID_AFTER_END_DAYS
) -> list[Finding]:
    """S18: nobody is paid (voids left out) whose employment ended more than some days before the period began."""
    gone = workers[_is(workers, TERMINATED) & workers["status_date"].notna()]
    left = dict(zip(gone["worker_id"], gone["status_date"], strict=True))
    paid = checks[~checks["is_void"] & (checks["net_cents"] != 0)]
    found = []
    for check_id, worker_id in paid[["check_id", "worker_id"]].itertuples(index=False):
        since: date | None = left.get(worker_id)
        if since is not None and (pay_run.period_start - since).days > after_days:
            why = f"Check {check_id} pays worker {worker_id}, whose employment ended on {since}."
            found.append(
                finding("S18", str(check_id), why, "Make sure that it is a final pay, a bonus or a correction.")
            )
    return found


def check_heads(journal: Journal | None, heads: Collection[str], account: str) -> list[Finding]:
    """A14: the headcount of a statistical journal (quantities in hundredths) is the number of `heads` on the roster."""
    if journal is None or not account:
        return []
    shown = sum(line.amount_cents for line in journal.lines if line.account_no == account)
    if shown == len(heads) * 100:
        return []
    counted = grouped_text_from_cents(shown)  # a quantity is written in hundredths, as money is
    why = f"The statistical journal counts {counted} heads, the roster {len(heads)} at the period's end."
    return [finding("A14", journal.reference, why, "Report it as a defect of the connector: somebody was lost.")]
