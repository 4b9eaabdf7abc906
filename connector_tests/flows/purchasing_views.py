"""What an auditor and a data engineer see of bills and payments that were carried: asserted on one deployment."""

import csv
import io
import json
from collections import Counter

from connector_assets.commands.demo_purchasing import NAME
from connector_tests.cli_runner import failing, run, succeeding
from connector_tests.flows.house import House
from connector_tests.flows.purchasing_house import cents, keys, ledger, truth

ALL_DAYS = ("--from", "2025-01-01", "--until", "2026-12-31")


def export_leads_both_ways(house: House) -> str:
    """From each line that Intacct holds to the item of the bill and back, and from payments to bills; CSV as JSON."""
    printed = succeeding("audit", "export", *ALL_DAYS, "--connection", NAME)
    rows = list(csv.DictReader(io.StringIO(printed)))
    as_json = succeeding("audit", "export", *ALL_DAYS, "--connection", NAME, "--format", "json")
    assert [{name: str(value) for name, value in json.loads(one).items()} for one in as_json.splitlines()] == rows
    bills = [row for row in rows if row["kind"] == "bill"]
    source, heads = truth(house), {row["RECORDNO"]: row for row in ledger(house, "APBILL")}
    exported = Counter((row["ledger_key"], row["account_no"], cents(row["line_amount"])) for row in bills)
    held = Counter(
        (line["RECORDKEY"], line["ACCOUNTNO"], cents(line["TRX_AMOUNT"])) for line in ledger(house, "APBILLITEM")
    )
    assert exported == held
    items: dict[tuple[str, str], int] = {}
    for row in bills:
        assert heads[row["ledger_key"]]["RECORDID"] == row["reference"]
        assert row["piece_amount"] == row["line_amount"]
        assert row["rule"].startswith("account by ")
        assert len(row["audit_entries"].split()) >= 3
        place = row["source_id"], row["source_line"]
        items[place] = items.get(place, 0) + cents(row["piece_amount"])
    for bill_id in {row["source_id"] for row in bills}:
        wanted = {str(one["id"]): round(one["total_cost_with_tax"] * 100) for one in source[bill_id]["items"]}
        wanted |= {f"cost {one['id']}": round(float(one["amount"]) * 100) for one in source[bill_id]["costs"]}
        assert {line: amount for (bill, line), amount in items.items() if bill == bill_id} == wanted
    _payments_lead_to_bills(house, rows)
    return printed + as_json


def _payments_lead_to_bills(house: House, rows: list[dict[str, str]]) -> None:
    numbers = {row["source_id"]: row["reference"] for row in rows if row["kind"] == "bill"}
    paid = [row for row in rows if row["kind"] == "bill_payment"]
    payments = truth(house, "payment")
    assert paid
    for row in paid:
        parts = {str(part["_bill"]): cents(part["amount"]) for part in payments[row["source_id"]]["bill_payments"]}
        assert parts[row["source_line"]] == cents(row["piece_amount"])
        assert numbers[row["source_line"]] in row["line_memo"]
        assert row["reference"] == f"PFY-PAY-{row['source_id']}"
    assert len(paid) == sum(len(payments[one]["bill_payments"]) for one in {row["source_id"] for row in paid})


def look_and_explain(house: House, bill_key: str, payment_key: str) -> str:
    """`explain` from a line to its item and back; `preview` of what is posted, and of what would be held."""
    bill = truth(house)[bill_key.partition("_")[2]]
    item = str(bill["items"][0]["id"])
    whole = json.loads(succeeding("explain", NAME, bill_key, "--json"))
    assert whole["total_cents"] == round(bill["total_cost_with_tax"] * 100)
    from_line = json.loads(succeeding("explain", NAME, whole["reference"], "--line", "1", "--json"))
    assert {one["source_line"] for one in from_line["parts"]} == {item}
    assert all("account by " in words for words in from_line["rules"].values())
    to_lines = json.loads(succeeding("explain", NAME, whole["reference"], "--source", item, "--json"))
    assert 1 in {one["journal_line_no"] for one in to_lines["parts"]}
    paid = json.loads(succeeding("explain", NAME, payment_key, "--line", "1", "--json"))
    assert paid["parts"][0]["source_line"] in truth(house)
    failing("explain", NAME, bill_key, "--line", "999")
    printed = [succeeding("explain", NAME, bill_key), succeeding("explain", NAME, payment_key, "--line", "1")]
    house.reset_calls()
    for key in (bill_key, payment_key, keys(house)[-1]):
        shown = run("preview", NAME, key, "--json")
        told = json.loads(shown.output)
        assert (told["partition"], shown.exit_code) == (key, 0 if told["journals"] else 1)
        printed.append(shown.output)
    printed.append(run("preview", NAME, bill_key).output)
    assert "nothing was sent" in printed[-1]
    assert [name for name in house.calls() if name.startswith("intacct")] == []
    failing("preview", NAME, "2025-01-01_0")
    return "".join(printed)
