"""Documents of Intacct's as the poster takes them, and the ledger that posts them: bills, payments, expense reports.

What the ledger holds is compared with the document by one digest, computed over what the document says: Intacct adds
fields of its own (net amounts, automatic dimensions), and lines where it was asked to balance between entities.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from connector_assets.accounting.errors import AccountingError
from connector_assets.vendors.errors import OutcomeUnknownError, VendorError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.documents import HeldDocument, IntacctDocuments, line_amounts_cents, table_of
from connector_assets.vendors.intacct.errors import FIX_LOOK_UP, SYSTEM
from connector_assets.vendors.intacct.ledger import PROCESSING_WINDOW_S
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX, Record, Value, records_of
from connector_assets.vendors.intacct.tables import DOCUMENTS, Field, Items, Kind
from connector_assets.vendors.protocols import Document, Found, Receipt


@dataclass(frozen=True)
class IntacctDocument:
    """A document of `tables.DOCUMENTS` as the poster takes it: `kind` is the posting's, `name` the table's."""

    kind: str
    name: str
    record: Record = field(repr=False)

    @property
    def reference(self) -> str:
        """The document's own number in Intacct: the first field of its identity."""
        return str(self.record[table_of(self.name).identity[0]])

    def digest(self) -> str:
        """SHA-256 (hex) of what the books hold of it: the fields that its table marks as booked, lines in any order."""
        table = table_of(self.name)
        content: dict[str, object] = {"header": _booked(table.fields, self.record)}
        if table.items is not None:
            lines = records_of(self.record.get(table.items.name))
            content["lines"] = sorted(_canonical_json(_booked(table.items.fields, line)) for line in lines)
        return hashlib.sha256(_canonical_json(content).encode()).hexdigest()

    def payload(self) -> str:
        """The whole document as canonical JSON; `document_from_payload` reads it back."""
        return _canonical_json({"kind": self.kind, "name": self.name, "record": _plain(self.record)})

    def debit_cents(self) -> int:
        """The document's control total: the sum of its positive line amounts, in cents."""
        return sum(amount for amount in line_amounts_cents(self.record) if amount > 0)


class IntacctDocumentLedger:
    """Posts and finds `IntacctDocument`s through one client."""

    def __init__(self, client: IntacctClient) -> None:
        self._client, self._documents = client, IntacctDocuments(client)

    @property
    def system(self) -> str:
        """The ledger's name in messages and audit rows."""
        return SYSTEM

    @property
    def company(self) -> str:
        """The company whose books these are, in one spelling: Intacct tells no case."""
        return self._client.company_id.upper()

    @property
    def processing_window_s(self) -> int:
        """How long a request may still be worked on after its connection was lost, in seconds."""
        return PROCESSING_WINDOW_S

    def send(self, document: Document, control_id: str) -> Receipt:
        """Create the document once under `control_id`, and read it back: a key that is another's proves nothing.

        Raises what `protocols.Ledger.send` names.
        """
        ours = _document(document)
        key = self._documents.create(ours.name, ours.record, control_id)
        try:
            held = self._documents.read_back(ours.name, [key])
        except VendorError as error:
            raise _unproven(ours, f"what it made could not be read back ({error.message})") from None
        reference = table_of(ours.name).identity[0]
        if [(one.key, one.record.get(reference)) for one in held] != [(key, ours.reference)]:
            raise _unproven(ours, f"its key {key} is not that of this document")
        return Receipt(key, ours.reference, held[0].state)

    def find(self, document: Document) -> list[Found]:
        """Every document in the ledger with this one's identity, in any state, with its digest.

        A journal's own reversal, which the ledger made of its reverse date, is not another document.
        """
        ours = _document(document)
        held = [one for one in self._documents.find(ours.name, ours.record) if not one.reverses]
        return [Found(Receipt(one.key, ours.reference, one.state), digest_of_held(ours, one)) for one in held]


def digest_of_held(ours: IntacctDocument, held: HeldDocument) -> str:
    """The digest of what the ledger holds, over the fields and lines that `ours` speaks of."""
    table = table_of(ours.name)
    record = _as_said(table.fields, held.record, [ours.record])
    if table.items is not None:
        name = table.items.name
        said = records_of(ours.record.get(name))
        lines = [_as_said(table.items.fields, line, said) for line in records_of(held.record.get(name))]
        record[name] = _without_balancing(table.items, lines, said) if ours.record.get("base_location_id") else lines
    return replace(ours, record=record).digest()


def _as_said(fields: Sequence[Field | Items], held: Record, said: Sequence[Record]) -> dict[str, Value]:
    """The fields of `held` that some record of `said` has; a currency that the ledger does not name is the one said."""
    named = {name for record in said for name, value in record.items() if value not in (None, "")}
    found = {name: value for name, value in held.items() if name in named}
    if "currency" in named and not found.get("currency"):
        found["currency"] = next(record["currency"] for record in said if record.get("currency"))
    return found


def _without_balancing(items: Items, held: list[dict[str, Value]], said: Sequence[Record]) -> list[dict[str, Value]]:
    """Without what Intacct added to balance the entities: the lines that are not ours, if they come to nothing."""
    ours = Counter(_canonical_json(_booked(items.fields, line)) for line in said)
    kept: list[dict[str, Value]] = []
    added: list[dict[str, Value]] = []
    for line in held:
        text = _canonical_json(_booked(items.fields, line))
        (kept if ours[text] > 0 else added).append(line)
        ours[text] -= 1
    return kept if sum(line_amounts_cents({"lines": added})) == 0 else held


def document_from_payload(text: str) -> IntacctDocument:
    """The document that `payload()` wrote. Raises AccountingError when the text is not such a payload."""
    try:
        body: dict[str, Any] = json.loads(text)
        record = _restored(DOCUMENTS[body["name"]].fields, body["record"])
        return IntacctDocument(body["kind"], body["name"], record)
    except (ValueError, TypeError, KeyError, AttributeError):
        fix = "It was altered or cut off: verify the audit trail."
        raise AccountingError("A stored document payload cannot be read.", fix=fix) from None


def _plain(value: "Value | Record") -> object:
    """The value as JSON can hold it; the tables say how to read it back."""
    if isinstance(value, Mapping):
        return {name: _plain(content) for name, content in value.items()}
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(line) for line in value]
    return value


def _restored(fields: Sequence[Field | Items], plain: Mapping[str, Any]) -> dict[str, Value]:
    record: dict[str, Value] = dict(plain)
    for item in fields:
        value = plain.get(item.name)
        if isinstance(item, Items) and value is not None:
            record[item.name] = [_restored(item.fields, line) for line in value]
        elif isinstance(item, Field) and value and item.kind is Kind.DATE:
            record[item.name] = date.fromisoformat(value)
        elif isinstance(item, Field) and value and item.kind is Kind.FILE:
            record[item.name] = b64decode(value)
    return record


def _booked(fields: Sequence[Field | Items], record: Record) -> dict[str, object]:
    """The fields that are part of the books and have a value, user-defined dimensions included."""
    found: dict[str, object] = {}
    for item in fields:
        value = record.get(item.name)
        if isinstance(item, Field) and item.is_booked and value not in (None, ""):
            found[item.name] = _plain(value)
    custom = record.get("custom")
    dimensions = custom.items() if isinstance(custom, Mapping) else ()
    return found | {name: text for name, text in dimensions if name.startswith(DIMENSION_PREFIX)}


def _unproven(ours: IntacctDocument, why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(SYSTEM, f"create {ours.name} {ours.reference}: success, but {why}", fix=FIX_LOOK_UP)


def _document(document: Document) -> IntacctDocument:
    if not isinstance(document, IntacctDocument):
        raise TypeError(f"IntacctDocumentLedger takes an IntacctDocument, not a {type(document).__name__}")
    return document


def _canonical_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
