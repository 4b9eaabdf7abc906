"""Settings: each from one variable, with a default that works on a fresh machine."""

from pathlib import Path

import pytest

from connector_assets.settings import ConfigError, Settings, load_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CONNECTOR_{name.upper()}", raising=False)


def test_without_a_variable_everything_stands_below_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    home = tmp_path / ".connector"
    assert settings.records_url == f"sqlite:///{home / 'records.db'}"
    assert settings.frames_path == str(home / "frames")
    assert settings.dagster_home == home / "dagster"
    assert settings.connections_dir == Path(".connector/connections")
    assert list(tmp_path.iterdir()) == []


def test_variables_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_HOME", "/srv/connector")
    monkeypatch.setenv("CONNECTOR_DATABASE_URL", "postgresql://u:p@db/c")
    monkeypatch.setenv("CONNECTOR_FRAMES_URL", "s3://bucket/frames")
    monkeypatch.setenv("CONNECTOR_BATCH_PAY_RUNS", "5")
    settings = load_settings()
    assert (settings.records_url, settings.frames_path) == ("postgresql://u:p@db/c", "s3://bucket/frames")
    assert (settings.vault_key_file, settings.batch_pay_runs) == (Path("/srv/connector/vault.key"), 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONNECTOR_BATCH_PAY_RUNS", "many"),
        ("CONNECTOR_BATCH_PAY_RUNS", "0"),
        ("CONNECTOR_SANDBOX_PORT", "80000"),
        ("CONNECTOR_HTTP_READ_S", "-1"),
        ("CONNECTOR_HTTP_ATTEMPTS", "0"),
    ],
)
def test_a_wrong_value_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"^{name}: .*Fix: Correct or unset {name}.$"):
        load_settings()


def test_the_vaults_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_VAULT_KEY", "do-not-print-me")
    settings = load_settings()
    assert settings.vault_key.get_secret_value() == "do-not-print-me"
    assert "do-not-print-me" not in repr(settings) + str(settings)


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())
