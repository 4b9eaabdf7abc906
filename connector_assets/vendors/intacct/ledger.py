"""Intacct as a ledger for journals: one call that writes a GLBATCH, one that finds what is there by its reference.

A receipt is given only for a reply with a RECORDNO under our own function control id. What the ledger holds is compared
by the journal's own digest, computed anew from the lines that are read back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.accounting.money import cents_from_text, text_from_cents
from connector_assets.vendors.errors import ProtocolError, VendorError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.envelope import date_text
from connector_assets.vendors.intacct.errors import SYSTEM, refused_here
from connector_assets.vendors.intacct.filters import equal
from connector_assets.vendors.intacct.models import PostedJournal, PostedLine, date_from_text, unreadable_field
from connector_assets.vendors.intacct.paging import KEY_FIELD
from connector_assets.vendors.intacct.xml import Node
from connector_assets.vendors.protocols import Document, Found, Receipt

PROCESSING_WINDOW_S = 900
"""The gateway works on a synchronous request for up to 15 minutes, also when its connection is gone."""

HEADER_FIELDS = ("BATCHNO", "JOURNAL", "BATCH_DATE", "BATCH_TITLE", "REFERENCENO", "STATE")
LINE_FIELDS = (
    *("BATCHNO", "LINE_NO", "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT", "AMOUNT", "CURRENCY"),
    *("LOCATION", "DEPARTMENT", "PROJECTID", "CLASSID", "EMPLOYEEID", "DESCRIPTION"),
)
DIGEST_OF_ANOTHER = ""
"""The digest of what cannot be one of our journals (amounts of three decimals, two currencies): equal to none."""

_SIGNS = {"1": 1, "-1": -1}


class IntacctLedger:
    """Posts and finds `accounting.journal.Journal`s through one client."""

    def __init__(self, client: IntacctClient) -> None:
        self._client = client

    @property
    def system(self) -> str:
        """The ledger's name in messages and audit rows."""
        return SYSTEM

    @property
    def processing_window_s(self) -> int:
        """How long a request may still be worked on after its connection was lost, in seconds."""
        return PROCESSING_WINDOW_S

    def send(self, document: Document, control_id: str) -> Receipt:
        """Create the journal once under `control_id`.

        The receipt's number and state are read afterwards; if that fails they are empty, for the journal stands all the
        same. Raises what `protocols.Ledger.send` names.
        """
        journal = _journal(document)
        (row,) = self._client.create("GLBATCH", [journal_node(journal)], control_id)
        return self._receipt(row[KEY_FIELD])

    def find(self, document: Document) -> list[Found]:
        """Every journal in the ledger with this one's reference, in any state, with its digest. Usually none or one."""
        journal = _journal(document)
        found: list[Found] = []
        for header in self._headers(journal.reference):
            lines = self._line_rows(header[KEY_FIELD])
            receipt = Receipt(header[KEY_FIELD], header["BATCHNO"], header["STATE"])
            found.append(Found(receipt, _digest(header, lines, journal)))
        return found

    def read_back(self, reference: str) -> list[PostedJournal]:
        """The journals in the ledger with this reference, line by line, amounts in cents: what reconciliation compares.

        Raises ProtocolError when one of them is not a journal in whole cents of one currency.
        """
        return [posted_journal(header, self._line_rows(header[KEY_FIELD])) for header in self._headers(reference)]

    def _receipt(self, record_no: str) -> Receipt:
        try:
            header = next(self._client.query("GLBATCH", ("BATCHNO", "STATE"), [equal(KEY_FIELD, record_no)]), {})
        except VendorError:
            header = {}
        return Receipt(record_no, header.get("BATCHNO", ""), header.get("STATE", ""))

    def _headers(self, reference: str) -> list[dict[str, str]]:
        rows = self._client.query("GLBATCH", HEADER_FIELDS, [equal("REFERENCENO", reference)])
        return [_complete("GLBATCH", row, HEADER_FIELDS) for row in rows if row.get("REFERENCENO", "") == reference]

    def _line_rows(self, record_no: str) -> list[dict[str, str]]:
        """The lines of a batch: a line's BATCHNO is the header's RECORDNO, not the number a person sees."""
        return list(self._client.query("GLENTRY", LINE_FIELDS, [equal("BATCHNO", record_no)]))


def journal_node(journal: Journal) -> dict[str, Node]:
    """The journal as a GLBATCH, elements in the order of the vendor's own libraries.

    Amounts are written as absolute TRX_AMOUNT with TR_TYPE 1 (debit) or -1 (credit); a line's LOCATION and DEPARTMENT
    have no ID suffix. Raises RefusedError for a journal of fewer than two lines or with a line of zero.
    """
    doing = f"create GLBATCH {journal.reference}"
    if len(journal.lines) < 2 or not journal.reference:
        raise refused_here(doing, "a journal has a reference and at least two lines", "Look at how it was built.")
    if any(line.amount_cents == 0 for line in journal.lines):
        raise refused_here(doing, "a line amounts to zero", "Leave lines of zero out of the journal.")
    return {
        "JOURNAL": journal.journal_symbol,
        "BATCH_DATE": date_text(journal.entry_date),
        "BATCH_TITLE": journal.title,
        "REFERENCENO": journal.reference,
        "STATE": journal.state,
        "ENTRIES": [("GLENTRY", _line_node(line, journal.currency)) for line in journal.lines],
    }


def _line_node(line: JournalLine, currency: str) -> dict[str, Node]:
    return {
        "ACCOUNTNO": line.account_no,
        "TR_TYPE": "1" if line.amount_cents > 0 else "-1",
        "TRX_AMOUNT": text_from_cents(abs(line.amount_cents)),
        "CURRENCY": currency,
        "LOCATION": line.location_id,
        "DEPARTMENT": line.department_id,
        "PROJECTID": line.project_id,
        "EMPLOYEEID": line.employee_id,
        "CLASSID": line.class_id,
        "DESCRIPTION": line.memo or None,
    }


def posted_journal(header: Mapping[str, str], line_rows: Sequence[Mapping[str, str]]) -> PostedJournal:
    """A journal from its GLBATCH and GLENTRY rows. Raises ProtocolError when they are not in whole cents."""
    currencies = Counter(row.get("CURRENCY", "").strip() for row in line_rows)
    currencies.pop("", None)
    if len(currencies) > 1:
        raise unreadable_field("GLBATCH", header, "ENTRIES", "carry more than one currency")
    return PostedJournal(
        record_no=header[KEY_FIELD],
        number=header["BATCHNO"],
        journal_symbol=header["JOURNAL"],
        entry_date=date_from_text("GLBATCH", header, "BATCH_DATE"),
        title=header["BATCH_TITLE"],
        reference=header["REFERENCENO"],
        state=header["STATE"],
        currency=next(iter(currencies), None),
        lines=tuple(_posted_line(row) for row in line_rows),
    )


def _posted_line(row: Mapping[str, str]) -> PostedLine:
    where = f"GLENTRY {row[KEY_FIELD]} amount"
    sign = _SIGNS.get(row.get("TR_TYPE", "").strip())
    if sign is None:
        raise unreadable_field("GLENTRY", row, "TR_TYPE", "is neither 1 nor -1")
    try:
        amount_cents = cents_from_text(row.get("TRX_AMOUNT", "").strip() or row.get("AMOUNT", "").strip(), where)
    except AccountingError as error:
        raise ProtocolError(SYSTEM, error.message, fix=error.fix) from None
    department, location, project, class_id, employee = (
        row.get(name, "").strip() or None for name in ("DEPARTMENT", "LOCATION", "PROJECTID", "CLASSID", "EMPLOYEEID")
    )
    account_no = row.get("ACCOUNTNO", "").strip()
    memo = row.get("DESCRIPTION", "")
    return PostedLine(account_no, sign * amount_cents, department, location, project, class_id, employee, memo)


def _digest(header: Mapping[str, str], line_rows: Sequence[Mapping[str, str]], journal: Journal) -> str:
    """The digest of what the ledger holds, by the journal's own rule; a company of one currency may not name it."""
    try:
        posted = posted_journal(header, line_rows)
    except ProtocolError:
        return DIGEST_OF_ANOTHER
    lines = tuple(
        JournalLine(
            account_no=line.account_no,
            amount_cents=line.amount_cents,
            department_id=line.department_id,
            location_id=line.location_id,
            project_id=line.project_id,
            class_id=line.class_id,
            employee_id=line.employee_id,
            entity_id="",
            memo="",
        )
        for line in posted.lines
    )
    return Journal(
        kind=journal.kind,
        reference=posted.reference,
        journal_symbol=posted.journal_symbol,
        entry_date=posted.entry_date,
        title="",
        currency=posted.currency or journal.currency,
        state="Posted",
        lines=lines,
    ).digest()


def _complete(object_name: str, row: Mapping[str, str], fields: Sequence[str]) -> dict[str, str]:
    missing = next((name for name in fields if name not in row), None)
    if missing is not None:
        raise unreadable_field(object_name, row, missing, "is not in the reply")
    return {name: text.strip() for name, text in row.items()}


def _journal(document: Document) -> Journal:
    if not isinstance(document, Journal):
        raise TypeError(f"IntacctLedger takes a Journal, not a {type(document).__name__}")
    return document
