"""The worker roster as an asset, the same for every flow that reads workers from Paychex."""

from dagster import AssetCheckResult, AssetCheckSpec, AssetExecutionContext, AssetsDefinition, Output, asset

from connector_assets.accounting.register import WORKERS
from connector_assets.orchestration.inbox_sensor import subjects_of
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_assets import Step
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import PaychexResource, RecordsResource
from connector_assets.orchestration.roster import (
    doubled_ids,
    name_salt,
    note_whole_read,
    read_roster,
    sharing_numbers,
    status_counts,
    whole_read_is_due,
)
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now
from connector_assets.vendors.paychex.config import PaychexSection

IDS_UNIQUE = "ids_unique"


def roster_asset(names: ConnectionNames, section: PaychexSection, *, by_number: bool) -> AssetsDefinition:
    """The worker roster of a Paychex company: read whole, or for the workers that the run's tags name.

    Two workers of one id stop whatever rests on the roster; `by_number` says that two of one number do so too, for a
    flow that knows a worker by the number alone.
    """
    key = names.own("worker_roster")
    unique = "id or number" if by_number else "id"

    @asset(
        **table_options(
            names,
            key,
            stage="workers",
            kinds={"paychex", "parquet"},
            schema=WORKERS,
            description="Every worker of the Paychex company, without names or other personal data.",
        ),
        check_specs=[
            AssetCheckSpec(IDS_UNIQUE, asset=key, blocking=True, description=f"No two workers share an {unique}.")
        ],
    )
    def worker_roster(
        context: AssetExecutionContext, records: RecordsResource, paychex: PaychexResource, frame_store: FramesResource
    ) -> Step:
        connection, home, store = names.connection, records.open(), frame_store.store
        only = subjects_of(context.run.tags)
        if whole_read_is_due(home, connection.name, utc_now(), connection.freshness_hours):
            only = []
        before = WORKERS.conform(store.read(key)) if only and store.exists(key) else None
        with outages_waited_out(context):
            company = paychex.company(connection, section)
            client = paychex.client(connection, section)
            calls = client.transport.calls.total()
            frame = read_roster(client, company.company_id, before, only, name_salt(home, connection.name))
        if before is None:
            note_whole_read(home, connection.name, utc_now())
        told = {"workers": len(frame), "api_calls": client.transport.calls.total() - calls}
        yield Output(frame, metadata={**counts(told), "statuses": markdown_table(status_counts(frame))})
        twice = doubled_ids(frame) or (sharing_numbers(frame) if by_number else [])
        problem = f"Worker {twice[0]} shares its {unique} with another." if twice else ""
        yield AssetCheckResult(passed=not problem, check_name=IDS_UNIQUE, description=problem or "They are unique.")
        announce(connection.name, "worker roster", f"{len(frame):,} workers")

    return worker_roster
