"""Where a connection's credentials come from: the environment, then the encrypted vault; never a file in clear."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet
from filelock import FileLock, Timeout
from pydantic import SecretStr
from sqlalchemy import Engine

from connector_assets.connections import Connection, CredentialNeed
from connector_assets.records.vault import Vault, new_key
from connector_assets.settings import ConfigError, Settings

RECEIVER = {
    "username": "HTTP Basic user that Paychex shows to the receiver of notifications",
    "password": "HTTP Basic password",
    "api_key": "API key",
    "client_id": "OAuth2 client that Paychex fetches a token as",
    "client_secret": "Its secret",
}
"""The secrets of the webhook receiver. They belong to the deployment, for one receiver serves every connection."""
_RECEIVER_PLACE = ("webhooks", "receiver")
"""Where the vault keeps them, in place of a connection and a system."""
LOCK_S = 30.0
"""How long a change of the vault waits for another one, seconds."""


def variable_name(connection: Connection, need: CredentialNeed) -> str:
    """The environment variable that can hold a credential, for example CONNECTOR_ACME_PAYCHEX_CLIENT_ID."""
    return f"CONNECTOR_{connection.name}_{need.system}_{need.name}".upper()


def vault_keys(settings: Settings) -> list[str]:
    """The vault's Fernet keys, newest first. Raises ConfigError when there is neither a variable nor a key file."""
    text = settings.vault_key.get_secret_value()
    if not text and settings.vault_key_file.is_file():
        text = settings.vault_key_file.read_text(encoding="ascii", errors="replace")
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        raise ConfigError(
            "The vault has no key.",
            fix=f"Run `connector init`, which writes {settings.vault_key_file}, or set CONNECTOR_VAULT_KEY.",
        )
    return keys


def create_vault_key(settings: Settings) -> Path | None:
    """Write a new vault key file that only its owner can read; None when a key is there already."""
    if settings.vault_key.get_secret_value() or settings.vault_key_file.is_file():
        return None
    settings.make_home()
    descriptor = os.open(settings.vault_key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
    return settings.vault_key_file


def _write_vault_keys(settings: Settings, keys: Sequence[str]) -> None:
    """Replace the key file in one step: whoever reads it finds the old keys or the new ones."""
    beside = settings.vault_key_file.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(",".join(keys))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(settings.vault_key_file)
    folder = os.open(beside.parent, os.O_RDONLY)  # the name must be on the disk before what only this key opens
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _changing_the_vault(settings: Settings) -> Iterator[None]:
    """One process of this machine at a time: what is stored under a key must not meet that key's removal."""
    settings.locks_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.locks_dir / "vault.lock", timeout=LOCK_S):
            yield
    except Timeout:
        raise ConfigError(
            f"Another process has been changing the vault for {LOCK_S:g} s.", fix="Let it end, and run this again."
        ) from None


class Credentials:
    """The credentials of one connection, looked up when they are needed and never printed."""

    def __init__(self, settings: Settings, engine: Engine, environ: Mapping[str, str]) -> None:
        self._settings, self._engine, self._environ = settings, engine, environ

    def vault(self) -> Vault:
        """The vault of this deployment. Raises ConfigError when it has no key."""
        return Vault(self._engine, vault_keys(self._settings))

    def keep(self, connection: str, system: str, name: str, secret: str, *, actor: str = "connector") -> None:
        """Keep a secret under the keys of this moment, which may be others than when this object was made.

        Raises ConfigError, RecordsError.
        """
        with _changing_the_vault(self._settings):
            self.vault().put(connection, system, name, secret, actor=actor)

    def rotate(self, *, actor: str) -> int:
        """Encrypt every secret anew and answer how many: under a new key of the key file, whose older ones then go.

        Where CONNECTOR_VAULT_KEY brings the keys, its first is the new one, and whoever set it removes the others. A
        process that dies in between leaves a key file that opens everything. Raises ConfigError, RecordsError.
        """
        with _changing_the_vault(self._settings):
            keys = vault_keys(self._settings)
            if self._settings.vault_key.get_secret_value():
                return Vault(self._engine, keys).rotate(actor=actor)
            fresh = [new_key(), *keys]
            _write_vault_keys(self._settings, fresh)
            count = Vault(self._engine, fresh).rotate(actor=actor)
            _write_vault_keys(self._settings, fresh[:1])
            return count

    def source(self, connection: Connection, need: CredentialNeed) -> str:
        """Where a credential stands: `environment`, `vault` or `missing`."""
        if self._environ.get(variable_name(connection, need)):
            return "environment"
        return "vault" if self._from_vault(connection, need) is not None else "missing"

    def get(self, connection: Connection, system: str) -> dict[str, SecretStr]:
        """Every credential of one system by name. Raises ConfigError naming each missing one and how to set it."""
        needs = [need for need in connection.credential_needs() if need.system == system]
        values = {need.name: self._one(connection, need) for need in needs}
        missing = [need for need in needs if values[need.name] is None]
        if missing:
            names = ", ".join(f"{need.system} {need.name}" for need in missing)
            ways = " or ".join(
                (f"`connector credentials set {connection.name}`", variable_name(connection, missing[0]))
            )
            raise ConfigError(f"Connection '{connection.name}' has no {names}.", fix=f"Set it with {ways}.")
        return {name: value for name, value in values.items() if value is not None}

    def receiver(self) -> dict[str, SecretStr]:
        """The receiver's secrets that there are: CONNECTOR_WEBHOOKS_PASSWORD and its like, else the vault's."""
        found = {name: self._receiver_secret(name) for name in RECEIVER}
        return {name: secret for name, secret in found.items() if secret is not None}

    def keep_receiver(self, name: str, secret: SecretStr, *, actor: str) -> None:
        """Keep one of the receiver's secrets in the vault. Raises ConfigError when the vault has no key."""
        self.keep(*_RECEIVER_PLACE, name, secret.get_secret_value(), actor=actor)

    def _receiver_secret(self, name: str) -> SecretStr | None:
        value = self._environ.get(f"CONNECTOR_WEBHOOKS_{name}".upper())
        if value:
            return SecretStr(value)
        return self.vault().get(*_RECEIVER_PLACE, name) if self._has_key() else None

    def _has_key(self) -> bool:
        return bool(self._settings.vault_key.get_secret_value()) or self._settings.vault_key_file.is_file()

    def _one(self, connection: Connection, need: CredentialNeed) -> SecretStr | None:
        value = self._environ.get(variable_name(connection, need))
        return SecretStr(value) if value else self._from_vault(connection, need)

    def _from_vault(self, connection: Connection, need: CredentialNeed) -> SecretStr | None:
        return self.vault().get(connection.name, need.system, need.name) if self._has_key() else None
