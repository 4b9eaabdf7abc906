"""What runs by itself: a schedule refreshes what posts rest on and finds pay runs, a sensor carries new ones."""

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

from connector_assets.flows.paychex_intacct.attention import due
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.resources import RecordsResource

PAYROLL = (
    "pay_checks",
    "pay_lines",
    "labor_distribution",
    "journal_batch",
    "journal_trace",
    "gl_post",
    "reconciliation",
)
REFRESH_CRON = "15 * * * *"
SENSOR_INTERVAL_S = 120


def refresh_job(names: Names) -> UnresolvedAssetJobDefinition:
    """Refresh reference data, roster and employees, and discover pay runs."""
    stages = AssetSelection.groups(names.group("reference"), names.group("workers"))
    return define_asset_job(
        f"{names.connection.name}_refresh",
        selection=stages | AssetSelection.assets(names.own("pay_calendar"), names.own("register_changes")),
        description="Refreshes what a post rests on, makes Intacct's employees follow the roster, discovers pay runs, "
        "and reads the posted ones of the trailing window again.",
        tags=names.tags,
        executor_def=in_process_executor,
    )


def post_job(names: Names) -> UnresolvedAssetJobDefinition:
    """Carry pay runs from register to reconciliation."""
    return define_asset_job(
        f"{names.connection.name}_post",
        selection=AssetSelection.assets(*(names.own(name) for name in PAYROLL)),
        description="Carries pay runs from Paychex's register to a reconciled journal in Intacct.",
        tags=names.tags,
        executor_def=in_process_executor,
    )


def refresh_schedule(names: Names, job: UnresolvedAssetJobDefinition) -> ScheduleDefinition:
    """Polling is the truth: every hour the reference data is refreshed and Paychex is asked for new pay runs."""
    return ScheduleDefinition(
        name=f"{names.connection.name}_refresh_hourly",
        job=job,
        cron_schedule=REFRESH_CRON,
        default_status=DefaultScheduleStatus.STOPPED,
        description="Hourly, at a quarter past: refreshes the dimensions and finds new pay runs.",
        tags=names.tags,
    )


def new_pay_runs(names: Names, job: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """A sensor that asks for a run of each pay run that was discovered and never tried, or has to be carried again."""

    @sensor(
        name=f"{names.connection.name}_new_pay_runs",
        job=job,
        minimum_interval_seconds=SENSOR_INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description="Asks for a run of every pay run that has been discovered and is not posted, has changed since, "
        "was approved, or whose outcome is unknown. The posting ledger, "
        "not the run key, is what keeps a journal from being sent twice.",
    )
    def waiting(context: SensorEvaluationContext, records: RecordsResource) -> list[RunRequest] | SkipReason:
        known = context.instance.get_dynamic_partitions(names.pay_runs.name or "")
        done = context.instance.get_materialized_partitions(names.own(names.connection.done_asset))
        tokens = {key: "" for key in known if key not in done}
        tokens |= {key: f" {token}" for key, token in due(records.open(), names.connection).items() if key in known}
        if not tokens:
            return SkipReason(f"All {len(known)} pay runs of {names.connection.name} are reconciled.")
        return [RunRequest(run_key=f"{key}{token}", partition_key=key) for key, token in sorted(tokens.items())]

    return waiting
