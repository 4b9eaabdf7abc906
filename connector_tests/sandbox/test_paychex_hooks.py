"""Paychex webhook registrations: domains on offer, hooks created, listed, read and deleted (paychex.md 4.1, 4.2)."""

import pytest
import requests

from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import LLC

_BASIC = {"authType": "BASIC_AUTH", "username": "hook", "password": "secret-word"}
_HOOK = {"uri": "https://example.com/hook", "domains": ["CLT_PYRN", "WRKR_EMPL"], "authentication": _BASIC}


def _post(peer: Peer, **changes: object) -> requests.Response:
    return peer.session.post(f"{peer.root}/paychex/management/hooks", json={**_HOOK, **changes})


def test_domains_are_a_bare_array_or_one_in_another(peer: Peer) -> None:
    domains = peer.api("/management/domains").json()
    assert "CLT_PYRN" in domains
    assert "CLT_ACCESS" not in domains
    peer.switch("domains_shape", "nested")
    assert peer.api("/management/domains").json() == [domains]


def test_a_hook_lives_from_post_to_delete(peer: Peer) -> None:
    created = _post(peer, companyId=LLC)
    assert created.status_code == 201
    hook = created.json()
    assert {key: hook[key] for key in ("companyId", "uri", "authType", "domains")} == {
        "companyId": LLC,
        "uri": "https://example.com/hook",
        "authType": "BASIC_AUTH",
        "domains": ["CLT_PYRN", "WRKR_EMPL"],
    }
    assert hook["createdDate"] == "2026-01-05T12:00:00Z"
    assert "secret-word" not in created.text
    path = f"/management/hooks/{hook['hookId']}"
    assert peer.api("/management/hooks").json() == [hook]
    assert peer.api(path).json() == hook
    assert peer.session.delete(f"{peer.root}/paychex{path}").status_code == 204
    assert peer.api(path).status_code == 404
    assert peer.api("/management/hooks").json() == []


def test_a_hook_id_of_the_callers_choice(peer: Peer) -> None:
    assert _post(peer, hookId="mine").json()["hookId"] != "mine"
    peer.switch("hook_id", "as_sent")
    assert _post(peer, hookId="mine").json()["hookId"] == "mine"


@pytest.mark.parametrize("auth_type", ["API_KEY", "APIKEY"])
def test_both_spellings_of_the_api_key_type(peer: Peer, auth_type: str) -> None:
    reply = _post(peer, authentication={"authType": auth_type, "apiKey": "k"})
    assert (reply.status_code, reply.json()["authType"]) == (201, auth_type)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"uri": None}, "API-46"),
        ({"uri": "example.com"}, "API-46"),
        ({"domains": []}, "API-17"),
        ({"domains": ["CLT_PYRN", "WEATHER"]}, "API-17"),
        ({"authentication": None}, "API-46"),
        ({"authentication": {"authType": "MAGIC"}}, "API-17"),
        ({"authentication": {"authType": "BASIC_AUTH", "username": "hook"}}, "API-46"),
    ],
)
def test_a_bad_hook_is_refused(peer: Peer, changes: dict[str, object], code: str) -> None:
    reply = _post(peer, **changes)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, code)
    assert peer.api("/management/hooks").json() == []
