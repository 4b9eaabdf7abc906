"""Headless runs: `sync` refreshes what a post rests on, then carries every pay run that is not finished."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from connector_assets.commands.console import CONSOLE, explained, failed
from connector_assets.settings import load_settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions

    from connector_assets.connections import Connection
    from connector_assets.orchestration.progress import Progress as Done
    from connector_assets.settings import Settings


@click.command()
@click.argument("name", required=False)
@explained
def sync(name: str | None) -> None:
    """Refresh the dimensions and post every pay run that is not finished: of connection NAME, or of all.

    Safe at any time and any number of times: what stands in the ledger is never sent again. Exit code 0 only when every
    run succeeded.
    """
    from connector_assets.connections import load_connection, usable_connections

    settings = load_settings()
    connections, wrong = ([load_connection(settings, name)], {}) if name else usable_connections(settings)
    if not connections and not wrong:
        CONSOLE.print("No connection yet. Fix: connector demo, or connector init NAME.")
        raise SystemExit(1)
    problems = [str(error) for error in wrong.values()]
    if problems := [*problems, *(carry(settings, connections) if connections else [])]:
        failed(problems)
        raise SystemExit(1)


def carry(settings: "Settings", connections: "list[Connection]") -> list[str]:
    """Run both jobs of each connection with a progress line; the problems, one line each, empty when all went well."""
    from dagster import DagsterInstance

    from connector_assets.connections import flow_module
    from connector_assets.definitions import build_definitions
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.runs import prepare_dagster_home

    prepare_dagster_home(settings)
    problems: list[str] = []
    with DagsterInstance.get() as instance:
        definitions = build_definitions(settings)
        for connection in connections:
            problems += _refresh(definitions, instance, connection)
        home = open_deployment(settings)
        for connection in connections:
            again = flow_module(connection.flow, "attention").due(home, connection)
            problems += _post(definitions, instance, connection, settings.batch_pay_runs, again)
    return problems


def _refresh(definitions: "Definitions", instance: "DagsterInstance", connection: "Connection") -> list[str]:
    from connector_assets.orchestration.runs import execute

    with _progress(f"{connection.name}: reference data", None):
        outcome = execute(definitions, instance, f"{connection.name}_refresh")
    return [] if outcome.succeeded else [f"{connection.name} refresh: {outcome.problem}"]


def _post(
    definitions: "Definitions",
    instance: "DagsterInstance",
    connection: "Connection",
    size: int,
    again: Collection[str],
) -> list[str]:
    from dagster import AssetKey

    from connector_assets.orchestration.partitions import partitions_name
    from connector_assets.orchestration.runs import execute, missing_ranges

    done = AssetKey([connection.name, connection.done_asset])
    name = partitions_name(connection.name, connection.partition_kind)
    batches = list(missing_ranges(instance, name, done, size, again))
    what = connection.partition_kind.replace("_", " ")
    if not batches:
        CONSOLE.print(f"{connection.name}: no new {what}, nothing posted.")
        return []
    problems = []
    with _progress(f"{connection.name}: {what}", sum(map(len, batches))):
        for batch in batches:
            outcome = execute(definitions, instance, f"{connection.name}_post", batch)
            problems += [] if outcome.succeeded else [f"{connection.name} post: {outcome.problem}"]
    return problems


@contextmanager
def _progress(title: str, total: int | None) -> Iterator[None]:
    """A progress line fed by what the assets announce; `total` counts partitions, None just turns."""
    from connector_assets.orchestration.progress import listening

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=CONSOLE) as bar:
        task = bar.add_task(title, total=total, note="")
        with listening(lambda done: _advance(bar, task, done)):
            yield


def _advance(bar: Progress, task: TaskID, done: "Done") -> None:
    bar.update(task, advance=1, note=f"{done.subject}: {done.outcome}")


COMMANDS: tuple[click.Command, ...] = (sync,)
