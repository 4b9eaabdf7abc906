"""Names and addresses pass from Paychex to Visma and are kept nowhere between: byte for byte, in failures too."""

from collections.abc import Iterator

import pytest

from connector_assets.commands.demo_visma import NAME
from connector_assets.sandbox import credentials
from connector_tests.cli_runner import run
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
    assert scan(house.settings.home, canaries) == {}
    assert not leaks(caplog.text + printed + failed.problem, canaries)
    out, err = capfd.readouterr()
    assert not leaks(out + err, canaries)
    assert scan(house.settings.home / "frames", canaries_of(house.people())) == {}
    # The names did pass through, from one vendor to the other: there they stand, found by the same search.
    held = "".join(str(text) for _, text in views(house.settings.home / "sandbox.db"))
    assert {"name", "e-mail", "ssn"} <= leaks(held, canaries)


def test_no_secret_stands_in_clear(house: VismaHouse) -> None:
    secrets = {credentials.VISMA_CLIENT_SECRET: "visma", credentials.PAYCHEX_CLIENT_SECRET: "paychex"}
    assert scan(house.settings.home, Canaries(secrets)) == {}
