"""What runs by itself: jobs, and sensors that start them by the calendar, by notifications, and for new pay runs."""

from collections.abc import Mapping, Sequence
from functools import partial

from dagster import AssetSelection, SensorDefinition
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.attention import due
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.notices import opened
from connector_assets.flows.paychex_intacct.status import PAY_PERIOD
from connector_assets.orchestration.automation import (
    Jobs,
    Waiting,
    described_jobs,
    document_selection,
    documents_sensor,
    mapping_token,
)
from connector_assets.orchestration.gate import Requirement
from connector_assets.orchestration.inbox_sensor import inbox_sensor

PAYROLL = (
    "pay_checks",
    "pay_lines",
    "labor_distribution",
    "journal_batch",
    "journal_trace",
    "gl_post",
    "reconciliation",
)


def jobs_of(names: Names) -> Jobs:
    """The jobs: `refresh` reads everything, `discover` and `workers` a part of it, `post` carries pay runs."""
    groups = {stage: AssetSelection.groups(names.group(stage)) for stage in ("reference", "workers")}
    calendar = AssetSelection.assets(names.own("pay_calendar"))
    window = AssetSelection.assets(names.own("register_changes"))
    payroll = document_selection(names, PAYROLL)
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
    """A sensor that asks for the pay runs that are not finished; one that a notification told of, after a refresh."""
    (carried,) = names.connection.carried
    waiting = Waiting("pay runs", due=due, token=mapping_token, listed=in_the_calendar)
    return documents_sensor(names, carried, job, requirements, waiting)


def in_the_calendar(home: Deployment, connection: str) -> set[str]:
    """The partitions of the pay runs that the pay calendar has shown."""
    return {one.partition for one in home.sources.list(connection, PAY_PERIOD)}
