"""Mapping rules: versions with author and reason, as CSV that a controller edits or as YAML; and their review."""

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector_assets.commands.console import CONSOLE, explained, print_json, table, tell
from connector_assets.settings import ConfigError, load_settings

if TYPE_CHECKING:
    import pandas as pd

YAML_SUFFIXES = {".yaml", ".yml"}


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
    """Keep FILE (CSV or YAML) as the next mapping version of NAME. A file with an error changes nothing."""
    from connector_assets.accounting.mapping import rules_from_csv
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    own_rules = getattr(flow_module(connection.flow, "config"), "RULES", None)
    text = read_text(file) if own_rules else read_rules(file)
    rules = (own_rules or rules_from_csv)(text)
    if not rules:
        raise ConfigError(f"{file}: it holds no rule.", fix="Write a rule on each line below the header.")
    home = open_deployment(settings)
    since = effective_from.date() if effective_from else connection.start_date
    version = home.mappings.save(name, text, author=author, reason=reason, effective_from=since)
    CONSOLE.print(f"Mapping version {version.version} of {name}: {len(rules)} rules.")


def read_rules(file: Path) -> str:
    """A file of rules as CSV: CSV as it is, YAML (a list of rules, or one under `rules:`) rewritten.

    Raises ConfigError or AccountingError naming the place when it holds no rules.
    """
    from connector_assets.accounting.mapping import rules_from_records, rules_to_csv
    from connector_assets.connections import parsed_yaml

    text = read_text(file)
    if file.suffix.lower() not in YAML_SUFFIXES:
        return text
    body = parsed_yaml(text, file, as_texts=True)
    rules = body.get("rules") if isinstance(body, dict) else body
    if not isinstance(rules, list):
        raise ConfigError(f"{file}: it holds no list of rules.", fix="Begin each rule with `- kind:`.")
    return rules_to_csv(rules_from_records(rules))


def read_text(file: Path) -> str:
    """A text file. Raises ConfigError naming the file when it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: byte {error.start} is not UTF-8.", fix="Save it as CSV UTF-8.") from None


@mapping.command("export")
@click.argument("name")
@click.option(
    "--format", "style", type=click.Choice(["csv", "yaml"]), default="csv", show_default=True, help="Which form."
)
@explained
def export(name: str, style: str) -> None:
    """Print the current mapping of connection NAME, as CSV for a spreadsheet or as YAML."""
    import yaml

    from connector_assets.accounting.mapping import rules_from_csv, rules_to_records
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment
    from connector_assets.records.database import utc_now

    settings = load_settings()
    connection = load_connection(settings, name)
    current = open_deployment(settings).mappings.current(name, utc_now().date())
    if current is None:
        raise ConfigError(f"Connection '{name}' has no mapping.", fix="Run `connector mapping import`.")
    if style == "csv":
        click.echo(current.body, nl=False)
        return
    if hasattr(flow_module(connection.flow, "config"), "RULES"):
        raise ConfigError(f"The mapping of flow {connection.flow} is a CSV.", fix="Leave out --format.")
    stated = [{k: v for k, v in rule.items() if v} for rule in rules_to_records(rules_from_csv(current.body))]
    click.echo(yaml.safe_dump(stated, sort_keys=False, allow_unicode=True), nl=False)


@mapping.command("list")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def list_(name: str, as_json: bool) -> None:
    """Show the mapping versions of connection NAME: who, when, why, from which day."""
    from connector_assets.connections import load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    load_connection(settings, name)
    versions = open_deployment(settings).mappings.versions(name)
    rows = [(str(v.version), v.author, v.reason, str(v.effective_from), v.digest[:12]) for v in versions]
    names = ("version", "author", "reason", "effective_from", "digest")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table(f"Mapping versions of {name}", [(title, "left") for title in names], rows)


@mapping.command("check")
@click.argument("name")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day whose mapping is looked at; today.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def check(name: str, day: datetime | None, as_json: bool) -> None:
    """List what the next run of NAME would miss, before it runs. Exit code 1 when it would miss anything.

    Looks at Paychex's pay components, at every tax in the newest registers, and at the accounts that rules name.
    """
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment
    from connector_assets.records.database import utc_now

    settings = load_settings()
    connection = load_connection(settings, name)
    on = day.date() if day else utc_now().date()
    review = flow_module(connection.flow, "mapping_review").review(open_deployment(settings), connection, on)
    if as_json:
        missing = [{"code": f.code, "subject": f.subject, "why": f.why, "fix": f.fix} for f in review.findings]
        codes = review.codes.to_dict("records")
        print_json({"connection": name, "on": str(on), "version": review.version, "missing": missing, "codes": codes})
    else:
        rows = [(found.code, found.subject, found.why, found.fix) for found in review.findings]
        if rows:
            columns = [(title, "left") for title in ("code", "subject", "why", "fix")]
            table(f"What the next run of {name} would miss", columns, rows)
        states = {} if review.codes.empty else review.codes["rule"].value_counts().to_dict()
        told = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "no code is known yet"
        CONSOLE.print(f"Mapping version {review.version} of {name} on {on}: {told}.")
    if review.findings:
        raise SystemExit(1)


@mapping.command("diff")
@click.argument("name")
@click.argument("versions", nargs=-1, type=int)
@click.option("--with", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file of rules.")
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1), help="How many of the last posted runs.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def diff(name: str, versions: tuple[int, ...], file: Path | None, runs: int, as_json: bool) -> None:
    """Show what other rules would change in the last posted runs of NAME: amounts moved, by account and dimensions.

    `diff NAME V1 V2` compares two versions, `diff NAME V` the version in force with V, `--with FILE` with a file.
    Nothing is sent and nothing is kept.
    """
    from connector_assets.accounting.mapping import MappingTable, rules_from_csv
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment

    if len(versions) + bool(file) not in (1, 2) or len(versions) > 2:
        raise ConfigError("Nothing to compare with.", fix=f"connector mapping diff {name} V1 V2, or --with FILE.")
    settings = load_settings()
    connection = load_connection(settings, name)
    home = open_deployment(settings)
    flow = flow_module(connection.flow, "mapping_review")
    tables = [flow.kept_table(home, name, version) for version in versions]
    if file:
        tables.append(MappingTable(rules_from_csv(read_rules(file)), version=file.name))
    found = flow.difference(home, connection, None if len(tables) == 1 else tables[0], tables[-1], runs)
    if as_json:
        stops = [{"code": one.code, "subject": one.subject, "why": one.why} for one in found.findings]
        print_json({"runs": found.runs, "moved": found.moved.to_dict("records"), "blocking": stops})
    else:
        _show_moved(found.moved, f"What would move in {len(found.runs)} pay runs, {found.runs[0]} to {found.runs[-1]}")
        for one in found.findings:
            tell("would be stopped", "red", f"{one.code} {one.subject}: {one.why}")


def _show_moved(moved: "pd.DataFrame", title: str) -> None:
    from connector_assets.accounting.money import grouped_text_from_cents

    if moved.empty:
        CONSOLE.print("Nothing would move.")
        return
    amounts = [name for name in moved.columns if name.endswith("_cents")]
    columns = [(name.removesuffix("_cents"), "right" if name in amounts else "left") for name in moved.columns]
    rows = [
        [grouped_text_from_cents(row[name]) if name in amounts else str(row[name]) for name in moved.columns]
        for row in moved.to_dict("records")
    ]
    table(title, columns, rows)


COMMANDS: tuple[click.Command, ...] = (mapping,)
