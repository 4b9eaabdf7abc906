"""An accrual has exactly one reversal, whatever fails between the two."""

from datetime import date

import pytest

from connector_tests.flows.facts import cents, lines_of, period_of
from connector_tests.flows.house import LLC, House, Json, key_of

ACROSS = period_of(LLC, "Bi-weekly Payroll (1)", "2025-02-07")
"""Its days of work lie around the end of January, and it is paid in February."""
KEY = key_of(ACROSS)
JOURNAL = {"operation": "create", "object": "GLBATCH"}


def by_code(house: House) -> dict[str, list[Json]]:
    """The journals of the pay run by the letter of their reference."""
    found: dict[str, list[Json]] = {}
    for journal in house.journals(KEY):
        found.setdefault(str(journal["reference"]).split("-")[3], []).append(journal)
    return found


def assert_a_pair(house: House) -> None:
    journals = by_code(house)
    assert {code: len(found) for code, found in journals.items()} == {"L": 1, "A": 1, "R": 1}
    (accrual,), (reversal,) = journals["A"], journals["R"]
    assert (accrual["date"], reversal["date"]) == ("2025-01-31", "2025-02-01")
    owed = [cents(line) for line in lines_of([accrual]) if line["account"] == "2100"]
    assert len(owed) == 1
    assert owed[0] < 0
    places = ("account", "department", "location", "project")
    booked, taken = (
        sorted((tuple(str(line.get(name)) for name in places), sign * cents(line)) for line in lines_of([one]))
        for one, sign in ((accrual, 1), (reversal, -1))
    )
    assert booked == taken
    assert house.status(LLC)[KEY].reconciled


@pytest.fixture
def accruing(house: House) -> House:
    assert ACROSS.start_date <= date(2025, 1, 31) < ACROSS.check_date
    house.configure(LLC, posting={"accrual": "month_end"})
    return house


def test_what_is_earned_by_the_months_end_is_accrued_and_reversed(accruing: House) -> None:
    assert accruing.carry(LLC, KEY).succeeded
    assert_a_pair(accruing)
    assert accruing.carry(LLC, KEY).succeeded
    assert_a_pair(accruing)


@pytest.mark.thorough
@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize("fault", ["drop_after", pytest.param("rate_limit", marks=pytest.mark.thorough)])
def test_a_failure_between_the_two_leaves_neither_alone_nor_doubled(
    accruing: House, waits: list[float], fault: str, after: int
) -> None:
    """After 1: the accrual's own send fails; after 2: the reversal's. Then the register and the file change."""
    accruing.fault("intacct", fault, JOURNAL, after=after, times=0)
    accruing.fault("intacct", "unavailable", {"operation": "query", "object": "GLBATCH"}, after=after, times=0)
    assert not accruing.carry(LLC, KEY).succeeded
    assert accruing.status(LLC)[KEY].state in {"unknown", "planned"}
    accruing.no_faults()
    if after == 2:
        accruing.configure(LLC, posting={"accrual": "off"})  # what was accrued is reversed all the same
    outcome = accruing.carry(LLC, KEY)
    assert outcome.succeeded, outcome.problem
    assert_a_pair(accruing)


def test_a_month_that_is_closed_takes_no_accrual_and_the_pay_run_goes_on(accruing: House) -> None:
    accruing.admin("intacct/periods", month="2025-01", entity="", closed=True)
    for _ in range(2):
        outcome = accruing.carry(LLC, KEY)
        assert outcome.succeeded, outcome.problem
        assert by_code(accruing).keys() == {"L"}
    accruing.admin("intacct/periods", month="2025-01", entity="", closed=False)
    assert accruing.carry(LLC, KEY).succeeded
    assert by_code(accruing).keys() == {"L"}


@pytest.mark.thorough
def test_a_correction_leaves_the_accrual_and_its_reversal_alone(accruing: House) -> None:
    assert accruing.carry(LLC, KEY).succeeded
    from connector_tests.flows.facts import checks_of

    check = checks_of(LLC, ACROSS)[0]
    accruing.office("checks/change", LLC, ACROSS, paycheck_id=check.paycheck_id, amount_cents=10_00)
    assert accruing.carry(LLC, KEY).succeeded
    assert {code: len(found) for code, found in by_code(accruing).items()} == {"L": 1, "A": 1, "R": 1, "C": 1}
    assert accruing.status(LLC)[KEY].reconciled
