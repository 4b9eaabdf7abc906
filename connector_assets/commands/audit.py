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
@click.option("--head", "kept_head", default="", help="A head that an earlier run printed and you kept elsewhere.")
@explained
def audit_verify(kept_head: str) -> None:
    """Recompute the chain from its first row; name the first row that does not fit. Exit code 1 when one does not.

    The chain shows every change that was not made to all later rows too. That its end was cut off, or all of it written
    anew, only a head shows that was kept where the database's writers do not reach: give it as --head.
    """
    from connector_assets.deployment import open_deployment

    verdict = open_deployment().audit.verify(kept_head)
    if not verdict.intact:
        CONSOLE.print(f"[red]broken[/red] at entry {verdict.first_bad_sequence}: {verdict.why}.")
        raise SystemExit(1)
    CONSOLE.print(f"[green]intact[/green]: {verdict.checked_rows} entries, each sealed by the one before it.")
    click.echo(f"head {verdict.head}")


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
    change), by `source_id` and `source_line` to go forward again. CSV is one row for each piece of a line; JSON one
    such object per line. With --entries: the trail itself.
    """
    from connector_assets.connections import chosen_connections
    from connector_assets.deployment import open_deployment

    if until < since:
        raise ConfigError(f"--until {until:%Y-%m-%d} is before --from {since:%Y-%m-%d}.", fix="Exchange the two days.")
    settings = load_settings()
    home = open_deployment(settings)
    wrong: dict[Path, ConfigError] = {}
    with written(out) as stream:
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
    if out:
        CONSOLE.print(f"{count} rows written to {out}.")
    left_out(wrong, "Not in this export")
    if wrong:
        raise SystemExit(1)


@contextmanager
def written(out: Path | None) -> Iterator[TextIO]:
    """A file to write, or standard output. What stands in the file stays until all of the new content is written."""
    if out is None:
        yield sys.stdout
        return
    beside = out if out.exists() and not out.is_file() else out.with_name(f"{out.name}.part")  # /dev/stdout stays
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except BaseException:
        if beside != out:
            beside.unlink(missing_ok=True)
        raise
    if beside != out:
        beside.replace(out)


Documents = Iterator[list["Row"]]


def exported(stream: TextIO, form: str, documents: Documents, advance: Callable[[], None]) -> int:
    """Write the rows of each document as CSV with a header, or as one JSON object per line; returns how many.

    One document is held at a time; `advance` is called after each.
    """
    from connector_assets.orchestration.audit_rows import COLUMNS
    from connector_assets.records.audit import spreadsheet_cell

    count, table = 0, csv.writer(stream, lineterminator="\n")
    if form == "csv":
        table.writerow(COLUMNS)
    for rows in documents:
        if form == "csv":
            table.writerows(map(spreadsheet_cell, row) for row in rows)
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
