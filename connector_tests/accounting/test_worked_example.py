"""The accountant's worked example, to the cent: run, void, accrual, and the version with two legal entities."""

import hashlib
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.accrual import AccrualPolicy, accrue
from connector_assets.accounting.allocation import CostCenters, resolve_cost_centers
from connector_assets.accounting.classify import classify
from connector_assets.accounting.distribution import DistributionPolicy, distribute
from connector_assets.accounting.journal import JournalPolicy
from connector_assets.accounting.journal_build import JournalBuild, build_journals
from connector_tests.accounting import worked_example as example
from connector_tests.accounting.labor import LaborCost, LaborPolicy, labor_cost
from connector_tests.accounting.registers import JOURNAL_POLICY, ONE_ENTITY, PAY_RUN, TWO_ENTITIES, table_of

CENTERS = replace(ONE_ENTITY, percentages=example.PERCENTAGES)
ALL_CHECKS = (*example.RUN_CHECKS, "1005")


def step_by_step() -> tuple[pd.DataFrame, JournalBuild]:
    """The five steps one after the other; none of them has anything to say but the void's missing original."""
    checks, lines, workers = example.register(ALL_CHECKS)
    classified, unclassified = classify(lines, overrides={})
    resolved, unresolved = resolve_cost_centers(classified, workers, CENTERS)
    mapped = example.TABLE.apply(resolved, on=example.CHECK_DATE)
    pieces, voids = distribute(mapped, checks, DistributionPolicy(example.TABLE, example.CHECK_DATE, "E100"))
    assert unclassified == unresolved == []
    assert [found.code for found in voids] == ["S16"]
    return pieces, build_journals(pieces, PAY_RUN, JOURNAL_POLICY)


def whole_run(
    workers: tuple[str, ...], centers: CostCenters = CENTERS, journal: JournalPolicy = JOURNAL_POLICY
) -> LaborCost:
    checks, lines, roster = example.register(workers)
    policy = LaborPolicy(example.TABLE, centers, journal, line_kinds={})
    return labor_cost(replace(PAY_RUN, expected_checks=len(workers)), checks, lines, roster, policy=policy)


def test_the_labor_journal_line_by_line() -> None:
    labor, _ = step_by_step()[1].journals
    assert table_of(labor) == example.expected("expected_journal_run")
    assert labor.debit_cents() == labor.credit_cents() == 19_976_45


def test_the_void_journal_line_by_line() -> None:
    _, void = step_by_step()[1].journals
    assert table_of(void) == example.expected("expected_journal_void")
    assert void.debit_cents() == void.credit_cents() == 1_616_33


def test_a_journal_without_classes_has_the_digest_that_it_was_posted_under_before_there_were_any() -> None:
    labor, void = step_by_step()[1].journals
    digests = [hashlib.sha256(one.payload().encode()).hexdigest() for one in (labor, void)]
    assert (labor.digest(), void.digest()) == (
        "59f146675b2f5c90d3fc320ef5d02784c522e1b734231c5b6df53119af3b5a9d",
        "a87205712c10957e8f2ff5cffebef1f438e1561c822ef515d3ce2c30e5e5289f",
    )
    assert digests == [
        "bf0851d21e0a1ab28da221ca806f8f0c574c9098131fc4d15b6d2ad4e8221fab",
        "420603dc347de14a2c531ce8a88c1b66752d1124d1313d92109924d7a3094cad",
    ]


def test_the_accrual_line_by_line_and_its_one_reversal() -> None:
    pieces, _ = step_by_step()
    policy = AccrualPolicy(accrued_payroll_account="2100", excluded_codes=frozenset({"BON"}))
    pair = accrue(pieces, PAY_RUN, date(2026, 3, 31), JOURNAL_POLICY, policy)
    assert pair is not None
    accrual, reversal = pair
    assert table_of(accrual) == example.expected("expected_accrual_2026-03-31")
    assert accrual.credit_cents() == 13_410_59
    assert (accrual.entry_date, reversal.entry_date) == (date(2026, 3, 31), date(2026, 4, 1))
    assert table_of(reversal) == {key: -cents for key, cents in table_of(accrual).items()}
    assert accrual.reference.endswith("-A-1")
    assert reversal.reference.endswith("-R-1")


def test_the_earnings_stand_where_the_time_sheets_say() -> None:
    pieces, _ = step_by_step()
    wages = pieces[pieces["kind"] == "wage"].fillna({"project_id": ""})
    for worker in ALL_CHECKS:
        own = wages[wages["check_id"] == f"C{worker}"]
        places = own["department_id"] + "/" + own["location_id"] + "/" + own["project_id"]
        found = own["amount_cents"].groupby([own["code"], places]).sum().to_dict()
        wanted = example.EXAMPLE["checks"][worker]["expected_earning_allocation"]
        assert found == {(code, at): example.cents(a) for code, split in wanted.items() for at, a in split.items()}


def test_cost_centers_add_up_to_wages_employer_taxes_and_benefits() -> None:
    pieces, _ = step_by_step()
    cost = pieces[(pieces["side"] == "expense") & ~pieces["is_void"]].fillna({"project_id": ""})
    by_center = cost.groupby(["department_id", "location_id", "project_id"])["amount_cents"].sum().to_dict()
    assert by_center == {
        ("200", "NYC", "P-1040"): 2_976_75,
        ("200", "NYC", "P-2207"): 1_443_27,
        ("200", "NYC", ""): 6_056_34,
        ("210", "NYC", ""): 2_632_48,
        ("200", "JC", ""): 1_982_84,
        ("500", "JC", ""): 4_566_30,
    }
    assert sum(by_center.values()) == 16_179_97 + 1_587_60 + 1_890_41


def test_the_spare_cent_of_brooks_social_security_goes_to_the_larger_fraction() -> None:
    pieces, _ = step_by_step()
    own = pieces[(pieces["check_id"] == "C1001") & (pieces["code"] == "SS") & (pieces["side"] == "expense")]
    assert own.set_index("project_id")["amount_cents"].to_dict() == {"P-1040": 146_41, "P-2207": 70_99}


def test_register_and_journal_have_the_same_control_totals() -> None:
    result = whole_run(example.RUN_CHECKS)
    totals = result.register_totals
    assert totals == result.journal_totals
    assert totals.as_dict() == {
        "checks": 4,
        "workers": 4,
        "hours_e4": 162_5000,
        "gross_cents": 16_179_97,
        "reimbursement_cents": 318_47,
        "employee_tax_cents": 4_158_11,
        "employer_tax_cents": 1_587_60,
        "deduction_cents": 1_360_51,
        "employer_benefit_cents": 1_890_41,
        "net_cents": 10_979_82,
    }
    assert result.findings == ()


def test_imputed_life_insurance_is_in_the_register_and_in_no_journal() -> None:
    result = whole_run(example.RUN_CHECKS)
    assert result.lines.loc[result.lines["kind"] == "imputed", "amount_cents"].tolist() == [7_35]
    assert "imputed" not in set(result.pieces["kind"])


@pytest.mark.parametrize(
    ("entity", "workers", "own_cost", "credits", "dues"),
    [
        # NYC employs Brooks and Castillo, whose whole cost is its own.
        ("E100", ("1001", "1002"), 13_108_84 - 2_107_63, 11_319_68, {}),
        # Jersey City employs Diaz and Patel; 60 percent of Patel's hourly cost is New York's.
        ("E200", ("1003", "1004"), 6_549_14, 8_656_77, {("1310", "E200"): 2_107_63, ("2410", "E100"): -2_107_63}),
    ],
)
def test_with_two_entities_each_balances_and_the_cost_crosses(
    entity: str, workers: tuple[str, ...], own_cost: int, credits: int, dues: dict[tuple[str, str], int]
) -> None:
    policy = replace(JOURNAL_POLICY, employing_entity_id=entity, credit_location=entity)
    result = whole_run(workers, replace(TWO_ENTITIES, percentages=example.PERCENTAGES), policy)
    (journal,) = result.build.journals
    assert journal.unbalanced_entities() == {}
    mine = [line for line in journal.lines if line.entity_id == entity]
    assert sum(line.amount_cents for line in mine if line.account_no.startswith("6")) == own_cost
    assert -sum(line.amount_cents for line in mine if line.amount_cents < 0) == credits
    due_lines = [line for line in journal.lines if line.account_no in ("1310", "2410")]
    assert {(line.account_no, line.location_id): line.amount_cents for line in due_lines} == dues
    assert result.findings == ()


def test_the_inter_entity_figure_is_the_fixtures() -> None:
    assert {example.cents(amount) for amount in example.EXAMPLE["expected_inter_entity"].values()} == {2_107_63}
