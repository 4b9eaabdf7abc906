"""Which reports a run has to carry again; from the records alone."""

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.status import LEDGER, REPORT
from connector_assets.records.postings import PostingState


def due(home: Deployment, connection: Connection) -> dict[str, str]:
    """The partitions whose posting is not settled, or whose report changed since it was reconciled.

    Each comes with a token that is another once its state is another.
    """
    name = connection.name
    found = {
        posting.partition: f"{posting.state.value} {posting.digest[:12]} {min(posting.attempts, 5)}"
        for posting in home.postings.list(name)
        if not (posting.state == PostingState.POSTED and posting.reconciled) and posting.state != PostingState.WITHDRAWN
    }
    seen = {one.source_id: one.totals.get("seen") for one in home.sources.list(name, LEDGER)}
    for report in home.sources.list(name, REPORT):
        if seen.get(report.source_id, report.digest) != report.digest:
            found.setdefault(report.partition, f"changed {report.digest[:12]}")
    return found
