"""The audit trail: `audit verify` recomputes its chain, `audit export` gives an auditor a period."""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from connector_assets.commands.console import CONSOLE, explained, left_out
from connector_assets.settings import ConfigError, load_settings

if TYPE_CHECKING:
    from connector_assets.connections import Connection
    from connector_assets.deployment import Deployment
    from connector_assets.orchestration.audit_rows import Row

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

    Filter by `reference` and `line_no` to go from the ledger to the checks (expenses, items of a bill, a worker's
    change), by `source_id` and `source_line` to go forward again. CSV is one row for each piece of a line; JSON one such
    object per line. With --entries: the trail itself.
    """
    from connector_assets.connections import chosen_connections
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    home = open_deployment(settings)
    wrong: dict[Path, ConfigError] = {}
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
            connections, wrong = chosen_connections(settings, name)
            total, documents = documents_of(home, connections, since, until)
            with progress_of(total, shown=out is not None) as advance:
                count = exported(stream, form, documents, advance)
    finally:
        if out:
            stream.close()
    if out:
        CONSOLE.print(f"{count} rows written to {out}.")
    left_out(wrong, "Not in this export")
    if wrong:
        raise SystemExit(1)


Documents = Iterator[list["Row"]]


def exported(stream: TextIO, form: str, documents: Documents, advance: Callable[[], None]) -> int:
    """Write the rows of each document as CSV with a header, or as one JSON object per line; returns how many.

    One document is held at a time; `advance` is called after each.
    """
    from connector_assets.orchestration.audit_rows import COLUMNS

    count, table = 0, csv.writer(stream, lineterminator="\n")
    if form == "csv":
        table.writerow(COLUMNS)
    for rows in documents:
        if form == "csv":
            table.writerows(rows)
        else:
            stream.writelines(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows)
        count += len(rows)
        advance()
    return count


def documents_of(
    home: "Deployment", connections: "list[Connection]", since: datetime, until: datetime
) -> tuple[int | None, Documents]:
    """How many documents the connections have posted, and the rows of each; tells on stderr which it cannot show.

    How many is None where a connection writes records and no documents: its changes are counted as they are read.
    """
    from connector_assets.connections import flow_has, flow_module
    from connector_assets.records.postings import PostingState

    counts = {one.name: len(home.postings.list(one.name, [PostingState.POSTED])) for one in connections}
    shown = [one for one in connections if flow_has(one.flow, "audit_view")]
    for one in connections:
        if one not in shown and counts[one.name]:
            click.echo(f"Not in this export: {counts[one.name]} documents of {one.name}, flow {one.flow}.", err=True)
    views = (flow_module(one.flow, "audit_view").audit_rows(home, one, since.date(), until.date()) for one in shown)
    total = sum(counts[one.name] for one in shown) if all(one.carried for one in shown) else None
    return total, chain.from_iterable(views)


@contextmanager
def progress_of(total: int | None, shown: bool) -> Iterator[Callable[[], None]]:
    """A progress line on a terminal, and what advances it by a document."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=CONSOLE, disable=not shown) as bar:
        task = bar.add_task("Posted documents", total=total)
        yield lambda: bar.update(task, advance=1)


COMMANDS: tuple[click.Command, ...] = (audit,)
