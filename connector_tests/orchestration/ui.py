"""What a person does in the Dagster UI, by the same GraphQL calls that the UI sends."""

from typing import Any

from connector_tests.orchestration.processes import Dagster

REPOSITORY = {"repositoryLocationName": "connector", "repositoryName": "__repository__"}
LAUNCH = """
mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
BACKFILL = """
mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
SENSOR = """
mutation($selector: SensorSelector!) { startSensor(sensorSelector: $selector) {
  __typename ... on Sensor { id } ... on PythonError { message } } }
"""
STOP_SENSOR = """
mutation($id: String!) { stopSensor(id: $id) { __typename ... on PythonError { message } } }
"""
SCHEDULE = """
mutation($selector: ScheduleSelector!) { startSchedule(scheduleSelector: $selector) {
  __typename ... on ScheduleStateResult { scheduleState { id } } ... on PythonError { message } } }
"""
STOP_SCHEDULE = """
mutation($id: String!) { stopRunningSchedule(id: $id) { __typename ... on PythonError { message } } }
"""
TICKS = """
query($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) {
  ... on Sensor { sensorState { ticks(limit: 5) { status skipReason runIds } } } } }
"""
LOCATIONS = """
{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
  __typename ... on PythonError { message } } } } } }
"""


def paths(connection: str, *assets: str) -> list[dict[str, list[str]]]:
    """Asset keys as GraphQL has them."""
    return [{"path": [connection, *asset.split("/")]} for asset in assets]


def location_loaded(dagster: Dagster) -> bool:
    """Whether the webserver answers and has loaded the code."""
    if not dagster.is_serving():
        return False
    entries: list[dict[str, Any]] = dagster.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
    wrong = [one["locationOrLoadError"].get("message") for one in entries if one["locationOrLoadError"]]
    assert not any(wrong), wrong
    return bool(entries) and all(one["loadStatus"] == "LOADED" for one in entries)


def materialize(dagster: Dagster, connection: str, asset: str, partition: str) -> str:
    """Materialize one partition of one asset; answers the run's id."""
    selector = {**REPOSITORY, "pipelineName": "__ASSET_JOB", "assetSelection": paths(connection, asset)}
    tags = [{"key": "dagster/partition", "value": partition}]
    params = {"selector": selector, "executionMetadata": {"tags": tags}, "mode": "default", "runConfigData": "{}"}
    answer = dagster.ask(LAUNCH, params=params)["launchPipelineExecution"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    run_id: str = answer["run"]["runId"]
    return run_id


def backfill(dagster: Dagster, connection: str, assets: list[str], partitions: list[str]) -> str:
    """Launch a backfill of some assets; answers its id."""
    params = {"assetSelection": paths(connection, *assets), "partitionNames": partitions}
    answer = dagster.ask(BACKFILL, params=params)["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    backfill_id: str = answer["backfillId"]
    return backfill_id


def start_sensor(dagster: Dagster, name: str) -> str:
    """Switch a sensor on; answers its id."""
    answer = dagster.ask(SENSOR, selector={**REPOSITORY, "sensorName": name})["startSensor"]
    assert answer["__typename"] == "Sensor", answer
    sensor_id: str = answer["id"]
    return sensor_id


def start_schedule(dagster: Dagster, name: str) -> str:
    """Switch a schedule on; answers its id."""
    answer = dagster.ask(SCHEDULE, selector={**REPOSITORY, "scheduleName": name})["startSchedule"]
    assert answer["__typename"] == "ScheduleStateResult", answer
    schedule_id: str = answer["scheduleState"]["id"]
    return schedule_id


def ticks(dagster: Dagster, sensor: str) -> list[dict[str, Any]]:
    """What the last ticks of a sensor came to, as its page shows them."""
    answer = dagster.ask(TICKS, selector={**REPOSITORY, "sensorName": sensor})["sensorOrError"]
    found: list[dict[str, Any]] = answer["sensorState"]["ticks"]
    return found
