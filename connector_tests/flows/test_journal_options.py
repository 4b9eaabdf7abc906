"""Journal options, all the way into the simulated ledger: statistics, one journal per entity, suspense, odd dates."""

from collections.abc import Iterable
from datetime import date

import pytest

from connector_assets.flows.paychex_intacct.usual import FetchedChecks
from connector_assets.sandbox.facts import CheckFacts
from connector_assets.vendors.paychex.models import PayPeriod
from connector_tests.flows.facts import FIRST, balance_by_entity, cents, checks_of, kind_of, lines_of, period_of
from connector_tests.flows.house import LLC, NJ, House, key_of

CROSSING = period_of(NJ, "Semi-monthly Payroll (1)", "2025-01")


def test_the_statistical_journal_is_posted_beside_the_labor_journal_and_has_the_registers_hours(house: House) -> None:
    house.configure(LLC, statistics={"journal": "HCJ", "hours_by_account": {"6020": "9011", "6030": "9012"}})
    outcome = house.carry(LLC, key_of(FIRST))
    assert outcome.succeeded, outcome.problem
    labor, statistical = sorted(house.journals(key_of(FIRST)), key=lambda one: str(one["journal"]), reverse=True)
    assert (labor["journal"], statistical["journal"]) == ("PYRJ", "HCJ")
    assert str(statistical["reference"]).endswith("-S-1")
    paid = [line for line in lines_of([statistical]) if line["account"] in ("9010", "9011", "9012")]
    hours_e4 = hours_e4_of(checks_of(LLC, FIRST))
    posted_e4 = sum(round(float(str(line["amount"])) * 10_000) for line in paid)
    assert hours_e4 > 0
    assert abs(posted_e4 - hours_e4) <= 100 * len(paid)
    row = house.status(LLC)[key_of(FIRST)]
    assert (row.state, row.reconciled) == ("posted", True)
    assert row.debit_cents == labor["debit_cents"]


def hours_e4_of(checks: Iterable[CheckFacts]) -> int:
    """Paid hours, as the sample firm has them."""
    return sum(line.hours_e4 or 0 for check in checks for line in check.lines if kind_of(line) == "wage")


@pytest.mark.parametrize(
    "policy",
    ["hold", pytest.param("next_open", marks=pytest.mark.thorough), pytest.param("fail", marks=pytest.mark.thorough)],
)
def test_a_statistical_journal_is_corrected_by_the_difference_that_names_it(house: House, policy: str) -> None:
    """One worker's check is voided in the run itself; the second time the month is closed meanwhile."""
    house.configure(LLC, statistics={"journal": "HCJ"}, posting={"closed_period": policy})
    key, checks = key_of(FIRST), checks_of(LLC, FIRST)
    assert house.carry(LLC, key).succeeded
    paid = [check for check in checks if hours_e4_of([check])]
    house.office("checks/void", LLC, FIRST, paycheck_id=paid[0].paycheck_id)
    outcome = house.carry(LLC, key)
    assert outcome.succeeded, outcome.problem
    first, second = (one for one in house.journals(key) if one["journal"] == "HCJ")
    assert str(second["reference"]).endswith("-S-2")
    assert {line["memo"] for line in lines_of([second])} == {f"Corrects {first['reference']}"}
    regular = [line for line in lines_of([first, second]) if line["account"] == "9010"]
    left = [check for check in checks if check is not paid[0]]
    assert abs(sum(map(cents, regular)) * 100 - hours_e4_of(left)) <= 100 * len(regular)
    assert house.status(LLC)[key].reconciled
    before = house.journals(key)
    assert house.carry(LLC, key).succeeded
    assert house.journals(key) == before  # a second look finds nothing to count anew
    house.office("checks/void", LLC, FIRST, paycheck_id=paid[1].paycheck_id)
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    outcome = house.carry(LLC, key)
    third = [one for one in house.journals(key) if str(one["reference"]).endswith("-S-3")]
    if policy == "next_open":
        assert outcome.succeeded, outcome.problem
        assert third[0]["date"] == "2025-02-01"
        assert all(str(line["memo"]).startswith("Belongs to 2025-01-10: Corrects PX-") for line in lines_of(third))
        return
    assert not outcome.succeeded
    assert not third
    house.admin("intacct/periods", month="2025-01", entity="", closed=False)
    assert house.carry(LLC, key).succeeded
    assert [str(one["reference"])[-3:] for one in house.journals(key) if one["journal"] == "HCJ"][-1] == "S-3"
    assert house.status(LLC)[key].reconciled


def test_one_journal_per_entity_posts_two_that_balance_alone(house: House) -> None:
    house.configure(NJ, journal={"one_per": "entity"})
    outcome = house.carry(NJ, key_of(CROSSING))
    assert outcome.succeeded, outcome.problem
    journals = house.journals(key_of(CROSSING))
    assert len(journals) == 2
    for journal in journals:
        (balance,) = balance_by_entity([journal]).items()
        assert balance[1] == 0
    assert house.status(NJ)[key_of(CROSSING)].reconciled


def test_suspense_posts_a_draft_and_stays_an_error_until_it_is_cleared(house: House) -> None:
    home = house.records()
    rows = home.mappings.versions(LLC)[0].body.splitlines(keepends=True)
    lost = "".join(row for row in rows if "Federal Unemployment Insurance" not in row)
    home.mappings.save(LLC, lost, author="test", reason="lose FUTA", effective_from=date(2025, 1, 1))
    blocked = house.carry(LLC, key_of(FIRST))
    assert not blocked.succeeded
    assert "X01" in blocked.problem
    assert house.journals(key_of(FIRST)) == []
    house.configure(LLC, new_codes={"suspense_account": "1999"})
    outcome = house.carry(LLC, key_of(FIRST))
    assert not outcome.succeeded
    assert "A09" in outcome.problem
    (journal,) = house.journals(key_of(FIRST))
    assert journal["state"] == "Draft"
    assert "1999" in {str(line["account"]) for line in lines_of([journal])}


def test_s20_a_date_with_a_time_of_day_is_named() -> None:
    period = {
        "payPeriodId": "1", "status": "COMPLETED", "startDate": "2026-03-02T00:00:00Z",
        "endDate": "2026-03-15T00:00:00Z", "checkDate": "2026-03-19T20:00:00Z",
    }  # fmt: skip
    found = FetchedChecks().findings([PayPeriod.model_validate(period)])
    assert [(one.code, one.subject) for one in found] == [("S20", "checkDate")]
    midnight = PayPeriod.model_validate(period | {"checkDate": "2026-03-20T00:00:00Z"})
    assert FetchedChecks().findings([midnight]) == []
