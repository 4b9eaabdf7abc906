"""Hollis & Marr Advisory as Paychex knows it: the sample firm's structure, people, calendars and checks.

Everything is a pure function of `FirmOptions`: checks are derived when they are asked for, in any order, and nothing of
a year is kept but bounded caches. Every check foots to the cent and yearly caps hold.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import overload

from connector_assets.sandbox.booking import Booking
from connector_assets.sandbox.calendars import (
    BONUS,
    HOURLY,
    MANUAL,
    REGULAR,
    REVERSE,
    SALARIED,
    VOIDED_RUN,
    RunPlan,
    plan_year,
)
from connector_assets.sandbox.company import PAYROLL_YEAR
from connector_assets.sandbox.earnings import Payroll
from connector_assets.sandbox.facts import (
    CheckFacts,
    ComponentFacts,
    JobFacts,
    LaborAssignmentFacts,
    LocationFacts,
    OrganizationFacts,
    PeriodFacts,
    WorkerFacts,
)
from connector_assets.sandbox.organization import (
    COMPANY_NOS,
    jobs,
    labor_assignments,
    locations,
    organizations,
)
from connector_assets.sandbox.pay_profiles import Profiles
from connector_assets.sandbox.paychecks import Paychecks, negation, worker_id
from connector_assets.sandbox.payroll_rules import load_rates
from connector_assets.sandbox.people import Employment, People
from connector_assets.sandbox.personnel import Personnel

_FEWEST, _MOST = 60, 400_000
_REFUND_RUN = 11


@dataclass(frozen=True)
class FirmOptions:
    """How many people the firm employs, the seed everything is drawn from, and the year its payroll runs."""

    workers: int = 250
    seed: int = 7
    year: int = PAYROLL_YEAR

    def __post_init__(self) -> None:
        if not _FEWEST <= self.workers <= _MOST:
            raise ValueError(f"workers is {self.workers}: choose a size from {_FEWEST} to {_MOST}")


class Firm:
    """The sample firm. Companies are named by Paychex company id; unknown ids raise LookupError."""

    def __init__(self, options: FirmOptions | None = None) -> None:
        self.options = options or FirmOptions()
        rates = load_rates(self.options.year)
        self._people = People(self.options.workers, self.options.seed, self.options.year)
        self._profiles = Profiles(self._people, self.options.seed)
        self._schedules = {number: plan_year(number, self.options.year) for number in COMPANY_NOS.values()}
        self._runs = {run.pay_period_id: run for schedule in self._schedules.values() for run in schedule.runs}
        self._payroll = Payroll(self._people, self._profiles, rates, self._schedules.__getitem__)
        self._paychecks = Paychecks(self._payroll, Booking(self._people, self.options.year), rates)
        self._personnel = Personnel(self._people)
        self._counts = cache(self._count_checks)
        self._rosters = lru_cache(maxsize=8)(self._roster)

    def organizations(self, company_id: str) -> tuple[OrganizationFacts, ...]:
        """The company's departments, numbered like `company.DEPARTMENTS`, as a two-level tree."""
        return organizations(_company_no(company_id))

    def locations(self, company_id: str) -> tuple[LocationFacts, ...]:
        """The company's offices; the New Jersey one also lists New York, where some of its people work."""
        return locations(_company_no(company_id))

    def jobs(self, company_id: str) -> tuple[JobFacts, ...]:
        """The company's costing jobs, numbered like `company.PROJECTS`, and three that no ledger has yet."""
        return jobs(_company_no(company_id), self.options.year)

    def labor_assignments(self, company_id: str) -> tuple[LaborAssignmentFacts, ...]:
        """Every department in every office the company lists."""
        return labor_assignments(_company_no(company_id), self.options.year)

    def components(self, company_id: str) -> tuple[ComponentFacts, ...]:
        """The company's pay components; ids are `9700000`, two digits of the company, six of the component."""
        return tuple(self._paychecks.catalogues[_company_no(company_id)].values())

    def workers(self, company_id: str, as_of: date) -> Sequence[WorkerFacts]:
        """Everyone ever employed up to `as_of`, leavers included, later hires not; derived one by one when read."""
        return _Workers(self._personnel, self._rosters(_company_no(company_id), as_of), as_of)

    def worker(self, worker_id: str, as_of: date | None = None) -> WorkerFacts:
        """One worker as of that day, or of the end of the year."""
        no = self._worker_no(worker_id)
        return self._personnel.facts(no, as_of or date(self.options.year, 12, 31))

    def periods(self, company_id: str) -> tuple[PeriodFacts, ...]:
        """The company's pay periods in order of check date, as they stand after the last run of the year."""
        company_no = _company_no(company_id)
        counts = self._counts(company_no)
        return tuple(_period(run, counts[run.pay_period_id]) for run in self._schedules[company_no].runs)

    def check_count(self, company_id: str, pay_period_id: str) -> int:
        """How many checks a period has; counted without writing them."""
        run = self._run(company_id, pay_period_id)
        return self._counts(run.company_no)[run.pay_period_id]

    def checks(self, company_id: str, pay_period_id: str) -> Iterator[CheckFacts]:
        """The checks of a period one by one, in the workers' order, voids last; none for a period still open."""
        run = self._run(company_id, pay_period_id)
        return self._reversal(run) if run.kind == REVERSE else self._ordinary(run)

    def _ordinary(self, run: RunPlan) -> Iterator[CheckFacts]:
        refunded = self._refunded(run)
        for no, held in self._paid(run):
            yield self._paychecks.check(self._profiles.of(no), held, run, refund=no == refunded)
        if _has_void(run):
            voided = self._people.stories.voided
            yield negation(self._voided_check(voided), run, voided)

    def _reversal(self, run: RunPlan) -> Iterator[CheckFacts]:
        original = self._runs[run.original_pay_period_id or ""]
        for no, held in self._paid(original):
            yield negation(self._paychecks.check(self._profiles.of(no), held, original), run, no)

    def _voided_check(self, no: int) -> CheckFacts:
        run = self._schedules[self._people.company_no(no)].find(REGULAR, HOURLY, VOIDED_RUN)
        held = self._people.employment(no)
        if held is None:
            raise LookupError(f"nobody holds seat {no}")
        return self._paychecks.check(self._profiles.of(no), held, run)

    def _refunded(self, run: RunPlan) -> int | None:
        """Who is refunded a premium in this run, if anyone."""
        refunded = self._people.stories.refunded
        here = run.kind == REGULAR and run.number == _REFUND_RUN and run.calendar != HOURLY
        return refunded if here and run.company_no == self._people.company_no(refunded) else None

    def _paid(self, run: RunPlan) -> Iterator[tuple[int, Employment]]:
        """Who gets an ordinary check in a processed run."""
        if not run.processed:
            return
        for seat in self._seats(run):
            for no, held in self._people.holders(seat):
                if self._payroll.paid(no, held, run):
                    yield no, held

    def _seats(self, run: RunPlan) -> Sequence[int]:
        hourly = run.calendar == HOURLY if run.calendar else None
        return self._people.seats_of(run.company_no, hourly=hourly)

    def _count_checks(self, company_no: int) -> Counter[str]:
        """Checks per period of a company: steady people are in every regular run, others are looked up run by run."""
        runs = self._schedules[company_no].runs
        counts = Counter({run.pay_period_id: int(_has_void(run)) for run in runs})
        for hourly, calendar in ((False, SALARIED), (True, HOURLY)):
            mine = [run for run in runs if run.processed and run.calendar in (calendar, "")]
            scheduled = [run for run in mine if run.kind not in (BONUS, MANUAL)]
            steady = 0
            for seat in self._people.seats_of(company_no, hourly=hourly):
                for no, held in self._people.holders(seat):
                    steady += held.steady
                    asked = [run for run in mine if run.kind in (BONUS, MANUAL)] if held.steady else mine
                    counts.update(run.pay_period_id for run in asked if self._payroll.paid(no, held, run))
            counts.update({run.pay_period_id: steady for run in scheduled})
        return counts

    def _run(self, company_id: str, pay_period_id: str) -> RunPlan:
        run = self._runs.get(pay_period_id)
        if run is None or run.company_no != _company_no(company_id):
            raise LookupError(f"no pay period {pay_period_id} in company {company_id}: list them with periods()")
        return run

    def _roster(self, company_no: int, as_of: date) -> Sequence[int]:
        nos = (
            no
            for seat in self._people.seats_of(company_no)
            for no, held in self._people.holders(seat)
            if held.hire_date <= as_of
        )
        return array("l", nos)

    def _worker_no(self, identifier: str) -> int:
        digits = identifier.removeprefix(worker_id(0)[:10])
        no = int(digits) if digits.isdecimal() else -1
        if worker_id(no) != identifier or no >= 2 * self.options.workers or self._people.employment(no) is None:
            raise LookupError(f"no worker {identifier} in this firm: list them with workers()")
        return no


class _Workers(Sequence[WorkerFacts]):
    """Workers by their numbers, each derived when it is read, so that a list of 100,000 costs four bytes a head."""

    def __init__(self, personnel: Personnel, nos: Sequence[int], as_of: date) -> None:
        self._personnel = personnel
        self._nos = nos
        self._as_of = as_of

    def __len__(self) -> int:
        return len(self._nos)

    @overload
    def __getitem__(self, index: int) -> WorkerFacts: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[WorkerFacts]: ...

    def __getitem__(self, index: int | slice) -> WorkerFacts | Sequence[WorkerFacts]:
        if isinstance(index, slice):
            return _Workers(self._personnel, self._nos[index], self._as_of)
        return self._personnel.facts(self._nos[index], self._as_of)


def _company_no(company_id: str) -> int:
    try:
        return COMPANY_NOS[company_id]
    except KeyError:
        raise LookupError(f"no company {company_id}: the sample firm has {', '.join(COMPANY_NOS)}") from None


def _has_void(run: RunPlan) -> bool:
    """Whether the run holds the void: the run of the same calendar that follows the voided check's."""
    return (run.company_no, run.kind, run.calendar, run.number) == (1, REGULAR, HOURLY, VOIDED_RUN + 1)


def _period(run: RunPlan, check_count: int) -> PeriodFacts:
    return PeriodFacts(
        pay_period_id=run.pay_period_id,
        interval_code=run.interval_code,
        status=run.status,
        description=run.description,
        start_date=run.start,
        end_date=run.end,
        submit_by_date=run.submit_by,
        check_date=run.check_date,
        check_count=check_count,
        original_pay_period_id=run.original_pay_period_id,
    )
