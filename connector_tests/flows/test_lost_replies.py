"""Faults on the wire: reads are asked again, a write is settled by looking it up, and a journal is there once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connector_assets.records.database import open_database
from connector_assets.records.postings import Posting
from connector_assets.records.tables import posting
from connector_tests.flows.facts import FIRST, SECOND, books_in, books_of, checks_of
from connector_tests.flows.house import LLC, House, key_of

JOURNAL = {"operation": "create", "object": "GLBATCH"}
CHECKS = {"operation": "checks"}


def posting_of(house: House) -> Posting:
    (found,) = house.records().postings.list(LLC)
    return found


def let_the_window_pass(house: House) -> None:
    """Make the lost send of every unknown posting a quarter of an hour older than it is."""
    engine = open_database(house.settings.records_url)
    with engine.begin() as db:
        for row in db.execute(select(posting).where(posting.c.unknown_since.is_not(None))).all():
            lost_at = row.unknown_since - timedelta(minutes=16)
            db.execute(update(posting).where(posting.c.reference == row.reference).values(unknown_since=lost_at))
    engine.dispose()


def assert_once(house: House) -> None:
    """The books hold the first pay run, once and to the cent, and the records know it."""
    journals = house.journals()
    assert len(journals) == 1
    assert books_in(journals) == books_of(LLC, checks_of(LLC, FIRST))
    row = house.status(LLC)[key_of(FIRST)]
    assert (row.state, row.reconciled, row.ledger_key) == ("posted", True, str(journals[0]["recordno"]))


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("drop_after", {}),
        ("truncated", {}),
        ("internal_error", {"done": True}),
        *(
            pytest.param(name, {"done": True}, marks=pytest.mark.thorough)
            for name in ("unavailable", "gateway_timeout", "bad_gateway")
        ),
    ],
)
def test_a_lost_reply_to_a_journal_that_arrived_is_settled_by_looking(
    house: House, waits: list[float], fault: str, params: dict[str, object]
) -> None:
    house.fault("intacct", fault, JOURNAL, params=params)
    outcome = house.carry(LLC, key_of(FIRST))
    assert outcome.succeeded, outcome.problem
    assert_once(house)
    assert posting_of(house).attempts == 1
    assert house.calls()["intacct create GLBATCH"] == 1
    assert sum(waits) == 0


@pytest.mark.parametrize("fault", ["drop_before", pytest.param("unavailable", marks=pytest.mark.thorough)])
def test_a_reply_that_says_nothing_leaves_the_journal_unknown_until_it_can_no_longer_arrive(
    house: House, waits: list[float], fault: str
) -> None:
    house.fault("intacct", fault, JOURNAL)
    outcome = house.carry(LLC, key_of(FIRST))
    assert not outcome.succeeded
    assert "outcome unknown" in outcome.problem
    assert "sent again from" in outcome.problem
    assert house.status(LLC)[key_of(FIRST)].state == "unknown"
    house.reset_calls()
    assert not house.carry(LLC, key_of(FIRST)).succeeded  # the ledger may still be at work on it
    assert "intacct create GLBATCH" not in house.calls()
    let_the_window_pass(house)
    again = house.carry(LLC, key_of(FIRST))
    assert again.succeeded, again.problem
    assert_once(house)
    assert waits


def test_a_journal_that_arrives_late_is_adopted_and_never_doubled(house: House, waits: list[float]) -> None:
    house.fault("intacct", "late_commit", JOURNAL, params={"reply": "gateway_timeout", "delay_s": 3600})
    assert not house.carry(LLC, key_of(FIRST)).succeeded
    assert not house.journals()
    assert house.admin("intacct/release")["released"] == 1
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert_once(house)
    assert waits


@pytest.mark.parametrize(("fault", "attempts"), [("rate_limit", 6), ("cloudflare", 1)])
def test_a_ledger_that_turns_us_away_at_the_gate_was_never_sent_anything(
    house: House, waits: list[float], fault: str, attempts: int
) -> None:
    house.fault("intacct", fault, JOURNAL, times=0)
    outcome = house.carry(LLC, key_of(FIRST))
    assert not outcome.succeeded
    assert "The journal is not sent" in outcome.problem
    assert house.status(LLC)[key_of(FIRST)].state == "planned"
    assert len(waits) == attempts - 1
    house.no_faults()
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert_once(house)


@pytest.mark.thorough
def test_paychex_faults_that_pass_leave_no_trace_in_the_books(house: House, waits: list[float]) -> None:
    faults = ("too_many_requests", "unavailable", "locked", "bad_gateway", "html_page", "truncated", "expired_token")
    for name in faults:
        house.fault("paychex", name, CHECKS)
    outcome = house.carry(LLC, key_of(FIRST))
    for _ in range(2):  # a read is asked six times at most: the rest of the faults meets the next runs
        outcome = outcome if outcome.succeeded else house.carry(LLC, key_of(FIRST))
    assert outcome.succeeded, outcome.problem
    assert_once(house)
    assert len(waits) >= len(faults) - 2


@pytest.mark.thorough
@pytest.mark.parametrize(("fault", "words"), [("html_page", "web page"), ("drop_before", "lost"), ("locked", "locked")])
def test_a_paychex_that_stays_wrong_fails_the_pay_run_by_name_and_changes_nothing(
    house: House, waits: list[float], fault: str, words: str
) -> None:
    before = house.status(LLC)
    house.fault("paychex", fault, CHECKS, times=0)
    outcome = house.carry(LLC, key_of(FIRST))
    assert not outcome.succeeded
    assert words in outcome.problem
    assert "Fix:" in outcome.problem
    assert house.status(LLC) == before
    assert not house.journals()
    assert waits


@pytest.mark.thorough
def test_a_session_that_expires_midway_is_opened_again(house: House) -> None:
    house.fault("intacct", "session_expired", JOURNAL)
    assert house.carry(LLC, key_of(FIRST), key_of(SECOND)).succeeded
    assert len(house.journals()) == 2
    assert house.calls()["intacct getAPISession"] == 2


@pytest.mark.thorough
def test_a_token_that_dies_early_is_acquired_again(house: House) -> None:
    house.fault("paychex", "expired_token", CHECKS)
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert_once(house)
    assert house.calls()["paychex token"] == 2


@pytest.mark.thorough
def test_an_answer_of_another_kind_when_reading_back_does_not_undo_the_post(house: House, waits: list[float]) -> None:
    """The journal is in; only the proof is missing, and the next run fetches it."""
    house.fault("intacct", "bad_gateway", {"operation": "query", "object": "GLENTRY"}, times=0)
    outcome = house.carry(LLC, key_of(FIRST))
    assert not outcome.succeeded
    assert house.status(LLC)[key_of(FIRST)].state == "posted"
    assert not house.status(LLC)[key_of(FIRST)].reconciled
    house.no_faults()
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert_once(house)
    assert waits
