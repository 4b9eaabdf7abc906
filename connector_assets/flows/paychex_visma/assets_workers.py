"""The workers: the roster of Paychex, Visma's employees as they are, and the one made to follow the other.

A run that names workers in its tags (a notification does) reads and writes those alone.
"""

import time

import pandas as pd
from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    Output,
    asset,
)

from connector_assets.accounting.findings import Finding, finding
from connector_assets.flows.paychex_visma import employees as following
from connector_assets.flows.paychex_visma import state as states
from connector_assets.flows.paychex_visma.alignment import targets_of
from connector_assets.flows.paychex_visma.frames import EMPLOYEE_SYNC, VISMA_EMPLOYEES
from connector_assets.flows.paychex_visma.keys import Names
from connector_assets.flows.paychex_visma.poll import poll
from connector_assets.flows.paychex_visma.status import keep_waiting
from connector_assets.orchestration import gate
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.inbox_sensor import subjects_of
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_assets import Step
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import PaychexResource, RecordsResource, VismaResource
from connector_assets.orchestration.roster import (
    name_salt,
)
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now

SYNC = ("W02", "W10", "W11", "W12", "W13")
"""What is looked for while Visma's employees follow the roster."""


def poll_asset(names: Names) -> AssetsDefinition:
    """Visma's employees as they are now."""
    key = names.visma("employees")

    @asset(
        **table_options(
            names,
            key,
            stage="workers",
            kinds={"visma", "parquet"},
            schema=VISMA_EMPLOYEES,
            description="Visma's employees as they are, names as keyed digests: those that changed since the last "
            "look, now and then all of them. What a webhook missed or a person changed shows here.",
        )
    )
    def employees(
        context: AssetExecutionContext, records: RecordsResource, visma: VismaResource, frame_store: FramesResource
    ) -> Step:
        connection, home, store = names.connection, records.open(), frame_store.store
        before = VISMA_EMPLOYEES.conform(store.read(key)) if store.exists(key) else None
        client = visma.client(connection, connection.visma)
        calls = client.transport.calls.total()
        with outages_waited_out(context):
            frame = poll(connection, client, home, before, name_salt(home, connection.name), utc_now())
        told = {"employees": len(frame), "api_calls": client.transport.calls.total() - calls}
        yield Output(frame, metadata=counts(told))
        announce(connection.name, "visma employees", f"{len(frame):,} employees")

    return employees


def sync_asset(names: Names, requirements: list[gate.Requirement]) -> AssetsDefinition:
    """Visma's employees, made to follow the workers. `requirements` is what the gate asks for."""
    key = names.own("employee_sync")

    @asset(
        **table_options(
            names,
            key,
            stage="workers",
            kinds={"visma", "parquet"},
            schema=EMPLOYEE_SYNC,
            description="Creates and updates Visma's employees from the roster, each change with its reason in the "
            "audit trail. Names pass from Paychex to Visma and are kept nowhere between. What somebody changed in "
            "Visma is reported, or set back where the connection says so.",
        ),
        ins={
            "roster": AssetIn(key=names.own("worker_roster")),
            "polled": AssetIn(key=names.visma("employees")),
            "alignment": AssetIn(key=names.own("dimension_alignment")),
        },
        check_specs=code_specs(key, SYNC),
    )
    def employee_sync(
        context: AssetExecutionContext,
        records: RecordsResource,
        paychex: PaychexResource,
        visma: VismaResource,
        roster: pd.DataFrame,
        polled: pd.DataFrame,
        alignment: pd.DataFrame,
    ) -> Step:
        connection, home = names.connection, records.open()
        gate.require(context.instance, requirements, now=time.time, limit_hours=connection.freshness_hours)
        tools = following.Tools(
            connection=connection,
            home=home,
            source=paychex.client(connection, connection.paychex),
            target=visma.client(connection, connection.visma),
            targets=targets_of(alignment, connection),
            salt=name_salt(home, connection.name),
            actor=f"run {context.run.run_id[:8]}",
            now=utc_now(),
        )
        calls = tools.target.transport.calls.total()
        work = following.EmployeeSync(tools, roster, polled)
        rows = work.plan()
        for row in work.carry(rows, subjects_of(context.run.tags)):
            if row.action:
                announce(connection.name, f"employee {row.employee_no}", row.action)
        waiting = [row for row in rows if row.is_due]
        keep_waiting(home, connection.name, len(waiting), work.ended_early)
        frame = following.frame_of(rows, tools.targets)
        told = {"waiting": len(waiting), "api_calls": tools.target.transport.calls.total() - calls}
        told |= {f"employees_{action.replace(' ', '_')}": n for action, n in _actions(frame).items()}
        yield Output(frame, metadata={**counts(told), "changes": markdown_table(frame[frame["action"] != ""])})
        found = following.findings_of(rows, states.REFUSED, states.UNKNOWN, states.HELD, states.DRIFTED)
        yield from code_results([*found, *_waiting(len(waiting), work.ended_early)], SYNC)
        announce(connection.name, "employee sync", f"{int((frame['action'] != '').sum()):,} changes in Visma")

    return employee_sync


def _actions(frame: pd.DataFrame) -> dict[str, int]:
    done = frame.loc[frame["action"] != "", "action"].value_counts()
    return {str(action): int(count) for action, count in done.items()}


def _waiting(count: int, why: str) -> list[Finding]:
    if not count or not why:
        return []
    return [finding("W13", "employees", f"{count} changes wait. {why}", "Nothing: the next run goes on with them.")]
