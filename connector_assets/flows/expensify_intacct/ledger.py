"""Intacct as this flow posts into it: journals, expense reports and bills, each told by what it is."""

import json
from collections.abc import Sequence

from connector_assets.accounting.expense_journal import Claim
from connector_assets.accounting.journal import Journal, JournalLine, journal_from_payload
from connector_assets.posting import PostableDocument
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.documents import IntacctDocuments
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.intacct.models import PostedJournal
from connector_assets.vendors.intacct.postable import (
    IntacctDocument,
    IntacctDocumentLedger,
    digest_of_held,
    document_from_payload,
)
from connector_assets.vendors.intacct.records import Record, records_of
from connector_assets.vendors.protocols import Document, Found, Receipt

CLAIM, CARD_BILL = "expense_claim", "card_bill"
"""The kinds of posting beside a report's journal: what is owed to the employee, and on the card, as a document."""


class ReportLedger:
    """Posts, finds and reads back every document that a report may become."""

    def __init__(self, client: IntacctClient) -> None:
        self._journals, self._documents = IntacctLedger(client), IntacctDocumentLedger(client)
        self._read = IntacctDocuments(client)

    @property
    def system(self) -> str:
        """The ledger's name in messages and audit rows."""
        return self._journals.system

    @property
    def company(self) -> str:
        """The company whose books these are."""
        return self._journals.company

    @property
    def processing_window_s(self) -> int:
        """How long a request may still be worked on after its connection was lost, in seconds."""
        return self._journals.processing_window_s

    def send(self, document: Document, control_id: str) -> Receipt:
        """Create the document once under `control_id`. Raises what `protocols.Ledger.send` names."""
        return self._of(document).send(document, control_id)

    def find(self, document: Document) -> list[Found]:
        """Every document in the ledger with this one's identity, in any state, with its digest."""
        return list(self._of(document).find(document))

    def read_back(self, journal: Journal) -> Sequence[PostedJournal]:
        """The journals that Intacct holds under a journal's reference."""
        custom = sorted({name for line in journal.lines for name, _ in line.custom_dimensions})
        return self._journals.read_back(journal.reference, custom)

    def held_cents(self, document: IntacctDocument, key: str) -> tuple[bool, int]:
        """Whether Intacct's document of that RECORDNO is the one given, and what its lines come to, in cents."""
        held = self._read.read_back(document.name, [key])
        lines = [line for one in held for line in records_of(one.record.get("lines"))]
        total_cents = sum(cents for line in lines if isinstance(cents := line.get("amount_cents"), int))
        return [digest_of_held(document, one) for one in held] == [document.digest()], total_cents

    def _of(self, document: Document) -> IntacctLedger | IntacctDocumentLedger:
        return self._documents if isinstance(document, IntacctDocument) else self._journals


def restored(payload: str) -> PostableDocument:
    """The document of a stored payload. Raises AccountingError when it is none."""
    is_document = '"record":' in payload and "record" in json.loads(payload)
    return document_from_payload(payload) if is_document else journal_from_payload(payload)


def document_of(claim: Claim, *, party: str, currency: str, is_draft: bool) -> IntacctDocument:
    """A claim as Intacct takes it; `party` is the id of the employee, or of the vendor of a bill."""
    kind = CARD_BILL if claim.owed_as == "company_card" else CLAIM
    entry = claim.entry
    lines = [_ledger_line(line, claim) for line in entry.lines]
    if claim.target == "bill":
        head: Record = {
            "bill_date": entry.entry_date,
            "vendor_id": party,
            "bill_no": entry.reference,
            "description": f"Expense report {entry.reference}",
            "due_date": entry.entry_date,
            "currency": currency,
            "action": "Draft" if is_draft else "Submit",
        }
        return IntacctDocument(kind, "bill", {**head, "lines": lines})
    head = {
        "employee_id": party,
        "report_date": entry.entry_date,
        "report_no": entry.reference,
        "state": "Draft" if is_draft else "Submitted",
        "description": f"Expense report {entry.reference}",
        "currency": currency,
    }
    return IntacctDocument(kind, "expense_report", {**head, "lines": lines})


def _ledger_line(line: JournalLine, claim: Claim) -> Record:
    return {
        "account_no": line.account_no,
        "amount_cents": line.amount_cents,
        ("memo" if claim.target == "bill" else "paid_to"): line.memo,
        "department_id": line.department_id,
        "location_id": line.location_id,
        "project_id": line.project_id,
        "class_id": line.class_id,
        "custom": dict(line.custom_dimensions),
    }
