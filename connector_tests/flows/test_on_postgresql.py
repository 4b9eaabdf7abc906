"""Posting, its corrections and its audit trail with the records in a real PostgreSQL; elsewhere they are in SQLite."""

import csv
from collections.abc import Iterator

import pytest

from connector_assets.commands.audit import audit
from connector_assets.commands.decide import approve, retry
from connector_assets.records.postings import PostingState
from connector_tests.flows.facts import FIRST, books_in, books_of, checks_of
from connector_tests.flows.house import LLC, House, copied
from connector_tests.flows.test_rebooking import KEY, again, by_center, change, raised


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A deployment with its records in PostgreSQL."""
    with copied(database_url) as found:
        yield found


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_pay_run_is_corrected_through_every_answer(house: House, waits: list[float]) -> None:
    """Changed, its correction's reply lost, voided under approval, gone: the books say each time what is wanted."""
    assert house.settings.records_url.startswith("postgresql")
    assert not (house.settings.home / "records.db").exists()
    checks = checks_of(LLC, FIRST)
    assert house.carry(LLC, KEY).succeeded
    first = house.journals()
    change(house, checks[3], 123_45)
    house.fault("intacct", "drop_after", {"operation": "create", "object": "GLBATCH"})
    house.fault("intacct", "unavailable", {"operation": "query", "object": "GLBATCH"}, times=0)
    assert not house.carry(LLC, KEY).succeeded
    assert house.status(LLC)[KEY].state == "unknown"
    house.no_faults()
    retry.main([LLC], standalone_mode=False)
    assert house.carry(LLC, KEY).succeeded
    left = [*checks[:3], raised(checks[3], 123_45), *checks[4:]]
    assert books_in(house.journals()) == books_of(LLC, left)
    assert again(house) == []

    house.configure(LLC, posting={"policy": "hold"})
    house.office("checks/void", LLC, FIRST, paycheck_id=checks[1].paycheck_id)
    assert not house.carry(LLC, KEY).succeeded
    (held,) = house.records().postings.list(LLC, [PostingState.HELD])
    assert held.reference.endswith("-V-3")
    approve.main([LLC, held.reference, "--reason", "voided", "--as", "controller", "--post"], standalone_mode=False)
    assert books_in(house.journals()) == books_of(
        LLC, [one for one in left if one.paycheck_id != checks[1].paycheck_id]
    )

    house.office("periods/advance", LLC, FIRST, to="ENTRY")
    house.office("periods/delete", LLC, FIRST)
    house.renew(LLC, "pay_calendar")
    assert not house.carry(LLC, KEY).succeeded
    (takeback,) = house.records().postings.list(LLC, [PostingState.HELD])
    approve.main([LLC, takeback.reference, "--reason", "gone", "--as", "controller", "--post"], standalone_mode=False)
    assert not by_center(house.journals())
    assert house.journals()[: len(first)] == first
    assert house.status(LLC)[KEY].reconciled
    assert house.records().audit.verify().intact
    path = house.folder / "audit.csv"
    audit.main(["export", "--from", "2025-01-01", "--until", "2025-01-31", "--out", str(path)], standalone_mode=False)
    with path.open(encoding="utf-8", newline="") as file:
        assert {row["reference"] for row in csv.DictReader(file)} == {one["reference"] for one in house.journals()}
