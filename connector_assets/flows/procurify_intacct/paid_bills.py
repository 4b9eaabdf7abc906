"""The bills that a payment pays, as the ledger has them: ours by their postings, earlier ones by number and vendor.

A bill from before the connection's first day was entered by somebody else. It is looked up in Intacct by its number and
vendor; one that stands there once is paid like any other, and a payment of one that does not is left to people.
"""

from dataclasses import dataclass

from connector_assets.flows.procurify_intacct import status
from connector_assets.flows.procurify_intacct.discovery import posting_day
from connector_assets.flows.procurify_intacct.document_work import Tools
from connector_assets.records.postings import PostingState
from connector_assets.vendors.errors import NotFoundError
from connector_assets.vendors.intacct.postable import document_from_payload
from connector_assets.vendors.procurify.models import PaidBill


@dataclass(frozen=True)
class BillThere:
    """A paid bill: its record in the ledger (None while it is not there), its vendor, and whether others entered it."""

    key: str | None = None
    vendor_id: str | None = None
    is_earlier: bool = False


def bill_there(tools: Tools, paid: PaidBill, *, asks_ledger: bool) -> BillThere:
    """The bill as the ledger has it; without `asks_ledger` only what the records know of it."""
    posting = tools.posting(status.BILL, str(paid.id))
    if posting is not None:
        vendor_id = str(document_from_payload(posting.payload).record["vendor_id"])
        return BillThere(posting.ledger_key if posting.state == PostingState.POSTED else None, vendor_id)
    return _earlier(tools, paid) if asks_ledger and paid.uuid else BillThere()


def _earlier(tools: Tools, paid: PaidBill) -> BillThere:
    try:
        bill = tools.source.bill(paid.uuid)
    except NotFoundError:
        return BillThere()
    if posting_day(tools.source, bill) >= tools.names.connection.start_date:
        return BillThere()
    vendor_id = tools.vendor_of(bill)
    if not vendor_id or not bill.invoice_number:
        return BillThere(None, vendor_id, is_earlier=True)
    held = tools.documents.find("bill", {"bill_no": bill.invoice_number, "vendor_id": vendor_id})
    return BillThere(held[0].key if len(held) == 1 else None, vendor_id, is_earlier=True)
