"""The inbox: each notification once, in order of arrival, every subscriber on its own, given up and replayed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from connector_assets.records.audit import AuditTrail
from connector_assets.records.errors import RecordsError
from connector_assets.records.inbox import KEEP_DAYS, RETRY_AFTER_S, DeliveryState, Inbox, Notice, Subscription
from connector_tests.records.doubles import Clock

ACME = Subscription("acme", "paychex", "00C1")
VISMA = Subscription("acme_visma", "paychex", "00C1")
OTHER = Subscription("other", "paychex", "00C2")


def notice(number: int, account: str = "00C1", **changes: str) -> Notice:
    fields = {"topics": "WRKR_EMPL", "action": "UPDATE", "subject_kind": "worker", "subject_id": f"00W{number}"}
    return Notice("paychex", f"n-{number}", account, **{**fields, **changes})


def ids(inbox: Inbox, subscription: Subscription) -> list[str]:
    return [one.notification_id for one in inbox.waiting(subscription)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(engine: Engine, clock: Clock) -> Inbox:
    return Inbox(engine, clock)


def test_a_notification_is_kept_once_by_its_id_and_the_first_wins(inbox: Inbox) -> None:
    assert inbox.store([notice(1), notice(2), notice(1)]) == [True, True, False]
    assert inbox.store([notice(2, action="DELETE"), notice(3)]) == [False, True]
    assert [one.action for one in inbox.received("paychex")] == ["UPDATE"] * 3
    assert ids(inbox, ACME) == ["n-1", "n-2", "n-3"]


def test_every_subscriber_stands_alone_and_sees_its_own_account(inbox: Inbox) -> None:
    inbox.store([notice(1), notice(2, "00C2"), notice(3)])
    inbox.drain("acme", [one.sequence for one in inbox.waiting(ACME)])
    assert (ids(inbox, ACME), ids(inbox, VISMA), ids(inbox, OTHER)) == ([], ["n-1", "n-3"], ["n-2"])
    assert inbox.counts(ACME) == {DeliveryState.NEW: 0, DeliveryState.DRAINED: 2, DeliveryState.DEAD: 0}
    assert inbox.counts(VISMA)[DeliveryState.NEW] == 2


def test_what_fails_waits_longer_each_time_and_is_given_up_with_its_reason(inbox: Inbox, clock: Clock) -> None:
    inbox.store([notice(1), notice(2)])
    first = inbox.waiting(ACME)[0].sequence
    for wait_s in RETRY_AFTER_S:
        assert inbox.fail("acme", [first], "no such worker") == []
        clock.advance(wait_s - 1)
        assert ids(inbox, ACME) == ["n-2"]
        clock.advance(1)
        assert ids(inbox, ACME) == ["n-1", "n-2"]
    assert inbox.fail("acme", [first], "no such worker") == [first]
    clock.advance(10**6)
    assert ids(inbox, ACME) == ["n-2"]
    (dead,) = inbox.dead("acme")
    assert (dead.notification_id, dead.reason, dead.attempts) == ("n-1", "no such worker", len(RETRY_AFTER_S) + 1)
    assert inbox.dead("acme_visma") == []


def test_a_person_replays_and_the_trail_says_so(inbox: Inbox, engine: Engine) -> None:
    inbox.store([notice(1)])
    for _ in range(len(RETRY_AFTER_S) + 1):
        inbox.fail("acme", [1], "it is poisoned")
    assert inbox.replay("acme", ["n-1"], actor="dana", reason="mended") == 1
    (again,) = inbox.waiting(ACME)
    assert (again.state, again.attempts, again.reason) == (DeliveryState.NEW, 0, "")
    (entry,) = AuditTrail(engine).entries()
    assert (entry.actor, entry.action, entry.reason) == ("dana", "notification replayed", "mended")
    assert entry.subject == "acme/paychex/notification/n-1"


def test_an_unknown_id_is_not_replayed_and_nothing_else_is(inbox: Inbox, engine: Engine) -> None:
    inbox.store([notice(1), notice(2)])
    inbox.drain("acme", [1])
    with pytest.raises(RecordsError, match=r"n-9.*webhooks dead acme"):
        inbox.replay("acme", ["n-1", "n-9"], actor="dana", reason="")
    with pytest.raises(RecordsError, match="n-2"):
        inbox.replay("acme", ["n-2"], actor="dana", reason="")
    assert ids(inbox, ACME) == ["n-2"]
    assert not list(AuditTrail(engine).entries())


def test_many_senders_at_once_keep_each_notification_once_and_in_one_order(inbox: Inbox) -> None:
    def send(start: int) -> int:
        return sum(sum(inbox.store([notice(number)])) for number in range(start, start + 20))

    with ThreadPoolExecutor(4) as pool:
        stored = sum(pool.map(send, (0, 10, 20, 0)))
    kept = [one.sequence for one in inbox.waiting(ACME)]
    assert (stored, kept) == (40, list(range(1, 41)))


def test_the_next_try_is_the_one_due_first(inbox: Inbox, clock: Clock) -> None:
    inbox.store([notice(1), notice(2)])
    assert inbox.next_try(ACME) is None
    inbox.fail("acme", [1], "later")
    clock.advance(30)
    inbox.fail("acme", [2], "latest")
    found = inbox.next_try(ACME)
    assert found is not None
    assert (found.notification_id, found.reason) == ("n-1", "later")


def test_what_is_older_than_a_quarter_is_forgotten_with_its_states(inbox: Inbox, clock: Clock) -> None:
    inbox.store([notice(number) for number in range(999)])
    inbox.drain("acme", range(1, 500))
    clock.advance((KEEP_DAYS + 1) * 86_400)
    inbox.store([notice(number) for number in range(1000, 1003)])
    assert ids(inbox, ACME) == ["n-1000", "n-1001", "n-1002"]
    assert inbox.counts(ACME)[DeliveryState.DRAINED] == 0


@pytest.mark.parametrize("act", [lambda inbox: inbox.drain("acme", []), lambda inbox: inbox.fail("acme", [], "")])
def test_nothing_to_note_is_no_error(inbox: Inbox, act: Callable[[Inbox], object]) -> None:
    act(inbox)
    assert inbox.store([]) == []
    assert inbox.is_empty("paychex")
