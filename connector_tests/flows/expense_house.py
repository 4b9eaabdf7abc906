"""A deployment with the expense connection alone: what the tests of the expense flow share."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance

from connector_assets.accounting.mapping import rules_from_csv, rules_to_csv
from connector_assets.commands.demo_expenses import NAME, prepare_expenses
from connector_assets.connections import load_connection
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.status import ReportStatus, statuses
from connector_assets.orchestration.runs import RunOutcome, prepare_dagster_home
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.settings import load_settings
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


def connection(house: House) -> ExpensifyIntacctConnection:
    """The connection as its file now describes it."""
    found = load_connection(house.settings, NAME)
    assert isinstance(found, ExpensifyIntacctConnection)
    return found


def rows(house: House) -> dict[str, ReportStatus]:
    """Where each report stands, by partition."""
    return {row.partition: row for row in statuses(house.records(), connection(house))}


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
