"""The firm of 250 against the population it is modelled on, and what a rebuilt, larger or wrong-sized firm does."""

import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from itertools import islice

import pytest

from connector_assets.sandbox.company import OFFICES
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_tests.sandbox.firm_year import COMPANIES, LLC, NEW_JERSEY, kind_of, sample_firm, sample_year

YEAR_END = date(2025, 12, 31)


def test_the_calendars_are_semi_monthly_and_biweekly_in_each_company() -> None:
    for company_id in COMPANIES:
        done = [period for period in sample_firm().periods(company_id) if period.check_count]
        intervals = Counter(period.interval_code for period in done)
        assert (intervals["SEMI_MONTHLY"], intervals["BI_WEEKLY"]) == (24, 26)
        salaried = [period for period in done if period.interval_code == "SEMI_MONTHLY"]
        hourly = [period for period in done if period.interval_code == "BI_WEEKLY"]
        assert {(period.start_date.weekday(), period.end_date.weekday()) for period in hourly} == {(0, 6)}
        not_on_friday = [period.check_date for period in hourly if period.check_date.weekday() != 4]
        assert not_on_friday == [date(2025, 11, 26)]  # the days after it are Thanksgiving and the firm's day off
        assert {period.check_date.weekday() for period in salaried} <= {0, 1, 2, 3, 4}
        assert {(period.end_date - period.check_date).days for period in salaried} == {0, 1, 2, 4}  # 4: Thanksgiving


def test_after_the_year_each_calendar_has_one_period_in_entry_and_one_initial() -> None:
    for company_id in COMPANIES:
        ahead = [period for period in sample_firm().periods(company_id) if period.check_date > YEAR_END]
        assert Counter((period.interval_code, period.status) for period in ahead) == Counter(
            [(interval, status) for interval in ("SEMI_MONTHLY", "BI_WEEKLY") for status in ("ENTRY", "INITIAL")]
        )
        assert [period.check_count for period in ahead] == [0] * 4
        assert not [check for period in ahead for check in sample_firm().checks(company_id, period.pay_period_id)]


def test_pay_period_ids_sort_by_check_date() -> None:
    for company_id in COMPANIES:
        periods = sample_firm().periods(company_id)
        assert sorted(periods, key=lambda period: (period.check_date, period.pay_period_id)) == list(periods)
        assert sorted(periods, key=lambda period: period.pay_period_id) == list(periods)


def test_offices_and_calendars_have_their_share_of_250() -> None:
    opening = [worker for company_id in COMPANIES for worker in sample_firm().workers(company_id, date.max)]
    first_holders = [worker for worker in opening if int(worker.employee_id) <= 1250]
    assert len(first_holders) == 250
    places = {
        place.location_id: place.office_id
        for company_id, wanted in ((LLC, "E100"), (NEW_JERSEY, "E200"))
        for place in sample_firm().locations(company_id)
        if next(office.entity_id for office in OFFICES if office.location_id == place.office_id) == wanted
    }
    assert Counter(places[worker.location_id] for worker in first_holders) == {
        office.location_id: office.headcount for office in OFFICES
    }
    assert Counter(worker.exemption_type for worker in first_holders) == {"EXEMPT": 192, "NON_EXEMPT": 58}


def test_pay_lies_where_the_model_firm_has_it() -> None:
    full_year: dict[str, list[int]] = defaultdict(list)
    for run in sample_year():
        if run.period.interval_code == "SEMI_MONTHLY":
            for check in run.checks:
                pay = sum(line.amount_cents for line in check.lines if line.name in _SALARY_NAMES)
                full_year[check.worker_id].append(pay)
    salaries = [sum(pays) for pays in full_year.values() if len(pays) == 24]
    assert 10_800_000 <= sum(salaries) / len(salaries) <= 11_900_000
    wages = sum(
        line.amount_cents
        for run in sample_year()
        for check in run.checks
        for line in check.lines
        if kind_of(line) == "wage"
    )
    assert 26_000_000_00 <= wages <= 29_500_000_00


_SALARY_NAMES = ("Salary", "Paid Time Off", "Holiday", "Sick")


def test_employer_tax_falls_over_the_year_as_wage_bases_fill() -> None:
    wages, taxes = Counter[int](), Counter[int]()
    for run in sample_year():
        month = run.period.check_date.month
        for check in run.checks:
            wages[month] += sum(line.amount_cents for line in check.lines if kind_of(line) == "wage")
            taxes[month] += sum(line.amount_cents for line in check.lines if kind_of(line) == "employer_tax")
    percent = {month: 100 * taxes[month] / wages[month] for month in range(1, 13)}
    bands = {1: (10.3, 11.8), 2: (8.7, 10.4), 3: (8.0, 9.4), 6: (7.4, 8.7), 9: (7.1, 8.3), 12: (6.8, 7.8)}
    print({month: round(share, 2) for month, share in percent.items()})
    assert {month: low <= percent[month] <= high for month, (low, high) in bands.items()} == dict.fromkeys(bands, True)


def test_employer_benefits_are_a_little_over_a_tenth_of_wages() -> None:
    kinds = Counter[str]()
    for run in sample_year():
        for check in run.checks:
            for line in check.lines:
                kinds[kind_of(line)] += line.amount_cents
    assert 0.09 <= kinds["employer_benefit"] / kinds["wage"] <= 0.125


def test_a_year_has_about_the_volume_of_the_model_firm() -> None:
    checks = sum(len(run.checks) for run in sample_year())
    lines = sum(len(check.lines) for run in sample_year() for check in run.checks)
    assert 5_600 <= checks <= 6_400
    assert 15 <= lines / checks <= 20


def test_a_third_of_consulting_staff_book_several_cost_lines() -> None:
    consulting = {"200", "210", "220", "300"}
    numbers = {item.organization_id: item.number for item in sample_firm().organizations(LLC)}
    split: dict[str, int] = defaultdict(int)
    for run in sample_year():
        if run.company_id == LLC and run.period.interval_code == "SEMI_MONTHLY":
            for check in run.checks:
                parts = [line for line in check.lines if line.name == "Salary"]
                if numbers[str(parts[0].organization_id)] in consulting:
                    split[check.worker_id] = max(split[check.worker_id], len(parts))
    several = sum(parts > 1 for parts in split.values())
    assert 0.28 <= several / len(split) <= 0.48
    assert max(split.values()) == 5


def test_jersey_city_people_also_work_for_new_york() -> None:
    firm = sample_firm()
    (new_york,) = (place.location_id for place in firm.locations(NEW_JERSEY) if place.office_id == "NYC")
    across = [
        check.worker_id
        for run in sample_year()
        if run.company_id == NEW_JERSEY
        for check in run.checks
        if any(line.location_id == new_york for line in check.lines)
    ]
    assert len(set(across)) >= 2
    assert {firm.worker(worker_id).work_state for worker_id in across} == {"NJ"}


def test_personal_fields_are_filled_and_obviously_invented() -> None:
    for company_id in COMPANIES:
        for worker in sample_firm().workers(company_id, date.max):
            assert re.fullmatch(r"9\d\d-\d\d-\d{4}", worker.ssn)
            assert worker.email.endswith("@hollismarr.example")
            assert worker.birth_date < date(2005, 1, 1)


def test_workers_appear_on_the_day_they_are_hired() -> None:
    firm = sample_firm()
    late = max(firm.workers(LLC, YEAR_END), key=lambda worker: worker.hire_date)
    assert late.worker_id in {worker.worker_id for worker in firm.workers(LLC, late.hire_date)}
    before = late.hire_date.replace(day=late.hire_date.day - 1) if late.hire_date.day > 1 else date(2025, 1, 1)
    assert late.worker_id not in {worker.worker_id for worker in firm.workers(LLC, before)}


def test_a_roster_is_a_sequence_of_its_own_slices() -> None:
    roster = sample_firm().workers(LLC, YEAR_END)
    assert list(roster[3:6]) == [roster[3], roster[4], roster[5]]
    assert roster[-1] == list(roster)[-1]


def test_checks_do_not_depend_on_the_order_of_calls() -> None:
    other = Firm()
    for run in reversed(sample_year()[::7]):
        assert tuple(other.checks(run.company_id, run.period.pay_period_id)) == run.checks


def test_another_process_makes_the_same_firm() -> None:
    program = (
        "import hashlib, sys; from connector_assets.sandbox.firm import Firm; f = Firm(); c = sys.argv[1]; "
        "p = f.periods(c)[30].pay_period_id; print(hashlib.sha256(repr(list(f.checks(c, p))).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, NEW_JERSEY],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_another_seed_makes_another_firm() -> None:
    period_id = sample_firm().periods(LLC)[0].pay_period_id
    other = Firm(FirmOptions(seed=8))
    assert list(other.checks(LLC, period_id)) != list(sample_firm().checks(LLC, period_id))


def test_a_firm_of_100_000_streams_without_keeping_its_checks() -> None:
    firm = Firm(FirmOptions(workers=100_000))
    last = next(period for period in reversed(firm.periods(LLC)) if period.check_count)
    assert 55_000 <= last.check_count <= 70_000
    some = list(islice(firm.checks(LLC, last.pay_period_id), 500))
    assert len({check.paycheck_id for check in some}) == 500
    assert len(firm.workers(LLC, YEAR_END)) > 80_000


@pytest.mark.parametrize("workers", [60, 73, 999])
def test_other_sizes_hold_every_scripted_event(workers: int) -> None:
    firm = Firm(FirmOptions(workers=workers, seed=11))
    periods = [(company_id, period) for company_id in COMPANIES for period in firm.periods(company_id)]
    assert {period.status for _, period in periods} == {"COMPLETED", "REVERSED", "ENTRY", "INITIAL"}
    counted = sum(1 for company_id, period in periods[:12] for _ in firm.checks(company_id, period.pay_period_id))
    assert counted == sum(period.check_count for _, period in periods[:12])


def test_an_impossible_firm_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match="workers is 3: choose a size from 60"):
        FirmOptions(workers=3)
    with pytest.raises(ValueError, match=r"no payroll rates for 1999: add rates_1999.json"):
        Firm(FirmOptions(year=1999))


def test_unknown_ids_are_named() -> None:
    firm = sample_firm()
    with pytest.raises(LookupError, match="no company 42"):
        firm.jobs("42")
    with pytest.raises(LookupError, match="no pay period 7 in company"):
        firm.checks(LLC, "7")
    with pytest.raises(LookupError, match="no worker 00X"):
        firm.worker("00X")
    with pytest.raises(LookupError, match="no pay period"):
        firm.checks(NEW_JERSEY, firm.periods(LLC)[0].pay_period_id)
