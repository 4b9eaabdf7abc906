"""Tokens by client credentials: how they are asked for, how long they are kept, and what a refusal says."""

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from connector_assets.vendors.errors import CredentialError, ProtocolError, UnavailableError
from connector_assets.vendors.oauth import ClientCredentials
from connector_assets.vendors.transport import Reply, Transport
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, SeenRequest, json_reply

ScriptedServerFactory = Callable[[Script], AbstractContextManager[ScriptedServer]]
SECRET = "the-secret-4711"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def __call__(self) -> float:
        return self.time_s


def token_reply(token: str, expires_in: object = 3599) -> ScriptedReply:
    return json_reply({"access_token": token, "token_type": "Bearer", "expires_in": expires_in, "scope": "oob"})


def credentials(url: str, clock: Clock | None = None) -> ClientCredentials:
    transport = Transport("paychex", sleep=lambda _: None, jitter=lambda: 0.0, now=clock or Clock(), max_attempts=2)
    return ClientCredentials(
        transport,
        token_url=f"{url}/auth/oauth/v2/token",
        client_id="the-id",
        client_secret=SECRET,
        credential="paychex client_id and client_secret",
    )


def test_key_and_secret_travel_in_the_form_body_and_nowhere_else(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([token_reply("T1")]) as server:
        assert credentials(server.url).token() == "T1"
    request = server.requests[0]
    assert (request.method, request.path, request.query) == ("POST", "/auth/oauth/v2/token", {})
    assert request.form == {"grant_type": "client_credentials", "client_id": "the-id", "client_secret": SECRET}
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("expires_in", "kept_s"),
    [(3599, 3479), ("3599", 3479), (600, 480), ("600", 480), (100, 50), (None, 480), ("soon", 480), ("nan", 480)],
)
def test_a_token_is_kept_until_shortly_before_it_ends(
    scripted_server: ScriptedServerFactory, expires_in: object, kept_s: int
) -> None:
    clock = Clock()
    with scripted_server([token_reply("T1", expires_in), token_reply("T2")]) as server:
        tokens = credentials(server.url, clock)
        assert tokens.token() == "T1"
        clock.time_s = kept_s - 1.0
        assert tokens.token() == "T1"
        clock.time_s = float(kept_s)
        assert tokens.token() == "T2"


def test_a_lifetime_that_is_already_over_is_asked_for_anew_each_time(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([token_reply("T1", -5), token_reply("T2")]) as server:
        tokens = credentials(server.url)
        assert [tokens.token(), tokens.token()] == ["T1", "T2"]


def test_many_threads_ask_once(scripted_server: ScriptedServerFactory) -> None:
    opened = threading.Event()

    def slowly(_: SeenRequest) -> ScriptedReply:
        opened.wait(5)
        return token_reply("T1")

    with scripted_server([slowly]) as server, ThreadPoolExecutor(8) as pool:
        tokens = credentials(server.url)
        answers = [pool.submit(tokens.token) for _ in range(8)]
        opened.set()
        assert {answer.result() for answer in answers} == {"T1"}
    assert len(server.requests) == 1


def test_many_threads_refused_the_same_token_renew_it_once(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([token_reply("T1"), token_reply("T2")]) as server, ThreadPoolExecutor(8) as pool:
        tokens = credentials(server.url)
        refused = tokens.token()
        assert set(pool.map(lambda _: tokens.renewed(refused), range(8))) == {"T2"}


def test_a_401_is_answered_with_one_renewal_and_one_retry(scripted_server: ScriptedServerFactory) -> None:
    used: list[str] = []

    def send(token: str) -> Reply:
        used.append(token)
        return Reply(401 if token == "T1" else 200, {}, b"")

    with scripted_server([token_reply("T1"), token_reply("T2")]) as server:
        assert credentials(server.url).call(send).status == 200
    assert used == ["T1", "T2"]


def test_a_second_401_is_handed_back_without_a_third_try(scripted_server: ScriptedServerFactory) -> None:
    used: list[str] = []

    def send(token: str) -> Reply:
        used.append(token)
        return Reply(401, {}, b"")

    with scripted_server([token_reply("T1"), token_reply("T2")]) as server:
        assert credentials(server.url).call(send).status == 401
    assert used == ["T1", "T2"]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (json_reply({"error": "invalid_client", "error_description": f"bad {SECRET}"}, 401), r"HTTP 401 \(invalid_cli"),
        (json_reply({"error": f"no {SECRET}"}, 400), "HTTP 400"),
        (ScriptedReply(403, "<html>Forbidden</html>", {"Content-Type": "text/html"}), "HTTP 403"),
        (ScriptedReply(401, ""), "HTTP 401"),
    ],
)
def test_a_refusal_names_the_credential_to_correct_and_repeats_no_secret(
    scripted_server: ScriptedServerFactory, refusal: ScriptedReply, said: str
) -> None:
    with scripted_server([refusal]) as server, pytest.raises(CredentialError, match=said) as caught:
        credentials(server.url).token()
    assert "paychex client_id and client_secret" in caught.value.fix
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "strange",
    [
        json_reply({"token": "T1"}),
        json_reply([]),
        json_reply({"access_token": ""}),
        ScriptedReply(200, "{"),
        ScriptedReply(200, "[" * 100_000),
        json_reply({}, 404),
    ],
)
def test_an_answer_without_a_token_points_at_the_base_url(
    scripted_server: ScriptedServerFactory, strange: ScriptedReply
) -> None:
    with scripted_server([strange]) as server, pytest.raises(ProtocolError, match="base URL") as caught:
        credentials(server.url).token()
    assert caught.value.__context__ is None


def test_a_token_endpoint_that_is_down_is_tried_again(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([json_reply({}, 503), token_reply("T1")]) as server:
        assert credentials(server.url).token() == "T1"
    with scripted_server([json_reply({}, 503)] * 2) as server, pytest.raises(UnavailableError):
        credentials(server.url).token()


def test_a_failed_renewal_leaves_no_old_token_behind(scripted_server: ScriptedServerFactory) -> None:
    refusal = json_reply({"error": "invalid_client"}, 401)
    with scripted_server([token_reply("T1"), refusal, token_reply("T3")]) as server:
        tokens = credentials(server.url)
        with pytest.raises(CredentialError):
            tokens.renewed(tokens.token())
        assert tokens.token() == "T3"
