"""Expense reports, end to end over real sockets: posted once and to the cent, held where something is missing."""

import pytest

from connector_assets.commands.demo_expenses import NAME
from connector_tests.flows.expense_house import (
    JOURNAL,
    carry,
    house,
    keys,
    lines_of,
    map_without,
    report_in,
    rows,
    truth,
)
from connector_tests.flows.facts import cents
from connector_tests.flows.house import House, carried_by
from connector_tests.privacy import Canaries, scan

__all__ = ["house"]  # a fixture: pytest finds it in the module that uses it


def test_reports_approved_in_the_window_become_partitions_by_day(house: House) -> None:
    wanted = {
        f"{one['approved'][:10]}_{one['reportID']}" for one in truth(house).values() if one["approved"] >= "2025-11-01"
    }
    assert set(keys(house)) == wanted
    late = [one for one in truth(house).values() if one["submitted"] < "2025-03" and one["approved"] > "2025-11"]
    assert [f"{one['approved'][:10]}_{one['reportID']}" in keys(house) for one in late] == [True]


def test_a_report_posts_once_and_to_the_cent(house: House) -> None:
    first, last = keys(house)[0], keys(house)[2]
    outcome = carry(house, first, last)
    assert outcome.succeeded, outcome.problem
    for key in keys(house)[:3]:
        row, report = rows(house)[key], truth(house)[report_in(key)]
        assert (row.state, row.reconciled, row.total_cents) == ("posted", True, report["total"])
        assert len([one for one in house.journals() if report_in(key) in str(one["reference"])]) == 1
    house.reset_calls()
    assert carry(house, first, last).succeeded
    assert "intacct create GLBATCH" not in house.calls()


def test_a_category_without_a_rule_holds_its_report_and_no_other(house: House) -> None:
    chosen = keys(house)[:3]
    category = truth(house)[report_in(chosen[1])]["transactionList"][0]["category"]
    used = {key: {one["category"] for one in truth(house)[report_in(key)]["transactionList"]} for key in chosen}
    clear = [key for key in chosen if category not in used[key]]
    map_without(house, category)
    outcome = carry(house, chosen[0], chosen[-1])
    assert not outcome.succeeded
    held = rows(house)[chosen[1]]
    assert (held.state, held.ledger_key) == ("held", "")
    assert category in held.problem
    assert "Add a rule" in held.problem
    assert {report_in(key) for key in clear} == {str(one["reference"])[3:-2] for one in house.journals()}
    trail = [(one.action, one.reason) for one in house.records().audit.entries() if "R00" in one.subject]
    assert [why for action, why in trail if action == "report held" and category in why]
    mappings = house.records().mappings
    first = mappings.versions(NAME)[-1]
    mappings.save(NAME, first.body, author="test", reason="put back", effective_from=first.effective_from)
    assert carry(house, chosen[0], chosen[-1]).succeeded
    assert rows(house)[chosen[1]].state == "posted"


@pytest.mark.parametrize("fault", ["drop_after", "truncated"])
def test_a_lost_reply_is_settled_by_looking(house: House, waits: list[float], fault: str) -> None:
    house.fault("intacct", fault, JOURNAL)
    key = keys(house)[0]
    outcome = carry(house, key)
    assert outcome.succeeded, outcome.problem
    assert len(house.journals()) == 1
    assert rows(house)[key].reconciled


def test_an_unknown_outcome_stays_unknown_and_is_not_sent_again(house: House, waits: list[float]) -> None:
    house.fault("intacct", "drop_before", JOURNAL)
    key = keys(house)[0]
    assert not carry(house, key).succeeded
    assert rows(house)[key].state == "unknown"
    house.reset_calls()
    assert not carry(house, key).succeeded
    assert "intacct create GLBATCH" not in house.calls()


def test_reimbursable_and_card_are_owed_apart_and_refunds_keep_their_sign(house: House) -> None:
    key = keys(house)[0]
    assert carry(house, key).succeeded
    report = truth(house)[report_in(key)]
    owed: dict[str, int] = {"2130": 0, "2160": 0}
    for line in lines_of(house, report_in(key)):
        if line["account"] in owed:
            owed[line["account"]] -= cents(line)
    cash = sum(e["convertedAmount"] for e in report["transactionList"] if e["reimbursable"])
    assert owed == {"2130": cash, "2160": report["total"] - cash}


def test_nothing_is_written_to_expensify_unless_it_is_wished(house: House) -> None:
    key = keys(house)[0]
    assert carry(house, key).succeeded
    assert "expensify mark" not in house.calls()
    house.configure(NAME, mark_exported_as="intacct")
    assert carry(house, key).succeeded
    assert {one["reportID"] for one in truth(house).values() if one["labels"]} == {report_in(key)}


def test_a_report_that_is_reopened_is_not_posted(house: House) -> None:
    key = keys(house)[0]
    house.admin("expensify/reopen", report_id=report_in(key))
    assert not carry(house, key).succeeded
    assert house.journals() == []
    assert "S31" in rows(house)[key].problem


def test_a_total_that_its_expenses_do_not_make_is_held(house: House) -> None:
    key = keys(house)[0]
    report = truth(house)[report_in(key)]
    house.admin("expensify/change", report_id=report["reportID"], report={"total": report["total"] + 100})
    assert not carry(house, key).succeeded
    assert "S30" in rows(house)[key].problem
    assert house.journals() == []


def test_the_gate_is_closed_while_a_snapshot_is_missing(house: House) -> None:
    key = keys(house)[0]
    assert house.materialize(NAME, ("expense_report", "expense_lines", "journal_trace", "journal_batch"), key).success
    house.fault("expensify", "not_allowed", {"operation": "get policy"}, times=0)
    assert not house.materialize(NAME, ("expensify/tags",)).success
    assert not house.materialize(NAME, ("gl_post",), key).success
    assert house.journals() == []
    requests, told = house.tick(NAME, "new_reports")
    assert (requests, told.partition(": ")[0]) == ([], f"{len(keys(house))} reports wait, the gate is closed")
    assert f"Materialize {NAME}/expensify/tags" in told
    house.no_faults()
    house.renew(NAME, "expensify/tags", "tag_alignment")
    (request,), _ = house.tick(NAME, "new_reports")
    assert carried_by(request, keys(house)) == keys(house)


def test_no_name_and_no_address_is_kept(house: House) -> None:
    house.fault("intacct", "drop_before", JOURNAL)
    house.admin("expensify/reopen", report_id=report_in(keys(house)[1]))
    assert not carry(house, keys(house)[0], keys(house)[-1]).succeeded
    people = {one["accountEmail"]: "address" for one in truth(house).values()}
    people |= {one["submitter"]["fullName"]: "name" for one in truth(house).values()}
    assert scan(house.folder / "home", Canaries(people)) == {}
    house.configure(NAME, posting={"person": "name"})
    assert carry(house, keys(house)[2]).succeeded
    assert scan(house.folder / "home", Canaries(people)), "with names wished for, the search must find them"
