"""What was written into Visma, for an auditor: from a field of an employee to the change of the worker, and back.

A change is no posted document: its rows come from the trail. A row is one field of one change: `reference` is the
employee (or the dimension value), `line_memo` what the field was and became where that may be told, `source_id` the
Paychex worker (or the organization, location, job or title), `source_line` what of it the field follows, `rule` the
reason, `audit_entries` the entry of the trail that it stands in. Names are in none of them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.flows.paychex_visma.state import IN_STEP, worker_states
from connector_assets.orchestration.audit_rows import COLUMNS, Row
from connector_assets.records.audit import AuditEntry

EMPLOYEE, VALUE = "employee", "dimension value"
WRITTEN = tuple(f"{EMPLOYEE} {done}" for done in ("created", "updated", "repaired", "taken over"))


def audit_rows(home: Deployment, connection: PaychexVismaConnection, since: date, until: date) -> Iterator[list[Row]]:
    """The rows (`audit_rows.COLUMNS`) of each change of an employee or dimension value in the period, days included."""
    first = datetime.combine(since, time(), UTC)
    last = datetime.combine(until, time(), UTC) + timedelta(days=1)
    in_step = {one.employee_no for one in worker_states(home, connection.name) if one.state == IN_STEP}
    for entry in home.audit.entries(subject=f"{connection.name}/", since=first, until=last):
        if entry.action in WRITTEN:
            yield _of_employee(connection.name, entry, in_step)
        elif entry.action.startswith(f"{VALUE} "):
            yield [_row(connection.name, entry, VALUE, {"line_memo": entry.reason})]


def _of_employee(connection: str, entry: AuditEntry, in_step: set[str]) -> list[Row]:
    """A row for each field of the change; one where nothing was written but the employee taken over as they stood."""
    detail = json.loads(entry.detail)
    sources = dict(part.split("=", 1) for part in str(detail.get("sources", "")).split("; ") if part)
    changes = [part for part in str(detail.get("fields", "")).split(", ") if part] or [""]
    reconciled = "yes" if entry.subject.rpartition("/")[2] in in_step else "no"
    rows = []
    for number, change in enumerate(changes, 1):
        field = change.partition(" ")[0]
        said: dict[str, str | int] = {"line_no": number, "line_memo": change, "reconciled": reconciled}
        said |= {"piece_kind": field, "source_line": sources.get(field, "")}
        rows.append(_row(connection, entry, EMPLOYEE, said))
    return rows


def _row(connection: str, entry: AuditEntry, kind: str, said: dict[str, str | int]) -> Row:
    detail = json.loads(entry.detail)
    day, key = entry.recorded_at[:10], entry.subject.partition("/")[2]
    number = key.rpartition("/")[2]
    row: dict[str, str | int] = {
        **{"connection": connection, "partition": key, "reference": number, "kind": kind, "revision": 1},
        **{"entry_date": day, "document_date": day, "prepared_by": entry.actor, "posted_at": entry.recorded_at},
        **{"audit_entries": str(entry.sequence), "ledger_key": number, "rule": entry.reason, "line_no": 1},
        **{"source_id": str(detail.get("worker_id") or detail.get("source_id") or "")},
        **{"source_line": str(detail.get("source") or ""), "piece_kind": entry.action},
    }
    return tuple({**row, **said}.get(name, "") for name in COLUMNS)
