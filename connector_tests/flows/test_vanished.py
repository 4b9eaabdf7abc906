"""A pay run that vanishes after it was posted: taken back once a person approves, booked again if it returns."""

import sqlite3
from contextlib import closing

import pytest
from dagster import AssetKey

from connector_assets.commands.decide import approve
from connector_assets.flows.paychex_intacct.attention import heads_due
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.postings import PostingState
from connector_assets.sandbox.facts import PeriodFacts
from connector_tests.flows.facts import FIRST, books_in, books_of, cents, checks_of, lines_of
from connector_tests.flows.house import COMPANY_OF, LLC, House, Json, firm, key_of
from connector_tests.flows.test_rebooking import by_center

KEY = key_of(FIRST)
BEFORE, LAST = (
    next(one for one in firm().periods(COMPANY_OF[LLC]) if one.check_date.isoformat() == day)
    for day in ("2025-01-24", "2025-01-31")
)
KEY_LAST = key_of(LAST)


def deleted_in_flex(house: House, period: PeriodFacts = FIRST) -> None:
    house.office("periods/advance", LLC, period, to="ENTRY")
    house.office("periods/delete", LLC, period)


def restored(house: House, period: PeriodFacts = FIRST) -> None:
    """It is there again, as it was: nothing in Flex does this; a source that forgot it for a while does."""
    with closing(sqlite3.connect(house.settings.home / "sandbox.db")) as db:
        db.execute("UPDATE paychex_periods SET vanished = 0")
        db.commit()
    house.office("periods/advance", LLC, period, to="COMPLETED")


def noticed(house: House, key: str = KEY) -> str:
    """What the re-read of the trailing window answers for the pay run."""
    house.renew(LLC, "pay_calendar", "register_changes")
    frame = FrameStore(house.settings.frames_path).read(AssetKey([LLC, "register_changes"]))
    return str(frame.set_index("partition")["answer"][key])


def heads_in(journals: list[Json]) -> int:
    """The heads that statistical journals count, in hundredths."""
    return sum(cents(line) for line in lines_of(journals) if line["account"] == "9001")


def test_a_deleted_pay_run_is_taken_back_whole_by_an_approved_journal(house: House) -> None:
    """It is the last of its month and so the one that counted the heads: the pay run before it does so afterwards."""
    house.configure(LLC, statistics={"journal": "HCJ"})
    assert house.carry(LLC, key_of(BEFORE), KEY_LAST).succeeded
    before = house.journals(key_of(BEFORE))
    labor, statistical = house.journals(KEY_LAST)
    heads = heads_in([statistical])
    assert heads
    assert not heads_in(before)
    house.office("periods/advance", LLC, LAST, to="ENTRY")
    assert noticed(house, KEY_LAST) == "open again"  # it may come back: what is posted stands
    open_again = house.carry(LLC, KEY_LAST)
    assert "is open again in Paychex (ENTRY)" in open_again.problem
    house.office("periods/delete", LLC, LAST)
    assert noticed(house, KEY_LAST) == "gone"
    assert house.status(LLC)[KEY_LAST].state == "changed"
    assert KEY_LAST in house.asked_for(LLC)
    held = house.carry(LLC, KEY_LAST)
    assert "nothing is left in Paychex of pay run" in held.problem
    assert house.journals(KEY_LAST) == [labor, statistical]
    assert house.status(LLC)[KEY_LAST].state == "held"
    assert KEY_LAST in house.asked_for(LLC)
    assert not house.carry(LLC, KEY_LAST).succeeded  # it still waits, and the sensor does not ask in circles
    assert house.asked_for(LLC, house.cursor) == []
    takeback = str(labor["reference"]).replace("-L-1", "-R-2")
    approve.main([LLC, takeback, "--reason", "voided by the payroll", "--as", "controller"], standalone_mode=False)
    carried = house.carry(LLC, KEY_LAST)
    assert carried.succeeded, carried.problem
    made = house.journals(KEY_LAST)[2:]
    assert sorted(str(one["reference"])[-3:] for one in made) == ["R-2", "S-2"]
    assert not by_center(house.journals(KEY_LAST))
    assert house.journals(KEY_LAST)[:2] == [labor, statistical]  # nothing posted is touched
    assert {one.corrects for one in house.records().postings.list(LLC) if one.key.revision == 2} == {
        str(labor["reference"]), str(statistical["reference"])
    }  # fmt: skip
    assert noticed(house, KEY_LAST) == "taken back"
    assert house.status(LLC)[KEY_LAST].reconciled
    assert key_of(BEFORE) in heads_due(house.records(), LLC)
    assert key_of(BEFORE) in house.asked_for(LLC)
    carried = house.carry(LLC, key_of(BEFORE))
    assert carried.succeeded, carried.problem
    assert house.journals(key_of(BEFORE))[:-1] == before
    counted = house.journals(key_of(BEFORE))[-1]
    assert str(counted["reference"]).endswith("S-2")
    assert heads_in([counted]) == heads
    assert {line["account"] for line in lines_of([counted])} == {"9001", "9002"}  # its hours stand as they were
    noticed(house, KEY_LAST)
    assert key_of(BEFORE) not in house.asked_for(LLC)
    assert house.status(LLC)[key_of(BEFORE)].reconciled
    assert house.records().audit.verify().intact


@pytest.mark.thorough
def test_a_pay_run_gives_its_months_heads_back_once_a_later_one_has_come(house: House) -> None:
    """Of a month's scheduled pay runs the last counts the heads; the last one by then, when the first was posted."""
    house.configure(LLC, statistics={"journal": "HCJ"})
    deleted_in_flex(house, LAST)
    house.renew(LLC, "pay_calendar")
    assert house.carry(LLC, key_of(BEFORE)).succeeded
    posted = house.journals(key_of(BEFORE))
    heads = heads_in(posted)
    assert heads > 0
    restored(house, LAST)
    assert noticed(house, key_of(BEFORE)) == "as posted"  # its own register has not changed
    assert list(heads_due(house.records(), LLC)) == [key_of(BEFORE)]
    assert {key_of(BEFORE), KEY_LAST} <= set(house.asked_for(LLC))
    for key in (key_of(BEFORE), KEY_LAST):
        assert house.carry(LLC, key).succeeded
    (given_back,) = [one for one in house.journals(key_of(BEFORE)) if one not in posted]
    assert str(given_back["reference"]).endswith("S-2")
    assert {line["account"] for line in lines_of([given_back])} == {"9001", "9002"}  # its hours stand as they were
    assert heads_in(house.journals(key_of(BEFORE))) == 0
    assert heads_in(house.journals(KEY_LAST)) == heads
    noticed(house, KEY_LAST)
    assert not heads_due(house.records(), LLC)
    assert all(house.status(LLC)[key].reconciled for key in (key_of(BEFORE), KEY_LAST))


@pytest.mark.thorough
def test_one_that_returns_before_it_is_taken_back_stays_and_after_it_is_booked_again(house: House) -> None:
    assert house.carry(LLC, KEY).succeeded
    deleted_in_flex(house)
    assert noticed(house) == "gone"
    assert not house.carry(LLC, KEY).succeeded
    (waiting,) = house.records().postings.list(LLC, [PostingState.HELD])
    restored(house)
    assert noticed(house) == "as posted"
    assert house.carry(LLC, KEY).succeeded
    assert house.records().postings.list(LLC, [PostingState.HELD]) == []
    assert len(house.journals()) == 1
    deleted_in_flex(house)
    assert noticed(house) == "gone"
    assert not house.carry(LLC, KEY).succeeded
    approve.main([LLC, waiting.reference, "--reason", "voided", "--as", "controller", "--post"], standalone_mode=False)
    assert not by_center(house.journals())
    restored(house)
    assert noticed(house) == "changed"
    assert house.carry(LLC, KEY).succeeded
    assert [str(one["reference"])[-3:] for one in house.journals()] == ["L-1", "R-2", "L-3"]
    assert books_in(house.journals()) == books_of(LLC, checks_of(LLC, FIRST))
    assert house.status(LLC)[KEY].reconciled
