"""Personnel records of the sample firm: names, titles, status history, home assignment and invented personal data."""

import json
from datetime import date, timedelta
from pathlib import Path

from connector_assets.sandbox.company import DEPARTMENTS, OFFICES
from connector_assets.sandbox.dice import below, draw
from connector_assets.sandbox.facts import WorkerFacts, WorkerStatusFacts
from connector_assets.sandbox.organization import (
    job_title_id,
    labor_assignment_id,
    location_id,
    organization_id,
)
from connector_assets.sandbox.paychecks import worker_id
from connector_assets.sandbox.people import EXECUTIVES, Employment, People

_NAMES: dict[str, list[str]] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
_GIVEN, _FAMILY = _NAMES["given"], _NAMES["family"]
_GIVEN_NAME, _FAMILY_NAME, _SSN, _BIRTH, _SEX, _PART_TIME, _LEVEL, _LEFT_AS, _AWAY_AS = range(500, 509)
_TITLES = {
    "100": ("Partner", "Managing Partner", "Principal"),
    "200": ("Consultant", "Senior Consultant", "Engagement Manager"),
    "210": ("Data Engineer", "Senior Data Engineer", "Technology Lead"),
    "220": ("Risk Analyst", "Senior Risk Analyst", "Compliance Manager"),
    "300": ("Project Coordinator", "Project Manager", "Program Manager"),
    "400": ("Sales Associate", "Account Executive", "Marketing Manager"),
    "500": ("Accountant", "Senior Accountant", "Controller"),
    "510": ("Recruiter", "HR Specialist", "HR Manager"),
    "520": ("Support Technician", "Systems Administrator", "IT Manager"),
    "530": ("Office Assistant", "Paralegal", "Office Manager"),
}
_LEFT = ("RESIGNED", "TERMINATION", "DISCHARGED", "RETIRED", "RESIGNED", "RESIGNED")
_AWAY = ("MATERNITY_LEAVE", "FAMILY_LEAVE", "MEDICAL_LEAVE", "PATERNITY_LEAVE", "DISABILITY")


class Personnel:
    """Personnel records of people, as of a date."""

    def __init__(self, people: People) -> None:
        self._people = people

    def facts(self, no: int, as_of: date) -> WorkerFacts:
        """The record of person `no` on `as_of`; the department is the one they belong to that day."""
        people, key = self._people, self._people.key(no)
        held = people.employment(no)
        if held is None:
            raise LookupError(f"nobody has number {no} in this firm")
        company_no, seat = people.company_no(no), people.seat(no)
        office_no, department_no = people.offices[seat], people.department_on(no, as_of)
        hourly = bool(people.hourly[seat])
        level = 2 if seat == people.heads.get((company_no, department_no)) else below(draw(key, _LEVEL), 2)
        given = _GIVEN[below(draw(key, _GIVEN_NAME), len(_GIVEN))]
        family = _FAMILY[below(draw(key, _FAMILY_NAME), len(_FAMILY))]
        return WorkerFacts(
            worker_id=worker_id(no),
            employee_id=str(1001 + no),
            given_name=given,
            family_name=family,
            worker_type="EMPLOYEE",
            employment_type="PART_TIME" if hourly and below(draw(key, _PART_TIME), 20) == 0 else "FULL_TIME",
            exemption_type="NON_EXEMPT" if hourly else "EXEMPT",
            hire_date=held.hire_date,
            statuses=_statuses(held, key, as_of),
            organization_id=organization_id(company_no, department_no),
            location_id=location_id(company_no, office_no),
            labor_assignment_id=labor_assignment_id(company_no, department_no, office_no),
            job_id=None,
            job_title_id=job_title_id(company_no, department_no, level),
            title=_TITLES[DEPARTMENTS[department_no].department_id][level],
            supervisor_worker_id=self._supervisor(no, company_no, department_no),
            work_state=OFFICES[office_no].state,
            email=f"{given}.{family}.{no}@hollismarr.example".lower(),
            birth_date=date(1962, 1, 1) + timedelta(below(draw(key, _BIRTH), 15_000)),
            ssn=_ssn(draw(key, _SSN)),
            sex=("FEMALE", "MALE", "NOT_SPECIFIED")[below(draw(key, _SEX), 41) // 20],
        )

    def _supervisor(self, no: int, company_no: int, department_no: int) -> str | None:
        """The head of the department, for a head the head of the firm, who has none."""
        top = self._people.heads.get((1, EXECUTIVES))
        boss = self._people.heads.get((company_no, department_no), top)
        boss = top if boss == no else boss
        return None if boss is None or boss == no else worker_id(boss)


def _ssn(number: int) -> str:
    """A number in the 900s, which the Social Security Administration never assigns."""
    return f"9{number % 100:02d}-{number // 100 % 99 + 1:02d}-{number // 10_000 % 9999 + 1:04d}"


def _statuses(held: Employment, key: int, as_of: date) -> tuple[WorkerStatusFacts, ...]:
    """The status history up to `as_of`, oldest first; a termination is dated on the last day of work."""
    changes = [("ACTIVE", "HIRED" if place == 0 else "REHIRED", start) for place, (start, _) in enumerate(held.stints)]
    left_as = _LEFT[below(draw(key, _LEFT_AS), len(_LEFT))]
    changes += [("TERMINATED", left_as, end) for _, end in held.stints if end != date.max]
    away_as = _AWAY[below(draw(key, _AWAY_AS), len(_AWAY))]
    for start, end in held.leaves:
        changes.append(("INACTIVE", away_as, start))
        changes.append(("ACTIVE", "RETURN_TO_WORK", end + timedelta(1)))
    changes.sort(key=lambda change: change[2])
    return tuple(WorkerStatusFacts(*change) for change in changes if change[2] <= as_of)
