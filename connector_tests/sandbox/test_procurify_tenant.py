"""The simulated Procurify as its fact sheet has it, asked by plain HTTP past our client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connector_assets.sandbox.credentials import PROCURIFY_CLIENT_ID, PROCURIFY_CLIENT_SECRET
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox

Json = dict[str, Any]
REQUEST: Json = {
    "client_id": PROCURIFY_CLIENT_ID,
    "client_secret": PROCURIFY_CLIENT_SECRET,
    "audience": "https://api.procurify.com/",
    "grant_type": "client_credentials",
}


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    options = SandboxOptions(Path(tmp_path_factory.mktemp("tenant")) / "sandbox.db", workers=60)
    with running_sandbox(options, firm=Firm(FirmOptions(workers=60))) as url:
        yield f"{url}/procurify"


def call(tenant: str, path: str, method: str = "GET", body: Json | None = None, **params: str) -> requests.Response:
    token = requests.post(f"{tenant}/oauth/token", json=REQUEST, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "X-Procurify-Client": "api"}
    return requests.request(method, tenant + path, headers=headers, params=params, json=body, timeout=10)


def test_the_token_wants_json_with_the_audience(tenant: str) -> None:
    granted = requests.post(f"{tenant}/oauth/token", json=REQUEST, timeout=10)
    assert (granted.status_code, granted.json()["expires_in"], granted.json()["token_type"]) == (200, 86_400, "Bearer")
    wrong: list[Json] = [{**REQUEST, "client_secret": "x"}, {**REQUEST, "audience": "x"}]
    answers = [requests.post(f"{tenant}/oauth/token", json=one, timeout=10) for one in wrong]
    assert [one.status_code for one in answers] == [401, 400]
    assert answers[0].json()["error"] == "invalid_client"
    assert requests.post(f"{tenant}/oauth/token", data=REQUEST, timeout=10).status_code == 400


def test_both_headers_are_wanted(tenant: str) -> None:
    token = requests.post(f"{tenant}/oauth/token", json=REQUEST, timeout=10).json()["access_token"]
    path = f"{tenant}/api/v2/locations/"
    assert requests.get(path, timeout=10).status_code == 401
    assert requests.get(path, headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code == 403


def test_the_envelope_pages_by_ten_and_ignores_what_it_does_not_know(tenant: str) -> None:
    page = call(tenant, "/api/v3/ap/bills/", nonsense="1").json()
    pagination = page["metadata"]["pagination"]
    assert len(page["data"]) == pagination["page_size"] == 10
    assert pagination["count"] > 10
    assert pagination["previous"] is None
    assert pagination["next"].endswith("page=2")
    last = call(tenant, "/api/v3/ap/bills/", page=str(pagination["num_pages"])).json()
    assert last["metadata"]["pagination"]["next"] is None


def test_ranges_hold_both_ends(tenant: str) -> None:
    first, last = "2025-03-01T00:00:00-05:00", "2025-03-10T00:00:00-05:00"
    path = "/api/v3/ap/bills/"
    reply = call(tenant, path, order_by="-invoice_date", invoice_date_0=first, invoice_date_1=last)
    found = reply.json()["data"]
    assert [one["invoice_date"][:10] for one in found] == ["2025-03-10", "2025-03-05"]


def test_a_bill_in_full_codes_each_part_of_a_line(tenant: str) -> None:
    head = call(tenant, "/api/v3/ap/bills/", order_by="id").json()["data"][0]
    bill = call(tenant, f"/api/v2/ap/bills/{head['uuid']}/").json()["data"]
    (item,) = bill["items"]
    parts = item["cost_allocations"]
    assert sum(round(float(part["amount"]) * 10**8) for part in parts) == round(item["total_cost"] * 10**8)
    assert all(isinstance(part["amount"], str) and part["amount"][-9] == "." for part in parts)
    assert isinstance(item["total_cost_with_tax"], float)
    assert parts[0]["budget"]["department"]["branch"]["name"] == "Austin"
    assert not [name for name in (*bill, *item) if name.startswith("_")]
    assert call(tenant, "/api/v2/ap/bills/unknown/").status_code == 404


def test_every_bill_adds_up(tenant: str) -> None:
    root = tenant.removesuffix("/procurify")
    for bill in requests.get(f"{root}/admin/procurify/bills", timeout=10).json():
        lines = sum(round(item["total_cost_with_tax"] * 100) for item in bill["items"])
        costs = sum(round(float(cost["amount"]) * 100) for cost in bill["costs"])
        assert lines + costs == round(bill["total_cost_with_tax"] * 100)


def test_a_change_bumps_version_and_time(tenant: str) -> None:
    root = tenant.removesuffix("/procurify")
    before = requests.get(f"{root}/admin/procurify/bills", timeout=10).json()[-1]
    change = {"kind": "bill", "id": before["id"], "fields": {"note": "x"}}
    requests.post(f"{root}/admin/procurify/change", json=change, timeout=10)
    after = requests.get(f"{root}/admin/procurify/bills", timeout=10).json()[-1]
    assert after["version"] == before["version"] + 1
    assert after["last_modified_datetime"] > before["last_modified_datetime"]


def test_vendors_and_account_codes_are_written_under_their_rules(tenant: str) -> None:
    made = call(
        tenant, "/api/v3/vendors/", "POST", {"name": "Fjord Paper", "email": [], "type": 3, "external_id": "V-9"}
    )
    vendor = made.json()["data"]
    assert call(tenant, "/api/v3/vendors/", external_id="V-9").json()["data"] == [vendor]
    twice = call(tenant, "/api/v3/vendors/", "POST", {"name": "Fjord Paper", "email": []})
    assert (twice.status_code, twice.json()["errors"]["name"]["code"]) == (400, "ALREADY_EXISTS")
    long = call(tenant, f"/api/v3/vendors/{vendor['id']}/", "PATCH", {"name": "x" * 151})
    assert long.json()["errors"]["name"]["code"] == "TOO_LONG"
    code = call(tenant, "/api/v3/account-codes/", "POST", {"code": "9", "description": "Nine", "departments": [11, 12]})
    assert code.json()["data"]["applied_accounts_count"] == 2
    unknown = call(tenant, "/api/v3/account-codes/", "POST", {"code": "8", "description": "x", "departments": [999]})
    assert unknown.status_code == 400


def test_options_label_the_statuses(tenant: str) -> None:
    status = call(tenant, "/api/v3/ap/bills/", "OPTIONS").json()["actions"]["POST"]["status"]
    assert {"value": 2, "display_name": "Approved"} in status["choices"]
