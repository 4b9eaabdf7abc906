"""Small payroll registers for the tests, written the way an accountant would say them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from connector_assets.accounting.allocation import Assignment, CostCenters, Place, ProjectTarget
from connector_assets.accounting.journal import Journal, JournalPolicy
from connector_assets.accounting.mapping import MappingTable, rules_from_csv
from connector_assets.accounting.presentation import Presentation
from connector_assets.accounting.register import PAY_CHECKS, PAY_LINES, WORKERS, PayRun
from connector_tests.accounting.labor import AS_DISTRIBUTED, LaborCost, LaborPolicy, labor_cost

PAY_RUN = PayRun(
    pay_run_id="970007831988123",
    company_id="00H2A1IUHMADVISORY00",
    company_label="01080012",
    period_start=date(2026, 3, 23),
    period_end=date(2026, 4, 5),
    check_date=date(2026, 4, 10),
    description="Biweekly payroll",
    interval="biweekly",
    expected_checks=1,
    original_pay_run_id=None,
    status="COMPLETED",
)
ONE_ENTITY = CostCenters(
    departments={f"ORG-{number}": number for number in ("200", "210", "500", "530")},
    places={"LOC-NYC": Place("NYC", "E100", "NY"), "LOC-JC": Place("JC", "E100", "NJ")},
    projects={"JOB-1040": ProjectTarget("P-1040", "billable"), "JOB-2207": ProjectTarget("P-2207", "billable")},
    assignments={"LA-210-JC": Assignment("ORG-210", "LOC-JC")},
)
TWO_ENTITIES = replace(ONE_ENTITY, places={"LOC-NYC": Place("NYC", "E100", "NY"), "LOC-JC": Place("JC", "E200", "NJ")})
JOURNAL_POLICY = JournalPolicy(
    employing_entity_id="E100", journal_symbol="PYRL", due_from_account="1310", due_to_account="2410", state="Posted"
)
MAPPING = """\
kind,code,debit_account,credit_account,burden
wage,,6000,,
reimbursement,,2130,,
employee_tax,,,2210,
employee_deduction,,,2300,
employer_tax,,6100,2210,wages
employer_benefit,,6200,2310,wages
net_pay,,,1051,
"""


@dataclass(frozen=True)
class Line:
    """A pay line as said in a test; the section, effect and payer follow from `what`."""

    what: str
    code: str
    cents: int
    organization_id: str | None = None
    location_id: str | None = None
    job_id: str | None = None
    labor_assignment_id: str | None = None
    hours_e4: int = 0
    classification: str = ""


# what it is -> section, classification, effect, paid_by as Paychex would send them
SAID = {
    "wage": ("earning", "REGULAR", "addition", ""),
    "reimbursement": ("earning", "REIMBURSEMENT", "addition", ""),
    "imputed": ("earning", "IRC_79_GROUP_TERM_LIFE_INSURANCE", "in_out", ""),
    "employee_deduction": ("deduction", "DEDUCTION", "reduction", ""),
    "employer_benefit": ("informational", "_401K", "in_out", ""),
    "memo": ("informational", "INFORMATIONAL", "informational", ""),
    "employee_tax": ("tax", "", "", "employee"),
    "employer_tax": ("tax", "", "", "employer"),
}
CASH = {"wage": 1, "reimbursement": 1, "employee_tax": -1, "employee_deduction": -1}


def check_frame(checks: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """PAY_CHECKS from what differs; the check of worker W1 is C1 by default."""
    common = {
        "pay_run_id": PAY_RUN.pay_run_id,
        "check_date": PAY_RUN.check_date,
        "check_type": "Regular",
        "currency": "USD",
        "is_void": False,
        "original_check_id": None,
    }
    rows = [common | dict(check) for check in checks]
    return PAY_CHECKS.conform(pd.DataFrame(rows))


def line_frame(lines: Mapping[str, Sequence[Line]], worker_of: Mapping[str, str]) -> pd.DataFrame:
    """PAY_LINES from each check's lines."""
    rows = []
    for check_id, said in lines.items():
        for line_no, line in enumerate(said, start=1):
            section, classification, effect, paid_by = SAID[line.what]
            rows.append(
                {
                    "pay_run_id": PAY_RUN.pay_run_id,
                    "check_id": check_id,
                    "worker_id": worker_of[check_id],
                    "line_no": line_no,
                    "section": section,
                    "code": line.code,
                    "name": line.code,
                    "classification": line.classification or classification,
                    "effect": effect,
                    "paid_by": paid_by,
                    "amount_cents": line.cents,
                    "hours_e4": line.hours_e4,
                    "organization_id": line.organization_id,
                    "location_id": line.location_id,
                    "job_id": line.job_id,
                    "labor_assignment_id": line.labor_assignment_id,
                }
            )
    return PAY_LINES.conform(pd.DataFrame(rows))


def worker_frame(homes: Mapping[str, tuple[str | None, str | None]]) -> pd.DataFrame:
    """WORKERS from each worker's home organization and location."""
    rows = [
        {
            "worker_id": worker_id,
            "employee_id": worker_id,
            "worker_type": "EMPLOYEE",
            "status": "ACTIVE",
            "organization_id": organization_id,
            "location_id": location_id,
            "name_digest": "",
        }
        for worker_id, (organization_id, location_id) in homes.items()
    ]
    return WORKERS.conform(pd.DataFrame(rows))


def net_of(lines: Iterable[Line]) -> int:
    """What a check with these lines pays, added up apart from the code under test."""
    return sum(CASH.get(line.what, 0) * line.cents for line in lines)


def mapping(text: str = MAPPING) -> MappingTable:
    """A mapping table from CSV."""
    return MappingTable(rules_from_csv(text), version="test")


def run(
    checks: Mapping[str, Sequence[Line]],
    *,
    voids: Mapping[str, str | None] | None = None,
    homes: Mapping[str, tuple[str | None, str | None]] | None = None,
    table: MappingTable | None = None,
    cost_centers: CostCenters = ONE_ENTITY,
    journal: JournalPolicy = JOURNAL_POLICY,
    presentation: Presentation = AS_DISTRIBUTED,
    line_kinds: Mapping[str, str] | None = None,
    original_pieces: pd.DataFrame | None = None,
) -> LaborCost:
    """The journals of a pay run in which check C1 pays worker W1, and so on; `voids` maps a void to its original."""
    voids = voids or {}
    worker_of = {check_id: check_id.replace("C", "W").removesuffix("V") for check_id in checks}
    frame = check_frame(
        {
            "check_id": check_id,
            "worker_id": worker_of[check_id],
            "net_cents": net_of(lines),
            "is_void": check_id in voids,
            "original_check_id": voids.get(check_id),
        }
        for check_id, lines in checks.items()
    )
    home = {worker_id: ("ORG-200", "LOC-NYC") for worker_id in worker_of.values()}
    return labor_cost(
        replace(PAY_RUN, expected_checks=len(checks)),
        frame,
        line_frame(checks, worker_of),
        worker_frame({**home, **(homes or {})}),
        policy=LaborPolicy(table or mapping(), cost_centers, journal, line_kinds or {}, presentation),
        original_pieces=original_pieces,
    )


def table_of(journal: Journal) -> dict[str, int]:
    """A journal as `account/department/location/project` -> cents; a key that occurs twice is an error."""
    keys = [
        "/".join([line.account_no, line.department_id or "", line.location_id or "", line.project_id or ""])
        for line in journal.lines
    ]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, (line.amount_cents for line in journal.lines), strict=True))


def codes_of(result: LaborCost) -> list[str]:
    """The finding codes, sorted."""
    return sorted(found.code for found in result.findings)
