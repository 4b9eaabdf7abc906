"""The simulated Visma, spoken to as any HTTP client would: sign-in, limits, wrappers, row versions, segments."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connector_assets.sandbox import credentials
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox

FORM = {
    "grant_type": "client_credentials",
    "client_id": credentials.VISMA_CLIENT_ID,
    "client_secret": credentials.VISMA_CLIENT_SECRET,
    "tenant_id": credentials.VISMA_TENANT_ID,
    "scope": " ".join(f"vismanet_erp_service_api:{word}" for word in ("read", "create", "update")),
}
NEW = {
    "employeeCd": {"value": "7001"},
    "department": {"value": "200"},
    "employeeClass": {"value": "STD"},
    "branch": {"value": "1"},
    "calendar": {"value": "NORM"},
    "contact": {"lastName": {"value": "Holm"}, "email": {"value": "kari.holm@example.test"}},
}
COST_CENTRE = "dimension/SUBACCOUNT/1"


@dataclass
class Peer:
    """A plain HTTP client of the API, and the clock of the sandbox."""

    root: str = ""
    time: datetime = datetime(2026, 2, 1, 12, tzinfo=UTC)
    session: requests.Session = field(default_factory=requests.Session)

    def now(self) -> datetime:
        return self.time

    def token(self, **changes: str) -> requests.Response:
        return self.session.post(f"{self.root}/visma/connect/token", data={**FORM, **changes})

    def sign_in(self, **changes: str) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.token(**changes).json()['access_token']}"

    def get(self, path: str, **query: object) -> requests.Response:
        return self.session.get(f"{self.root}/visma/api/v1/{path}", params=query)  # type: ignore[arg-type] # str and int

    def write(self, method: str, path: str, body: object, etag: str = "") -> requests.Response:
        headers = {"If-Match": etag} if etag else {}
        return self.session.request(method, f"{self.root}/visma/api/v1/{path}", json=body, headers=headers)

    def admin(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON of each call's own shape
        reply = requests.post(f"{self.root}/admin/{path}", json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def switch(self, name: str, value: str) -> None:
        self.admin("switches", **{f"visma.{name}": value})

    def value(self, value: str) -> dict[str, Any]:
        rows = self.get(COST_CENTRE).json()["segmentValues"]
        return next(row for row in rows if row["valueId"].strip() == value)


@pytest.fixture(scope="module")
def running() -> Iterator[Peer]:
    import tempfile

    peer = Peer()
    with tempfile.TemporaryDirectory() as folder:
        options = SandboxOptions(Path(folder) / "state.db", workers=60)
        with running_sandbox(options, firm=Firm(FirmOptions(workers=60)), now=peer.now) as root:
            peer.root = root
            yield peer


@pytest.fixture
def peer(running: Peer) -> Peer:
    """The one sandbox of this module, its switches and faults put back, in an hour of its own."""
    requests.delete(f"{running.root}/admin/switches", timeout=10)
    requests.delete(f"{running.root}/admin/faults", timeout=10)
    running.time += timedelta(hours=2)
    running.sign_in()
    return running


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 400, "invalid_client"),
        ({"tenant_id": "00000000-0000-0000-0000-000000000000"}, 400, "invalid_tenant"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_refusals_of_visma_connect(peer: Peer, changes: dict[str, str], status: int, error: str) -> None:
    reply = peer.token(**changes)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_the_tenant_of_the_customer_gets_a_token_that_opens_nothing(peer: Peer) -> None:
    peer.sign_in(tenant_id=credentials.VISMA_CUSTOMER_TENANT_ID)
    assert peer.get("employee").status_code == 401


def test_a_scope_opens_its_methods_and_a_token_ends(peer: Peer) -> None:
    peer.sign_in(scope="vismanet_erp_service_api:read")
    assert peer.get("branch").status_code == 200
    assert peer.write("POST", "employee", NEW).status_code == 403
    peer.time += timedelta(seconds=3601)
    assert peer.get("branch").status_code == 401


def test_the_hour_is_counted_and_every_reply_says_what_is_left(peer: Peer) -> None:
    peer.switch("hourly_limit", "60")
    left = [int(peer.get("nothing").headers["X-RateLimit-Remaining"]) for _ in range(60)]
    assert left == list(range(59, -1, -1))
    reply = peer.get("branch")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "3600")
    peer.time += timedelta(hours=1)
    peer.sign_in()
    assert peer.get("branch").headers["X-RateLimit-Remaining"] == "59"


def test_what_is_written_wrapped_is_read_plain(peer: Peer) -> None:
    made = peer.write("POST", "employee", NEW)
    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["Location"].endswith("/v1/employee/7001")
    read = peer.get("employee/7001")
    assert read.headers["ETag"] == made.headers["ETag"] == f'"{read.json()["timeStamp"]}"'
    body = read.json()
    assert (body["department"], body["branch"], body["employeeClass"]["id"]) == (
        "200",
        {"number": "1", "name": "New York HQ"},
        "STD",
    )
    changed = peer.write("PUT", "employee/7001", {"status": {"value": "Hold"}, "contact": {}}, made.headers["ETag"])
    assert (changed.status_code, changed.content) == (204, b"")
    after = peer.get("employee/7001").json()
    assert (after["status"], after["department"], after["contact"]["lastName"]) == ("OnHold", "200", "Holm")
    again = peer.write("PUT", "employee/7001", {"status": {"value": "Active"}}, made.headers["ETag"])
    assert again.status_code == 412
    assert peer.get("employee/7001").json()["status"] == "OnHold"
    assert peer.write("PUT", "employee/7001", {"status": {"value": "Active"}}).status_code == 204


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"employeeCd": {"value": "12345678901"}}, "longer than 10"),
        ({"department": {"value": "XX"}}, "Department 'XX' cannot be found"),
        ({"contact": {"lastName": {"value": "Holm"}}}, "'Email' cannot be empty"),
        ({"calendar": {"value": "NONE"}}, "Calendar 'NONE' cannot be found"),
        ({"status": {"value": "OnHold"}}, "Status 'OnHold' is not valid"),
        ({"department": "200"}, "A value wrapper is expected"),
    ],
)
def test_what_a_create_refuses(peer: Peer, changes: dict[str, object], told: str) -> None:
    reply = peer.write("POST", "employee", {**NEW, "employeeCd": {"value": "7009"}, **changes})
    assert reply.status_code == 400
    assert told in reply.json()["message"]
    assert reply.json()["message"].startswith("VismaId: ")
    assert peer.get("employee/7009").status_code == 404


def test_a_number_is_taken_once_unless_the_company_numbers_by_itself(peer: Peer) -> None:
    body = {**NEW, "employeeCd": {"value": "7010"}}
    assert peer.write("POST", "employee", body).status_code == 201
    assert "already exists" in peer.write("POST", "employee", body).json()["message"]
    peer.switch("numbering", "automatic")
    assert peer.write("POST", "employee", body).headers["Location"].rpartition("/")[2] == "90001"


def test_reserved_characters_and_any_case_in_a_path(peer: Peer) -> None:
    assert peer.write("POST", "employee", {**NEW, "employeeCd": {"value": "A/1"}}).status_code == 201
    spelt = base64.urlsafe_b64encode(b"A/1").decode().rstrip("=")
    assert peer.get(f"Employee/b64({spelt})").json()["employeeNumber"] == "A/1"
    peer.switch("route_case", "exact")
    assert peer.get("Employee").status_code == 404


def test_pages_say_how_many_there_are_and_are_cut_silently(peer: Peer) -> None:
    peer.switch("page_size_max", "100")
    page = peer.get("employee", pageNumber=1, pageSize=1000).json()
    numbers = [one["employeeNumber"] for one in page]
    assert numbers == sorted(numbers)
    assert {one["metadata"]["totalCount"] for one in page} == {len(page)}
    assert peer.get("employee", pageNumber=2, pageSize=1000).json() == []
    assert len(peer.get("employee", pageNumber=2, pageSize=3).json()) == 3
    assert len(peer.get("branch", pageNumber=2, pageSize=1).json()) == 4


def test_what_changed_since_a_moment(peer: Peer) -> None:
    peer.write("PUT", "employee/1001", {"branch": {"value": "2"}})
    changed = peer.get("employee/1001").json()["lastModifiedDateTime"]
    found = peer.get("employee", lastModifiedDateTime=changed, lastModifiedDateTimeCondition=">=").json()
    assert [one["employeeNumber"] for one in found] == ["1001"]
    assert peer.get("employee", lastModifiedDateTime=changed).status_code == 400
    assert (
        peer.get("employee", lastModifiedDateTime=f"{changed}Z", lastModifiedDateTimeCondition=">").status_code == 400
    )
    peer.switch("modified_zone", "UTC")
    assert peer.get("employee/1001").json()["lastModifiedDateTime"] < changed


def test_segment_values_are_written_together_or_not_at_all(peer: Peer) -> None:
    etag = peer.get(COST_CENTRE).headers["ETag"]
    good = {"operation": "Insert", "value": "0901", "description": {"value": "Service"}, "active": {"value": True}}
    bad = {"operation": "Insert", "value": "09011"}
    refused = peer.write("PUT", COST_CENTRE, {"segmentValues": [good, bad]}, etag)
    assert refused.status_code == 500
    assert peer.get(COST_CENTRE).headers["ETag"] == etag
    closed = {"operation": "Update", "value": "0100", "active": {"value": False}}
    assert peer.write("PUT", COST_CENTRE, {"segmentValues": [good, closed]}, etag).status_code == 204
    assert (peer.value("0901")["description"], peer.value("0100")["active"]) == ("Service", False)
    assert peer.write("PUT", COST_CENTRE, {"segmentValues": [closed]}, etag).status_code == 412
    peer.switch("segment_update", "partial")
    assert peer.write("PUT", COST_CENTRE, {"segmentValues": [bad, {**good, "value": "0902"}]}).status_code == 500
    assert peer.value("0902")["active"]
    used = {"operation": "Delete", "value": "0200"}
    assert "is used" in peer.write("PUT", COST_CENTRE, {"segmentValues": [used]}).json()["message"]


@pytest.mark.parametrize("spelt", ["MDEwMA==", "MDEwMA"])
def test_one_value_is_read_by_its_id_in_base64(peer: Peer, spelt: str) -> None:
    assert peer.get(f"{COST_CENTRE}/{spelt}").json()["valueId"] == "0100"


def test_dimensions_departments_branches_accounts_and_subaccounts(peer: Peer) -> None:
    assert "SUBACCOUNT" in peer.get("dimension").json()
    whole = peer.get("dimension/SUBACCOUNT", expandSegmentsValues="false").json()
    assert [(one["segmentId"], one["segmentValues"]) for one in whole["segments"]] == [(1, []), (2, []), (3, [])]
    body: dict[str, object] = {"departmentId": "SRV", "description": {"value": "Service"}}
    body["expenseSubaccount"] = [{"segmentId": 1, "segmentValue": "0200"}]
    assert peer.write("POST", "department", body).status_code == 201
    read = peer.get("department/SRV")
    assert (read.json()["expenseSubaccount"]["id"], read.json()["description"]) == ("0200", "Service")
    renamed = peer.write("PUT", "department/SRV", {"description": {"value": "Desk"}}, read.headers["ETag"])
    assert renamed.status_code == 204
    assert peer.write("POST", "department", {**body, "departmentId": "X" * 11}).status_code == 400
    assert "ETag" not in peer.get("branch/1").headers
    assert peer.write("PUT", "branch/1", {}).status_code == 404
    number = {"subaccountNumber": {"value": "0200P-1001R00001"}}
    assert peer.write("POST", "subaccount", number).headers["Location"].endswith("/0200-P-1001-R00001")
    segments = peer.get("subaccount/0200-P-1001-R00001").json()["segments"]
    assert [one["segmentValue"] for one in segments] == ["0200", "P-1001", "R00001"]
    made = peer.write("POST", "account", {"accountCD": {"value": "5010"}, "type": {"value": "Expense"}})
    assert peer.write("PUT", "account/5010", {"description": {"value": "Pay"}}, made.headers["ETag"]).status_code == 204
    assert peer.get("account/5010").json()["description"] == "Pay"


def test_the_withdrawn_subscription_endpoint_is_gone(peer: Peer) -> None:
    assert peer.get("subscription").status_code == 404


def test_both_shapes_of_an_error(peer: Peer) -> None:
    peer.admin("faults", system="visma", fault="no_license")
    gateway = peer.get("branch").json()
    assert gateway["ExceptionFaultCode"] == "12027"
    peer.admin("faults", system="visma", fault="message_500")
    assert set(peer.get("branch").json()) == {"message"}


def test_the_old_company_header(peer: Peer) -> None:
    peer.switch("company_header", "validated")
    reply = peer.session.get(f"{peer.root}/visma/api/v1/branch", headers={"ipp-company-id": "1"})
    assert (reply.status_code, reply.json()["ExceptionFaultCode"]) == (400, "12002")
    assert peer.get("branch").status_code == 200


def test_every_switch_says_what_it_is_about(peer: Peer) -> None:
    table = requests.get(f"{peer.root}/admin/switches", timeout=10).json()
    ours = {name: row for name, row in table.items() if name.startswith("visma.")}
    assert len(ours) > 20
    assert all(row["meaning"] and len(row["choices"]) > 1 for row in ours.values())
