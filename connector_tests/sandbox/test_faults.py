"""Faults by rule and by seed: what each does to a caller, which calls it hits, and how often."""

from pathlib import Path

import pytest
import requests

from connector_assets.sandbox.faults import Faults
from connector_assets.sandbox.store import Store
from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import LLC, PAID_PERIOD


def test_too_many_requests_says_when_to_come_back(peer: Peer) -> None:
    peer.fault("too_many_requests", params={"retry_after_s": 17})
    reply = peer.api("/companies")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "17")
    assert peer.api("/companies").status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("locked", 423, "API-10"), ("unavailable", 503, "API-66"), ("expired_token", 401, "API-103")],
)
def test_refusals_in_the_words_of_paychex(peer: Peer, name: str, status: int, code: str) -> None:
    peer.fault(name)
    reply = peer.api("/companies")
    assert reply.status_code == status
    assert reply.json()["errors"][0]["code"] == code
    assert reply.headers["X-payx-txid"]


def test_an_expired_token_stays_expired(peer: Peer) -> None:
    peer.fault("expired_token")
    assert [peer.api("/companies").status_code for _ in range(2)] == [401, 401]
    peer.sign_in()
    assert peer.api("/companies").status_code == 200


def test_a_server_error_in_the_words_of_spring(peer: Peer) -> None:
    peer.fault("server_error")
    reply = peer.api("/companies")
    assert reply.status_code == 500
    assert set(reply.json()) == {"timestamp", "path", "status", "error"}


@pytest.mark.parametrize(("name", "status"), [("bad_gateway", 502), ("html_page", 200)])
def test_pages_of_a_gateway(peer: Peer, name: str, status: int) -> None:
    peer.fault(name)
    reply = peer.api("/companies")
    assert (reply.status_code, reply.text[:6]) == (status, "<html>")
    assert reply.headers["content-type"].startswith("text/html")


def _create_job(peer: Peer) -> requests.Response:
    headers = {"Content-Type": "application/vnd.paychex.company.job.v1+json"}
    body = b'{"jobName": "New", "jobNumber": {"segment1": "P-2000"}, "startDate": "2026-01-05T00:00:00Z"}'
    return peer.session.post(f"{peer.root}/paychex/companies/{LLC}/jobs", data=body, headers=headers)


@pytest.mark.parametrize(("name", "created"), [("drop_before", False), ("drop_after", True), ("truncated", True)])
def test_a_broken_connection_may_hide_work_done(peer: Peer, name: str, created: bool) -> None:
    peer.fault(name, match={"operation": "create_job"})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _create_job(peer)
    names = [job["jobName"] for job in peer.company("/jobs").json()["content"]]
    assert ("New" in names) is created


def test_a_truncated_reply_announces_more_than_it_sends(peer: Peer) -> None:
    peer.fault("truncated", params={"share": 0.25})
    reply = peer.session.get(f"{peer.root}/paychex/companies", stream=True)
    announced = int(reply.headers["content-length"])
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _ = reply.content
    assert 0 < reply.raw.tell() < announced


def test_a_slow_reply_outlasts_an_impatient_caller(peer: Peer) -> None:
    peer.fault("slow", params={"delay_s": 0.4})
    with pytest.raises(requests.ReadTimeout):
        peer.session.get(f"{peer.root}/paychex/companies", timeout=0.1)
    assert peer.api("/companies").status_code == 200


def _without_extras(value: object) -> object:
    if isinstance(value, list):
        return [_without_extras(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_extras(item) for key, item in value.items() if key != "lineageInfo"}
    return value


def test_unknown_fields_appear_everywhere_and_change_nothing_else(peer: Peer) -> None:
    before = peer.checks(PAID_PERIOD).json()
    peer.fault("unknown_fields", match={"operation": "checks"})
    after = peer.checks(PAID_PERIOD).json()
    check = after["content"][0]
    assert all("lineageInfo" in part for part in (after, check, *check["earnings"], *check["taxes"]))
    assert _without_extras(after) == before


def test_odd_dates_are_the_evening_before(peer: Peer) -> None:
    peer.fault("odd_dates", match={"operation": "checks"})
    assert peer.checks(PAID_PERIOD).json()["content"][0]["checkDate"] == "2025-03-19T20:00:00Z"
    assert peer.checks(PAID_PERIOD).json()["content"][0]["checkDate"] == "2025-03-20T00:00:00Z"


def test_a_rule_hits_the_calls_it_names_after_those_it_lets_pass(peer: Peer) -> None:
    peer.fault("locked", match={"operation": "checks", "path": PAID_PERIOD}, after=1, times=2)
    assert peer.api("/companies").status_code == 200
    assert peer.checks("850000524255194").status_code == 200
    assert [peer.checks(PAID_PERIOD).status_code for _ in range(4)] == [200, 423, 423, 200]


def test_the_token_endpoint_can_fail_too(peer: Peer) -> None:
    peer.fault("bad_gateway", match={"operation": "token"})
    assert peer.session.post(f"{peer.root}/paychex/auth/oauth/v2/token").status_code == 502


def test_rules_can_be_read_and_cleared(peer: Peer) -> None:
    peer.fault("locked", times=0)
    peer.api("/companies")
    shown = peer.session.get(f"{peer.root}/admin/faults").json()
    assert shown["rules"][0] | {"fault": "locked", "times": 0, "fired": 1} == shown["rules"][0]
    assert "drop_after" in shown["known"]["paychex"]
    peer.session.delete(f"{peer.root}/admin/faults", params={"system": "paychex"})
    assert peer.api("/companies").status_code == 200


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"system": "paycheck", "fault": "locked"}, "'system' must be one of"),
        ({"system": "paychex", "fault": "earthquake"}, "too_many_requests"),
        ({"system": "paychex", "fault": "locked", "match": {"colour": "red"}}, "operation, path, method"),
        ({"system": "paychex", "fault": "locked", "times": "often"}, "'times' is a whole number"),
        ({"system": "paychex", "fault": "locked", "often": 1}, "Unknown key 'often'"),
        ({"system": "paychex", "fault": "locked", "match": {"path": 7}}, "a text for each key"),
        ({"system": "paychex", "fault": "slow", "params": {"delay_s": "long"}}, "'delay_s' must be a number"),
        ({"system": "paychex", "rate": 7}, "'rate' is a share"),
        ({"system": "paychex", "rate": 0.5, "faults": ["earthquake"]}, "has no fault 'earthquake'"),
    ],
)
def test_a_bad_rule_is_refused_with_the_fix(peer: Peer, rule: dict[str, object], says: str) -> None:
    reply = peer.admin("/faults", **rule)
    assert reply.status_code == 400
    assert says in reply.json()["error"]


def test_random_faults_hit_their_share_of_calls(peer: Peer) -> None:
    peer.admin("/faults", system="paychex", rate=0.5, seed=3, faults=["locked", "unavailable"])
    statuses = [peer.api("/companies").status_code for _ in range(60)]
    assert set(statuses) == {200, 423, 503}
    assert 15 <= sum(status != 200 for status in statuses) <= 45


def _drawn(path: Path, seed: int) -> list[str | None]:
    store = Store(path)
    faults = Faults(store)
    faults.declare("bank", {"flood": "", "fire": ""}, ("operation",))
    faults.add({"system": "bank", "rate": 0.3, "seed": seed})
    taken = [faults.take("bank", {}) for _ in range(40)]
    store.close()
    return [None if fault is None else fault.name for fault in taken]


def test_the_same_seed_draws_the_same_faults(tmp_path: Path) -> None:
    assert _drawn(tmp_path / "a.db", 1) == _drawn(tmp_path / "b.db", 1)
    assert _drawn(tmp_path / "a.db", 1) != _drawn(tmp_path / "c.db", 2)
