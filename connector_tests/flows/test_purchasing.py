"""Bills and payments end to end over real sockets: posted once and to the cent, held where something is missing."""

import threading
from datetime import date
from typing import Any

import pytest
from dagster import AssetKey

from connector_assets.commands.demo_purchasing import NAME
from connector_assets.flows.procurify_intacct import approvals
from connector_assets.flows.procurify_intacct.attention import due
from connector_assets.flows.procurify_intacct.bill_work import BillWork
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.runs import person
from connector_assets.posting import Outcome
from connector_assets.records.errors import RecordsError
from connector_assets.vendors.intacct.records import Record
from connector_tests.flows.house import House, carried_by
from connector_tests.flows.purchasing_house import (
    BILL,
    CANARIES,
    PAYMENT,
    aligned,
    approve,
    cents,
    connection_of,
    due_payments,
    house,
    keys,
    ledger,
    pay,
    rows,
    told,
    tools_of,
    truth,
)
from connector_tests.flows.purchasing_views import export_leads_both_ways, look_and_explain
from connector_tests.privacy import leaks, scan, views

__all__ = ["house"]  # a fixture: pytest finds it in the module that uses it


def test_bills_then_payments_once_and_to_the_cent_and_nothing_the_second_time(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    paid = due_payments(house)
    early = pay(house, paid[0])
    assert not early.succeeded
    assert "S59" in early.problem
    assert ledger(house, "APPYMT") == []
    until_autumn = [key for key in keys(house) if key < "2025-10"]
    outcome = house.carry(NAME, until_autumn[0], until_autumn[-1])
    assert outcome.succeeded, outcome.problem
    bills, held = truth(house), {row["RECORDID"]: row for row in ledger(house, "APBILL")}
    posted = [bills[key.partition("_")[2]] for key in until_autumn]
    assert len(held) == len(posted) == len({one["RECORDNO"] for one in held.values()})
    for bill in posted:
        mine = held[bill["invoice_number"] or f"PFY-{bill['id']}"]
        assert cents(mine["TOTALENTERED"]) == round(bill["total_cost_with_tax"] * 100)
        assert mine["MEGAENTITYID"] == "E100"
        assert bill["uuid"] in mine["DESCRIPTION"]
        assert bool(mine.get("SUPDOCID")) is bool(bill["invoice_attachments"])
    assert len(ledger(house, "SUPDOCFILE")) == sum(len(bill["invoice_attachments"]) for bill in posted)
    payments = pay(house, paid[0], paid[-1])
    assert payments.succeeded, payments.problem
    for payment in truth(house, "payment").values():
        if payment["_status"] == "Paid" and payment["payment_date"] > "2025-10":
            parts = {str(part["_bill"]): cents(part["amount"]) for part in payment["bill_payments"]}
            sent = [row for row in ledger(house, "APPYMT") if row["DOCNUMBER"] == f"PFY-PAY-{payment['id']}"]
            assert [cents(row["TOTALENTERED"]) for row in sent] == [sum(parts.values())]
            for bill_id, amount in parts.items():
                one = next(row for row in ledger(house, "APBILL") if bills[bill_id]["uuid"] in row["DESCRIPTION"])
                assert cents(one["TOTALPAID"]) == amount
                assert one["STATE"] == ("Paid" if amount == cents(one["TOTALENTERED"]) else "Partially Paid")
    assert all(row.reconciled for row in rows(house).values() if row.partition in [*until_autumn, *paid])
    house.reset_calls()
    assert house.carry(NAME, until_autumn[0], until_autumn[-1]).succeeded
    assert pay(house, paid[0], paid[-1]).succeeded
    assert not {name for name in house.calls() if name.startswith("intacct create")}
    refused = _refused_with_names(house, until_autumn[0])
    printed = export_leads_both_ways(house) + look_and_explain(house, until_autumn[0], paid[0])
    assert scan(house.settings.home, CANARIES) == {}
    out, err = capfd.readouterr()
    assert not leaks(caplog.text + refused + printed + out + err, CANARIES)
    passed = "".join(str(text) for _, text in views(house.settings.home / "sandbox.db"))
    assert {"name", "telephone", "bank account"} <= leaks(passed, CANARIES)  # at the two vendors it does stand


def _refused_with_names(house: House, key: str) -> str:
    """What a run says that Procurify refuses with words about a person."""
    house.fault("procurify", "forbidden", {"operation": "bill"})
    refused = house.carry(NAME, key)
    house.no_faults()
    assert not refused.succeeded
    return refused.problem


def test_the_sensors_ask_for_nothing_while_the_gate_is_closed_and_say_what_to_repair(house: House) -> None:
    house.instance.wipe_assets([AssetKey([NAME, "intacct", "vendors"])])
    for what in ("bills", "bill_payments"):
        requests, closed = house.tick(NAME, f"new_{what}")
        told = f"{len(keys(house, what))} {what.replace('_', ' ')} wait, the gate is closed"
        assert (requests, closed.partition(": ")[0]) == ([], told)
        assert f"Materialize {NAME}/intacct/vendors" in closed
    house.renew(NAME, "intacct/vendors", "bill_alignment")
    for what in ("bills", "bill_payments"):
        (request,), _ = house.tick(NAME, f"new_{what}")
        assert carried_by(request, keys(house, what)) == keys(house, what)


def test_a_lines_custom_fields_and_dimensions_stand_in_the_ledger(house: House) -> None:
    bill = told(house, "custom_field")
    key = next(key for key in keys(house) if key.endswith(f"_{bill['id']}"))
    assert house.carry(NAME, key).succeeded
    (head,), (line,) = ledger(house, "APBILL"), ledger(house, "APBILLITEM")
    assert (head["SPEND_REASON"], head["VENDORID"]) == ("Contract review", "V-1005")
    named = {name: line[name] for name in ("PROJECTID", "FUNDING", "LOCATIONID", "DEPARTMENTID", "ACCOUNTNO")}
    assert named == {
        "PROJECTID": "P-1004", "FUNDING": "Capital", "LOCATIONID": "NYC", "DEPARTMENTID": "530", "ACCOUNTNO": "6820",
    }  # fmt: skip


HELD = {
    "wrong_location": ("P21", "letter by letter"),
    "bank_account": ("P23", "BL03002112"),
    "custom_value": ("P22", "no exact match"),
    "other_vendor": ("P20", "external id"),
    "other_entity": ("P26", "E200"),
    "foreign": ("S52", "CAD"),
}


def test_what_the_ledger_would_refuse_is_held_before_it_is_sent_and_the_others_post(house: House) -> None:
    first = min(key for key in keys(house) if key >= "2025-10")
    held = {story: approve(house, story) for story in HELD}
    last = max(key for _, key in held.values())
    outcome = house.carry(NAME, first, last)
    assert not outcome.succeeded
    state = rows(house)
    for story, (code, words) in HELD.items():
        row = state[f"bill {held[story][0]}"]
        assert row.state == "held", story
        assert code in row.problem, (story, row.problem)
        assert words in row.problem, (story, row.problem)
        assert "Fix:" in row.problem
    ids = {bill_id for bill_id, _ in held.values()}
    in_range = [row for key, row in state.items() if key.startswith("bill ") and first <= row.partition <= last]
    others = [row for row in in_range if row.partition.partition("_")[2] not in ids]
    assert others
    assert all(row.reconciled for row in others)
    assert len(ledger(house, "APBILL")) == len(others)
    trail = [(one.action, one.subject) for one in house.records().audit.entries()]
    assert {("bill held", f"{NAME}/bill/{bill_id}") for bill_id in ids} <= set(trail)
    bill_id, key = held["wrong_location"]
    fields = {"branch": {"id": 5, "name": "New York HQ"}}
    house.admin("procurify/change", kind="department", id=51, fields=fields)
    assert house.carry(NAME, key).succeeded
    assert rows(house)[f"bill {bill_id}"].reconciled
    assert ("bill released", f"{NAME}/bill/{bill_id}") in {
        (one.action, one.subject) for one in house.records().audit.entries()
    }


@pytest.mark.thorough
def test_the_same_invoice_twice_and_a_bill_changed_after_posting_are_held(house: House) -> None:
    september = next(one for one in truth(house).values() if one["invoice_number"] == "HH-2025-09")
    key = next(key for key in keys(house) if key.endswith(f"_{september['id']}"))
    assert house.carry(NAME, key).succeeded
    bill_id, twin = approve(house, "duplicate")
    assert not house.carry(NAME, twin).succeeded
    assert "S55" in rows(house)[f"bill {bill_id}"].problem
    house.admin(
        "procurify/change", kind="bill", id=september["id"], item={"total_cost_with_tax": 700.0, "total_cost": 700.0}
    )
    assert key not in due(house.records(), connection_of(house))
    house.renew(NAME, "approved_bills")
    assert key in due(house.records(), connection_of(house))
    changed = house.carry(NAME, key)
    assert "S54" in changed.problem
    assert len(ledger(house, "APBILL")) == 1
    house.admin("procurify/change", kind="bill", id=september["id"], fields={"_status": "Denied"})
    taken_back = house.carry(NAME, key)
    assert "not approved any more" in taken_back.problem
    assert "HH-2025-09" in taken_back.problem
    house.admin("procurify/change", kind="bill", id=september["id"], fields=september | {"_status": "Archived"})
    house.renew(NAME, "approved_bills")
    assert house.carry(NAME, key).succeeded
    assert key not in due(house.records(), connection_of(house))
    house.admin(
        "procurify/change",
        kind="bill",
        id=bill_id,
        fields={"invoice_number": "HH-X"},
        stated={"total_cost_with_tax": 1.0},
    )
    assert "S50" in house.carry(NAME, twin).problem


@pytest.mark.parametrize("fault", ["drop_after", "truncated"])
def test_lost_replies_to_bill_file_and_payment_are_settled_by_looking(
    house: House, waits: list[float], fault: str
) -> None:
    payment = due_payments(house)[0]
    parts = truth(house, "payment")[payment.partition("_")[2]]["bill_payments"]
    wanted = [key for key in keys(house) if key.partition("_")[2] in {str(part["_bill"]) for part in parts}]
    house.fault("intacct", fault, BILL)
    house.fault("intacct", fault, {"operation": "create_supdoc"})
    outcome = house.carry(NAME, wanted[0], wanted[-1])
    assert outcome.succeeded, outcome.problem
    house.fault("intacct", fault, PAYMENT)
    paid = pay(house, payment)
    assert paid.succeeded, paid.problem
    numbers = [row["RECORDID"] for row in ledger(house, "APBILL")]
    assert len(numbers) == len(set(numbers))
    assert len(ledger(house, "APPYMT")) == 1
    assert len({row["SUPDOCID"] for row in ledger(house, "SUPDOC")}) == len(ledger(house, "SUPDOC"))


def test_an_unknown_bill_stays_unknown_and_is_not_sent_again(house: House, waits: list[float]) -> None:
    house.fault("intacct", "drop_before", BILL)
    key = keys(house)[0]
    assert not house.carry(NAME, key).succeeded
    assert rows(house)[f"bill {key.partition('_')[2]}"].state == "unknown"
    house.reset_calls()
    assert not house.carry(NAME, key).succeeded
    assert "intacct create APBILL" not in house.calls()


@pytest.mark.thorough
def test_two_senders_at_once_post_each_bill_and_file_once(house: House) -> None:
    chosen = [key for key in keys(house) if truth(house)[key.partition("_")[2]]["invoice_attachments"]][:3]
    start = threading.Barrier(2)
    outcomes: list[Outcome] = []

    def send(name: str) -> None:
        works = [BillWork(tools_of(house, name), key) for key in chosen]
        for work in works:
            work.read()
        start.wait(60)
        outcomes.extend(work.post()[0].outcome for work in works)

    senders = [threading.Thread(target=send, args=(name,)) for name in ("one", "other")]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(outcomes) == 2 * len(chosen)
    assert set(outcomes) <= {Outcome.POSTED, Outcome.ALREADY_POSTED, Outcome.BUSY}
    assert outcomes.count(Outcome.POSTED) == len(ledger(house, "APBILL")) == len(chosen)
    assert len(ledger(house, "SUPDOC")) == len({row["SUPDOCID"] for row in ledger(house, "SUPDOC")}) == len(chosen)
    assert house.carry(NAME, chosen[0], chosen[-1]).succeeded
    assert house.calls()["intacct create APBILL"] == len(ledger(house, "APBILL"))


@pytest.mark.thorough
def test_a_file_that_is_gone_or_altered_holds_the_bill_where_files_are_required(house: House) -> None:
    key = keys(house)[0]
    bill_id = key.partition("_")[2]
    house.admin("switches", **{"procurify.file_link": "ended"})
    assert "S57" in house.carry(NAME, key).problem
    house.admin("switches", **{"procurify.file_link": "lasting"})
    house.admin("procurify/change", kind="bill", id=bill_id, file={"sha1_hash": "0" * 40})
    assert "SHA-1" in house.carry(NAME, key).problem
    assert ledger(house, "APBILL") == []
    house.configure(NAME, posting={"attachments": "wanted"})
    assert house.carry(NAME, key).succeeded
    assert not ledger(house, "APBILL")[0].get("SUPDOCID")
    assert ledger(house, "SUPDOC") == []


@pytest.mark.thorough
def test_the_switches_of_tax_and_custom_fields_are_checked_against_the_ledger(house: House) -> None:
    house.configure(NAME, tax={"prebuilt_solution": "Australia - GST"})
    refused = aligned(house)
    assert "United Kingdom - VAT" in refused
    assert "prebuilt_solution" in refused
    house.configure(NAME, tax={"prebuilt_solution": ""})
    fields = {"CURRENCY": "GBP"}
    house.admin("intacct/records", object="LOCATION", key="E100", fields=fields)
    assert "no prebuilt tax solution is switched on" in aligned(house)
    key = keys(house)[0]
    closed = house.carry(NAME, key)
    assert "p24_tax_solution_fits" in closed.problem
    house.admin("intacct/records", object="LOCATION", key="E100", fields={"CURRENCY": "USD"})
    mappings = house.records().mappings
    since = mappings.versions(NAME)[0].effective_from
    body = "kind,source,target\ncustom_field,Project,line.GRANTID\n"
    mappings.save(NAME, body, author="test", reason="test", effective_from=since)
    assert "line.GRANTID" in aligned(house)
    assert ledger(house, "APBILL") == []


@pytest.mark.thorough
def test_with_a_tax_solution_the_tax_stands_beside_its_line(house: House) -> None:
    solution = "United Kingdom - VAT"
    house.configure(NAME, tax={"prebuilt_solution": solution})
    mappings = house.records().mappings
    since = mappings.versions(NAME)[0].effective_from
    body = "kind,source,target\ntax,Sales 8.875%,UK Input Standard Rate\n"
    bill = next(one for one in truth(house).values() if one["_story"] == "software 7")
    key = next(key for key in keys(house) if key.endswith(f"_{bill['id']}"))
    assert aligned(house) == ""
    assert "P25" in house.carry(NAME, key).problem
    mappings.save(NAME, body, author="test", reason="test", effective_from=since)
    outcome = house.carry(NAME, key)
    assert outcome.succeeded, outcome.problem
    (head,) = ledger(house, "APBILL")
    taxes = {row["ACCOUNTNO"]: cents(row["TRX_TAX"]) for row in ledger(house, "APBILLITEM")}
    assert head["TAXSOLUTIONID"] == solution
    assert sum(taxes.values()) == round(bill["tax_amount"] * 100)
    assert cents(head["TOTALENTERED"]) == round(bill["total_cost_with_tax"] * 100)


@pytest.mark.thorough
def test_someone_changing_the_posted_bill_is_found_by_reconciliation(house: House) -> None:
    key = keys(house)[0]
    assert house.carry(NAME, key).succeeded
    line = ledger(house, "APBILLITEM")[0]
    house.admin("intacct/records", object="APBILLITEM", key=line["RECORDNO"], fields={"ACCOUNTNO": "6700"})
    again = house.materialize(NAME, ("bill_reconciliation",), key)
    assert not again.success
    assert not rows(house)[f"bill {key.partition('_')[2]}"].reconciled


def test_master_data_is_carried_once_and_follows_the_ledger(house: House) -> None:
    vendors, codes = truth(house, "vendor"), truth(house, "account_code")
    by_ref = {one["external_id"]: one for one in vendors.values() if one.get("external_id")}
    accounts = {row["ACCOUNTNO"]: row for row in ledger(house, "GLACCOUNT")}
    assert by_ref["V-1002"]["name"] == "Quill Office Supply"
    assert by_ref["V-1002"]["id"] == 3  # paired by name, not made anew
    assert (by_ref["V-1003"]["type"], by_ref["V-1003"]["phoneOne"]) == (3, "+1 212 555 1003")
    assert "V-1008" not in by_ref  # inactive in the ledger
    active = {number for number, row in accounts.items() if row["STATUS"] == "active"}
    assert {one["code"] for one in codes.values()} == active  # 1010 was there before, and is told
    departments = set(map(int, truth(house, "department")))
    assert all(set(one["_departments"]) == departments for one in codes.values())
    house.reset_calls()
    house.renew(NAME, "vendors_carried", "account_codes_carried")
    assert not {name for name in house.calls() if name.startswith(("procurify create", "procurify update"))}
    house.admin("intacct/records", object="VENDOR", key="V-1003", fields={"STATUS": "inactive"})
    house.admin("intacct/records", object="GLACCOUNT", key="6700", fields={"TITLE": "Software"})
    house.renew(NAME, "vendors_carried", "account_codes_carried")
    assert not next(one for one in truth(house, "vendor").values() if one.get("external_id") == "V-1003")["active"]
    code = next(one for one in truth(house, "account_code").values() if one["code"] == "6700")
    assert code["description"] == "Software"
    written = {
        name: count
        for name, count in house.calls().items()
        if name.startswith(("procurify create", "procurify update"))
    }
    assert written == {"procurify update vendor": 1, "procurify update account code": 1}
    trail = {one.action for one in house.records().audit.entries()}
    assert {"vendor created in procurify", "vendor deactivated in procurify"} <= trail


@pytest.mark.thorough
def test_master_data_survives_a_lost_reply_and_a_refusal_and_can_be_switched_off(
    house: House, waits: list[float]
) -> None:
    for key in ("V-1001", "V-1004"):
        house.admin("intacct/records", object="VENDOR", key=key, fields={"VENDORID": f"{key}-B", "NAME": f"New {key}"})
    house.fault("procurify", "drop_after", {"operation": "create vendor"})
    house.fault("procurify", "drop_before", {"operation": "create vendor"})
    result = house.materialize(NAME, ("vendors_carried",))
    assert result.success
    frame = FrameStore(house.settings.frames_path).read(AssetKey([NAME, "vendors_carried"]))
    outcomes = dict(zip(frame["ledger_id"], frame["outcome"], strict=True))
    assert (outcomes["V-1001-B"], outcomes["V-1004-B"]) == ("created", "failed")
    house.renew(NAME, "vendors_carried")
    names = [one["name"] for one in truth(house, "vendor").values()]
    assert names.count("New V-1001") == names.count("New V-1004") == 1
    house.configure(NAME, master_data={"vendors": False, "account_codes": False})
    assert not [job for job in house.definitions().jobs or () if job.name.endswith("master_data")]


@pytest.mark.thorough
def test_what_is_held_waits_for_another_person_and_what_is_unknown_for_a_look(house: House, waits: list[float]) -> None:
    house.configure(NAME, posting={"policy": "hold"})
    key = keys(house)[0]
    assert "held" in house.carry(NAME, key).problem
    connection = connection_of(house)
    home, number = house.records(), str(truth(house)[key.partition("_")[2]]["invoice_number"])
    with pytest.raises(RecordsError):
        approvals.approve(home, connection, number, approver=person(), reason="mine")
    (approved,) = approvals.approve(home, connection, number, approver="a controller", reason="agreed")
    assert approved.reference == number
    house.fault("intacct", "drop_after", BILL)
    house.fault("intacct", "bad_gateway", {"operation": "query", "object": "APBILL"}, times=0)
    assert not house.carry(NAME, key).succeeded
    house.no_faults()
    (settled,) = approvals.retry(home, connection, actor="test")
    assert settled.is_posted
    assert house.carry(NAME, key).succeeded
    assert len(ledger(house, "APBILL")) == 1


def test_payments_of_bills_from_before_the_first_day_are_made_where_the_bill_stands_and_else_left_to_people(
    house: House,
) -> None:
    """Somebody else entered one of them in Intacct; the others are nowhere: nothing waits for ever."""
    early = [key for key in keys(house, "bill_payments") if key < "2025-09"]
    by_bills = {key: _paid_bills(house, key) for key in early}
    there, nowhere, *_ = (key for key, bills in by_bills.items() if all(one["invoice_number"] for one in bills))
    client = tools_of(house, "by hand").documents
    for bill in by_bills[there]:
        lines: list[Record] = [{"account_no": "6700", "location_id": "NYC", "department_id": "530"}]
        lines[0] = {**lines[0], "amount_cents": round(bill["total_cost_with_tax"] * 100)}
        day = date.fromisoformat(bill["invoice_date"][:10])
        vendor = truth(house, "vendor")[str(bill["_vendor"])]["external_id"]
        head: Record = {"bill_date": day, "vendor_id": vendor, "bill_no": bill["invoice_number"], "due_date": day}
        client.create("bill", {**head, "currency": "USD", "action": "Submit", "lines": lines}, bill["uuid"])
    outcome = pay(house, early[0], early[-1])
    assert outcome.succeeded, outcome.problem
    state = {row.partition: row for row in rows(house).values()}
    assert (state[there].state, state[there].reconciled) == ("posted", True)
    assert len(ledger(house, "APPYMT")) == 1
    assert (state[nowhere].state, state[nowhere].reconciled, state[nowhere].problem) == ("left_out", True, "")
    assert "Enter the payment in Intacct by hand" in state[nowhere].next_action
    assert f"{NAME}/bill_payment/{nowhere.partition('_')[2]}" in {
        one.subject for one in house.records().audit.entries() if one.action == "payment left to people"
    }


def _paid_bills(house: House, key: str) -> list[dict[str, Any]]:
    parts = truth(house, "payment")[key.partition("_")[2]]["bill_payments"]
    return [truth(house)[str(part["_bill"])] for part in parts]
