"""What runs by itself: both systems read and aligned every night, workers and employees looked at every hour."""

from dagster import AssetSelection, ScheduleDefinition

from connector_assets.flows.paychex_visma.keys import Names
from connector_assets.orchestration.automation import Jobs, cron_schedules, described_jobs


def jobs(names: Names) -> Jobs:
    """The jobs: `refresh` does everything, `workers` what concerns workers and employees alone."""
    everything = AssetSelection.groups(names.group("reference"), names.group("workers"))
    workers = AssetSelection.assets(names.own("worker_roster"), names.visma("employees"), names.own("employee_sync"))
    described = {
        "refresh": (everything, "Reads both systems, aligns the dimensions and brings Visma's employees in step."),
        "workers": (workers, "Reads workers and Visma's employees, and brings those in step that differ."),
    }
    return described_jobs(names, described)


def schedules(names: Names, made: Jobs) -> list[ScheduleDefinition]:
    """One for each job, as the connection file sets them."""
    crons = {"refresh": names.connection.schedules.everything, "workers": names.connection.schedules.workers}
    return cron_schedules(names, made, crons)
