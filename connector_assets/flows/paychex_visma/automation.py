"""What runs by itself: both systems read and aligned every night, workers and employees looked at every hour."""

from dagster import AssetSelection, DefaultScheduleStatus, ScheduleDefinition, define_asset_job, in_process_executor
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.flows.paychex_visma.keys import Names


def jobs(names: Names) -> dict[str, UnresolvedAssetJobDefinition]:
    """The jobs: `refresh` does everything, `workers` what concerns workers and employees alone."""
    everything = AssetSelection.groups(names.group("reference"), names.group("workers"))
    workers = AssetSelection.assets(names.own("worker_roster"), names.visma("employees"), names.own("employee_sync"))
    described = {
        "refresh": (everything, "Reads both systems, aligns the dimensions and brings Visma's employees in step."),
        "workers": (workers, "Reads workers and Visma's employees, and brings those in step that differ."),
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
    """One for each job, as the connection file sets them."""
    crons = {"refresh": names.connection.schedules.everything, "workers": names.connection.schedules.workers}
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
