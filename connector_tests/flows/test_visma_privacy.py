"""Names and addresses pass from Paychex to Visma and are kept nowhere between: byte for byte, in failures too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector_assets.commands.demo_visma import NAME
from connector_tests.cli_runner import run
from connector_tests.flows import visma_house
from connector_tests.flows.test_privacy import dumped, files_of, leaks
from connector_tests.flows.visma_house import CREATE, UPDATE, VismaHouse

WORDS = ("Zebedee", "Canarius", "Canaria", "zebedee.canarius@hollismarr.example", "Canary.Person")


@pytest.fixture(scope="module")
def house() -> Iterator[VismaHouse]:
    """A deployment that has created everybody, before anything is asked of it."""
    with visma_house.pattern() as pattern, visma_house.copied(pattern) as found:
        yield found


def told(text: str) -> set[str]:
    """What of the canaries, or of anybody's data, a text holds."""
    return leaks(text) | {word for word in WORDS if word in text}


def test_changes_and_failures_leave_no_personal_datum_behind(
    house: VismaHouse, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], waits: list[float]
) -> None:
    caplog.set_level("DEBUG")
    canary = {"given_name": "Zebedee", "family_name": "Canarius", "email": WORDS[3]}
    house.admin("visma/new_employee", number="9802", members={"contact": {"firstName": "Eva", "lastName": "Lund"}})
    lost, refused, held = (house.hire(**canary, employee_id=number) for number in ("9801", "12345678901", "9802"))
    one = house.employed()[1]
    house.fault("visma", "drop_after", {**CREATE})
    house.fault("visma", "message_500", {**UPDATE})
    house.flex(one, family_name="Canaria")
    house.by_hand(house.employed()[2].employee_id, contact={"lastName": "Canarius", "email": WORDS[3]})
    assert house.look().succeeded
    house.fault("visma", "html_page", {"operation": "employee list"}, times=0)
    assert not house.look().succeeded
    house.no_faults()
    assert house.look().succeeded
    state = house.state(lost["worker_id"])
    assert state is not None
    assert state.state == "in_step"
    assert {row.state for row in house.standing()} >= {"drifted", "refused", "held"}
    assert refused["worker_id"] != held["worker_id"]
    for command in (("status", NAME), ("status", "--json"), ("credentials", "list", NAME), ("retry",)):
        assert not told(run(*command).output), command
    found = {name: told(text) for name, text in files_of(house) if told(text)}
    assert not found
    assert not told(caplog.text)
    out, err = capfd.readouterr()
    assert not told(out + err)


def test_the_search_would_find_them(house: VismaHouse) -> None:
    held = dumped(house.settings.home / "sandbox.db")
    assert {"e-mail", "Canarius", "Zebedee"} <= told(held)


def test_no_secret_stands_in_clear(house: VismaHouse) -> None:
    from connector_assets.sandbox import credentials

    secrets = (credentials.VISMA_CLIENT_SECRET, credentials.PAYCHEX_CLIENT_SECRET)
    for path in sorted(Path(house.settings.home).rglob("*")):
        if path.is_file() and not path.name.startswith("sandbox.db"):
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), path
