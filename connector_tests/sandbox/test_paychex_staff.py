"""What a person changes in Flex shows at once in every reading: workers, organizations, locations, assignments."""

import pytest

from connector_assets.sandbox.paychex.workers import annual_salary, bank_account
from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import ANNA, BORIS, CANARIES

STRATEGY, FINANCE = "970001701620695", "970001701620696"


def read(peer: Peer, worker_id: str) -> dict[str, object]:
    """A worker as the API shows it alone; it must be the same in the company's list."""
    (alone,) = peer.api(f"/workers/{worker_id}", "worker.nonpii").json()["content"]
    listed = peer.company("/workers", "workers.nonpii").json()["content"]
    assert alone == next(one for one in listed if one["workerId"] == worker_id)
    found: dict[str, object] = alone
    return found


def test_a_transfer_a_new_name_and_a_termination(peer: Peer) -> None:
    status = {"status_type": "TERMINATED", "status_reason": "RETIRED", "effective_date": "2025-12-31"}
    changes = {"organization_id": FINANCE, "family_name": "Quill", "title": "Partner", "status": status}
    assert peer.office("/workers/change", worker_id=ANNA, **changes).status_code == 200
    anna = read(peer, ANNA)
    assert anna["organization"] == {"organizationId": FINANCE, "name": "500 Finance"}
    assert anna["name"] == {"familyName": "Quill", "givenName": "Anna"}
    assert dict(anna["currentStatus"], workerStatusId="") == {  # type: ignore[call-overload] # JSON
        "workerStatusId": "",
        "statusType": "TERMINATED",
        "statusReason": "RETIRED",
        "effectiveDate": "2025-12-31T00:00:00Z",
    }


def test_a_status_in_the_future_does_not_hold_yet(peer: Peer) -> None:
    later = {"status_type": "TERMINATED", "status_reason": "RESIGNED", "effective_date": "2026-02-01"}
    peer.office("/workers/change", worker_id=ANNA, status=later)
    assert read(peer, ANNA)["currentStatus"]["statusType"] == "ACTIVE"  # type: ignore[index] # JSON
    peer.clock.advance(40 * 86_400)
    peer.sign_in()
    assert read(peer, ANNA)["currentStatus"]["statusType"] == "TERMINATED"  # type: ignore[index] # JSON


def test_somebody_is_hired(peer: Peer) -> None:
    hired = peer.office("/workers/hire", given_name="Ada", family_name="Nims", hire_date="2026-01-02").json()
    assert hired["worker_id"] not in {ANNA, BORIS}
    assert read(peer, hired["worker_id"])["hireDate"] == "2026-01-02T00:00:00Z"
    assert len(peer.company("/workers", "workers.nonpii", offset=0, limit=2).json()["content"]) == 2


def test_an_organization_is_renamed_moved_added_and_removed(peer: Peer) -> None:
    def organizations() -> dict[str, tuple[str, list[str]]]:
        found = peer.company("/organizations", "company.organizations").json()["content"]
        parents = {
            one["organizationId"]: [link["href"].rpartition("/")[2] for link in one["links"] if link["rel"] == "parent"]
            for one in found
        }
        return {one["organizationId"]: (one["name"], parents[one["organizationId"]]) for one in found}

    unit = {"kind": "organization", "unit_id": FINANCE}
    assert peer.office("/units", **unit, fields={"name": "500 Treasury", "parent_id": STRATEGY}).status_code == 200
    assert organizations()[FINANCE] == ("500 Treasury", [STRATEGY])
    new = {"name": "600 Labs", "number": "600", "level": "Level 2", "parent_id": FINANCE}
    assert peer.office("/units", kind="organization", unit_id="97000170162999", fields=new).status_code == 200
    assert organizations()["97000170162999"] == ("600 Labs", [FINANCE])
    assert peer.office("/units", **unit, vanish=True).status_code == 200
    assert FINANCE not in organizations()
    assert read(peer, BORIS)["organization"] == {"organizationId": FINANCE}


def test_undocumented_fields_carry_personal_data_where_the_switch_says_so(peer: Peer) -> None:
    assert bank_account(ANNA) not in peer.company("/workers", "workers.nonpii").text
    peer.switch("added_fields", "personal")
    text = peer.company("/workers", "workers.nonpii").text
    assert {canary for canary in CANARIES if canary in text} == set(CANARIES)
    assert bank_account(ANNA) in text
    assert annual_salary(ANNA) in text


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/workers/change", {"worker_id": "nobody"}, "has no worker nobody"),
        ("/workers/change", {"worker_id": ANNA, "salary": 1}, "has no field salary"),
        ("/workers/change", {"worker_id": ANNA, "hire_date": "soon"}, "hire_date"),
        ("/units", {"kind": "planet", "unit_id": "1"}, "'kind' is one of"),
        ("/units", {"kind": "location", "unit_id": "1"}, "'fields'"),
        ("/units", {"kind": "location", "unit_id": "1", "fields": {"name": "X"}}, "cannot be read"),
    ],
)
def test_a_call_that_makes_no_sense_says_why(peer: Peer, path: str, body: dict[str, object], told: str) -> None:
    reply = peer.office(path, **body)
    assert reply.status_code == 400
    assert told in reply.json()["error"]
