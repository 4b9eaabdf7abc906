"""A pay run that vanishes after it was posted: taken back once a person approves, booked again if it returns."""

import sqlite3
from contextlib import closing

import pytest
from dagster import AssetKey

from connector_assets.commands.decide import approve
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.postings import PostingState
from connector_tests.flows.facts import FIRST, books_in, books_of, checks_of
from connector_tests.flows.house import LLC, House, key_of
from connector_tests.flows.test_rebooking import by_center

KEY = key_of(FIRST)


def deleted_in_flex(house: House) -> None:
    house.office("periods/advance", LLC, FIRST, to="ENTRY")
    house.office("periods/delete", LLC, FIRST)


def restored(house: House) -> None:
    """It is there again, as it was: nothing in Flex does this; a source that forgot it for a while does."""
    with closing(sqlite3.connect(house.settings.home / "sandbox.db")) as db:
        db.execute("UPDATE paychex_periods SET vanished = 0")
        db.commit()
    house.office("periods/advance", LLC, FIRST, to="COMPLETED")


def noticed(house: House) -> str:
    """What the re-read of the trailing window answers for the pay run."""
    house.renew(LLC, "pay_calendar", "register_changes")
    frame = FrameStore(house.settings.frames_path).read(AssetKey([LLC, "register_changes"]))
    return str(frame.set_index("partition")["answer"][KEY])


def test_a_deleted_pay_run_is_taken_back_whole_by_an_approved_journal(house: House) -> None:
    house.configure(LLC, statistics={"journal": "HCJ"})
    assert house.carry(LLC, KEY).succeeded
    labor, statistical = house.journals()
    house.office("periods/advance", LLC, FIRST, to="ENTRY")
    assert noticed(house) == "open again"  # it may come back: what is posted stands
    open_again = house.carry(LLC, KEY)
    assert "is open again in Paychex (ENTRY)" in open_again.problem
    house.office("periods/delete", LLC, FIRST)
    assert noticed(house) == "gone"
    assert house.status(LLC)[KEY].state == "changed"
    assert KEY in house.asked_for(LLC)
    held = house.carry(LLC, KEY)
    assert "nothing is left in Paychex of pay run" in held.problem
    assert house.journals() == [labor, statistical]
    assert house.status(LLC)[KEY].state == "held"
    assert KEY in house.asked_for(LLC)
    assert not house.carry(LLC, KEY).succeeded  # it still waits, and the sensor does not ask in circles
    assert house.asked_for(LLC, house.cursor) == []
    takeback = str(labor["reference"]).replace("-L-1", "-R-2")
    approve.main([LLC, takeback, "--reason", "voided by the payroll", "--as", "controller"], standalone_mode=False)
    carried = house.carry(LLC, KEY)
    assert carried.succeeded, carried.problem
    made = house.journals()[2:]
    assert sorted(str(one["reference"])[-3:] for one in made) == ["R-2", "S-2"]
    assert not by_center(house.journals())
    assert house.journals()[:2] == [labor, statistical]  # nothing posted is touched
    assert {one.corrects for one in house.records().postings.list(LLC) if one.key.revision == 2} == {
        str(labor["reference"]), str(statistical["reference"])
    }  # fmt: skip
    assert noticed(house) == "taken back"
    assert house.status(LLC)[KEY].reconciled
    assert house.records().audit.verify().intact


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
