"""The sample firm through the simulated Paychex: a year of pay runs, read over HTTP as any client would read them."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
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


@pytest.mark.parametrize("company_id", _COMPANIES)
def test_every_run_of_the_year_is_complete_and_every_check_foots(firm: Peer, company_id: str) -> None:
    known = {
        item["componentId"] for item in _all(firm, f"/companies/{company_id}/paycomponents", "payroll.paycomponents")
    }
    workers = {item["workerId"] for item in _all(firm, f"/companies/{company_id}/workers", "workers.nonpii")}
    runs = _runs(firm, company_id)
    assert len(runs) > 24
    seen: Counter[str] = Counter()
    for run in runs:
        checks = _checks(firm, run, company_id)
        assert len(checks) == run["checkCount"], run
        for check in checks:
            seen[check["paycheckId"]] += 1
            assert _net(check) == Decimal(check["netPay"]), check
            assert check["workerId"] in workers
            lines = [*check["earnings"], *check.get("deductions", []), *check.get("informational", [])]
            assert {line["componentId"] for line in lines} <= known
    assert max(seen.values()) == 1


def test_the_year_holds_a_reversed_run_and_a_voided_check(firm: Peer) -> None:
    runs = {run["payPeriodId"]: run for company_id in _COMPANIES for run in _runs(firm, company_id)}
    reversals = [run for run in runs.values() if "originalPayPeriodID" in run]
    assert [runs[run["originalPayPeriodID"]]["status"] for run in reversals] == ["REVERSED"] * len(reversals)
    assert reversals
    negative = [
        (run["payPeriodId"], check["netPay"])
        for company_id in _COMPANIES
        for run in _runs(firm, company_id)
        if "originalPayPeriodID" not in run
        for check in _checks(firm, run, company_id)
        if check["netPay"].startswith("-")
    ]
    assert len(negative) == 1


def test_a_reversal_takes_back_exactly_what_its_original_gave(firm: Peer) -> None:
    for company_id in _COMPANIES:
        for run in _runs(firm, company_id):
            if "originalPayPeriodID" in run:
                original = {"payPeriodId": run["originalPayPeriodID"]}
                given = sorted(Decimal(check["netPay"]) for check in _checks(firm, original, company_id))
                taken = sorted(-Decimal(check["netPay"]) for check in _checks(firm, run, company_id))
                assert given == taken


@pytest.mark.parametrize("company_id", _COMPANIES)
def test_every_place_on_a_line_can_be_looked_up(firm: Peer, company_id: str) -> None:
    root = f"/companies/{company_id}"
    organizations = {item["organizationId"] for item in _all(firm, f"{root}/organizations", "company.organizations")}
    assignments = {
        item["laborAssignmentId"]: item for item in _all(firm, f"{root}/laborassignments", "company.laborassignments")
    }
    jobs = _all(firm, f"{root}/jobs", "company.jobs")
    job_ids, job_names = {job["jobId"] for job in jobs}, Counter(job["jobName"] for job in jobs)
    for run in _runs(firm, company_id)[:12]:
        for check in _checks(firm, run, company_id):
            for line in check["earnings"]:
                assert line.get("jobId") in {None, *job_ids}
                assert "jobName" not in line or job_names[line["jobName"]] == 1
                assert line.get("laborAssignmentId") in {None, *assignments}
                assert line.get("organization", {}).get("organizationId") in {None, *organizations}


def test_no_personal_datum_in_the_non_pii_roster(firm: Peer) -> None:
    for company_id in _COMPANIES:
        private = _all(firm, f"/companies/{company_id}/workers", "workers")
        secrets = {worker["legalId"]["legalIdValue"] for worker in private} | {
            worker["birthDate"] for worker in private
        }
        public = "".join(reply.text for reply in _pages(firm, f"/companies/{company_id}/workers", "workers.nonpii"))
        assert not [secret for secret in secrets if secret.startswith("9") and secret in public]
        assert not {"legalId", "birthDate", "sex", "workState"} & set(private[0].keys() & _keys(public))


def _keys(text: str) -> set[str]:
    return {name for name in ("legalId", "birthDate", "sex", "workState", "ethnicityCode") if f'"{name}"' in text}


def test_two_sandboxes_of_one_seed_answer_alike(firm: Peer, tmp_path: Any) -> None:
    run = _runs(firm, _COMPANIES[0])[3]
    with running_sandbox(SandboxOptions(tmp_path / "other.db"), now=Clock()) as root:
        other = Peer(root, Clock())
        other.sign_in()
        there = _checks(other, run, _COMPANIES[0])
    here = _checks(firm, run, _COMPANIES[0])
    for check in (*here, *there):
        check.pop("links")
    assert here == there
