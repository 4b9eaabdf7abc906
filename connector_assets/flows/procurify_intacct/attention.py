"""Which bills and payments a run has to carry again; from the records alone."""

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.records.postings import PostingState


def due(home: Deployment, connection: Connection) -> dict[str, str]:
    """The partitions whose posting is not settled, each with a token that is another once its state is another."""
    return {
        posting.partition: f"{posting.state.value} {posting.digest[:12]} {min(posting.attempts, 5)}"
        for posting in home.postings.list(connection.name)
        if not (posting.state == PostingState.POSTED and posting.reconciled)
    }
