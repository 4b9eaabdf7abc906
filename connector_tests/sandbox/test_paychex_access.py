"""Paychex access: the token endpoint, the life of a token, access buckets and linked companies (paychex.md 1, 9)."""

import uuid

import pytest
import requests

from connector_tests.sandbox.conftest import FORM, Peer
from connector_tests.sandbox.tiny_firm import LLC, NEW_JERSEY, PAID_PERIOD


def _token(peer: Peer, form: dict[str, str] | None = None, **more: object) -> requests.Response:
    return requests.post(f"{peer.root}/paychex/auth/oauth/v2/token", data=form or None, timeout=10, **more)  # type: ignore[arg-type] # requests' own keywords


def _code(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["errors"][0]["code"]


def test_a_token_is_a_uuid_that_lives_about_an_hour(peer: Peer) -> None:
    token = _token(peer, FORM).json()
    assert str(uuid.UUID(token["access_token"])) == token["access_token"]
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3599)
    assert "read:company_people" in token["scope"].split()


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "somebody"}, 401, "invalid_client"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
    ],
)
def test_token_refusals(peer: Peer, changes: dict[str, str], status: int, error: str) -> None:
    reply = _token(peer, {**FORM, **changes})
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_credentials_count_in_the_form_body_only(peer: Peer) -> None:
    assert _token(peer, params=FORM).status_code == 400
    assert _token(peer, json=FORM).status_code == 400
    basic = (FORM["client_id"], FORM["client_secret"])
    grant = {"grant_type": "client_credentials"}
    assert _token(peer, grant, auth=basic).status_code == 401
    peer.switch("token_basic_auth", "accepted")
    assert _token(peer, grant, auth=basic).status_code == 200


def test_a_token_dies_by_the_clock(peer: Peer) -> None:
    peer.clock.advance(3598)
    assert peer.api("/companies").status_code == 200
    peer.clock.advance(1)
    assert _code(peer.api("/companies")) == (401, "API-103")
    peer.sign_in()
    assert peer.api("/companies").status_code == 200


def test_without_a_token_the_client_is_not_authenticated(peer: Peer) -> None:
    assert _code(requests.get(f"{peer.root}/paychex/companies", timeout=10)) == (401, "API-102")


@pytest.mark.parametrize(
    ("switch", "value", "field", "expected"),
    [
        ("token_expires_in", "600", "expires_in", 600),
        ("token_expires_in", "text_3599", "expires_in", "3599"),
        ("token_scope", "oob", "scope", "oob"),
    ],
)
def test_what_the_documents_contradict_about_tokens(
    peer: Peer, switch: str, value: str, field: str, expected: object
) -> None:
    peer.switch(switch, value)
    assert _token(peer, FORM).json()[field] == expected


def test_a_refusal_status_may_be_400(peer: Peer) -> None:
    peer.switch("token_refusal_status", "400")
    assert _token(peer, {**FORM, "client_secret": "guess"}).status_code == 400


def test_without_the_payroll_bucket_people_remain_readable(peer: Peer) -> None:
    peer.admin("/paychex/access", payroll="none")
    assert _code(peer.checks(PAID_PERIOD)) == (403, "API-2")
    assert _code(peer.company("/payperiods")) == (403, "API-2")
    assert _code(peer.company("/paycomponents")) == (403, "API-2")
    assert peer.company("/workers", "workers.nonpii").status_code == 200
    peer.sign_in()
    assert "payroll" not in _token(peer, FORM).json()["scope"]


def test_reading_is_not_writing(peer: Peer) -> None:
    peer.admin("/paychex/access", people="read")
    assert peer.company("/jobs").status_code == 200
    reply = peer.session.post(f"{peer.root}/paychex/companies/{LLC}/jobs", json={})
    assert _code(reply) == (403, "API-2")


def test_only_linked_companies_are_listed_and_usable(peer: Peer) -> None:
    peer.admin("/paychex/access", linked=[LLC])
    assert [company["companyId"] for company in peer.api("/companies").json()["content"]] == [LLC]
    assert _code(peer.api(f"/companies/{NEW_JERSEY}/workers")) == (403, "API-2")
    assert _code(peer.api("/companies", displayid="01080013")) == (404, "API-43")


def test_ended_clients_and_those_without_a_payroll_product(peer: Peer) -> None:
    peer.admin("/paychex/access", ended=[LLC], without_permission=[NEW_JERSEY])
    assert _code(peer.company("/organizations")) == (403, "API-68")
    assert _code(peer.api(f"/companies/{NEW_JERSEY}/organizations")) == (403, "API-2")
    flags = {company["companyId"]: company["hasPermission"] for company in peer.api("/companies").json()["content"]}
    assert flags == {LLC: True, NEW_JERSEY: False}


def test_an_unknown_company_is_not_found(peer: Peer) -> None:
    assert _code(peer.api("/companies/00NOBODY/workers")) == (404, "API-7")


@pytest.mark.parametrize("body", [{"people": "much"}, {"linked": ["00NOBODY"]}, {"colour": "red"}])
def test_bad_grants_are_refused(peer: Peer, body: dict[str, object]) -> None:
    assert peer.admin("/paychex/access", **body).status_code == 400


def test_every_reply_has_a_transaction_id_and_echoes_the_correlation_id(peer: Peer) -> None:
    peer.session.headers["X-payx-client-correlationId"] = "mine-1"
    replies = [peer.api("/companies"), peer.api("/nowhere"), peer.api("/workers/00X"), _token(peer)]
    assert len({reply.headers["X-payx-txid"] for reply in replies}) == 4
    assert [reply.headers.get("X-payx-client-correlationId") for reply in replies] == ["mine-1"] * 3 + [None]


def test_unknown_paths_and_verbs(peer: Peer) -> None:
    assert _code(peer.api("/payrolls")) == (404, "API-7")
    assert _code(peer.session.delete(f"{peer.root}/paychex/companies")) == (405, "API-59")


def test_the_announced_rate_limit(peer: Peer) -> None:
    assert "X-RateLimit-Limit" not in peer.api("/companies").headers
    peer.switch("rate_limit", "announced")
    headers = peer.api("/companies").headers
    assert headers["X-RateLimit-Limit"] == "10000"
    assert 9_990 < int(headers["X-RateLimit-Remaining"]) < 10_000
    assert headers["X-RateLimit-Reset"] == "60"
