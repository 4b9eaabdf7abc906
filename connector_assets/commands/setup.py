"""From nothing to a connection that answers: `init`, `credentials`, `ping`, and the sandbox in the foreground."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from connector_assets.commands.console import CONSOLE, explained, print_json, table, tell
from connector_assets.commands.sandbox_process import state_file
from connector_assets.settings import ConfigError, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command()
@click.argument("name")
@click.option("--display-id", prompt="Paychex client number (8 digits)", help="The Flex client number, eight digits.")
@click.option("--company-id", prompt="Intacct company id", help="The Intacct company.")
@click.option("--entity", prompt="Employing entity (LOCATIONENTITY id)", help="The entity that owns the payroll.")
@click.option("--start-date", prompt="First check date to post (YYYY-MM-DD)", help="Earlier pay runs are left alone.")
@explained
def init(name: str, display_id: str, company_id: str, entity: str, start_date: str) -> None:
    """Write the connection file NAME.yaml, and the vault's key when there is none.

    Nothing is sent anywhere. A new connection leaves its journals as drafts; change `posting.policy` when you trust it.
    """
    from connector_assets.connections import NAME_PATTERN, read_connection
    from connector_assets.credentials import create_vault_key

    settings = load_settings()
    path = settings.connections_dir / f"{name}.yaml"
    if path.exists():
        raise ConfigError(f"{path} exists already.", fix="Edit it, or choose another name.")
    if not re.fullmatch(NAME_PATTERN, name):
        fix = "Use small letters, digits and _, a letter first, 2 to 40 in all."
        raise ConfigError(f"'{name}' cannot name a connection.", fix=fix)
    given = {"display_id": display_id, "company_id": company_id, "entity": entity, "start_date": start_date}
    fields = {"name": name, **{field: json.dumps(value) for field, value in given.items()}}
    settings.make_home()
    write_connection(path, TEMPLATE.format(**fields), read_connection)
    if key_file := create_vault_key(settings):
        click.echo(f"Vault key written to {key_file}: keep a copy in a safe place, it opens every credential.")
    click.echo(f"{path} written. Next: connector credentials set {name}")


def write_connection(path: Path, text: str, check: "Callable[[Path], object]") -> None:
    """Write a connection file that `check` can read; of one that does not pass, nothing is written."""
    with TemporaryDirectory() as folder:
        scratch = Path(folder) / path.name
        scratch.write_text(text, encoding="utf-8")
        try:
            check(scratch)
        except ConfigError as error:
            message = error.message.replace(str(scratch), str(path))
            raise ConfigError(message, fix="Nothing was written: correct that value and run it again.") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


TEMPLATE = """\
# A connection of the flow paychex_intacct. Every field: connector_assets/flows/paychex_intacct/README.md
name: {name}
flow: paychex_intacct
start_date: {start_date}
paychex:
  display_id: {display_id}
intacct:
  company_id: {company_id}
posting:
  policy: draft            # draft, post, or hold for approval
  journal: PYRJ            # symbol of the payroll journal in Intacct
  entity: {entity}
  entry_date: check_date   # or period_end
  due_from_account: "1310"
  due_to_account: "2410"
dimensions:
  departments: report      # or create_in_intacct: a Paychex organization that Intacct lacks
  projects: report         # or create_in_intacct, create_in_paychex: a job or project that the other side lacks
"""


@click.group()
def credentials() -> None:
    """Keep the secrets of a connection in the encrypted vault, or see which are there."""


@credentials.command("set")
@click.argument("name")
@explained
def credentials_set(name: str) -> None:
    """Ask for each credential of connection NAME and keep it encrypted; Enter keeps what is there."""
    from connector_assets.connections import load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    home = open_deployment(settings)
    home.credentials.vault()  # without a key nothing is asked for
    for need in connection.credential_needs():
        there = home.credentials.source(connection, need)
        answer = click.prompt(
            f"{need.system} {need.name} - {need.meaning} [{there}]", hide_input=True, default="", show_default=False
        )
        if answer:
            home.credentials.keep(name, need.system, need.name, answer)
    CONSOLE.print(f"Next: connector ping {name}")


@credentials.command("list")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def credentials_list(name: str, as_json: bool) -> None:
    """Say where each credential of connection NAME stands: environment, vault, or missing. Never what it is."""
    from connector_assets.connections import load_connection
    from connector_assets.credentials import variable_name
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    home = open_deployment(settings)
    rows = [
        (need.system, need.name, home.credentials.source(connection, need), variable_name(connection, need))
        for need in connection.credential_needs()
    ]
    if as_json:
        print_json([dict(zip(("system", "name", "source", "variable"), row, strict=True)) for row in rows])
    else:
        columns = [("system", "left"), ("credential", "left"), ("stands in", "left"), ("variable", "left")]
        table(f"Credentials of {name}", columns, rows)
    if any(row[2] == "missing" for row in rows):
        raise SystemExit(1)


@credentials.command("rotate")
@explained
def credentials_rotate() -> None:
    """Encrypt every secret of the vault anew under a new key; the old key then opens nothing any more.

    Keys in CONNECTOR_VAULT_KEY are yours to make: put the new one first, run this, then remove the old one.
    """
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.runs import person

    settings = load_settings()
    count = open_deployment(settings).credentials.rotate(actor=person())
    if settings.vault_key.get_secret_value():
        CONSOLE.print(f"{count} secrets stand under the first key. Next: remove the others from CONNECTOR_VAULT_KEY.")
    else:
        CONSOLE.print(
            f"{count} secrets stand under a new key in {settings.vault_key_file}. Next: keep a copy of it safe."
        )


@click.command()
@click.argument("name")
@explained
def ping(name: str) -> None:
    """Try each system of connection NAME with its credentials, and say exactly what is missing."""
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    home = open_deployment(settings)
    good = True
    for system, probe in flow_module(connection.flow, "probe").probes(connection, home).items():
        missing = probe()
        good = good and not missing
        tell("missing" if missing else "ok     ", "red" if missing else "green", system)
        for line in missing:
            tell("       ", "red", line)
    if not good:
        raise SystemExit(1)


@click.command()
@click.option("--workers", default=250, show_default=True, help="People in the sample firm.")
@explained
def sandbox(workers: int) -> None:
    """Run the sandbox Paychex and Intacct in the foreground, on loopback, until Ctrl-C."""
    from connector_assets.sandbox.__main__ import main

    settings = load_settings()
    settings.make_home()
    options = ["--port", str(settings.sandbox_port), "--state", str(state_file(settings)), "--workers", str(workers)]
    raise SystemExit(main(options))


COMMANDS: tuple[click.Command, ...] = (init, credentials, ping, sandbox)
