"""Very large journals: parts of whole checks, which balance alone and together are the whole."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from connector_assets.accounting.journal_build import TITLE_LENGTH_MAX, journal_head
from connector_assets.accounting.journal_parts import Cut
from connector_tests.accounting.labor import LaborCost
from connector_tests.accounting.registers import JOURNAL_POLICY, PAY_RUN, TWO_ENTITIES, Line, run, table_of
from connector_tests.accounting.test_distribution import CHECKS

HOMES = {"W1": ("ORG-200", "LOC-NYC"), "W2": ("ORG-500", "LOC-JC"), "W3": ("ORG-200", "LOC-NYC")}
PAID = {
    "C1": [Line("wage", "REG", 1_000_00), Line("employee_tax", "FIT", 200_00), Line("employer_tax", "SS", 76_50)],
    "C2": [Line("wage", "REG", 800_00), Line("employee_tax", "FIT", 100_00), Line("employer_tax", "SS", 61_20)],
    "C3": [Line("wage", "REG", 500_00), Line("employee_tax", "FIT", 50_00), Line("employer_tax", "SS", 38_25)],
}


def whole_and_parts(checks: dict[str, list[Line]], lines_max: int) -> tuple[LaborCost, LaborCost]:
    """The same register as one journal, and in parts."""
    long = replace(JOURNAL_POLICY, lines_max=lines_max)
    whole, parts = (
        run(checks, homes=HOMES, cost_centers=TWO_ENTITIES, journal=policy) for policy in (JOURNAL_POLICY, long)
    )
    return whole, parts


def added_up(result: LaborCost) -> Counter[tuple[object, ...]]:
    """Cents by account, dimensions and entity over all journals of a kind, nothing kept that is nothing."""
    sums: Counter[tuple[object, ...]] = Counter()
    for journal in result.build.journals:
        for line in journal.lines:
            place = replace(line, amount_cents=0, memo="")
            sums[journal.kind.partition("@")[0], place] += line.amount_cents
    return Counter({place: cents for place, cents in sums.items() if cents})


def test_a_long_journal_becomes_parts_of_whole_checks_each_of_which_an_accountant_can_post_alone() -> None:
    """C1 and C3 are New York's, C2 is Jersey City's, whose cost E200 owes to E100."""
    whole, parts = whole_and_parts(PAID, 6)
    (long,) = whole.build.journals
    first, second = parts.build.journals
    assert len(long.lines) == 8
    assert table_of(first) == {
        "6000/200/NYC/": 1_500_00, "6100/200/NYC/": 114_75, "2210///": -364_75, "1051///": -1_250_00,
    }  # fmt: skip
    assert table_of(second) == {
        "6000/500/JC/": 800_00, "6100/500/JC/": 61_20, "2210///": -161_20, "1051///": -700_00,
        "1310///": 861_20, "2410///": -861_20,
    }  # fmt: skip
    assert [part.kind for part in parts.build.journals] == ["labor@p1of2", "labor@p2of2"]
    assert [part.reference for part in parts.build.journals] == [f"{long.reference}-p1of2", f"{long.reference}-p2of2"]
    assert [part.title for part in parts.build.journals] == [f"{long.title} 1/2", f"{long.title} 2/2"]
    assert added_up(parts) == added_up(whole)
    trace = parts.build.trace
    assert trace.groupby("reference")["check_id"].unique().map(sorted).to_dict() == {
        first.reference: ["C1", "C3"], second.reference: ["C2"],
    }  # fmt: skip


def test_a_journal_that_is_not_too_long_is_one() -> None:
    whole, parts = whole_and_parts(PAID, 8)
    assert parts.build.journals == whole.build.journals


def test_a_check_is_never_cut_though_it_is_longer_than_a_part_may_be() -> None:
    whole, parts = whole_and_parts({"C1": PAID["C1"]}, 2)
    assert [journal.lines for journal in parts.build.journals] == [journal.lines for journal in whole.build.journals]


def test_amounts_that_cancel_in_the_whole_stand_in_the_parts() -> None:
    """A refund of 40.00 in one check and a withholding of 40.00 in another: no line in one journal, two in two."""
    said = {
        "C1": [Line("wage", "REG", 100_00), Line("employee_deduction", "MED", 40_00)],
        "C2": [Line("wage", "REG", 100_00), Line("employee_deduction", "MED", -40_00)],
    }
    whole, parts = whole_and_parts(said, 3)
    assert "2300" not in {line.account_no for journal in whole.build.journals for line in journal.lines}
    held = [
        line.amount_cents for journal in parts.build.journals for line in journal.lines if line.account_no == "2300"
    ]
    assert sorted(held) == [-40_00, 40_00]
    assert added_up(parts) == added_up(whole)


def test_the_numbers_of_many_parts_sort_as_they_count_and_a_title_is_never_cut_inside_them() -> None:
    assert Cut({}, 1234).labels[0] == "p0001of1234"
    assert Cut({}, 12).labels == sorted(Cut({}, 12).labels)
    head = journal_head(PAY_RUN, JOURNAL_POLICY, "labor", PAY_RUN.check_date, "p12of34")
    assert head.title == journal_head(PAY_RUN, JOURNAL_POLICY, "labor", PAY_RUN.check_date).title
    assert len(head.title) <= TITLE_LENGTH_MAX


@given(CHECKS, st.integers(1, 12))
@settings(max_examples=6, deadline=None)
def test_random_registers_in_parts_are_the_whole_and_each_part_balances(said: list[list[Line]], most: int) -> None:
    checks = {f"C{number}": lines for number, lines in enumerate(said, start=1)}
    whole, parts = whole_and_parts(checks, most)
    long = replace(JOURNAL_POLICY, lines_max=most)
    turned = {check_id: checks[check_id][::-1] for check_id in reversed(checks)}
    mixed = run(turned, cost_centers=TWO_ENTITIES, journal=long, homes=HOMES)
    assert added_up(parts) == added_up(whole)  # the lines of every part, against one journal of all checks
    assert parts.journal_totals == whole.journal_totals == parts.register_totals  # the trace, against the register
    assert all(journal.unbalanced_entities() == {} for journal in parts.build.journals)
    assert [one.digest() for one in parts.build.journals] == [one.digest() for one in mixed.build.journals]
    in_parts = parts.build.trace.groupby("check_id")["reference"].nunique()
    assert in_parts.eq(1).all()
    for reference, rows in parts.build.trace.groupby("reference"):
        lines = parts.build.lines[parts.build.lines["reference"] == reference]
        sums = rows.groupby("journal_line_no")["amount_cents"].sum()
        assert sums[sums.index > 0].to_dict() == dict(zip(lines["journal_line_no"], lines["amount_cents"], strict=True))
        assert len(lines) <= most or rows["check_id"].nunique() == 1
