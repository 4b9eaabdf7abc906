"""Run workers on one machine, watched: a worker that is gone fails its run, so that run retries start it again.

Dagster's own launcher starts each run as a child of the code server and lets only that server notice its death. When
the server dies with it (a crash, a reboot, `kill -9` of the whole group) the run would count as started for ever and
keep its place in the queue and in its pool. Run monitoring asks here instead.
"""

import json
import os
import socket
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, DagsterRun, DefaultRunLauncher
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG, HIDDEN_TAG_PREFIX, PRIORITY_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster_shared.serdes import deserialize_value

HOST_TAG = f"{HIDDEN_TAG_PREFIX}connector_host"
"""The machine on which someone runs a job in their own process (`connector sync`)."""
LOCAL = frozenset({"", "localhost", "127.0.0.1"})
REPLY_S = 10
ALIVE = CheckRunHealthResult(WorkerStatus.RUNNING)


class WatchedRunLauncher(DefaultRunLauncher):
    """Dagster's default launcher with a health check: by process id here, through the code server elsewhere.

    And what it starts again goes first: a retry inherits the tags of the run that died, and would otherwise queue up
    behind the later pay runs of its own backfill.
    """

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start the worker of a run."""
        self._instance.add_run_tags(context.dagster_run.run_id, {PRIORITY_TAG: "1"})
        super().launch_run(context)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """It does."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the worker of a started run is alive; what cannot be known counts as alive."""
        server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
        if server.get("host", "") not in LOCAL and not server.get("socket"):
            return _asked(run.run_id, server)
        if not server and run.tags.get(HOST_TAG) != socket.gethostname():
            return ALIVE
        process_id = worker_process(self._instance, run.run_id)
        if process_id is None or _is_alive(process_id):
            return ALIVE
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"its process {process_id} is gone")


def worker_process(instance: DagsterInstance, run_id: str) -> int | None:
    """The process that said last that it carries the run; None while none has."""
    for record in instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)[::-1]:
        event = record.dagster_event
        if event is not None and (said := event.engine_event_data.metadata.get("pid")) is not None:
            return int(str(said.value))
    return None


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it is there, and another user's
    stat = Path(f"/proc/{process_id}/stat")
    return not stat.is_file() or stat.read_text().rpartition(")")[2].split()[0] != "Z"  # dead, and nobody asked how


def _asked(run_id: str, server: dict[str, object]) -> CheckRunHealthResult:
    """What the code server of another machine says: it knows every run that it has started and not seen end."""
    host, port = str(server["host"]), int(str(server["port"]))
    client = DagsterGrpcClient(port=port, host=host, use_ssl=bool(server.get("use_ssl", False)))
    try:
        reply = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run_id), timeout=REPLY_S)
    except DagsterUserCodeUnreachableError:
        return ALIVE  # it is starting, or the network is away: max_runtime_seconds is the last word
    if deserialize_value(reply, CanCancelExecutionResult).can_cancel:
        return ALIVE
    return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"the code server at {host} does not run it")
