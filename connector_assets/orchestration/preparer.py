"""Who prepared what a run plans: a name stands always, so that the four eyes of an approval can be told apart."""

from collections.abc import Mapping

from dagster._core.storage.tags import REPORTING_USER_TAG, SCHEDULE_NAME_TAG, SENSOR_NAME_TAG, USER_TAG

from connector_assets.orchestration.runs import PERSON_TAG

LAUNCHER = "dagster"
"""The preparer when nothing says who started a run, as for one of the open-source UI, which knows no users."""


def prepared_by(tags: Mapping[str, str]) -> str:
    """The preparer of what a run with these tags plans, who cannot approve it too.

    The person named by the tag `connector/person`, which the command line sets and the Launchpad can; the user whom a
    deployment with logins adds; the schedule or the sensor; or `dagster`.
    """
    people = (tags.get(name, "").strip() for name in (PERSON_TAG, USER_TAG, REPORTING_USER_TAG))
    launchers = ((SCHEDULE_NAME_TAG, "schedule"), (SENSOR_NAME_TAG, "sensor"))
    systems = (f"{what} {tags[name]}" for name, what in launchers if name in tags)
    return next((one for one in (*people, *systems) if one), LAUNCHER)
