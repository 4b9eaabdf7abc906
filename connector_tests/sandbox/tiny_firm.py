"""A firm small enough to know by heart: two companies, three workers, four periods, every kind of line once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.facts import (
    CheckFacts,
    ComponentFacts,
    JobFacts,
    LaborAssignmentFacts,
    LineFacts,
    LocationFacts,
    OrganizationFacts,
    PeriodFacts,
    WorkerFacts,
    WorkerStatusFacts,
)

LLC, NEW_JERSEY = (entity.paychex_company_id for entity in ENTITIES)
OPEN_PERIOD, PAID_PERIOD, REVERSED_PERIOD, REVERSE_PERIOD = (f"85000052425519{n}" for n in range(1, 5))
ANNA, BORIS, CLARA = (f"00H2A1IUWORKER00000{n}" for n in "ABC")
CANARIES = ("900-45-6789", "1979-09-17", "ethnicity", "legalId", "birthDate", "workState", '"sex"')

_JANUARY = date(2025, 1, 1)
_ORGANIZATIONS = {
    LLC: (
        OrganizationFacts("970001701620600", "Hollis", "1", "Level 1", None),
        OrganizationFacts("970001701620695", "200 Strategy Consulting", "200", "Level 2", "970001701620600"),
        OrganizationFacts("970001701620696", "500 Finance", "500", "Level 2", "970001701620600"),
    ),
    NEW_JERSEY: (OrganizationFacts("970001701620699", "200 Strategy Consulting", "200", "Level 1", None),),
}
_JOBS = (
    JobFacts("970000000001000", "Client engagement 1000", "P-1000", _JANUARY, None),
    JobFacts("970000000001001", "Client engagement 1001", "P-1001", _JANUARY, date(2025, 6, 30)),
)


def _worker(
    worker_id: str, employee_id: str, name: str, organization_id: str, *statuses: WorkerStatusFacts
) -> WorkerFacts:
    return WorkerFacts(
        worker_id=worker_id,
        employee_id=employee_id,
        given_name=name,
        family_name="Canary",
        worker_type="EMPLOYEE",
        employment_type="FULL_TIME",
        exemption_type="NON_EXEMPT",
        hire_date=date(2024, 3, 4),
        statuses=(WorkerStatusFacts("ACTIVE", "HIRED", date(2024, 3, 4)), *statuses),
        organization_id=organization_id,
        location_id="970000000000011",
        labor_assignment_id="970001557863345",
        job_id=None,
        job_title_id="970000000000021",
        title="Consultant",
        supervisor_worker_id=None if worker_id == ANNA else ANNA,
        work_state="NY",
        email=f"{name.lower()}@example.com",
        birth_date=date(1979, 9, 17),
        ssn="900-45-6789",
        sex="FEMALE",
    )


_WORKERS = {
    LLC: (
        _worker(ANNA, "1", "Anna", "970001701620695"),
        _worker(BORIS, "2", "Boris", "970001701620696", WorkerStatusFacts("TERMINATED", "RESIGNED", date(2025, 5, 2))),
    ),
    NEW_JERSEY: (_worker(CLARA, "3", "Clara", "970001701620699"),),
}


def _line(sign: int, section: str, name: str, amount_cents: int, **more: object) -> LineFacts:
    blank: dict[str, object] = dict.fromkeys(LineFacts.__dataclass_fields__)
    given = {"section": section, "name": name, "amount_cents": amount_cents * sign, **more}
    return LineFacts(**{**blank, **given})  # type: ignore[arg-type] # a row of a table


def _component(number: int, effect: str, classification: str) -> dict[str, object]:
    return {"component_id": f"97000000100000{number}", "effect": effect, "classification": classification}


def _check(number: int, worker_id: str, period: str, sign: int = 1) -> CheckFacts:
    """Net 2,329.35 = wages 3,000.00 and reimbursement 120.00, less 230.00 of deductions and 560.65 of taxes."""
    salary = {
        **_component(1, "ADDITION", "REGULAR"),
        "check_component_id": "970002146440900",
        "job_id": "970000000001000",
        "rate_e4": 402_000,
    }
    home = {"organization_id": "970001701620695", "labor_assignment_id": "970001557863345"}
    away = {"organization_id": "970001701620696", "labor_assignment_id": "970001701620607"}
    day = date(2025, 3, 3)
    lines = (
        _line(sign, "earnings", "Hourly", 180_000, **salary, **home, hours_e4=480_000, work_date=day),
        _line(sign, "earnings", "Hourly", 120_000, **salary, **away, hours_e4=322_500),
        _line(sign, "earnings", "Expense", 12_000, **_component(2, "ADDITION", "REIMBURSEMENT")),
        _line(sign, "earnings", "Life", 1_160, **_component(3, "ADDITION_WITH_IN_OUT", "FRINGE_BENEFITS")),
        _line(sign, "deductions", "401k EE", 15_000, **_component(4, "REDUCTION", "_401K")),
        _line(sign, "deductions", "Medical", 8_000, **_component(5, "REDUCTION", "IRC_106")),
        _line(sign, "informational", "401k ER", 9_000, **_component(6, "EMPLOYER_INFORMATIONAL", "INFORMATIONAL")),
        _line(sign, "taxes", "Federal Income Tax", 56_065, paid_by="EMPLOYEE_WITHHOLDING"),
        _line(sign, "taxes", "Employer Medicare Tax", 4_234, paid_by="EMPLOYER_LIABILITY"),
    )
    return CheckFacts(
        paycheck_id=f"00H2A1IUCHECK{period[-1]}{number:06d}",
        pay_period_id=period,
        worker_id=worker_id,
        check_date=date(2025, 3, 20),
        check_number=str(10_000 + number),
        check_type="Regular",
        net_cents=232_935 * sign,
        lines=lines,
    )


def _period(pay_period_id: str, status: str, month: int, count: int, original: str | None = None) -> PeriodFacts:
    return PeriodFacts(
        pay_period_id=pay_period_id,
        interval_code=None if original else "BI_WEEKLY",
        status=status,
        description="Reverse" if original else "Bi-weekly Payroll (1)",
        start_date=date(2025, month, 2),
        end_date=date(2025, month, 15),
        submit_by_date=date(2025, month, 18),
        check_date=date(2025, month, 20),
        check_count=count,
        original_pay_period_id=original,
    )


class TinyFirm:
    """The stand-in firm; `check_count` is how many checks the paid period of the first company has."""

    def __init__(self, check_count: int = 3) -> None:
        self.check_count = check_count
        self.checks_made = 0

    def organizations(self, company_id: str) -> tuple[OrganizationFacts, ...]:
        return _ORGANIZATIONS[company_id]

    def locations(self, company_id: str) -> tuple[LocationFacts, ...]:
        return (LocationFacts("970000000000011", "New York HQ", "NYC", "New York", "NY", "10001"),)

    def jobs(self, company_id: str) -> tuple[JobFacts, ...]:
        return _JOBS

    def labor_assignments(self, company_id: str) -> tuple[LaborAssignmentFacts, ...]:
        return (
            LaborAssignmentFacts("970001557863345", "Strategy NYC", "970001701620695", "970000000000011", _JANUARY),
            LaborAssignmentFacts("970001701620607", "Anywhere", None, "970000000000011", date(2025, 2, 1)),
        )

    def components(self, company_id: str) -> tuple[ComponentFacts, ...]:
        return (
            ComponentFacts("970000001000001", "REG", "Hourly", "REGULAR", "Regular pay.", "2", "ADDITION", _JANUARY),
            ComponentFacts("970000001000007", "BONUS", "Bonus", "SUPPLEMENTAL", "Bonus.", "12", "ADDITION", _JANUARY),
            ComponentFacts("970000001000004", "K401", "401k EE", "_401K", "Deferral.", "23", "REDUCTION", _JANUARY),
        )

    def workers(self, company_id: str, as_of: date) -> tuple[WorkerFacts, ...]:
        return _WORKERS[company_id]

    def worker(self, worker_id: str, as_of: date) -> WorkerFacts:
        return {worker.worker_id: worker for group in _WORKERS.values() for worker in group}[worker_id]

    def periods(self, company_id: str) -> tuple[PeriodFacts, ...]:
        if company_id == NEW_JERSEY:
            return ()
        return (
            _period(REVERSED_PERIOD, "REVERSED", 2, 1),
            _period(REVERSE_PERIOD, "COMPLETED", 2, 1, original=REVERSED_PERIOD),
            _period(PAID_PERIOD, "COMPLETED", 3, self.check_count),
            replace(_period(OPEN_PERIOD, "ENTRY", 4, 1), check_date=date(2026, 1, 20)),
        )

    def checks(self, company_id: str, pay_period_id: str) -> Iterator[CheckFacts]:
        count = self.check_count if pay_period_id == PAID_PERIOD else 1
        sign = -1 if pay_period_id == REVERSE_PERIOD else 1
        for number in range(count):
            self.checks_made += 1
            yield _check(number, (ANNA, BORIS)[number % 2], pay_period_id, sign)
