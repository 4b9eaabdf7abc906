"""The looks of a journal: shapes of its credits, grain of its costs, suspense, and whose pay it may not show."""

from dataclasses import replace

import pytest

from connector_assets.accounting.findings import Severity
from connector_assets.accounting.presentation import Detail, GroupPolicy, Presentation, Shape
from connector_tests.accounting.registers import MAPPING, Line, codes_of, mapping, run, table_of

TABLE = mapping(
    "kind,code,debit_account,credit_account,burden\n"
    "wage,,6000,,\n"
    "reimbursement,,2130,,\n"
    "employee_tax,,,2210,\n"
    "employee_deduction,K401,,2300,\n"
    "employee_deduction,MED,,2310,\n"
    "employer_tax,,6100,2210,wages\n"
    "employer_benefit,,6210,2300,wages\n"
    "net_pay,,,1051,\n"
)
REGISTER = [
    Line("wage", "REG", 1_000_00),
    Line("reimbursement", "EXP", 50_00),
    Line("employee_tax", "FIT", 120_00),
    Line("employee_deduction", "K401", 60_00),
    Line("employee_deduction", "MED", 30_00),
    Line("employer_tax", "SS", 62_00),
    Line("employer_benefit", "K401ER", 40_00),
]
DEBITS = {"6000/200/NYC/": 1_000_00, "6100/200/NYC/": 62_00, "6210/200/NYC/": 40_00, "2130///": 50_00}
REMITTED = frozenset({"2300"})


def shown(shape: Shape) -> Presentation:
    return Presentation(shape=shape)


@pytest.mark.parametrize(
    ("shape", "credits"),
    [
        (Shape("S2"), {"2210///": -182_00, "2300///": -100_00, "2310///": -30_00, "1051///": -840_00}),
        (
            Shape("S3", tax_account="1052", third_party_account="1053", remitted_accounts=REMITTED),
            {"1052///": -182_00, "1053///": -100_00, "2310///": -30_00, "1051///": -840_00},
        ),
    ],
)
def test_the_shape_says_where_the_credits_go(shape: Shape, credits: dict[str, int]) -> None:
    result = run({"C1": REGISTER}, table=TABLE, presentation=shown(shape))
    (journal,) = result.build.journals
    assert table_of(journal) == DEBITS | credits
    assert journal.debit_cents() == journal.credit_cents() == 1_152_00
    assert result.findings == ()
    assert result.register_totals == result.journal_totals


def test_s1_credits_the_bank_one_line_for_each_draw() -> None:
    shape = Shape("S1", bank_account="1010", remitted_accounts=REMITTED)
    result = run({"C1": REGISTER, "C2": REGISTER}, table=TABLE, presentation=shown(shape))
    (journal,) = result.build.journals
    assert [(line.account_no, line.memo, line.amount_cents) for line in journal.lines if line.amount_cents < 0] == [
        ("1010", "Net pay", -1_680_00),
        ("1010", "Tax draw", -364_00),
        ("1010", "Third-party draw", -200_00),
        ("2310", "Employee deductions", -60_00),
    ]
    assert journal.unbalanced_entities() == {}


def test_the_forum_cases_three_draws_are_the_three_credits_of_s1() -> None:
    table = mapping(
        "kind,debit_account,credit_account,burden\nwage,6000,,\nreimbursement,2130,,\nemployee_tax,,2210,\n"
        "employer_tax,6100,2210,wages\nemployee_deduction,,2330,\nnet_pay,,1051,\n"
    )
    register = [
        Line("wage", "REG", 41_364_99),
        Line("reimbursement", "EXP", 8_701_53),
        Line("employee_tax", "All employee taxes", 13_025_78),
        Line("employee_deduction", "Garnishment", 385_59),
        Line("employer_tax", "All employer taxes", 3_702_73),
    ]
    shape = Shape("S1", bank_account="1010", remitted_accounts=frozenset({"2330"}))
    (journal,) = run({"C1": register}, table=table, presentation=shown(shape)).build.journals
    draws = {line.memo: -line.amount_cents for line in journal.lines if line.account_no == "1010"}
    assert draws == {"Net pay": 36_655_15, "Tax draw": 16_728_51, "Third-party draw": 385_59}


# --- grain -----------------------------------------------------------------------------------------------------------

SPLIT = [
    Line("wage", "REG", 600_00, job_id="JOB-1040"),
    Line("wage", "REG", 300_00),
    Line("wage", "REG", 100_00, organization_id="ORG-210", job_id="JOB-1040"),
    Line("employer_tax", "SS", 62_00),
]
#  grain         account/department/location/project -> cents
GRAINS = [
    ("summary", {
        "6000/200/NYC/P-1040": 600_00, "6000/200/NYC/": 300_00, "6000/210/NYC/P-1040": 100_00,
        "6100/200/NYC/P-1040": 37_20, "6100/200/NYC/": 18_60, "6100/210/NYC/P-1040": 6_20,
    }),
    ("department", {
        "6000/200/NYC/": 900_00, "6000/210/NYC/": 100_00, "6100/200/NYC/": 55_80, "6100/210/NYC/": 6_20,
    }),
    ("project", {
        "6000//NYC/P-1040": 700_00, "6000/200/NYC/": 300_00, "6100//NYC/P-1040": 43_40, "6100/200/NYC/": 18_60,
    }),
]  # fmt: skip


@pytest.mark.parametrize(("grain", "costs"), GRAINS)
def test_the_grain_says_which_dimensions_a_cost_carries(grain: str, costs: dict[str, int]) -> None:
    detail = Detail(grain)  # type: ignore[arg-type]  # the names of the table
    result = run({"C1": SPLIT}, presentation=Presentation(detail=detail))
    assert table_of(result.build.journals[0]) == costs | {"2210///": -62_00, "1051///": -1_000_00}


def test_a_dimension_that_an_account_requires_is_never_left_out() -> None:
    detail = Detail("department", required={"6000": frozenset({"project_id"})})
    costs = table_of(run({"C1": SPLIT}, presentation=Presentation(detail=detail)).build.journals[0])
    assert {place for place in costs if place.startswith("6")} == {
        "6000/200/NYC/P-1040", "6000/200/NYC/", "6000/210/NYC/P-1040", "6100/200/NYC/", "6100/210/NYC/",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("everybody", "lines"),
    [
        (False, [("6000", "P-1040", "W1", 100_00), ("6000", None, None, 90_00), ("6000", "P-1040", "W2", 70_00)]),
        (
            True,
            [
                ("6000", "P-1040", "W1", 100_00),
                ("6000", None, "W1", 40_00),
                ("6000", None, "W2", 50_00),
                ("6000", "P-1040", "W2", 70_00),
            ],
        ),
    ],
)
def test_workers_show_on_billable_lines_or_on_all(
    everybody: bool, lines: list[tuple[str, str | None, str | None, int]]
) -> None:
    checks = {
        "C1": [Line("wage", "REG", 100_00, job_id="JOB-1040"), Line("wage", "REG", 40_00)],
        "C2": [Line("wage", "REG", 70_00, job_id="JOB-1040"), Line("wage", "REG", 50_00)],
    }
    detail = Detail("employee", all_employees=everybody, billable_projects=frozenset({"P-1040"}))
    (journal,) = run(checks, presentation=Presentation(detail=detail)).build.journals
    made = [(one.account_no, one.project_id, one.employee_id, one.amount_cents) for one in journal.lines]
    assert sorted(made, key=str)[1:] == sorted(lines, key=str)
    assert made[0] == ("1051", None, None, -260_00)


def test_x11_a_worker_whom_the_ledger_lacks_is_not_named_where_the_connection_says_so() -> None:
    checks = {"C1": [Line("wage", "REG", 100_00)], "C2": [Line("wage", "REG", 70_00)]}
    detail = Detail("employee", all_employees=True, known_employees=frozenset({"W1"}))
    result = run(checks, presentation=Presentation(detail=detail))
    named = {line.employee_id: line.amount_cents for line in result.build.journals[0].lines if line.amount_cents > 0}
    assert named == {"W1": 100_00, None: 70_00}
    assert [(one.code, one.subject, one.severity) for one in result.findings] == [("X11", "W2", Severity.WARN)]


# --- confidentiality -------------------------------------------------------------------------------------------------


def paid(organization_id: str) -> list[Line]:
    return [Line("wage", "REG", 100_00, organization_id=organization_id)]


# three workers in 200, two in 210, one in 500
FIRM = {f"C{place}": paid(f"ORG-{org}") for place, org in enumerate(("200", "200", "200", "210", "210", "500"), 1)}
#  action        parents                         restricted   costs by department                     blocked
GROUPS = [
    ("block",      {},                           "",    {"200": 300_00, "210": 200_00, "500": 100_00}, ["210", "500"]),
    ("parent",     {"210": "200", "500": "200"}, "",    {"200": 600_00},                               []),
    ("parent",     {"500": "210"},               "",    {"200": 300_00, "210": 300_00},                []),
    ("parent",     {"210": "200"},               "100", {"200": 500_00, "100": 100_00},                []),
    ("restricted", {},                           "100", {"200": 300_00, "100": 300_00},                []),
    ("restricted", {"210": "200"},               "",    {"200": 300_00, "210": 200_00, "500": 100_00}, ["210", "500"]),
]  # fmt: skip


@pytest.mark.parametrize(("action", "parents", "restricted", "costs", "blocked"), GROUPS)
def test_x06_a_group_below_the_minimum_rolls_up_or_blocks(
    action: str, parents: dict[str, str], restricted: str, costs: dict[str, int], blocked: list[str]
) -> None:
    policy = GroupPolicy(3, action, parents, restricted)  # type: ignore[arg-type]  # the names of the table
    result = run(FIRM, presentation=Presentation(groups=policy))
    held = {line.department_id: line.amount_cents for line in result.build.journals[0].lines if line.amount_cents > 0}
    assert held == costs
    assert [(one.code, one.severity, one.subject.split("/")[1]) for one in result.findings] == [
        ("X06", Severity.BLOCK, department) for department in blocked
    ]
    assert result.build.journals[0].unbalanced_entities() == {}


def test_a_void_copies_the_department_that_was_shown_and_counts_for_no_group() -> None:
    policy = Presentation(groups=GroupPolicy(3, "parent", {"500": "200", "210": "200"}))
    original = run(FIRM, presentation=policy)
    void = run(
        {"C6V": [replace(line, cents=-line.cents) for line in FIRM["C6"]]},
        voids={"C6V": "C6"}, original_pieces=original.pieces, presentation=policy,
    )  # fmt: skip
    assert table_of(void.build.journals[0]) == {"6000/200/NYC/": -100_00, "1051///": 100_00}
    assert void.findings == ()


# --- suspense --------------------------------------------------------------------------------------------------------


def test_suspense_takes_what_has_no_rule_with_its_code_in_the_memo_and_a_warning() -> None:
    narrow = mapping(MAPPING.replace("wage,,6000", "wage,REG,6000"))
    lines = [Line("wage", "REG", 100_00), Line("wage", "NEW", 25_00)]
    assert codes_of(run({"C1": lines}, table=narrow)) == ["X01"]
    result = run({"C1": lines}, table=narrow, presentation=Presentation(suspense_account="1999"))
    (journal,) = result.build.journals
    assert table_of(journal) == {"6000/200/NYC/": 100_00, "1999/200/NYC/": 25_00, "1051///": -125_00}
    assert [line.memo for line in journal.lines if line.account_no == "1999"] == ["Suspense: wage NEW"]
    assert [(one.code, one.severity, one.subject) for one in result.findings] == [("X08", Severity.WARN, "NEW")]
