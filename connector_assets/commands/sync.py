"""Headless runs: `sync` refreshes what a post rests on, then carries every pay run that is not finished."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from connector_assets.commands.console import CONSOLE, explained, failed
from connector_assets.settings import load_settings

LOOK_EVERY_S = 1.0

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions

    from connector_assets.connections import Carried, Connection
    from connector_assets.orchestration.progress import Progress as Done
    from connector_assets.settings import Settings


@click.command()
@click.argument("name", required=False)
@click.option(
    "--backfill", "by_daemon", is_flag=True, help="Let the Dagster daemon post them as one backfill, and watch it."
)
@explained
def sync(name: str | None, by_daemon: bool) -> None:
    """Refresh the dimensions and post every pay run that is not finished: of connection NAME, or of all.

    Safe at any time and any number of times: what stands in the ledger is never sent again. With --backfill the work
    goes on when this command is interrupted; run it again to watch on. Exit code 0 only when every run succeeded.
    """
    from connector_assets.connections import chosen_connections

    settings = load_settings()
    connections, wrong = chosen_connections(settings, name)
    if not connections and not wrong:
        CONSOLE.print("No connection yet. Fix: connector demo, or connector init NAME.")
        raise SystemExit(1)
    problems = [str(error) for error in wrong.values()]
    if problems := [*problems, *(carry(settings, connections, by_daemon=by_daemon) if connections else [])]:
        failed(problems)
        raise SystemExit(1)


def carry(settings: "Settings", connections: "list[Connection]", *, by_daemon: bool = False) -> list[str]:
    """Run both jobs of each connection with a progress line; the problems, one line each, empty when all went well."""
    from dagster import DagsterInstance

    from connector_assets.connections import flow_module
    from connector_assets.definitions import build_definitions
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.backfills import require_daemon
    from connector_assets.orchestration.runs import prepare_dagster_home

    prepare_dagster_home(settings)
    problems: list[str] = []
    with DagsterInstance.get() as instance:
        if by_daemon:
            require_daemon(instance)
        definitions = build_definitions(settings)
        for connection in connections:
            problems += _refresh(definitions, instance, connection, settings)
        home = open_deployment(settings)
        for connection in connections:
            again = flow_module(connection.flow, "attention").due(home, connection)
            for carried in connection.carried:
                if by_daemon:
                    problems += _backfill(definitions, instance, connection, carried, again)
                else:
                    problems += _post(definitions, instance, connection, carried, settings, again)
    return problems


def _refresh(
    definitions: "Definitions", instance: "DagsterInstance", connection: "Connection", settings: "Settings"
) -> list[str]:
    from connector_assets.orchestration.runs import execute, know_pool, turn

    know_pool(instance, connection.pool)
    with (
        turn(settings.locks_dir, instance, connection.pool, lambda why: CONSOLE.print(f"{connection.name}: {why}")),
        _progress(f"{connection.name}: reference data", None),
    ):
        outcome = execute(definitions, instance, f"{connection.name}_refresh")
    return [] if outcome.succeeded else [f"{connection.name} refresh: {outcome.problem}"]


def _post(
    definitions: "Definitions",
    instance: "DagsterInstance",
    connection: "Connection",
    carried: "Carried",
    settings: "Settings",
    again: Collection[str],
) -> list[str]:
    from dagster import AssetKey

    from connector_assets.orchestration.partitions import partitions_name
    from connector_assets.orchestration.runs import execute, missing_ranges, turn

    done = AssetKey([connection.name, carried.done_asset])
    name = partitions_name(connection.name, carried.partition_kind)
    what = carried.partition_kind.replace("_", " ")
    problems: list[str] = []
    with turn(settings.locks_dir, instance, connection.pool, lambda why: CONSOLE.print(f"{connection.name}: {why}")):
        batches = list(missing_ranges(instance, name, done, settings.batch_pay_runs, again))
        if not batches:
            CONSOLE.print(f"{connection.name}: no new {what}, nothing posted.")
            return []
        with _progress(f"{connection.name}: {what}", sum(map(len, batches))):
            for batch in batches:
                outcome = execute(definitions, instance, f"{connection.name}_{carried.job}", batch)
                problems += [] if outcome.succeeded else [f"{connection.name} {carried.job}: {outcome.problem}"]
    return problems


def _backfill(
    definitions: "Definitions",
    instance: "DagsterInstance",
    connection: "Connection",
    carried: "Carried",
    again: Collection[str],
) -> list[str]:
    """Ask for one backfill of what is missing, or find the one under way, and watch it to its end."""
    from connector_assets.orchestration.backfills import missing_partitions, start_backfill, view_backfill
    from connector_assets.orchestration.partitions import backfill_under_way
    from connector_assets.orchestration.runs import person

    name, what = connection.name, carried.partition_kind.replace("_", " ")
    missing = missing_partitions(instance, name, carried, again)
    under_way = backfill_under_way(instance, name, carried.done_asset)
    if not missing and under_way is None:
        CONSOLE.print(f"{name}: no new {what}, nothing posted.")
        return []
    if under_way is not None:
        key = under_way.backfill_id
    else:
        key = start_backfill(instance, definitions, connection, carried, missing, person=person())
    CONSOLE.print(f"{name}: backfill {key} {'is asked for' if under_way is None else 'is under way'}.")
    with _bar(f"{name}: {what}", len(missing)) as (bar, task):
        while not (view := view_backfill(instance, name, carried, key, missing)).is_over:
            bar.update(task, completed=view.done)
            time.sleep(LOOK_EVERY_S)
        bar.update(task, completed=view.done)
    told = [f"{name} {partition}: {why}" for partition, why in view.problems.items()]
    ended = f"{name}: backfill {key} ended as {view.status.value.lower()}. Fix: look at it in the Dagster UI."
    return [] if view.succeeded else told or [ended]


@contextmanager
def _bar(title: str, total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """A progress line; `total` counts partitions, None just turns."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    note = TextColumn("{task.fields[note]}")
    with Progress(*columns, TimeElapsedColumn(), note, console=CONSOLE) as bar:
        yield bar, bar.add_task(title, total=total, note="")


@contextmanager
def _progress(title: str, total: int | None) -> Iterator[None]:
    """A progress line fed by what the assets announce."""
    from connector_assets.orchestration.progress import listening

    with _bar(title, total) as (bar, task), listening(lambda done: _advance(bar, task, done)):
        yield


def _advance(bar: Progress, task: TaskID, done: "Done") -> None:
    bar.update(task, advance=1, note=f"{done.subject}: {done.outcome}")


COMMANDS: tuple[click.Command, ...] = (sync,)
