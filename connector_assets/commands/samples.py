"""The sample firm's connections: each a file, its credentials in the vault, and its rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from connector_assets.settings import Settings

if TYPE_CHECKING:
    from connector_assets.connections import Connection

INTACCT_CREDENTIALS = {
    ("intacct", "sender_id"): "INTACCT_SENDER_ID",
    ("intacct", "sender_password"): "INTACCT_SENDER_PASSWORD",
    ("intacct", "user_id"): "INTACCT_USER_ID",
    ("intacct", "user_password"): "INTACCT_USER_PASSWORD",
}
"""Each credential of a ledger, by system and name, and the constant of the sandbox that answers it."""

PAYCHEX_CREDENTIALS = {
    ("paychex", "client_id"): "PAYCHEX_CLIENT_ID",
    ("paychex", "client_secret"): "PAYCHEX_CLIENT_SECRET",
}


def sample_connection(
    settings: Settings, name: str, text: str, secrets: Mapping[tuple[str, str], str], *, rules: str = "", why: str = ""
) -> "Connection":
    """Write the connection file `text`, keep its secrets, and import the sample mapping `rules` if it has none yet."""
    from connector_assets.commands.setup import write_connection
    from connector_assets.connections import load_connection, read_connection
    from connector_assets.credentials import create_vault_key
    from connector_assets.deployment import open_deployment
    from connector_assets.sandbox import company, credentials

    create_vault_key(settings)
    home = open_deployment(settings)
    write_connection(settings.connections_dir / f"{name}.yaml", text, read_connection)
    for (system, secret), constant in secrets.items():
        home.credentials.keep(name, system, secret, getattr(credentials, constant))
    connection = load_connection(settings, name)
    if rules and not home.mappings.versions(name):
        body = (Path(company.__file__).parent / "sample_mapping" / f"{rules}.csv").read_text(encoding="utf-8")
        home.mappings.save(name, body, author="demo", reason=why, effective_from=connection.start_date)
    return connection
