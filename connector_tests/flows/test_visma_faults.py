"""The flow into Visma under faults drawn at random, and what a notification, a key's rotation and a lost reply do."""

import os
import random
from collections.abc import Iterator

import pytest
from dagster import RunRequest, build_sensor_context

from connector_assets.commands.demo_visma import NAME
from connector_assets.connections import load_connection
from connector_assets.credentials import vault_keys
from connector_assets.flows.paychex_visma import employees
from connector_assets.orchestration.inbox_sensor import subjects_of
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.resources import PaychexResource, RecordsResource
from connector_assets.records.errors import RecordsError
from connector_assets.records.inbox import Notice
from connector_assets.records.vault import Vault
from connector_assets.vendors.errors import VendorError
from connector_tests.cli_runner import failing, run, succeeding
from connector_tests.flows import visma_house
from connector_tests.flows.visma_house import COMPANY_ID, VismaHouse

FAULTS = [
    "drop_before",
    "drop_after",
    "truncated",
    "server_error",
    "server_error_after",
    "bad_gateway",
    "bad_gateway_after",
    "message_500",
    "message_500_after",
    "too_many_requests",
    "expired_token",
    "race",
    "upgrade",
    "html_page",
]
LOOKS = 5
SEEDS = int(os.environ.get("CONNECTOR_TEST_VISMA_SEEDS", "3"))


@pytest.fixture
def house() -> Iterator[VismaHouse]:
    with visma_house.copied() as found:
        yield found


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_whatever_fails_everybody_ends_in_step_and_nobody_twice(
    house: VismaHouse, waits: list[float], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(employees, "PROCESSING_WINDOW_S", 0)
    dice, people = random.Random(seed), house.employed()  # noqa: S311 - repeatable, not secret
    names = {one.employee_id: one.family_name for one in people}
    house.admin("faults", system="visma", rate=0.25, seed=seed, faults=FAULTS)
    for look in range(LOOKS):
        hired = house.hire(employee_id=f"97{look:02d}", given_name="Noor", family_name=f"Tveit-{look}")
        names[hired["employee_id"]] = f"Tveit-{look}"
        for one in dice.sample(people, 3):
            names[one.employee_id] = f"{one.family_name}-{look}"
            house.flex(one, family_name=names[one.employee_id])
        try:
            house.bring_in_step()
        except VendorError:  # the poll itself failed: nothing was decided
            continue
    house.no_faults()
    house.bring_in_step()
    held = house.records_of("employee")
    assert {key: one["contact"]["lastName"] for key, one in held.items() if key in names} == names
    assert len({one["contact"]["email"] for one in held.values()}) >= len(people)
    assert sum(one["contact"]["lastName"].startswith("Tveit-") for one in held.values()) == LOOKS
    assert [row.state for row in house.standing()] == ["in_step"]
    created = [entry.subject for entry in house.trail() if entry.action == "employee created"]
    assert len(created) == len(set(created))
    house.reset_calls()
    house.bring_in_step()
    assert house.writes() == {}
    assert house.records().audit.verify().intact


@pytest.mark.thorough
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "message_500_after"])
def test_dimension_values_whose_replies_are_lost_are_made_once(
    house: VismaHouse, waits: list[float], fault: str
) -> None:
    for operation in ("update segment", "create department"):
        house.fault("visma", fault, {"operation": operation})
    house.unit("970000997", name="560 Field Lab", number="560", level="Level 1", parent_id=None)
    assert house.everything().succeeded
    house.no_faults()
    assert house.everything().succeeded
    assert house.values(1)["0560"]["description"] == "Field Lab"
    assert house.records_of("department")["560"]["segments"] == [[1, "0560"]]
    made = [one.action for one in house.trail("/0560") + house.trail("/560")]
    assert made == ["dimension value created", "dimension value created"]
    assert [row.state for row in house.standing()] == ["in_step"]


def test_a_notification_asks_for_a_run_of_its_worker(house: VismaHouse) -> None:
    one = house.employed()[0]
    house.flex(one, family_name="Nyquist")
    notice = Notice("paychex", "n-1", COMPANY_ID, "WRKR_DEM", "UPDATE", "worker", one.worker_id)
    house.records().inbox.store([notice])
    records = RecordsResource()
    reach = {"records": records, "paychex": PaychexResource(records=records)}
    frames = FramesResource(base=house.settings.frames_path)
    sensor = house.definitions().resolve_sensor_def(f"{NAME}_notifications")
    with build_sensor_context(house.instance, resources={**reach, "frame_store": frames}) as context:
        asked = sensor(context)
    assert isinstance(asked, list)
    (request,) = asked
    assert isinstance(request, RunRequest)
    assert (request.job_name, subjects_of(request.tags)) == (f"{NAME}_workers", [one.worker_id])
    assert house.look(*subjects_of(request.tags)).succeeded
    assert house.visma(one.employee_id)["contact"]["lastName"] == "Nyquist"


def test_keys_are_rotated_and_both_systems_still_answer(house: VismaHouse) -> None:
    (old,) = vault_keys(house.settings)
    before = {entry.sequence for entry in house.records().audit.entries()}
    assert "4 secrets" in succeeding("credentials", "rotate")
    (fresh,) = vault_keys(house.settings)
    assert fresh != old
    assert house.settings.vault_key_file.stat().st_mode & 0o077 == 0
    told = [entry for entry in house.records().audit.entries() if entry.sequence not in before]
    assert [entry.action for entry in told] == ["vault rotated"]
    assert old not in told[0].detail
    assert run("ping", NAME).exit_code == 0
    home, connection = house.records(), load_connection(house.settings, NAME)
    assert home.credentials.get(connection, "visma")["client_id"].get_secret_value()
    engine = home.credentials._engine
    with pytest.raises(RecordsError):
        Vault(engine, [old]).get(NAME, "visma", "client_secret")


def test_keys_from_the_environment_are_rotated_by_whoever_set_them(
    house: VismaHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector_assets.records.vault import new_key

    (old,), fresh = vault_keys(house.settings), new_key()
    monkeypatch.setenv("CONNECTOR_VAULT_KEY", f"{fresh},{old}")
    assert "remove the others" in succeeding("credentials", "rotate")
    monkeypatch.setenv("CONNECTOR_VAULT_KEY", fresh)
    assert run("ping", NAME).exit_code == 0
    assert vault_keys(house.settings) == [old]


def test_status_and_ping_say_what_is_wrong_and_what_to_do(house: VismaHouse) -> None:
    assert run("status", NAME).exit_code == 0
    assert "has nothing for this command" in failing("preview", NAME, "2026-01-05_1")
    house.by_hand(house.employed()[0].employee_id, status="Inactive")
    house.bring_in_step()
    result = run("status", NAME)
    assert result.exit_code == 1
    assert "drifted" in result.output
    house.admin("switches", **{"visma.company_header": "required"})
    result = run("ping", NAME)
    assert result.exit_code == 1
    assert "company_header" in result.output
