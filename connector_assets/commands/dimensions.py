"""Dimensions of both systems kept in step: what would change, changing it, and pairs that only a person can settle."""

import getpass
import importlib.util
from types import ModuleType
from typing import TYPE_CHECKING

import click

from connector_assets.commands.console import CONSOLE, explained, print_json, table, tell
from connector_assets.settings import ConfigError, load_settings

if TYPE_CHECKING:
    import pandas as pd

    from connector_assets.accounting.findings import Finding
    from connector_assets.connections import Connection
    from connector_assets.settings import Settings

COLUMNS = ("system", "action", "kind", "source_id", "target_id", "name", "outcome", "why")


@click.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Only show the plan: read both systems, write nothing anywhere.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def dimensions(name: str, dry_run: bool, as_json: bool) -> None:
    """Bring the dimension values of NAME into step, as the policies of its connection file allow.

    Creates, renames, moves and, late, inactivates; nothing is ever deleted. Exit code 1 when a change was not taken.
    """
    from connector_assets.connections import load_connection

    settings = load_settings()
    connection = load_connection(settings, name)
    part = _part(connection, "dimensions")
    changes, findings = _planned(settings, connection, part) if dry_run else _made(settings, connection)
    if as_json:
        told = [{"code": one.code, "subject": one.subject, "why": one.why, "fix": one.fix} for one in findings]
        print_json({"changes": changes.to_dict("records"), "findings": told})
    else:
        rows = [[str(row[column]) for column in COLUMNS] for row in changes.to_dict("records")]
        if rows:
            table("To do" if dry_run else "Changes", [(column, "left") for column in COLUMNS], rows)
        for one in findings:
            tell(one.code, "yellow", f"{one.why} Fix: {one.fix}")
        CONSOLE.print(f"{len(rows)} changes{', nothing was written' if dry_run else ''}; {len(findings)} findings.")
    if not dry_run and set(changes["outcome"]) - {"done", "adopted"}:
        raise SystemExit(1)


def _part(connection: "Connection", name: str) -> ModuleType:
    from connector_assets import flows
    from connector_assets.connections import flow_module

    if importlib.util.find_spec(f"{flows.__name__}.{connection.flow}.{name}") is None:
        fix = "Name a connection whose flow keeps dimensions in step, such as paychex_intacct."
        raise ConfigError(f"The flow {connection.flow} of {connection.name} keeps no dimensions in step.", fix=fix)
    return flow_module(connection.flow, name)


def _planned(settings: "Settings", connection: "Connection", part: ModuleType) -> "tuple[pd.DataFrame, list[Finding]]":
    from connector_assets.deployment import open_deployment

    found = part.dry_run(open_deployment(settings), connection)
    return found.changes, [*found.open_questions, *found.near]


def _made(settings: "Settings", connection: "Connection") -> "tuple[pd.DataFrame, list[Finding]]":
    """Run the job, so that what is done stands in Dagster as any refresh does."""
    from dagster import AssetKey, DagsterInstance

    from connector_assets.definitions import build_definitions
    from connector_assets.orchestration.io import FrameStore
    from connector_assets.orchestration.runs import execute, prepare_dagster_home

    prepare_dagster_home(settings)
    with DagsterInstance.get() as instance:
        outcome = execute(build_definitions(settings), instance, f"{connection.name}_dimensions")
    if not outcome.succeeded:
        raise ConfigError(f"{connection.name}: {outcome.problem}", fix="Correct that, and run it again.")
    return FrameStore(settings.frames_path).read(AssetKey([connection.name, "dimension_changes"])), []


@click.command()
@click.argument("name")
@click.argument("kind")
@click.argument("source_id")
@click.argument("target_id")
@click.option("--reason", required=True, help="Why they are the same; auditors read it.")
@click.option("--author", default=getpass.getuser, show_default="the user", help="Who answers for it.")
@explained
def pair(name: str, kind: str, source_id: str, target_id: str, reason: str, author: str) -> None:
    """Settle that TARGET_ID of the ledger stands for SOURCE_ID of the source, for connection NAME.

    KIND is department, location, project, labor_assignment or employee. It holds from the next refresh on.
    """
    from connector_assets.connections import load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    home = open_deployment(settings)
    before = _part(connection, "pairing").pair(
        home, connection, kind, source_id, target_id, person=author, reason=reason
    )
    instead = f", in place of {before}" if before and before != target_id else ""
    CONSOLE.print(f"{name}: {kind} {source_id} is {target_id}{instead}.")


COMMANDS: tuple[click.Command, ...] = (dimensions, pair)
