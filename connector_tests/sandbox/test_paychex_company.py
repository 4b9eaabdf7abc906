"""Paychex companies and their structure: shapes, filters, media types, and jobs written back (2, 3.1-3.4)."""

import json
from collections.abc import Mapping

import pytest
import requests

from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import LLC, NEW_JERSEY

_JOB_TYPE = "application/vnd.paychex.company.job.v1+json"


def _code(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["errors"][0]["code"]


def test_a_company_is_found_by_its_display_id(peer: Peer) -> None:
    reply = peer.api("/companies", "companies", displayid="01080013")
    assert reply.headers["content-type"] == "application/vnd.paychex.companies.v1+json"
    (company,) = reply.json()["content"]
    assert company["companyId"] == NEW_JERSEY
    assert company["displayId"] == "01080013"
    assert company["legalId"]["legalIdType"] == "FEIN"
    assert [link["rel"] for link in company["links"]] == ["self", "workers"]
    assert reply.json()["metadata"] == {"contentItemCount": 1}


def test_one_company_comes_in_an_array_too(peer: Peer) -> None:
    reply = peer.api(f"/companies/{LLC}")
    assert reply.headers["content-type"] == "application/vnd.paychex.company.v1+json"
    assert [company["companyId"] for company in reply.json()["content"]] == [LLC]


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        (None, "workers"),
        ("*/*", "workers"),
        ("application/json", "workers"),
        ("application/json;profile='http://api.paychex.com/profiles/worker/v1'", "workers"),
        ("application/vnd.paychex.workers.nonpii.v1+json", "workers.nonpii"),
        ("application/vnd.paychex.nothing.v1+json, application/vnd.paychex.workers.roster.v1+json", "workers.roster"),
        ("application/json;q=0.1, application/vnd.paychex.workers.nonpii.v1+json", "workers.nonpii"),
    ],
)
def test_the_representation_follows_accept(peer: Peer, accept: str | None, sent: str) -> None:
    reply = peer.session.get(f"{peer.root}/paychex/companies/{LLC}/workers", headers={"Accept": accept})
    assert reply.headers["content-type"] == f"application/vnd.paychex.{sent}.v1+json"


@pytest.mark.parametrize("accept", ["application/vnd.paychex.jobs.v1+json", "text/html", "application/vnd.paychex."])
def test_an_unknown_media_type_is_not_acceptable(peer: Peer, accept: str) -> None:
    reply = peer.session.get(f"{peer.root}/paychex/companies/{LLC}/workers", headers={"Accept": accept})
    assert _code(reply) == (406, "API-75")


def test_organizations_are_a_flat_list_whose_links_make_the_tree(peer: Peer) -> None:
    root, child, _ = peer.company("/organizations", "company.organizations").json()["content"]
    assert {key: child[key] for key in ("organizationId", "name", "number", "level")} == {
        "organizationId": "970001701620695",
        "name": "200 Strategy Consulting",
        "number": "200",
        "level": "Level 2",
    }
    ends = {link["rel"]: link["href"].rsplit("/", 1)[1] for link in child["links"]}
    assert ends == {"self": child["organizationId"], "parent": root["organizationId"]}
    assert [link["rel"] for link in root["links"]] == ["self", "child", "child"]


def test_locations_have_an_address(peer: Peer) -> None:
    (place,) = peer.company("/locations", "company.locations").json()["content"]
    assert place["address"]["countrySubdivisionCode"] == "NY"
    assert place["movedIn"].endswith("T00:00:00Z")


def test_a_job_that_ended_is_missing_as_of_a_later_day(peer: Peer) -> None:
    everything = peer.company("/jobs", "company.jobs").json()["content"]
    assert [job["jobNumber"] for job in everything] == [{"segment1": "P-1000"}, {"segment1": "P-1001"}]
    assert [job.get("endDate") for job in everything] == [None, "2025-06-30T00:00:00Z"]
    later = peer.company("/jobs", asof="2025-07-01T00:00:00Z").json()["content"]
    assert [job["jobNumber"]["segment1"] for job in later] == ["P-1000"]


def test_labor_assignments_omit_what_they_do_not_fix(peer: Peer) -> None:
    first, second = peer.company("/laborassignments", "company.laborassignments").json()["content"]
    assert first["organizationId"] == "970001701620695"
    assert "organizationId" not in second
    assert len(peer.company("/laborassignments", asof="2025-01-15T00:00:00Z").json()["content"]) == 1


def test_job_titles_are_those_of_the_workers(peer: Peer) -> None:
    (title,) = peer.company("/jobtitles", "company.jobtitles").json()["content"]
    assert title["title"] == "Consultant"


def test_pay_components_are_narrowed_by_filters(peer: Peer) -> None:
    components = peer.company("/paycomponents", "payroll.paycomponents").json()["content"]
    assert components[0] == {
        "componentId": "970000001000001",
        "name": "Hourly",
        "classificationType": "REGULAR",
        "description": "Regular pay.",
        "code": "2",
        "effectOnPay": "ADDITION",
        "startDate": "2025-01-01T00:00:00Z",
        "appliesToWorkerTypes": ["EMPLOYEE"],
    }

    def names(**filters: str) -> list[str]:
        return [item["name"] for item in peer.company("/paycomponents", **filters).json()["content"]]

    assert names(effectonpay="REDUCTION") == ["401k EE"]
    assert names(classificationtype="SUPPLEMENTAL", effectonpay="ADDITION") == ["Bonus"]
    assert names(name="Hourly", asof="2024-12-31T00:00:00Z") == []
    peer.switch("filter_without_hit", "404")
    assert peer.company("/paycomponents", name="Nothing").status_code == 404


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/organizations/970001701620695", "company.organization"),
        ("/jobs/970000000001000", "company.job"),
        ("/laborassignments/970001557863345", "company.laborassignment"),
        ("/paycomponents/970000001000001", "payroll.paycomponent"),
        ("/locations/970000000000011", "company.location"),
        ("/jobtitles/970000000000021", "company.jobtitle"),
    ],
)
def test_one_member_has_its_own_media_type(peer: Peer, path: str, media: str) -> None:
    reply = peer.company(path)
    assert reply.headers["content-type"] == f"application/vnd.paychex.{media}.v1+json"
    assert len(reply.json()["content"]) == 1
    assert _code(peer.company(path[:-3] + "999")) == (404, "API-7")


def _post(peer: Peer, body: Mapping[str, object] | None, content_type: str = _JOB_TYPE) -> requests.Response:
    headers = {"Content-Type": content_type}
    url = f"{peer.root}/paychex/companies/{LLC}/jobs"
    return peer.session.post(url, data=b"" if body is None else json.dumps(body), headers=headers)


_NEW = {"jobName": "Engagement 2000", "jobNumber": {"segment1": "P-2000"}, "startDate": "2026-01-05T00:00:00Z"}


def test_a_created_job_is_answered_bare_and_listed(peer: Peer) -> None:
    reply = _post(peer, {**_NEW, "jobCorrelationId": "mine"})
    assert reply.status_code == 201
    assert reply.headers["content-type"] == _JOB_TYPE
    job = reply.json()
    assert job["jobCorrelationId"] == "mine"
    assert len(job["jobId"]) == 15
    listed = peer.company("/jobs").json()["content"][-1]
    assert listed == {key: value for key, value in job.items() if key != "jobCorrelationId"}


def test_a_created_job_may_come_in_an_envelope(peer: Peer) -> None:
    peer.switch("job_created", "envelope")
    assert _post(peer, _NEW).json()["content"][0]["jobName"] == "Engagement 2000"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"jobName": None}, "API-46"),
        ({"jobNumber": {}}, "API-46"),
        ({"jobNumber": {"segment2": "1"}}, "API-46"),
        ({"jobName": "x" * 31}, "API-6"),
        ({"jobNumber": {"segment1": "x" * 20, "segment2": "y" * 6}}, "API-6"),
        ({"jobName": "50% off"}, "API-17"),
        ({"startDate": "tomorrow"}, "API-34"),
        ({"jobName": "Client engagement 1000", "jobNumber": {"segment1": "P-1000"}}, "API-26"),
    ],
)
def test_a_bad_job_is_refused(peer: Peer, changes: dict[str, object], code: str) -> None:
    assert _code(_post(peer, {**_NEW, **changes})) == (400, code)
    assert len(peer.company("/jobs").json()["content"]) == 2


def test_a_write_needs_the_vendor_content_type_and_a_body(peer: Peer) -> None:
    assert _code(_post(peer, _NEW, "application/json")) == (415, "API-22")
    assert _code(_post(peer, None)) == (400, "API-52")
    peer.switch("write_as_json", "accepted")
    assert _post(peer, _NEW, "application/json").status_code == 201


def test_a_repeated_correlation_id_is_ignored_or_refused(peer: Peer) -> None:
    peer.session.headers["X-payx-client-correlationId"] = "once"
    peer.switch("correlation_id", "refused")
    assert _post(peer, _NEW).status_code == 201
    again = {**_NEW, "jobName": "Another"}
    assert _code(_post(peer, again)) == (400, "API-56")
    peer.switch("correlation_id", "ignored")
    assert _post(peer, again).status_code == 201


def _patch(peer: Peer, job_id: str, body: Mapping[str, object]) -> requests.Response:
    url = f"{peer.root}/paychex/companies/{LLC}/jobs/{job_id}"
    return peer.session.patch(url, data=json.dumps(body), headers={"Content-Type": _JOB_TYPE})


def test_a_job_can_be_changed(peer: Peer) -> None:
    reply = _patch(peer, "970000000001000", {"endDate": "2026-03-31T00:00:00Z"})
    assert reply.status_code == 200
    assert reply.json()["content"][0]["endDate"] == "2026-03-31T00:00:00Z"
    jobs = peer.company("/jobs").json()["content"]
    assert [(job["jobName"], job.get("endDate")) for job in jobs] == [
        ("Client engagement 1000", "2026-03-31T00:00:00Z"),
        ("Client engagement 1001", "2025-06-30T00:00:00Z"),
    ]


def test_a_job_cannot_change_its_id_nor_be_unknown(peer: Peer) -> None:
    assert _code(_patch(peer, "970000000001000", {"jobId": "1"})) == (400, "API-5")
    assert _code(_patch(peer, "1", {"jobName": "x"})) == (404, "API-7")
