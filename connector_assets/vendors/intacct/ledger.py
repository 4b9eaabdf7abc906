"""Intacct as a ledger for journals: one call that writes a GLBATCH, one that finds what is there by its reference.

A receipt is given only for a reply with a RECORDNO under our own function control id. What the ledger holds is compared
by the journal's own digest, computed anew from the lines that are read back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.accounting.money import cents_from_text, text_from_cents
from connector_assets.vendors.errors import OutcomeUnknownError, ProtocolError, VendorError
from connector_assets.vendors.intacct.client import IntacctClient, written_key
from connector_assets.vendors.intacct.envelope import Function, date_text
from connector_assets.vendors.intacct.errors import FIX_LOOK_UP, SYSTEM, refused_here
from connector_assets.vendors.intacct.filters import Filter, Operator, equal
from connector_assets.vendors.intacct.models import PostedJournal, PostedLine, date_from_text, unreadable_field
from connector_assets.vendors.intacct.paging import KEY_FIELD, is_key
from connector_assets.vendors.intacct.parts import MOST_LINES, is_whole_set, journal_parts, part_of
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX
from connector_assets.vendors.intacct.writer import Node, Removal, Rows, is_element_name
from connector_assets.vendors.protocols import Document, Found, Receipt

PROCESSING_WINDOW_S = 900
"""The gateway works on a synchronous request for up to 15 minutes, also when its connection is gone."""

STATISTICAL = "statistical"
"""The kind of journal that need not balance, so that one line is enough."""

HEADER_FIELDS = ("BATCHNO", "JOURNAL", "BATCH_DATE", "BATCH_TITLE", "REFERENCENO", "STATE")
LINE_FIELDS = (
    *("BATCHNO", "LINE_NO", "ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT", "AMOUNT", "CURRENCY"),
    *("LOCATION", "DEPARTMENT", "PROJECTID", "CLASSID", "EMPLOYEEID", "DESCRIPTION"),
)
WRITTEN_LINE_FIELDS = (
    *("ACCOUNTNO", "TR_TYPE", "TRX_AMOUNT", "CURRENCY", "LOCATION", "DEPARTMENT"),
    *("PROJECTID", "EMPLOYEEID", "CLASSID", "DESCRIPTION"),
)
BLOCK_LINES = 512
RECEIPT_FIELDS = (KEY_FIELD, "BATCHNO", "STATE")
DIGEST_OF_ANOTHER = ""
"""The digest of what cannot be one of our journals (amounts of three decimals, two currencies): equal to none."""

Header = dict[str, str]

_SIGNS = {"1": 1, "-1": -1}


class IntacctLedger:
    """Posts and finds `accounting.journal.Journal`s through one client.

    A journal of more than `most_lines` is posted in parts, all or none (`parts.py`): its receipt's key and number then
    name every part, joined by commas.
    """

    def __init__(self, client: IntacctClient, *, most_lines: int = MOST_LINES) -> None:
        self._client, self._most_lines = client, most_lines

    @property
    def system(self) -> str:
        """The ledger's name in messages and audit rows."""
        return SYSTEM

    def take_removals(self) -> tuple[Removal, ...]:
        """Every removal of characters that XML forbids from what was sent, since the last call of this method."""
        return self._client.take_removals()

    @property
    def company(self) -> str:
        """The company whose books these are, in one spelling: Intacct tells no case."""
        return self._client.company_id.upper()

    @property
    def processing_window_s(self) -> int:
        """How long a request may still be worked on after its connection was lost, in seconds."""
        return PROCESSING_WINDOW_S

    def send(self, document: Document, control_id: str) -> Receipt:
        """Create the journal once under `control_id` (a part under `control_id`/2of3).

        The receipt is what was read back under the keys of the reply: a key that cannot be read, or is another
        journal's, proves nothing, and is an OutcomeUnknownError. Raises what `protocols.Ledger.send` names.
        """
        journal = _journal(document)
        parts = journal_parts(journal, self._most_lines)
        functions = [
            Function("create", [("GLBATCH", journal_node(part))], name, "create GLBATCH")
            for part, name in zip(parts, _part_control_ids(control_id, len(parts)), strict=True)
        ]
        keys = [written_key(outcome) for outcome in self._client.run(functions)]
        if len(set(keys)) != len(keys):
            raise _unproven(journal.reference, "two parts came back with one record number")
        return self._receipt(keys, journal.reference)

    def find(self, document: Document) -> list[Found]:
        """Every journal in the ledger with this one's reference, in any state, with its digest. Usually none or one.

        Parts that make up one whole journal are one; parts without their others are found as they stand, and differ.
        """
        journal = _journal(document)
        found: list[Found] = []
        for headers in _wholes(self._headers(journal.reference)):
            lines = [row for header in headers for row in self._line_rows(header[KEY_FIELD], custom_names(journal))]
            found.append(Found(_receipt_of(headers), _digest(headers, lines, journal)))
        return found

    def read_back(self, reference: str, custom: Sequence[str] = ()) -> list[PostedJournal]:
        """The journals in the ledger with this reference, line by line, amounts in cents: what reconciliation compares.

        `custom` names the user-defined dimensions to read (`custom_names`). Parts that make up one whole journal are
        one. Raises ProtocolError when one of them is not a journal in whole cents of one currency.
        """
        return [
            _joined([posted_journal(header, self._line_rows(header[KEY_FIELD], custom)) for header in headers])
            for headers in _wholes(self._headers(reference))
        ]

    def _receipt(self, keys: Sequence[str], reference: str) -> Receipt:
        chosen = Filter(KEY_FIELD, Operator.IN, tuple(keys)) if len(keys) > 1 else equal(KEY_FIELD, keys[0])
        fields = ("BATCHNO", "STATE", "REFERENCENO")
        try:
            headers = {row[KEY_FIELD]: row for row in self._client.query("GLBATCH", fields, [chosen])}
        except VendorError as error:
            raise _unproven(reference, f"its key {keys[0]} could not be read back: {error.message}") from None
        for key in keys:
            if headers.get(key, {}).get("REFERENCENO", "").strip() != reference:
                raise _unproven(reference, f"its key {key} is not that of this journal")
        return _receipt_of([headers[key] for key in keys])

    def _headers(self, reference: str) -> list[Header]:
        rows = self._client.query("GLBATCH", HEADER_FIELDS, [equal("REFERENCENO", reference)])
        return [_complete("GLBATCH", row, HEADER_FIELDS) for row in rows if row.get("REFERENCENO", "") == reference]

    def _line_rows(self, record_no: str, custom: Sequence[str]) -> list[dict[str, str]]:
        """The lines of a batch: a line's BATCHNO is the header's RECORDNO, not the number a person sees."""
        return list(self._client.query("GLENTRY", [*LINE_FIELDS, *custom], [equal("BATCHNO", record_no)]))


def custom_names(journal: Journal) -> tuple[str, ...]:
    """The user-defined dimensions of a journal's lines, each once, in order."""
    return tuple(sorted({name for line in journal.lines for name, _ in line.custom_dimensions}))


def journal_node(journal: Journal) -> dict[str, Node]:
    """The journal as a GLBATCH, elements in the order of the vendor's own libraries.

    Amounts are written as absolute TRX_AMOUNT with TR_TYPE 1 (debit) or -1 (credit); a line's LOCATION and DEPARTMENT
    have no ID suffix; user-defined dimensions come last. Raises RefusedError for a journal of fewer than two lines (one
    where it is statistical), with a line of zero, or with a user-defined dimension that Intacct could not know.
    """
    doing = f"create GLBATCH {journal.reference}"
    fewest = 1 if journal.kind == STATISTICAL else 2
    if len(journal.lines) < fewest or not journal.reference:
        raise refused_here(doing, "a journal has a reference and at least two lines", "Look at how it was built.")
    if any(line.amount_cents == 0 for line in journal.lines):
        raise refused_here(doing, "a line amounts to zero", "Leave lines of zero out of the journal.")
    custom = custom_names(journal)
    if not _are_custom_dimensions(journal):
        fix = f"Name a dimension {DIMENSION_PREFIX}… as Intacct does, once a line, and give its value's number there."
        raise refused_here(doing, f"{', '.join(custom)}: a name or value that no dimension of Intacct has", fix)
    return {
        "JOURNAL": journal.journal_symbol,
        "BATCH_DATE": date_text(journal.entry_date),
        "BATCH_TITLE": journal.title,
        "REFERENCENO": journal.reference,
        "STATE": journal.state,
        "ENTRIES": Rows("GLENTRY", (*WRITTEN_LINE_FIELDS, *custom), lambda: _line_blocks(journal, custom)),
    }


def _are_custom_dimensions(journal: Journal) -> bool:
    return all(
        len(dict(line.custom_dimensions)) == len(line.custom_dimensions)
        and all(
            name.startswith(DIMENSION_PREFIX) and is_element_name(name) and is_key(value)
            for name, value in line.custom_dimensions
        )
        for line in journal.lines
        if line.custom_dimensions
    )


def _line_blocks(journal: Journal, custom: Sequence[str]) -> Iterator[tuple[Sequence[str | None], ...]]:
    """The lines as columns in the order of WRITTEN_LINE_FIELDS and `custom`, BLOCK_LINES at a time."""
    for start in range(0, len(journal.lines), BLOCK_LINES):
        lines = journal.lines[start : start + BLOCK_LINES]
        yield (
            [line.account_no for line in lines],
            ["1" if line.amount_cents > 0 else "-1" for line in lines],
            [text_from_cents(abs(line.amount_cents)) for line in lines],
            [journal.currency] * len(lines),
            [line.location_id for line in lines],
            [line.department_id for line in lines],
            [line.project_id for line in lines],
            [line.employee_id for line in lines],
            [line.class_id for line in lines],
            [line.memo or None for line in lines],
            *([dict(line.custom_dimensions).get(name) for line in lines] for name in custom),
        )


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
    custom = tuple((name, text) for name, text in sorted(row.items()) if name.startswith(DIMENSION_PREFIX) and text)
    return PostedLine(account_no, sign * amount_cents, department, location, project, class_id, employee, memo, custom)


def _digest(headers: Sequence[Header], line_rows: Sequence[Mapping[str, str]], journal: Journal) -> str:
    """The digest of what the ledger holds, by the journal's own rule; a company of one currency may not name it."""
    try:
        posted = posted_journal(headers[0], line_rows)
    except ProtocolError:
        return DIGEST_OF_ANOTHER
    if any(_book_of(header) != _book_of(headers[0]) for header in headers):
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
            custom_dimensions=line.custom_dimensions,
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


def _unproven(reference: str, why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(SYSTEM, f"create GLBATCH {reference}: success, but {why}", fix=FIX_LOOK_UP)


def _book_of(header: Header) -> tuple[str, str]:
    return header["JOURNAL"], header["BATCH_DATE"]


def _wholes(headers: Sequence[Header]) -> list[list[Header]]:
    """The batches of one reference as journals: each by itself, but the parts of one journal together."""
    parts = [header for header in headers if part_of(header["BATCH_TITLE"])]
    if not is_whole_set(header["BATCH_TITLE"] for header in parts):
        return [[header] for header in headers]
    others = [[header] for header in headers if header not in parts]
    return [*others, parts] if parts else others


def _receipt_of(headers: Sequence[Header]) -> Receipt:
    keys, numbers, states = (list(dict.fromkeys(header[name] for header in headers)) for name in RECEIPT_FIELDS)
    return Receipt(",".join(keys), ",".join(filter(None, numbers)), " and ".join(filter(None, states)))


def _joined(parts: Sequence[PostedJournal]) -> PostedJournal:
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        record_no=",".join(part.record_no for part in parts),
        number=",".join(part.number for part in parts),
        lines=tuple(line for part in parts for line in part.lines),
    )


def _part_control_ids(control_id: str, count: int) -> list[str]:
    return [control_id] if count == 1 else [f"{control_id}/{number}of{count}" for number in range(1, count + 1)]


def _complete(object_name: str, row: Mapping[str, str], fields: Sequence[str]) -> Header:
    missing = next((name for name in fields if name not in row), None)
    if missing is not None:
        raise unreadable_field(object_name, row, missing, "is not in the reply")
    return {name: text.strip() for name, text in row.items()}


def _journal(document: Document) -> Journal:
    if not isinstance(document, Journal):
        raise TypeError(f"IntacctLedger takes a Journal, not a {type(document).__name__}")
    return document
