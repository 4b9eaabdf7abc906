"""A customer's own rules between the line and the home, and what a labor assignment is beside its place."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.accrual import AccrualPolicy, accrue
from connector_assets.accounting.allocation import CostCenters, Further, resolve_cost_centers
from connector_assets.accounting.classify import classify
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.journal import Journal, custom_pairs, custom_text, journal_from_payload
from connector_assets.accounting.overrides import Override, in_force, require_unambiguous
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.validation import Account, LedgerSnapshot, check_dimensions
from connector_tests.accounting.labor import LaborCost
from connector_tests.accounting.registers import (
    JOURNAL_POLICY,
    ONE_ENTITY,
    PAY_RUN,
    Line,
    codes_of,
    line_frame,
    run,
    worker_frame,
)

HOME = {"W1": ("ORG-200", "LOC-NYC")}
SHARES = pd.DataFrame([
    {"worker_id": "W1", "department_id": "210", "location_id": "NYC", "share_e6": 400_000},
])  # fmt: skip
CHECK = [
    Line("wage", "SAL", 1_000_00),
    Line("wage", "BON", 500_00),
    Line("wage", "BON", 100_00, organization_id="ORG-530"),
    Line("employer_tax", "SS", 160_00),
]


def with_rules(*rules: Override, percentages: pd.DataFrame | None = SHARES) -> LaborCost:
    centers = replace(ONE_ENTITY, percentages=percentages, overrides=rules)
    return run({"C1": CHECK}, homes=HOME, cost_centers=centers)


def wages(cost: LaborCost) -> dict[str, dict[str, int]]:
    """Cents by code and department."""
    rows = cost.pieces[cost.pieces["kind"].isin(["wage", "employer_tax"]) & (cost.pieces["side"] == "expense")]
    return {
        code: {str(place): int(cents) for place, cents in mine.groupby("department_id")["amount_cents"].sum().items()}
        for code, mine in rows.groupby("code")
        if isinstance(code, str)
    }


def test_a_rule_stands_between_the_line_and_the_percentages() -> None:
    shared = {"SAL": {"200": 600_00, "210": 400_00}, "BON": {"200": 300_00, "210": 200_00, "530": 100_00}}
    plain = wages(with_rules())
    assert {code: plain[code] for code in shared} == shared
    home = with_rules(Override(code="BON"))
    assert (wages(home)["SAL"], wages(home)["BON"]) == (shared["SAL"], {"200": 500_00, "530": 100_00})
    assert codes_of(home) == []
    tax = home.pieces[(home.pieces["code"] == "SS") & (home.pieces["side"] == "expense")]
    assert tax.groupby("department_id")["amount_cents"].sum().to_dict() == {"200": 110_00, "210": 40_00, "530": 10_00}


def test_a_rule_puts_another_cost_center_in_the_homes_place_and_keeps_the_rest() -> None:
    elsewhere = with_rules(Override(code="BON", to_department="500", to_location="JC", to_project="P-1040"))
    bonus = elsewhere.mapped[(elsewhere.mapped["code"] == "BON") & (elsewhere.mapped["origin"] == "rule")].iloc[0]
    named = bonus[["department_id", "location_id", "project_id", "project_type", "work_state"]].tolist()
    assert named == ["500", "JC", "P-1040", "billable", "NJ"]
    assert wages(elsewhere)["BON"] == {"500": 500_00, "530": 100_00}
    assert "W04" in codes_of(with_rules(Override(code="BON", to_location="NOWHERE")))


def test_the_most_specific_rule_decides_and_the_newest_of_its_conditions() -> None:
    general, of_department = Override(to_department="210"), Override(department_id="200", to_department="530")
    of_code, of_worker = Override(code="BON", to_department="500"), Override(worker_id="W1", to_department="210")
    assert wages(with_rules(general, of_department))["SAL"] == {"530": 1_000_00}
    assert wages(with_rules(of_code, of_worker, of_department))["BON"] == {"500": 500_00, "530": 100_00}
    assert wages(with_rules(of_worker, of_department))["SAL"] == {"210": 1_000_00}
    assert wages(with_rules(Override(worker_id="W2", to_department="530"), percentages=None))["SAL"] == {"200": 1000_00}
    later = replace(of_code, to_department="210", effective_from=date(2026, 4, 1))
    assert in_force([later, of_code], date(2026, 3, 31)) == (of_code,)
    assert in_force([later, of_code], date(2026, 4, 1)) == (later,)
    require_unambiguous([later, of_code])
    with pytest.raises(AccountingError, match="state the same: code BON"):
        require_unambiguous([of_code, Override(code="BON")])


# --- classes and the company's own dimensions -----------------------------------------------------------------------

TAGGED = {"LA-210-JC": Further("ADVISORY"), "LA-OWN": Further(custom_dimensions="GLDIMGRANT=12")}
FURTHER = replace(
    ONE_ENTITY,
    assignments={**ONE_ENTITY.assignments, "LA-OWN": ONE_ENTITY.assignments["LA-210-JC"]},
    further=TAGGED,
)
TAGGED_CHECK = [
    Line("wage", "REG", 600_00, labor_assignment_id="LA-210-JC"),
    Line("wage", "REG", 300_00, labor_assignment_id="LA-OWN"),
    Line("wage", "REG", 100_00),
    Line("employer_tax", "SS", 76_51),
]


def tagged(centers: CostCenters = FURTHER) -> LaborCost:
    return run({"C1": TAGGED_CHECK}, homes=HOME, cost_centers=centers)


def costs_by_tag(journal: Journal) -> dict[tuple[str, str | None, str], int]:
    costs = [line for line in journal.lines if line.amount_cents > 0]
    return {(line.account_no, line.class_id, line.custom_text): line.amount_cents for line in costs}


def test_a_labor_assignments_class_or_own_dimension_is_on_the_journal_line_and_the_employers_cost_follows() -> None:
    cost = tagged()
    (journal,) = cost.build.journals
    assert costs_by_tag(journal) == {
        ("6000", "ADVISORY", ""): 600_00,
        ("6000", None, "GLDIMGRANT=12"): 300_00,
        ("6000", None, ""): 100_00,
        ("6100", "ADVISORY", ""): 45_91,
        ("6100", None, "GLDIMGRANT=12"): 22_95,
        ("6100", None, ""): 7_65,
    }
    assert codes_of(cost) == []
    assert journal_from_payload(journal.payload()) == journal
    shown = cost.build.lines.set_index("journal_line_no")["custom_dimensions"].dropna()
    assert set(shown) == {"GLDIMGRANT=12"}
    bare = replace(FURTHER, further=None)
    assert tagged(bare).build.journals[0].digest() != journal.digest()
    accrued = accrue(cost.pieces, PAY_RUN, date(2026, 3, 31), JOURNAL_POLICY, AccrualPolicy("2100"))
    assert accrued is not None
    assert ("6000", "ADVISORY", "") in costs_by_tag(accrued[0])


def test_an_assignment_of_the_home_counts_where_the_line_is_at_home_and_one_without_a_partner_blocks() -> None:
    workers = worker_frame({"W1": (None, None)}).assign(labor_assignment_id=pd.Series(["LA-210-JC"], dtype="str"))
    said = [Line("wage", "REG", 1_00), Line("wage", "OT", 1_00, organization_id="ORG-530")]
    lines, _ = classify(line_frame({"C1": said}, {"C1": "W1"}), {})
    resolved, _ = resolve_cost_centers(lines, workers, FURTHER)
    assert resolved["class_id"].fillna("").tolist() == ["ADVISORY", ""]
    unpaired = run({"C1": TAGGED_CHECK}, homes=HOME, cost_centers=replace(FURTHER, further={}))
    assert [found.subject for found in unpaired.findings if found.code == "W04"] == ["LA-210-JC", "LA-OWN"]


def test_own_values_are_active_and_present_where_an_account_asks_for_them() -> None:
    lines = tagged().build.lines
    accounts = {"6000": Account(False, required=frozenset({"GLDIMGRANT"})), "6100": Account(False)}
    known = {one: Account(True) for one in ("2210", "1051")}
    missing = check_dimensions(lines, LedgerSnapshot(accounts | known, {"GLDIMGRANT": {"12": True}}))
    assert [(one.code, one.subject) for one in missing] == [("P02", "6000")]
    gone = check_dimensions(lines, LedgerSnapshot({**accounts, "6000": Account(False)} | known, {"GLDIMGRANT": {}}))
    assert [(one.code, one.subject) for one in gone] == [("P01", "12")]


def test_own_dimensions_are_one_text_in_a_frame() -> None:
    pairs = (("GLDIMGRANT", "12"), ("GLDIMFUND", "3"))
    assert custom_text(pairs) == "GLDIMFUND=3,GLDIMGRANT=12"
    assert custom_pairs(custom_text(pairs)) == tuple(sorted(pairs))
    assert (custom_text(()), custom_pairs("")) == ("", ())


def test_pieces_of_before_there_were_classes_are_still_pieces() -> None:
    older = tagged().pieces.drop(columns=["class_id", "custom_dimensions"])
    assert PIECES.conform(older)["class_id"].isna().all()
