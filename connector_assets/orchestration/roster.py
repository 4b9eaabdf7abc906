"""The worker roster as a frame, read without personal data, whole or for a few workers.

Names are read at the edge; the frame holds a keyed digest of each, so that a rename shows.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import pandas as pd

from connector_assets.accounting.register import WORKERS
from connector_assets.deployment import Deployment
from connector_assets.vendors.errors import NotFoundError
from connector_assets.vendors.paychex.client import PAGE_SIZE_ROWS, PaychexClient
from connector_assets.vendors.paychex.models import Worker

TERMINATED = "TERMINATED"
UNFINISHED = frozenset({"IN_PROGRESS"})
"""Workers whose hire is not finished in Flex: their ids change when it is."""
WORKERS_AT_ONCE = 500
_READ_AT = "roster_read_at"


def roster_of(workers: Iterable[Worker], salt: bytes) -> pd.DataFrame:
    """The frame WORKERS, ordered by id, terminated ones included; the workers are taken as they come."""
    source = (worker for worker in workers if worker.status not in UNFINISHED)
    parts = [WORKERS.empty()]
    while chunk := list(islice(source, WORKERS_AT_ONCE)):
        rows = [_row(worker, salt) for worker in chunk]
        parts.append(WORKERS.conform(pd.DataFrame(rows, columns=WORKERS.names)))
    return _ordered(parts)


def read_roster(
    client: PaychexClient, company_id: str, before: pd.DataFrame | None, only: Sequence[str], salt: bytes
) -> pd.DataFrame:
    """The roster as it is now: read whole, or `before` with the workers of `only` read anew.

    Either way leads to the same roster, as far as those workers go. One that Paychex does not know any more is gone.
    """
    if before is None or not only or not is_read_singly(len(only), len(before)):
        return roster_of(client.workers(company_id), salt)
    found = []
    for worker_id in only:
        try:
            found.append(client.worker(worker_id))
        except NotFoundError:
            continue
    return _ordered([before[~before["worker_id"].isin(list(only))], roster_of(found, salt)])


def is_read_singly(count: int, workers: int) -> bool:
    """Whether to read so many of the workers one by one takes no more calls than to read the whole list."""
    return count <= -(-workers // PAGE_SIZE_ROWS)


def _ordered(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True).sort_values("worker_id", kind="stable", ignore_index=True)


def whole_read_is_due(home: Deployment, connection: str, now: datetime, limit_hours: float) -> bool:
    """Whether the whole roster must be read: it never was, or so long ago that a few workers cannot stand for it."""
    read_at = home.snapshots.get(connection, _READ_AT)
    return read_at is None or now - datetime.fromisoformat(read_at) > timedelta(hours=limit_hours)


def note_whole_read(home: Deployment, connection: str, now: datetime) -> None:
    """Keep when the whole roster was read."""
    home.snapshots.put(connection, _READ_AT, now.astimezone(UTC).isoformat())


def doubled_ids(roster: pd.DataFrame) -> list[str]:
    """The ids that stand twice in a roster: nobody knows which of the two a check pays."""
    return sorted(set(roster.loc[roster.duplicated("worker_id"), "worker_id"]))


def sharing_numbers(roster: pd.DataFrame) -> list[str]:
    """The ids of workers who, while employed, share their number with another."""
    numbers = roster["employee_id"].where((roster["employee_id"] != "") & (roster["status"] != TERMINATED))
    return sorted(roster.loc[numbers.notna() & numbers.duplicated(keep=False), "worker_id"])


def status_counts(roster: pd.DataFrame) -> pd.DataFrame:
    """How many workers there are of each status."""
    return roster.groupby("status").size().rename("workers").reset_index()


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


def name_salt(home: Deployment, connection: str) -> bytes:
    """The key under which names are digested: random, made once, kept in the records and nowhere else."""
    snapshots = home.snapshots
    if snapshots.get(connection, "name_salt") is None:
        snapshots.put(connection, "name_salt", secrets.token_hex(32))
    return bytes.fromhex(snapshots.get(connection, "name_salt"))
