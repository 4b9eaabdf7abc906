"""Checks against what is usual: season, the year so far, the runs before. Each table: what is seen, what is said."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.findings import Severity
from connector_assets.accounting.plausibility import (
    SEASONAL_BANDS,
    capped_taxes,
    check_capped_taxes,
    check_inter_entity,
    check_projects,
    check_tax_share,
    check_variance,
    department_costs,
)
from connector_tests.accounting.registers import PAY_RUN, TWO_ENTITIES, Line, run


#  month  wages      employer tax  warns
@pytest.mark.parametrize(
    ("month", "wages", "taxes", "warns"),
    [
        (1,  100_000_00, 11_300_00, False),   # January: the wage bases have just begun
        (6,  100_000_00, 11_300_00, True),    # the same in June
        (6,  100_000_00, 8_400_00,  False),
        (12, 100_000_00, 7_500_00,  False),
        (6,  100_000_00, 0,         True),    # the tax file was lost
        (6,  0,          500_00,    False),   # nothing to compare with
    ],
)  # fmt: skip
def test_s14_the_employers_taxes_are_what_the_season_makes_them(
    month: int, wages: int, taxes: int, warns: bool
) -> None:
    lines = run({"C1": [Line("wage", "REG", wages), Line("employer_tax", "SS", taxes)]}).lines
    found = check_tax_share(replace(PAY_RUN, check_date=date(2026, month, 10)), lines)
    assert [(one.code, one.severity) for one in found] == ([("S14", Severity.WARN)] if warns else [])


def test_the_bands_fall_over_the_year_and_hold_the_employers_fica_until_its_base_ends() -> None:
    highs = [SEASONAL_BANDS[month].high_e4 for month in range(1, 13)]
    assert highs == sorted(highs, reverse=True)
    assert all(band.low_e4 <= 765 <= band.high_e4 for band in SEASONAL_BANDS.values())


def pieces_of(*wages: int, organization_id: str = "ORG-200") -> pd.DataFrame:
    """PIECES of a run with one check for each wage."""
    checks = {
        f"C{place}": [Line("wage", "REG", cents, organization_id=organization_id)]
        for place, cents in enumerate(wages, start=1)
    }
    return run(checks).pieces


#  last three runs                        now          warns
@pytest.mark.parametrize(
    ("before", "now", "warns"),
    [
        ((100_000_00, 101_000_00, 99_000_00), 116_000_00, True),    # 16 percent over the median of 100,000
        ((100_000_00, 101_000_00, 99_000_00), 115_000_00, False),   # 15 percent exactly
        ((100_000_00, 400_000_00, 100_000_00), 100_000_00, False),  # one bonus run does not move a median
        ((10_000_00, 10_000_00, 10_000_00), 12_000_00, False),      # 20 percent of little
        ((100_000_00, 100_000_00, 100_000_00), 84_000_00, True),    # it fell
        ((100_000_00, 100_000_00), 300_000_00, False),              # too few runs to know what is usual
    ],
)  # fmt: skip
def test_p05_a_departments_cost_against_its_median(before: tuple[int, ...], now: int, warns: bool) -> None:
    found = check_variance(PAY_RUN, pieces_of(now), [pieces_of(cents) for cents in before])
    assert [(one.code, one.subject) for one in found] == ([("P05", "200")] if warns else [])


def test_p05_compares_like_with_like_a_hire_is_no_variance_and_a_void_is_no_cost() -> None:
    """Two checks of 10,000.00 a run; a third joins (+50 percent), then one of three is paid 40,000.00."""
    before = [pieces_of(10_000_00, 10_000_00)] * 3
    assert check_variance(PAY_RUN, pieces_of(10_000_00, 10_000_00, 10_000_00), before) == []
    (found,) = check_variance(PAY_RUN, pieces_of(10_000_00, 10_000_00, 40_000_00), before)
    assert "costs 60,000.00 on 3 checks; by the last 3 runs it would be 30,000.00" in found.why
    void = run({"C1V": [Line("wage", "REG", -90_000_00)]}, voids={"C1V": None}).pieces
    assert check_variance(PAY_RUN, pd.concat([before[0], void]), before) == []


def test_p05_a_department_that_vanished_is_seen() -> None:
    moved = pieces_of(90_000_00, organization_id="ORG-210")
    found = check_variance(PAY_RUN, moved, [pieces_of(90_000_00)] * 3)
    assert [one.subject for one in found] == ["200", "210"]


CAPS = {"Employee Social Security Tax": 10_918_20}


#  earlier this year   now      warns
@pytest.mark.parametrize(
    ("earlier", "now", "warns"),
    [
        (10_000_00, 918_20, False),  # the base is reached exactly
        (10_000_00, 918_21, True),  # a cent over
        (10_918_20, 0, False),
        (11_000_00, -50_00, False),  # a refund of what was too much
        (0, 620_00, False),
    ],
)
def test_s15_a_tax_with_a_wage_base_stops(earlier: int, now: int, warns: bool) -> None:
    def lines(cents: int) -> pd.DataFrame:
        return run({"C1": [Line("employee_tax", "Employee Social Security Tax", cents)]}).lines

    so_far = capped_taxes(lines(earlier), CAPS)
    found = check_capped_taxes(so_far, lines(now), CAPS)
    assert [(one.code, one.subject, one.severity) for one in found] == ([("S15", "W1", "warn")] if warns else [])
    assert check_capped_taxes(so_far, lines(now), {}) == []  # a year whose law is not at hand


#  job ended on       worked on          blocks (the period begins on 2026-03-23)
@pytest.mark.parametrize(
    ("ended", "worked", "blocks"),
    [
        (date(2026, 3, 22), None, True),
        (date(2026, 3, 23), None, False),
        (date(2026, 3, 25), date(2026, 3, 26), True),
        (date(2026, 2, 28), date(2026, 2, 27), False),  # paid late, worked in time
    ],
)
def test_p08_a_project_whose_job_has_ended_takes_no_cost(ended: date, worked: date | None, blocks: bool) -> None:
    lines = run({"C1": [Line("wage", "REG", 1_00, job_id="JOB-1040")]}).lines
    lines["work_date"] = pd.Series([worked], dtype="date32[day][pyarrow]")
    found = check_projects(PAY_RUN, lines, {"JOB-1040": ended, "JOB-2207": date(2020, 1, 1)})
    assert [(one.code, one.subject, one.severity) for one in found] == (
        [("P08", "JOB-1040", "block")] if blocks else []
    )


def test_department_costs_are_the_journals_costs() -> None:
    result = run({"C1": [Line("wage", "REG", 100_00), Line("employer_tax", "SS", 7_00)]})
    assert department_costs(result.build.lines) == {"200": 107_00}


def test_p07_an_inter_entity_account_that_is_not_there_blocks_only_when_it_is_needed() -> None:
    crossing = run({"C1": [Line("wage", "REG", 1_00, location_id="LOC-JC")]}, cost_centers=TWO_ENTITIES).build
    at_home = run({"C1": [Line("wage", "REG", 1_00)]}, cost_centers=TWO_ENTITIES).build
    accounts = {"1310": True, "2410": False}
    assert [(one.code, one.subject) for one in check_inter_entity(crossing, accounts, "1310", "2410")] == [
        ("P07", "2410")
    ]
    assert check_inter_entity(at_home, {}, "1310", "2410") == []
