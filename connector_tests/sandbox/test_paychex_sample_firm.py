"""The sample firm through the simulated Paychex: a year of pay runs, read over HTTP as any client would read them."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.sandbox.conftest import Clock, Peer

Json = dict[str, Any]
_COMPANIES = [entity.paychex_company_id for entity in ENTITIES]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A signed-in peer of a sandbox that serves the sample firm of 250; its tests change nothing."""
    clock = Clock()
    options = SandboxOptions(tmp_path_factory.mktemp("sandbox") / "state.db")
    with running_sandbox(options, now=clock) as root:
        found = Peer(root, clock)
        found.sign_in()
        yield found


def _pages(peer: Peer, path: str, vendor: str, **query: object) -> Iterator[requests.Response]:
    reply = peer.api(path, vendor, offset=0, limit=100, **query)
    while True:
        assert reply.status_code == 200, reply.text
        yield reply
        following = [link["href"] for link in reply.json()["links"] if link["rel"] == "next"]
        if not following:
            return
        headers = {"Accept": reply.headers["content-type"], "ETag": reply.headers["ETag"]}
        reply = peer.session.get(following[0], headers=headers)


def _all(peer: Peer, path: str, vendor: str, **query: object) -> list[Json]:
    return [item for reply in _pages(peer, path, vendor, **query) for item in reply.json()["content"]]


@pytest.fixture(scope="module")
def year(firm: Peer) -> dict[str, list[tuple[Json, list[Json]]]]:
    """Every processed run of the year with its checks, by company, read page by page."""
    return {
        company_id: [(run, _checks(firm, run, company_id)) for run in _runs(firm, company_id)]
        for company_id in _COMPANIES
    }


def _runs(peer: Peer, company_id: str) -> list[Json]:
    reply = peer.api(f"/companies/{company_id}/payperiods", status=["COMPLETED", "REVERSED"])
    runs: list[Json] = reply.json()["content"]
    return runs


def _checks(peer: Peer, run: Json, company_id: str) -> list[Json]:
    path, vendor = f"/companies/{company_id}/checks", "payroll.processedchecks"
    return _all(peer, path, vendor, payperiodid=run["payPeriodId"])


def _net(check: Json) -> Decimal:
    added = [Decimal(line["amount"]) for line in check.get("earnings", []) if line["effectOnPay"] == "ADDITION"]
    taken = [Decimal(line["amount"]) for line in check.get("deductions", [])]
    withheld = [Decimal(line["amount"]) for line in check.get("taxes", []) if line["paidBy"] == "EMPLOYEE_WITHHOLDING"]
    return sum(added, Decimal(0)) - sum(taken, Decimal(0)) - sum(withheld, Decimal(0))


Year = dict[str, list[tuple[Json, list[Json]]]]


@pytest.mark.parametrize("company_id", _COMPANIES)
def test_every_run_of_the_year_is_complete_and_every_check_foots(firm: Peer, year: Year, company_id: str) -> None:
    root = f"/companies/{company_id}"
    known = {item["componentId"] for item in _all(firm, f"{root}/paycomponents", "payroll.paycomponents")}
    workers = {item["workerId"] for item in _all(firm, f"{root}/workers", "workers.nonpii")}
    assert len(year[company_id]) > 24
    for run, checks in year[company_id]:
        assert len(checks) == run["checkCount"], run
        for check in checks:
            assert _net(check) == Decimal(check["netPay"]), check
            assert check["workerId"] in workers
            lines = [*check["earnings"], *check.get("deductions", []), *check.get("informational", [])]
            assert {line["componentId"] for line in lines} <= known


def test_check_ids_are_unique_over_the_year(year: Year) -> None:
    seen = Counter(check["paycheckId"] for runs in year.values() for _, checks in runs for check in checks)
    assert max(seen.values()) == 1


def test_the_year_holds_one_voided_check_outside_its_reversals(year: Year) -> None:
    ordinary = [checks for runs in year.values() for run, checks in runs if "originalPayPeriodID" not in run]
    assert sum(check["netPay"].startswith("-") for checks in ordinary for check in checks) == 1


def test_a_reversal_takes_back_exactly_what_its_original_gave(year: Year) -> None:
    found = {run["payPeriodId"]: (run, checks) for runs in year.values() for run, checks in runs}
    reversals = [pair for pair in found.values() if "originalPayPeriodID" in pair[0]]
    assert reversals
    for run, taken in reversals:
        original, given = found[run["originalPayPeriodID"]]
        assert original["status"] == "REVERSED"
        assert sorted(Decimal(check["netPay"]) for check in given) == sorted(
            -Decimal(check["netPay"]) for check in taken
        )


@pytest.mark.parametrize("company_id", _COMPANIES)
def test_every_place_on_a_line_can_be_looked_up(firm: Peer, year: Year, company_id: str) -> None:
    root = f"/companies/{company_id}"
    organizations = {item["organizationId"] for item in _all(firm, f"{root}/organizations", "company.organizations")}
    assignments = _all(firm, f"{root}/laborassignments", "company.laborassignments")
    assignment_ids = {item["laborAssignmentId"] for item in assignments}
    jobs = _all(firm, f"{root}/jobs", "company.jobs")
    job_ids, job_names = {job["jobId"] for job in jobs}, Counter(job["jobName"] for job in jobs)
    for line in (line for _, checks in year[company_id] for check in checks for line in check["earnings"]):
        assert line.get("jobId") in {None, *job_ids}
        assert "jobName" not in line or job_names[line["jobName"]] == 1
        assert line.get("laborAssignmentId") in {None, *assignment_ids}
        assert line.get("organization", {}).get("organizationId") in {None, *organizations}


@pytest.mark.parametrize("company_id", _COMPANIES)
def test_no_social_security_number_in_the_non_pii_roster(firm: Peer, company_id: str) -> None:
    private = _all(firm, f"/companies/{company_id}/workers", "workers")
    secrets = {worker["legalId"]["legalIdValue"] for worker in private}
    public = "".join(reply.text for reply in _pages(firm, f"/companies/{company_id}/workers", "workers.nonpii"))
    assert len(secrets) > 1
    assert not [secret for secret in secrets if secret in public]
    assert not [key for key in ("legalId", "birthDate", "sex", "workState") if f'"{key}"' in public]


def test_two_sandboxes_of_one_seed_answer_alike(year: Year, tmp_path: Path) -> None:
    run, here = year[_COMPANIES[0]][3]
    with running_sandbox(SandboxOptions(tmp_path / "other.db"), now=Clock()) as root:
        other = Peer(root, Clock())
        other.sign_in()
        there = _checks(other, run, _COMPANIES[0])

    def without_links(checks: list[Json]) -> list[Json]:
        return [{key: value for key, value in check.items() if key != "links"} for check in checks]

    assert without_links(here) == without_links(there)
