"""The posting ledger: which step leads out of which state, who may take it, and what it leaves behind."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import writing
from connector_assets.records.errors import LeaseLostError, RecordsError
from connector_assets.records.posting_rows import KEY_COLUMNS
from connector_assets.records.postings import Posting, PostingKey, PostingState, PostingStore
from connector_assets.records.tables import posting
from connector_tests.records.doubles import KEY, START, Clock, Crash

RECEIPT: dict[str, Any] = {"ledger_key": "1000", "ledger_number": "JE-1", "ledger_state": "Posted"}
S = PostingState


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(engine: Engine, clock: Clock) -> PostingStore:
    return PostingStore(engine, clock)


def plan(store: PostingStore, *, digest: str = "d1", hold: bool = False, key: PostingKey = KEY) -> Posting:
    return store.plan(
        key,
        partition="2025-04-04",
        document_date=date(2025, 4, 4),
        reference="PX-1",
        digest=digest,
        payload=f"payload of {digest}",
        amount_cents=500,
        actor="ann",
        hold=hold,
    )


def reach(store: PostingStore, state: PostingState) -> None:
    """Lead a posting into a state by the front door, under the lease of `me` where it can have one."""
    plan(store, hold=state in (S.HELD, S.APPROVED))
    if state == S.APPROVED:
        store.approve([stored(store)], "bob", "fine")
    if state in (S.PLANNED, S.HELD):
        return
    if state == S.WITHDRAWN:
        store.withdraw(KEY, "ann", "not wanted")
        return
    store.acquire(KEY, "me", 60)
    if state == S.APPROVED:
        return
    store.begin_send(KEY, "me", "d1")
    ends: dict[PostingState, Callable[[], object]] = {
        S.POSTED: lambda: store.record_posted(KEY, "me", **RECEIPT),
        S.REJECTED: lambda: store.record_rejected(KEY, "me", error="no"),
        S.UNKNOWN: lambda: store.record_unknown(KEY, "me", error="lost"),
    }
    ends.get(state, lambda: None)()


def stored(store: PostingStore) -> Posting:
    found = store.get(KEY)
    assert found is not None
    return found


# Each step, and the states out of which it leads somewhere. `acquire` and `plan` answer instead of raising.
STEPS: dict[str, tuple[set[PostingState], dict[str, Any]]] = {
    "begin_send": ({S.PLANNED, S.APPROVED, S.UNKNOWN}, {"digest": "d1"}),
    "record_posted": ({S.SENDING}, RECEIPT),
    "record_rejected": ({S.SENDING}, {"error": "no"}),
    "record_unknown": ({S.SENDING}, {"error": "lost"}),
    "release_unsent": ({S.SENDING}, {"error": "down"}),
    "record_alarm": ({S.PLANNED, S.APPROVED, S.SENDING, S.UNKNOWN}, {"error": "other"}),
    "release": (set(S) - {S.SENDING}, {}),
}


@pytest.mark.parametrize("state", list(PostingState))
@pytest.mark.parametrize("step", STEPS)
def test_a_step_leads_out_of_its_own_states_only(engine: Engine, clock: Clock, step: str, state: PostingState) -> None:
    store = PostingStore(engine, clock)
    reach(store, state)
    allowed, arguments = STEPS[step]
    with writing(engine) as connection:  # whatever the state, I hold the lease: the state alone decides
        lease = {"lease_owner": "me", "lease_until": clock() + timedelta(seconds=60)}
        connection.execute(update(posting).values(lease))
    before, audited = stored(store), AuditTrail(engine).verify().checked_rows
    if state in allowed:
        getattr(store, step)(KEY, "me", **arguments)
        assert stored(store) != before
        return
    with pytest.raises(RecordsError, match=rf"Posting hollis/labor/1040/r1 is {state} and cannot be .*Fix: "):
        getattr(store, step)(KEY, "me", **arguments)
    assert stored(store) == before
    assert AuditTrail(engine).verify().checked_rows == audited


@pytest.mark.parametrize("step", [*STEPS, "acquire", "record_reconciled"])
def test_a_step_on_a_posting_that_is_not_there_says_so(store: PostingStore, step: str) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "acquire": {"lease_s": 60},
        "record_reconciled": {"equal": True},
    }
    given = arguments[step] if step in arguments else STEPS[step][1]
    with pytest.raises(RecordsError, match="There is no posting hollis/labor/1040/r1"):
        getattr(store, step)(KEY, "me", **given)


# -- planning ---------------------------------------------------------------------------------------------------------


def test_planning_the_same_again_changes_nothing(store: PostingStore, engine: Engine) -> None:
    plan(store)
    before = stored(store)
    plan(store)
    assert stored(store) == before
    assert before.payload == "payload of d1"
    assert AuditTrail(engine).verify().checked_rows == 1


@pytest.mark.parametrize("state", [S.PLANNED, S.HELD, S.APPROVED, S.REJECTED, S.WITHDRAWN])
def test_other_content_replaces_what_no_ledger_holds_with_both_digests_on_record(
    store: PostingStore, engine: Engine, state: PostingState
) -> None:
    reach(store, state)
    replaced = plan(store, digest="d2", hold=True)
    assert (replaced.state, replaced.approved_by) == (S.HELD, None)
    assert (stored(store).digest, stored(store).payload) == ("d2", "payload of d2")
    last = list(AuditTrail(engine).entries())[-1]
    assert (last.action, last.before_digest, last.after_digest) == ("posting replaced", "d1", "d2")


@pytest.mark.parametrize("state", [S.SENDING, S.UNKNOWN, S.POSTED])
def test_other_content_is_refused_once_a_ledger_may_hold_the_first(store: PostingStore, state: PostingState) -> None:
    reach(store, state)
    before = stored(store)
    with pytest.raises(RecordsError, match=rf"is {state} with other content .*next revision"):
        plan(store, digest="d2")
    assert stored(store) == before


@pytest.mark.parametrize("state", [S.PLANNED, S.HELD, S.REJECTED])
def test_what_is_no_longer_wanted_is_withdrawn_and_may_be_wanted_again(
    store: PostingStore, engine: Engine, state: PostingState
) -> None:
    reach(store, state)
    withdrawn = store.withdraw(KEY, "ann", "the register has changed back")
    assert (withdrawn.state, withdrawn.approved_by) == (S.WITHDRAWN, None)
    assert not store.acquire(KEY, "me", 60)
    last = list(AuditTrail(engine).entries())[-1]
    assert (last.action, last.actor, last.reason) == ("posting withdrawn", "ann", "the register has changed back")
    assert plan(store).state == S.PLANNED


@pytest.mark.parametrize("state", [S.SENDING, S.UNKNOWN, S.POSTED])
def test_what_may_be_in_a_ledger_is_neither_withdrawn_nor_held(store: PostingStore, state: PostingState) -> None:
    reach(store, state)
    for take_back in (store.withdraw, store.hold):
        with pytest.raises(RecordsError, match=rf"is {state} and cannot be (withdrawn|held)"):
            take_back(KEY, "ann", "why")


def test_what_a_sender_is_about_to_send_is_not_withdrawn_under_its_hands(store: PostingStore, clock: Clock) -> None:
    plan(store)
    store.acquire(KEY, "me", 60)
    with pytest.raises(RecordsError, match="is being sent by me"):
        store.withdraw(KEY, "ann", "why")
    clock.advance(61)
    assert store.withdraw(KEY, "ann", "why").state == S.WITHDRAWN


def test_holding_says_why_and_asks_for_a_new_approval(store: PostingStore) -> None:
    reach(store, S.APPROVED)
    store.release(KEY, "me")
    held = store.hold(KEY, "run 7", "the period is closed")
    assert (held.state, held.hold_reason, held.approved_by) == (S.HELD, "the period is closed", None)


def test_a_rejected_document_keeps_its_approval_when_it_is_planned_again(store: PostingStore) -> None:
    reach(store, S.APPROVED)
    store.begin_send(KEY, "me", "d1")
    store.record_rejected(KEY, "me", error="the period is closed")
    assert plan(store, hold=True).state == S.APPROVED


def test_an_approval_needs_a_second_person_and_a_reason(store: PostingStore) -> None:
    held = plan(store, hold=True)
    for approver, reason in [("ann", "fine"), (" ANN", "fine"), ("bob", " "), ("", "fine")]:
        with pytest.raises(RecordsError, match="Fix: "):
            store.approve([held], approver, reason)
        assert stored(store).state == S.HELD
    (approved,) = store.approve([held], "bob", "fine")
    assert approved.state == S.APPROVED
    with pytest.raises(RecordsError, match="approved and cannot be approved"):
        store.approve([held], "bob", "fine")


def test_an_approval_is_of_what_was_seen(store: PostingStore) -> None:
    seen = plan(store, hold=True)
    plan(store, digest="d2", hold=True)
    with pytest.raises(RecordsError, match=r"planned anew since it was looked at.*Fix: "):
        store.approve([seen], "bob", "fine")
    assert stored(store).state == S.HELD


def test_documents_that_belong_together_are_approved_together_or_not_at_all(store: PostingStore) -> None:
    held, sent = plan(store, hold=True), plan(store, key=PostingKey("acme", "labor", "other", 1))
    with pytest.raises(RecordsError, match="planned and cannot be approved"):
        store.approve([held, sent], "bob", "fine")
    assert stored(store).state == S.HELD


# -- leases -----------------------------------------------------------------------------------------------------------


def test_one_sender_holds_the_lease_and_not_even_itself_twice(store: PostingStore, clock: Clock) -> None:
    plan(store)
    assert store.acquire(KEY, "me", 60)
    assert not store.acquire(KEY, "you", 60)
    assert not store.acquire(KEY, "me", 60)
    clock.advance(59.999)
    assert not store.acquire(KEY, "you", 60)
    clock.advance(0.001)
    assert store.acquire(KEY, "you", 60)


@pytest.mark.parametrize("state", [S.HELD, S.POSTED, S.REJECTED])
def test_there_is_no_lease_on_what_is_not_to_be_sent(store: PostingStore, state: PostingState) -> None:
    reach(store, state)
    assert not store.acquire(KEY, "you", 60)


def test_a_sender_that_died_leaves_an_unknown_as_of_the_end_of_its_lease(store: PostingStore, clock: Clock) -> None:
    reach(store, S.SENDING)
    clock.advance(3600)
    assert store.acquire(KEY, "you", 60)
    posting = stored(store)
    assert (posting.state, posting.unknown_since) == (S.UNKNOWN, START + timedelta(seconds=60))
    assert (posting.lease_owner, posting.last_error) == ("you", "The sender me did not come back.")
    (attempt,) = store.attempts(KEY)
    assert (attempt.sender, attempt.outcome, attempt.ended_at) == ("me", "unknown", clock.time)


@pytest.mark.parametrize("step", STEPS)
def test_who_lost_the_lease_changes_nothing_more(store: PostingStore, clock: Clock, step: str) -> None:
    reach(store, S.SENDING)
    clock.advance(60)
    store.acquire(KEY, "you", 60)
    before = stored(store)
    with pytest.raises(LeaseLostError, match=r"held by you, not by me.*Fix: "):
        getattr(store, step)(KEY, "me", **STEPS[step][1])
    assert stored(store) == before


def test_no_send_begins_under_a_lease_that_ran_out(store: PostingStore, clock: Clock) -> None:
    reach(store, S.APPROVED)
    clock.advance(60)
    with pytest.raises(LeaseLostError, match="ran out"):
        store.begin_send(KEY, "me", "d1")


def test_no_send_begins_of_other_content_than_planned(store: PostingStore) -> None:
    plan(store)
    store.acquire(KEY, "me", 60)
    plan(store, digest="d2")
    with pytest.raises(RecordsError, match="planned anew with other content"):
        store.begin_send(KEY, "me", "d1")
    assert store.attempts(KEY) == ()


# -- what stays on record ---------------------------------------------------------------------------------------------


def test_every_try_is_on_record_with_its_end(store: PostingStore, clock: Clock) -> None:
    reach(store, S.UNKNOWN)
    clock.advance(5)
    store.begin_send(KEY, "me", "d1")
    clock.advance(5)
    store.record_posted(KEY, "me", **RECEIPT)
    first, second = store.attempts(KEY)
    assert (first.attempt, first.outcome, first.error) == (1, "unknown", "lost")
    assert (second.attempt, second.outcome) == (2, "posted")
    assert (second.started_at, second.ended_at) == (START + timedelta(seconds=5), START + timedelta(seconds=10))
    assert first.control_id == second.control_id == stored(store).control_id


def test_an_adopted_document_settles_the_try_that_was_left_open(store: PostingStore) -> None:
    reach(store, S.UNKNOWN)
    store.record_posted(KEY, "me", **RECEIPT, adopted=True)
    assert [attempt.outcome for attempt in store.attempts(KEY)] == ["adopted"]


def test_posted_needs_a_key(store: PostingStore) -> None:
    reach(store, S.SENDING)
    with pytest.raises(RecordsError, match="holds no key"):
        store.record_posted(KEY, "me", ledger_key="", ledger_number="", ledger_state="")
    assert stored(store).state == S.SENDING


def test_a_reconciliation_is_kept_with_both_totals_in_the_trail(store: PostingStore, engine: Engine) -> None:
    reach(store, S.POSTED)
    store.record_reconciled(KEY, "ann", equal=False, detail={"register_cents": 500, "ledger_cents": 499})
    assert (stored(store).reconciled, stored(store).reconciled_at) == (False, START)
    last = list(AuditTrail(engine).entries())[-1]
    assert last.action == "posting not reconciled"
    assert '"ledger_cents":499' in last.detail
    with pytest.raises(RecordsError, match="planned and cannot be reconciled"):
        other = plan(store, key=PostingKey("hollis", "labor", "1041", 1))
        store.record_reconciled(other.key, "ann", equal=True)


def test_each_step_leaves_one_audit_row_with_who_and_why(store: PostingStore, engine: Engine) -> None:
    reach(store, S.APPROVED)
    store.begin_send(KEY, "me", "d1")
    store.record_unknown(KEY, "me", error="the reply was lost")
    store.record_posted(KEY, "me", **RECEIPT, adopted=True)
    entries = list(AuditTrail(engine).entries())
    assert [(entry.actor, entry.action, entry.reason) for entry in entries] == [
        ("ann", "posting held", ""),
        ("bob", "posting approved", "fine"),
        ("me", "posting sending", ""),
        ("me", "posting unknown", "the reply was lost"),
        ("me", "posting adopted", ""),
    ]
    assert {entry.subject for entry in entries} == {"hollis/labor/1040/r1"}
    assert [entry.before_digest for entry in entries] == ["", "d1", "d1", "d1", "d1"]


def test_a_step_that_dies_before_its_commit_leaves_neither_state_nor_audit_row(
    store: PostingStore, engine: Engine
) -> None:
    plan(store)
    store.acquire(KEY, "me", 60)
    before = stored(store)

    def die(_connection: object) -> None:
        raise Crash

    event.listen(engine, "commit", die)
    with pytest.raises(Crash):
        store.begin_send(KEY, "me", "d1")
    event.remove(engine, "commit", die)
    assert stored(store) == before
    assert store.attempts(KEY) == ()
    assert AuditTrail(engine).verify().checked_rows == 1


def test_lists_are_by_connection_and_state_and_leave_the_payload_out(store: PostingStore) -> None:
    reach(store, S.POSTED)
    plan(store, key=PostingKey("marr", "labor", "7", 1))
    assert [posting.key.connection for posting in store.list()] == ["hollis", "marr"]
    assert [posting.key.connection for posting in store.list("marr")] == ["marr"]
    (posted,) = store.list(states=[S.POSTED])
    assert (posted.key, posted.ledger_key, posted.payload) == (KEY, "1000", "")
    assert store.list("marr", [S.POSTED]) == []


# -- keys -------------------------------------------------------------------------------------------------------------


def test_the_control_id_follows_from_the_key_alone_and_never_meets_anothers() -> None:
    assert KEY.control_id == "hollis:labor:1040:r1"
    tricky = [PostingKey("a:b", "c", "d", 1), PostingKey("a", "b:c", "d", 1), PostingKey("a", "b", "c:d", 1)]
    assert len({key.control_id for key in tricky}) == 3


@pytest.mark.parametrize(
    "parts", [("", "labor", "1", 1), ("hollis", "", "1", 1), ("hollis", "labor", "", 1), ("hollis", "labor", "1", 0)]
)
def test_a_key_with_a_part_missing_is_refused(parts: tuple[str, str, str, int]) -> None:
    with pytest.raises(RecordsError, match="no posting key"):
        PostingKey(*parts)


def test_a_control_id_that_no_ledger_takes_is_refused_before_anything_is_stored() -> None:
    with pytest.raises(RecordsError, match="over 256 characters"):
        PostingKey("hollis", "labor", "1" * 250, 1)


def test_a_posting_has_the_columns_of_its_table_in_their_order() -> None:
    columns = [column.name for column in posting.c if column.name not in (*KEY_COLUMNS, "payload")]
    assert list(Posting._fields) == ["key", *columns, "payload"]
