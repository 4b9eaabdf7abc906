"""Hollis & Marr Advisory, the fictional sample firm: its entities, offices, departments and projects.

Both sides of the sandbox start from these facts: Paychex as companies, locations, organizations and jobs (`firm.py`),
Intacct as entities, locations, departments and projects (`intacct/books.py`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """A legal entity: one FEIN, one Paychex company, one Intacct location entity."""

    entity_id: str
    name: str
    paychex_company_id: str
    paychex_display_id: str


@dataclass(frozen=True)
class Office:
    """A place of work; `headcount` is its share of a firm of 250."""

    location_id: str
    name: str
    entity_id: str
    state: str
    headcount: int


@dataclass(frozen=True)
class Department:
    """A department; `headcount` is its share of a firm of 250."""

    department_id: str
    name: str
    headcount: int


@dataclass(frozen=True)
class Project:
    """A client project or an internal one; `billable` projects carry direct labor."""

    project_id: str
    name: str
    billable: bool


PAYROLL_YEAR = 2025

ENTITIES = (
    Entity("E100", "Hollis & Marr Advisory LLC", "00H2A1IUHMADVISORY00", "01080012"),
    Entity("E200", "Hollis & Marr New Jersey LLC", "00H2A1IUHMNEWJERSEY0", "01080013"),
)
OFFICES = (
    Office("NYC", "New York HQ", "E100", "NY", 118),
    Office("AUS", "Austin", "E100", "TX", 56),
    Office("REM-CA", "California remote", "E100", "CA", 30),
    Office("JC", "Jersey City", "E200", "NJ", 46),
)
DEPARTMENTS = (
    Department("100", "Partners & Executive", 10),
    Department("200", "Strategy Consulting", 82),
    Department("210", "Technology & Data", 58),
    Department("220", "Risk & Compliance", 24),
    Department("300", "Client PMO", 18),
    Department("400", "Sales & Marketing", 16),
    Department("500", "Finance", 12),
    Department("510", "Talent & HR", 9),
    Department("520", "IT", 9),
    Department("530", "Office & Legal Admin", 12),
)
PROJECTS = (
    *(Project(f"P-{number}", f"Client engagement {number}", True) for number in range(1000, 1090)),
    Project("I-100", "Bench", False),
    Project("I-200", "Training", False),
    Project("I-300", "Proposals", False),
)
