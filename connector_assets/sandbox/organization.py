"""Organizations, locations, jobs and labor assignments of the two sample companies, with their Paychex ids."""

from datetime import date, timedelta
from typing import NamedTuple

from connector_assets.sandbox.company import DEPARTMENTS, ENTITIES, OFFICES, PROJECTS
from connector_assets.sandbox.facts import JobFacts, LaborAssignmentFacts, LocationFacts, OrganizationFacts

COMPANY_NOS = {entity.paychex_company_id: number for number, entity in enumerate(ENTITIES, 1)}
OFFICE_COMPANY = tuple(
    next(number for number, entity in enumerate(ENTITIES, 1) if entity.entity_id == office.entity_id)
    for office in OFFICES
)
OFFICE_NO = {office.location_id: number for number, office in enumerate(OFFICES)}
DEPARTMENT_NO = {department.department_id: number for number, department in enumerate(DEPARTMENTS)}
_CITIES = {
    "NYC": ("New York", "10018"),
    "AUS": ("Austin", "78701"),
    "REM-CA": ("Oakland", "94612"),
    "JC": ("Jersey City", "07302"),
}
_PARENT_DEPARTMENTS = {"210": "200", "220": "200", "300": "200", "510": "500", "520": "500", "530": "500"}
_NEW_JOBS = tuple((f"P-{number}", f"Client engagement {number}") for number in (1090, 1091, 1092))
_CLIENT_JOBS = sum(project.billable for project in PROJECTS)
_INTERNAL_JOBS = tuple(number for number, project in enumerate(PROJECTS) if not project.billable)


class CostLine(NamedTuple):
    """Where one part of a cost belongs, with its weight."""

    organization_id: str
    location_id: str
    labor_assignment_id: str
    job_id: str | None
    weight: int


def _identifier(kind: int, company_no: int, number: int) -> str:
    return f"970000{kind}70{company_no}{number:05d}"


def organization_id(company_no: int, department_no: int) -> str:
    """The Paychex organization of a department."""
    return _identifier(1, company_no, department_no + 1)


def location_id(company_no: int, office_no: int) -> str:
    """The Paychex location of an office, as that company lists it."""
    return _identifier(2, company_no, office_no + 1)


def job_id(company_no: int, job_no: int) -> str:
    """The Paychex job of a project, by its place in the list of jobs."""
    return _identifier(3, company_no, job_no + 1)


def labor_assignment_id(company_no: int, department_no: int, office_no: int) -> str:
    """The labor assignment of a department in an office."""
    return _identifier(4, company_no, 100 * (department_no + 1) + office_no + 1)


def job_title_id(company_no: int, department_no: int, level: int) -> str:
    """The job title of a level in a department."""
    return _identifier(5, company_no, 100 * (department_no + 1) + level + 1)


def offices_of(company_no: int) -> tuple[int, ...]:
    """The offices a company lists: its own, and for the New Jersey one New York too, where some of its people work."""
    own = tuple(number for number, owner in enumerate(OFFICE_COMPANY) if owner == company_no)
    return own if company_no == 1 else (*own, OFFICE_NO["NYC"])


def organizations(company_no: int) -> tuple[OrganizationFacts, ...]:
    """The departments as a two-level tree."""
    return tuple(_organization(company_no, number) for number in range(len(DEPARTMENTS)))


def _organization(company_no: int, number: int) -> OrganizationFacts:
    department = DEPARTMENTS[number]
    parent = _PARENT_DEPARTMENTS.get(department.department_id)
    return OrganizationFacts(
        organization_id=organization_id(company_no, number),
        name=f"{department.department_id} {department.name}",
        number=department.department_id,
        level="Level 2" if parent else "Level 1",
        parent_id=organization_id(company_no, DEPARTMENT_NO[parent]) if parent else None,
    )


def locations(company_no: int) -> tuple[LocationFacts, ...]:
    """The company's locations; the same office has another id in each company."""
    return tuple(_location(company_no, number) for number in offices_of(company_no))


def _location(company_no: int, number: int) -> LocationFacts:
    office = OFFICES[number]
    city, postal_code = _CITIES[office.location_id]
    identifier = location_id(company_no, number)
    return LocationFacts(identifier, office.name, office.location_id, city, office.state, postal_code)


def labor_assignments(company_no: int, year: int) -> tuple[LaborAssignmentFacts, ...]:
    """Every department in every office the company lists."""
    return tuple(
        LaborAssignmentFacts(
            labor_assignment_id=labor_assignment_id(company_no, department_no, office_no),
            name=f"{DEPARTMENTS[department_no].name} / {OFFICES[office_no].name}",
            organization_id=organization_id(company_no, department_no),
            location_id=location_id(company_no, office_no),
            start_date=date(year - 1, 1, 1),
        )
        for department_no in range(len(DEPARTMENTS))
        for office_no in offices_of(company_no)
    )


def jobs(company_no: int, year: int) -> tuple[JobFacts, ...]:
    """The jobs: a third of the client ones end within the year and a third start, so about 60 are open at a time.

    A few names deviate a little from the ledger's, and the last three jobs are not in the ledger yet.
    """
    listed = [(project.project_id, _job_name(number, project.name)) for number, project in enumerate(PROJECTS)]
    return tuple(
        JobFacts(job_id(company_no, number), name, code, *_job_window(number, year))
        for number, (code, name) in enumerate((*listed, *_NEW_JOBS))
    )


def _job_name(number: int, name: str) -> str:
    if number % 17 == 5 and number < _CLIENT_JOBS:
        return name.replace("engagement", "Engagement") + " "
    return name.replace("engagement", "engagemt") if number % 29 == 11 else name


def _job_window(number: int, year: int) -> tuple[date, date | None]:
    third = _CLIENT_JOBS // 3
    handover = date(year, 1, 20) + timedelta(11 * (number % third))
    if number < third:
        return date(year - 2, 6, 1), handover
    if number >= len(PROJECTS):
        return date(year, 9, 29), None
    if 2 * third <= number < _CLIENT_JOBS:
        return handover, None
    return date(year - 1, 1, 1), None


class JobBook:
    """Which jobs of a company can be booked to, and when."""

    def __init__(self, company_no: int, year: int) -> None:
        self._jobs = jobs(company_no, year)
        self.internal = tuple(self._jobs[number].job_id for number in _INTERNAL_JOBS)
        self._client = tuple(job for job in self._jobs if job.job_id not in self.internal)

    def open_between(self, start: date, end: date) -> tuple[str, ...]:
        """The ids of client jobs open on every day of `start` .. `end`."""
        return tuple(
            job.job_id
            for job in self._client
            if job.start_date <= start and (job.end_date is None or job.end_date >= end)
        )
