"""`connector webhooks`: hooks at the simulated Paychex from the command line, and every way it fails."""

import json
from collections.abc import Iterator

import pytest
import yaml

from connector_assets.records.inbox import Notice
from connector_tests.cli_runner import failing, run, succeeding
from connector_tests.flows.house import COMPANY_OF, LLC, House, copied

PUBLIC = "https://hooks.example.com"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with copied() as found:
        yield found


def hooks() -> list[dict[str, object]]:
    """The hooks, as data."""
    listed: list[dict[str, object]] = json.loads(succeeding("webhooks", "list", LLC, "--json"))["hooks"]
    return listed


def kept(house: House) -> str:
    """The password as the vault has it."""
    return house.records().credentials.receiver()["password"].get_secret_value()


def test_a_hook_is_registered_replaced_listed_and_removed(house: House) -> None:
    told = succeeding("webhooks", "register", LLC, PUBLIC)
    assert f"{PUBLIC}/paychex is told of CLT_PYRN" in told
    assert "Not on offer for this app: CLT_ACCESS" in told
    (first,) = hooks()
    assert (first["auth_type"], first["company_id"]) == ("BASIC_AUTH", COMPANY_OF[LLC])
    password = kept(house)
    assert password not in told
    succeeding("webhooks", "register", LLC, f"{PUBLIC}/", "--domain", "CLT_PYRN")
    (second,) = hooks()
    assert second["hook_id"] != first["hook_id"]
    assert second["domains"] == ["CLT_PYRN"]
    assert kept(house) == password
    succeeding("webhooks", "register", LLC, PUBLIC, "--new-secret")
    assert kept(house) != password
    assert "BASIC_AUTH" in succeeding("webhooks", "list", LLC)
    (third,) = hooks()
    assert "is gone" in succeeding("webhooks", "remove", LLC, str(third["hook_id"]))
    assert hooks() == []
    assert "HTTP 404" in failing("webhooks", "remove", LLC, str(third["hook_id"]))
    actions = [entry.action for entry in house.records().audit.entries()]
    assert actions.count("webhook registered") == 3
    assert actions.count("webhook removed") == 1


@pytest.mark.parametrize(
    ("auth", "shown"), [("api_key", "API_KEY"), ("oauth2", "OAUTH2"), ("oauth2_basic", "OAUTH2_BASIC")]
)
def test_every_way_to_authenticate_is_registered_with_secrets_of_its_own(house: House, auth: str, shown: str) -> None:
    told = succeeding("webhooks", "register", LLC, PUBLIC, "--auth", auth)
    assert [one["auth_type"] for one in hooks()] == [shown]
    assert not [one for one in house.records().credentials.receiver().values() if one.get_secret_value() in told]


def test_what_the_environment_gives_is_registered_and_not_the_vaults(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTOR_WEBHOOKS_PASSWORD", "from-the-environment")
    succeeding("webhooks", "register", LLC, PUBLIC)
    assert kept(house) == "from-the-environment"


@pytest.mark.parametrize("url", ["hooks.example.com", "http://hooks.example.com", "ftp://x", "https://x/?secret=1"])
def test_an_address_that_paychex_cannot_use_is_refused(house: House, url: str) -> None:
    assert "https://hooks.example.com" in failing("webhooks", "register", LLC, url)


def test_a_domain_that_is_not_on_offer_is_refused_with_those_that_are(house: House) -> None:
    assert "CLT_PYRN" in failing("webhooks", "register", LLC, PUBLIC, "--domain", "USR_CONSENT")


def test_a_connection_that_paychex_knows_nothing_of_is_refused(house: House) -> None:
    assert "There is no connection" in failing("webhooks", "list", "nobody")
    path = house.settings.connections_dir / "reports.yaml"
    body = {
        "name": "reports",
        "flow": "expensify_intacct",
        "start_date": "2025-01-01",
        "expensify": {"url": "http://127.0.0.1:1", "policy_id": "A1B2C3D4E5F60718"},
    }
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    try:
        result = run("webhooks", "list", "reports")
    finally:
        path.unlink()
    assert result.exit_code != 0
    assert "Fix: " in result.output


def test_what_was_given_up_is_listed_and_replayed_all_at_once(house: House) -> None:
    assert "None was given up." in succeeding("webhooks", "dead")
    assert json.loads(succeeding("webhooks", "dead", LLC, "--json")) == []
    inbox = house.records().inbox
    inbox.store([Notice("paychex", f"dead-{number}", COMPANY_OF[LLC], "CLT_PYRN", "") for number in range(2)])
    for _ in range(6):
        inbox.fail(LLC, [1, 2], "it is poisoned")
    result = run("webhooks", "dead", "--json")
    assert result.exit_code == 1
    assert [row["reason"] for row in json.loads(result.output)] == ["it is poisoned"] * 2
    assert "None" not in run("webhooks", "dead", LLC).output
    assert "No notification is named" in failing("webhooks", "replay", LLC, "--reason", "x")
    assert "n-9" in failing("webhooks", "replay", LLC, "n-9", "--reason", "x")
    assert "2 replayed" in succeeding("webhooks", "replay", LLC, "--all", "--reason", "mended")
    assert "None was given up." in succeeding("webhooks", "dead", LLC)


def test_a_receiver_without_secrets_or_with_a_taken_port_says_what_to_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTOR_WEBHOOKS_PORT", str(house.settings.sandbox_port))
    assert "CONNECTOR_WEBHOOKS_PORT" in failing("webhooks", "serve")
    monkeypatch.setenv("CONNECTOR_HOME", str(house.folder / "elsewhere"))
    assert "connector webhooks register" in failing("webhooks", "serve")
