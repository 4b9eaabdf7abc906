"""Every setting of the deployment, each with its environment variable, default, unit and meaning.

What describes one customer's pairing of two systems is not here: that is a connection file (`connections.py`).
"""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConfigError(Exception):
    """A setting, a connection file or a credential is missing or wrong; `fix` says what to do about it."""

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.message, self.fix = message, fix

    def __str__(self) -> str:
        return f"{self.message} Fix: {self.fix}"


class Settings(BaseSettings):
    """The settings of one deployment, read from the environment (`CONNECTOR_HOME`, `CONNECTOR_DATABASE_URL`, …)."""

    model_config = SettingsConfigDict(env_prefix="CONNECTOR_", extra="ignore")

    home: Path = Field(default=Path(".connector"), description="Folder of connections, records, frames and the vault")
    database_url: str = Field(default="", description="SQLAlchemy URL of the records; empty: SQLite in the home folder")
    frames_url: str = Field(default="", description="fsspec path of the frames; empty: a folder in the home folder")
    vault_key: SecretStr = Field(
        default=SecretStr(""), description="Fernet keys of the vault, newest first, by comma; empty: the key file"
    )
    http_connect_s: float = Field(default=10.0, gt=0, description="Longest wait for a connection to a vendor, seconds")
    http_read_s: float = Field(default=120.0, gt=0, description="Longest wait for the reply to a read, seconds")
    http_write_s: float = Field(default=300.0, gt=0, description="Longest wait for the reply to a write, seconds")
    http_attempts: int = Field(
        default=6, ge=1, le=20, description="How often a request is tried while a vendor is busy or away"
    )
    batch_pay_runs: int = Field(default=500, ge=1, le=5000, description="Pay runs that one Dagster run carries at most")
    sandbox_port: int = Field(default=8765, ge=1, le=65535, description="Loopback port of the sandbox")
    webhooks_host: str = Field(default="127.0.0.1", description="Address the receiver of notifications listens on")
    webhooks_port: int = Field(default=8770, ge=0, le=65535, description="Its port; 0 takes a free one")
    webhooks_max_body_bytes: int = Field(default=16_384, ge=1024, description="Largest notification it takes, bytes")
    webhooks_read_s: float = Field(default=10.0, gt=0, description="Longest wait for a whole notification, seconds")
    webhooks_rate_per_min: int = Field(default=3000, ge=1, description="Requests of one sender a minute")
    alert_webhook_url: SecretStr = Field(default=SecretStr(""), description="Endpoint that takes alerts as JSON")
    alert_slack_url: SecretStr = Field(default=SecretStr(""), description="Incoming webhook of Slack for alerts")
    alert_smtp_url: SecretStr = Field(
        default=SecretStr(""), description="Mail server for alerts: smtp:// or smtps://user:password@host:port"
    )
    alert_email_to: str = Field(default="", description="Who gets alerts by e-mail, by comma")
    alert_email_from: str = Field(default="", description="Their sender; empty: the first receiver")

    def make_home(self) -> Path:
        """The home folder, made where there is none; then nobody but its owner can look into it."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.home

    @property
    def records_url(self) -> str:
        """The SQLAlchemy URL of the records."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'records.db'}"

    @property
    def frames_path(self) -> str:
        """The fsspec path below which frames are kept."""
        return self.frames_url or str(self.home.absolute() / "frames")

    @property
    def connections_dir(self) -> Path:
        """The folder of the connection files."""
        return self.home / "connections"

    @property
    def locks_dir(self) -> Path:
        """The folder of the locks that this machine's processes hold: one process at work on a thing, not several."""
        return self.home.absolute() / "locks"

    @property
    def dagster_home(self) -> Path:
        """The DAGSTER_HOME that the `connector` command uses when the environment names none."""
        return self.home.absolute() / "dagster"

    @property
    def vault_key_file(self) -> Path:
        """Where `connector init` keeps the vault's key when the environment brings none."""
        return self.home / "vault.key"


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigError that names the variable, what is wrong with it and the fix."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = "CONNECTOR_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError(f"{variable}: {first['msg']}.", fix=f"Correct or unset {variable}.") from None
