"""The poster, as a specification: what it concludes from every answer of a ledger, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, update

from connector_assets.posting import CLOCK_TOLERANCE_S, Outcome, Policy, Poster, PostingResult
from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.postings import Posting, PostingState, PostingStore
from connector_assets.records.tables import posting
from connector_tests.records.doubles import KEY, START, Clock, Crash, MemoryLedger, Voucher, voucher_from_payload

WINDOW_S = MemoryLedger.processing_window_s + CLOCK_TOLERANCE_S
LEASE_S = 600


class World:
    """One ledger, one posting ledger, one clock; posters come and go."""

    def __init__(self, engine: Engine) -> None:
        self.clock = Clock()
        self.engine = engine
        self.ledger = MemoryLedger(self.clock)
        self.postings = PostingStore(engine, self.clock)

    def poster(self, owner: str = "nightly run") -> Poster:
        return Poster(
            self.postings,
            self.ledger,
            owner=owner,
            now=self.clock,
            sleep=self.clock.advance,
            lease_s=LEASE_S,
            restore=voucher_from_payload,
        )

    def post(self, document: Voucher | None = None, policy: Policy = "post") -> PostingResult:
        """Post as a process of its own would."""
        return self.poster().post(
            KEY, document or Voucher(), partition="2025-04-04", document_date=date(2025, 4, 4), policy=policy
        )

    def posting(self) -> Posting:
        found = self.postings.get(KEY)
        assert found is not None
        return found

    def actions(self) -> list[str]:
        return [entry.action for entry in AuditTrail(self.engine).entries()]


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    built = World(engine)
    yield built
    verdict = AuditTrail(engine).verify()
    assert verdict.intact, verdict.why


def test_a_document_is_posted_once_and_its_receipt_kept(world: World) -> None:
    result = world.post()
    assert (result.outcome, result.is_posted) == (Outcome.POSTED, True)
    posting = world.posting()
    assert (posting.state, posting.ledger_key, posting.ledger_number) == (PostingState.POSTED, "1000", "JE-1000")
    assert (posting.attempts, posting.amount_cents, posting.lease_owner) == (1, 12_345, None)
    assert world.actions() == ["posting planned", "posting sending", "posting posted"]


def test_the_second_call_sends_nothing_and_says_so(world: World) -> None:
    world.post()
    result = world.post()
    assert result.outcome == Outcome.ALREADY_POSTED
    assert "nothing was sent" in result.message
    assert len(world.ledger.control_ids) == 1


def test_a_lost_reply_is_settled_by_look_up_in_the_same_call(world: World) -> None:
    world.ledger.faults.append("lost_reply")
    result = world.post()
    assert result.outcome == Outcome.ADOPTED
    assert world.posting().ledger_key == "1000"
    assert len(world.ledger.entries()) == 1
    assert [attempt.outcome for attempt in world.postings.attempts(KEY)] == ["adopted"]


def test_a_lost_request_stays_unknown_until_the_processing_window_is_over(world: World) -> None:
    world.ledger.faults.append("lost_request")
    lost = world.post()
    assert lost.outcome == Outcome.UNKNOWN
    assert lost.next_try_at == START + timedelta(seconds=WINDOW_S)
    assert world.posting().state == PostingState.UNKNOWN

    world.clock.time = START + timedelta(seconds=WINDOW_S - 1)
    assert world.post().outcome == Outcome.UNKNOWN
    assert len(world.ledger.control_ids) == 1, "sent again inside the window"

    world.clock.advance(1)
    assert world.post().outcome == Outcome.POSTED
    first, second = world.ledger.control_ids
    assert first == second == "hollis:labor:1040:r1"
    assert len(world.ledger.entries()) == 1


def test_a_late_commit_is_adopted_whenever_it_shows(world: World) -> None:
    world.ledger.faults.append("late_commit")
    assert world.post().outcome == Outcome.UNKNOWN
    world.clock.advance(WINDOW_S)
    assert world.post().outcome == Outcome.ADOPTED
    assert len(world.ledger.control_ids) == 1


@pytest.mark.parametrize("fault", ["down", "password", "permission"])
def test_what_was_not_executed_is_planned_again_and_sent_at_once_next_time(world: World, fault: str) -> None:
    world.ledger.faults.append(fault)
    result = world.post()
    assert (result.outcome, result.posting.state) == (Outcome.NOT_SENT, PostingState.PLANNED)
    assert "Fix:" in result.message
    assert world.post().outcome == Outcome.POSTED
    assert [attempt.outcome for attempt in world.postings.attempts(KEY)] == ["not_sent", "posted"]


def test_a_refusal_with_nothing_in_the_ledger_is_a_rejection_that_can_be_tried_again(world: World) -> None:
    world.ledger.faults.append("refused")
    result = world.post()
    assert (result.outcome, result.posting.state) == (Outcome.REJECTED, PostingState.REJECTED)
    assert "The period is closed" in result.message
    assert world.post().outcome == Outcome.POSTED
    assert len(world.ledger.entries()) == 1


def test_a_refusal_as_duplicate_is_settled_by_look_up_not_by_its_number(world: World) -> None:
    """The request that was taken for lost had arrived, and a lagging index did not show it before the second send."""
    world.ledger.faults.append("lost_reply")
    world.ledger.read_faults.extend(["down"] * 3)
    assert world.post().outcome == Outcome.UNKNOWN
    world.clock.advance(WINDOW_S)
    world.ledger.read_faults.append("unseen")
    result = world.post()
    assert len(world.ledger.control_ids) == 2
    assert result.outcome == Outcome.ADOPTED
    assert len(world.ledger.entries()) == 1


def test_something_else_under_our_reference_raises_the_alarm_and_is_never_sent_over(world: World) -> None:
    world.ledger.write_by_hand(Voucher().reference, "another digest")
    world.ledger.faults.append("lost_request")
    result = world.post()
    assert result.outcome == Outcome.ALARM
    assert (result.posting.state, result.posting.alarm) == (PostingState.UNKNOWN, True)
    assert "Fix:" in result.message
    world.clock.advance(WINDOW_S * 2)
    assert world.post().outcome == Outcome.ALARM
    assert len(world.ledger.control_ids) == 1
    assert world.actions().count("posting alarm") == 1


def test_two_equal_documents_under_one_reference_are_an_alarm_too(world: World) -> None:
    world.ledger.write_by_hand(Voucher().reference, Voucher().digest())
    world.ledger.write_by_hand(Voucher().reference, Voucher().digest())
    world.ledger.faults.append("refused")
    assert world.post().outcome == Outcome.ALARM


def test_an_alarm_ends_when_a_person_has_cleared_the_ledger(world: World) -> None:
    world.ledger.write_by_hand(Voucher().reference, "another digest")
    world.ledger.faults.append("lost_request")
    world.post()
    world.ledger.delete_by_hand()
    world.clock.advance(WINDOW_S)
    result = world.post()
    assert (result.outcome, result.posting.alarm) == (Outcome.POSTED, False)


def test_a_look_up_that_fails_concludes_nothing(world: World) -> None:
    world.ledger.faults.append("lost_reply")
    world.ledger.read_faults.extend(["down", "garbage", "down", "garbage"])
    assert world.post().outcome == Outcome.UNKNOWN
    world.clock.advance(WINDOW_S * 2)
    still = world.post()
    assert still.outcome == Outcome.UNKNOWN
    assert "HTML" in still.posting.last_error
    assert len(world.ledger.control_ids) == 1
    assert world.post().outcome == Outcome.ADOPTED


def test_a_refusal_whose_look_up_fails_is_unknown_not_rejected(world: World) -> None:
    world.ledger.faults.append("refused")
    world.ledger.read_faults.append("down")
    assert world.post().outcome == Outcome.UNKNOWN


def test_a_failed_look_up_before_a_repeated_send_sends_nothing(world: World) -> None:
    world.ledger.faults.append("down")
    world.post()
    world.ledger.read_faults.append("down")
    result = world.post()
    assert (result.outcome, result.posting.state) == (Outcome.NOT_SENT, PostingState.PLANNED)
    assert len(world.ledger.control_ids) == 1
    assert world.post().outcome == Outcome.POSTED


def test_a_receipt_without_a_key_is_no_receipt(world: World) -> None:
    world.ledger.faults.append("no_key")
    assert world.post().outcome == Outcome.ADOPTED
    assert world.posting().ledger_key == "1000"


def test_a_programming_error_in_a_client_leaves_an_unknown_and_no_secret_behind(world: World) -> None:
    world.ledger.faults.append("bug_after")
    with pytest.raises(KeyError):
        world.post()
    assert (world.posting().state, world.posting().last_error) == (PostingState.UNKNOWN, "KeyError")
    assert not any("secret" in repr(entry) for entry in AuditTrail(world.engine).entries())
    assert world.post().outcome == Outcome.ADOPTED


def test_a_held_document_waits_for_another_person(world: World) -> None:
    result = world.post(policy="hold")
    assert (result.outcome, result.posting.state) == (Outcome.HELD, PostingState.HELD)
    assert world.post().outcome == Outcome.HELD, "a looser policy does not release what is held"
    assert not world.ledger.control_ids
    with pytest.raises(RecordsError, match=r"prepared by nightly run, who cannot approve it.*Fix: "):
        world.postings.approve([world.posting()], "Nightly Run ", "looks right")
    world.postings.approve([world.posting()], "controller", "tied to the register")
    assert world.post(policy="hold").outcome == Outcome.POSTED
    assert world.posting().approved_by == "controller"


def test_an_approval_survives_a_ledger_that_was_down_but_not_new_content(world: World) -> None:
    world.post(policy="hold")
    world.postings.approve([world.posting()], "controller", "tied to the register")
    world.ledger.faults.append("down")
    assert world.post(policy="hold").posting.state == PostingState.APPROVED
    assert world.post(Voucher(amount_cents=1), policy="hold").outcome == Outcome.HELD
    assert world.posting().approved_by is None


def test_other_content_under_a_posted_key_is_refused_and_named(world: World) -> None:
    world.post()
    with pytest.raises(RecordsError, match=r"hollis/labor/1040/r1 is posted with other content.*next revision"):
        world.post(Voucher(amount_cents=1))
    assert len(world.ledger.control_ids) == 1


def test_other_content_after_a_rejection_takes_its_place(world: World) -> None:
    world.ledger.faults.append("refused")
    world.post()
    assert world.post(Voucher(amount_cents=777)).outcome == Outcome.POSTED
    assert [entry.digest for entry in world.ledger.entries()] == [Voucher(amount_cents=777).digest()]


def test_resolve_settles_what_a_dead_process_left_from_what_was_stored(world: World) -> None:
    world.ledger.faults.append("crash_after")
    with pytest.raises(Crash):
        world.post()
    assert world.posting().state == PostingState.SENDING
    busy = world.poster("operator").resolve(KEY)
    assert (busy.outcome, busy.next_try_at) == (Outcome.BUSY, START + timedelta(seconds=LEASE_S))
    world.clock.advance(LEASE_S)
    assert world.poster("operator").resolve(KEY).outcome == Outcome.ADOPTED
    assert world.poster("operator").resolve(KEY).outcome == Outcome.ALREADY_POSTED


def test_resolve_sends_the_stored_document_again_when_it_is_due(world: World) -> None:
    world.ledger.faults.append("crash_before")
    with pytest.raises(Crash):
        world.post()
    world.clock.advance(LEASE_S)
    early = world.poster("operator").resolve(KEY)
    assert (early.outcome, early.next_try_at) == (Outcome.UNKNOWN, START + timedelta(seconds=LEASE_S + WINDOW_S))
    world.clock.advance(WINDOW_S)
    assert world.poster("operator").resolve(KEY).outcome == Outcome.POSTED
    assert [entry.digest for entry in world.ledger.entries()] == [Voucher().digest()]


def test_resolve_refuses_a_stored_document_that_was_tampered_with(world: World) -> None:
    world.ledger.faults.append("lost_request")
    world.post()
    with writing(world.engine) as connection:
        connection.execute(update(posting).values(payload=Voucher(amount_cents=99).payload()))
    world.clock.advance(WINDOW_S)
    with pytest.raises(RecordsError, match="not what its digest says"):
        world.poster().resolve(KEY)
    assert not world.ledger.entries()


def test_no_second_connection_brings_the_same_document_into_the_same_company(world: World) -> None:
    """A connection file that was copied or renamed would else post all again, under control ids of its own."""
    terms: dict[str, Any] = {"partition": "2025-04-04", "document_date": date(2025, 4, 4), "policy": "post"}
    world.ledger.faults.append("lost_request")
    assert world.post().outcome == Outcome.UNKNOWN, "what may be there counts as there"
    other = replace(KEY, connection="hollis_renamed")
    with pytest.raises(
        RecordsError, match=r"Connection hollis has brought .* into memory BOOKS .* Fix: One connection"
    ):
        world.poster().post(other, Voucher(), **terms)
    refused = world.postings.get(other)
    assert refused is not None
    assert (refused.state, refused.attempts, refused.lease_owner) == (PostingState.PLANNED, 0, None)
    assert len(world.ledger.control_ids) == 1
    world.clock.advance(WINDOW_S)
    assert world.post().outcome == Outcome.POSTED
    with pytest.raises(RecordsError, match="hollis has brought"):
        world.poster().post(other, Voucher(), **terms)
    world.ledger.company = "TEST COMPANY"
    assert world.poster().post(other, Voucher(), **terms).outcome == Outcome.POSTED
    assert world.postings.list("hollis_renamed")[0].ledger == "memory TEST COMPANY"


@pytest.mark.parametrize("fault", ["", "lost_request"])
def test_what_was_sent_into_one_company_does_not_count_in_another(world: World, fault: str) -> None:
    """Else a connection that was tried with a test company would take all of it for posted in the real one."""
    world.ledger.faults.append(fault)
    sent = world.post().posting.state
    world.ledger.company = "ANOTHER"
    world.clock.advance(WINDOW_S)
    told = r"sent into memory BOOKS, and hollis names memory ANOTHER now\. Fix: "
    with pytest.raises(RecordsError, match=told):
        world.post()
    with pytest.raises(RecordsError, match=told):
        world.poster().resolve(KEY)
    assert (world.posting().state, len(world.ledger.control_ids)) == (sent, 1)


def test_a_document_of_another_kind_than_its_key_is_refused(world: World) -> None:
    with pytest.raises(RecordsError, match="of kind 'void'"):
        world.post(Voucher(kind="void"))


def test_after_a_long_outage_nobody_waits_the_window_again(world: World) -> None:
    """The window runs from the end of the dead sender's lease, not from the moment somebody looks."""
    world.ledger.faults.append("crash_before")
    with pytest.raises(Crash):
        world.post()
    world.clock.advance(86_400)
    assert world.post().outcome == Outcome.POSTED


def test_a_sender_whose_lease_was_taken_over_records_nothing_over_it(world: World) -> None:
    """The first sender's reply takes longer than its lease; meanwhile another has settled the posting."""
    second: list[PostingResult] = []

    def overtake() -> None:
        world.ledger.write_by_hand(Voucher().reference, Voucher().digest())
        world.clock.advance(LEASE_S)
        second.append(world.post())

    world.ledger.meanwhile = overtake
    world.ledger.faults.append("meanwhile")
    world.ledger.faults.append("refused")
    first = world.post()
    assert second[0].outcome == Outcome.ADOPTED
    assert first.outcome == Outcome.ALREADY_POSTED
    assert world.posting().ledger_key == "1000"


def test_new_content_planned_during_a_send_preparation_is_never_sent_under_old_approval(world: World) -> None:
    world.post(policy="hold")
    world.postings.approve([world.posting()], "controller", "tied to the register")
    assert world.postings.acquire(KEY, "slow sender", LEASE_S)
    world.post(Voucher(amount_cents=1), policy="hold")
    with pytest.raises(RecordsError, match="held and cannot be sent"):
        world.postings.begin_send(KEY, "slow sender", Voucher().digest())


def test_many_posters_at_once_make_one_journal(engine: Engine) -> None:
    world, posters, keys = World(engine), 4, 5
    results: list[Outcome] = []
    barrier = Barrier(posters)

    def work(number: int) -> None:
        poster = world.poster("the same owner everywhere")
        barrier.wait()
        for source in range(keys):
            key = type(KEY)("hollis", "labor", str(source), 1)
            document = Voucher(reference=f"PX-{source}")
            result = poster.post(key, document, partition="p", document_date=date(2025, 4, 4), policy="post")
            results.append(result.outcome)

    threads = [Thread(target=work, args=(number,)) for number in range(posters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == posters * keys
    assert set(results) <= {Outcome.POSTED, Outcome.ALREADY_POSTED, Outcome.BUSY}
    assert sorted(entry.reference for entry in world.ledger.entries()) == [f"PX-{source}" for source in range(keys)]
    assert len(world.ledger.control_ids) == keys, "more was sent than there was to post"
    assert AuditTrail(engine).verify().intact
