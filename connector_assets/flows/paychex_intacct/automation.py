"""What runs by itself: jobs, and sensors that start them by the calendar, by notifications, and for new pay runs."""

from collections.abc import Mapping, Sequence
from functools import partial

from dagster import (
    AssetSelection,
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.flows.paychex_intacct.attention import due
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.notices import opened
from connector_assets.flows.paychex_intacct.status import PAY_PERIOD
from connector_assets.orchestration.automation import Jobs, described_jobs
from connector_assets.orchestration.gate import Requirement, why_closed
from connector_assets.orchestration.inbox_sensor import inbox_sensor
from connector_assets.orchestration.resources import RecordsResource
from connector_assets.records.database import utc_now

PAYROLL = (
    "pay_checks",
    "pay_lines",
    "labor_distribution",
    "journal_batch",
    "journal_trace",
    "gl_post",
    "reconciliation",
)
SENSOR_INTERVAL_S = 60


def jobs_of(names: Names) -> Jobs:
    """The jobs: `refresh` reads everything, `discover` and `workers` a part of it, `post` carries pay runs."""
    groups = {stage: AssetSelection.groups(names.group(stage)) for stage in ("reference", "workers")}
    calendar = AssetSelection.assets(names.own("pay_calendar"))
    window = AssetSelection.assets(names.own("register_changes"))
    payroll = AssetSelection.assets(*(names.own(name) for name in PAYROLL))
    described = {
        "refresh": (
            groups["reference"] | groups["workers"] | calendar | window,
            "Refreshes what a post rests on, makes Intacct's employees follow the roster, discovers pay runs, and "
            "reads the posted ones of the trailing window again.",
        ),
        "discover": (calendar, "Reads the pay calendar alone: is there a new pay run?"),
        "dimensions": (
            groups["reference"],
            "Reads reference data, and brings the dimensions into step.",
        ),
        "workers": (groups["workers"], "Reads the roster, or the workers that its tags name, and follows it."),
        "post": (payroll, "Carries pay runs from Paychex's register to a reconciled journal in Intacct."),
    }
    return described_jobs(names, described)


def notifications(names: Names, jobs: Mapping[str, UnresolvedAssetJobDefinition]) -> SensorDefinition:
    """The sensor that drains what Paychex has notified this connection of."""
    described = (
        "Handles what Paychex has notified us of: looks at each worker and pay run as it is now, adds pay runs, and "
        "asks for one run of what has to be read again. What cannot be handled is given up and can be replayed."
    )
    may_run = [jobs[part] for part in ("refresh", "discover", "workers")]
    return inbox_sensor(names, may_run, partial(opened, names), description=described)


def new_pay_runs(
    names: Names, job: UnresolvedAssetJobDefinition, requirements: Sequence[Requirement]
) -> SensorDefinition:
    """A sensor that asks for a run of each pay run that was discovered and never tried, or has to be carried again.

    While the gate is closed it asks for none: a run would only fail on it, and Dagster starts none twice for one key.
    """

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
        connection, home = names.connection, records.open()
        known = context.instance.get_dynamic_partitions(names.pay_runs.name or "")
        done = context.instance.get_materialized_partitions(names.own(connection.done_asset))
        listed = {one.partition for one in home.sources.list(connection.name, PAY_PERIOD)}
        # What could not be booked for want of a rule is tried again once there is a new version of the mapping.
        mapping = f" mapping {len(home.mappings.versions(connection.name))}"
        tokens = {key: mapping for key in known if key in listed and key not in done}
        tokens |= {key: f" {token}" for key, token in due(home, connection).items() if key in known}
        unlisted = len(set(known) - listed - done)
        if not tokens and unlisted:
            return SkipReason(f"{unlisted} pay runs wait until {connection.name}_refresh has read the pay calendar.")
        if not tokens:
            return SkipReason(f"All {len(known)} pay runs of {connection.name} are reconciled.")
        now_s, limit_hours = utc_now().timestamp(), connection.freshness_hours
        if reasons := why_closed(context.instance, requirements, now_s=now_s, limit_hours=limit_hours):
            return SkipReason(f"{len(tokens)} pay runs wait, the gate is closed: {reasons}")
        return [RunRequest(run_key=f"{key}{token}", partition_key=key) for key, token in sorted(tokens.items())]

    return waiting
