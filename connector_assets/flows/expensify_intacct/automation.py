"""What runs by itself: one schedule looks for approved reports, one reads Intacct, a sensor carries what was found."""

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

from connector_assets.deployment import open_deployment
from connector_assets.flows.expensify_intacct.attention import due
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.flows.expensify_intacct.reference import EXPENSIFY
from connector_assets.orchestration.snapshots import INTACCT

REPORT_ASSETS = ("expense_report", "expense_lines", "journal_batch", "journal_trace", "gl_post", "reconciliation")
SENSOR_INTERVAL_S = 120


def jobs(names: Names) -> dict[str, UnresolvedAssetJobDefinition]:
    """The jobs: `refresh` everything that a post rests on, each system's part of it, and `post`."""
    source = AssetSelection.assets(names.own("approved_reports"), *(names.expensify(one.name) for one in EXPENSIFY))
    ledger = AssetSelection.assets(names.own("tag_alignment"), *(names.intacct(one.name) for one in INTACCT))
    reports = AssetSelection.assets(*(names.own(name) for name in REPORT_ASSETS))
    described = {
        "refresh": (source | ledger, "Reads both systems' reference data and looks for approved reports."),
        "expensify": (
            source | AssetSelection.assets(names.own("tag_alignment")),
            "Reads the workspace and looks for approved reports.",
        ),
        "intacct": (ledger, "Reads Intacct's accounts and dimensions, which journals are validated against."),
        "post": (reports, "Carries expense reports from Expensify to a reconciled journal in Intacct."),
    }
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
    """Two: one for Expensify, one for Intacct, as the connection file sets them."""
    crons = {"expensify": names.connection.schedules.expensify, "intacct": names.connection.schedules.intacct}
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
    ]


def new_reports(names: Names, job: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """A sensor that asks for a run of each report that is not finished, once for each mapping version."""

    @sensor(
        name=f"{names.connection.name}_new_reports",
        job=job,
        minimum_interval_seconds=SENSOR_INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description="Asks for a run of every report that has been found and is not posted, or changed since; of one "
        "that is held, again when there is a new mapping. The posting ledger, not the run key, keeps a document from "
        "being sent twice.",
    )
    def waiting(context: SensorEvaluationContext) -> list[RunRequest] | SkipReason:
        known = context.instance.get_dynamic_partitions(names.documents.name or "")
        done = context.instance.get_materialized_partitions(names.own(names.connection.done_asset))
        home = open_deployment()
        again = due(home, names.connection)
        waits = [key for key in known if key not in done or key in again]
        if not waits:
            return SkipReason(f"All {len(known)} reports of {names.connection.name} are reconciled.")
        version = len(home.mappings.versions(names.connection.name))
        return [RunRequest(run_key=f"{key}/{version}/{again.get(key, '')}", partition_key=key) for key in waits]

    return waiting
