"""The receiver over real sockets: what it stores, what it refuses and in which words, and that it stores no forgery."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from connector_assets.records.database import open_database
from connector_assets.records.inbox import Inbox
from connector_assets.settings import ConfigError
from connector_assets.webhooks.doorkeeper import ReceiverSecrets
from connector_assets.webhooks.limits import LARGEST_HEAD_BYTES
from connector_assets.webhooks.receiver import create_receiver, running_receiver
from connector_tests.webhooks.conftest import (
    API_KEY,
    BASIC,
    CLIENT,
    COMPANY,
    EVERY_SECRET,
    SECRETS,
    Gate,
    notification,
    settings_of,
)

DOMAINS = (
    *("WRKR_DEM", "WRKR_EMPL", "WRKR_ADD", "WRKR_ASGN", "WRKR_CMP", "WRKR_TAX", "NET_PAY_DSTRB", "WRKR_SHIFT"),
    *("CLT_DEM", "CLT_ORG", "CLT_PAY_COMP", "CLT_PYRN", "CLT_ACCESS", "CLT_PROD", "USR_CONSENT", "CLT_VEND_PYMT"),
    *("PAY_PERIOD", "A_DOMAIN_OF_2031"),
)


def refused(reply: requests.Response, status: int) -> str:
    """The words of a refusal, which names the fix and repeats no secret."""
    assert reply.status_code == status, reply.text
    body = reply.json()
    assert body["error"]
    assert body["fix"]
    assert not [secret for secret in EVERY_SECRET if secret in reply.text]
    return f"{body['error']} {body['fix']}"


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_is_taken_even_one_that_nobody_knows_yet(gate: Gate, domain: str) -> None:
    assert gate.post(notification(domains=[domain])).json() == {"stored": "new"}
    assert [one.topics for one in gate.stored()] == [domain]


def test_a_notification_is_stored_once_and_acknowledged_each_time(gate: Gate) -> None:
    answers = [gate.post(notification(number)).json()["stored"] for number in (1, 2, 1, 2, 3)]
    assert answers == ["new", "new", "known", "known", "new"]
    assert [one.notification_id[-1] for one in gate.stored()] == ["1", "2", "3"]


def test_a_completed_pay_run_is_about_its_pay_period(gate: Gate) -> None:
    run = notification(domains=["CLT_PYRN"], action="PAYRUN_COMPLETED", payperiodId="850000524255999", workerId=None)
    assert gate.post(run).ok
    (kept,) = gate.stored()
    assert (kept.account, kept.subject_kind, kept.subject_id) == (COMPANY, "pay_run", "850000524255999")
    assert (kept.action, kept.occurred_at) == ("PAYRUN_COMPLETED", "2026-04-01T18:22:05.000+00:00")


def test_nothing_beyond_the_allow_list_is_kept(gate: Gate) -> None:
    canaries: dict[str, object] = {
        "legalId": "900-45-6789",
        "birthDate": "1979-09-17",
        "name": {"familyName": "Canary"},
    }
    assert gate.post({**notification(action="Canary <b>", asOfDate="Canary", domains=["Canary domain"]), **canaries}).ok
    (kept,) = gate.stored()
    assert (kept.action, kept.occurred_at, kept.topics) == ("", "", "")
    folder = Path(str(gate.engine.url.database)).parent
    files = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert COMPANY.encode() in files
    assert not [word for word in (b"900-45", b"1979-09", b"Canary") if word in files]


@pytest.mark.parametrize(
    "header", ["X-API-Key", "Api-Key", "apikey", "Authorization"], ids=lambda name: f"key in {name}"
)
def test_an_api_key_is_taken_from_whichever_header_it_comes_in(gate: Gate, header: str) -> None:
    assert gate.post(notification(), auth=None, headers={header: API_KEY}).ok


@pytest.mark.parametrize("way", ["body", "basic"])
def test_oauth_the_sender_fetches_a_token_here_and_shows_it(gate: Gate, way: str) -> None:
    form = {"grant_type": "client_credentials", **(CLIENT if way == "body" else {})}
    auth = None if way == "body" else (CLIENT["client_id"], CLIENT["client_secret"])
    token = gate.http.post(f"{gate.root}/oauth/token", data=form, auth=auth).json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert gate.post(notification(), auth=None, headers=bearer).ok
    assert len(gate.stored()) == 1


FORGERIES: dict[str, dict[str, object]] = {
    "nothing": {"auth": None},
    "wrong password": {"auth": (BASIC[0], "guess")},
    "wrong user": {"auth": ("someone", BASIC[1])},
    "empty password": {"auth": (BASIC[0], "")},
    "wrong key": {"auth": None, "headers": {"X-API-Key": "guess"}},
    "empty key": {"auth": None, "headers": {"X-API-Key": ""}},
    "bearer of nobody": {"auth": None, "headers": {"Authorization": "Bearer 99999999999.abcdef"}},
    "the secret itself as bearer": {"auth": None, "headers": {"Authorization": f"Bearer {CLIENT['client_secret']}"}},
    "no base64": {"auth": None, "headers": {"Authorization": "Basic !!!"}},
    "key in the query": {"auth": None, "params": {"X-API-Key": API_KEY}},
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_no_forgery_is_stored(gate: Gate, forgery: dict[str, object]) -> None:
    words = refused(gate.post(notification(), **forgery), 401)
    assert "connector webhooks register" in words
    assert gate.stored() == []


def test_no_token_for_a_wrong_client(gate: Gate) -> None:
    wrong = {"grant_type": "client_credentials", "client_id": CLIENT["client_id"], "client_secret": "guess"}
    assert "invalid_client" in refused(gate.http.post(f"{gate.root}/oauth/token", data=wrong), 401)
    assert refused(gate.http.post(f"{gate.root}/oauth/token"), 401)


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (b"{", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[]", 400, "no object"),
        (b"{}", 422, "notificationId"),
        (json.dumps(notification(companyId=None)).encode(), 422, "companyId"),
        (json.dumps(notification(companyId="Canary Inc.")).encode(), 422, "companyId"),
        (json.dumps(notification(workerId="../Canary")).encode(), 422, "workerId"),
        (json.dumps(notification(payperiodId={"id": 1})).encode(), 422, "payperiodId"),
        (b"[" * 9, 400, "nested"),
        (b'{"a":' * 3000, 400, "nested"),
    ],
    ids=lambda value: value[:30].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_what_cannot_be_kept_is_refused_by_name_and_not_repeated(
    gate: Gate, body: bytes, status: int, named: str
) -> None:
    words = refused(gate.post(None, json=None, data=body), status)
    assert named in words
    assert "Canary" not in words
    assert gate.stored() == []


def test_too_large_whether_announced_or_not(gate: Gate) -> None:
    large = json.dumps(notification(padding="x" * 20_000)).encode()
    assert "16384 bytes" in refused(gate.post(None, json=None, data=large), 413)
    pieces = (large[start : start + 4096] for start in range(0, len(large), 4096))
    assert "16384 bytes" in refused(gate.post(None, json=None, data=pieces), 413)
    assert gate.stored() == []


def test_addresses_that_are_none_are_refused_with_the_right_one(gate: Gate) -> None:
    assert "POST /paychex" in refused(gate.http.post(f"{gate.root}/hooks"), 404)
    assert "POST /paychex" in refused(gate.http.get(f"{gate.root}/paychex"), 405)
    assert gate.http.get(f"{gate.root}/health").json() == {"status": "ok"}


def _raw(gate: Gate, sent: bytes) -> bytes:
    """What comes back to a sender that stops in the middle and waits."""
    target = urlsplit(gate.root)
    with socket.create_connection((str(target.hostname), int(target.port or 0)), timeout=10) as line:
        line.sendall(sent)
        return b"".join(iter(lambda: line.recv(4096), b""))


def test_a_sender_that_never_ends_its_head_or_its_body_is_hung_up_on(gate: Gate) -> None:
    assert _raw(gate, b"").startswith(b"HTTP/1.1 408")
    assert _raw(gate, b"POST /paychex HTTP/1.1\r\nHost: x\r\nX-A: ").startswith(b"HTTP/1.1 408")
    basic = requests.Request("POST", "http://x", auth=BASIC).prepare().headers["Authorization"]
    head = f"POST /paychex HTTP/1.1\r\nHost: x\r\nAuthorization: {basic}\r\nContent-Length: 500\r\n\r\n"
    answer = _raw(gate, head.encode() + b'{"companyId":')
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"within 0.2 s" in answer
    assert gate.post(notification()).ok  # and nobody else is kept waiting
    second = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nPOST /paychex HTTP/1.1\r\nX-B: "
    assert b"HTTP/1.1 408" in _raw(gate, second)


def test_a_head_without_end_is_refused(gate: Gate) -> None:
    endless = b"POST /paychex HTTP/1.1\r\nX-A: " + b"a" * LARGEST_HEAD_BYTES
    assert _raw(gate, endless).startswith(b"HTTP/1.1 431")


def test_who_asks_too_often_waits_for_the_next_minute(tmp_path: Path) -> None:
    settings, clock = settings_of(tmp_path, webhooks_rate_per_min=2), [600.0]
    engine = open_database(settings.records_url)
    inbox = Inbox(engine)
    app = create_receiver(settings, inbox, lambda: SECRETS, now_s=lambda: clock[0])
    with running_receiver(app, "127.0.0.1", 0, 5) as root:
        gate = Gate(root, inbox, engine)
        assert [gate.post(notification(number)).status_code for number in (1, 2, 3)] == [200, 200, 429]
        clock[0] += 18
        reply = gate.post(notification(3))
        assert "Wait 42 s" in refused(reply, 429)
        assert reply.headers["Retry-After"] == "42"
        clock[0] += 42
        assert gate.post(notification(3)).ok
    assert len(inbox.received("paychex")) == 3


def test_what_cannot_be_stored_is_not_acknowledged_and_the_health_says_so(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    engine = open_database(settings.records_url)
    app = create_receiver(settings, Inbox(engine), lambda: SECRETS)
    with running_receiver(app, "127.0.0.1", 0, 5) as root:
        gate = Gate(root, Inbox(engine), engine)
        with engine.begin() as db:
            db.exec_driver_sql("ALTER TABLE inbox_notification RENAME TO moved")
        reply = gate.post(notification())
        assert "not stored" in refused(reply, 503)
        assert int(reply.headers["Retry-After"]) > 0
        refused(gate.http.get(f"{root}/health"), 503)
        with engine.begin() as db:
            db.exec_driver_sql("ALTER TABLE moved RENAME TO inbox_notification")
        assert gate.post(notification()).json() == {"stored": "new"}
        assert gate.http.get(f"{root}/health").ok
    engine.dispose()


def test_a_receiver_without_any_secret_does_not_start(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with pytest.raises(ConfigError, match="connector webhooks register"):
        create_receiver(settings, Inbox(open_database(settings.records_url)), ReceiverSecrets)
