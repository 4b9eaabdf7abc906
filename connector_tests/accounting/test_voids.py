"""A void copies the stored split of its original with the opposite sign, whatever has changed since."""

from dataclasses import replace
from datetime import date

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_assets.accounting.findings import Severity
from connector_assets.accounting.voids import voids_of_earlier_years
from connector_tests.accounting.labor import LaborCost
from connector_tests.accounting.registers import MAPPING, ONE_ENTITY, Line, check_frame, mapping, run, table_of

ORIGINAL = [
    Line("wage", "REG", 600_01),
    Line("wage", "REG", 400_02, location_id="LOC-JC"),
    Line("imputed", "GTL", 7_35),
    Line("employer_tax", "SS", 76_51),
    Line("employee_tax", "FIT", 100_00),
]


def negative(lines: list[Line]) -> list[Line]:
    return [replace(line, cents=-line.cents) for line in lines]


def negated_table(result: LaborCost) -> dict[str, int]:
    (journal,) = result.build.journals
    return {key: -cents for key, cents in table_of(journal).items()}


def test_the_void_is_the_mirror_of_its_original_in_a_journal_of_its_own() -> None:
    original = run({"C1": ORIGINAL})
    void = run({"C1V": negative(ORIGINAL)}, voids={"C1V": "C1"}, original_pieces=original.pieces)
    (journal,) = void.build.journals
    assert (journal.kind, journal.reference) == ("void", "PX-01080012-970007831988123-V-1")
    assert table_of(journal) == negated_table(original)
    assert void.findings == ()
    assert void.register_totals == void.journal_totals


def test_neither_a_new_mapping_nor_a_transfer_changes_the_void() -> None:
    """The stored split counts, not what the same lines would be today."""
    original = run({"C1": ORIGINAL})
    void = run(
        {"C1V": negative(ORIGINAL)},
        voids={"C1V": "C1"},
        original_pieces=original.pieces,
        homes={"W1": ("ORG-530", "LOC-JC")},
        table=mapping(MAPPING.replace("6000", "6099")),
    )
    assert table_of(void.build.journals[0]) == negated_table(original)


def test_a_void_whose_original_is_not_at_hand_uses_its_own_places_and_says_so() -> None:
    void = run({"C1V": negative(ORIGINAL)}, voids={"C1V": None})
    assert table_of(void.build.journals[0]) == negated_table(run({"C1": ORIGINAL}))
    (found,) = void.findings
    assert (found.code, found.severity, found.subject) == ("S16", Severity.WARN, "C1V")


def test_a_void_that_differs_from_its_original_is_an_error_and_still_balances() -> None:
    original = run({"C1": ORIGINAL})
    other = [*negative(ORIGINAL[:-1]), Line("employee_tax", "FIT", -99_00)]
    void = run({"C1V": other}, voids={"C1V": "C1"}, original_pieces=original.pieces)
    (found,) = void.findings
    assert (found.code, found.severity) == ("S16", Severity.ERROR)
    assert void.build.journals[0].unbalanced_entities() == {}


def test_a_void_of_a_check_of_an_earlier_year_is_found_by_its_originals_date() -> None:
    """Whatever date the void itself bears; one whose original is not known is S16, and no year is guessed."""
    checks = check_frame(
        {"check_id": void, "worker_id": "W1", "net_cents": -1, "is_void": True, "original_check_id": original}
        for void, original in (("V1", "C1"), ("V2", "C2"), ("V3", "C3"), ("V4", None))
    )
    paid = {"C1": date(2025, 12, 31), "C2": date(2026, 1, 2)}
    assert voids_of_earlier_years(checks, paid, 2026) == ["V1"]
    assert voids_of_earlier_years(checks, paid, 2025) == []
    assert voids_of_earlier_years(checks.assign(is_void=False), paid, 2026) == []


def test_a_void_that_lacks_a_line_of_its_original_is_no_mirror() -> None:
    original = run({"C1": ORIGINAL})
    void = run({"C1V": negative(ORIGINAL[:-2])}, voids={"C1V": "C1"}, original_pieces=original.pieces)
    assert [(found.code, found.severity) for found in void.findings] == [("S16", Severity.ERROR)]


def test_a_void_with_the_right_net_and_another_employer_tax_is_no_mirror() -> None:
    original = run({"C1": ORIGINAL})
    other = [replace(line, cents=-76_50) if line.code == "SS" else line for line in negative(ORIGINAL)]
    void = run({"C1V": other}, voids={"C1V": "C1"}, original_pieces=original.pieces)
    (found,) = void.findings
    assert (found.code, found.severity) == ("S16", Severity.ERROR)
    assert "employer_tax SS" in found.why


def test_a_void_with_the_right_lines_and_another_net_is_no_mirror() -> None:
    pieces = run({"C1": ORIGINAL}).pieces
    stored = pieces.assign(amount_cents=pieces["amount_cents"] - (pieces["kind"] == "net_pay"))
    void = run({"C1V": negative(ORIGINAL)}, voids={"C1V": "C1"}, original_pieces=stored)
    (found,) = void.findings
    assert "its net pay is -900.03, the original's 900.04" in found.why


def test_a_reversed_pay_run_is_all_voids() -> None:
    checks = {"C1": ORIGINAL, "C2": [Line("wage", "REG", 5_00)]}
    original = run(checks)
    reversal = run(
        {f"{check_id}V": negative(lines) for check_id, lines in checks.items()},
        voids={"C1V": "C1", "C2V": "C2"},
        original_pieces=original.pieces,
    )
    assert [journal.kind for journal in reversal.build.journals] == ["void"]
    assert table_of(reversal.build.journals[0]) == negated_table(original)


SPLIT = replace(
    ONE_ENTITY,
    percentages=pd.DataFrame([{"worker_id": "W1", "department_id": "210", "location_id": "JC", "share_e6": 333_333}]),
)
AMOUNTS = st.integers(-10_00, 90_000_00)


@given(st.lists(AMOUNTS, min_size=1, max_size=4), st.lists(AMOUNTS, max_size=4))
@settings(max_examples=10, deadline=None)
def test_every_void_undoes_its_original_to_the_cent(wages: list[int], taxes: list[int]) -> None:
    lines = [Line("wage", f"E{place % 2}", cents) for place, cents in enumerate(wages)]
    lines += [Line("employer_tax", f"T{place % 2}", cents) for place, cents in enumerate(taxes)]
    original = run({"C1": lines}, cost_centers=SPLIT)
    stored = run({"C1V": negative(lines)}, voids={"C1V": "C1"}, original_pieces=original.pieces, cost_centers=SPLIT)
    fresh = run({"C1V": negative(lines)}, voids={"C1V": None}, cost_centers=SPLIT)
    for void in (stored, fresh):
        both = pd.concat([original.pieces, void.pieces]).fillna("")
        undone = both.groupby(["account_no", "department_id", "location_id", "code"])["amount_cents"].sum()
        assert undone.eq(0).all()
