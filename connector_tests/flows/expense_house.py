"""A deployment with the expense connection alone: what the tests of the expense flow share."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector_assets.accounting.mapping import rules_from_csv, rules_to_csv
from connector_assets.commands.demo_expenses import NAME, prepare_expenses
from connector_assets.connections import load_connection
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.status import ReportStatus, statuses
from connector_assets.orchestration.runs import RunOutcome
from connector_tests.flows.house import House, Kind, copied_as

JOURNAL = {"operation": "create", "object": "GLBATCH"}
UNLIMITED = {"calls_per_10_s": 10_000, "calls_per_60_s": 10_000, "first_poll_s": 0}


def _settle(house: House) -> None:
    house.admin("switches", **{"expensify.rate_limit": "off"})
    house.configure(NAME, expensify=UNLIMITED, start_date="2025-11-01")


def _read(house: House) -> None:
    outcome = house.refresh(NAME)
    assert outcome.succeeded, outcome.problem


EXPENSES = Kind(House, prepare_expenses, _read, _settle)
"""The expense connection alone; the sandbox does not count its calls."""


@pytest.fixture
def house() -> Iterator[House]:
    with copied_as(EXPENSES) as found:
        yield found


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
