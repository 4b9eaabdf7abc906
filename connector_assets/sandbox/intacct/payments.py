"""Payments of bills and receipts on invoices: what they pay becomes less due, and what is voided becomes due again."""

from dataclasses import dataclass

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.documents import BILL, INVOICE, DocumentKind, delete_lines
from connector_assets.sandbox.intacct.errors import FunctionRefusal, business, invalid_value
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.references import References, invalid_reference
from connector_assets.sandbox.intacct.schema import ObjectType
from connector_assets.sandbox.intacct.written import check_required, children_named, written_values

CURRENCY = "USD"


@dataclass(frozen=True)
class PaymentKind:
    """One kind of payment: its object, the date it is written with and the documents it pays."""

    object_name: str
    date_field: str
    pays: DocumentKind

    @property
    def object_type(self) -> ObjectType:
        """The object of the header."""
        return OBJECTS[self.object_name]

    @property
    def line_type(self) -> ObjectType:
        """The object of the details."""
        return OBJECTS[self.object_type.lines_object]


BILL_PAYMENT = PaymentKind("APPYMT", "PAYMENTDATE", BILL)
RECEIPT = PaymentKind("ARPYMT", "RECEIPTDATE", INVOICE)
KINDS = {kind.object_name: kind for kind in (BILL_PAYMENT, RECEIPT)}


def create_payment(desk: Desk, element: etree._Element, kind: PaymentKind) -> int:
    """Pay, or draft a payment, and return its record number. Raises FunctionRefusal."""
    try:
        header = written_values(desk, kind.object_type, element, creating=True)
        header.pop("RECORDNO", None)
        header, details = _checked(desk, kind, header, element)
        recordno = desk.records.insert(kind.object_type, header, desk.caller)
        _store_details(desk, kind, recordno, header, details)
        return recordno
    except FunctionRefusal as refusal:
        raise refusal.wrapped(f"Could not create {kind.object_type.label} record!") from refusal


def update_payment(desk: Desk, element: etree._Element, kind: PaymentKind) -> int:
    """Replace a draft payment as a whole. Raises FunctionRefusal."""
    try:
        values = written_values(desk, kind.object_type, element, creating=True)
        kept = _kept(desk, kind, values.pop("RECORDNO", None))
        if kept["STATE"] != "Draft":
            raise business("Only a draft payment can be changed.")
        recordno = int(kept["RECORDNO"] or 0)
        header, details = _checked(desk, kind, values, element)
        delete_lines(desk, kind.line_type, "PAYMENTKEY", recordno)
        desk.records.update(kind.object_type, recordno, header, desk.caller)
        _store_details(desk, kind, recordno, header, details)
        return recordno
    except FunctionRefusal as refusal:
        raise refusal.wrapped(f"Could not update {kind.object_type.label} record!") from refusal


def void_payment(desk: Desk, kind: PaymentKind, key: object) -> None:
    """Void a payment: its documents are due again. Raises FunctionRefusal."""
    kept = _kept(desk, kind, key)
    if kept["STATE"] != "Complete":
        raise business("Only a payment that was made can be voided.")
    _undo(desk, kind, kept)
    desk.records.update(kind.object_type, int(kept["RECORDNO"] or 0), {"STATE": "Voided"}, desk.caller)


def delete_payment(desk: Desk, kind: PaymentKind, key: object) -> None:
    """Remove a payment; what it paid is due again. Raises FunctionRefusal."""
    kept = _kept(desk, kind, key)
    if kept["STATE"] == "Complete":
        _undo(desk, kind, kept)
    recordno = int(kept["RECORDNO"] or 0)
    delete_lines(desk, kind.line_type, "PAYMENTKEY", recordno)
    desk.records.delete(kind.object_type, recordno, desk.caller)


def _kept(desk: Desk, kind: PaymentKind, key: object) -> Record:
    kept = desk.records.one(kind.object_name, RECORDNO=int(str(key))) if str(key).isdigit() else None
    if kept is None:
        raise business(f"Cannot find {kind.object_type.label} with key '{key or ''}'.")
    return kept


def _checked(desk: Desk, kind: PaymentKind, header: Record, element: etree._Element) -> tuple[Record, list[Record]]:
    check_required(kind.object_type, header, creating=True)
    references = References(desk.records)
    for field in kind.object_type.fields:
        value = header.get(field.name)
        if field.reference and value is not None:
            references.active(field.reference, str(value))
    bank = header.get("FINANCIALENTITY")
    if bank is not None and not any(desk.records.by_key(name, bank) for name in ("CHECKINGACCOUNT", "CREDITCARD")):
        raise invalid_reference("BANK", str(bank))
    if kind is RECEIPT and not any(header.get(n) for n in ("FINANCIALENTITY", "UNDEPOSITEDACCOUNTNO", "PRBATCH")):
        raise invalid_value("A receipt needs FINANCIALENTITY, UNDEPOSITEDACCOUNTNO or PRBATCH.")
    if header.get("CURRENCY") not in (None, CURRENCY):
        raise business("Enable foreign-currency transactions, and try again")
    entry_date = str(header[kind.date_field])
    desk.require_open(entry_date, [""])
    details = _details(desk, kind, header, element)
    total_e4 = sum(int(detail["TRX_PAYMENTAMOUNT"] or 0) for detail in details)
    draft = str(header.get("ACTION") or "").lower() == "draft"
    made: Record = {"STATE": "Draft" if draft else "Complete", "WHENCREATED": entry_date, "CURRENCY": CURRENCY}
    return {**header, **made, "TOTALENTERED": total_e4, "TRX_TOTALENTERED": total_e4}, details


def _details(desk: Desk, kind: PaymentKind, header: Record, element: etree._Element) -> list[Record]:
    owners = children_named(element, kind.object_type.lines_field)
    written = [line for owner in owners for line in children_named(owner, kind.line_type.name)]
    if not written:
        raise invalid_value(f"{kind.object_type.lines_field} needs at least one line.")
    details = [written_values(desk, kind.line_type, line, creating=True) for line in written]
    planned: dict[int, int] = {}
    for detail in details:
        document, amount_e4 = _paid_document(desk, kind, header, detail)
        recordno = int(document["RECORDNO"] or 0)
        planned[recordno] = planned.get(recordno, 0) + amount_e4
        if planned[recordno] > int(document["TOTALDUE"] or 0):
            raise business(f"The payment is more than what is due on {kind.pays.object_type.label} {recordno}.")
    return details


def _paid_document(desk: Desk, kind: PaymentKind, header: Record, detail: Record) -> tuple[Record, int]:
    label, key = kind.pays.object_type.label, detail.get("RECORDKEY")
    document = None if key is None else desk.records.one(kind.pays.object_name, RECORDNO=key)
    if document is None or document["STATE"] not in ("Posted", "Partially Paid"):
        raise business(f"{label} '{key or ''}' cannot be paid.")
    party = header.get(kind.pays.party_field)
    if party not in (None, document[kind.pays.party_field]):
        raise business(f"{label} '{key}' does not belong to '{party}'.")
    amount_e4 = int(detail.get("TRX_PAYMENTAMOUNT") or 0)
    if amount_e4 <= 0:
        raise invalid_value("TRX_PAYMENTAMOUNT must be more than zero.")
    return document, amount_e4


def _store_details(desk: Desk, kind: PaymentKind, recordno: int, header: Record, details: list[Record]) -> None:
    for detail in details:
        own: Record = {"PAYMENTKEY": recordno, "PAYMENTAMOUNT": detail["TRX_PAYMENTAMOUNT"]}
        desk.records.insert(kind.line_type, {**detail, **own}, desk.caller)
        if header["STATE"] == "Complete":
            _pay(desk, kind, detail["RECORDKEY"], int(detail["TRX_PAYMENTAMOUNT"] or 0))


def _undo(desk: Desk, kind: PaymentKind, kept: Record) -> None:
    for detail in desk.records.find(kind.line_type.name, PAYMENTKEY=kept["RECORDNO"]):
        _pay(desk, kind, detail["RECORDKEY"], -int(detail["TRX_PAYMENTAMOUNT"] or 0))


def _pay(desk: Desk, kind: PaymentKind, key: int | str | None, amount_e4: int) -> None:
    document = desk.records.one(kind.pays.object_name, RECORDNO=key) or {}
    paid_e4 = int(document["TOTALPAID"] or 0) + amount_e4
    due_e4 = int(document["TOTALENTERED"] or 0) - paid_e4
    state = "Posted" if paid_e4 == 0 else "Partially Paid" if due_e4 else "Paid"
    totals: Record = {"TOTALPAID": paid_e4, "TRX_TOTALPAID": paid_e4, "TOTALDUE": due_e4, "TRX_TOTALDUE": due_e4}
    desk.records.update(kind.pays.object_type, int(document["RECORDNO"] or 0), {**totals, "STATE": state}, desk.caller)
