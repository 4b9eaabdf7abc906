"""Notifications of the simulated Paychex: what makes one, how it authenticates, and how it fails (paychex.md 4)."""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import ANNA, LLC, NEW_JERSEY, OPEN_PERIOD, PAID_PERIOD

BASIC = {"authType": "BASIC_AUTH", "username": "hook", "password": "word"}


@dataclass
class Receiver:
    """A plain HTTP server that notes what comes and answers as it is told, 200 by default."""

    root: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    tokens: list[dict[str, list[str]]] = field(default_factory=list)
    answers: deque[int] = field(default_factory=deque)
    arrived: threading.Event = field(default_factory=threading.Event)

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if path == "/token":
            self.tokens.append(parse_qs(body.decode()))
            return 200, json.dumps({"access_token": f"T{len(self.tokens)}"}).encode()
        self.bodies.append(json.loads(body))
        self.headers.append(headers)
        self.arrived.set()
        return (self.answers.popleft() if self.answers else 200), b"{}"

    def ids(self) -> list[object]:
        return [body["notificationId"] for body in self.bodies]

    def told(self) -> list[tuple[object, object]]:
        return [(body["domains"][0], body["action"]) for body in self.bodies]  # type: ignore[index] # a list of one


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = found.take(self.path, body, {key.lower(): value for key, value in self.headers.items()})
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    found.root = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()


def register(peer: Peer, receiver: Receiver, *domains: str, **changes: object) -> None:
    """Register a hook; deliveries wait for an admin call."""
    peer.switch("hook_delivery", "by_admin")
    hook = {"uri": f"{receiver.root}/in", "domains": domains or ["CLT_PYRN"], "authentication": BASIC, **changes}
    reply = peer.session.post(f"{peer.root}/paychex/management/hooks", json=hook)
    assert reply.status_code == 201, reply.text


def deliver(peer: Peer) -> tuple[int, int, int]:
    """Send what is due: delivered, refused, still waiting."""
    counts = peer.admin("/paychex/hooks/deliver").json()
    return counts["delivered"], counts["refused"], counts["waiting"]


def bad(peer: Peer, fault: str, **params: object) -> None:
    """Let the next notification go wrong."""
    reply = peer.admin("/faults", system="paychex_hooks", fault=fault, params=params)
    assert reply.status_code == 200, reply.text


def finish(peer: Peer) -> None:
    """The open pay period of the first company is processed."""
    assert peer.office("/periods/advance", pay_period_id=OPEN_PERIOD, to="COMPLETED").status_code == 200


def test_a_completed_pay_run_is_told_by_ids_alone(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver)
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD)
    assert deliver(peer) == (0, 0, 0)
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD)
    assert deliver(peer) == (1, 0, 0)
    (body,) = receiver.bodies
    assert body.pop("notificationId")
    assert body == {
        "companyId": LLC,
        "payperiodId": OPEN_PERIOD,
        "asOfDate": "2026-01-05T12:00:00.000+00:00",
        "domains": ["CLT_PYRN"],
        "action": "PAYRUN_COMPLETED",
        "notificationType": "PAYRUN_MESSAGE",
    }


def test_a_worker_is_told_in_the_domain_of_what_changed(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver, "WRKR_DEM", "WRKR_EMPL", "WRKR_ASGN", "WRKR_ADD", "CLT_ORG")
    peer.office("/workers/change", worker_id=ANNA, title="Principal")
    peer.office("/workers/change", worker_id=ANNA, family_name="Married", exemption_type="EXEMPT")
    peer.office("/workers/hire", given_name="Dora", family_name="Canary", hire_date="2026-01-05")
    peer.office("/units", kind="organization", unit_id="970001701620697", fields={"name": "600", "number": "600"})
    deliver(peer)
    changes = [("WRKR_ASGN", "UPDATE"), ("WRKR_DEM", "UPDATE"), ("WRKR_EMPL", "UPDATE")]
    assert receiver.told()[:5] == [*changes, ("WRKR_ADD", "ADD"), ("WRKR_EMPL", "ADD")]
    assert [body.get("workerId") for body in receiver.bodies[:3]] == [ANNA] * 3
    assert "Canary" not in json.dumps(receiver.bodies)


def test_a_hook_hears_of_its_own_company_and_domains(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver, companyId=NEW_JERSEY)
    finish(peer)
    peer.admin("/paychex/hooks/notify", company_id=NEW_JERSEY, domain="CLT_DEM")
    assert deliver(peer) == (0, 0, 0)
    peer.admin("/paychex/hooks/notify", company_id=NEW_JERSEY, domain="CLT_PYRN", pay_period_id="1")
    assert deliver(peer) == (1, 0, 0)


@pytest.mark.parametrize("header", ["X-API-Key", "apikey", "Authorization"])
def test_an_api_key_in_the_header_of_the_switch(peer: Peer, receiver: Receiver, header: str) -> None:
    peer.switch("hook_api_key_header", header)
    register(peer, receiver, authentication={"authType": "API_KEY", "apiKey": "the-key"})
    finish(peer)
    deliver(peer)
    assert receiver.headers[0][header.lower()] == "the-key"


def test_http_basic(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver)
    finish(peer)
    deliver(peer)
    assert base64.b64decode(receiver.headers[0]["authorization"].removeprefix("Basic ")) == b"hook:word"


@pytest.mark.parametrize("auth_type", ["OAUTH2", "OAUTH2_BASIC"])
def test_a_token_is_fetched_once_and_again_when_it_is_refused(peer: Peer, receiver: Receiver, auth_type: str) -> None:
    oauth = {"tokenUrl": f"{receiver.root}/token", "clientId": "me", "clientSecret": "word"}
    register(peer, receiver, authentication={"authType": auth_type, **oauth})
    finish(peer)
    receiver.answers.extend([401, 200])
    assert deliver(peer) == (1, 0, 0)
    assert [one["authorization"] for one in receiver.headers] == ["Bearer T1", "Bearer T2"]
    assert ("client_secret" in receiver.tokens[0]) is (auth_type == "OAUTH2")


def test_whatever_is_not_2xx_is_sent_again_every_five_minutes_until_it_is(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver)
    finish(peer)
    receiver.answers.extend([503, 400])
    assert deliver(peer) == (0, 1, 1)
    peer.clock.advance(299)
    assert deliver(peer) == (0, 0, 1)
    peer.clock.advance(1)
    assert deliver(peer) == (0, 1, 1)
    peer.clock.advance(300)
    assert deliver(peer) == (1, 0, 0)
    assert len(set(receiver.ids())) == 1
    assert len(receiver.ids()) == 3


def test_a_refused_one_keeps_later_ones_back_only_in_a_queue(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver, "CLT_DEM")
    for queue, delivered in (("independent", 1), ("blocking", 0)):
        peer.switch("hook_queue", queue)
        for _ in range(2):
            peer.office("/hooks/notify", domain="CLT_DEM")
        receiver.answers.append(500)
        assert deliver(peer)[:2] == (delivered, 1)
        peer.clock.advance(300)
        deliver(peer)
    assert deliver(peer) == (0, 0, 0)


def test_lost_doubled_late_and_overtaken(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver, "CLT_DEM", "CLT_ORG")
    bad(peer, "lose")
    peer.office("/hooks/notify", domain="CLT_DEM")
    assert deliver(peer) == (0, 0, 0)
    bad(peer, "duplicate", copies=3)
    peer.office("/hooks/notify", domain="CLT_DEM")
    assert deliver(peer) == (3, 0, 0)
    assert len(set(receiver.ids())) == 1
    bad(peer, "delay", delay_s=60)
    peer.office("/hooks/notify", domain="CLT_DEM")
    assert deliver(peer) == (0, 0, 1)
    peer.clock.advance(60)
    assert deliver(peer) == (1, 0, 0)
    bad(peer, "reorder")
    peer.office("/hooks/notify", domain="CLT_DEM")
    assert deliver(peer) == (0, 0, 1)
    peer.office("/hooks/notify", domain="CLT_ORG")
    assert deliver(peer) == (2, 0, 0)
    assert [domain for domain, _ in receiver.told()[-2:]] == ["CLT_ORG", "CLT_DEM"]


@pytest.mark.parametrize(("switch", "count"), [("reversal", 1), ("both", 2), ("none", 0)])
def test_a_reversal_tells_of_the_runs_that_the_switch_says(
    peer: Peer, receiver: Receiver, switch: str, count: int
) -> None:
    peer.switch("reversal_notice", switch)
    register(peer, receiver)
    peer.office("/periods/reverse", pay_period_id=PAID_PERIOD)
    deliver(peer)
    assert len(receiver.bodies) == count


def test_the_background_delivers_by_itself(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver)
    peer.switch("hook_delivery", "background")
    finish(peer)
    assert receiver.arrived.wait(20)
    assert receiver.told() == [("CLT_PYRN", "PAYRUN_COMPLETED")]


def test_another_machine_is_never_called(peer: Peer, receiver: Receiver) -> None:
    register(peer, receiver, uri="http://198.51.100.7/in")
    finish(peer)
    assert deliver(peer) == (0, 1, 1)
    row = peer.session.get(f"{peer.root}/admin/paychex/hooks/outbox").json()[0]
    assert (row["state"], row["answer"]) == ("queued", "ValueError")


@pytest.mark.parametrize("word", ["API_KEY", "APIKEY"])
def test_one_spelling_of_the_api_key_may_be_refused(peer: Peer, receiver: Receiver, word: str) -> None:
    peer.switch("hook_api_key_word", word)
    for tried in ("API_KEY", "APIKEY"):
        hook = {
            "uri": f"{receiver.root}/in",
            "domains": ["CLT_PYRN"],
            "authentication": {"authType": tried, "apiKey": "k"},
        }
        reply = peer.session.post(f"{peer.root}/paychex/management/hooks", json=hook)
        assert reply.status_code == (201 if tried == word else 400)
