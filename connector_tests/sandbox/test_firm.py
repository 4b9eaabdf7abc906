"""The sample firm's year: every check foots, every total has a second way, every id it names exists, caps hold."""

import re
from collections import Counter, defaultdict
from datetime import date
from itertools import chain

import pytest

from connector_assets.sandbox.company import DEPARTMENTS, PROJECTS
from connector_assets.sandbox.facts import CheckFacts, LineFacts
from connector_tests.sandbox.firm_year import (
    COMPANIES,
    LLC,
    NEW_JERSEY,
    kind_of,
    net_by_formula,
    net_sign,
    sample_firm,
    sample_year,
)

CHECKS = [check for run in sample_year() for check in run.checks]
LINES = [line for check in CHECKS for line in check.lines]
YEAR_CAPS_CENTS = {
    "Employee Social Security Tax": 1_091_820,
    "Employer Social Security Tax": 1_091_820,
    "Federal Unemployment Insurance": 4_200,
    "New York Paid Family Leave Insurance": 35_453,
    "New York Unemployment Insurance": 38_400,
    "Re-employment Service Fund": 960,
    "New Jersey Family Leave Insurance": 54_582,
    "New Jersey Workforce Development": 1_840,
    "California Unemployment Insurance": 23_800,
    "California Employment Training Tax": 700,
    "Texas Unemployment Insurance": 24_300,
}


def test_every_check_foots_to_the_cent() -> None:
    wrong = [check.paycheck_id for check in CHECKS if check.net_cents != net_by_formula(check.lines)]
    assert not wrong


def test_only_voids_pay_out_less_than_nothing() -> None:
    assert {check.check_type for check in CHECKS if check.net_cents < 0} == {"Void"}
    assert {check.check_type for check in CHECKS} == {"Regular", "Manual", "Void"}


def test_money_and_hours_are_whole_numbers() -> None:
    assert {type(line.amount_cents) for line in LINES} == {int}
    assert {type(line.hours_e4) for line in LINES} == {int, type(None)}


def test_run_totals_equal_the_sum_over_workers_in_every_column() -> None:
    """Down the columns of each run, and across the rows of each worker, the year comes to the same."""
    by_run = Counter[str]()
    for run in sample_year():
        by_run["net"] += sum(check.net_cents for check in run.checks)
        for line in chain.from_iterable(check.lines for check in run.checks):
            by_run[kind_of(line)] += line.amount_cents
    by_worker: dict[str, Counter[str]] = defaultdict(Counter)
    for check in CHECKS:
        for line in check.lines:
            by_worker[check.worker_id][kind_of(line)] += line.amount_cents
            by_worker[check.worker_id]["net"] += line.amount_cents * net_sign(line)
    assert sum(by_worker.values(), Counter[str]()) == by_run


@pytest.mark.parametrize("company_id", COMPANIES)
def test_check_counts_are_those_of_the_checks(company_id: str) -> None:
    runs = [run for run in sample_year() if run.company_id == company_id]
    assert [run.period.check_count for run in runs] == [len(run.checks) for run in runs]
    assert {type(run.period.check_count) for run in runs} == {int}
    firm = sample_firm()
    assert [firm.check_count(company_id, run.period.pay_period_id) for run in runs] == [len(run.checks) for run in runs]


def test_no_id_occurs_twice() -> None:
    for ids in (
        [check.paycheck_id for check in CHECKS],
        [check.check_number + run.company_id for run in sample_year() for check in run.checks],
        [run.period.pay_period_id for run in sample_year()],
        [worker.worker_id for company_id in COMPANIES for worker in sample_firm().workers(company_id, date.max)],
        [worker.employee_id for company_id in COMPANIES for worker in sample_firm().workers(company_id, date.max)],
    ):
        assert len(ids) == len(set(ids))


def test_ids_look_like_those_of_paychex() -> None:
    assert all(
        re.fullmatch(r"00[0-9A-Z]{18}", name) for check in CHECKS for name in (check.paycheck_id, check.worker_id)
    )
    numbers = {number for line in LINES for number in _numeric_ids(line)} | {check.pay_period_id for check in CHECKS}
    assert all(re.fullmatch(r"\d{15,16}", number) for number in numbers)


def _numeric_ids(line: LineFacts) -> set[str]:
    ids = (line.component_id, line.check_component_id, line.organization_id, line.location_id, line.job_id)
    return {number for number in (*ids, line.labor_assignment_id) if number is not None}


@pytest.mark.parametrize("company_id", COMPANIES)
def test_every_reference_exists_in_its_own_company(company_id: str) -> None:
    firm = sample_firm()
    lines = [
        line for run in sample_year() if run.company_id == company_id for check in run.checks for line in check.lines
    ]
    for named, known in (
        ({line.component_id for line in lines}, {item.component_id for item in firm.components(company_id)}),
        ({line.organization_id for line in lines}, {item.organization_id for item in firm.organizations(company_id)}),
        ({line.location_id for line in lines}, {item.location_id for item in firm.locations(company_id)}),
        ({line.job_id for line in lines}, {item.job_id for item in firm.jobs(company_id)}),
        (
            {line.labor_assignment_id for line in lines},
            {item.labor_assignment_id for item in firm.labor_assignments(company_id)},
        ),
    ):
        assert named <= {*known, None}
        assert named - {None}


@pytest.mark.parametrize("company_id", COMPANIES)
def test_checks_are_paid_to_workers_of_the_company(company_id: str) -> None:
    known = {worker.worker_id for worker in sample_firm().workers(company_id, date.max)}
    assert {check.worker_id for run in sample_year() if run.company_id == company_id for check in run.checks} <= known


def test_labor_assignments_agree_with_organization_and_location() -> None:
    meant = {
        item.labor_assignment_id: (item.organization_id, item.location_id)
        for company_id in COMPANIES
        for item in sample_firm().labor_assignments(company_id)
    }
    placed = [line for line in LINES if line.labor_assignment_id]
    assert all(meant[str(line.labor_assignment_id)] == (line.organization_id, line.location_id) for line in placed)


def test_jobs_are_booked_only_while_they_are_open() -> None:
    windows = {job.job_id: job for company_id in COMPANIES for job in sample_firm().jobs(company_id)}
    for run in sample_year():
        for line in chain.from_iterable(check.lines for check in run.checks):
            if line.job_id:
                job = windows[line.job_id]
                assert job.start_date <= run.period.start_date
                assert job.end_date is None or run.period.end_date <= job.end_date


def test_parts_of_a_component_share_their_entry_and_nothing_else_does() -> None:
    for check in CHECKS:
        entries = defaultdict(set)
        for line in check.lines:
            entries[line.check_component_id].add((line.component_id, line.section))
        assert all(len(owners) == 1 for entry, owners in entries.items() if entry)


def test_hours_times_rate_is_the_amount_for_every_line_with_a_rate() -> None:
    rated = [(line, line.hours_e4 or 0, line.rate_e4) for line in LINES if line.rate_e4 is not None]
    assert len({line.name for line, _, _ in rated}) == 6
    assert not [line for line, hours_e4, rate_e4 in rated if line.amount_cents * 10**6 != hours_e4 * rate_e4]


def test_a_full_semi_monthly_check_carries_the_standard_hours() -> None:
    hours = Counter[int]()
    for run in sample_year():
        if run.period.interval_code == "SEMI_MONTHLY":
            hours.update(sum(line.hours_e4 or 0 for line in check.lines) for check in run.checks)
    assert hours.most_common(1)[0][0] == 866_667
    assert max(hours) == 866_667


@pytest.mark.parametrize(("name", "cap_cents"), YEAR_CAPS_CENTS.items())
def test_yearly_caps_are_reached_and_never_passed(name: str, cap_cents: int) -> None:
    per_worker = Counter[str]()
    for check in CHECKS:
        per_worker[check.worker_id] += sum(line.amount_cents for line in check.lines if line.name == name)
    assert max(per_worker.values()) == cap_cents


def test_savings_stop_at_the_yearly_limit() -> None:
    per_worker = Counter[str]()
    for check in CHECKS:
        per_worker[check.worker_id] += sum(
            line.amount_cents for line in check.lines if line.name in ("401k EE", "401k Roth EE")
        )
    assert max(per_worker.values()) == 2_350_000


def test_additional_medicare_is_the_employees_alone_and_only_above_its_threshold() -> None:
    payers = {check.worker_id for check in CHECKS for line in check.lines if "Additional Medicare" in line.name}
    wages = Counter[str]()
    for check in CHECKS:
        wages[check.worker_id] += sum(line.amount_cents for line in check.lines if kind_of(line) == "wage")
    assert 5 <= len(payers) <= 25
    assert min(wages[worker_id] for worker_id in payers) > 20_000_000


def test_both_halves_of_social_security_and_medicare_agree() -> None:
    for tax in ("Social Security", "Medicare"):
        for check in CHECKS:
            halves = [_sum(check, f"{side} {tax} Tax") for side in ("Employee", "Employer")]
            assert halves[0] == halves[1]


def _sum(check: CheckFacts, name: str) -> int:
    return sum(line.amount_cents for line in check.lines if line.name == name)


def test_taxes_are_those_of_the_state_of_work() -> None:
    states = {
        w.worker_id: w.work_state for company_id in COMPANIES for w in sample_firm().workers(company_id, date.max)
    }
    named = {"NY": "New York", "NJ": "New Jersey", "CA": "California", "TX": "Texas"}
    for check in CHECKS:
        foreign = [state for code, state in named.items() if code != states[check.worker_id]]
        taxes = [line for line in check.lines if line.section == "taxes" and line.amount_cents]
        assert not [line for line in taxes if line.name.startswith(tuple(foreign))]


def test_taxes_have_a_name_and_a_bearer_and_no_cost_center() -> None:
    taxes = [line for line in LINES if line.section == "taxes"]
    assert {(line.component_id, line.organization_id, line.labor_assignment_id, line.job_id) for line in taxes} == {
        (None, None, None, None)
    }
    assert {line.paid_by for line in taxes} == {"EMPLOYEE_WITHHOLDING", "EMPLOYER_LIABILITY"}
    assert min(line.amount_cents for line in taxes if line.name == "New Jersey Income Tax") < 1


def test_cash_wages_always_have_a_cost_center() -> None:
    wages = [line for line in LINES if kind_of(line) in ("wage", "reimbursement")]
    assert all(line.organization_id and line.location_id and line.labor_assignment_id for line in wages)


def test_departments_and_jobs_carry_the_firms_own_numbers() -> None:
    for company_id in COMPANIES:
        organizations = sample_firm().organizations(company_id)
        assert [item.number for item in organizations] == [item.department_id for item in DEPARTMENTS]
        assert {item.parent_id for item in organizations} - {None} <= {item.organization_id for item in organizations}
        jobs = sample_firm().jobs(company_id)
        ours = [project.project_id for project in PROJECTS]
        assert [job.number for job in jobs] == [*ours, "P-1090", "P-1091", "P-1092"]
        assert all(len(job.name) <= 30 and not set("+<>=;*%") & set(job.name) for job in jobs)
        assert 3 <= sum(job.name != project.name for job, project in zip(jobs, PROJECTS, strict=False)) <= 12


def test_every_component_and_every_kind_of_line_occurs() -> None:
    seen = {line.name for line in LINES}
    never = {item.name for company_id in COMPANIES for item in sample_firm().components(company_id)} - seen
    assert not never
    assert {kind_of(line) for line in LINES} == {
        *("wage", "reimbursement", "imputed", "employee_tax", "employee_deduction", "employer_tax", "employer_benefit")
    }


def test_the_match_is_an_in_out_line_in_one_company_and_informational_in_the_other() -> None:
    effects = {
        company_id: {item.effect for item in sample_firm().components(company_id) if item.name == "401k ER"}
        for company_id in COMPANIES
    }
    assert effects == {LLC: {"ADDITION_WITH_IN_OUT"}, NEW_JERSEY: {"EMPLOYER_INFORMATIONAL"}}
