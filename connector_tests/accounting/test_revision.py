"""Corrections: whatever happens to a register, in any order, the journals together say what it says now."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_assets.accounting.journal import Journal, JournalLine, JournalPolicy
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import PAY_CHECKS
from connector_assets.accounting.revision import (
    BOOKED,
    Answer,
    Decision,
    after,
    booked,
    books_of,
    books_of_pieces,
    check_digests,
    decide,
    difference,
    documents,
    standing,
)
from connector_tests.accounting.registers import PAY_RUN, Line, check_frame, line_frame

POLICY = JournalPolicy("E100", "PYRJ", "1310", "2410", credit_location="E100", state="Posted")
DEPARTMENTS = ("200", "210", "500")
ENTITY_OF = {"200": "E100", "210": "E100", "500": "E200"}
TRUE_DATE, OPEN_DATE = PAY_RUN.check_date, date(2026, 5, 1)


@dataclass(frozen=True)
class Check:
    """A check as the test knows it: a wage in a department, a tax withheld, and the account that wages go to."""

    wage_cents: int
    tax_cents: int
    department: str = "200"
    account: str = "6000"
    is_void: bool = False
    note: str = ""


def pieces_of(checks: Mapping[str, Check]) -> pd.DataFrame:
    """BOOKED of a register, each check three pieces."""
    rows = []
    for check_id, check in checks.items():
        wage, tax = check.wage_cents, check.tax_cents
        home = {"department_id": check.department, "location_id": "NYC", "entity_id": ENTITY_OF[check.department]}
        common = {"pay_run_id": PAY_RUN.pay_run_id, "check_id": check_id, "code": "", "piece_no": 1, "rule_id": "r"}
        common |= {"is_void": check.is_void, "project_id": None}
        none = {"department_id": None, "location_id": None, "entity_id": "E100", "side": "balance"}
        rows += [
            {**common, **home, "line_no": 1, "kind": "wage", "amount_cents": wage, "account_no": check.account,
             "side": "expense", "memo": "Regular"},
            {**common, **none, "line_no": 2, "kind": "employee_tax", "amount_cents": -tax, "account_no": "2210",
             "memo": "Tax"},
            {**common, **none, "line_no": 0, "kind": "net_pay", "amount_cents": tax - wage, "account_no": "1051",
             "memo": "Net pay"},
        ]  # fmt: skip
    if not rows:
        return BOOKED.empty()
    digests = {check_id: f"{check.wage_cents} {check.tax_cents} {check.department} {check.is_void} {check.note}"
               for check_id, check in checks.items()}  # fmt: skip
    return booked(PIECES.conform(pd.DataFrame(rows)), digests)


def oracle(checks: Mapping[str, Check]) -> Counter[tuple[str, str, str]]:
    """Cents by account, department and entity, added up by hand; inter-entity accounts as the accountant books them."""
    books: Counter[tuple[str, str, str]] = Counter()
    for check in checks.values():
        entity = ENTITY_OF[check.department]
        books[check.account, check.department, entity] += check.wage_cents
        books["2210", "", "E100"] -= check.tax_cents
        books["1051", "", "E100"] -= check.wage_cents - check.tax_cents
        if entity != "E100":
            books["1310", "", "E100"] += check.wage_cents
            books["2410", "", entity] -= check.wage_cents
    return Counter({key: cents for key, cents in books.items() if cents})


def in_the_ledger(journals: list[Journal]) -> Counter[tuple[str, str, str]]:
    books: Counter[tuple[str, str, str]] = Counter()
    for journal in journals:
        for line in journal.lines:
            books[line.account_no, line.department_id or "", line.entity_id] += line.amount_cents
    return Counter({key: cents for key, cents in books.items() if cents})


@dataclass
class Ledger:
    """The journals posted so far, in order, with the frame kept of each."""

    journals: list[Journal] = field(default_factory=list)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    lost: bool = False

    def answer(self, wanted: Mapping[str, Check], *, is_open: bool = True, whole: bool = False) -> Decision:
        """Decide, and post what was decided."""
        policy = replace(POLICY, revision=len(self.journals) + 1)
        frame, stands = pieces_of(wanted), None if self.lost else standing(self.frames)
        books = books_of(self.journals)
        if stands is None and books_of_pieces(frame, PAY_RUN, POLICY) == books:
            self.lost, self.frames = False, {"again": frame}
            return decide(frame.assign(reference="again"), frame)
        decision = decide(stands, frame, is_open=is_open, whole=whole, books=books)
        on = TRUE_DATE if is_open else OPEN_DATE
        made = documents(decision, PAY_RUN, policy, on, belongs_to=None if is_open else TRUE_DATE)
        for one in made:
            self.journals.append(one.journal)
            self.frames[one.journal.reference] = one.booked
            self.lost = False
        if made:
            left = after(decision)
            assert sorted(standing(self.frames)["check_id"].unique()) == sorted(left["check_id"].unique())
        return decision


STAFF = {"C1": Check(1000_00, 200_00), "C2": Check(2000_00, 400_00, "210"), "C3": Check(1500_00, 250_00, "500")}


def posted() -> Ledger:
    ledger = Ledger()
    assert ledger.answer(STAFF).answer is Answer.FIRST
    return ledger


def test_the_same_register_asks_for_nothing() -> None:
    ledger = posted()
    assert ledger.answer(STAFF).answer is Answer.NOTHING
    assert len(ledger.journals) == 1


def test_a_change_that_the_books_do_not_show_asks_for_nothing() -> None:
    ledger = posted()
    assert ledger.answer(STAFF | {"C1": replace(STAFF["C1"], note="another check number")}).answer is Answer.NOTHING


def test_added_checks_are_a_journal_of_those_alone() -> None:
    ledger = posted()
    assert ledger.answer(STAFF | {"C4": Check(500_00, 50_00)}).answer is Answer.ADDITION
    first, added = ledger.journals
    assert (added.kind, added.reference) == ("labor", first.reference[:-1] + "2")
    assert added.debit_cents() == 500_00


def test_a_changed_check_is_taken_back_and_booked_anew_line_beside_line() -> None:
    ledger = posted()
    assert ledger.answer(STAFF | {"C1": Check(1100_00, 220_00)}).answer is Answer.CHECK_LEVEL
    first, correction = ledger.journals
    assert correction.reference.endswith("-C-2")
    wages = sorted(line.amount_cents for line in correction.lines if line.account_no == "6000")
    assert wages == [-1000_00, 1100_00]  # the old line and the new one, not their difference
    assert {line.memo.split(":")[0] for line in correction.lines} == {
        f"Takes back {first.reference}", f"Instead of {first.reference}"
    }  # fmt: skip
    assert not [line for line in correction.lines if line.department_id in ("210", "500")]  # the others are left alone


def test_a_vanished_check_is_taken_back() -> None:
    ledger = posted()
    assert ledger.answer({name: STAFF[name] for name in ("C1", "C2")}).answer is Answer.CHECK_LEVEL
    assert in_the_ledger(ledger.journals) == oracle({name: STAFF[name] for name in ("C1", "C2")})


def test_where_every_check_changed_the_whole_is_reversed_and_reposted() -> None:
    ledger = posted()
    moved = {name: replace(check, wage_cents=check.wage_cents + 1) for name, check in STAFF.items()}
    assert ledger.answer(moved).answer is Answer.WHOLE
    first, takeback, again = ledger.journals
    assert (takeback.reference, again.reference) == (first.reference[:-3] + "R-2", first.reference[:-1] + "2")
    assert in_the_ledger([first, takeback]) == Counter()


def test_a_new_mapping_alone_moves_nothing_until_a_person_asks() -> None:
    ledger = posted()
    remapped = {name: replace(check, account="6010") for name, check in STAFF.items()}
    assert ledger.answer(remapped).answer is Answer.NOTHING
    assert ledger.answer(remapped, whole=True).answer is Answer.WHOLE
    assert in_the_ledger(ledger.journals) == oracle(remapped)
    assert ledger.answer(remapped, whole=True).answer is Answer.NOTHING


def shown(checks: Mapping[str, Check], workers: Mapping[str, str] | None = None) -> pd.DataFrame:
    """BOOKED with each balance line on the bank in a draw of its own, and each wage under its worker."""
    frame = pieces_of(checks)
    owed = frame["side"] == "balance"
    draws = frame["kind"].map({"net_pay": "Net pay", "employee_tax": "Tax draw"}).where(owed)
    employees = frame["check_id"].map(dict(workers or {})).where(~owed)
    return BOOKED.conform(
        frame.assign(account_no=frame["account_no"].mask(owed, "1000"), draw=draws, employee_id=employees)
    )


def test_money_that_moves_from_one_draw_to_another_is_a_change_though_the_account_is_the_same() -> None:
    before, now = {"C1": Check(1000_00, 200_00)}, {"C1": Check(1000_00, 250_00)}
    stands = shown(before).assign(reference="PX-1")
    decision = decide(stands, shown(now))
    assert (decision.answer, decision.changed) == (Answer.CHECK_LEVEL, frozenset({"C1"}))
    (correction,) = documents(decision, PAY_RUN, replace(POLICY, revision=2), TRUE_DATE)
    on_the_bank = sorted(line.amount_cents for line in correction.journal.lines if line.account_no == "1000")
    assert on_the_bank == [-750_00, -250_00, 200_00, 800_00]


def test_a_wage_that_moves_to_another_worker_is_a_change_though_every_dimension_is_the_same() -> None:
    wage = {"C1": Check(1000_00, 200_00)}
    stands = shown(wage, {"C1": "E1"}).assign(reference="PX-1")
    again = {"C1": replace(wage["C1"], note="another worker")}
    decision = decide(stands, shown(again, {"C1": "E2"}))
    assert decision.answer is Answer.CHECK_LEVEL
    (correction,) = documents(decision, PAY_RUN, replace(POLICY, revision=2), TRUE_DATE)
    wages = {line.employee_id: line.amount_cents for line in correction.journal.lines if line.account_no == "6000"}
    assert wages == {"E1": -1000_00, "E2": 1000_00}
    assert decide(stands, shown(again, {"C1": "E1"})).answer is Answer.NOTHING


def test_what_counts_the_whole_run_is_corrected_by_a_difference_that_names_what_it_corrects() -> None:
    place = JournalLine("9010", 800_00, "200", "NYC", None, None, None, "E100", "", (("GLDIMGRANT", "7"),))
    other = replace(place, department_id="210")
    first = Journal("statistical", "PX-S-1", "HCJ", TRUE_DATE, "r1", "USD", "Posted", (place, other))
    now = replace(first, lines=(replace(place, amount_cents=760_00), other))
    made = difference([now], [first], replace(first, reference="PX-S-2"))
    assert made.lines == (replace(place, amount_cents=-40_00, memo="Corrects PX-S-1"),)
    assert difference([now], [first, made], first).lines == ()
    gone = difference([], [first, made], first)
    assert books_of([first, made, gone]) == Counter()


def test_in_a_closed_period_the_difference_goes_into_an_open_one_and_names_the_true_date() -> None:
    ledger = posted()
    now = STAFF | {"C1": Check(1100_00, 220_00)}
    assert ledger.answer(now, is_open=False).answer is Answer.DELTA
    delta = ledger.journals[-1]
    assert delta.entry_date == OPEN_DATE
    assert [line.amount_cents for line in delta.lines if line.account_no == "6000"] == [100_00]
    assert all(line.memo.startswith("Belongs to 2026-04-10: Corrects PX-") for line in delta.lines)
    assert in_the_ledger(ledger.journals) == oracle(now)


def test_without_the_kept_checks_the_journals_themselves_decide() -> None:
    ledger = posted()
    ledger.frames, ledger.lost = {}, True
    now = STAFF | {"C2": Check(2100_00, 400_00, "210")}
    assert ledger.answer(now).answer is Answer.DELTA
    assert in_the_ledger(ledger.journals) == oracle(now)
    assert ledger.answer(now).answer is Answer.NOTHING


def test_a_checks_digest_follows_its_content_and_not_the_order_of_its_lines() -> None:
    workers = {"C1": "W1"}
    lines = [Line("wage", "REG", 60_00), Line("employee_tax", "FIT", 10_00)]
    checks = check_frame([{"check_id": "C1", "worker_id": "W1", "net_cents": 50_00, "check_number": None}])
    there = check_digests(checks, line_frame({"C1": lines}, workers))
    assert check_digests(checks, line_frame({"C1": lines[::-1]}, workers)) == there
    assert check_digests(checks, line_frame({"C1": [replace(lines[0], cents=60_01), lines[1]]}, workers)) != there
    assert (
        check_digests(PAY_CHECKS.conform(checks.assign(net_cents=50_01)), line_frame({"C1": lines}, workers)) != there
    )


amounts = st.integers(1, 5_000_00)
made = st.builds(
    Check,
    amounts,
    st.integers(0, 100),
    st.sampled_from(DEPARTMENTS),
    st.just("6000"),
    st.booleans(),
    st.text("ab", max_size=1),
)
steps = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(["C1", "C2", "C3", "C4", "C5"]), st.none() | made, max_size=4),
        st.booleans(),  # the period is open
        st.sampled_from(["6000", "6010"]),  # the mapping of the day
        st.booleans(),  # a person asks for the whole
        st.integers(0, 9),  # 0: what was kept of the checks is lost
    ),
    min_size=1,
    max_size=7,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(steps)
def test_any_sequence_of_changes_leaves_the_books_of_the_last_register(
    sequence: list[tuple[dict[str, Check | None], bool, str, bool, int]],
) -> None:
    """A check that changes is booked by the mapping of the day; one that does not keeps the accounts it has.

    A change that moves no cent is not booked: the check counts as changed until it is.
    """
    ledger, register, truth = Ledger(), dict[str, Check](), dict[str, Check]()
    for changes, is_open, account, whole, luck in sequence:
        for check_id, check in changes.items():
            if check is None:
                register.pop(check_id, None)
            else:
                register[check_id] = check
        today = {check_id: replace(check, account=account) for check_id, check in register.items()}
        before = list(ledger.journals)
        if luck == 0 and ledger.journals:
            ledger.frames, ledger.lost = {}, True
        lost = ledger.lost
        decision = ledger.answer(today, is_open=is_open, whole=whole)
        kept = {} if decision.answer is Answer.WHOLE or lost else truth
        truth = {
            check_id: kept[check_id]
            if check_id in kept
            and (
                replace(kept[check_id], note=check.note) == check
                or (not whole and replace(kept[check_id], account=account) == check)
            )
            else check
            for check_id, check in today.items()
        }  # fmt: skip
        assert in_the_ledger(ledger.journals) == oracle(truth)
        assert ledger.journals[: len(before)] == before  # nothing posted is ever touched
        assert all(not journal.unbalanced_entities() for journal in ledger.journals)
        assert len({journal.reference for journal in ledger.journals}) == len(ledger.journals)
