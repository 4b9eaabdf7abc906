"""The awkward checks of a real payroll, register in and journal out, as an accountant would write them down."""

from dataclasses import replace

from connector_assets.accounting.findings import CODES, Severity
from connector_assets.accounting.presentation import Detail, GroupPolicy, Presentation, Shape
from connector_assets.accounting.validation import Account, LedgerSnapshot, check_liabilities
from connector_tests.accounting.labor import LaborCost
from connector_tests.accounting.registers import TWO_ENTITIES, Line, mapping, run, table_of

TABLE = mapping(
    "kind,code,debit_account,credit_account,burden\n"
    "wage,,6000,,\n"
    "advance,ADV,1320,,\n"
    "reimbursement,,2130,,\n"
    "employee_tax,,,2210,\n"
    "employee_deduction,GARN,,2330,\n"
    "employee_deduction,MED,,2310,\n"
    "employer_tax,,6100,2210,wages\n"
    "employer_benefit,,6200,2310,wages\n"
    "net_pay,,,1051,\n"
)


def foots(result: LaborCost) -> None:
    """What holds of every run, awkward or not: balance per entity, register = journal, known codes."""
    for journal in result.build.journals:
        assert journal.unbalanced_entities() == {}
    assert result.register_totals == result.journal_totals
    assert {found.code for found in result.findings} <= set(CODES)


def test_an_imputed_only_check_whose_tax_the_employer_advances() -> None:
    """Life insurance over the limit during a leave: no cash, yet taxes. The worker owes them: 1320, net is nothing."""
    lines = [
        Line("imputed", "GTL", 96_08),
        Line("employee_tax", "Employee Social Security Tax", 5_96),
        Line("employee_tax", "Employee Medicare Tax", 1_39),
        Line("employer_tax", "Employer Social Security Tax", 5_96),
        Line("employer_tax", "Employer Medicare Tax", 1_39),
        Line("wage", "ADV", 7_35),
    ]
    result = run({"C1": lines}, table=TABLE, line_kinds={"ADV": "advance"})
    assert table_of(result.build.journals[0]) == {"1320///": 7_35, "6100/200/NYC/": 7_35, "2210///": -14_70}
    assert result.findings == ()
    foots(result)


def test_an_imputed_only_check_without_an_advance_has_a_negative_net_and_blocks() -> None:
    lines = [Line("imputed", "GTL", 96_08), Line("employee_tax", "Employee Social Security Tax", 5_96)]
    result = run({"C1": lines}, table=TABLE)
    assert ("S11", Severity.BLOCK) in {(found.code, found.severity) for found in result.findings}
    foots(result)


def test_a_negative_net_on_an_ordinary_check_blocks_and_its_journal_can_still_be_looked_at() -> None:
    lines = [Line("wage", "REG", 100_00), Line("employee_tax", "FIT", 20_00), Line("employee_deduction", "MED", 95_00)]
    result = run({"C1": lines}, table=TABLE)
    assert [found.code for found in result.findings if found.severity is Severity.BLOCK] == ["S11"]
    assert table_of(result.build.journals[0]) == {
        "6000/200/NYC/": 100_00, "1051///": 15_00, "2210///": -20_00, "2310///": -95_00,
    }  # fmt: skip
    foots(result)


def test_a_support_order_may_take_more_than_the_ordinary_limit_and_is_posted_as_withheld() -> None:
    """Disposable 800.00; support takes 520.00 (65 percent). The register decides: nothing is capped here."""
    lines = [
        Line("wage", "REG", 1_000_00),
        Line("employee_tax", "FIT", 200_00),
        Line("employee_deduction", "GARN", 520_00),
    ]
    result = run({"C1": lines}, table=TABLE)
    assert table_of(result.build.journals[0]) == {
        "6000/200/NYC/": 1_000_00, "1051///": -280_00, "2210///": -200_00, "2330///": -520_00,
    }  # fmt: skip
    assert result.findings == ()
    foots(result)


def test_a_garnishment_above_disposable_earnings_leaves_a_negative_net_and_blocks() -> None:
    lines = [
        Line("wage", "REG", 1_000_00),
        Line("employee_tax", "FIT", 200_00),
        Line("employee_deduction", "GARN", 810_00),
    ]
    result = run({"C1": lines}, table=TABLE)
    assert [found.code for found in result.findings] == ["S11"]
    foots(result)


def test_a_check_over_two_entities_carries_its_burden_across_and_leaves_its_liabilities() -> None:
    """60 percent of the wages in E100, 40 in E200: the tax of 76.51 follows 45.91 : 30.60, and E200 owes 430.60."""
    lines = [
        Line("wage", "REG", 600_00),
        Line("wage", "REG", 400_00, location_id="LOC-JC"),
        Line("employee_tax", "FIT", 150_00),
        Line("employer_tax", "SS", 76_51),
    ]
    result = run({"C1": lines}, table=TABLE, cost_centers=TWO_ENTITIES)
    assert table_of(result.build.journals[0]) == {
        "1310///": 430_60,
        "6000/200/NYC/": 600_00,
        "6000/200/JC/": 400_00,
        "6100/200/NYC/": 45_91,
        "6100/200/JC/": 30_60,
        "1051///": -850_00,
        "2210///": -226_51,
        "2410///": -430_60,
    }
    assert result.findings == ()
    foots(result)


def test_a_retro_move_takes_from_one_project_and_gives_to_another() -> None:
    """Last month's 500.00 moves from P-1040 to P-2207; this month's 1,000.00 is overhead. A bucket below zero bears no
    burden: 76.50 follows 1,000.00 : 500.00.
    """
    lines = [
        Line("wage", "REG", 1_000_00),
        Line("wage", "RETRO", -500_00, job_id="JOB-1040"),
        Line("wage", "RETRO", 500_00, job_id="JOB-2207"),
        Line("employer_tax", "SS", 76_50),
    ]
    result = run({"C1": lines}, table=TABLE)
    assert table_of(result.build.journals[0]) == {
        "6000/200/NYC/": 1_000_00,
        "6000/200/NYC/P-1040": -500_00,
        "6000/200/NYC/P-2207": 500_00,
        "6100/200/NYC/": 51_00,
        "6100/200/NYC/P-2207": 25_50,
        "1051///": -1_000_00,
        "2210///": -76_50,
    }
    assert [(found.code, found.severity) for found in result.findings] == [("S10", Severity.WARN)]
    foots(result)


def test_zero_wages_with_burden_go_home() -> None:
    """Unpaid leave: the employer still pays the premium."""
    result = run({"C1": [Line("employer_benefit", "MEDER", 410_00)]}, table=TABLE)
    assert table_of(result.build.journals[0]) == {"6200/200/NYC/": 410_00, "2310///": -410_00}
    assert result.findings == ()
    foots(result)


def test_a_run_that_is_all_voids_has_one_journal_which_mirrors_the_originals() -> None:
    lines = [
        Line("wage", "REG", 600_00, job_id="JOB-1040"),
        Line("wage", "REG", 400_01),
        Line("employee_tax", "FIT", 120_00),
        Line("employer_tax", "SS", 76_51),
    ]
    original = run({"C1": lines, "C2": lines}, table=TABLE)
    back = [replace(line, cents=-line.cents) for line in lines]
    void = run(
        {"C1V": back, "C2V": back}, voids={"C1V": "C1", "C2V": "C2"}, table=TABLE, original_pieces=original.pieces
    )
    (journal,) = void.build.journals
    assert (journal.kind, journal.reference[-4:]) == ("void", "-V-1")
    booked = table_of(original.build.journals[0])
    assert table_of(journal) == {place: -cents for place, cents in booked.items()}
    assert void.findings == ()
    foots(void)


GROSSED_UP = mapping(
    "kind,code,project_type,debit_account,credit_account,burden\n"
    "wage,,,6000,,\n"
    "imputed,,,6000,6200,wages\n"
    "imputed,,billable,5000,5200,wages\n"
    "employee_tax,,,,2210,\n"
    "employer_tax,,,6100,2210,wages\n"
    "net_pay,,,,1051,\n"
)
INSURED_ON_A_PROJECT = [
    Line("wage", "REG", 600_00, job_id="JOB-1040"),
    Line("wage", "REG", 400_01),
    Line("imputed", "GTL", 7_35),
    Line("employee_tax", "FIT", 120_00),
    Line("employer_tax", "SS", 62_46),
]


def test_imputed_pay_that_is_grossed_up_debits_pay_and_credits_benefits_on_the_same_cost_centers() -> None:
    """7.35 follows the wages, 4.41 : 2.94, on both sides; pay and benefits change places and cost stays what it was."""
    result = run({"C1": INSURED_ON_A_PROJECT}, table=GROSSED_UP)
    assert table_of(result.build.journals[0]) == {
        "5000/200/NYC/P-1040": 4_41,
        "5200/200/NYC/P-1040": -4_41,
        "6000/200/NYC/": 402_95,
        "6000/200/NYC/P-1040": 600_00,
        "6200/200/NYC/": -2_94,
        "6100/200/NYC/": 24_98,
        "6100/200/NYC/P-1040": 37_48,
        "1051///": -880_01,
        "2210///": -182_46,
    }
    assert result.findings == ()
    assert result.register_totals.gross_cents == 1_000_01
    foots(result)


def test_the_contra_of_imputed_pay_is_no_liability_and_what_is_owed_still_may_not_be_a_cost() -> None:
    pieces = run({"C1": INSURED_ON_A_PROJECT}, table=GROSSED_UP).pieces
    owes = {"1051": True, "2210": True, "5000": False, "5200": False, "6000": False, "6100": False, "6200": False}

    def x07(**changed: bool) -> list[tuple[str, str]]:
        accounts = {number: Account(is_balance_sheet) for number, is_balance_sheet in (owes | changed).items()}
        return [(one.code, one.subject) for one in check_liabilities(pieces, LedgerSnapshot(accounts, {}))]

    assert x07() == []
    assert x07(**{"2210": False}) == [("X07", "2210"), ("X07", "2210")]  # the worker's tax, and the employer's


def test_the_contra_of_imputed_pay_is_shown_rolled_up_and_voided_with_its_cost() -> None:
    """Whatever the journal's look: the pair stays on one cost center, in one entity, and adds up to nothing."""
    elsewhere = [*INSURED_ON_A_PROJECT[1:], Line("wage", "REG", 600_00, location_id="LOC-JC")]
    clearing = Shape("S3", tax_account="1052", third_party_account="1053", remitted_accounts=frozenset({"6200"}))
    groups = GroupPolicy(minimum_workers=2, action="restricted", restricted_department="530")
    plain, remitted, rolled = (
        run({"C1": elsewhere}, table=GROSSED_UP, cost_centers=TWO_ENTITIES, presentation=look)
        for look in (Presentation(), Presentation(clearing), Presentation(groups=groups))
    )
    for result, department in ((plain, "200"), (remitted, "200"), (rolled, "530")):
        booked = table_of(result.build.journals[0])
        assert (booked[f"6200/{department}/NYC/"], booked[f"6200/{department}/JC/"]) == (-2_94, -4_41)
        assert booked["1310///"] == 637_48  # the other entity owes wages and tax, and of the pair nothing
        foots(result)
    by_department = run(
        {"C1": INSURED_ON_A_PROJECT}, table=GROSSED_UP, presentation=Presentation(detail=Detail("department"))
    )
    booked = table_of(by_department.build.journals[0])
    assert (booked["5000/200/NYC/"], booked["5200/200/NYC/"]) == (4_41, -4_41)
    back = {"C1V": [replace(line, cents=-line.cents) for line in elsewhere]}
    void = run(back, voids={"C1V": "C1"}, table=TABLE, cost_centers=TWO_ENTITIES, original_pieces=plain.pieces)
    taken_back = {place: -cents for place, cents in table_of(plain.build.journals[0]).items()}
    taken_back |= {"1310///": 0, "2410///": 0}
    assert table_of(void.build.journals[0]).items() >= {k: v for k, v in taken_back.items() if v}.items()
    assert void.findings == ()
