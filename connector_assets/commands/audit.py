"""The audit trail: `audit verify` recomputes its chain, `audit export` gives an auditor a period."""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from connector_assets.commands.console import CONSOLE, explained
from connector_assets.settings import load_settings

if TYPE_CHECKING:
    from connector_assets.connections import Connection
    from connector_assets.deployment import Deployment

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """The audit trail: append-only and hash-chained."""


@audit.command("verify")
@explained
def audit_verify() -> None:
    """Recompute the chain from its first row; name the first row that does not fit. Exit code 1 when one does not."""
    from connector_assets.deployment import open_deployment

    verdict = open_deployment().audit.verify()
    if not verdict.intact:
        CONSOLE.print(f"[red]broken[/red] at entry {verdict.first_bad_sequence}: {verdict.why}.")
        raise SystemExit(1)
    CONSOLE.print(f"[green]intact[/green]: {verdict.checked_rows} entries, each sealed by the one before it.")


@audit.command("export")
@click.option("--from", "since", type=DAY, required=True, help="First day (YYYY-MM-DD).")
@click.option("--until", type=DAY, required=True, help="Last day, included.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", help="CSV for a spreadsheet.")
@click.option("--connection", "name", help="One connection; otherwise all.")
@click.option("--entries", is_flag=True, help="The chain's own entries recorded in the period, hashes included.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of standard output.")
@explained
def audit_export(
    since: datetime, until: datetime, form: str, name: str | None, entries: bool, out: Path | None
) -> None:
    """Write every ledger line dated in the period with the checks, rules, people and audit entries behind it.

    Filter by `reference` and `line_no` to go from the ledger to the checks, by `check_id` to go forward again. CSV is
    one row for each piece of a line; JSON one such object per line. With --entries: the trail itself.
    """
    from connector_assets.connections import flow_has, load_connection, load_connections
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    home = open_deployment(settings)
    stream = out.open("w", encoding="utf-8", newline="") if out else sys.stdout
    try:
        if entries:
            count = home.audit.export(
                stream,
                form="csv" if form == "csv" else "json",
                since=since.replace(tzinfo=UTC),
                until=until.replace(tzinfo=UTC) + timedelta(days=1),
            )
        else:
            everywhere = (one for one in load_connections(settings) if flow_has(one.flow, "audit_view"))
            connections = [load_connection(settings, name)] if name else list(everywhere)
            count = write_rows(stream, form, rows_of(home, connections, since, until))
    finally:
        if out:
            stream.close()
    if out:
        CONSOLE.print(f"{count} rows written to {out}.")


def rows_of(
    home: "Deployment", connections: "list[Connection]", since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    """The audit rows of some connections, as data."""
    from connector_assets.connections import flow_module

    for connection in connections:
        view = flow_module(connection.flow, "audit_view")
        yield from (asdict(row) for row in view.audit_rows(home, connection, since.date(), until.date()))


def write_rows(stream: TextIO, form: str, rows: Iterator[dict[str, Any]]) -> int:
    """Write rows as CSV with a header, or as one JSON object per line; returns how many."""
    count, table = 0, None
    for count, row in enumerate(rows, start=1):  # noqa: B007  # the count is the answer
        if form == "json":
            stream.write(json.dumps(row) + "\n")
            continue
        if table is None:
            table = csv.DictWriter(stream, list(row), lineterminator="\n")
            table.writeheader()
        table.writerow(row)
    return count


COMMANDS: tuple[click.Command, ...] = (audit,)
