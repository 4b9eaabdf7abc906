"""What a person decides about the documents of expense reports: settle unknown ones, approve held ones."""

from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.ledger import ReportLedger, restored
from connector_assets.orchestration import desk
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.postings import Posting
from connector_assets.systems import intacct_client


def retry(home: Deployment, connection: ExpensifyIntacctConnection, *, actor: str) -> list[PostingResult]:
    """Settle every document whose outcome is unknown, by look-up; sent again only where that is safe and due."""

    def poster() -> Poster:
        ledger = ReportLedger(intacct_client(connection, connection.intacct, home.credentials, home.settings))
        return Poster(home.postings, ledger, owner=actor, restore=restored)

    return desk.settle(home, connection.name, poster)


def approve(
    home: Deployment, connection: ExpensifyIntacctConnection, reference: str, *, approver: str, reason: str
) -> list[Posting]:
    """Approve the held document with that reference. Raises RecordsError: none is held, or the approver prepared it."""
    return desk.approve(home, connection.name, reference, approver=approver, reason=reason)
