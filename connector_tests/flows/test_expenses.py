"""Expense reports, end to end over real sockets: posted once and to the cent, held where something is missing."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance

from connector_assets.accounting.mapping import rules_from_csv, rules_to_csv
from connector_assets.commands.demo_expenses import NAME, prepare_expenses
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.status import ReportStatus, statuses
from connector_assets.orchestration.runs import RunOutcome, prepare_dagster_home
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.settings import load_settings
from connector_tests.flows.facts import cents
from connector_tests.flows.house import WORKERS, House, environment, firm, scratch_folder

JOURNAL = {"operation": "create", "object": "GLBATCH"}
UNLIMITED = {"calls_per_10_s": 10_000, "calls_per_60_s": 10_000, "first_poll_s": 0}


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """A deployment with the expense connection alone, whose sandbox does not count calls."""
    home = folder / "home"
    with ExitStack() as stack:
        options = SandboxOptions(home / "sandbox.db", workers=WORKERS)
        root = stack.enter_context(running_sandbox(options, firm=firm()))
        stack.enter_context(environment(home, int(root.rpartition(":")[2])))
        settings = load_settings()
        prepare_expenses(settings, root)
        prepare_dagster_home(settings)
        house = House(root, folder, settings, stack.enter_context(DagsterInstance.get()))
        house.admin("switches", **{"expensify.rate_limit": "off"})
        house.configure(NAME, expensify=UNLIMITED, start_date="2025-11-01")
        yield house


@pytest.fixture(scope="module")
def pattern() -> Iterator[Path]:
    folder = scratch_folder()
    with opened(folder) as house:
        outcome = house.refresh(NAME)
        assert outcome.succeeded, outcome.problem
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def house(pattern: Path) -> Iterator[House]:
    folder = scratch_folder()
    shutil.copytree(pattern, folder, dirs_exist_ok=True)
    with opened(folder) as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)


def keys(house: House) -> list[str]:
    return list(house.instance.get_dynamic_partitions(f"{NAME}_expense_reports"))


def truth(house: House) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = house.http.get(f"{house.root}/admin/expensify/reports").json()
    return {one["reportID"]: one for one in found}


def report_in(key: str) -> str:
    return key.partition("_")[2]


def rows(house: House) -> dict[str, ReportStatus]:
    from connector_assets.connections import load_connection

    connection = load_connection(house.settings, NAME)
    assert isinstance(connection, ExpensifyIntacctConnection)
    return {row.partition: row for row in statuses(house.records(), connection)}


def lines_of(house: House, report_id: str) -> list[dict[str, Any]]:
    (journal,) = [one for one in house.journals() if report_id in str(one["reference"])]
    found: list[dict[str, Any]] = journal["lines"]
    return found


def map_without(house: House, code: str) -> None:
    """A next mapping version without one category's rule."""
    mappings = house.records().mappings
    body = mappings.versions(NAME)[0].body
    kept = [rule for rule in rules_from_csv(body) if rule.code != code]
    start = mappings.versions(NAME)[0].effective_from
    mappings.save(NAME, rules_to_csv(kept), author="test", reason="test", effective_from=start)


def carry(house: House, first: str, last: str = "") -> RunOutcome:
    return house.carry(NAME, first, last)


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


def test_no_name_and_no_address_is_kept(house: House) -> None:
    assert carry(house, keys(house)[0], keys(house)[-1]).succeeded
    people = {one["accountEmail"] for one in truth(house).values()}
    people |= {one["submitter"]["fullName"] for one in truth(house).values()}
    kept = [p for p in (house.folder / "home").rglob("*") if p.is_file() and not p.name.startswith("sandbox.db")]
    assert kept
    for path in kept:
        content = path.read_bytes()
        assert not [one for one in people if one.encode() in content], path
    for path in (house.folder / "home" / "frames").rglob("*.parquet"):
        import pandas as pd

        text = pd.read_parquet(path).to_csv()
        assert not [one for one in people if one in text], path
