"""Mapping rules: versions with author and reason, imported from and exported to a CSV that a controller edits."""

import getpass
from datetime import datetime
from pathlib import Path

import click

from connector_assets.commands.console import CONSOLE, explained, print_json, table
from connector_assets.settings import ConfigError, load_settings


@click.group()
def mapping() -> None:
    """The mapping rules of a connection: which account and which burden rule each pay component and tax gets."""


@mapping.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="Why this version exists; auditors read it.")
@click.option("--author", default=getpass.getuser, show_default="the user", help="Who answers for it.")
@click.option("--from", "effective_from", type=click.DateTime(["%Y-%m-%d"]), help="First check date it decides on.")
@explained
def import_(name: str, file: Path, reason: str, author: str, effective_from: datetime | None) -> None:
    """Check FILE (CSV) and keep it as the next mapping version of NAME. A file with an error changes nothing."""
    from connector_assets.accounting.mapping import rules_from_csv
    from connector_assets.connections import load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    text = read_text(file)
    rules = rules_from_csv(text)
    home = open_deployment(settings)
    since = effective_from.date() if effective_from else connection.start_date
    version = home.mappings.save(name, text, author=author, reason=reason, effective_from=since)
    CONSOLE.print(f"Mapping version {version.version} of {name}: {len(rules)} rules.")


def read_text(file: Path) -> str:
    """A text file. Raises ConfigError naming the file when it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: byte {error.start} is not UTF-8.", fix="Save it as CSV UTF-8.") from None


@mapping.command("export")
@click.argument("name")
@explained
def export(name: str) -> None:
    """Print the current mapping of connection NAME as CSV."""
    from connector_assets.deployment import open_deployment
    from connector_assets.records.database import utc_now

    current = open_deployment().mappings.current(name, utc_now().date())
    if current is None:
        raise ConfigError(f"Connection '{name}' has no mapping.", fix="Run `connector mapping import`.")
    click.echo(current.body, nl=False)


@mapping.command("list")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def list_(name: str, as_json: bool) -> None:
    """Show the mapping versions of connection NAME: who, when, why, from which day."""
    from connector_assets.deployment import open_deployment

    versions = open_deployment().mappings.versions(name)
    rows = [(str(v.version), v.author, v.reason, str(v.effective_from), v.digest[:12]) for v in versions]
    names = ("version", "author", "reason", "effective_from", "digest")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table(f"Mapping versions of {name}", [(title, "left") for title in names], rows)


COMMANDS: tuple[click.Command, ...] = (mapping,)
