"""Names and addresses pass from Paychex to Visma and are kept nowhere between: byte for byte, in failures too."""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from connector_assets.commands.demo_visma import NAME
from connector_assets.sandbox import credentials
from connector_tests.cli_runner import run, succeeding
from connector_tests.flows import visma_house
from connector_tests.flows.visma_house import COMPANY_ID, CREATE, UPDATE, VismaHouse
from connector_tests.privacy import FAMILY, GIVEN, Canaries, canaries_of, leaks, plant, scan, views

ADDRESS = "quillfeather.canary@hollismarr.example"


@pytest.fixture(scope="module")
def house() -> Iterator[VismaHouse]:
    """A deployment that has created everybody, before anything is asked of it."""
    with visma_house.copied() as found:
        yield found


def planted(house: VismaHouse) -> Canaries:
    """Canaries in a rename, in a hire whose reply is lost, in one that is refused, and in one whose number is taken."""
    house.admin("visma/new_employee", number="9802", members={"contact": {"firstName": "Eva", "lastName": "Lund"}})
    hired = [house.hire(employee_id=number, email=ADDRESS) for number in ("9801", "12345678901", "9802")]
    ids = [house.employed()[1].worker_id, *(str(one["worker_id"]) for one in hired)]
    return Canaries({**plant(house.admin, COMPANY_ID, ids), ADDRESS: "e-mail", "Canary.Person": "quoted by Visma"})


def test_changes_and_failures_leave_no_personal_datum_behind(
    house: VismaHouse, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], waits: list[float]
) -> None:
    caplog.set_level("DEBUG")
    canaries = planted(house)
    house.fault("visma", "drop_after", CREATE)
    house.fault("visma", "message_500", UPDATE)
    house.by_hand(house.employed()[2].employee_id, contact={"lastName": f"{FAMILY}9", "email": ADDRESS})
    assert house.look().succeeded
    house.fault("visma", "html_page", {"operation": "employee list"}, times=0)
    failed = house.look()
    house.no_faults()
    assert not failed.succeeded
    assert house.look().succeeded
    assert house.visma("9801")["contact"]["firstName"] == GIVEN
    assert {row.state for row in house.standing()} >= {"drifted", "refused", "held"}
    commands = (("status", NAME), ("status", "--json"), ("credentials", "list", NAME), ("retry",))
    printed = "".join(run(*command).output for command in commands)
    assert "drifted" in printed
    printed += exported_fields_lead_to_workers_and_back(house)
    assert scan(house.settings.home, canaries) == {}
    assert not leaks(caplog.text + printed + failed.problem, canaries)
    out, err = capfd.readouterr()
    assert not leaks(out + err, canaries)
    assert scan(house.settings.home / "frames", canaries_of(house.people())) == {}
    # The names did pass through, from one vendor to the other: there they stand, found by the same search.
    held = "".join(str(text) for _, text in views(house.settings.home / "sandbox.db"))
    assert {"name", "e-mail", "ssn"} <= leaks(held, canaries)


def exported_fields_lead_to_workers_and_back(house: VismaHouse) -> str:
    """Each field of each employee that was written, with the worker it follows; the same as CSV and as JSON."""
    days = ("--from", "2020-01-01", "--until", "2099-12-31", "--connection", NAME)
    printed = succeeding("audit", "export", *days)
    rows = list(csv.DictReader(io.StringIO(printed)))
    as_json = succeeding("audit", "export", *days, "--format", "json")
    assert [{name: str(value) for name, value in json.loads(one).items()} for one in as_json.splitlines()] == rows
    written = [row for row in rows if row["kind"] == "employee"]
    workers = {one.employee_id: one for one in house.people()}
    placed = next(row for row in written if row["line_memo"].startswith("department none -> "))
    moved = workers[placed["reference"]]
    assert (placed["source_id"], placed["source_line"]) == (moved.worker_id, f"organization {moved.organization_id}")
    back = {row["piece_kind"] for row in written if row["source_id"] == moved.worker_id}
    assert back >= {"department", "branch", "status", "name"}
    entries = {str(one.sequence): one for one in house.records().audit.entries()}
    for row in written:
        assert row["reference"] not in workers or workers[row["reference"]].worker_id == row["source_id"]
        assert entries[row["audit_entries"]].reason == row["rule"]
    values = [row for row in rows if row["kind"] == "dimension value"]
    assert {row["source_line"] for row in values} >= {"organization", "title"}
    return printed + as_json


def test_no_secret_stands_in_clear(house: VismaHouse) -> None:
    secrets = {credentials.VISMA_CLIENT_SECRET: "visma", credentials.PAYCHEX_CLIENT_SECRET: "paychex"}
    assert scan(house.settings.home, Canaries(secrets)) == {}
