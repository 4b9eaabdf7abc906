"""What happens next with each pay run, and which ones a run has to carry again; from the records alone."""

from datetime import datetime

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.posting import due_at
from connector_assets.posting import next_step as posting_next_step
from connector_assets.records.database import utc_now
from connector_assets.records.postings import Posting, PostingState
from connector_assets.vendors.intacct.ledger import PROCESSING_WINDOW_S

POSTED_REGISTER = "posted_register"
REGISTERS_READ = "registers_read"
REBOOK_WISHES = "rebook_wishes"
HEADS_DUE = "heads_due"
CHANGED = "changed"
TRIES_BY_ITSELF = 5
"""How often the sensor asks for a run of a journal that could not be sent; then a person, or the next sync, does."""


def changed(home: Deployment, connection: str) -> set[str]:
    """The partitions whose register, when it was last read, was not the one that was posted."""
    posted = {one.partition: one.digest for one in home.sources.list(connection, POSTED_REGISTER)}
    read: dict[str, str] = home.snapshots.get(connection, REGISTERS_READ) or {}
    return {partition for partition, digest in read.items() if posted.get(partition, digest) != digest}


def is_wished(home: Deployment, connection: str, partition: str) -> bool:
    """Whether a person has asked that everything of this pay run be booked anew."""
    return partition in (home.snapshots.get(connection, REBOOK_WISHES) or {})


def heads_due(home: Deployment, connection: str) -> dict[str, str]:
    """The partitions whose statistical journal has to count a month's heads, or no longer; see `headcounts`."""
    return dict(home.snapshots.get(connection, HEADS_DUE) or {})


def due(home: Deployment, connection: Connection) -> dict[str, str]:
    """The partitions that a run has to carry again, each with a token that is another once the reason is another."""
    name = connection.name
    read: dict[str, str] = home.snapshots.get(name, REGISTERS_READ) or {}
    tokens = {partition: f"register {read[partition][:12]}" for partition in changed(home, name)}
    tokens |= {partition: f"wish {wish}" for partition, wish in (home.snapshots.get(name, REBOOK_WISHES) or {}).items()}
    tokens |= {partition: f"heads after {known}" for partition, known in heads_due(home, name).items()}
    for posting in home.postings.list(name):
        if not is_settled(posting):
            tokens[posting.partition] = _token(posting)
    return tokens


def _token(posting: Posting) -> str:
    """The same while nothing but the number of refusals changes: what waits for a person is not tried in a circle."""
    tried = min(posting.attempts, TRIES_BY_ITSELF)
    if posting.state == PostingState.UNKNOWN:
        _, again_at = next_step(posting)
        is_due = again_at is not None and utc_now() >= again_at
        return f"unknown {tried} {'due' if is_due else 'looked up'}"
    if posting.state == PostingState.APPROVED:
        return f"approved {posting.approved_at:%Y%m%dT%H%M%S} {tried}"
    if posting.state == PostingState.SENDING:  # a sender that was killed keeps its lease: ask again once it is over
        is_over = posting.lease_until is not None and utc_now() >= posting.lease_until
        return f"sending {posting.digest[:12]} {tried} {'due' if is_over else 'under way'}"
    if posting.state == PostingState.PLANNED:
        return f"{posting.state.value} {posting.digest[:12]} {tried}"
    return f"{posting.state.value} {posting.digest[:12]} {posting.reconciled}"


def is_settled(posting: Posting) -> bool:
    """Whether no run has anything left to do for it."""
    return posting.state == PostingState.WITHDRAWN or (
        posting.state == PostingState.POSTED and bool(posting.reconciled)
    )


def next_step(posting: Posting) -> tuple[str, datetime | None]:
    """What happens next with a posting, or what it waits for; and the moment of it (UTC), where it has one."""
    again_at = due_at(posting, PROCESSING_WINDOW_S)
    at = posting.lease_until if posting.state == PostingState.SENDING else None if posting.alarm else again_at
    return posting_next_step(posting, again_at), at
