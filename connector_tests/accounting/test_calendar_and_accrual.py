"""Dates: the entry date, closed periods, working days; and the accrual's one reversal."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from connector_assets.accounting.accrual import AccrualPolicy, accrue
from connector_assets.accounting.calendar import (
    FiscalPeriod,
    entry_date,
    fiscal_period,
    working_days,
)
from connector_assets.accounting.errors import AccountingError
from connector_tests.accounting.registers import JOURNAL_POLICY, PAY_RUN, TWO_ENTITIES, Line, run, table_of

MARCH_END = date(2026, 3, 31)
ACCRUAL = AccrualPolicy(accrued_payroll_account="2100")
MARCH = FiscalPeriod("March 2026", date(2026, 3, 1), date(2026, 3, 31), closed_entities=frozenset({"E100", "E200"}))
APRIL = FiscalPeriod("April 2026", date(2026, 4, 1), date(2026, 4, 30), closed_entities=frozenset({"E200"}))
MAY = FiscalPeriod("May 2026", date(2026, 5, 1), date(2026, 5, 31))
YEAR = FiscalPeriod("2026", date(2026, 1, 1), date(2026, 12, 31))
PERIODS = [YEAR, MAY, APRIL, MARCH]


def test_the_entry_date_is_the_check_date_or_the_periods_end() -> None:
    assert entry_date(PAY_RUN, "check_date") == date(2026, 4, 10)
    assert entry_date(PAY_RUN, "period_end") == date(2026, 4, 5)
    assert entry_date(replace(PAY_RUN, interval=""), "period_end") == date(2026, 4, 10)  # off-cycle: no period
    with pytest.raises(AccountingError, match="'today' is not an entry date rule"):
        entry_date(PAY_RUN, "today")


def test_the_debit_date_lies_working_days_before_the_check_date() -> None:
    """Friday 10 April 2026; Monday 6 April is a bank holiday somewhere."""
    assert entry_date(PAY_RUN, "debit_date", 1) == date(2026, 4, 9)
    assert entry_date(PAY_RUN, "debit_date", 4) == date(2026, 4, 6)
    assert entry_date(PAY_RUN, "debit_date", 4, {date(2026, 4, 6)}) == date(2026, 4, 3)
    build = run({"C1": [Line("wage", "REG", 1_00)]}, journal=replace(JOURNAL_POLICY, entry_date="debit_date")).build
    assert [journal.entry_date for journal in build.journals] == [date(2026, 4, 9)]


def test_split_puts_each_month_its_working_days_and_leaves_nothing_accrued() -> None:
    """Seven of ten working days are March's; on the check date April is left with the other three."""
    policy = replace(JOURNAL_POLICY, entry_date="split")
    result = run({"C1": [Line("wage", "REG", 1_000_01), Line("employer_tax", "SS", 76_50)]}, journal=policy)
    pair = accrue(result.pieces, PAY_RUN, MARCH_END, policy, ACCRUAL)
    assert pair is not None
    labor, (accrual, reversal) = result.build.journals[0], pair
    assert [one.entry_date for one in (accrual, reversal, labor)] == [MARCH_END, date(2026, 4, 10), date(2026, 4, 10)]
    march, april = table_of(accrual), Counter(table_of(labor))
    april.update(table_of(reversal))
    assert march == {"6000/200/NYC/": 700_01, "6100/200/NYC/": 53_55, "2100///": -753_56}
    assert april["6000/200/NYC/"] == 300_00
    assert april["6100/200/NYC/"] == 22_95
    assert march["2100///"] + april["2100///"] == 0


def test_the_month_holds_a_day_before_the_year_does() -> None:
    assert fiscal_period(PERIODS, date(2026, 4, 10)) is APRIL
    assert fiscal_period(PERIODS, date(2026, 6, 1)) is YEAR
    assert fiscal_period(PERIODS, date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("first", "last", "holidays", "days"),
    [
        (date(2026, 3, 23), date(2026, 4, 5), (), 10),
        (date(2026, 3, 23), date(2026, 3, 31), (), 7),
        (date(2026, 3, 23), date(2026, 3, 31), (date(2026, 3, 25), date(2026, 3, 28)), 6),
        (date(2026, 3, 28), date(2026, 3, 29), (), 0),
        (date(2026, 4, 2), date(2026, 4, 1), (), 0),
    ],
)
def test_working_days(first: date, last: date, holidays: tuple[date, ...], days: int) -> None:
    assert working_days(first, last, holidays) == days


def test_the_accrual_is_the_rounded_share_and_its_reversal_undoes_it() -> None:
    lines = [
        Line("wage", "REG", 33_33),
        Line("wage", "REG", 33_33, location_id="LOC-JC"),
        Line("employer_tax", "SS", 5),
    ]
    pair = accrue(run({"C1": lines}).pieces, PAY_RUN, MARCH_END, JOURNAL_POLICY, ACCRUAL)
    assert pair is not None
    accrual, reversal = pair
    assert accrual.credit_cents() == accrual.debit_cents() == 46_70  # 66.71 x 7/10 = 46.697
    assert table_of(reversal) == {key: -cents for key, cents in table_of(accrual).items()}
    assert (accrual.kind, reversal.kind) == ("accrual", "reversal")


def test_a_holiday_that_is_not_worked_shortens_both_sides_of_the_share() -> None:
    pieces = run({"C1": [Line("wage", "REG", 90_00)]}).pieces
    policy = replace(ACCRUAL, holidays={date(2026, 4, 3)})
    pair = accrue(pieces, PAY_RUN, MARCH_END, JOURNAL_POLICY, policy)
    assert pair is not None
    assert pair[0].debit_cents() == 70_00  # 7 of 9 days


def test_an_accrual_that_crosses_entities_balances_in_each() -> None:
    policy = replace(JOURNAL_POLICY, credit_location="E100")
    lines = [Line("wage", "REG", 60_00), Line("wage", "REG", 40_00, location_id="LOC-JC")]
    pieces = run({"C1": lines}, cost_centers=TWO_ENTITIES, journal=policy).pieces
    pair = accrue(pieces, PAY_RUN, MARCH_END, policy, ACCRUAL)
    assert pair is not None
    assert all(journal.unbalanced_entities() == {} for journal in pair)
    assert {line.account_no for line in pair[0].lines} == {"6000", "2100", "1310", "2410"}


def test_voids_are_not_accrued() -> None:
    pieces = run({"C1V": [Line("wage", "REG", -60_00)]}, voids={"C1V": None}).pieces
    assert accrue(pieces, PAY_RUN, MARCH_END, JOURNAL_POLICY, ACCRUAL) is None


def test_nothing_is_accrued_before_the_first_working_day() -> None:
    pieces = run({"C1": [Line("wage", "REG", 60_00)]}).pieces
    assert accrue(pieces, PAY_RUN, date(2026, 3, 22), JOURNAL_POLICY, ACCRUAL) is None


def test_an_accrual_that_makes_no_sense_is_refused() -> None:
    pieces = run({"C1": [Line("wage", "REG", 60_00)]}).pieces
    with pytest.raises(AccountingError, match="nothing is split"):
        accrue(pieces, PAY_RUN, date(2026, 4, 30), JOURNAL_POLICY, ACCRUAL)
    weekend = replace(PAY_RUN, period_start=date(2026, 4, 4))
    with pytest.raises(AccountingError, match="no working day"):
        accrue(pieces, weekend, date(2026, 4, 4), JOURNAL_POLICY, ACCRUAL)
