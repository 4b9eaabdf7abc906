"""Labour distribution: what follows the wages, what does not, and that nothing is lost on the way."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_assets.accounting.pieces import UNMAPPED
from connector_assets.accounting.totals import control_totals
from connector_tests.accounting.labor import LaborCost
from connector_tests.accounting.registers import (
    MAPPING,
    TWO_ENTITIES,
    Line,
    codes_of,
    mapping,
    net_of,
    run,
    table_of,
)

AT_JC = "LOC-JC"


def cost_of(result: LaborCost, code: str) -> dict[str, int]:
    """The expense pieces of a code by department/location/project."""
    pieces = result.pieces[(result.pieces["code"] == code) & (result.pieces["side"] == "expense")].fillna("")
    places = pieces["department_id"] + "/" + pieces["location_id"] + "/" + pieces["project_id"]
    return {str(place): int(cents) for place, cents in zip(places, pieces["amount_cents"], strict=True)}


def test_employer_cost_follows_cash_wages_only() -> None:
    result = run(
        {
            "C1": [
                Line("wage", "REG", 750_00),
                Line("wage", "REG", 250_00, location_id=AT_JC),
                # neither reimbursements nor imputed earnings are wages: they must not move the employer's cost
                Line("reimbursement", "EXP", 10_000_00, location_id=AT_JC),
                Line("imputed", "GTL", 10_000_00, location_id=AT_JC),
                Line("employer_tax", "SS", 100_00),
            ]
        }
    )
    assert cost_of(result, "SS") == {"200/NYC/": 75_00, "200/JC/": 25_00}
    assert codes_of(result) == []


@pytest.mark.parametrize(
    ("mode", "split"),
    [
        ("wages", {"200/NYC/": 90_00, "200/JC/": 10_00}),
        ("hours", {"200/NYC/": 20_00, "200/JC/": 80_00}),
        ("home", {"200/NYC/": 100_00}),
        ("pool:510", {"510/NYC/": 100_00}),  # a department carries it for everybody
    ],
)
def test_the_rule_says_how_the_employers_cost_follows(mode: str, split: dict[str, int]) -> None:
    lines = [
        Line("wage", "REG", 900_00, hours_e4=8_0000),
        Line("wage", "REG", 100_00, location_id=AT_JC, hours_e4=32_0000),
        Line("employer_benefit", "MED", 100_00),
    ]
    table = mapping(f"{MAPPING}employer_benefit,MED,6200,2310,{mode}\n")
    assert cost_of(run({"C1": lines}, table=table), "MED") == split


@pytest.mark.parametrize("wages", [[], [Line("wage", "REG", 0, location_id=AT_JC)]])
def test_without_wages_the_employers_cost_goes_home(wages: list[Line]) -> None:
    """A worker on leave: the benefit goes on, nothing is paid."""
    result = run({"C1": [*wages, Line("employer_benefit", "MED", 100_00)]})
    assert cost_of(result, "MED") == {"200/NYC/": 100_00}


def test_a_negative_bucket_carries_no_weight() -> None:
    """A retro move takes 300 out of New York in a check that pays 1,000 in Jersey City."""
    lines = [
        Line("wage", "RETRO", -300_00),
        Line("wage", "REG", 1_000_00, location_id=AT_JC),
        Line("employer_tax", "SS", 53_55),
    ]
    result = run({"C1": lines})
    assert cost_of(result, "SS") == {"200/JC/": 53_55}
    assert cost_of(result, "RETRO") == {"200/NYC/": -300_00}


def test_an_employer_tax_that_names_its_own_place_stays_there() -> None:
    lines = [Line("wage", "REG", 100_00), Line("employer_tax", "JCPT", 1_00, location_id=AT_JC)]
    assert cost_of(run({"C1": lines}), "JCPT") == {"200/JC/": 1_00}


def test_the_share_of_a_billable_project_has_its_own_account() -> None:
    table = mapping(
        "kind,code,project_type,debit_account,credit_account\n"
        "wage,,,6010,\nwage,,billable,5010,\nemployer_tax,,,6100,2210\nemployer_tax,,billable,5100,2210\nnet_pay,,,,1051\n"
    )
    lines = [
        Line("wage", "REG", 100_00),
        Line("wage", "REG", 300_00, job_id="JOB-1040"),
        Line("employer_tax", "SS", 40_00),
    ]
    (journal,) = run({"C1": lines}, table=table).build.journals
    assert table_of(journal) == {
        "6010/200/NYC/": 100_00,
        "5010/200/NYC/P-1040": 300_00,
        "6100/200/NYC/": 10_00,
        "5100/200/NYC/P-1040": 30_00,
        "2210///": -40_00,
        "1051///": -400_00,
    }


def test_a_reimbursement_settles_a_payable_or_is_a_cost_as_its_rule_says() -> None:
    lines = {"C1": [Line("reimbursement", "EXP", 50_00, location_id=AT_JC)]}
    (payable,) = run(lines).build.journals
    assert table_of(payable) == {"2130///": 50_00, "1051///": -50_00}
    cost = mapping("kind,debit_account,credit_account,burden\nreimbursement,6620,,home\nnet_pay,,1051,\n")
    (expense,) = run(lines, table=cost).build.journals
    assert table_of(expense) == {"6620/200/JC/": 50_00, "1051///": -50_00}


def test_a_medical_deduction_can_reduce_the_benefits_cost_where_the_wages_are() -> None:
    lines = [
        Line("wage", "REG", 600_00),
        Line("wage", "REG", 400_00, location_id=AT_JC),
        Line("employee_deduction", "MED", 10_00),
    ]
    table = mapping(
        "kind,debit_account,credit_account,burden\nwage,6000,,\nemployee_deduction,,6200,wages\nnet_pay,,1051,\n"
    )
    (journal,) = run({"C1": lines}, table=table).build.journals
    assert table_of(journal) == {
        "6000/200/NYC/": 600_00,
        "6000/200/JC/": 400_00,
        "6200/200/NYC/": -6_00,
        "6200/200/JC/": -4_00,
        "1051///": -990_00,
    }


def test_memo_lines_are_posted_only_when_mapped() -> None:
    lines = {"C1": [Line("wage", "REG", 100_00), Line("memo", "MEDINV", 80_00)]}
    assert "memo" not in set(run(lines).pieces["kind"])
    mapped = run(lines, table=mapping(f"{MAPPING}memo,MEDINV,6200,2310,wages\n"))
    (journal,) = mapped.build.journals
    assert table_of(journal)["6200/200/NYC/"] == 80_00
    assert table_of(journal)["2310///"] == -80_00
    assert codes_of(mapped) == []


def test_a_code_without_rule_blocks_by_name_shows_in_the_preview_and_keeps_the_books_balanced() -> None:
    table = mapping("kind,code,debit_account,credit_account\nwage,REG,6000,\nnet_pay,,,1051\n")
    result = run({"C1": [Line("wage", "REG", 100_00), Line("wage", "970042", 5_00)]}, table=table)
    (found,) = result.findings
    assert (found.code, found.severity, found.subject) == ("X01", "block", "970042")
    assert "kind wage and code 970042" in found.fix
    (journal,) = result.build.journals
    assert table_of(journal)[f"{UNMAPPED}/200/NYC/"] == 5_00
    assert journal.unbalanced_entities() == {}


def test_equal_claims_are_settled_by_the_cost_center_and_not_by_the_order_of_lines() -> None:
    wages = [Line("wage", "REG", 50_00), Line("wage", "REG", 50_00, location_id=AT_JC)]
    tax = Line("employer_tax", "SS", 1)
    assert cost_of(run({"C1": [*wages, tax]}), "SS") == {"200/JC/": 1}
    assert cost_of(run({"C1": [tax, *reversed(wages)]}), "SS") == {"200/JC/": 1}


def test_a_tax_of_nothing_over_two_places_leaves_a_trace() -> None:
    """Paychex sends zero amounts; they post nothing, and still nothing is dropped."""
    wages = [Line("wage", "REG", 50_00), Line("wage", "REG", 50_00, location_id=AT_JC)]
    result = run({"C1": [*wages, Line("employer_tax", "FUTA", 0)]})
    assert result.findings == ()
    assert cost_of(result, "FUTA") == {"200/JC/": 0}
    assert "6100" not in {line.account_no for line in result.build.journals[0].lines}


def test_an_advance_is_a_receivable_that_adds_to_net_and_counts_with_reimbursements() -> None:
    table = mapping(MAPPING + "advance,,1320,,\n")
    lines = [Line("wage", "REG", 100_00), Line("reimbursement", "EXP", 5_00), Line("wage", "ADV", 20_00)]
    result = run({"C1": lines}, table=table, line_kinds={"ADV": "advance"})
    assert table_of(result.build.journals[0])["1320///"] == 20_00
    assert (result.register_totals.gross_cents, result.register_totals.reimbursement_cents) == (100_00, 25_00)
    assert result.register_totals == result.journal_totals
    assert result.findings == ()


def test_memos_name_no_deduction() -> None:
    result = run({"C1": [Line("wage", "REG", 100), Line("employee_deduction", "CASE-4711", 10)]})
    assert not result.build.lines["memo"].str.contains("CASE-4711").any()


def test_a_pay_run_without_checks_has_no_journal_and_no_finding() -> None:
    result = run({})
    assert result.build.journals == ()
    assert result.findings == ()


# --- random registers against an oracle in fractions -----------------------------------------------------------------

PLACES = [
    {},
    {"location_id": "LOC-JC"},
    {"organization_id": "ORG-210"},
    {"organization_id": "ORG-210", "location_id": "LOC-JC"},
    {"job_id": "JOB-1040"},
    {"job_id": "JOB-2207", "location_id": "LOC-JC"},
]
CENTS = st.integers(-5_000_00, 50_000_00)
WAGES = st.lists(
    st.builds(lambda place, cents: Line("wage", "REG", cents, **place), st.sampled_from(PLACES), CENTS), max_size=6
)
OTHERS = st.lists(
    st.builds(
        Line,
        st.sampled_from(
            ["employer_tax", "employer_benefit", "employee_tax", "employee_deduction", "reimbursement", "imputed"]
        ),
        st.sampled_from(["A", "B", "C"]),
        CENTS,
    ),
    max_size=8,
)
CHECKS = st.lists(st.tuples(WAGES, OTHERS).map(lambda parts: parts[0] + parts[1]), min_size=1, max_size=4)


def expected_split(lines: list[Line], line: Line) -> dict[tuple[str, ...], Fraction]:
    """What a line of the employer's should cost where, exactly: in proportion to the positive wages of each place."""
    wages: dict[tuple[str, ...], int] = {}
    for wage in lines:
        if wage.what == "wage":
            place = (wage.organization_id or "ORG-200", wage.location_id or "LOC-NYC", wage.job_id or "")
            wages[place] = wages.get(place, 0) + wage.cents
    weights = {place: cents for place, cents in wages.items() if cents > 0}
    if not weights:
        return {("ORG-200", "LOC-NYC", ""): Fraction(line.cents)}
    return {place: Fraction(line.cents * weight, sum(weights.values())) for place, weight in weights.items()}


@given(CHECKS)
@settings(max_examples=20, deadline=None)
def test_random_checks_balance_per_check_and_entity_and_lose_nothing(said: list[list[Line]]) -> None:
    checks = {f"C{number}": lines for number, lines in enumerate(said, start=1)}
    result = run(checks, cost_centers=TWO_ENTITIES)
    assert result.pieces.groupby("check_id")["amount_cents"].sum().eq(0).all()
    assert all(journal.unbalanced_entities() == {} for journal in result.build.journals)
    assert {found.code for found in result.findings} <= {"S08", "S10", "S11"}  # X01, X02, X04, X05 and A02 are quiet
    assert result.register_totals == result.journal_totals
    assert result.register_totals.net_cents == sum(net_of(lines) for lines in said)
    trace = result.build.trace.groupby(["reference", "journal_line_no"])["amount_cents"].sum()
    lines = result.build.lines.set_index(["reference", "journal_line_no"])["amount_cents"]
    assert trace[trace.index.get_level_values(1) > 0].to_dict() == lines.to_dict()
    assert trace[trace.index.get_level_values(1) == 0].eq(0).all()


@given(CHECKS)
@settings(max_examples=20, deadline=None)
def test_each_part_of_an_employer_cost_is_within_a_cent_of_the_exact_share(said: list[list[Line]]) -> None:
    result = run({f"C{number}": lines for number, lines in enumerate(said, start=1)})
    cost = result.pieces[result.pieces["side"] == "expense"].fillna({"project_id": ""})
    for number, lines in enumerate(said, start=1):
        for line_no, line in enumerate(lines, start=1):
            if line.what not in ("employer_tax", "employer_benefit"):
                continue
            mine = cost[(cost["check_id"] == f"C{number}") & (cost["line_no"] == line_no)]
            assert mine["amount_cents"].sum() == line.cents
            places = zip(
                mine["department_id"], mine["location_id"], mine["project_id"], mine["amount_cents"], strict=True
            )
            found: dict[tuple[str, ...], int] = {
                (f"ORG-{department}", f"LOC-{location}", project.replace("P-", "JOB-")): cents
                for department, location, project, cents in places
            }
            exact = expected_split(lines, line)
            assert set(found) <= set(exact)
            assert all(abs(found.get(place, 0) - share) < 1 for place, share in exact.items())


@given(CHECKS, st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_journal_does_not_hang_on_the_order_of_checks_and_lines(said: list[list[Line]], random: object) -> None:
    checks = {f"C{number}": lines for number, lines in enumerate(said, start=1)}
    numbers = list(checks)
    random.shuffle(numbers)  # type: ignore[attr-defined]  # Hypothesis types its random as object
    mixed = {number: list(reversed(checks[number])) for number in numbers}
    digests = [[journal.digest() for journal in run(order).build.journals] for order in (checks, mixed)]
    assert digests[0] == digests[1]


def test_a_lost_line_shows_in_the_totals_and_in_the_findings() -> None:
    """The proof that the comparison can fail: drop one line from the register's side and it speaks."""
    result = run({"C1": [Line("wage", "REG", 100_00), Line("employer_tax", "SS", 7_65)]})
    shorter = control_totals(result.lines.assign(net_cents=0).head(1), result.lines.head(1))
    assert set(shorter.differences(result.journal_totals)) == {"employer_tax_cents", "net_cents"}
