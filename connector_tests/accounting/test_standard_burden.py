"""Burden at a standard rate, register in and journal out: projects bear wages x rate, the pool what is left."""

from dataclasses import replace

import pytest

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Severity
from connector_assets.accounting.mapping import rules_from_csv, standard_rate
from connector_tests.accounting.labor import LaborCost
from connector_tests.accounting.registers import TWO_ENTITIES, Line, mapping, run, table_of

RULES = (
    "kind,code,project_type,debit_account,credit_account,burden\n"
    "wage,,,6000,,\nwage,,billable,5000,,\nemployee_tax,,,,2210,\nnet_pay,,,,1051,\n"
    "employer_tax,,,6100,2210,{0}\nemployer_tax,,billable,5100,2210,{0}\nemployer_benefit,,,6200,2310,wages\n"
)
TABLE = mapping(RULES.format("standard:10:6190"))
P1040 = "JOB-1040"


def balanced(result: LaborCost) -> None:
    """The register is booked to the cent, whatever the rate."""
    assert all(journal.unbalanced_entities() == {} for journal in result.build.journals)
    assert result.register_totals == result.journal_totals
    assert {found.code for found in result.findings} <= {"X12", "S10"}


def test_a_project_bears_its_wages_times_the_rate_and_the_pool_the_difference() -> None:
    """Wages 600.00 on P-1040 and 400.00 without a project; the tax of 76.51 follows 45.91 : 30.60. The project is
    charged 60.00, so that 6190 holds 45.91 - 60.00; what is no project's stays as it was.
    """
    lines = [Line("wage", "REG", 600_00, job_id=P1040), Line("wage", "REG", 400_00), Line("employer_tax", "SS", 76_51)]
    result = run({"C1": lines}, table=TABLE)
    assert table_of(result.build.journals[0]) == {
        "5000/200/NYC/P-1040": 600_00,
        "6000/200/NYC/": 400_00,
        "5100/200/NYC/P-1040": 60_00,
        "6100/200/NYC/": 30_60,
        "6190/200/NYC/": -14_09,
        "2210///": -76_51,
        "1051///": -1_000_00,
    }
    (found,) = result.findings
    assert (found.code, found.severity, found.subject) == ("X12", Severity.INFO, "SS")
    assert "45.91; 60.00 were charged at the standard rate: -14.09 stay" in found.why
    balanced(result)


def test_a_rate_is_taken_once_for_a_code_of_a_check_and_rounds_half_a_cent_up() -> None:
    """The tax comes in two lines; 100.05 x 10 percent is 10.005: 10.01."""
    lines = [
        Line("wage", "REG", 100_05, job_id=P1040),
        Line("employer_tax", "SS", 5_00),
        Line("employer_tax", "SS", 2_65),
    ]
    result = run({"C1": lines}, table=TABLE)
    assert table_of(result.build.journals[0]) == {
        "5000/200/NYC/P-1040": 100_05,
        "5100/200/NYC/P-1040": 10_01,
        "6190/200/NYC/": 7_65 - 10_01,
        "2210///": -7_65,
        "1051///": -100_05,
    }
    balanced(result)


def test_work_for_a_project_of_another_entity_keeps_rate_and_variance_there() -> None:
    lines = [Line("wage", "REG", 200_00, location_id="LOC-JC", job_id=P1040), Line("employer_tax", "SS", 15_30)]
    result = run({"C1": lines}, table=TABLE, cost_centers=TWO_ENTITIES)
    assert table_of(result.build.journals[0]) == {
        "5000/200/JC/P-1040": 200_00,
        "5100/200/JC/P-1040": 20_00,
        "6190/200/JC/": -4_70,
        "2410///": -215_30,
        "1310///": 215_30,
        "2210///": -15_30,
        "1051///": -200_00,
    }
    balanced(result)


def test_a_retro_move_takes_the_rate_from_one_project_and_gives_it_to_another() -> None:
    lines = [
        Line("wage", "REG", 1_000_00),
        Line("wage", "RETRO", -500_00, job_id=P1040),
        Line("wage", "RETRO", 500_00, job_id="JOB-2207"),
        Line("employer_tax", "SS", 76_50),
    ]
    result = run({"C1": lines}, table=TABLE)
    booked = table_of(result.build.journals[0])
    assert (booked["5100/200/NYC/P-1040"], booked["5100/200/NYC/P-2207"]) == (-50_00, 50_00)
    assert (booked["6190/200/NYC/"], booked["6100/200/NYC/"]) == (25_50, 51_00)
    balanced(result)


def test_without_wages_there_is_nothing_to_charge_and_the_cost_stays_home() -> None:
    result = run({"C1": [Line("employer_tax", "SS", 7_65)]}, table=TABLE)
    assert table_of(result.build.journals[0]) == {"6100/200/NYC/": 7_65, "2210///": -7_65}
    assert result.findings == ()


def test_a_void_takes_the_rate_back_as_it_was_charged_whatever_the_rate_is_now() -> None:
    lines = [Line("wage", "REG", 600_00, job_id=P1040), Line("wage", "REG", 400_00), Line("employer_tax", "SS", 76_51)]
    original = run({"C1": lines}, table=TABLE)
    back = {"C1V": [replace(line, cents=-line.cents) for line in lines]}
    dearer = mapping(RULES.format("standard:12.5:6190"))
    void = run(back, voids={"C1V": "C1"}, table=dearer, original_pieces=original.pieces)
    unpaired = run(back, voids={"C1V": None}, table=TABLE)
    booked = table_of(original.build.journals[0])
    for taken in (void, unpaired):
        assert table_of(taken.build.journals[0]) == {place: -cents for place, cents in booked.items()}
    assert void.register_totals == void.journal_totals


def test_a_code_has_its_own_rate_and_the_others_follow_the_wages() -> None:
    lines = [
        Line("wage", "REG", 600_00, job_id=P1040),
        Line("employer_tax", "SS", 45_90),
        Line("employer_benefit", "MED", 100_00),
    ]
    booked = table_of(run({"C1": lines}, table=TABLE).build.journals[0])
    assert (booked["5100/200/NYC/P-1040"], booked["6200/200/NYC/P-1040"]) == (60_00, 100_00)


@pytest.mark.parametrize(
    "burden",
    ["standard:", "standard:9.65", "standard:9.65:", "standard:0:6190", "standard:-1:6190", "standard:9.65678:6190"],
)
def test_a_rate_that_cannot_stand_is_refused_by_line_and_column(burden: str) -> None:
    assert standard_rate(burden) is None
    with pytest.raises(AccountingError, match=r"line 2, column burden: .*such as standard:9.65:6190"):
        rules_from_csv(f"kind,debit_account,credit_account,burden\nemployer_tax,6100,2210,{burden}\n")


def test_a_rate_is_of_employer_costs_alone() -> None:
    with pytest.raises(AccountingError, match="is for employer taxes and benefits"):
        rules_from_csv("kind,debit_account,credit_account,burden\nmemo,6100,2210,standard:9.65:6190\n")
