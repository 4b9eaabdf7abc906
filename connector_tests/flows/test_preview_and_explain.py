"""Looking without touching: preview sends nothing and shows what would be posted; explain adds up to the cent."""

import json
import re
from base64 import b64decode
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner
from dagster import AssetKey, DagsterEventType, EventRecordsFilter
from lxml import etree

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.mapping import MappingTable
from connector_assets.cli import main
from connector_assets.flows.paychex_intacct.explain import explain
from connector_assets.flows.paychex_intacct.mapping_review import difference, review
from connector_assets.flows.paychex_intacct.pay_run import table_of
from connector_assets.flows.paychex_intacct.preview import preview
from connector_tests.flows.facts import FIRST, SECOND, THIRD, books_in, checks_of, lines_of, period_of
from connector_tests.flows.house import LLC, NJ, House, key_of


@pytest.mark.thorough
def test_preview_of_a_pay_run_never_read_calls_paychex_and_nothing_else(house: House) -> None:
    period = period_of(NJ, "Semi-monthly Payroll (1)", "2025-01")
    before = house.records().postings.list(NJ), house.records().sources.list(NJ, "pay_run")
    house.reset_calls()
    shown = preview(house.records(), house.connection(NJ), key_of(period))
    calls = house.calls()
    assert not [name for name in calls if name.startswith("intacct")]
    assert calls["paychex checks"] == 1
    assert (shown.source, len(shown.journals)) == ("paychex", 1)
    assert shown.totals["checks"] == len(checks_of(NJ, period))
    assert (house.records().postings.list(NJ), house.records().sources.list(NJ, "pay_run")) == before


def test_preview_of_a_read_pay_run_calls_nobody_and_is_what_gets_posted(house: House) -> None:
    house.reset_calls()
    shown = preview(house.records(), house.connection(LLC), THIRD.pay_period_id)
    assert house.calls() == {}
    assert house.journals() == []
    change = shown.change
    assert (change["now_cents"] - change["before_cents"]).equals(change["change_cents"])
    assert change["now_cents"].sum() == change["before_cents"].sum() == 0
    assert house.carry(LLC, key_of(THIRD)).succeeded
    (journal,) = house.journals(key_of(THIRD))
    assert journal["debit_cents"] == shown.journals[0].debit_cents()
    assert len(journal["lines"]) == len(shown.journals[0].lines)


def test_the_commands_show_it_and_say_by_their_exit_code_whether_it_can_be_posted(house: House) -> None:
    run = CliRunner()
    told = run.invoke(main, ["preview", LLC, key_of(SECOND), "--json"])
    assert told.exit_code == 0, told.output
    body = json.loads(told.output)
    assert body["journals"][0]["debit_cents"] == body["journals"][0]["credit_cents"] > 0
    assert run.invoke(main, ["preview", LLC, key_of(SECOND)]).exit_code == 0
    unknown = run.invoke(main, ["preview", LLC, "2020-01-01_1"])
    assert unknown.exit_code == 1
    assert "no processed pay run" in unknown.output
    home = house.records()
    rows = home.mappings.versions(LLC)[0].body.splitlines(keepends=True)
    narrow = "".join(row for row in rows if not row.startswith("net_pay,"))
    home.mappings.save(LLC, narrow, author="test", reason="lose net pay", effective_from=date(2025, 1, 1))
    stopped = run.invoke(main, ["preview", LLC, key_of(SECOND), "--json"])
    assert stopped.exit_code == 1
    assert "X01" in {one["code"] for one in json.loads(stopped.output)["findings"]}


def test_the_ui_shows_the_change_and_plots_labor_cost_by_department(house: House) -> None:
    key = AssetKey([LLC, "journal_batch"])
    filtered = EventRecordsFilter(DagsterEventType.ASSET_MATERIALIZATION, asset_key=key)
    events = house.instance.get_event_records(filtered)
    by_partition = {one.partition_key: one.asset_materialization for one in events}
    third = by_partition[key_of(THIRD)]
    assert third is not None
    costs = {name: value.value for name, value in third.metadata.items() if name.startswith("department_")}
    shown = preview(house.records(), house.connection(LLC), key_of(THIRD))
    wanted: Counter[str] = Counter()
    for line in shown.journals[0].lines:
        if line.department_id:
            wanted[f"department_{line.department_id}_cents"] += line.amount_cents
    assert costs == dict(wanted)
    assert "| account_no |" in str(third.metadata["against_the_run_before"].value)
    picture = str(third.metadata["labor_cost_by_department"].value)
    plot = re.fullmatch(r"!\[.*by department.*\]\(data:image/svg\+xml;base64,(.*)\)", picture)
    assert plot
    svg = etree.fromstring(b64decode(plot[1]))
    lines = svg.findall("{*}polyline")
    assert len(lines) == len(wanted)
    assert {len(str(line.get("points")).split()) for line in lines} == {2}  # the biweekly run before, and this
    words = {text.text for text in svg.findall("{*}text")}
    assert {FIRST.check_date.isoformat(), THIRD.check_date.isoformat()} <= words
    assert {name.split("_")[1] for name in wanted} <= words


def test_explain_walks_from_every_line_to_checks_and_from_every_check_to_lines(house: House) -> None:
    assert house.carry(LLC, key_of(FIRST)).succeeded
    home, connection = house.records(), house.connection(LLC)
    (posting,) = home.postings.list(LLC)
    whole = explain(home, connection, posting.reference)
    assert len(whole.lines) == len(lines_of(house.journals()))
    assert whole.mapping_version == "1"
    for line in whole.lines.to_dict("records"):
        told = explain(home, connection, posting.reference, line_no=int(line["journal_line_no"]))
        assert told.total_cents == line["amount_cents"]
        assert told.parts["check_id"].ne("").all()
        assert set(told.parts["rule_id"].dropna()) == set(told.rules)
        assert all(words.startswith("version 1: ") for words in told.rules.values())
    for check in checks_of(LLC, FIRST):
        told = explain(home, connection, posting.reference, source_id=check.paycheck_id)
        assert told.total_cents == 0
        net = told.parts[told.parts["kind"] == "net_pay"]
        assert -net["amount_cents"].sum() == check.net_cents
    shown = CliRunner().invoke(main, ["explain", LLC, posting.reference, "--line", "1"])
    assert shown.exit_code == 0
    assert "parts, " in shown.output
    for wrong in ({"line_no": 9999}, {"source_id": "nobody"}):
        with pytest.raises(AccountingError):
            explain(home, connection, posting.reference, **wrong)
    with pytest.raises(AccountingError, match="no document"):
        explain(home, connection, "PX-0-0-L-1")


def test_mapping_check_and_diff_say_what_would_come_and_change_nothing(house: House) -> None:
    assert house.carry(LLC, key_of(FIRST)).succeeded
    home, connection = house.records(), house.connection(LLC)
    assert review(home, connection, date(2025, 6, 1)).findings == []
    kept = home.mappings.versions(LLC)[0]
    table = table_of(kept)
    narrow = kept.body.replace("Federal Income Tax", "Federal Tax of Income")
    home.mappings.save(LLC, narrow, author="test", reason="a slip", effective_from=date(2025, 6, 1))
    missed = review(home, connection, date(2025, 6, 1)).findings
    assert [(one.code, one.subject) for one in missed] == [("X01", "Federal Income Tax")]
    assert CliRunner().invoke(main, ["mapping", "check", LLC]).exit_code == 1
    books, postings = books_in(house.journals()), home.postings.list(LLC)
    same = difference(home, connection, None, table, 3)
    assert (same.runs, len(same.moved), same.findings) == ([key_of(FIRST)], 0, [])
    moved_rules = tuple(
        replace(rule, debit_account="6070") if rule.debit_account == "6010" else rule for rule in table.rules
    )
    moved = difference(home, connection, None, MappingTable(moved_rules, "trial"), 3).moved
    assert set(moved["account_no"]) == {"6010", "6070"}
    assert moved["moved_cents"].sum() == 0
    assert moved.loc[moved["account_no"] == "6070", "moved_cents"].sum() == books["6010"]
    assert (books_in(house.journals()), home.postings.list(LLC)) == (books, postings)


def test_rules_of_which_neither_could_win_are_refused_when_they_are_saved(house: House) -> None:
    """Both state two fields, and the same two: nothing is kept, and both lines are named."""
    file = house.folder / "rules.csv"
    rules = "wage,*,200,NYC,6000\nwage,*,200,,6000\nwage,*,200,NYC,6010\n"
    file.write_text(f"kind,code,department_id,location_id,debit_account\n{rules}", encoding="utf-8")
    before = house.records().mappings.versions(LLC)
    told = CliRunner().invoke(main, ["mapping", "import", LLC, str(file), "--reason", "a slip", "--author", "test"])
    assert told.exit_code == 1
    assert "line 4: it states the same conditions from the same day as line 2" in " ".join(told.output.split())
    assert house.records().mappings.versions(LLC) == before


def test_yaml_and_csv_hold_the_same_rules(house: House) -> None:
    run = CliRunner()
    text = run.invoke(main, ["mapping", "export", LLC, "--format", "yaml"]).output
    file = house.folder / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    told = run.invoke(main, ["mapping", "import", LLC, str(file), "--reason", "as YAML", "--author", "test"])
    assert told.exit_code == 0, told.output
    versions = house.records().mappings.versions(LLC)
    assert table_of(versions[0]).rules == table_of(versions[-1]).rules
    file.write_text("just words", encoding="utf-8")
    refused = run.invoke(main, ["mapping", "import", LLC, str(file), "--reason", "no", "--author", "test"])
    assert (refused.exit_code, "list of rules" in refused.output) == (1, True)
