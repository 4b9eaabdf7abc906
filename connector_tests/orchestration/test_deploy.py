"""deploy/ without a container engine: every file parses, and what it names is there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import click
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

from connector_assets.cli import main
from connector_assets.settings import Settings

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
HELM: dict[str, Any] = yaml.safe_load((DEPLOY / "helm-values.yaml").read_text(encoding="utf-8"))
RECEIVER = list(yaml.safe_load_all((DEPLOY / "receiver.kubernetes.yaml").read_text(encoding="utf-8")))
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "connector"}
DAGSTERS = {"DAGSTER_HOME", "DAGSTER_POSTGRES_URL", "DAGSTER_COMPUTE_LOGS"}


def loaded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return found


def test_production_is_set_as_one_machine_is_but_for_where_things_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    production, machine = loaded("deploy/dagster.postgres.yaml"), loaded("dagster.yaml")
    assert production.keys() - machine.keys() == {"storage", "compute_logs"}
    assert {name: production[name] for name in machine} == machine
    for name in ("dagster.yaml", "deploy/dagster.postgres.yaml"):
        monkeypatch.setenv("DAGSTER_POSTGRES_URL", "postgresql://x@localhost/x")
        monkeypatch.setenv("DAGSTER_COMPUTE_LOGS", str(tmp_path))
        dagster_instance_config(str((ROOT / name).parent), Path(name).name)  # raises for a key that is none


def test_kubernetes_is_set_as_one_machine_is() -> None:
    machine, daemon = loaded("dagster.yaml"), HELM["dagsterDaemon"]
    pools, retries = machine["concurrency"]["pools"], machine["run_retries"]
    assert HELM["concurrency"]["pools"] == {"granularity": pools["granularity"], "defaultLimit": pools["default_limit"]}
    assert daemon["runRetries"] == {
        "enabled": True,
        "maxRetries": retries["max_retries"],
        "retryOnAssetOrOpFailure": retries["retry_on_asset_or_op_failure"],
    }
    assert daemon["runMonitoring"]["maxRuntimeSeconds"] == machine["run_monitoring"]["max_runtime_seconds"]
    assert HELM["runLauncher"]["type"] == "K8sRunLauncher"


def variables() -> set[str]:
    """Every variable that the files set."""
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.iterdir())
    return set(re.findall(r"\b(?:CONNECTOR|DAGSTER)_[A-Z_]+\b", text)) - {"CONNECTOR_TEST_BACKFILL_FROM"}


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_variable_is_a_setting(name: str) -> None:
    assert name in DAGSTERS or name.removeprefix("CONNECTOR_").lower() in Settings.model_fields


@pytest.mark.parametrize("words", [*(one["command"] for one in OURS.values()), ["connector", "webhooks", "serve"]])
def test_every_command_is_there(words: list[str]) -> None:
    program, *arguments = words
    if program != "connector":
        asked = [str(Path(sys.executable).parent / program), *subcommands(arguments), "--help"]
        said = subprocess.run(asked, capture_output=True, text=True, check=True)
        assert all(option in said.stdout for option in arguments if option.startswith("-")), said.stdout
        return
    command: click.Command | None = main
    for word in arguments:
        assert isinstance(command, click.Group)
        command = command.commands.get(word)
    assert command


def subcommands(arguments: list[str]) -> list[str]:
    """The words before the first option."""
    return arguments[: next((at for at, word in enumerate(arguments) if word.startswith("-")), len(arguments))]


def test_the_image_is_made_of_files_that_exist() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    sources = [word for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert sources
    assert all((ROOT / source).exists() for source in sources)
    assert "USER connector" in text


def test_the_code_server_is_where_the_workspace_says() -> None:
    server = loaded("deploy/workspace.yaml")["load_from"][0]["grpc_server"]
    command = OURS[server["host"]]["command"]
    assert command[command.index("-p") + 1] == str(server["port"])
    assert server["location_name"] == loaded("workspace.yaml")["load_from"][0]["python_module"]["location_name"]


def test_compose_mounts_what_is_there_and_names_its_volumes() -> None:
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_file()
    assert COMPOSE["services"]["daemon"].get("deploy") is None  # exactly one


def test_the_receiver_of_kubernetes_listens_where_its_service_looks() -> None:
    container, service = RECEIVER[0]["spec"]["template"]["spec"]["containers"][0], RECEIVER[1]["spec"]
    set_to = {one["name"]: one["value"] for one in container["env"]}
    assert int(set_to["CONNECTOR_WEBHOOKS_PORT"]) == service["ports"][0]["targetPort"]
    assert service["selector"] == RECEIVER[0]["spec"]["template"]["metadata"]["labels"]


def has_compose() -> bool:
    """Whether `docker compose` is there: the client alone, no engine runs in this test."""
    asked = ["docker", "compose", "version"]
    return which("docker") is not None and subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_compose(), reason="No `docker compose` here: it checks its file where there is one.")
def test_compose_takes_its_file() -> None:
    command = ["docker", "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    given = {"POSTGRES_PASSWORD": "x", "CONNECTOR_VAULT_KEY": "x"}
    subprocess.run(command, check=True, env={**os.environ, **given})
