"""The workers: the roster, how it changed from day to day, and Intacct's employees made to follow it.

A run that names workers in its tags (a notification does) reads those alone; everything after that is the same, so that
a notification and a poll lead to the same state.
"""

import pandas as pd
from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    Output,
    asset,
)

from connector_assets.flows.paychex_intacct import frames
from connector_assets.flows.paychex_intacct.employees import EmployeeTools, follow_roster
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_assets import Step
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import IntacctResource, PaychexResource, RecordsResource
from connector_assets.orchestration.specs import table_options
from connector_assets.orchestration.worker_history import WORKER_HISTORY, event_counts, with_events
from connector_assets.records.database import utc_now

SYNC = ("W01", "W02", "W03", "W05", "W06")
"""What is looked for while Intacct's employees follow the roster."""
EVENT_COLUMNS = ["effective_date", "event", "worker_id", "organization_id", "location_id", "status_reason"]


def history_asset(names: Names) -> AssetsDefinition:
    """What happened to the workers, from when on."""
    key = names.own("worker_history")

    @asset(
        **table_options(
            names,
            key,
            stage="workers",
            kinds={"pandas", "parquet"},
            schema=WORKER_HISTORY,
            description="Every state that a worker was seen in, with the day from which it holds: hires, rehires, "
            "transfers, renames, leaves, returns, terminations. Rows are only added; headcount rests on it.",
        ),
        ins={"roster": AssetIn(key=names.own("worker_roster"))},
    )
    def worker_history(context: AssetExecutionContext, frame_store: FramesResource, roster: pd.DataFrame) -> Step:
        store = frame_store.store
        known = WORKER_HISTORY.conform(store.read(key)) if store.exists(key) else WORKER_HISTORY.empty()
        frame, events = with_events(known, roster, utc_now().date())
        yield Output(frame, metadata={**counts(event_counts(events)), "new": markdown_table(events[EVENT_COLUMNS])})
        announce(names.connection.name, "worker history", f"{len(events):,} events")

    return worker_history


def employees_asset(names: Names) -> AssetsDefinition:
    """Intacct's employees, made to follow the roster."""
    key = names.own("employee_sync")

    @asset(
        **table_options(
            names,
            key,
            stage="workers",
            kinds={"sageintacct"},
            schema=frames.EMPLOYEE_CHANGES,
            description="Creates and updates Intacct's contacts and employees from the roster. Names pass from Paychex"
            " to Intacct and are kept nowhere between.",
        ),
        deps=[names.intacct("employees"), names.own("dimension_alignment")],
        ins={
            "roster": AssetIn(key=names.own("worker_roster")),
            "history": AssetIn(key=names.own("worker_history")),
        },
        check_specs=code_specs(key, SYNC),
    )
    def employee_sync(
        context: AssetExecutionContext,
        records: RecordsResource,
        paychex: PaychexResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
        roster: pd.DataFrame,
        history: pd.DataFrame,
    ) -> Step:
        connection = names.connection
        with outages_waited_out(context):
            tools = EmployeeTools(
                connection=connection,
                home=records.open(),
                view=LedgerView(connection, frame_store.store),
                source=paychex.client(connection, connection.paychex),
                company_id=paychex.company(connection, connection.paychex).company_id,
                client=intacct.client(connection, connection.intacct),
                today=utc_now().date(),
            )
            found = follow_roster(tools, roster, history)
        made = found.changes
        told = {f"{action}d": int((made["action"] == action).sum()) for action in ("create", "update", "rename")}
        yield Output(made, metadata={**counts(told), "changes": markdown_table(made)})
        yield from code_results([*found.refused, *found.unlike, *found.placeless], SYNC)
        announce(connection.name, "employee sync", f"{len(made):,} changes in Intacct")

    return employee_sync
