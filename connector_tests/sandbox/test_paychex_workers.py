"""Paychex workers: representations, personal data only where it belongs, filters and paging (2.3, 2.4, 3.7)."""

import pytest
import requests

from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import ANNA, BORIS, CANARIES, LLC

_PRIVATE = ("workers", "workers_communications")
_PUBLIC = ("workers.nonpii", "workers.nonpii_communications", "workers.roster")


def _code(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["errors"][0]["code"]


@pytest.mark.parametrize("media", _PUBLIC)
def test_personal_data_is_absent_from_the_non_pii_representations(peer: Peer, media: str) -> None:
    text = peer.company("/workers", media).text
    assert [canary for canary in CANARIES if canary in text] == []


@pytest.mark.parametrize("media", _PRIVATE)
def test_personal_data_is_in_the_default_representations(peer: Peer, media: str) -> None:
    text = peer.company("/workers", media).text
    assert [canary for canary in CANARIES if canary not in text] == []


@pytest.mark.parametrize("media", ["worker.nonpii", "worker.nonpii_communications"])
def test_one_worker_without_personal_data(peer: Peer, media: str) -> None:
    reply = peer.api(f"/workers/{ANNA}", media)
    assert reply.headers["content-type"] == f"application/vnd.paychex.{media}.v1+json"
    assert [canary for canary in CANARIES if canary in reply.text] == []


def test_a_worker_without_personal_data_in_full(peer: Peer) -> None:
    worker = peer.api(f"/workers/{BORIS}", "worker.nonpii").json()["content"][0]
    worker.pop("links")
    worker["currentStatus"].pop("workerStatusId")
    assert worker == {
        "workerId": BORIS,
        "employeeId": "2",
        "workerType": "EMPLOYEE",
        "employmentType": "FULL_TIME",
        "exemptionType": "NON_EXEMPT",
        "hireDate": "2024-03-04T00:00:00Z",
        "name": {"familyName": "Canary", "givenName": "Boris"},
        "laborAssignmentId": "970001557863345",
        "locationId": "970000000000011",
        "job": {"jobTitleId": "970000000000021", "title": "Consultant"},
        "organization": {"organizationId": "970001701620696", "name": "500 Finance"},
        "supervisor": {"workerId": ANNA, "name": {"familyName": "Canary", "givenName": "Anna"}},
        "currentStatus": {
            "statusType": "TERMINATED",
            "statusReason": "RESIGNED",
            "effectiveDate": "2025-05-02T00:00:00Z",
        },
    }


def test_the_organization_has_its_number_only_beside_personal_data(peer: Peer) -> None:
    worker = peer.api(f"/workers/{BORIS}").json()["content"][0]
    assert worker["organization"]["number"] == "500"
    assert worker["workState"] == "NY"


def test_the_roster_is_names_and_communications(peer: Peer) -> None:
    for worker in peer.company("/workers", "workers.roster").json()["content"]:
        assert set(worker) == {"employeeId", "name", "communications"}


def test_terminated_workers_are_listed(peer: Peer) -> None:
    workers = peer.company("/workers", "workers.nonpii").json()["content"]
    assert [worker["currentStatus"]["statusType"] for worker in workers] == ["ACTIVE", "TERMINATED"]


def test_paging_needs_offset_and_limit_and_follows_links(peer: Peer) -> None:
    assert "pagination" not in peer.company("/workers", "workers.nonpii").json()["metadata"]
    first = peer.company("/workers", "workers.nonpii", offset=0, limit=1)
    assert first.json()["metadata"] == {
        "contentItemCount": 1,
        "pagination": {"offset": 0, "limit": 1, "itemCount": 2},
    }
    assert first.headers["ETag"]
    links = {link["rel"]: link["href"] for link in first.json()["links"]}
    assert set(links) == {"self", "next"}
    last = peer.session.get(links["next"], headers={"Accept": "application/vnd.paychex.workers.nonpii.v1+json"})
    assert [worker["workerId"] for worker in last.json()["content"]] == [BORIS]
    assert {link["rel"] for link in last.json()["links"]} == {"self", "previous"}
    assert last.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    "filters",
    [
        {"givenname": "boris"},
        {"familyname": "Canary", "givenname": "Boris", "legallastfour": "6789"},
        {"employeeid": "2"},
    ],
)
def test_one_filter_group_finds_workers(peer: Peer, filters: dict[str, str]) -> None:
    found = peer.company("/workers", "workers.nonpii", **filters).json()["content"]
    assert [worker["workerId"] for worker in found] == [BORIS]


@pytest.mark.parametrize(
    ("filters", "status", "code"),
    [
        ({"offset": "0", "limit": "5", "employeeid": "2"}, 400, "API-40"),
        ({"employeeid": "2", "locationid": "970000000000011"}, 400, "API-40"),
        ({"from": "2024-01-01T00:00:00Z"}, 400, "API-42"),
        ({"from": "soon", "to": "2024-12-31T00:00:00Z"}, 400, "API-24"),
        ({"offset": "-1", "limit": "5"}, 400, "API-24"),
        ({"employeeid": "77"}, 404, "API-43"),
        ({"from": "2020-01-01T00:00:00Z", "to": "2020-12-31T00:00:00Z"}, 404, "API-43"),
    ],
)
def test_filters_that_do_not_go_together_or_find_nothing(
    peer: Peer, filters: dict[str, str], status: int, code: str
) -> None:
    assert _code(peer.company("/workers", "workers.nonpii", **filters)) == (status, code)


def test_created_in_a_range_of_dates(peer: Peer) -> None:
    bounds = {"from": "2024-03-04T00:00:00Z", "to": "2024-03-04"}
    assert len(peer.company("/workers", "workers.nonpii", **bounds).json()["content"]) == 2
    peer.switch("bare_dates", "refused")
    assert _code(peer.company("/workers", "workers.nonpii", **bounds)) == (400, "API-24")


def test_parameter_names_are_lower_case_unless_forgiven(peer: Peer) -> None:
    assert len(peer.company("/workers", "workers.nonpii", employeeId="2").json()["content"]) == 2
    peer.switch("query_case", "any")
    assert len(peer.company("/workers", "workers.nonpii", employeeId="2").json()["content"]) == 1


def test_status_history_is_newest_first(peer: Peer) -> None:
    reply = peer.api(f"/workers/{BORIS}/status")
    assert reply.headers["content-type"] == "application/vnd.paychex.company.workerstatuses.v1+json"
    history = reply.json()["content"]
    assert [(status["order"], status["statusReason"]) for status in history] == [("1", "RESIGNED"), ("2", "HIRED")]


def test_assignment_distributions_may_be_empty(peer: Peer) -> None:
    assert peer.api(f"/workers/{ANNA}/assignmentdistributions").json()["content"] == []


def test_an_unknown_worker_is_not_found_and_an_unlinked_one_not_shown(peer: Peer) -> None:
    assert _code(peer.api("/workers/00NOBODY")) == (404, "API-7")
    peer.admin("/paychex/access", ended=[LLC])
    assert _code(peer.api(f"/workers/{ANNA}", "worker.nonpii")) == (403, "API-68")


def test_employment_type_may_be_missing(peer: Peer) -> None:
    assert peer.api("/workers/00H2A1IUWORKER00000C", "worker.nonpii").json()["content"][0]["employmentType"]
    peer.switch("employment_type", "absent_on_some")
    assert "employmentType" not in peer.api("/workers/00H2A1IUWORKER00000C", "worker.nonpii").json()["content"][0]
