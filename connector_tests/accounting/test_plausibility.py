"""Checks against what is usual: season, roster, the runs before. Each table: what is seen, what is said."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.findings import Severity
from connector_assets.accounting.plausibility import (
    SEASONAL_BANDS,
    check_headcount,
    check_inter_entity,
    check_paid_after_end,
    check_tax_share,
    check_variance,
    department_costs,
)
from connector_tests.accounting.registers import PAY_RUN, TWO_ENTITIES, Line, check_frame, run, worker_frame


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


#  left on          void   net      warns (the period begins on 2026-03-23)
@pytest.mark.parametrize(
    ("left", "void", "net", "warns"),
    [
        (date(2026, 2, 20), False, 100_00, True),
        (date(2026, 2, 21), False, 100_00, False),  # thirty days: final pay
        (date(2026, 1, 1), True, -100_00, False),
        (date(2026, 1, 1), False, 0, False),
        (None, False, 100_00, False),
    ],
)
def test_s18_nobody_is_paid_long_after_the_end(left: date | None, void: bool, net: int, warns: bool) -> None:
    checks = check_frame([{"check_id": "C1", "worker_id": "W1", "net_cents": net, "is_void": void}])
    workers = worker_frame({"W1": ("ORG-200", "LOC-NYC")}).assign(status="TERMINATED" if left else "ACTIVE")
    workers["status_date"] = pd.Series([left], dtype="date32[day][pyarrow]")
    assert [one.code for one in check_paid_after_end(PAY_RUN, checks, workers)] == (["S18"] if warns else [])


def paid(*workers: str) -> pd.DataFrame:
    return check_frame({"check_id": f"C{one}", "worker_id": one, "net_cents": 1} for one in workers)


#  now                before             interval    said
@pytest.mark.parametrize(
    ("now", "before", "interval", "said"),
    [
        (("W1", "W2"), ("W1", "W2"), "biweekly", []),
        (("W1",), ("W1", "W2"), "biweekly", ["1 workers were paid in the run before"]),
        (("W1",), ("W1", "W2"), "", []),
        (("W1",), ("W1", "GONE"), "biweekly", []),
        (("W1", "W9"), ("W1",), "biweekly", ["1 workers are paid and are not on the roster: W9."]),
        (("W1",), (), "biweekly", []),
    ],
)
def test_p06_who_is_missing_and_who_is_new(
    now: tuple[str, ...], before: tuple[str, ...], interval: str, said: list[str]
) -> None:
    workers = worker_frame({name: ("ORG-200", "LOC-NYC") for name in ("W1", "W2", "GONE")})
    workers["status"] = workers["status"].mask(workers["worker_id"] == "GONE", "TERMINATED")
    earlier = paid(*before) if before else None
    found = check_headcount(replace(PAY_RUN, interval=interval), paid(*now), earlier, workers)
    assert len(found) == len(said)
    assert all(one.why.startswith(words) for one, words in zip(found, said, strict=True))


def lines_of(cents: int, organization_id: str = "ORG-200") -> pd.DataFrame:
    return run({"C1": [Line("wage", "REG", cents, organization_id=organization_id)]}).build.lines


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
    found = check_variance(PAY_RUN, lines_of(now), [lines_of(cents) for cents in before])
    assert [(one.code, one.subject) for one in found] == ([("P05", "200")] if warns else [])


def test_p05_a_department_that_vanished_is_seen() -> None:
    found = check_variance(PAY_RUN, lines_of(90_000_00, "ORG-210"), [lines_of(90_000_00)] * 3)
    assert [one.subject for one in found] == ["200", "210"]


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
