"""What runs by itself: one schedule looks for approved reports, one reads Intacct, a sensor carries what was found."""

from collections.abc import Sequence

from dagster import (
    AssetSelection,
    ScheduleDefinition,
    SensorDefinition,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.flows.expensify_intacct.attention import due
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.flows.expensify_intacct.reference import EXPENSIFY
from connector_assets.orchestration.automation import (
    Jobs,
    Waiting,
    cron_schedules,
    described_jobs,
    document_selection,
    documents_sensor,
    mapping_token,
)
from connector_assets.orchestration.gate import Requirement
from connector_assets.orchestration.snapshots import intacct_snapshots

REPORT_ASSETS = ("expense_report", "expense_lines", "journal_batch", "journal_trace", "gl_post", "reconciliation")


def jobs(names: Names) -> Jobs:
    """The jobs: `refresh` everything that a post rests on, each system's part of it, and `post`."""
    source = AssetSelection.assets(names.own("approved_reports"), *(names.expensify(one.name) for one in EXPENSIFY))
    ledger_names = [one.name for one in intacct_snapshots(names.connection.own_dimensions)]
    ledger = AssetSelection.assets(names.own("tag_alignment"), *map(names.intacct, ledger_names))
    reports = document_selection(names, REPORT_ASSETS)
    described = {
        "refresh": (source | ledger, "Reads both systems' reference data and looks for approved reports."),
        "expensify": (
            source | AssetSelection.assets(names.own("tag_alignment")),
            "Reads the workspace and looks for approved reports.",
        ),
        "intacct": (ledger, "Reads Intacct's accounts and dimensions, which journals are validated against."),
        "post": (reports, "Carries expense reports from Expensify to a reconciled journal in Intacct."),
    }
    return described_jobs(names, described)


def schedules(names: Names, made: Jobs) -> list[ScheduleDefinition]:
    """Two: one for Expensify, one for Intacct, as the connection file sets them."""
    crons = {"expensify": names.connection.schedules.expensify, "intacct": names.connection.schedules.intacct}
    return cron_schedules(names, made, crons)


def new_reports(
    names: Names, job: UnresolvedAssetJobDefinition, requirements: Sequence[Requirement]
) -> SensorDefinition:
    """A sensor that asks for a run of the reports that are not finished."""
    (carried,) = names.connection.carried
    return documents_sensor(names, carried, job, requirements, Waiting("reports", due=due, token=mapping_token))
