"""What happens in the sample year: hires, leavers, a rehire, leaves, transfers, a void, a reversal, a refund."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from connector_assets.sandbox.facts import CheckFacts, LineFacts, WorkerFacts
from connector_tests.sandbox.firm_year import COMPANIES, LLC, NEW_JERSEY, Run, kind_of, run_of, sample_firm, sample_year

YEAR_END = date(2025, 12, 31)
EVERYONE = [worker for company_id in COMPANIES for worker in sample_firm().workers(company_id, YEAR_END)]


def reasons(worker: WorkerFacts) -> list[str]:
    return [status.status_reason for status in worker.statuses]


def without_ids(line: LineFacts) -> LineFacts:
    return replace(line, check_component_id=None)


def negated(check: CheckFacts) -> list[LineFacts]:
    """The lines of a check with every amount and all hours turned round, ids left out."""
    return [
        replace(
            without_ids(line),
            amount_cents=-line.amount_cents,
            hours_e4=None if line.hours_e4 is None else -line.hours_e4,
        )
        for line in check.lines
    ]


def test_people_come_and_go_over_the_year() -> None:
    hired = [worker for worker in EVERYONE if worker.hire_date.year == 2025]
    left = [worker for worker in EVERYONE if worker.statuses[-1].status_type == "TERMINATED"]
    assert 35 <= len(hired) <= 65
    assert 35 <= len(left) <= 60
    assert all(worker.statuses[0].status_reason == "HIRED" for worker in EVERYONE)
    assert all(a.effective_date <= b.effective_date for worker in EVERYONE for a, b in pairwise(worker.statuses))


def test_one_worker_is_rehired_under_the_same_id() -> None:
    (worker,) = (worker for worker in EVERYONE if "REHIRED" in reasons(worker))
    paid = {
        check.check_date.month for run in sample_year() for check in run.checks if check.worker_id == worker.worker_id
    }
    assert [status.status_type for status in worker.statuses] == ["ACTIVE", "TERMINATED", "ACTIVE"]
    assert {1, 2, 8, 12} <= paid
    assert not {4, 5, 6, 7} & paid


def test_leaves_begin_and_end_and_are_not_paid() -> None:
    away = [worker for worker in EVERYONE if "RETURN_TO_WORK" in reasons(worker)]
    assert len(away) >= 5
    for worker in away:
        start, end = (status.effective_date for status in worker.statuses[-2:])
        inside = [
            check
            for run in sample_year()
            if run.period.interval_code and start <= run.period.start_date and run.period.end_date < end
            for check in run.checks
            if check.worker_id == worker.worker_id
        ]
        assert not inside


def test_leavers_are_paid_only_for_days_they_worked() -> None:
    last_days = {
        worker.worker_id: worker.statuses[-1].effective_date
        for worker in EVERYONE
        if worker.statuses[-1].status_type == "TERMINATED"
    }
    late = [
        check.paycheck_id
        for run in sample_year()
        for check in run.checks
        if run.period.start_date > last_days.get(check.worker_id, date.max)
    ]
    assert not late


def test_transfers_change_the_department_from_a_day_on() -> None:
    opening = {w.worker_id: w for company_id in COMPANIES for w in sample_firm().workers(company_id, date(2025, 1, 1))}
    moved = [
        w for w in EVERYONE if w.worker_id in opening and w.organization_id != opening[w.worker_id].organization_id
    ]
    assert 8 <= len(moved) <= 50
    booked = Counter(
        line.organization_id
        for run in sample_year()
        for check in run.checks
        if check.worker_id == moved[0].worker_id
        for line in check.lines
        if line.name in ("Holiday", "Paid Time Off", "Salary", "Hourly")
    )
    assert {opening[moved[0].worker_id].organization_id, moved[0].organization_id} <= set(booked)


def test_new_hires_may_get_a_sign_on_bonus_on_their_first_check() -> None:
    hired = {worker.worker_id: worker.hire_date for worker in EVERYONE}
    joined = [
        (run, check)
        for run in sample_year()
        for check in run.checks
        if any(line.name == "Sign-on Bonus" for line in check.lines)
    ]
    assert joined
    for run, check in joined:
        assert run.period.start_date <= hired[check.worker_id] <= run.period.end_date


@pytest.mark.parametrize("company_id", COMPANIES)
def test_the_bonus_run_is_off_cycle_in_march(company_id: str) -> None:
    run = run_of(company_id, "Annual bonus")
    assert (run.period.interval_code, run.period.check_date.month) == (None, 3)
    wages = {line.name for check in run.checks for line in check.lines if kind_of(line) == "wage"}
    assert wages == {"Annual Bonus"}
    semi_monthly = next(
        r for r in sample_year() if r.company_id == company_id and r.period.interval_code == "SEMI_MONTHLY"
    )
    assert 0.7 <= len(run.checks) / len(semi_monthly.checks) <= 0.95


def test_one_check_is_voided_in_the_next_run_by_its_exact_negation() -> None:
    voids = [(run, check) for run in sample_year() for check in run.checks if check.check_type == "Void"]
    ((run, void),) = ((r, check) for r, check in voids if r.period.original_pay_period_id is None)
    earlier = [r for r in sample_year() if (r.company_id, r.period.interval_code) == (LLC, "BI_WEEKLY")]
    before = earlier[earlier.index(run) - 1]
    (original,) = (check for check in before.checks if check.worker_id == void.worker_id)
    assert [without_ids(line) for line in void.lines] == negated(original)
    assert void.net_cents == -original.net_cents
    assert void.check_date == run.period.check_date
    assert [check.check_type for check in run.checks if check.worker_id == void.worker_id] == ["Regular", "Void"]


def test_the_voided_pay_is_paid_again_in_the_manual_run() -> None:
    void = next(
        check
        for run in sample_year()
        if not run.period.original_pay_period_id
        for check in run.checks
        if check.check_type == "Void"
    )
    manual = run_of(LLC, "Manual checks")
    (again,) = (check for check in manual.checks if check.worker_id == void.worker_id)
    earned = [(line.name, line.amount_cents) for line in again.lines if kind_of(line) == "wage"]
    assert earned == [(line.name, -line.amount_cents) for line in void.lines if kind_of(line) == "wage"]
    assert {check.check_type for check in manual.checks} == {"Manual"}


def reversed_runs() -> tuple[Run, Run, Run]:
    (original,) = (run for run in sample_year() if run.period.status == "REVERSED")
    return original, run_of(NEW_JERSEY, "Reverse"), run_of(NEW_JERSEY, "Corrected re-run")


def test_one_run_is_reversed_by_a_period_of_its_own_with_the_same_dates() -> None:
    original, reverse, _ = reversed_runs()
    assert reverse.period.interval_code is None
    assert reverse.period.original_pay_period_id == original.period.pay_period_id
    assert reverse.period.status == "COMPLETED"
    assert reverse.period.check_count == original.period.check_count > 0
    for name in ("start_date", "end_date", "check_date"):
        assert getattr(reverse.period, name) == getattr(original.period, name)
    assert reverse.period.submit_by_date == reverse.period.end_date


def test_the_reversal_negates_every_check_exactly() -> None:
    original, reverse, _ = reversed_runs()
    taken_back = {check.worker_id: check for check in reverse.checks}
    for check in original.checks:
        assert [without_ids(line) for line in taken_back[check.worker_id].lines] == negated(check)
        assert taken_back[check.worker_id].net_cents == -check.net_cents


def test_the_corrected_run_is_off_cycle_and_differs_for_some() -> None:
    original, _, again = reversed_runs()
    assert again.period.interval_code is None
    assert again.period.original_pay_period_id is None
    assert [check.worker_id for check in again.checks] == [check.worker_id for check in original.checks]
    nets = {check.worker_id: check.net_cents for check in original.checks}
    changed = sum(check.net_cents != nets[check.worker_id] for check in again.checks)
    assert 0 < changed < len(again.checks)


def test_one_deduction_is_refunded_on_an_ordinary_check() -> None:
    refunds = [
        (check, line)
        for run in sample_year()
        for check in run.checks
        if check.check_type != "Void"
        for line in check.lines
        if line.amount_cents < 0
    ]
    ((check, line),) = refunds
    assert (line.section, line.effect, line.name) == ("deductions", "REDUCTION", "Voluntary Life")
    assert check.net_cents > 0


def test_premiums_are_taken_twice_a_month_from_biweekly_checks() -> None:
    third = [
        run
        for run in sample_year()
        if run.period.interval_code == "BI_WEEKLY" and run.period.check_date.day > 28 and run.checks
    ]
    assert len({run.period.check_date for run in third}) == 2
    assert not [line for run in third for check in run.checks for line in check.lines if line.name == "Medical"]
