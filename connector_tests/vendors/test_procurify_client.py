"""The Procurify client against the simulated tenant, over real sockets, in each way that the vendor leaves open."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import requests

from connector_assets.sandbox import credentials
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.procurify.client import BILLS, PAYMENTS, ProcurifyClient
from connector_assets.vendors.procurify.models import cents_from, day_of, e8_from
from connector_assets.vendors.procurify.paging import Page, every_row, page_of
from connector_assets.vendors.transport import Transport
from connector_tests.vendors.conftest import Script, ScriptedServer, json_reply


@dataclass
class Desk:
    """The sandbox, and a session past our client; nobody waits."""

    root: str
    waits: list[float] = field(default_factory=list)

    def client(self, secret: str = credentials.PROCURIFY_CLIENT_SECRET, **options: Any) -> ProcurifyClient:  # noqa: ANN401  # the client's own
        transport = Transport("procurify", sleep=self.waits.append, jitter=lambda: 0.0, max_attempts=3)
        return ProcurifyClient(f"{self.root}/procurify", credentials.PROCURIFY_CLIENT_ID, secret, transport, **options)

    def admin(self, path: str, **body: object) -> Any:  # noqa: ANN401  # JSON of each call's own shape
        reply = requests.post(f"{self.root}/admin/{path}", json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def switch(self, **values: str) -> None:
        self.admin("switches", **{f"procurify.{name}": value for name, value in values.items()})

    def fault(self, name: str, operation: str, **rule: object) -> None:
        self.admin("faults", system="procurify", fault=name, match={"operation": operation}, **rule)

    def truth(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.root}/admin/procurify/{kind}s", timeout=10).json()
        return found

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = requests.get(f"{self.root}/admin/calls", timeout=10).json()
        return found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    options = SandboxOptions(Path(tmp_path_factory.mktemp("procurify")) / "sandbox.db", workers=60)
    with running_sandbox(options, firm=Firm(FirmOptions(workers=60))) as url:
        yield url


@pytest.fixture
def desk(root: str) -> Desk:
    requests.delete(f"{root}/admin/switches", timeout=10)
    requests.delete(f"{root}/admin/faults", timeout=10)
    requests.post(f"{root}/admin/calls/reset", timeout=10)
    return Desk(root)


@pytest.mark.parametrize(
    ("ignored", "pagination", "most_rows"),
    [*product(("unknown", "filters", "page_size", "order_by"), ("metadata", "top"), ("100",)), ("unknown", "top", "7")],
)
def test_every_bill_since_a_moment_comes_once_whatever_is_ignored(
    desk: Desk, ignored: str, pagination: str, most_rows: str
) -> None:
    desk.switch(ignored=ignored, pagination=pagination, most_rows=most_rows)
    since = datetime(2025, 9, 1, tzinfo=UTC)
    wanted = {b["id"]: b for b in desk.truth("bill") if datetime.fromisoformat(b["last_modified_datetime"]) >= since}
    found = desk.client().bills(since)
    assert [one.id for one in found] == sorted(wanted, key=lambda key: (wanted[key]["last_modified_datetime"], key))
    assert all(one.total_cents == round(wanted[one.id]["total_cost_with_tax"] * 100) for one in found)
    assert len(desk.client().bills()) == len(desk.truth("bill"))


@pytest.mark.parametrize("days", ["local", "utc"])
def test_a_day_is_the_tenants_day_however_it_is_sent(desk: Desk, days: str) -> None:
    desk.switch(days=days)
    client = desk.client(timezone="America/New_York") if days == "utc" else desk.client()
    truth = {one["id"]: one["invoice_date"][:10] for one in desk.truth("bill")}
    assert {one.id: str(client.day(one.invoice_date)) for one in client.bills()} == truth


@pytest.mark.parametrize("allocations", ["net", "gross"])
def test_a_bill_in_full_has_every_amount_exactly(desk: Desk, allocations: str) -> None:
    desk.switch(allocations=allocations)
    client = desk.client()
    for head in client.bills():
        bill = client.bill(head.uuid)
        whole = sum(item.with_tax_e8 for item in bill.items) + sum(cost.amount_e8 for cost in bill.costs)
        assert whole == bill.total_cents * 10**6
        for item in bill.items:
            shared = sum(one.amount_e8 for one in item.allocations)
            assert shared == (item.with_tax_e8 if allocations == "gross" else item.with_tax_e8 - item.tax_e8)
        assert all(one.budget and one.budget.department for item in bill.items for one in item.allocations)
    assert "canary" not in repr(bill).lower()
    assert "Harbor" not in repr(client.vendors())


def test_payments_since_a_day_with_their_bills(desk: Desk) -> None:
    desk.switch(ignored="filters")
    since = date(2025, 10, 1)
    wanted = {one["id"]: len(one["bill_payments"]) for one in desk.truth("payment") if one["payment_date"] >= "2025-10"}
    found = desk.client().payments(since)
    assert {one.id: len(one.parts) for one in found} == wanted
    assert all(one.amount_cents == sum(part.amount_cents for part in one.parts) for one in found)
    assert {one.payment_method.gl_code for one in found if one.payment_method} == {"1010"}
    assert "6789" not in repr(found)


@pytest.mark.parametrize("numbers", ["plain", "shifted"])
def test_statuses_are_read_by_their_labels(desk: Desk, numbers: str) -> None:
    desk.switch(status_numbers=numbers)
    client = desk.client()
    labels = client.status_labels(BILLS)
    approved = next(number for number, label in labels.items() if label == "Approved")
    wanted = {one["id"] for one in desk.truth("bill") if one["_status"] == "Approved"}
    assert {one.id for one in client.bills() if one.status == approved} == wanted
    assert "Paid" in client.status_labels(PAYMENTS).values()
    desk.switch(options_choices="absent")
    assert client.status_labels(BILLS) == {}


@pytest.mark.parametrize("host", ["own", "other"])
def test_a_file_is_proven_and_the_token_goes_to_the_tenant_alone(desk: Desk, host: str) -> None:
    desk.switch(file_host=host)  # the sandbox refuses a token that was sent to the other host
    client = desk.client()
    attachment = client.bill(client.bills()[0].uuid).attachments[0]
    content = client.file(attachment, 10_000)
    assert len(content) == attachment.length
    altered = attachment.model_copy(update={"sha1_hash": "0" * 40})
    with pytest.raises(ProtocolError, match="SHA-1"):
        client.file(altered, 10_000)
    with pytest.raises(ProtocolError, match="bytes"):
        client.file(attachment, 10)
    assert "signature" not in repr(attachment)
    desk.switch(file_link="ended")
    with pytest.raises(NotFoundError):
        client.file(attachment, 10_000)


def test_one_token_serves_many_calls_and_is_renewed_once_on_401(desk: Desk) -> None:
    client = desk.client()
    client.locations()
    client.departments()
    assert desk.calls()["procurify token"] == 1
    desk.fault("expired_token", "locations")
    assert len(client.locations()) == len(desk.truth("location"))
    assert desk.calls()["procurify token"] == 2


def test_a_wrong_secret_and_a_missing_role_are_told_apart_and_ping_names_what_is_missing(desk: Desk) -> None:
    with pytest.raises(CredentialError, match="client_id and client_secret"):
        desk.client(secret="wrong").bills()  # no secret
    assert len(desk.client(secret="wrong").ping()) == 1  # no secret
    assert desk.client().ping() == []
    desk.fault("forbidden", "payments", times=0)
    (missing,) = desk.client().ping()
    assert "payments" in missing
    assert "role" in missing
    with pytest.raises(AccessError):
        desk.client().payments(date(2025, 1, 1))


@pytest.mark.parametrize("fault", ["too_many_requests", "too_many_with_wait", "unavailable", "server_error"])
def test_reads_wait_and_ask_again(desk: Desk, fault: str) -> None:
    desk.fault(fault, "vendors")
    assert len(desk.client().vendors()) == len(desk.truth("vendor"))
    assert len(desk.waits) == 1
    if fault == "too_many_with_wait":
        assert desk.waits == [1.0]


@pytest.mark.parametrize("fault", ["short_page", "repeated_page", "html_page", "not_json"])
def test_a_list_that_does_not_add_up_is_refused_and_one_that_settles_is_read(desk: Desk, fault: str) -> None:
    client = desk.client(page_size=5)
    desk.fault(fault, "bills", times=1, after=1)
    if fault == "short_page":
        assert len(client.bills()) == len(desk.truth("bill"))
    desk.fault(fault, "bills", times=0, after=1)
    with pytest.raises((ProtocolError, UnavailableError)):
        client.bills()


@pytest.mark.parametrize("shape", ["errors", "detail", "message"])
def test_a_refusal_names_its_field_where_it_can_and_quotes_nobody(desk: Desk, shape: str) -> None:
    desk.switch(error_shape=shape)
    with pytest.raises(RefusedError) as caught:
        desk.client().create_account_code({"code": "6600", "description": "Twice", "departments": []})
    assert caught.value.codes == (("code", "ALREADY_EXISTS") if shape == "errors" else ())
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "not_json", "unavailable"])
def test_a_write_whose_reply_is_lost_is_unknown_and_is_not_sent_again(desk: Desk, fault: str) -> None:
    desk.fault(fault, "create vendor")
    client = desk.client()
    name = f"Vendor {fault}"
    with pytest.raises(OutcomeUnknownError):
        client.create_vendor({"name": name, "external_id": name, "type": 3, "email": []})
    assert desk.calls()["procurify create vendor"] == 1
    desk.switch(ignored="filters")
    assert len(client.vendors_known_as(name)) == (fault in {"drop_after", "not_json"})


def test_amounts_are_exact_and_noise_is_not_an_amount() -> None:
    assert e8_from("160.00000000") == 16_000_000_000
    assert [cents_from(one) for one in (259.20000000000005, "259.2", 19.2, -1.1, "0.00000000")] == [
        25_920, 25_920, 1_920, -110, 0,
    ]  # fmt: skip
    for wrong in ("1.005", "NaN", "Infinity", "1e30", "ten", ""):
        with pytest.raises(ValueError, match="not an amount"):
            cents_from(wrong)
    assert day_of(None, None) is None


def test_pages_that_change_are_read_again_and_never_trusted() -> None:
    changing = [
        Page([{"id": 1}], 1, 2, 2),
        Page([{"id": 2}], 2, 2, 3),
        *[Page([{"id": n}], n, 3, 3) for n in (1, 2, 3)],
    ]
    asked: list[int] = []

    def ask(number: int) -> Page:
        asked.append(number)
        return changing.pop(0)

    assert [row["id"] for row in every_row(ask, "bills")] == [1, 2, 3]
    assert asked == [1, 2, 1, 2, 3]
    with pytest.raises(ProtocolError, match="do not add up"):
        every_row(lambda number: Page([{"id": 1}, {"id": 1}], number, 1, 2), "bills")
    bodies: list[object] = [[], {}, {"data": {}}, {"data": []}, {"data": [], "pagination": {"count": "1"}}]
    for body in bodies:
        with pytest.raises(ProtocolError):
            page_of(body, "bills")


def test_a_record_that_cannot_be_read_is_named_without_its_content(
    scripted_server: Callable[[Script], AbstractContextManager[ScriptedServer]],
) -> None:
    row = {
        "id": 1,
        "uuid": "u",
        "status": "canary.person@acme.example",
        "last_modified_datetime": "2025-01-01T00:00:00Z",
    }
    page = {"data": [row], "pagination": {"count": 1, "num_pages": 1, "current_page": 1}}
    script = [json_reply({"access_token": "t", "expires_in": 86_400}), json_reply(page)]
    with scripted_server(script) as server:
        client = ProcurifyClient(server.url, "id", "secret", Transport("procurify"))
        with pytest.raises(VendorError, match="status") as caught:
            client.bills()
        assert "canary" not in f"{caught.value!r}{caught.value.__context__!r}"
        token, listed = server.requests
        assert b'"audience": "https://api.procurify.com/"' in token.body
        assert (listed.headers["Authorization"], listed.headers["X-Procurify-Client"]) == ("Bearer t", "api")
