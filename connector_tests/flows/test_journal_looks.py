"""Every shape, grain and date rule, from the option in the connection file to a reconciled journal in the ledger.

One deployment carries all of them: each option gets a pay run of its own, so that the next option changes nothing that
is posted. What each must look like is worked out from the sample firm's facts.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connector_assets.flows.paychex_intacct.employees import employee_kind
from connector_assets.sandbox.facts import PeriodFacts
from connector_tests.flows.facts import (
    INTERNAL,
    balance_by_entity,
    books_in,
    books_of,
    cents,
    checks_of,
    employer_cents,
    kind_of,
    lines_of,
    rules_of,
    wages_cents,
)
from connector_tests.flows.house import COMPANY_OF as COMPANY
from connector_tests.flows.house import LLC, House, Json, copied, firm, key_of

CLEARING, BANK, TAX, THIRD = "1051", "1010", "1052", "1053"
REMITTED = ("2300", "2330")
COST = ("5", "6")
DRAWS = {"remitted_accounts": list(REMITTED), "tax_clearing_account": TAX, "third_party_clearing_account": THIRD}
USUAL = {"shape": "S2", "grain": "summary", "employee_lines": "billable"}


@pytest.fixture(scope="module")
def shared() -> Iterator[House]:
    """A deployment that every test of this module posts into; the ledger's employees are known to it."""
    with copied() as house:
        house.renew(LLC, "intacct/employees")
        yield house


@pytest.fixture(scope="module")
def runs(shared: House) -> Iterator[PeriodFacts]:
    """Ordinary pay runs, each handed out once."""
    periods = {key_of(period): period for period in firm().periods(COMPANY[LLC])}
    ordinary = [periods[key] for key in sorted(shared.partitions(LLC)) if periods[key].interval_code]
    return iter([one for one in ordinary if all(check.net_cents > 0 for check in checks_of(LLC, one))])


def posted(house: House, period: PeriodFacts, **changes: object) -> list[Json]:
    """The journals of a pay run, carried with these options to the end."""
    house.configure(LLC, **{"journal": USUAL, "posting": {"entry_date": "check_date"}} | changes)
    outcome = house.carry(LLC, key_of(period))
    assert outcome.succeeded, outcome.problem
    row = house.status(LLC)[key_of(period)]
    assert (row.state, row.reconciled) == ("posted", True)
    journals = house.journals(key_of(period))
    for journal in journals:
        assert not any(balance_by_entity([journal]).values())
    return journals


def house_employees(house: House) -> list[str]:
    """The employees that are active in the ledger."""
    found = house.http.get(f"{house.root}/admin/intacct/records", params={"object": "EMPLOYEE"}).json()["records"]
    return [str(one["EMPLOYEEID"]) for one in found if one["STATUS"] == "active"]


def renumbered(house: House, numbers: dict[str, str]) -> None:
    """Pair everybody who is in the ledger with somebody else's number: lines follow the pairs, not the register."""
    here = [one for one in house_employees(house) if one in set(numbers.values())]
    other = dict(zip(here, [*here[1:], here[0]], strict=True))
    pairs = {worker_id: other[number] for worker_id, number in numbers.items() if number in other}
    house.records().crosswalk.put_all(LLC, employee_kind(house.connection(LLC)), pairs, "manual")
    numbers.update(pairs)


def tax_accounts() -> set[str]:
    """What the mapping credits for taxes."""
    return {row["credit_account"] for (kind, _, _), row in rules_of(LLC).items() if kind.endswith("_tax")}


def drawn(period: PeriodFacts, net: str, tax: str, third: str) -> Counter[str]:
    """The books of a pay run in which each draw stands on the account that settles it."""
    moved = {CLEARING: net, **dict.fromkeys(tax_accounts(), tax), **dict.fromkeys(REMITTED, third)}
    books: Counter[str] = Counter()
    for account, amount in books_of(LLC, checks_of(LLC, period)).items():
        books[moved.get(account, account)] += amount
    return books


@pytest.mark.parametrize(
    ("shape", "accounts"),
    [
        ({"shape": "S1", "bank_account": BANK, **DRAWS}, (BANK, BANK, BANK)),
        ({"shape": "S3", **DRAWS}, (CLEARING, TAX, THIRD)),
    ],
    ids=["S1", "S3"],
)
def test_a_shape_settles_each_draw_on_its_account(
    shared: House, runs: Iterator[PeriodFacts], shape: dict[str, object], accounts: tuple[str, str, str]
) -> None:
    """S1 needs a cash account that no bank account record names: Intacct takes no journal on one that has it."""
    shared.admin("intacct/records", object="CHECKINGACCOUNT", key="BANK-1", fields={"GLACCOUNTNO": "1100"})
    period = next(runs)
    (journal,) = posted(shared, period, journal={**USUAL, **shape})
    assert books_in([journal]) == drawn(period, *accounts)
    credited = [line for line in lines_of([journal]) if line["account"] in {BANK, CLEARING, TAX, THIRD}]
    assert [str(line["memo"]) for line in sorted(credited, key=lambda one: str(one["memo"]))] == [
        "Net pay",
        "Tax draw",
        "Third-party draw",
    ]
    assert not {str(line["account"]) for line in lines_of([journal])} & (tax_accounts() | set(REMITTED))


def test_shape_s2_and_grain_summary_leave_liabilities_and_dimensions_as_they_are(
    shared: House, runs: Iterator[PeriodFacts]
) -> None:
    period = next(runs)
    (journal,) = posted(shared, period)
    assert books_in([journal]) == books_of(LLC, checks_of(LLC, period))
    lines = lines_of([journal])
    assert any(line.get("project") for line in lines)
    assert all(line.get("department") for line in lines if str(line["account"]).startswith(COST))
    assert not any(line.get("employee") for line in lines)


@pytest.mark.parametrize("grain", ["department", "project"])
def test_a_grain_leaves_a_dimension_out_and_no_cent(shared: House, runs: Iterator[PeriodFacts], grain: str) -> None:
    """Direct labor requires a project in this company's chart, and every cost a department: those stay."""
    period = next(runs)
    (journal,) = posted(shared, period, journal={**USUAL, "grain": grain})
    assert books_in([journal]) == books_of(LLC, checks_of(LLC, period))
    cost = [line for line in lines_of([journal]) if str(line["account"]).startswith(COST)]
    indirect = [line for line in cost if str(line["account"]).startswith("6")]
    assert all(line.get("department") for line in cost)
    if grain == "department":
        assert not any(line.get("project") for line in indirect)
    keys = [tuple(line.get(name) for name in ("account", "department", "location", "project")) for line in cost]
    assert len(keys) == len(set(keys))  # whatever is left out is added up


@pytest.mark.parametrize("which", ["billable", "all"])
def test_grain_employee_names_whose_cost_it_is(shared: House, runs: Iterator[PeriodFacts], which: str) -> None:
    period = next(runs)
    numbers = {one.worker_id: one.employee_id for one in firm().workers(COMPANY[LLC], period.check_date)}
    renumbered(shared, numbers)
    (journal,) = posted(
        shared, period, journal={**USUAL, "grain": "employee", "employee_lines": which, "unknown_employees": "drop"}
    )
    assert books_in([journal]) == books_of(LLC, checks_of(LLC, period))
    cost = [line for line in lines_of([journal]) if str(line["account"]).startswith(COST)]
    here = set(house_employees(shared))
    if which == "billable":
        client = [line for line in cost if line.get("project") and line["project"] not in INTERNAL]
        assert {str(line["employee"]) for line in client if line.get("employee")} <= here
        assert any(line.get("employee") for line in client)
        assert not any(line.get("employee") for line in cost if line not in client)
        return
    held: Counter[str] = Counter()
    for line in cost:
        held[str(line.get("employee") or "")] += cents(line)
    wanted: Counter[str] = Counter()
    for check in checks_of(LLC, period):
        number = numbers[check.worker_id]
        wanted[number if number in here else ""] += wages_cents([check]) + employer_cents([check])
    assert held == wanted
    assert len(set(numbers.values()) & here) > 0


@pytest.mark.parametrize("rule", ["check_date", "period_end", "debit_date"])
def test_a_date_rule_dates_the_journal(shared: House, runs: Iterator[PeriodFacts], rule: str) -> None:
    period = next(runs)
    (journal,) = posted(shared, period, posting={"entry_date": rule})
    day = period.check_date - timedelta(days=3 if period.check_date.weekday() == 0 else 1)
    wanted = {"check_date": period.check_date, "period_end": period.end_date, "debit_date": day}
    assert journal["date"] == wanted[rule].isoformat()
    assert books_in([journal]) == books_of(LLC, checks_of(LLC, period))


def test_split_gives_each_month_its_part_and_both_together_the_register(
    shared: House, runs: Iterator[PeriodFacts]
) -> None:
    period = next(one for one in runs if one.start_date.month < one.check_date.month and one.end_date.month > 1)
    journals = posted(shared, period, posting={"entry_date": "split", "accrued_account": "2100"})
    first = period.check_date.replace(day=1)
    month_end = (first - timedelta(days=1)).isoformat()
    assert sorted((str(one["reference"]).split("-")[3], one["date"]) for one in journals) == [
        ("A", month_end),
        ("L", period.check_date.isoformat()),
        ("R", period.check_date.isoformat()),
    ]
    old, new = ([one for one in journals if (one["date"] == month_end) == is_old] for is_old in (True, False))
    assert books_in(journals) == books_of(LLC, checks_of(LLC, period))
    worked, all_days = (
        sum((period.start_date + timedelta(days=offset)).weekday() < 5 for offset in range(days))
        for days in ((min(first, period.end_date + timedelta(days=1)) - period.start_date).days,
                     (period.end_date - period.start_date).days + 1)
    )  # fmt: skip
    checks = checks_of(LLC, period)
    earned = (2 * (wages_cents(checks) + employer_cents(checks)) * worked + all_days) // (2 * all_days)
    assert books_in(old)["2100"] == -earned
    assert books_in(new)["2100"] == earned


def test_the_firm_has_wages_of_every_kind_that_the_looks_are_about() -> None:
    kinds = {kind_of(line) for check in checks_of(LLC, firm().periods(COMPANY[LLC])[2]) for line in check.lines}
    assert {"wage", "employee_tax", "employer_tax", "employee_deduction", "employer_benefit"} <= kinds
