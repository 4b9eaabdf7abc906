"""The Visma client against the simulated Visma over real sockets: pages, row versions, lost replies, the hour."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from connector_assets.sandbox import credentials
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.transport import Transport
from connector_assets.vendors.visma.client import VismaClient
from connector_assets.vendors.visma.models import Employee, Segment, ValueChange, Values

HOLM = {
    name: SecretStr(value)
    for name, value in {
        "department": "200",
        "employee_class": "STD",
        "branch": "1",
        "calendar": "NORM",
        "given_name": "Kari",
        "family_name": "Holm",
        "email": "kari.holm@example.test",
    }.items()
}
CREATE, UPDATE = {"operation": "create employee"}, {"operation": "update employee"}


@dataclass
class Desk:
    """The sandbox, a session past our client, and the one clock of both sides; sleeping moves it."""

    root: str = ""
    time: datetime = datetime(2026, 2, 1, 12, tzinfo=UTC)
    waits: list[float] = field(default_factory=list)
    numbers: int = 0

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += timedelta(seconds=seconds)

    def client(self, tenant: str = credentials.VISMA_TENANT_ID, header: str = "", attempts: int = 3) -> VismaClient:
        def now_s() -> float:
            return self.time.timestamp()

        transport = Transport("visma", sleep=self.sleep, now=now_s, jitter=lambda: 0.0, max_attempts=attempts)
        secrets = (credentials.VISMA_CLIENT_ID, credentials.VISMA_CLIENT_SECRET, tenant)
        base, token = f"{self.root}/visma/api", f"{self.root}/visma/connect/token"
        return VismaClient(base, token, *secrets, transport, company_header=header)

    def admin(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON of each call's own shape
        reply = requests.post(f"{self.root}/admin/{path}", json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def fault(self, name: str, match: object = None, **rule: object) -> None:
        self.admin("faults", system="visma", fault=name, match=match or {}, **rule)

    def calls(self, operation: str) -> int:
        counts: dict[str, int] = requests.get(f"{self.root}/admin/calls", timeout=10).json()
        return counts.get(f"visma {operation}", 0)

    def number(self) -> str:
        """A number that nobody has."""
        self.numbers += 1
        return f"N{self.numbers:04d}"


@pytest.fixture(scope="module")
def running() -> Iterator[Desk]:
    desk = Desk()
    with tempfile.TemporaryDirectory() as folder:
        options = SandboxOptions(Path(folder) / "state.db", workers=60)
        with running_sandbox(options, firm=Firm(FirmOptions(workers=60)), now=desk.now) as root:
            desk.root = root
            yield desk


@pytest.fixture
def desk(running: Desk) -> Desk:
    """The one sandbox of this module, its switches, faults and counts put back, in an hour of its own."""
    for kind in ("switches", "faults"):
        requests.delete(f"{running.root}/admin/{kind}", timeout=10)
    running.admin("calls/reset")
    running.time += timedelta(hours=2)
    running.waits.clear()
    return running


def plain(employee: Employee, *names: str) -> tuple[str, ...]:
    return tuple(employee.values[name].get_secret_value() for name in names)


def wishing(**fields: str) -> Values:
    return {name: SecretStr(value) for name, value in fields.items()}


def left_of(**fields: str) -> Any:  # noqa: ANN401 - the callback of change_employee
    """What of these fields is not there yet."""
    return lambda found: {name: SecretStr(value) for name, value in fields.items() if plain(found, name) != (value,)}


def test_an_employee_is_created_read_and_changed(desk: Desk) -> None:
    client, number = desk.client(), desk.number()
    made = client.create_employee(number, HOLM)
    assert (made.key, made.found) == (number, None)
    done = client.change_employee(number, made.etag, wishing(status="Hold", fax="7"), left_of())
    read = client.employee(number)
    assert read.etag == done.etag != made.etag
    assert plain(read, "status", "department", "branch", "family_name", "fax") == ("Hold", "200", "1", "Holm", "7")
    assert desk.calls("employee") == 1


def test_no_repr_shows_a_name_or_an_address(desk: Desk) -> None:
    client, number = desk.client(), desk.number()
    client.create_employee(number, HOLM)
    shown = repr(client.employee(number)) + repr(HOLM)
    assert "Holm" not in shown
    assert "example.test" not in shown


@pytest.mark.parametrize("fault", ["drop_after", "bad_gateway_after", "server_error_after", "message_500_after"])
def test_a_create_whose_reply_is_lost_is_looked_up_by_its_number(desk: Desk, fault: str) -> None:
    client, number = desk.client(), desk.number()
    desk.fault(fault, CREATE)
    made = client.create_employee(number, HOLM)
    assert made.found is not None
    assert plain(made.found, "family_name") == ("Holm",)
    assert desk.calls("create employee") == 1


@pytest.mark.parametrize("fault", ["drop_before", "bad_gateway", "server_error"])
def test_a_create_that_left_no_trace_stays_unknown(desk: Desk, fault: str) -> None:
    client, number = desk.client(), desk.number()
    desk.fault(fault, CREATE)
    with pytest.raises(OutcomeUnknownError):
        client.create_employee(number, HOLM)
    assert desk.calls("create employee") == 1


def test_a_create_whose_look_up_fails_too_stays_unknown(desk: Desk) -> None:
    client, number = desk.client(attempts=1), desk.number()
    desk.fault("drop_after", CREATE)
    desk.fault("bad_gateway", {"operation": "employee"})
    with pytest.raises(OutcomeUnknownError):
        client.create_employee(number, HOLM)


def test_a_taken_number_answers_who_has_it(desk: Desk) -> None:
    client, number = desk.client(), desk.number()
    client.create_employee(number, HOLM)
    second = client.create_employee(number, {**HOLM, "family_name": SecretStr("Berg")})
    assert second.found is not None
    assert plain(second.found, "family_name") == ("Holm",)


@pytest.mark.parametrize("status", ["400", "500"])
def test_a_create_that_is_refused_says_which_field(desk: Desk, status: str) -> None:
    desk.admin("switches", **{"visma.refusal_status": status})
    values = {**HOLM, "department": SecretStr("XX"), "email": SecretStr("")}
    with pytest.raises(RefusedError, match="Department 'XX' cannot be found") as refused:
        desk.client().create_employee(desk.number(), values)
    assert "'Email' cannot be empty" in str(refused.value)
    assert refused.value.reference
    assert desk.calls("create employee") == 1


def test_a_refusal_repeats_no_text_of_visma_that_may_name_somebody(desk: Desk) -> None:
    desk.fault("message_500", CREATE)
    with pytest.raises(RefusedError) as refused:
        desk.client().create_employee(desk.number(), HOLM)
    assert "Canary" not in str(refused.value)


@pytest.mark.parametrize("numbering", ["manual", "automatic"])
def test_the_number_is_the_one_that_visma_says(desk: Desk, numbering: str) -> None:
    desk.admin("switches", **{"visma.numbering": numbering})
    number = desk.number()
    made = desk.client().create_employee(number, HOLM)
    assert (made.key == number) is (numbering == "manual")
    assert plain(desk.client().employee(made.key), "family_name") == ("Holm",)


def test_somebody_elses_change_is_merged_and_not_overwritten(desk: Desk) -> None:
    client, number = desk.client(), desk.number()
    made = client.create_employee(number, HOLM)
    desk.fault("race", UPDATE, params={"member": "phone1", "value": "+47 1"})
    client.change_employee(number, made.etag, wishing(department="500"), left_of(department="500"))
    assert plain(client.employee(number), "department", "phone1", "family_name") == ("500", "+47 1", "Holm")
    assert (desk.calls("update employee"), desk.calls("employee")) == (2, 2)


def test_what_somebody_else_did_already_is_not_sent_again(desk: Desk) -> None:
    client, number = desk.client(), desk.number()
    made = client.create_employee(number, HOLM)
    desk.fault("race", UPDATE, params={"member": "department", "value": "500"})
    done = client.change_employee(number, made.etag, wishing(department="500"), left_of(department="500"))
    assert done.found is not None
    assert desk.calls("update employee") == 1


def test_a_race_without_end_is_a_refusal(desk: Desk) -> None:
    client, number = desk.client(), desk.number()
    made = client.create_employee(number, HOLM)
    desk.fault("race", UPDATE, times=0)
    with pytest.raises(RefusedError) as refused:
        client.change_employee(number, made.etag, wishing(department="500"), left_of(department="500"))
    assert refused.value.kind == "conflict"
    assert desk.calls("update employee") == 4


@pytest.mark.parametrize(
    "fault", ["drop_before", "drop_after", "bad_gateway", "bad_gateway_after", "message_500_after"]
)
def test_an_update_whose_reply_is_lost_happens_once(desk: Desk, fault: str) -> None:
    client, number = desk.client(), desk.number()
    made = client.create_employee(number, HOLM)
    desk.fault(fault, UPDATE)
    client.change_employee(number, made.etag, wishing(department="500"), left_of(department="500"))
    assert plain(client.employee(number), "department") == ("500",)
    assert desk.calls("update employee") == (1 if fault.endswith("after") else 2)


@pytest.mark.parametrize("etag", ["quoted", "bare", "weak"])
@pytest.mark.parametrize("contact", ["optional", "required"])
def test_row_versions_and_contacts_in_every_form(desk: Desk, etag: str, contact: str) -> None:
    desk.admin("switches", **{"visma.etag": etag, "visma.update_contact": contact})
    client, number = desk.client(), desk.number()
    made = client.create_employee(number, HOLM)
    client.change_employee(number, made.etag, wishing(branch="2"), left_of(branch="2"))
    listed = next(one for one in client.employees() if one.number == number)
    client.change_employee(number, listed.etag, wishing(branch="3"), left_of(branch="3"))
    assert plain(client.employee(number), "branch") == ("3",)
    assert desk.calls("update employee") == 2


@pytest.mark.parametrize("size", ["100", "500"])
def test_every_employee_once_in_pages(desk: Desk, size: str) -> None:
    desk.admin("switches", **{"visma.page_size_max": size, "visma.hourly_limit": "off"})
    client = desk.client()
    for _ in range(110):
        client.create_employee(desk.number(), HOLM)
    desk.admin("calls/reset")
    numbers = [one.number for one in client.employees()]
    assert len(numbers) == len(set(numbers)) > 110
    assert desk.calls("employee list") == -(-len(numbers) // int(size))
    desk.fault("inserted_between_pages", {"operation": "employee list"}, after=1)
    assert set(numbers) <= {one.number for one in client.employees()}


@pytest.mark.parametrize("zone", ["CET", "UTC"])
def test_changes_since_a_moment_of_the_data(desk: Desk, zone: str) -> None:
    desk.admin("switches", **{"visma.modified_zone": zone})
    client, number = desk.client(), desk.number()
    client.create_employee(number, HOLM)
    newest = max(one.modified for one in client.employees())
    assert [one.number for one in client.employees(newest)] == [number]


def test_segment_values_are_what_is_read_back(desk: Desk) -> None:
    client = desk.client()

    def decide(segment: Segment) -> list[ValueChange]:
        there = {one.value for one in segment.values}
        return [] if "0777" in there else [ValueChange("Insert", "0777", "Lab", is_active=True)]

    for fault in ("drop_after", "message_500_after"):
        desk.fault(fault, {"operation": "update segment"})
        desk.admin("visma/segment", segment=1, value="0777", changes={"delete": True})
        found = client.change_segment("SUBACCOUNT", client.segment("SUBACCOUNT", 1), decide)
        assert next(one for one in found.values if one.value == "0777").description == "Lab"


def test_padded_values_are_read_without_their_padding(desk: Desk) -> None:
    desk.admin("switches", **{"visma.segment_padding": "spaces"})
    assert all(one.value == one.value.strip() for one in desk.client().segment("SUBACCOUNT", 2).values)


def test_books_are_read_and_departments_and_subaccounts_made_once(desk: Desk) -> None:
    client = desk.client()
    assert {one.name for one in client.branches()} >= {"Austin", "Jersey City"}
    assert {one.number for one in client.accounts()} >= {"5000"}
    assert "SUBACCOUNT" in client.dimensions()
    for fault in ("drop_after", "message_500_after"):
        desk.fault(fault, {"method": "POST"})
        client.create_department(fault[:10], "Lab", {1: "0200"})
        made = next(one for one in client.departments() if one.department_id == fault[:10])
        assert (made.description, made.cost_center) == ("Lab", "0200")
    client.change_department("drop_after", "Field lab")
    assert "Field lab" in {one.description for one in client.departments()}
    desk.fault("drop_after", {"operation": "create subaccount"})
    client.create_subaccount("0200-P-1002-R00001", "Lab")
    assert "0200-P-1002-R00001" in {one.number for one in client.subaccounts()}


def test_a_short_pause_is_waited_for_and_the_hour_is_not(desk: Desk) -> None:
    client = desk.client()
    desk.fault("too_many_requests", params={"retry_after_s": 17})
    client.branches()
    assert desk.waits == [17.0]
    desk.admin("switches", **{"visma.hourly_limit": "60"})
    with pytest.raises(UnavailableError, match="calls of the hour are used up"):
        for _ in range(61):
            client.branches()
    assert client.allowance is not None
    assert (client.allowance.limit, client.allowance.remaining) == (60, 0)
    assert desk.waits == [17.0]


def test_a_write_beyond_the_hour_is_known_not_to_have_happened(desk: Desk) -> None:
    desk.admin("switches", **{"visma.hourly_limit": "60"})
    client, number = desk.client(), desk.number()
    for _ in range(60):
        client.branches()
    with pytest.raises(UnavailableError):
        client.create_employee(number, HOLM)
    desk.time += timedelta(hours=1)
    with pytest.raises(NotFoundError):
        client.employee(number)


def test_a_token_that_dies_is_renewed_and_the_wrong_tenant_is_named(desk: Desk) -> None:
    client = desk.client()
    desk.fault("expired_token", after=1)
    assert client.branches()
    assert client.branches()
    with pytest.raises(CredentialError, match="tenant_id the company's tenant"):
        desk.client(credentials.VISMA_CUSTOMER_TENANT_ID).branches()
    with pytest.raises(CredentialError, match="invalid_tenant"):
        desk.client("00000000-0000-0000-0000-000000000000").branches()


@pytest.mark.parametrize("body", ["empty", "message", "html"])
def test_a_401_in_any_form_is_a_credential(desk: Desk, body: str) -> None:
    desk.admin("switches", **{"visma.unauthorized_body": body})
    with pytest.raises(CredentialError):
        desk.client(credentials.VISMA_CUSTOMER_TENANT_ID).branches()


def test_the_company_header_is_sent_where_it_is_asked_for(desk: Desk) -> None:
    desk.admin("switches", **{"visma.company_header": "required"})
    with pytest.raises(AccessError, match="company_header"):
        desk.client().branches()
    assert desk.client(header="4711001").branches()


def test_reserved_characters_travel(desk: Desk) -> None:
    client = desk.client()
    client.create_employee("A/1 ø", HOLM)
    assert client.employee("A/1 ø").number == "A/1 ø"
    with pytest.raises(NotFoundError):
        client.employee("nobody")


def test_pages_of_a_gateway_are_no_answer(desk: Desk) -> None:
    client = desk.client()
    desk.fault("html_page", {"operation": "branch list"})
    assert client.branches()
    desk.fault("html_page", {"operation": "branch list"}, times=0)
    with pytest.raises(VendorError):
        client.branches()


def test_ping_says_what_is_missing(desk: Desk) -> None:
    assert desk.client().ping([1, 2, 3]) == []
    missing = desk.client().ping([9])
    assert len(missing) == 1
    assert "segment" in missing[0]
