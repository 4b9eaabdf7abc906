"""Bills: lines split by their allocations to the cent, the mapping's CSV, and what the ledger would refuse."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from connector_assets.accounting.bill_build import BillHead, BillLine, BillPolicy, LedgerWords, build_bill
from connector_assets.accounting.bill_mapping import BillMapping, BillRuleKind, bill_rules_from_csv
from connector_assets.accounting.bill_split import CENT_E8, Line, split_lines
from connector_assets.accounting.errors import AccountingError

E8 = 10**8
HEAD = BillHead(
    "7104", "V-58", "58", "FP-2291", "PO-331", date(2026, 3, 4), date(2026, 3, 4), date(2026, 4, 3), "USD", 25_920
)
LINE = BillLine("90881", "Copy paper", "6010", "D-FIN", "Finance", "Seattle", 24_000, 1_920, "Sales 8%", {})
WORDS = LedgerWords(
    vendors={"V-58": "", "V-59": "on hold"},
    departments={"People": "D-HR"},
    department_ids=frozenset({"D-FIN", "D-HR"}),
    locations={"Seattle": ["SEA"], "Portland": ["PDX", "PWM"], "Oslo": ["OSL"]},
    entities={"SEA": "E1", "OSL": "E2"},
    bank_accounts={"1010": "BANK-1"},
    values={"line.PROJECTID": {"P-1": "P-1", "Aurora": "P-1"}, "bill.REASON": {}},
    tax_details=frozenset({"Input 8"}),
)
POLICY = BillPolicy("E1", "USD", link="https://acme.procurify.com/ap/bills/3f0c")


def codes(*lines: BillLine, head: BillHead = HEAD, mapping: BillMapping | None = None, tax: str = "") -> set[str]:
    built = build_bill(head, lines, mapping or BillMapping(), WORDS, replace(POLICY, tax_solution=tax))
    assert (built.bill is None) is bool(built.findings)
    assert all(found.fix.endswith(".") and found.why.endswith(".") for found in built.findings)
    return {found.code for found in built.findings}


def test_the_fact_sheets_bill_becomes_the_ledgers() -> None:
    halves = (replace(LINE, net_cents=16_000, tax_cents=1_280), replace(LINE, net_cents=8_000, tax_cents=640))
    built = build_bill(HEAD, halves, BillMapping(), WORDS, POLICY)
    assert built.bill is not None
    assert (built.bill.bill_no, built.bill.vendor_id, built.bill.description) == ("FP-2291", "V-58", POLICY.link)
    amounts = built.lines[["account_no", "department_id", "location_id", "amount_cents", "tax_cents"]]
    assert amounts.to_numpy().tolist() == [["6010", "D-FIN", "SEA", 17_280, 0], ["6010", "D-FIN", "SEA", 8_640, 0]]
    nameless = build_bill(replace(HEAD, invoice_no=""), halves, BillMapping(), WORDS, POLICY)
    assert set(nameless.lines["bill_no"]) == {"PFY-7104"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"location": "Seattle "}, "P21"),
        ({"location": "seattle"}, "P21"),
        ({"location": "Portland"}, "P21"),
        ({"location": "Oslo"}, "P26"),
        ({"account_code": "1010"}, "P23"),
        ({"account_code": ""}, "S53"),
        ({"department": "", "department_ref": ""}, "S53"),
        ({"department": "Finanse", "department_ref": "D-X"}, "W04"),
        ({"net_cents": 23_999}, "S50"),
    ],
)
def test_each_line_that_the_ledger_would_refuse_is_told(change: dict[str, object], code: str) -> None:
    assert codes(replace(LINE, **change)) == {code}  # type: ignore[arg-type]  # fields of a line


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vendor_id": None}, "P20"),
        ({"vendor_id": "V-59"}, "P20"),
        ({"vendor_id": "V-60"}, "P20"),
        ({"currency": "CAD"}, "S52"),
    ],
)
def test_each_head_that_the_ledger_would_refuse_is_told(change: dict[str, object], code: str) -> None:
    assert codes(LINE, head=replace(HEAD, **change)) == {code}  # type: ignore[arg-type]  # fields of a head


def test_a_credit_is_no_bill() -> None:
    credit = replace(LINE, net_cents=-24_000, tax_cents=-1_920)
    assert codes(credit, head=replace(HEAD, total_cents=-25_920)) == {"S56"}


def test_custom_fields_match_exactly_or_hold_the_bill() -> None:
    mapping = bill_rules_from_csv(
        "kind,source,target\ncustom_field,Project,line.PROJECTID\ncustom_field,Why,bill.REASON\n"
        "custom_field,Grant,line.GRANT\n"
    )
    good = replace(LINE, custom_fields={"Project": "Aurora", "Why": "a reason", "Colour": "unmapped"})
    built = build_bill(HEAD, [good], mapping, WORDS, POLICY)
    assert built.bill is not None
    assert built.bill.custom_fields == {"REASON": "a reason"}
    assert built.lines["project_id"].tolist() == ["P-1"]
    assert codes(replace(LINE, custom_fields={"Project": "aurora"}), mapping=mapping) == {"P22"}
    assert codes(replace(LINE, custom_fields={"Grant": "G-1"}), mapping=mapping) == {"P29"}
    half = replace(LINE, net_cents=12_000, tax_cents=960)
    twice = [replace(half, custom_fields={"Why": why}) for why in ("one", "other")]
    assert codes(*twice, mapping=mapping) == {"P22"}


def test_a_tax_stands_beside_its_line_only_with_a_tax_solution() -> None:
    mapping = bill_rules_from_csv("kind,source,target\ntax,Sales 8%,Input 8\n")
    policy = replace(POLICY, tax_solution="UK")
    built = build_bill(HEAD, [LINE], mapping, WORDS, policy)
    row = built.lines.iloc[0]
    assert (row["amount_cents"], row["tax_cents"], row["tax_detail_id"]) == (24_000, 1_920, "Input 8")
    assert codes(LINE, tax="UK") == {"P25"}


def test_parts_add_up_to_their_line_and_the_lines_to_the_bill_whatever_the_shares() -> None:
    dice = Random(7)  # noqa: S311  # repeatable, not secret
    for _ in range(300):
        lines = []
        for place in range(dice.randint(1, 5)):
            shares = tuple(dice.randint(0, 10**12) for _ in range(dice.randint(0, 4)))
            net, tax = dice.randint(-(10**6), 10**7) * CENT_E8, dice.randint(0, 10**5) * CENT_E8
            lines.append(Line(str(place), net, tax, shares))
        total = sum(line.net_e8 + line.tax_e8 for line in lines) // CENT_E8
        parts, found = split_lines("1", lines, total)
        assert not found
        for line, split in zip(lines, parts, strict=True):
            assert len(split) == max(1, len(line.shares_e8))
            assert sum(part.net_cents for part in split) * CENT_E8 == line.net_e8
            assert sum(part.tax_cents for part in split) * CENT_E8 == line.tax_e8


def test_whether_allocations_hold_the_tax_makes_no_difference() -> None:
    net = split_lines("1", [Line("1", 100 * E8, 8 * E8, (75 * E8, 25 * E8))], 10_800)
    gross = split_lines("1", [Line("1", 100 * E8, 8 * E8, (81 * E8, 27 * E8))], 10_800)
    assert net == gross
    assert [(part.net_cents, part.tax_cents) for part in net[0][0]] == [(7_500, 600), (2_500, 200)]


def test_parts_of_a_cent_may_round_and_nothing_else_may() -> None:
    thirds = [Line(str(place), 33_33333333 if place else 33_33333334, 0, ()) for place in range(3)]
    parts, found = split_lines("1", thirds, 10_000)
    assert [one.code for one in found] == ["S51"]
    assert sum(part.net_cents for split in parts for part in split) == 10_000
    assert [one.code for one in split_lines("1", [Line("1", 100 * E8, 0, ())], 10_001)[1]] == ["S50"]


def test_a_mapping_says_every_line_that_is_wrong() -> None:
    text = "kind,source,target\ncolour,a,b\ntax,,x\ncustom_field,Project,PROJECTID\ntax,a,b\ntax,a,c\n"
    with pytest.raises(AccountingError) as caught:
        bill_rules_from_csv(text)
    for place in ("Line 2, column kind", "Line 3, column source", "Line 4, column target", "Line 6, column source"):
        assert place in str(caught.value)
    with pytest.raises(AccountingError, match="missing column target"):
        bill_rules_from_csv("kind,source\n")
    assert bill_rules_from_csv("kind,source,target,note\ntax,a,b,why\n").target(BillRuleKind.TAX, "a") == "b"
