"""What a person decides about an expense report's journal, and what an auditor is given of it."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from click import ClickException

from connector_assets.accounting.money import cents_from_text
from connector_assets.commands.audit import audit
from connector_assets.commands.decide import approve, retry
from connector_assets.commands.demo_expenses import NAME
from connector_tests.cli_runner import failing, succeeding
from connector_tests.flows.expense_house import JOURNAL, carry, house, keys, lines_of, report_in, rows, truth
from connector_tests.flows.facts import cents
from connector_tests.flows.house import House

__all__ = ["house"]  # a fixture: pytest finds it in the module that uses it


def test_a_held_journal_is_approved_by_another_and_retried_when_its_reply_is_lost(
    house: House, waits: list[float]
) -> None:
    house.configure(NAME, posting={"policy": "hold"})
    key = keys(house)[0]
    assert not carry(house, key).succeeded
    (held,) = house.records().postings.list(NAME)
    with pytest.raises(ClickException, match="cannot approve it too"):
        approve.main([NAME, held.reference, "--reason", "fine", "--as", held.planned_by], standalone_mode=False)
    approve.main([NAME, held.reference, "--reason", "fine", "--as", "controller"], standalone_mode=False)
    house.fault("intacct", "drop_after", JOURNAL)
    house.fault("intacct", "unavailable", {"operation": "query", "object": "GLBATCH"}, times=0)
    assert not carry(house, key).succeeded
    assert rows(house)[key].state == "unknown"
    house.no_faults()
    retry.main([NAME], standalone_mode=False)
    assert carry(house, key).succeeded
    assert (rows(house)[key].state, rows(house)[key].reconciled) == ("posted", True)
    assert len(house.journals()) == 1


def test_an_auditor_finds_every_expense_behind_every_line(house: House, tmp_path: Path) -> None:
    key = keys(house)[0]
    assert carry(house, key).succeeded
    out = tmp_path / "audit.csv"
    days = ["--from", "2025-01-01", "--until", "2026-12-31"]
    audit.main(["export", *days, "--connection", NAME, "--out", str(out)], standalone_mode=False)
    with out.open(encoding="utf-8", newline="") as file:
        exported = list(csv.DictReader(file))
    parts: Counter[str] = Counter()
    for row in exported:
        parts[row["line_no"]] += cents_from_text(row["piece_amount"], "piece")
    assert sorted(parts.values()) == sorted(map(cents, lines_of(house, report_in(key))))
    expenses = {str(one["transactionID"]) for one in truth(house)[report_in(key)]["transactionList"]}
    assert {row["source_line"] for row in exported} >= expenses
    assert {row["source_id"] for row in exported} == {report_in(key)}
    item = next(row for row in exported if row["source_line"] in expenses)
    line = json.loads(succeeding("explain", NAME, item["reference"], "--line", item["line_no"], "--json"))
    assert item["source_line"] in {one["source_line"] for one in line["parts"]}
    back = json.loads(succeeding("explain", NAME, key, "--source", item["source_line"], "--json"))
    assert int(item["line_no"]) in {one["journal_line_no"] for one in back["parts"]}
    assert set(back["rules"]) == {one["rule_id"] for one in back["parts"] if one["rule_id"]}
    failing("explain", NAME, key, "--source", "nobody")
    house.reset_calls()
    told = json.loads(succeeding("preview", NAME, keys(house)[1], "--json"))
    (journal,) = told["journals"]
    assert journal["debit_cents"] == journal["credit_cents"] > 0
    assert "nothing was sent" in succeeding("preview", NAME, key)
    assert [name for name in house.calls() if name.startswith("intacct")] == []
    failing("preview", NAME, "2025-01-01_R0")
