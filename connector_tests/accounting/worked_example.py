"""The worked example of the accountant's sheet as a register: five checks, two offices, one void.

The figures and the expected journals stand in `fixtures/payroll_example.json`, the accounts in
`fixtures/payroll_example_mapping.csv`. Here stands only what a payroll system would add: who works where.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from connector_assets.accounting.allocation import WHOLE_E6
from connector_assets.accounting.mapping import MappingTable, rules_from_csv
from connector_assets.accounting.money import cents_from_text
from connector_tests.accounting.registers import Line, check_frame, line_frame, worker_frame

FIXTURES = Path(__file__).parents[1] / "fixtures"
EXAMPLE: dict[str, Any] = json.loads((FIXTURES / "payroll_example.json").read_text())
TABLE = MappingTable(rules_from_csv((FIXTURES / "payroll_example_mapping.csv").read_text()), version="example")

HOMES: dict[str, tuple[str | None, str | None]] = {
    "1001": ("ORG-200", "LOC-NYC"),  # Brooks
    "1002": ("ORG-200", "LOC-NYC"),  # Castillo
    "1003": ("ORG-500", "LOC-JC"),  # Diaz
    "1004": ("ORG-200", "LOC-JC"),  # Patel
    "1005": ("ORG-530", "LOC-NYC"),  # Gold
}
# What the time sheets say: worker, earning -> hours (ten-thousandths) and location or job, where it is not the home's.
TIME: dict[tuple[str, str], list[tuple[int, str | None, str | None]]] = {
    ("1001", "REG"): [(48_0000, None, "JOB-1040"), (28_0000, None, "JOB-2207")],
    ("1001", "OT"): [(6_5000, None, "JOB-1040")],
    ("1001", "OTP"): [(0, None, "JOB-1040")],
    ("1004", "REG"): [(48_0000, "LOC-NYC", None), (32_0000, "LOC-JC", None)],
}
# Castillo's standing distribution: 60 percent department 200 (the home), 40 percent department 210.
PERCENTAGES = pd.DataFrame(
    [{"worker_id": "1002", "department_id": "210", "location_id": "NYC", "share_e6": WHOLE_E6 * 40 // 100}]
)
RUN_CHECKS = ("1001", "1002", "1003", "1004")
CHECK_DATE = date.fromisoformat(EXAMPLE["run"]["check_date"])


def cents(text: str) -> int:
    """An amount of the fixture in cents."""
    return cents_from_text(text, "fixture")


def expected(name: str) -> dict[str, int]:
    """An expected journal of the fixture in cents."""
    return {key: cents(amount) for key, amount in EXAMPLE[name].items()}


def lines_of(worker: str) -> list[Line]:
    """The lines of a worker's check."""
    check = EXAMPLE["checks"][worker]
    lines = [line for code, amount in check["earnings"].items() for line in _earning(worker, code, cents(amount))]
    if cents(check["imputed_noncash"]):
        lines.append(Line("imputed", "GTL", cents(check["imputed_noncash"])))
    if cents(check["reimbursement"]):
        lines.append(Line("reimbursement", "EXP", cents(check["reimbursement"])))
    for group, what in (
        ("ee_taxes", "employee_tax"),
        ("ee_deductions", "employee_deduction"),
        ("er_taxes", "employer_tax"),
        ("er_benefits", "employer_benefit"),
    ):
        lines += [Line(what, code, cents(amount)) for code, amount in check[group].items()]
    return lines


def _earning(worker: str, code: str, amount: int) -> list[Line]:
    """An earning as the payroll sends it: one line per entry of the time sheet, at one hourly rate."""
    entries = TIME.get((worker, code), [(0, None, None)])
    total = sum(hours for hours, _, _ in entries)
    return [
        Line(
            "wage",
            code,
            amount * hours // total if len(entries) > 1 else amount,
            location_id=location_id,
            job_id=job_id,
            hours_e4=hours,
        )
        for hours, location_id, job_id in entries
    ]


def register(workers: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """PAY_CHECKS, PAY_LINES and WORKERS of these workers' checks; the check of worker 1001 is C1001."""
    checks = check_frame(
        {
            "check_id": f"C{worker}",
            "worker_id": worker,
            "net_cents": cents(EXAMPLE["checks"][worker]["net"]),
            "is_void": EXAMPLE["checks"][worker]["is_void"],
        }
        for worker in workers
    )
    worker_of = {f"C{worker}": worker for worker in workers}
    lines = line_frame({check_id: lines_of(worker) for check_id, worker in worker_of.items()}, worker_of)
    return checks, lines, worker_frame(HOMES)
