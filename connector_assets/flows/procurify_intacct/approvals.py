"""What a person decides about bills and payments: settle unknown ones, approve held ones."""

from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.orchestration import desk
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.errors import RecordsError
from connector_assets.records.postings import Posting, PostingState
from connector_assets.systems import intacct_client
from connector_assets.vendors.intacct.postable import IntacctDocumentLedger, document_from_payload


def retry(home: Deployment, connection: ProcurifyIntacctConnection, *, actor: str) -> list[PostingResult]:
    """Settle every bill and payment whose outcome is unknown, by look-up; sent again only where safe and due."""

    def poster() -> Poster:
        client = intacct_client(connection, connection.intacct, home.credentials, home.settings)
        ledger = IntacctDocumentLedger(client.for_entity(connection.posting.entity))
        return Poster(home.postings, ledger, owner=actor, restore=document_from_payload)

    return desk.settle(home, connection.name, poster)


def approve(
    home: Deployment, connection: ProcurifyIntacctConnection, reference: str, *, approver: str, reason: str
) -> list[Posting]:
    """Approve the held bill or payment with that number.

    Raises RecordsError: none is held, the bills of two vendors share the number, or the approver prepared it.
    """
    held = [one for one in home.postings.list(connection.name, [PostingState.HELD]) if one.reference == reference]
    if len(held) > 1:
        listed = ", ".join(one.partition for one in held)
        fix = "Give one of them another invoice number in Procurify: approval is by number."
        raise RecordsError(f"{len(held)} bills are held under {reference} ({listed}).", fix=fix)
    if held:
        return home.postings.approve(held[:1], approver, reason)
    return desk.approve(home, connection.name, reference, approver=approver, reason=reason)
