"""One expense report, one journal: balanced per entity, nothing without a rule, signs and taxes kept."""

from dataclasses import replace
from datetime import date

import pytest

from connector_assets.accounting.expense_journal import (
    Expense,
    ExpenseBuild,
    ExpensePolicy,
    Places,
    Report,
    build_expense_journal,
)
from connector_assets.accounting.mapping import MappingTable, rules_from_csv

DAY = date(2025, 3, 14)
TABLE = """kind,code,project_type,debit_account,credit_account
expense,Meals,,6610,
expense,Airfare,,6600,
expense,Airfare,billable,6640,
expense_tax,GB_VAT_20,,1320,
reimbursable,,,,2130
company_card,,,,2160
"""
MEAL = Expense("4001", DAY, "Meals", 4_500, 4_500, "USD", 0, "", True, False, "", "Thai Basil", "", {1: "Strategy"})
FLIGHT = replace(MEAL, expense_id="4002", category="Airfare", amount_cents=30_000, is_reimbursable=False, card="Visa")
PLACES = Places(
    levels={1: "department_id", 2: "location_id"},
    targets={(1, "Strategy"): "200", (2, "Jersey City"): "JC"},
    home={"department_id": "500", "location_id": "NYC"},
    defaults={},
    entities={"NYC": "E100", "JC": "E200"},
)
POLICY = ExpensePolicy("E100", "GJ", "USD", "1310", "2410", credit_location="E100")


def built(*expenses: Expense, off_cents: int = 0, table: str = TABLE) -> ExpenseBuild:
    total = sum(one.amount_cents or 0 for one in expenses) + off_cents
    report = Report("R001", "1042", "USD", total, DAY, DAY)
    return build_expense_journal(report, expenses, MappingTable(rules_from_csv(table), "1"), PLACES, POLICY)


def amounts(build: ExpenseBuild) -> dict[str, int]:
    assert build.journal is not None
    assert build.journal.unbalanced_entities() == {}
    sums: dict[str, int] = {}
    for line in build.journal.lines:
        sums[line.account_no] = sums.get(line.account_no, 0) + line.amount_cents
    return sums


def codes(build: ExpenseBuild) -> list[str]:
    return [one.code for one in build.findings]


def test_cost_is_debited_and_employee_and_card_are_owed_apart() -> None:
    assert amounts(built(MEAL, FLIGHT)) == {"6610": 4_500, "6600": 30_000, "2130": -4_500, "2160": -30_000}


def test_a_refund_is_a_credit_of_its_cost() -> None:
    assert amounts(built(replace(FLIGHT, amount_cents=-9_900))) == {"6600": -9_900, "2160": 9_900}


def test_what_is_billed_on_may_have_an_account_of_its_own() -> None:
    assert amounts(built(replace(FLIGHT, is_billable=True))) == {"6640": 30_000, "2160": -30_000}


@pytest.mark.parametrize(("code", "tax_account"), [("GB_VAT_20", {"1320": 5_000}), ("US_SALES", {})])
def test_a_tax_is_cost_unless_a_rule_recovers_it(code: str, tax_account: dict[str, int]) -> None:
    taxed = replace(FLIGHT, tax_cents=5_000, tax_code=code)
    assert amounts(built(taxed)) == {"6600": 30_000 - sum(tax_account.values()), "2160": -30_000, **tax_account}


def test_cost_in_another_entity_is_owed_between_both() -> None:
    elsewhere = replace(MEAL, tags={1: "Strategy", 2: "Jersey City"})
    assert amounts(built(elsewhere)) == {"6610": 4_500, "2130": -4_500, "1310": 4_500, "2410": -4_500}


def test_tags_decide_then_the_employees_home() -> None:
    build = built(MEAL, replace(FLIGHT, tags={}))
    assert build.journal is not None
    cost = {line.account_no: (line.department_id, line.location_id) for line in build.journal.lines}
    assert (cost["6610"], cost["6600"]) == (("200", "NYC"), ("500", "NYC"))


def test_everything_that_is_missing_is_said_at_once_and_nothing_is_posted() -> None:
    strange = replace(FLIGHT, category="Gifts", tags={1: "Nowhere"})
    build = built(MEAL, strange, table=TABLE.replace("reimbursable,,,,2130\n", ""))
    assert build.journal is None
    assert {"X01", "W04"} <= set(codes(build))
    assert {one.subject for one in build.findings if one.code == "X01"} == {"Gifts", "reimbursable"}


def test_the_total_is_the_expenses_or_the_report_waits() -> None:
    assert built(MEAL, off_cents=1).journal is None
    assert "S30" in codes(built(MEAL, off_cents=1))


def test_a_cent_of_conversion_goes_to_the_largest_converted_expense() -> None:
    foreign = replace(FLIGHT, own_currency="EUR", own_cents=27_727)
    build = built(MEAL, foreign, off_cents=-1)
    assert codes(build) == ["S33"]
    assert amounts(build) == {"6610": 4_500, "6600": 29_999, "2130": -4_500, "2160": -29_999}
    assert "S30" in codes(built(MEAL, foreign, off_cents=-2))


def test_an_expense_that_was_not_converted_waits() -> None:
    assert codes(built(MEAL, replace(FLIGHT, amount_cents=None, own_currency="EUR")))[0] == "S32"


def test_the_trace_leads_from_every_line_to_its_expenses() -> None:
    build = built(MEAL, FLIGHT)
    sums = build.trace.groupby("journal_line_no")["amount_cents"].sum()
    assert build.journal is not None
    assert sums.tolist() == [line.amount_cents for line in build.journal.lines]
    assert set(build.trace["expense_id"]) == {"4001", "4002"}
