"""After posting: what must add up to nothing does, and no text says whose pay it is."""

from dataclasses import replace
from datetime import date

import pytest

from connector_assets.accounting.accrual import AccrualPolicy, accrue
from connector_assets.accounting.afterwards import check_accrual_pair, check_inter_entity_zero, check_private
from connector_tests.accounting.registers import JOURNAL_POLICY, PAY_RUN, Line, run


def test_a05_an_accrual_and_its_one_reversal_add_up_to_nothing() -> None:
    pieces = run({"C1": [Line("wage", "REG", 100_01), Line("employer_tax", "SS", 7_65)]}).pieces
    pair = accrue(pieces, PAY_RUN, date(2026, 3, 31), JOURNAL_POLICY, AccrualPolicy("2100"))
    assert pair is not None
    accrual, reversal = pair
    assert check_accrual_pair(accrual, reversal) == check_accrual_pair(None, None) == []
    first, *others = reversal.lines
    other = replace(reversal, lines=(replace(first, amount_cents=first.amount_cents + 1), *others))
    for halves in ((accrual, None), (None, reversal), (accrual, other)):
        (found,) = check_accrual_pair(*halves)
        assert (found.code, found.severity) == ("A05", "error")


def test_a12_what_is_due_from_others_is_what_is_due_to_them() -> None:
    assert check_inter_entity_zero("1", {"1310": 2_107_63, "2410": -2_107_63, "6000": 5}, "1310", "2410") == []
    assert check_inter_entity_zero("1", {}, "1310", "2410") == []
    (found,) = check_inter_entity_zero("1", {"1310": 2_107_63, "2410": -2_107_62}, "1310", "2410")
    assert (found.code, found.severity) == ("A12", "error")
    assert "2,107.63 is due from other entities" in found.why


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("Regular", []),
        ("Bonus 987-65-4321", ["X10"]),
        ("Case No. 26-114 support", ["X10"]),
        ("Shift 0123-45-6789", []),
    ],
)
def test_x10_no_memo_holds_the_number_of_a_person_or_a_case(label: str, found: list[str]) -> None:
    build = run({"C1": [Line("wage", label, 100_00)]}).build
    shown = check_private(build.journals)
    assert [one.code for one in shown] == found
    assert all(label not in f"{one.subject} {one.why} {one.fix}" for one in shown)


def test_memos_of_deductions_and_benefits_name_no_plan_and_no_case() -> None:
    lines = [
        Line("wage", "REG", 900_00),
        Line("employee_deduction", "Child support case 7", 100_00),
        Line("employer_benefit", "Medical family gold", 50_00),
    ]
    memos = {line.memo for journal in run({"C1": lines}).build.journals for line in journal.lines}
    assert memos == {"REG", "Employee deductions", "Employer benefits", "Net pay"}
