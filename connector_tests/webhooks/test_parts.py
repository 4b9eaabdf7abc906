"""The parts of the receiver that need no socket: secrets that change, tokens that end, limits, batches."""

import asyncio
from collections.abc import Sequence

import pytest
from pydantic import SecretStr

from connector_assets.records.inbox import Notice
from connector_assets.webhooks.doorkeeper import SECRETS_KEPT_S, TOKEN_LIFETIME_S, Doorkeeper, ReceiverSecrets
from connector_assets.webhooks.limits import DEEPEST_JSON, SENDERS_COUNTED, RateLimit, is_too_deep
from connector_assets.webhooks.mailroom import Mailroom
from connector_tests.webhooks.conftest import CLIENT, SECRETS


def keeper(clock: list[float], secrets: list[ReceiverSecrets]) -> Doorkeeper:
    return Doorkeeper(lambda: secrets[0], lambda: clock[0])


def test_a_replaced_secret_opens_no_longer_and_the_new_one_does_without_a_restart() -> None:
    clock, secrets = [0.0], [ReceiverSecrets(api_key=SecretStr("old"))]
    door = keeper(clock, secrets)
    assert door.admits({"x-api-key": "old"})
    secrets[0] = ReceiverSecrets(api_key=SecretStr("new"))
    clock[0] += SECRETS_KEPT_S + 1
    assert not door.admits({"x-api-key": "old"})
    assert door.admits({"x-api-key": "new"})


def test_a_token_ends_and_dies_with_its_secret_and_works_at_another_receiver() -> None:
    clock, secrets = [1000.0], [SECRETS]
    door, other = keeper(clock, secrets), keeper(clock, secrets)
    token = door.token({}, CLIENT)
    assert token is not None
    bearer = {"authorization": f"Bearer {token}"}
    assert other.admits(bearer)
    expires, _, signature = token.partition(".")
    assert not door.admits({"authorization": f"Bearer {int(expires) + 9}.{signature}"})
    clock[0] += TOKEN_LIFETIME_S
    assert not door.admits(bearer)
    bearer = {"authorization": f"Bearer {door.token({}, CLIENT)}"}
    assert door.admits(bearer)
    secrets[0] = ReceiverSecrets(client_id=SecretStr(CLIENT["client_id"]), client_secret=SecretStr("another"))
    clock[0] += SECRETS_KEPT_S + 1
    assert not door.admits(bearer)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer ."}, {"authorization": "Basic Og=="}])
def test_without_secrets_nothing_opens(headers: dict[str, str]) -> None:
    assert not keeper([0.0], [ReceiverSecrets()]).admits(headers)
    assert keeper([0.0], [ReceiverSecrets()]).token({}, {"client_id": "", "client_secret": ""}) is None


def test_secrets_are_in_no_repr() -> None:
    assert "secret-word" not in repr(SECRETS)


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * DEEPEST_JSON + b"]" * DEEPEST_JSON, False),
        (b"[" * (DEEPEST_JSON + 1), True),
        (b'{"text": "' + b"[" * 50 + b'"}', False),
        (b'{"text": "a \\" ' + b"[" * 50 + b'"}', False),
        (b'{"text": "a \\\\", "b": ' + b"[" * 50, True),
        (b"[]" * 50, False),
    ],
)
def test_nesting_is_counted_outside_of_texts_only(body: bytes, deep: bool) -> None:
    assert is_too_deep(body) is deep


def test_the_count_of_senders_has_a_bound() -> None:
    limit = RateLimit(1, lambda: 0.0)
    assert [limit.wait_s(str(number)) for number in range(SENDERS_COUNTED)] == [0] * SENDERS_COUNTED
    assert [limit.wait_s("one more"), limit.wait_s("and another")] == [0, 60]


def notices(count: int) -> list[Notice]:
    return [Notice("paychex", str(number), "00C1", "", "") for number in range(count)]


def test_what_arrives_together_is_stored_together_in_order_and_answered_after() -> None:
    batches: list[list[str]] = []

    def store(given: Sequence[Notice]) -> list[bool]:
        batches.append([one.notification_id for one in given])
        return [one.notification_id != "3" for one in given]

    async def burst() -> list[bool]:
        room = Mailroom(store)
        return await asyncio.gather(*(room.put(one) for one in notices(700)))

    answers = asyncio.run(burst())
    assert [number for number, is_new in enumerate(answers) if not is_new] == [3]
    assert [one for batch in batches for one in batch] == [str(number) for number in range(700)]
    assert len(batches) <= 4


def test_a_batch_that_fails_fails_for_each_and_the_next_one_does_not() -> None:
    failing = [True]

    def store(given: Sequence[Notice]) -> list[bool]:
        if failing[0]:
            raise OSError("no room")
        return [True] * len(given)

    async def run() -> tuple[list[object], bool]:
        room = Mailroom(store)
        first = await asyncio.gather(*(room.put(one) for one in notices(3)), return_exceptions=True)
        failing[0] = False
        return list(first), await room.put(notices(1)[0])

    first, again = asyncio.run(run())
    assert [type(one) for one in first] == [OSError] * 3
    assert again
