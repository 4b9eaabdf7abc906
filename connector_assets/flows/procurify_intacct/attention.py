"""Which bills and payments a run has to carry again; from the records alone."""

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.status import BILL, PAYMENT, ledger_kind
from connector_assets.records.postings import PostingState


def due(home: Deployment, connection: Connection) -> dict[str, str]:
    """The partitions whose posting is not settled, or whose document changed since it was reconciled.

    Each comes with a token that is another once its state is another.
    """
    postings = home.postings.list(connection.name)
    settled = {one.key for one in postings if one.state == PostingState.POSTED and one.reconciled}
    found = {
        one.partition: f"{one.state.value} {one.digest[:12]} {min(one.attempts, 5)}"
        for one in postings
        if one.key not in settled
    }
    for kind in (BILL, PAYMENT):
        reconciled = {
            one.source_id: one.totals.get("seen") for one in home.sources.list(connection.name, ledger_kind(kind))
        }
        for document in home.sources.list(connection.name, kind):
            if reconciled.get(document.source_id, document.digest) != document.digest:
                found.setdefault(document.partition, f"changed {document.digest[:12]}")
    return found
