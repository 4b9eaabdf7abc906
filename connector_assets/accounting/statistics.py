"""The statistical journal: headcount, FTE and hours, on accounts that hold no money and need not balance.

One convention, never mixed: accounts are for the period. Each pay run brings its own hours, which add up; headcount and
FTE are full counts and come once a month, with the last scheduled pay run of the month. A quantity is written in
hundredths, as money is in cents, so that a statistical journal is the same kind of document as a labor journal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.frames import unique_keys
from connector_assets.accounting.journal import Journal, JournalLine, JournalPolicy
from connector_assets.accounting.journal_build import journal_reference, journal_title
from connector_assets.accounting.register import LineKind, PayRun

KIND = "statistical"
E4_PER_HUNDREDTH = 100
_PLACE = ("account_no", "department_id", "location_id", "project_id", "entity_id")
GONE = "TERMINATED"


@dataclass(frozen=True)
class StatisticalPolicy:
    """Which statistical account counts what; an empty account counts nothing.

    `hours_by_account` sends the hours of a wage account (6020, say) to its own statistical account; all other paid
    hours are regular. Billable hours are counted a second time, on projects in `billable_projects`. A part-time worker
    counts as `part_time_fte_e2` hundredths of a full-time one. `employee_types` are those that are counted as heads.
    """

    journal_symbol: str
    headcount_account: str = ""
    fte_account: str = ""
    regular_hours_account: str = ""
    billable_hours_account: str = ""
    hours_by_account: Mapping[str, str] = field(default_factory=dict)
    billable_projects: frozenset[str] = frozenset()
    part_time_fte_e2: int = 50
    employee_types: frozenset[str] = frozenset({"EMPLOYEE"})


def statistical_journal(
    pay_run: PayRun,
    lines: pd.DataFrame,
    homes: pd.DataFrame | None,
    *,
    on: date,
    policy: StatisticalPolicy,
    journal_policy: JournalPolicy,
) -> Journal | None:
    """The statistical journal of a pay run; None when there is nothing to count.

    `lines` are PAY_LINES after `classify`, `resolve_cost_centers` and `MappingTable.apply`. `homes` are the workers to
    count (`active_homes`), given with the last pay run of a month and otherwise None.
    """
    counted = [_hours(lines, policy)]
    if homes is not None:
        counted.append(_heads(homes, policy))
    table = pd.concat(counted, ignore_index=True)
    employing = journal_policy.employing_entity_id
    table["entity_id"] = table["entity_id"].fillna(employing)
    codes, keys = unique_keys(table, _PLACE)
    e4 = pd.Series(table["quantity_e4"].to_numpy(dtype="int64")).groupby(codes).sum().tolist()
    hundredths = [_rounded(quantity_e4) for quantity_e4 in e4]
    rows = sorted((tuple(key.values()), quantity) for key, quantity in zip(keys, hundredths, strict=True) if quantity)
    made = tuple(_line(key, quantity) for key, quantity in rows)
    reference = journal_reference(pay_run, KIND, journal_policy.revision)
    title = journal_title(pay_run, journal_policy.revision)
    return Journal(
        *(KIND, reference, policy.journal_symbol, on, title, journal_policy.currency, journal_policy.state, made),
        journal_policy.mapping_version,
    ) if made else None  # fmt: skip


def _rounded(quantity_e4: int) -> int:
    """Ten-thousandths as hundredths, half away from zero."""
    sign = -1 if quantity_e4 < 0 else 1
    return sign * ((abs(quantity_e4) + E4_PER_HUNDREDTH // 2) // E4_PER_HUNDREDTH)


def _line(key: tuple[str, ...], quantity: int) -> JournalLine:
    account_no, department_id, location_id, project_id, entity_id = key
    return JournalLine(
        account_no, quantity, department_id or None, location_id or None, project_id or None, None, None, entity_id, ""
    )


def _hours(lines: pd.DataFrame, policy: StatisticalPolicy) -> pd.DataFrame:
    """Paid hours by statistical account and cost center, billable ones a second time."""
    paid = lines[(lines["kind"] == LineKind.WAGE) & (lines["hours_e4"] != 0)]
    special, regular = policy.hours_by_account, policy.regular_hours_account
    accounts = paid["debit_account"].map(lambda account: special.get(account, regular)).astype("str")
    table = paid[["department_id", "location_id", "project_id", "entity_id"]].assign(
        account_no=accounts, quantity_e4=paid["hours_e4"]
    )
    billable = table[table["project_id"].isin(list(policy.billable_projects))]
    both = pd.concat([table, billable.assign(account_no=policy.billable_hours_account)], ignore_index=True)
    return both[both["account_no"] != ""]


def _heads(homes: pd.DataFrame, policy: StatisticalPolicy) -> pd.DataFrame:
    part_time = homes["employment_type"].fillna("").str.upper().eq("PART_TIME").to_numpy()
    whole = 100 * E4_PER_HUNDREDTH
    place = homes[["department_id", "location_id", "entity_id"]].assign(project_id=None)
    counts = (
        (policy.headcount_account, np.full(len(homes), whole)),
        (policy.fte_account, np.where(part_time, policy.part_time_fte_e2 * E4_PER_HUNDREDTH, whole)),
    )
    tables = [place.assign(account_no=account, quantity_e4=quantity) for account, quantity in counts if account]
    return pd.concat(tables, ignore_index=True) if tables else place.assign(account_no="", quantity_e4=0).iloc[:0]


def active_on(workers: pd.DataFrame, day: date, policy: StatisticalPolicy) -> pd.DataFrame:
    """The WORKERS who are heads on a day: hired by then, not gone by then, of a counted type. Leave counts as there."""
    hired = workers["hire_date"].map(lambda hired_on: pd.isna(hired_on) or hired_on <= day).astype(bool)
    ended = workers["status_date"].map(lambda since: pd.isna(since) or since <= day).astype(bool)
    gone = workers["status"].str.upper().eq(GONE) & ended
    return workers[hired & ~gone & workers["worker_type"].str.upper().isin(list(policy.employee_types))]


def is_last_of_month(pay_run: PayRun, scheduled: Mapping[str, date]) -> bool:
    """Whether no other scheduled pay run (id -> check date) of the same month comes after this one.

    The calendar shows scheduled runs before they are processed, so that exactly one is the last.
    """
    month = [
        (day, pay_run_id)
        for pay_run_id, day in scheduled.items()
        if (day.year, day.month) == (pay_run.check_date.year, pay_run.check_date.month)
    ]
    return bool(month) and max(month)[1] == pay_run.pay_run_id


def check_hours(journal: Journal | None, lines: pd.DataFrame, policy: StatisticalPolicy) -> list[Finding]:
    """A13: the journal's hours are the register's, billable ones left out; a hundredth a line is rounding."""
    accounts = {policy.regular_hours_account, *policy.hours_by_account.values()} - {""}
    if not policy.regular_hours_account:
        return []
    shown = [line for line in journal.lines if line.account_no in accounts] if journal else []
    posted_e4 = sum(line.amount_cents for line in shown) * E4_PER_HUNDREDTH
    register_e4 = int(lines.loc[lines["kind"] == LineKind.WAGE, "hours_e4"].sum())
    if abs(posted_e4 - register_e4) <= len(shown) * E4_PER_HUNDREDTH:
        return []
    subject = journal.reference if journal else "no statistical journal"
    why = f"The statistical journal has {posted_e4 / 10_000:,.2f} hours, the register {register_e4 / 10_000:,.2f}."
    return [finding("A13", subject, why, "Report it as a defect of the connector: an hour was lost or counted twice.")]
