"""The checks: each says nothing about a good pay run, and names the id, the reason and the fix of a bad one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting import validation
from connector_assets.accounting.calendar import FiscalPeriod
from connector_assets.accounting.findings import CODES, Finding, Severity, blocking, finding
from connector_assets.accounting.validation import Account, FicaPair, LedgerSnapshot
from connector_tests.accounting.labor import LaborCost
from connector_tests.accounting.registers import PAY_RUN, Line, check_frame, codes_of, run

GOOD = [
    Line("wage", "REG", 1_000_00, hours_e4=40_0000),
    Line("imputed", "GTL", 7_35),
    Line("reimbursement", "EXP", 50_00),
    Line("employee_tax", "Employee Social Security Tax", 62_00),
    Line("employer_tax", "Employer Social Security Tax", 62_00),
    Line("employee_tax", "Employee Medicare Tax", 14_50),
    Line("employer_tax", "Employer Medicare Tax", 14_50),
    Line("employee_deduction", "K401", 50_00),
    Line("employer_benefit", "K401ER", 25_00),
]
LEDGER = LedgerSnapshot(
    accounts={
        **{number: Account(is_balance_sheet=True) for number in ("1051", "2130", "2210", "2300", "2310")},
        **{
            number: Account(is_balance_sheet=False, required=frozenset({"department_id", "location_id"}))
            for number in ("6000", "6100", "6200")
        },
    },
    values={"department_id": {"200": True}, "location_id": {"NYC": True}},
)
JULY = FiscalPeriod("July 2026", date(2026, 7, 1), date(2026, 7, 31))


def good() -> LaborCost:
    result = run({"C1": GOOD})
    assert result.findings == ()
    return result


def checks_of(result: LaborCost, **changes: object) -> pd.DataFrame:
    """PAY_CHECKS of check C1 with some values changed."""
    net = int(result.register_totals.net_cents)
    return pd.DataFrame([{"check_id": "C1", "worker_id": "W1", "net_cents": net, "is_void": False} | changes])


def only(findings: list[Finding]) -> tuple[str, str, str]:
    (found,) = findings
    assert found.why
    assert found.fix
    return found.code, str(found.severity), found.subject


def test_every_finding_has_a_registered_code_and_reads_well() -> None:
    assert all(code.meaning and code.meaning[0].isupper() for code in CODES.values())
    assert finding("S13", "C1", "why", "fix").severity is Severity.WARN
    warn, block = finding("S10", "C1", "", ""), finding("S10", "C1", "", "", Severity.BLOCK)
    assert blocking([warn, block]) == [block]


@pytest.mark.parametrize("status", ["COMPLETED", "Reversed", "processed"])
def test_a_processed_pay_run_is_processed(status: str) -> None:
    assert validation.check_processed(replace(PAY_RUN, status=status)) == []


def test_s05_a_pay_run_in_entry_blocks() -> None:
    found = validation.check_processed(replace(PAY_RUN, status="ENTRY"))
    assert only(found) == ("S05", "block", PAY_RUN.pay_run_id)


def test_s02_a_missing_check_blocks() -> None:
    found = validation.check_complete(replace(PAY_RUN, expected_checks=2), checks_of(good()))
    assert only(found) == ("S02", "block", PAY_RUN.pay_run_id)


#  stated  delivered  voids among them  blocks
@pytest.mark.parametrize(
    ("stated", "delivered", "voids", "blocks"),
    [
        (3, 3, 0, False),
        (3, 3, 1, False),  # the source counts voids
        (2, 3, 1, False),  # the source leaves them out
        (3, 2, 1, True),
        (2, 3, 0, True),
        (0, 2, 2, False),  # a reversal
    ],
)
def test_s02_survives_a_count_with_and_without_voids(stated: int, delivered: int, voids: int, blocks: bool) -> None:
    checks = check_frame(
        {"check_id": f"C{place}", "worker_id": "W1", "net_cents": 1, "is_void": place < voids}
        for place in range(delivered)
    )
    found = validation.check_complete(replace(PAY_RUN, expected_checks=stated), checks)
    assert [one.code for one in found] == (["S02"] if blocks else [])


@pytest.mark.parametrize("off_by", [1, -1, 50_00])
def test_s01_a_net_that_is_a_cent_off_blocks(off_by: int) -> None:
    result = good()
    checks = checks_of(result, net_cents=result.register_totals.net_cents + off_by)
    assert only(validation.check_net_pay(checks, result.lines)) == ("S01", "block", "C1")


def test_s01_lines_without_their_check_block() -> None:
    result = good()
    found = validation.check_net_pay(checks_of(result).iloc[:0], result.lines)
    assert only(found) == ("S01", "block", "C1")


def test_s12_a_net_that_counts_imputed_earnings_blocks() -> None:
    result = good()
    checks = checks_of(result, net_cents=result.register_totals.net_cents + 7_35)
    assert only(validation.check_net_pay(checks, result.lines)) == ("S12", "block", "C1")


def test_s08_the_same_net_twice_for_one_worker_is_an_error() -> None:
    twice = pd.concat([checks_of(good()), checks_of(good(), check_id="C2")])
    assert only(validation.check_duplicates(twice)) == ("S08", "error", "C2")
    assert validation.check_duplicates(twice.assign(worker_id=["W1", "W2"])) == []
    assert validation.check_duplicates(twice.assign(is_void=[False, True])) == []


def test_s11_a_negative_net_blocks_unless_it_is_a_void() -> None:
    lines = [Line("wage", "REG", 10_00), Line("employee_deduction", "LOAN", 10_01)]
    assert codes_of(run({"C1": lines})) == ["S11"]


def test_s10_a_refund_warns_and_negative_wages_block() -> None:
    refund = run({"C1": [Line("wage", "REG", 10_00), Line("employee_deduction", "K401", -1_00)]})
    assert only(list(refund.findings)) == ("S10", "warn", "K401")
    move = run({"C1": [Line("wage", "REG", 10_00), Line("wage", "RETRO", -4_00)]})
    assert only(list(move.findings)) == ("S10", "warn", "RETRO")
    negative = run({"C1": [Line("wage", "REG", -10_00), Line("reimbursement", "EXP", 20_00)]})
    assert {found.severity for found in negative.findings if found.subject == "C1"} == {Severity.BLOCK}


def test_an_imputed_only_check_balances_and_its_negative_net_is_not_hidden() -> None:
    result = run(
        {"C1": [Line("imputed", "GTL", 100_00), Line("employee_tax", "SS", 6_20), Line("employer_tax", "SS", 6_20)]}
    )
    assert codes_of(result) == ["S11"]
    assert result.build.journals[0].unbalanced_entities() == {}


@pytest.mark.parametrize(
    ("employee", "employer", "additional", "warns"),
    [
        (62_00, 62_00, False, False),
        (62_01, 62_00, False, False),
        (62_02, 62_00, False, True),
        (62_00, 62_02, False, True),
        (0, 62_00, False, True),
        (235_00, 145_00, True, False),  # Additional Medicare on the whole check
        (235_02, 145_00, True, True),
        (145_00, 145_02, True, True),
        (-62_00, -62_00, False, False),
        (-62_00, -62_02, False, True),
    ],
)
def test_s13_the_halves_of_fica_within_a_cent(employee: int, employer: int, additional: bool, warns: bool) -> None:
    lines = run({"C1": [Line("employee_tax", "EE", employee), Line("employer_tax", "ER", employer)]}).lines
    found = validation.check_fica(lines, [FicaPair("EE", "ER", additional=additional)])
    assert [item.code for item in found] == (["S13"] if warns else [])


@pytest.mark.parametrize(("amount", "warns"), [(420_00, False), (420_01, False), (420_02, True), (419_98, True)])
def test_s17_hours_times_rate(amount: int, warns: bool) -> None:
    line = {
        "check_id": "C1",
        "line_no": 1,
        "code": "REG",
        "amount_cents": amount,
        "hours_e4": 10_0000,
        "rate_e4": 42_0000,
    }
    found = validation.check_hours_rate(pd.DataFrame([line, line | {"hours_e4": 0}, line | {"rate_e4": 0}]))
    assert [item.code for item in found] == (["S17"] if warns else [])


Harm = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.mark.parametrize(
    ("harm", "codes"),
    [
        (lambda pieces: pieces, []),
        (lambda pieces: pieces[pieces["code"] != "K401"], ["X02", "X04"]),  # a line dropped
        (lambda pieces: pieces[(pieces["code"] != "K401ER")], ["X02"]),  # a balanced pair dropped
        (lambda pieces: pieces[pieces["kind"] != "net_pay"], ["X02", "X04"]),
        (lambda pieces: pieces.assign(amount_cents=pieces["amount_cents"] + (pieces["code"] == "REG")), ["X02", "X04"]),
        (lambda pieces: pd.concat([pieces, pieces[pieces["code"] == "EXP"]]), ["X02", "X04"]),  # a line counted twice
        (lambda pieces: pieces.assign(line_no=pieces["line_no"].where(pieces["code"] != "EXP", 99)), ["X02", "X02"]),
        (
            lambda pieces: pieces.assign(account_no=pieces["account_no"].mask(pieces["code"] == "K401", "UNMAPPED")),
            ["X01"],
        ),
        (lambda pieces: pieces.assign(location_id=None), ["W04"]),
    ],
)
def test_x_checks_notice_every_harm_done_to_the_pieces(harm: Harm, codes: list[str]) -> None:
    result = good()
    found = validation.check_pieces(checks_of(result), result.lines, harm(result.pieces))
    assert [item.code for item in found] == codes
    assert all(item.severity is Severity.BLOCK for item in found)


def test_x05_an_entity_that_does_not_balance_blocks() -> None:
    (journal,) = good().build.journals
    crossing = replace(journal, lines=(replace(journal.lines[0], entity_id="E200"), *journal.lines[1:]))
    assert validation.check_entities([journal]) == []
    assert [item.subject for item in validation.check_entities([crossing])] == [journal.reference] * 2


def test_x07_a_liability_on_the_income_statement_blocks() -> None:
    pieces = good().pieces
    assert validation.check_liabilities(pieces, LEDGER) == []
    wrong = replace(LEDGER, accounts={**LEDGER.accounts, "2300": Account(is_balance_sheet=False)})
    assert only(validation.check_liabilities(pieces, wrong)) == ("X07", "block", "2300")


@pytest.mark.parametrize(
    ("ledger", "code", "subject"),
    [
        (replace(LEDGER, accounts={k: v for k, v in LEDGER.accounts.items() if k != "6200"}), "P01", "6200"),
        (replace(LEDGER, accounts={**LEDGER.accounts, "6200": Account(False, is_active=False)}), "P01", "6200"),
        (replace(LEDGER, values={**LEDGER.values, "department_id": {"200": False}}), "P01", "200"),
        (replace(LEDGER, values={**LEDGER.values, "location_id": {}}), "P01", "NYC"),
        (
            replace(LEDGER, accounts={**LEDGER.accounts, "6000": Account(False, required=frozenset({"project_id"}))}),
            "P02",
            "6000",
        ),
    ],
)
def test_p01_p02_what_the_ledger_does_not_take_blocks_by_name(ledger: LedgerSnapshot, code: str, subject: str) -> None:
    lines = good().build.lines
    assert validation.check_dimensions(lines, LEDGER) == []
    assert only(validation.check_dimensions(lines, ledger)) == (code, "block", subject)


def test_p03_a_closed_or_missing_period_blocks() -> None:
    journals = good().build.journals
    april = FiscalPeriod("April 2026", date(2026, 4, 1), date(2026, 4, 30))
    closed = replace(april, closed_entities=frozenset({"E100"}))
    assert validation.check_period(journals, [april, JULY]) == []
    assert only(validation.check_period(journals, [closed]))[:2] == ("P03", "block")
    assert only(validation.check_period(journals, [JULY]))[:2] == ("P03", "block")
    assert validation.check_period(journals, [replace(april, closed_entities=frozenset({"E200"}))]) == []


def test_a02_a_total_that_differs_is_named_with_both_figures() -> None:
    result = good()
    fewer = replace(result.journal_totals, hours_e4=0, net_cents=0)
    found = validation.check_totals(result.register_totals, fewer)
    assert [item.subject for item in found] == ["hours_e4", "net_cents"]
    assert "400000 in the register and 0 in the journal" in found[0].why


def test_many_findings_of_one_kind_are_shown_in_part_and_counted() -> None:
    checks = pd.DataFrame(
        {"check_id": [f"C{number}" for number in range(60)], "worker_id": "W1", "net_cents": 5, "is_void": False}
    )
    found = validation.check_net_pay(checks, good().lines.iloc[:0])
    assert len(found) == validation.FINDINGS_MAX + 1
    assert found[-1].subject == "10 more"
    assert all(item.code == "S01" for item in found)
