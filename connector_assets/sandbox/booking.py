"""Labor distribution in the sample firm: the jobs, departments and offices that cash wages are booked to."""

from functools import lru_cache

from connector_assets.sandbox.calendars import RunPlan
from connector_assets.sandbox.dice import below, draw
from connector_assets.sandbox.organization import (
    OFFICE_COMPANY,
    OFFICE_NO,
    CostLine,
    JobBook,
    labor_assignment_id,
    location_id,
    organization_id,
)
from connector_assets.sandbox.pay_profiles import CROSS, HOME, JOB, STANDING, Profile
from connector_assets.sandbox.people import CONSULTING, People

_LINES, _JOBS, _INTERNAL, _WEIGHTS, _PARTNER = range(300, 305)


class Booking:
    """The cost lines of any person in any run."""

    def __init__(self, people: People, year: int) -> None:
        self._people = people
        self._books = {company_no: JobBook(company_no, year) for company_no in sorted(set(OFFICE_COMPANY))}
        self._open_jobs = lru_cache(maxsize=256)(self._find_open_jobs)

    def home(self, profile: Profile, run: RunPlan) -> CostLine:
        """The person's own department and office at the end of the run's period."""
        department_no = self._people.department_on(profile.no, run.end)
        return _line(profile.company_no, department_no, profile.office_no, None, 1)

    def lines(self, profile: Profile, run: RunPlan, home: CostLine) -> tuple[CostLine, ...]:
        """Where salary, hours and overtime go: one line or up to five, with relative weights."""
        if profile.booking == HOME:
            return (home,)
        if profile.booking == STANDING:
            return self._standing(profile, run, home)
        jobs = self._open_jobs(run)
        if profile.booking == JOB:
            return (home._replace(job_id=self._job(profile, run, jobs, 0)),)
        lines = self._many(profile, run, home, jobs)
        return self._across(profile, run, lines) if profile.booking == CROSS else lines

    def _standing(self, profile: Profile, run: RunPlan, home: CostLine) -> tuple[CostLine, ...]:
        own = self._people.department_on(profile.no, run.end)
        others = tuple(department_no for department_no in CONSULTING if department_no != own)
        other = others[below(draw(profile.key, _PARTNER), len(others))]
        rest = _line(profile.company_no, other, profile.office_no, None, 100 - profile.standing_percent)
        return home._replace(weight=profile.standing_percent), rest

    def _many(self, profile: Profile, run: RunPlan, home: CostLine, jobs: tuple[str, ...]) -> tuple[CostLine, ...]:
        """Two to five jobs, now and then the last an internal one."""
        number = draw(profile.key, _LINES * 1000 + run.pay_key)
        count = 2 + below(number, 4)
        chosen = [self._job(profile, run, jobs, place) for place in range(count)]
        if number % 4 == 0:
            chosen[-1] = self._books[profile.company_no].internal[number // 4 % 3]
        weights = draw(profile.key, _WEIGHTS * 1000 + run.pay_key)
        return tuple(
            home._replace(job_id=job_id, weight=2 + (weights >> 4 * place) % 16) for place, job_id in enumerate(chosen)
        )

    def _across(self, profile: Profile, run: RunPlan, lines: tuple[CostLine, ...]) -> tuple[CostLine, ...]:
        """The first line moves to the other office: New York's for everyone outside it, Austin's for New York."""
        new_york = OFFICE_NO["NYC"]
        office_no = OFFICE_NO["AUS"] if profile.office_no == new_york else new_york
        department_no = self._people.department_on(profile.no, run.end)
        return (_line(profile.company_no, department_no, office_no, lines[0].job_id, lines[0].weight), *lines[1:])

    def _job(self, profile: Profile, run: RunPlan, jobs: tuple[str, ...], place: int) -> str:
        """A client job that lasts for a quarter or so, another one for each place on the check."""
        start = below(draw(profile.key, _JOBS * 1000 + run.start.month // 4), len(jobs))
        return jobs[(start + 7 * place) % len(jobs)]

    def _find_open_jobs(self, run: RunPlan) -> tuple[str, ...]:
        return self._books[run.company_no].open_between(run.start, run.end)


def _line(company_no: int, department_no: int, office_no: int, job_id: str | None, weight: int) -> CostLine:
    return CostLine(
        organization_id=organization_id(company_no, department_no),
        location_id=location_id(company_no, office_no),
        labor_assignment_id=labor_assignment_id(company_no, department_no, office_no),
        job_id=job_id,
        weight=weight,
    )
