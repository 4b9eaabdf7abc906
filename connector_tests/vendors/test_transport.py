"""What the transport sends, what it sends again, and what it lets a caller conclude. Over real sockets."""

import gzip
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from connector_assets.vendors.deadline import writing_while
from connector_assets.vendors.errors import OutcomeUnknownError, ProtocolError, UnavailableError, VendorError
from connector_assets.vendors.retry import Outcome, Verdict
from connector_assets.vendors.transport import Headers, Judge, Params, Reply, Transport
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, SeenRequest, json_reply

ScriptedServerFactory = Callable[[Script], AbstractContextManager[ScriptedServer]]
SECRET = "hush-hush-4711"
HTML = ScriptedReply(200, "<!DOCTYPE html><title>Gateway</title>", {"Content-Type": "text/html"})
OK = json_reply({"done": True})


def steady() -> float:
    return 0.0


def transport(
    waits: list[float] | None = None,
    *,
    read_s: float = 60.0,
    write_s: float = 60.0,
    max_body_bytes: int = 1_000_000,
    max_attempts: int = 3,
    now: Callable[[], float] = steady,
) -> Transport:
    waited = waits if waits is not None else []
    return Transport(
        "paychex",
        read_s=read_s,
        write_s=write_s,
        max_body_bytes=max_body_bytes,
        max_attempts=max_attempts,
        now=now,
        sleep=waited.append,
        jitter=steady,
    )


def read(sender: Transport, url: str, *, headers: Headers | None = None, params: Params | None = None) -> Reply:
    return sender.send("GET", url, operation="things", is_write=False, headers=headers, params=params)


def write(sender: Transport, url: str, *, judge: Judge | None = None) -> Reply:
    return sender.send("POST", url, operation="create thing", is_write=True, body="<thing/>", judge=judge)


def refused_url() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


def test_what_is_sent_is_what_was_given(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([OK, OK]) as server:
        sender = transport()
        sender.send(
            "POST",
            f"{server.url}/token",
            operation="token",
            is_write=False,
            headers={"X-Id": "7"},
            form={"grant_type": "client_credentials", "client_secret": "a&b=ü"},
        )
        reply = read(sender, f"{server.url}/things", params=[("status", "A"), ("status", "B")])
    token, things = server.requests
    assert (token.method, token.path, token.headers["X-Id"]) == ("POST", "/token", "7")
    assert token.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert token.form == {"grant_type": "client_credentials", "client_secret": "a&b=ü"}
    assert things.query == {"status": ["A", "B"]}
    assert "X-Id" not in things.headers
    assert (reply.status, reply.text, reply.media_type) == (200, '{"done": true}', "application/json")
    assert reply.headers["content-type"] == "application/json"
    assert sender.calls == {"paychex token": 1, "paychex things": 1}


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 406, 423])
def test_the_systems_own_answer_good_or_bad_goes_to_the_caller_after_one_request(
    scripted_server: ScriptedServerFactory, status: int
) -> None:
    with scripted_server([json_reply({}, status)]) as server:
        assert write(transport(), server.url).status == status


@pytest.mark.parametrize(
    "bad",
    [
        json_reply({}, 500),
        json_reply({}, 502),
        json_reply({}, 503),
        json_reply({}, 504),
        json_reply({}, 524),
        json_reply({}, 408),
        HTML,
        ScriptedReply(drops=True),
        ScriptedReply(200, '{"done": true}', cut_at_bytes=5),
        ScriptedReply(200, b"not gzip", {"Content-Encoding": "gzip"}),
    ],
)
def test_a_read_is_asked_again_and_a_write_is_not(scripted_server: ScriptedServerFactory, bad: ScriptedReply) -> None:
    waits: list[float] = []
    with scripted_server([bad, bad, OK]) as server:
        assert read(transport(waits), server.url).status == 200
    assert waits == [2.0, 4.0]
    with scripted_server([bad]) as server, pytest.raises(OutcomeUnknownError, match="Look it up"):
        write(transport(), server.url)


def test_429_is_waited_out_even_by_a_write_because_nothing_was_executed(
    scripted_server: ScriptedServerFactory,
) -> None:
    waits: list[float] = []
    with scripted_server([json_reply({}, 429), json_reply({}, 429, **{"Retry-After": "33"}), OK]) as server:
        sender = transport(waits)
        assert write(sender, server.url).status == 200
    assert waits == [5.0, 33.0]
    assert sender.calls["paychex create thing"] == 3


def test_a_write_turned_away_for_good_was_not_executed(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([json_reply({}, 429)] * 3) as server, pytest.raises(UnavailableError, match="3 attempts"):
        write(transport(), server.url)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (json_reply({}, 503), UnavailableError),
        (ScriptedReply(drops=True), UnavailableError),
        (HTML, ProtocolError),
        (ScriptedReply(200, '{"done": true}', cut_at_bytes=5), ProtocolError),
    ],
)
def test_a_read_that_never_gets_better(
    scripted_server: ScriptedServerFactory, bad: ScriptedReply, expected: type[VendorError]
) -> None:
    with scripted_server([bad] * 3) as server, pytest.raises(expected):
        read(transport(), server.url)


def test_a_write_whose_time_is_over_does_not_leave_and_a_read_does(scripted_server: ScriptedServerFactory) -> None:
    answers = iter([True, False])
    throttled = ScriptedReply(429, "", {})
    with scripted_server([throttled, OK]) as server:
        with writing_while(lambda: next(answers)), pytest.raises(UnavailableError, match="over before its first byte"):
            write(transport(), f"{server.url}/things")
        with writing_while(lambda: False):
            assert read(transport(), f"{server.url}/things").status == 200
    assert [request.method for request in server.requests] == ["POST", "GET"]


def test_a_refused_connection_proves_that_a_write_was_not_executed() -> None:
    waits: list[float] = []
    sender = transport(waits)
    with pytest.raises(UnavailableError, match=r"not sent: ConnectionRefusedError.*3 attempts"):
        write(sender, refused_url())
    assert waits == [2.0, 4.0]
    assert not sender.calls


def test_a_system_that_is_away_is_waited_for_once_and_not_once_for_every_call(
    scripted_server: ScriptedServerFactory,
) -> None:
    """Fifteen snapshots of a system that is down take one round of waiting; what comes back is patient again."""
    waits: list[float] = []
    sender, nowhere = transport(waits), refused_url()
    with pytest.raises(UnavailableError, match=r"\(3 attempts\)"):
        read(sender, nowhere)
    for call in (read, write, read):
        with pytest.raises(UnavailableError, match=r"one attempt, for it was away just before"):
            call(sender, nowhere)
    assert len(waits) == 2
    with scripted_server([ScriptedReply(503, "busy"), OK, OK]) as server:
        with pytest.raises(UnavailableError, match=r"HTTP 503 \(one attempt"):
            read(sender, server.url)
        assert read(sender, server.url).status == 200
    with pytest.raises(UnavailableError, match=r"\(3 attempts\)"):
        read(sender, nowhere)
    assert len(waits) == 4


def test_a_look_up_after_a_lost_write_is_patient(scripted_server: ScriptedServerFactory) -> None:
    broken = ScriptedReply(500, "broken")
    with scripted_server([broken, broken, broken, OK]) as server:
        sender = transport()
        with pytest.raises(OutcomeUnknownError):
            write(sender, server.url)
        assert read(sender, server.url).status == 200
    assert len(server.requests) == 4


def test_an_unknown_host_proves_that_a_write_was_not_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_host(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    with pytest.raises(UnavailableError, match=r"not sent: .*Name or service not known"):
        write(transport(), "https://ledger.example/")


def test_a_failed_tls_handshake_proves_that_a_write_was_not_executed(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([]) as server, pytest.raises(UnavailableError, match="not sent: SSL"):
        write(transport(), server.url.replace("http://", "https://"))
    assert server.requests == []


def test_a_timeout_after_the_request_was_sent_is_unknown_for_a_write(scripted_server: ScriptedServerFactory) -> None:
    never = threading.Event()
    with scripted_server([ScriptedReply(hold=never)]) as server:
        sender = transport(write_s=0.05)
        with pytest.raises(OutcomeUnknownError, match=r"lost: \w*Timeout"):
            write(sender, server.url)
        never.set()
    assert sender.calls["paychex create thing"] == 1
    assert len(server.requests) == 1


def test_a_read_is_given_up_sooner_than_a_write_and_asked_again(scripted_server: ScriptedServerFactory) -> None:
    never = threading.Event()
    with scripted_server([ScriptedReply(hold=never), OK]) as server:
        assert read(transport(read_s=0.05, write_s=60.0), server.url).status == 200
        never.set()
    assert len(server.requests) == 2


def test_a_request_after_one_on_the_same_connection_counts_as_sent(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([OK, ScriptedReply(drops=True)]) as server:
        sender = transport()
        write(sender, server.url)
        with pytest.raises(OutcomeUnknownError):
            write(sender, server.url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(scripted_server: ScriptedServerFactory, status: int) -> None:
    away = ScriptedReply(status, headers={"Location": "/elsewhere"})
    with scripted_server([away]) as server, pytest.raises(ProtocolError, match="redirect"):
        read(transport(), server.url)
    with scripted_server([away]) as server, pytest.raises(OutcomeUnknownError):
        write(transport(), server.url)


def test_a_body_over_the_limit_is_not_read_to_its_end(scripted_server: ScriptedServerFactory) -> None:
    bomb = ScriptedReply(200, gzip.compress(b"0" * 5_000_000), {"Content-Encoding": "gzip"})
    with scripted_server([bomb]) as server, pytest.raises(ProtocolError, match="larger than 1000 bytes"):
        read(transport(max_body_bytes=1000), server.url)


def test_a_body_that_trickles_longer_than_the_read_timeout_is_given_up(
    scripted_server: ScriptedServerFactory,
) -> None:
    clock = iter(range(0, 10_000, 100))
    with scripted_server([OK]) as server, pytest.raises(ProtocolError, match="did not end within 60 s"):
        read(transport(now=lambda: float(next(clock)), max_attempts=1), server.url)


def test_the_vendors_judge_decides_first_and_may_leave_a_reply_to_the_rule_by_status(
    scripted_server: ScriptedServerFactory,
) -> None:
    def judge(reply: Reply) -> Verdict | None:
        return Verdict(Outcome.BUSY, "GW-0010", "REQ-9") if b"GW-0010" in reply.content else None

    busy = ScriptedReply(200, "<errorno>GW-0010</errorno>")
    with scripted_server([busy, OK]) as server:
        assert write(transport(), server.url, judge=judge).status == 200
    with scripted_server([busy] * 3) as server, pytest.raises(UnavailableError, match="GW-0010") as caught:
        write(transport(), server.url, judge=judge)
    assert caught.value.reference == "REQ-9"
    with scripted_server([json_reply({}, 500)]) as server, pytest.raises(OutcomeUnknownError):
        write(transport(), server.url, judge=judge)


def test_headers_given_as_a_function_are_made_anew_for_every_attempt(scripted_server: ScriptedServerFactory) -> None:
    ids = iter(("first", "second"))

    def headers() -> Mapping[str, str]:
        return {"X-Correlation": next(ids)}

    with scripted_server([json_reply({}, 503), OK]) as server:
        read(transport(), server.url, headers=headers)
    assert [request.headers["X-Correlation"] for request in server.requests] == ["first", "second"]


@pytest.mark.parametrize("bad", [json_reply({"e": SECRET}, 500), ScriptedReply(drops=True), HTML])
def test_no_error_and_no_log_line_holds_a_secret(
    scripted_server: ScriptedServerFactory, bad: ScriptedReply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="connector_assets")
    with scripted_server([bad] * 3) as server, pytest.raises(VendorError) as caught:
        sender = transport()
        sender.send(
            "POST",
            server.url.replace("127", f"user:{SECRET}@127"),
            operation="token",
            is_write=False,
            headers={"Authorization": f"Bearer {SECRET}"},
            params={"q": SECRET},
            form={"client_secret": SECRET},
        )
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert caught.value.__context__ is None
    assert "token" in caplog.text


def test_a_secret_that_no_header_can_hold_is_refused_without_being_quoted() -> None:
    with pytest.raises(UnavailableError, match="line breaks") as caught:
        read(transport(), refused_url(), headers={"Authorization": f"Bearer {SECRET}\n"})
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url", ["http://api.example.com/", "ftp://127.0.0.1/", "api.example.com", "http:///x", "https://[::1"]
)
def test_credentials_never_travel_in_clear_text_to_another_machine(url: str) -> None:
    with pytest.raises(UnavailableError, match="TLS only"):
        read(transport(), url)


def test_a_proxy_in_the_environment_does_not_come_between_us_and_this_machine(
    scripted_server: ScriptedServerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", refused_url())
    with scripted_server([OK]) as server:
        assert read(transport(), server.url).status == 200


def test_a_proxy_that_refuses_the_tunnel_proves_that_a_write_was_not_executed(
    scripted_server: ScriptedServerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_server([]) as proxy:  # it speaks no CONNECT and answers 501
        monkeypatch.setenv("https_proxy", proxy.url)
        sender = transport()
        with pytest.raises(UnavailableError, match="not sent"):
            write(sender, "https://ledger.example/")
    assert not sender.calls


def test_cookies_are_not_kept(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([json_reply({}, 200, **{"Set-Cookie": "node=3"}), OK]) as server:
        sender = transport()
        read(sender, server.url)
        read(sender, server.url)
    assert "Cookie" not in server.requests[1].headers


def test_several_threads_share_one_transport(scripted_server: ScriptedServerFactory) -> None:
    def echo(request: SeenRequest) -> ScriptedReply:
        return ScriptedReply(200, request.path)

    with scripted_server([echo] * 40) as server, ThreadPoolExecutor(4) as pool:
        sender = transport()
        texts = list(pool.map(lambda number: read(sender, f"{server.url}/{number}").text, range(40)))
    assert texts == [f"/{number}" for number in range(40)]
    assert sender.calls == {"paychex things": 40}
