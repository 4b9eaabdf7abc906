"""What a mapping would miss, before a pay run comes to it; and the opt-in defaults for new codes."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.coverage import (
    KNOWN_CODES,
    check_defaulted,
    missing_rules,
    unusable_accounts,
    with_defaults,
)
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Severity
from connector_assets.accounting.validation import Account
from connector_tests.accounting.registers import MAPPING, Line, codes_of, mapping, run, table_of

ON = date(2026, 4, 10)
TABLE = mapping(
    "kind,code,project_type,effective_from,debit_account,credit_account,burden\n"
    "wage,REG,,,6000,,\n"
    "wage,BON,billable,,5000,,\n"
    "wage,NEW,,2026-05-01,6040,,\n"
    "employee_tax,FIT,,,,2210,\n"
    "employer_benefit,MED,,,6200,2310,wages\n"
    "net_pay,,,,,1051,\n"
)
#   section          code   name         classification  effect           paid_by     kind                rule
CODES = [
    ("earning",       "REG", "Regular",  "REGULAR",      "addition",      "",         "wage",             "mapped"),
    ("earning",       "BON", "Bonus",    "SUPPLEMENTAL", "addition",      "",         "wage",            "conditional"),
    ("earning",       "NEW", "Stipend",  "REGULAR",      "addition",      "",         "wage",             "missing"),
    ("earning",       "GTL", "Life",     "EARNINGS",     "in_out",        "",         "imputed",          "optional"),
    ("informational", "MED", "Medical",  "INFORMATIONAL","informational", "",         "employer_benefit", "mapped"),
    ("informational", "INF", "Note",     "INFORMATIONAL","informational", "",         "memo",             "optional"),
    ("tax",           "FIT", "FIT",      "",             "",              "employee", "employee_tax",     "mapped"),
    ("tax",           "FIT", "FIT",      "",             "",              "employer", "employer_tax",     "missing"),
    ("earning",       "ODD", "Something","UNHEARD_OF",   "in_out",        "",         "",                 "missing"),
]  # fmt: skip


def known(rows: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    return pd.DataFrame([row[: len(KNOWN_CODES.names)] for row in rows], columns=KNOWN_CODES.names)


def test_every_known_code_is_mapped_conditional_optional_or_missing() -> None:
    _, told = missing_rules(known(CODES), TABLE, ON, {})
    shown = list(told[[*KNOWN_CODES.names, "kind", "rule"]].itertuples(index=False, name=None))
    assert shown == CODES


def test_what_would_stop_the_next_pay_run_is_named_and_stops_nothing_yet() -> None:
    found, _ = missing_rules(known(CODES), TABLE, ON, {})
    assert sorted((one.code, one.subject) for one in found) == [
        ("S09", "ODD"), ("X01", "BON"), ("X01", "FIT"), ("X01", "NEW"),
    ]  # fmt: skip
    assert {one.severity for one in found} == {Severity.WARN}
    (bonus,) = (one for one in found if one.subject == "BON")
    assert "only for project_type billable" in bonus.why


def test_a_rule_counts_from_its_first_day() -> None:
    found, _ = missing_rules(known(CODES[2:3]), TABLE, date(2026, 5, 1), {})
    assert found == []


def test_a_mapping_without_net_pay_misses_it() -> None:
    found, _ = missing_rules(known([]), mapping("kind,code,debit_account\nwage,REG,6000\n"), ON, {})
    assert [(one.code, one.subject) for one in found] == [("X01", "net_pay")]


def test_an_override_decides_what_a_code_is() -> None:
    _, told = missing_rules(known(CODES[-1:]), TABLE, ON, {"ODD": "memo"})
    assert told["rule"].tolist() == ["optional"]


def test_accounts_that_the_ledger_does_not_take_are_named_with_the_rule_that_uses_them() -> None:
    accounts = {number: Account(True) for number in ("6000", "5000", "2210", "6200", "2310")} | {
        "1051": Account(True, is_active=False)
    }
    found = unusable_accounts(TABLE, ON, accounts)
    assert [one.subject for one in found] == ["1051"]
    assert "net_pay" in found[0].why
    assert [one.subject for one in unusable_accounts(TABLE, date(2026, 5, 1), accounts)] == ["1051", "6040"]


def test_without_defaults_a_new_code_blocks_and_with_them_it_posts_and_is_named() -> None:
    narrow = MAPPING.replace("wage,,6000", "wage,REG,6000").replace("employer_tax,,", "employer_tax,SS,")
    lines = [Line("wage", "REG", 100_00), Line("wage", "NEW", 50_00), Line("employer_tax", "NEWTAX", 3_00)]
    assert codes_of(run({"C1": lines}, table=mapping(narrow))) == ["X01", "X01", "X01"]
    table = with_defaults(mapping(narrow), {"wage": "6070", "employer_tax": "6110/2220"})
    result = run({"C1": lines}, table=table)
    assert table_of(result.build.journals[0]) == {
        "6000/200/NYC/": 100_00,
        "6070/200/NYC/": 50_00,
        "6110/200/NYC/": 3_00,
        "2220///": -3_00,
        "1051///": -150_00,
    }
    assert [(one.code, one.subject) for one in check_defaulted(result.pieces, table)] == [
        ("X09", "NEW"), ("X09", "NEWTAX"),
    ]  # fmt: skip


def test_a_default_never_wins_over_a_rule_for_everything() -> None:
    assert with_defaults(mapping(), {"wage": "6070"}).rules == mapping().rules


def test_a_default_without_its_second_account_is_refused() -> None:
    with pytest.raises(AccountingError, match="credit_account"):
        with_defaults(mapping("kind,debit_account\nwage,6000\n"), {"employer_tax": "6100"})
