"""What a report becomes beside its first journal: a correction, an expense report, a bill, or nothing at all."""

from collections import Counter
from typing import Any

import pytest

from connector_assets.accounting.money import cents_from_text
from connector_assets.commands.demo_expenses import NAME
from connector_assets.flows.expensify_intacct.attention import due
from connector_assets.flows.expensify_intacct.reports import CURSOR
from connector_tests.flows.expense_house import carry, connection, house, keys, report_in, rows, truth
from connector_tests.flows.facts import cents
from connector_tests.flows.house import House, problem_of

__all__ = ["house"]  # a fixture: pytest finds it in the module that uses it


def mixed(house: House) -> str:
    """The partition of a report of EMPLOYEE with expenses of both kinds, of which none is a refund."""
    for key in keys(house):
        expenses = truth(house)[report_in(key)]["transactionList"]
        if {one["reimbursable"] for one in expenses} == {True, False} and min(amounts(expenses)) > 0:
            house.admin("expensify/change", report_id=report_in(key), report={"employeeCustomField1": EMPLOYEE})
            return key
    raise AssertionError("the sample firm has no such report")


def amounts(expenses: list[dict[str, Any]]) -> list[int]:
    return [one["convertedAmount"] for one in expenses]


def owed(house: House, key: str, *, reimbursable: bool) -> int:
    expenses = truth(house)[report_in(key)]["transactionList"]
    return sum(amounts([one for one in expenses if one["reimbursable"] == reimbursable]))


def records(house: House, name: str) -> list[dict[str, Any]]:
    """The sandbox's own records of an object."""
    reply = house.http.get(f"{house.root}/admin/intacct/records", json={"object": name})
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["records"]
    return found


EMPLOYEE = "HM-0001"
"""An employee whom Intacct has without any payroll."""


def booked(house: House, key: str) -> Counter[tuple[str, str]]:
    """What all journals of a report come to, by account and department."""
    sums: Counter[tuple[str, str]] = Counter()
    for journal in house.journals():
        if report_in(key) in str(journal["reference"]):
            for line in journal["lines"]:
                sums[line["account"], line.get("department", "")] += cents(line)
    return Counter({place: total for place, total in sums.items() if total})


def change_first(house: House, key: str, by_cents: int) -> None:
    """Somebody changes the first expense of a report, and the report is approved again at once."""
    report = truth(house)[report_in(key)]
    first = report["transactionList"][0]
    more = {name: first[name] + by_cents for name in ("amount", "convertedAmount")}
    if first["currency"] != report["currency"]:
        more = {"convertedAmount": first["convertedAmount"] + by_cents}
    house.admin(
        "expensify/change",
        report_id=report["reportID"],
        report={"total": report["total"] + by_cents},
        expense_id=first["transactionID"],
        expense=more,
    )


def test_a_report_that_changed_after_it_was_posted_is_corrected_by_the_difference(house: House) -> None:
    key = keys(house)[0]
    assert carry(house, key).succeeded
    before = booked(house, key)
    change_first(house, key, 1_000)
    house.records().snapshots.put(NAME, CURSOR, "2025-12-01")
    assert house.materialize(NAME, ("approved_reports",)).success
    assert list(due(house.records(), connection(house))) == [key]
    outcome = carry(house, key)
    assert outcome.succeeded, outcome.problem
    after = booked(house, key)
    changed = {place: after[place] - before[place] for place in after if after[place] != before[place]}
    assert sorted(changed.values()) == [-1_000, 1_000]
    assert [str(one["reference"]) for one in house.journals()] == [f"EX-{report_in(key)}-{n}" for n in (1, 2)]
    assert (rows(house)[key].state, rows(house)[key].reconciled) == ("posted", True)
    assert due(house.records(), connection(house)) == {}
    assert carry(house, key).succeeded
    assert len(house.journals()) == 2, "what stands is enough: nothing more is posted"
    assert [one.corrects for one in house.records().postings.list(NAME)] == ["", f"EX-{report_in(key)}-1"]


def test_a_report_approved_again_on_another_day_is_carried_under_that_day(house: House) -> None:
    key = keys(house)[0]
    assert carry(house, key).succeeded
    house.admin("expensify/reopen", report_id=report_in(key))
    change_first(house, key, -500)
    house.admin("expensify/approve", report_id=report_in(key), approved="2025-12-30")
    house.records().snapshots.put(NAME, CURSOR, "2025-12-31")
    assert house.materialize(NAME, ("approved_reports",)).success
    again = f"2025-12-30_{report_in(key)}"
    assert carry(house, again).succeeded
    assert [str(one["reference"])[-2:] for one in house.journals()] == ["-1", "-2"]
    assert rows(house)[again].reconciled
    assert (
        -sum(total for (account, _), total in booked(house, key).items() if account in {"2130", "2160"})
        == (truth(house)[report_in(key)]["total"])
    )


def test_what_is_reimbursed_may_be_an_expense_report_while_the_card_stays_in_the_journal(house: House) -> None:
    key = mixed(house)
    house.configure(NAME, posting={"reimbursable": "expense_report"})
    outcome = carry(house, key)
    assert outcome.succeeded, outcome.problem
    (claim,) = records(house, "EEXPENSES")
    assert claim["RECORDID"] == f"EX-{report_in(key)}-E"
    assert cents_from_text(claim["TOTALENTERED"], "total") == owed(house, key, reimbursable=True)
    assert -booked(house, key)["2160", ""] == owed(house, key, reimbursable=False)
    assert rows(house)[key].reconciled
    house.reset_calls()
    assert carry(house, key).succeeded
    assert not [name for name in house.calls() if "create" in name]


def test_both_debts_may_be_bills_of_their_vendors(house: House) -> None:
    key = mixed(house)
    card, person = [one["VENDORID"] for one in records(house, "VENDOR")][:2]
    posting = {"reimbursable": "bill", "company_card": "bill", "card_vendor": card}
    house.configure(NAME, posting={**posting, "employee_vendor": "E-{employee_id}"})
    assert not carry(house, key).succeeded, "Intacct knows no vendor of that name"
    assert rows(house)[key].state == "rejected"
    house.admin("intacct/records", object="VENDOR", key=person, fields={"VENDORID": f"E-{EMPLOYEE}"})
    outcome = carry(house, key)
    assert outcome.succeeded, outcome.problem
    totals = {one["RECORDID"]: cents_from_text(one["TOTALENTERED"], "total") for one in records(house, "APBILL")}
    mine = {name: total for name, total in totals.items() if name.startswith(f"EX-{report_in(key)}")}
    assert mine == {
        f"EX-{report_in(key)}-E": owed(house, key, reimbursable=True),
        f"EX-{report_in(key)}-C": owed(house, key, reimbursable=False),
    }
    assert house.journals() == []
    assert rows(house)[key].reconciled


def test_a_document_of_the_subledger_is_not_corrected_by_another(house: House) -> None:
    key = mixed(house)
    house.configure(NAME, posting={"reimbursable": "expense_report"})
    assert carry(house, key).succeeded
    expenses = truth(house)[report_in(key)]["transactionList"]
    mine = next(one for one in expenses if one["reimbursable"])
    house.admin(
        "expensify/change",
        report_id=report_in(key),
        report={"total": truth(house)[report_in(key)]["total"] + 100},
        expense_id=mine["transactionID"],
        expense={"amount": mine["amount"] + 100, "convertedAmount": mine["convertedAmount"] + 100},
    )
    assert not carry(house, key).succeeded
    assert "S34" in rows(house)[key].problem
    assert rows(house)[key].state == "held"
    assert len(records(house, "EEXPENSES")) == 1


def test_a_report_of_nothing_is_finished_without_a_document(house: House) -> None:
    key = keys(house)[0]
    report = truth(house)[report_in(key)]
    for one in report["transactionList"]:
        of_nothing = {"amount": 0, "convertedAmount": 0}
        ids = {"report_id": report["reportID"], "expense_id": one["transactionID"]}
        house.admin("expensify/change", **ids, report={"total": 0}, expense=of_nothing)
    outcome = carry(house, key)
    assert outcome.succeeded, outcome.problem
    assert (rows(house)[key].state, rows(house)[key].reconciled) == ("nothing to post", True)
    assert house.journals() == []


def test_a_tag_level_may_stand_for_a_dimension_of_the_companys_own(house: House) -> None:
    house.configure(NAME, tags=["department", "project", "GLDIMCOSTOBJECT"])
    known = {one["NAME"]: str(one["RECORDNO"]) for one in records(house, "COSTOBJECT")}
    report = next(one for one in truth(house).values() if third_tags(one) and one["approved"] >= "2025-11")
    key = f"{report['approved'][:10]}_{report['reportID']}"
    for tag in third_tags(report):
        house.records().crosswalk.put(NAME, "tag_GLDIMCOSTOBJECT", tag, known["Audit support"], "test")
    aligned = house.materialize(NAME, ("intacct/gl_accounts", "intacct/costobject", "tag_alignment"))
    assert aligned.success, problem_of(aligned)
    outcome = carry(house, key)
    assert outcome.succeeded, outcome.problem
    (journal,) = house.journals()
    entries = [one for one in records(house, "GLENTRY") if str(one["BATCHNO"]) == str(journal["recordno"])]
    assert {one["GLDIMCOSTOBJECT"] for one in entries if "GLDIMCOSTOBJECT" in one} == {known["Audit support"]}


def third_tags(report: dict[str, Any]) -> set[str]:
    """The third level of each expense's tags."""
    tags = [one["tag"].split(":") for one in report["transactionList"]]
    return {levels[2] for levels in tags if len(levels) > 2 and levels[2]}


def test_a_vendor_that_is_not_named_is_told_before_anything_runs(house: House) -> None:
    house.configure(NAME, posting={"reimbursable": "bill"})
    with pytest.raises(Exception, match="give employee_vendor"):
        connection(house)
