"""Mapping rules as a controller keeps them: a spreadsheet, the most specific rule wins, errors name the cell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.mapping import (
    CONDITION_FIELDS,
    MappingRule,
    MappingTable,
    rules_from_csv,
    rules_from_records,
    rules_to_csv,
    rules_to_records,
)
from connector_tests.accounting.worked_example import FIXTURES

DAY = date(2026, 4, 10)
EXAMPLE = (FIXTURES / "payroll_example_mapping.csv").read_text()


def wage(account: str, conditions: Mapping[str, str] | None = None, effective_from: date | None = None) -> MappingRule:
    values = dict.fromkeys(CONDITION_FIELDS, "*") | dict(conditions or {})
    return MappingRule(
        "wage", **values, debit_account=account, credit_account="", burden="", effective_from=effective_from, note=""
    )


def account_of(rules: Sequence[MappingRule], values: Mapping[str, str], on: date = DAY) -> str | None:
    rule = MappingTable(tuple(rules), "test").find("wage", values, on)
    return rule.debit_account if rule else None


REG_200 = {"code": "REG", "department_id": "200", "location_id": "NYC", "project_type": "billable"}


@pytest.mark.parametrize(
    ("winner", "losers"),
    [
        ({"code": "REG"}, [{}]),
        ({"department_id": "200"}, [{}]),
        ({"department_id": "200", "location_id": "NYC"}, [{"code": "REG"}]),  # two stated fields beat one
        ({"code": "REG"}, [{"project_type": "billable"}, {"department_id": "200"}]),  # then code comes first
        ({"project_type": "billable"}, [{"department_id": "200"}, {"location_id": "NYC"}]),
        ({"department_id": "200"}, [{"location_id": "NYC"}]),
    ],
)
def test_the_most_specific_rule_wins(winner: dict[str, str], losers: list[dict[str, str]]) -> None:
    rules = [wage("won", winner), *(wage(f"lost{place}", loser) for place, loser in enumerate(losers))]
    assert account_of(rules, REG_200) == account_of(rules[::-1], REG_200) == "won"


def test_a_rule_for_another_value_does_not_apply() -> None:
    assert account_of([wage("6000", {"department_id": "210"})], REG_200) is None
    assert account_of([wage("6000", {"project_type": "billable"})], {"code": "REG"}) is None


def test_rules_hold_from_their_day() -> None:
    rules = [wage("old"), wage("new", None, date(2026, 4, 1)), wage("later", None, date(2026, 5, 1))]
    assert account_of(rules, {"code": "REG"}, date(2026, 3, 31)) == "old"
    assert account_of(rules, {"code": "REG"}, date(2026, 4, 1)) == "new"
    # a more specific rule beats a newer one
    assert account_of([*rules, wage("bonus", {"code": "BON"})], {"code": "BON"}) == "bonus"


def test_two_equal_rules_are_refused_when_the_table_is_built() -> None:
    with pytest.raises(AccountingError, match="Rules 1 and 2 state the same conditions"):
        MappingTable((wage("6000"), wage("6010")), "test")


def test_the_rule_id_is_stable_and_ignores_the_note() -> None:
    rule = wage("6000", {"code": "REG"})
    assert rule.rule_id == replace(rule, note="Hourly").rule_id
    assert rule.rule_id != replace(rule, debit_account="6010").rule_id
    assert rule.rule_id == "be4d30bae109"  # stored in every trace: it must never change


def test_apply_answers_for_each_line_what_find_answers() -> None:
    table = MappingTable(rules_from_csv(EXAMPLE), "example")
    keys = pd.DataFrame(
        [{"kind": rule.kind, "code": rule.code} for rule in table.rules] + [{"kind": "wage", "code": "?"}]
    )
    lines = keys.assign(**{name: None for name in CONDITION_FIELDS[1:]}).astype("str")
    applied = table.apply(pd.concat([lines, lines]), DAY)
    texts = applied.astype(object).where(applied.notna(), None)
    for row in texts.to_dict("records"):
        rule = table.find(row["kind"], {"code": row["code"]}, DAY)
        accounts = (rule.debit_account or None, rule.credit_account or None, rule.rule_id) if rule else (None,) * 3
        assert (row["debit_account"], row["credit_account"], row["rule_id"]) == accounts
    assert applied["rule_id"].isna().sum() == 2


def test_csv_survives_a_round_trip_and_so_do_records() -> None:
    rules = rules_from_csv(EXAMPLE)
    assert rules_from_csv(rules_to_csv(rules)) == rules
    assert rules_from_records(rules_to_records(rules)) == rules
    dated = (replace(rules[0], effective_from=DAY, note='says "hourly", mostly'),)
    assert rules_from_csv(rules_to_csv(dated)) == dated


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_write_is_understood(delimiter: str) -> None:
    rows = ["\ufeffdebit_account,kind,code", "6000,wage,", ",,", ' 6010 ,wage,"REG"']
    rules = rules_from_csv("\r\n".join(row.replace(",", delimiter) for row in rows))
    assert [(rule.code, rule.debit_account, rule.department_id) for rule in rules] == [
        ("*", "6000", "*"),
        ("REG", "6010", "*"),
    ]


def test_a_burden_mode_is_wages_unless_said() -> None:
    (rule,) = rules_from_csv("kind,debit_account,credit_account\nemployer_tax,6100,2210")
    assert rule.burden == "wages"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("wages,REG,6000,,,", r"line 2, column kind: 'wages' is not a kind of line"),
        ("wage,REG,,,,", r"line 2, column debit_account: it is empty; a rule of kind wage needs"),
        ("wage,REG,6000,2210,,", r"line 2, column credit_account: '2210' is never used"),
        (
            "employee_tax,FIT,6100,2210,,",
            r"line 2, column debit_account: '6100' is never used",
        ),  # no tax withheld is expense
        ("employer_tax,SS,6100,,,", r"line 2, column credit_account: it is empty"),
        ("employer_tax,SS,6100,2210,salary,", r"line 2, column burden: 'salary' is not one of wages, hours, home"),
        ("wage,REG,6000,,wages,", r"line 2, column burden: 'wages' does not apply"),
        ("wage,REG,6000,,,10.04.2026", r"line 2, column effective_from: '10.04.2026' is not a date; write it as"),
        ("wage,9.70E+14,6000,,,", r"line 2, column code: '9.70E\+14' is a number that the spreadsheet has shortened"),
        ("due_to,,2410,,,", r"line 2, column kind: 'due_to'"),
        ("wage,REG,6000,,,,7", r"line 2: it has 7 cells, the header 6"),
        ("wage,REG,6000,,,\nwage,REG,6010,,,", r"line 3: it states the same conditions from the same day as line 2"),
        ('wage,"REG,6000,,,', r"line 2: it is not CSV"),
    ],
)
def test_a_wrong_cell_is_named_by_line_column_value_and_fix(row: str, says: str) -> None:
    header = "kind,code,debit_account,credit_account,burden,effective_from"
    with pytest.raises(AccountingError, match=says):
        rules_from_csv(f"{header}\n{row}")


def test_every_wrong_cell_is_named_at_once() -> None:
    with pytest.raises(AccountingError, match=r"line 2, column kind.*line 4, column debit_account"):
        rules_from_csv("kind,debit_account\nx,1\nwage,6000\nwage,\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the column kind is missing"),
        ("kind,account\n", "column 'account' is unknown.*The columns are kind, code"),
        ("kind,kind\n", "column 'kind' is twice"),
    ],
)
def test_a_wrong_header_is_refused_with_the_right_one(text: str, says: str) -> None:
    with pytest.raises(AccountingError, match=says):
        rules_from_csv(text)


VALUES = {"code": "REG", "project_type": "billable", "department_id": "200", "location_id": "NYC"}


@given(
    st.sets(st.frozensets(st.sampled_from(sorted(VALUES))), min_size=1, max_size=8), st.randoms(use_true_random=False)
)
@settings(max_examples=60)
def test_one_rule_wins_whatever_the_order(conditions: set[frozenset[str]], random: object) -> None:
    rules = [wage("+".join(sorted(names)) or "any", {name: VALUES[name] for name in names}) for names in conditions]
    shuffled = rules.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis types its random as object
    won = account_of(rules, VALUES)
    assert won == account_of(shuffled, VALUES)
    assert won is not None
    assert len(won.split("+")) == max(len("+".join(names).split("+")) for names in conditions)
