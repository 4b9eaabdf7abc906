"""What runs by itself: three schedules (Procurify, Intacct, master data) and a sensor for each kind of document."""

from collections.abc import Callable

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    ScheduleDefinition,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.connections import Carried
from connector_assets.deployment import open_deployment
from connector_assets.flows.procurify_intacct.attention import due
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.reference import LEDGER, PROCURIFY
from connector_assets.orchestration.partitions import partitions_name
from connector_assets.records.postings import PostingState

BILL_ASSETS = ("bill", "bill_lines", "ap_bill", "bill_post", "bill_reconciliation")
PAYMENT_ASSETS = ("bill_payment", "payment_lines", "payment_post", "payment_reconciliation")
SENSOR_INTERVAL_S = 120


def jobs(names: Names, master: list[str]) -> dict[str, UnresolvedAssetJobDefinition]:
    """The jobs: `refresh` everything that a post rests on, each system's part of it, `post`, `pay`, `master_data`.

    `master` are the assets that carry master data; without any there is no such job.
    """
    own = names.own
    found = [own("approved_bills"), *([own("paid_payments")] if names.connection.posting.payments else [])]
    source = AssetSelection.assets(*found, *(names.procurify(one.name) for one in PROCURIFY))
    ledger = AssetSelection.assets(own("bill_alignment"), *(names.intacct(one.name) for one in LEDGER))
    carried = AssetSelection.assets(*(own(name) for name in master))
    everything = source | ledger | carried if master else source | ledger
    described = {
        "refresh": (
            everything,
            "Reads both systems' reference data, carries master data, looks for bills and payments.",
        ),
        "procurify": (source | AssetSelection.assets(own("bill_alignment")), "Looks for approved bills and payments."),
        "intacct": (ledger, "Reads Intacct's vendors, accounts and dimensions, which bills are validated against."),
        "post": (AssetSelection.assets(*map(own, BILL_ASSETS)), "Carries bills from Procurify to Intacct, reconciled."),
    }
    if names.connection.posting.payments:
        text = "Carries payments from Procurify to Intacct, after their bills, reconciled."
        described["pay"] = (AssetSelection.assets(*map(own, PAYMENT_ASSETS)), text)
    if master:
        described["master_data"] = (carried, "Carries vendors and account codes from Intacct to Procurify.")
    return {
        part: define_asset_job(
            f"{names.connection.name}_{part}",
            selection=selection,
            description=description,
            tags=names.tags,
            executor_def=in_process_executor,
        )
        for part, (selection, description) in described.items()
    }


def schedules(names: Names, made: dict[str, UnresolvedAssetJobDefinition]) -> list[ScheduleDefinition]:
    """One for each system and one for master data, as the connection file sets them."""
    crons = names.connection.schedules.model_dump()
    return [
        ScheduleDefinition(
            name=f"{names.connection.name}_{part}_schedule",
            job=made[part],
            cron_schedule=cron,
            default_status=DefaultScheduleStatus.STOPPED,
            description=made[part].description,
            tags=names.tags,
        )
        for part, cron in crons.items()
        if part in made
    ]


def sensors(names: Names, made: dict[str, UnresolvedAssetJobDefinition]) -> list[SensorDefinition]:
    """One for bills, one for payments."""
    bills, payments = names.connection.carried
    found = [_waiting(names, bills, made["post"], _bill_token)]
    return [*found, _waiting(names, payments, made["pay"], _payment_token)] if "pay" in made else found


def _bill_token(connection: str) -> str:
    """Changes with each mapping version."""
    return str(len(open_deployment().mappings.versions(connection)))


def _payment_token(connection: str) -> str:
    """Changes with each mapping version, and with each bill that comes to stand in the ledger."""
    home = open_deployment()
    posted = sum(one.key.kind == "bill" for one in home.postings.list(connection, [PostingState.POSTED]))
    return f"{len(home.mappings.versions(connection))}.{posted}"


def _waiting(
    names: Names, carried: Carried, job: UnresolvedAssetJobDefinition, token: Callable[[str], str]
) -> SensorDefinition:
    what, name = carried.partition_kind.replace("_", " "), names.connection.name

    @sensor(
        name=f"{name}_new_{carried.partition_kind}",
        job=job,
        minimum_interval_seconds=SENSOR_INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description=f"Asks for a run of all {what} that have been found and are not finished, or changed since; of one "
        "that is held, again when what it waits for may have changed. The posting ledger, not the run key, keeps it "
        "from being sent twice.",
    )
    def waiting(context: SensorEvaluationContext) -> list[RunRequest] | SkipReason:
        known = context.instance.get_dynamic_partitions(partitions_name(name, carried.partition_kind))
        done = context.instance.get_materialized_partitions(names.own(carried.done_asset))
        again = due(open_deployment(), names.connection)
        waits = [key for key in known if key not in done or key in again]
        if not waits:
            return SkipReason(f"All {len(known)} {what} of {name} are reconciled.")
        version = token(name)
        return [RunRequest(run_key=f"{key}/{version}/{again.get(key, '')}", partition_key=key) for key in waits]

    return waiting
