"""Month-end accrual: the earned but unpaid share of a pay run's labor cost, and its one reversal."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from connector_assets.accounting.calendar import working_days
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.frames import unique_keys
from connector_assets.accounting.journal import Journal, JournalPolicy
from connector_assets.accounting.journal_build import assemble_journal, journal_reference
from connector_assets.accounting.money import scale_exactly
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import EMPLOYER_KINDS, LineKind, PayRun

_COST_KEY = (
    *("account_no", "department_id", "location_id", "project_id", "entity_id"),
    *("class_id", "custom_dimensions"),
)


@dataclass(frozen=True)
class AccrualPolicy:
    """Where an accrual goes and what it leaves out: bonuses, say, by their codes. Paid holidays count as working days,
    so `holidays` names only the others.
    """

    accrued_payroll_account: str
    excluded_codes: frozenset[str] = frozenset()
    holidays: Collection[date] = ()


def accrue(
    pieces: pd.DataFrame, pay_run: PayRun, month_end: date, journal_policy: JournalPolicy, policy: AccrualPolicy
) -> tuple[Journal, Journal] | None:
    """The accrual at `month_end` and its one reversal; None when nothing of the period is earned by then.

    The reversal is dated on the next day, or, where the pay run is split between the months, on the check date.

    The share is working days up to `month_end` / working days of the pay period; all of it where the period has ended.
    It is taken of the labor cost (wages, employer taxes and benefits, no voids) in total, rounded once, and that total
    is then spread over the lines, so that it is what an accountant's calculator shows. One credit goes to accrued
    payroll. Raises AccountingError when the pay run is paid by `month_end`, for then nothing is owed any more, or its
    period has no working day.
    """
    if month_end >= pay_run.check_date:
        raise AccountingError(
            f"Pay run {pay_run.pay_run_id} is paid on {pay_run.check_date}, by {month_end}: nothing is split.",
            fix="Accrue only for a month end before the check date: what is paid by then is owed no more.",
        )
    all_days = working_days(pay_run.period_start, pay_run.period_end, policy.holidays)
    if all_days == 0:
        raise AccountingError(
            f"The period of pay run {pay_run.pay_run_id} has no working day.", fix="Correct the holidays."
        )
    earned_days = working_days(pay_run.period_start, min(month_end, pay_run.period_end), policy.holidays)
    if earned_days == 0:
        return None
    accrued = _accrual_pieces(pieces, earned_days, all_days, journal_policy, policy)
    build = assemble_journal(accrued, pay_run, journal_policy, kind="accrual", on=month_end)
    return None if not build.journals else (build.journals[0], reversal_of(build.journals[0], pay_run, journal_policy))


def _accrual_pieces(
    pieces: pd.DataFrame, earned_days: int, all_days: int, journal_policy: JournalPolicy, policy: AccrualPolicy
) -> pd.DataFrame:
    """The labor cost by account and cost center, scaled, and the one credit against it."""
    is_cost = (pieces["side"] == "expense") & pieces["kind"].isin([LineKind.WAGE, *EMPLOYER_KINDS])
    cost = pieces[is_cost & ~pieces["is_void"] & ~pieces["code"].isin(policy.excluded_codes)]
    codes, keys = unique_keys(cost, _COST_KEY)
    totals = cost["amount_cents"].groupby(codes).sum().reindex(range(len(keys)), fill_value=0).tolist()
    amounts = scale_exactly(totals, earned_days, all_days)
    credit = {"account_no": policy.accrued_payroll_account, "entity_id": journal_policy.employing_entity_id}
    rows = [
        *({**{name: value or None for name, value in key.items()}, "amount_cents": amount, "side": "expense"}
          for key, amount in zip(keys, amounts, strict=True)),
        {**credit, "amount_cents": -sum(amounts), "side": "balance"},
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(
        pay_run_id="", check_id="", line_no=0, kind="accrual", code="", piece_no=range(1, len(rows) + 1),
        memo="Accrued payroll", is_void=False,
    )  # fmt: skip
    return PIECES.conform(frame)


def reversal_of(accrual: Journal, pay_run: PayRun, policy: JournalPolicy) -> Journal:
    """The one reversal of an accrual: every line with the opposite sign, on the next day or, split, the check date."""
    next_day = accrual.entry_date + timedelta(days=1)
    return replace(
        accrual,
        kind="reversal",
        reference=journal_reference(pay_run, "reversal", policy.revision),
        entry_date=pay_run.check_date if policy.entry_date == "split" else next_day,
        lines=tuple(replace(line, amount_cents=-line.amount_cents) for line in accrual.lines),
    )
