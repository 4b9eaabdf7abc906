"""Sensors that tell people: a failed run, a failed check, a posting whose outcome nobody knows.

Each reads on from where it stopped and moves its cursor only when every sink has taken the alert, so that none is lost
while a mail server is down. (Dagster's own run-failure sensor passes over a run whose alert could not be delivered.)
"""

import json
from collections.abc import Callable, Iterator, Sequence

from dagster import (
    AssetCheckSeverity,
    DagsterEventType,
    DagsterInstance,
    DefaultSensorStatus,
    EventLogEntry,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.storage.tags import WILL_RETRY_TAG
from dagster_shared.error import SerializableErrorInfo

from connector_assets.orchestration.alert_sinks import Alert, sinks_of
from connector_assets.orchestration.resources import RecordsResource
from connector_assets.orchestration.runs import words_of
from connector_assets.records.database import utc_now
from connector_assets.records.postings import PostingState

INTERVAL_S = 30
MOST_EVENTS = 2_000
FAILED_RUNS, FAILED_CHECKS, UNKNOWN = "failed_runs_alert", "failed_checks_alert", "unknown_postings_alert"
OURS = ("dagster._core.definitions.events.Failure", "connector_assets.")
"""What a message may begin with to be passed on: texts that we wrote. Any other exception may quote anything."""
LOOK = "Open the run in the Dagster UI; its first red event says what to do."
Told = Callable[[DagsterInstance, EventLogEntry], Alert | None]


def alert_sensors() -> list[SensorDefinition]:
    """The sensors of the deployment; they are on from the start, for an alert that has to be switched on comes late."""
    return [
        _over_events(
            FAILED_RUNS,
            DagsterEventType.RUN_FAILURE,
            run_alert,
            "Tells the alert sinks of every run that failed and is not started again by itself.",
        ),
        _over_events(
            FAILED_CHECKS,
            DagsterEventType.ASSET_CHECK_EVALUATION,
            check_alert,
            "Tells the alert sinks of every asset check that failed, warnings included, with what to do.",
        ),
        _unknown_postings(),
    ]


def _over_events(name: str, event: DagsterEventType, told: Told, description: str) -> SensorDefinition:
    @sensor(
        name=name,
        minimum_interval_seconds=INTERVAL_S,
        default_status=DefaultSensorStatus.RUNNING,
        description=description,
    )
    def watch(context: SensorEvaluationContext, records: RecordsResource) -> SkipReason:
        storage = context.instance.event_log_storage
        if context.cursor is None:
            context.update_cursor(str(storage.get_maximum_record_id() or 0))
            return SkipReason("Watching from here on; what happened before is not told.")
        found = storage.get_logs_for_all_runs_by_log_id(
            after_cursor=int(context.cursor), dagster_event_type=event, limit=MOST_EVENTS
        )
        alerts = [alert for entry in found.values() if (alert := told(context.instance, entry)) is not None]
        send(records, alerts)
        if found:
            context.update_cursor(str(max(found)))
        return SkipReason(f"{len(alerts)} alerts sent." if alerts else "Nothing new to tell.")

    return watch


def send(records: RecordsResource, alerts: Sequence[Alert]) -> None:
    """Give every alert to every sink. Raises AlertError."""
    sinks = sinks_of(records.open().settings) if alerts else []
    for alert in alerts:
        for sink in sinks:
            sink.send(alert)


def run_alert(instance: DagsterInstance, entry: EventLogEntry) -> Alert | None:
    """A failed run, in the words of the step that failed; none for one that is started again by itself."""
    run = instance.get_run_by_id(entry.run_id)
    if run is None or run.tags.get(WILL_RETRY_TAG) == "true":
        return None
    failures = instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)
    errors = [one.dagster_event.step_failure_data.error for one in failures if one.dagster_event]
    why = public_words(errors[0]) if errors else "It ended without finishing a step: its worker or its code was lost."
    keys = sorted(run.asset_selection or (), key=lambda key: key.path)
    connection = keys[0].path[0] if keys else run.tags.get("connection", "")
    return Alert("run failed", connection, f"{run.job_name} of {connection}", why, LOOK, run.run_id)


def public_words(error: SerializableErrorInfo | None) -> str:
    """What an error says, if we wrote it; else its class alone, for a foreign message may hold anything."""
    innermost = error
    while innermost is not None and innermost.cause is not None and not innermost.message.startswith(OURS):
        innermost = innermost.cause
    if innermost is None:
        return "It failed without saying why."
    if innermost.message.startswith(OURS):
        return words_of(innermost)
    return f"A defect of the connector, or of the machine: {innermost.cls_name}."


def check_alert(instance: DagsterInstance, entry: EventLogEntry) -> Alert | None:
    """A check that failed; its description says what to do."""
    event = entry.dagster_event
    evaluation = event.asset_check_evaluation_data if event else None
    if evaluation is None or evaluation.passed:
        return None
    asset = evaluation.asset_key.to_user_string()
    place = f", partition {evaluation.partition}" if evaluation.partition else ""
    grave = "" if evaluation.severity == AssetCheckSeverity.ERROR else " (a warning)"
    why, _, fix = (evaluation.description or "It says no more.").partition(" Fix: ")
    subject = f"{evaluation.check_name} of {asset}{place}{grave}"
    return Alert("check failed", evaluation.asset_key.path[0], subject, why, fix or LOOK, entry.run_id)


def _unknown_postings() -> SensorDefinition:
    @sensor(
        name=UNKNOWN,
        minimum_interval_seconds=INTERVAL_S,
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells the alert sinks once of every document of which nobody can say whether the ledger took it.",
    )
    def watch(context: SensorEvaluationContext, records: RecordsResource) -> SkipReason:
        told: dict[str, str] = json.loads(context.cursor or "{}")
        now_unknown = dict(_unknown(records))
        fresh = [alert for token, alert in now_unknown.items() if token not in told]
        send(records, fresh)
        context.update_cursor(json.dumps({token: told.get(token, utc_now().isoformat()) for token in now_unknown}))
        return SkipReason(f"{len(now_unknown)} documents are of unknown outcome, {len(fresh)} of them newly told.")

    return watch


def _unknown(records: RecordsResource) -> Iterator[tuple[str, Alert]]:
    """Each posting of unknown outcome, under a token that is another when it becomes so anew."""
    for posting in records.open().postings.list(states=[PostingState.UNKNOWN]):
        since = posting.unknown_since.isoformat() if posting.unknown_since else ""
        why = "A send was cut off: neither success nor failure is known, and nothing is sent twice."
        fix = f"connector retry {posting.key.connection}: it looks the document up in the ledger."
        subject = f"{posting.reference} of {posting.key.connection}, partition {posting.partition}"
        alert = Alert("outcome unknown", posting.key.connection, subject, why, fix)
        yield f"{posting.reference} {since}", alert
