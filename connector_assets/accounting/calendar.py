"""Dates: which one the ledger gets, which fiscal period it falls into, and how many working days lie between two."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.register import PayRun

_WEEKEND = (5, 6)
ENTRY_DATE_RULES = ("check_date", "period_end", "debit_date", "split")


@dataclass(frozen=True)
class FiscalPeriod:
    """A period of the ledger's calendar, both days included; `closed_entities` are those it is closed for."""

    name: str
    start_date: date
    end_date: date
    closed_entities: frozenset[str] = frozenset()


def entry_date(pay_run: PayRun, rule: str, debit_days_before: int = 1, holidays: Collection[date] = ()) -> date:
    """The ledger's date by rule `check_date`, `period_end`, `debit_date` or `split`.

    An off-cycle run has no period, so its check date counts. The debit date, on which the provider draws the cash, is
    so many working days before the check date. With `split` the check date is that of the new month's part; the old
    month's is an accrual, which is reversed on the check date. Raises AccountingError for another rule.
    """
    if rule not in ENTRY_DATE_RULES:
        raise AccountingError(f"{rule!r} is not an entry date rule.", fix=f"Use one of {', '.join(ENTRY_DATE_RULES)}.")
    if rule == "debit_date":
        return working_day_before(pay_run.check_date, debit_days_before, holidays)
    return pay_run.period_end if rule == "period_end" and pay_run.interval else pay_run.check_date


def fiscal_period(periods: Sequence[FiscalPeriod], day: date) -> FiscalPeriod | None:
    """The shortest period that holds the day (a month rather than its year); None when there is none."""
    holding = [period for period in periods if period.start_date <= day <= period.end_date]
    return min(holding, key=lambda period: period.end_date - period.start_date, default=None)


def working_day_before(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """The day that lies `count` working days (Monday to Friday, no holiday) before a day."""
    while count > 0:
        day -= timedelta(days=1)
        count -= day.weekday() not in _WEEKEND and day not in holidays
    return day


def working_days(first: date, last: date, holidays: Collection[date] = ()) -> int:
    """Monday to Friday from `first` to `last`, both included, without the given holidays."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return sum(day.weekday() not in _WEEKEND and day not in holidays for day in days)
