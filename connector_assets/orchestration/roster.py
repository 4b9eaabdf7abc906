"""The worker roster as a frame, without names: it holds a keyed digest of each, so that a rename shows."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from connector_assets.accounting.register import WORKERS
from connector_assets.deployment import Deployment
from connector_assets.vendors.paychex.models import Worker

TERMINATED = "TERMINATED"


def roster_of(workers: Iterable[Worker], salt: bytes) -> pd.DataFrame:
    """The frame WORKERS, one row for each worker, terminated ones included."""
    return WORKERS.conform(pd.DataFrame([_row(worker, salt) for worker in workers], columns=WORKERS.names))


def _row(worker: Worker, salt: bytes) -> tuple[object, ...]:
    name = name_digest(salt, worker.family_name.get_secret_value(), worker.given_name.get_secret_value())
    return (
        *(worker.worker_id, worker.employee_id, worker.worker_type, worker.employment_type or None),
        *(
            worker.exemption_type or None,
            worker.status,
            worker.status_reason or None,
            worker.status_date,
            worker.hire_date,
        ),
        *(worker.organization_id, worker.location_id, worker.job_id, worker.labor_assignment_id, worker.supervisor_id),
        *(worker.title, name),
    )


def name_digest(salt: bytes, *parts: str) -> str:
    """A keyed digest of a personal text: equal for equal texts of one connection, and telling nothing else."""
    return hmac.new(salt, "\x1f".join(parts).encode(), "sha256").hexdigest()[:32]


@dataclass(frozen=True)
class RosterChanges:
    """How a roster differs from the one before it: worker ids."""

    hired: tuple[str, ...]
    changed: tuple[str, ...]
    terminated: tuple[str, ...]


def roster_changes(before: pd.DataFrame, after: pd.DataFrame) -> RosterChanges:
    """Compare two rosters: new workers, newly terminated ones, and those with any other change."""
    old = {str(row["worker_id"]): row for row in before.astype(object).where(before.notna(), None).to_dict("records")}
    hired, changed, terminated = [], [], []
    for row in after.astype(object).where(after.notna(), None).to_dict("records"):
        worker_id = str(row["worker_id"])
        known = old.get(worker_id)
        if known is None:
            hired.append(worker_id)
        elif row["status"] == TERMINATED != known["status"]:
            terminated.append(worker_id)
        elif row != known:
            changed.append(worker_id)
    return RosterChanges(tuple(hired), tuple(changed), tuple(terminated))


def name_salt(home: Deployment, connection: str) -> bytes:
    """The key under which names are digested: random, made once, kept in the records and nowhere else."""
    snapshots = home.snapshots
    if snapshots.get(connection, "name_salt") is None:
        snapshots.put(connection, "name_salt", secrets.token_hex(32))
    return bytes.fromhex(snapshots.get(connection, "name_salt"))
