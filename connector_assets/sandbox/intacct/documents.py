"""Bills, invoices and expense reports: header rules, lines with accounts, dimensions and inline tax (section 8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.document_lines import DocumentLines
from connector_assets.sandbox.intacct.errors import FunctionRefusal, business, invalid_value, refuse
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.references import References, invalid_reference
from connector_assets.sandbox.intacct.schema import ObjectType
from connector_assets.sandbox.intacct.written import children_named, written_values

DEFAULT_TERM_DAYS = 30


@dataclass(frozen=True)
class DocumentKind:
    """One kind of subledger document: its object, whose it is, how its expense types and terms are called."""

    object_name: str
    party_field: str
    labels_object: str
    terms_object: str
    module: str

    @property
    def object_type(self) -> ObjectType:
        """The object of the header."""
        return OBJECTS[self.object_name]

    @property
    def line_type(self) -> ObjectType:
        """The object of the lines."""
        return OBJECTS[self.object_type.lines_object]


BILL = DocumentKind("APBILL", "VENDORID", "APACCOUNTLABEL", "APTERM", "3.AP")
INVOICE = DocumentKind("ARINVOICE", "CUSTOMERID", "", "ARTERM", "4.AR")
EXPENSES = DocumentKind("EEXPENSES", "EMPLOYEEID", "EEACCOUNTLABEL", "", "6.EE")
KINDS = {kind.object_name: kind for kind in (BILL, INVOICE, EXPENSES)}


def create_document(desk: Desk, element: etree._Element, kind: DocumentKind) -> int:
    """Submit or draft a document and return its record number. Raises FunctionRefusal."""
    try:
        header = written_values(desk, kind.object_type, element, creating=True)
        header.pop("RECORDNO", None)
        header, lines = _checked(desk, kind, header, element)
        recordno = desk.records.insert(kind.object_type, header, desk.caller)
        _store_lines(desk, kind, recordno, lines)
        return recordno
    except FunctionRefusal as refusal:
        raise refusal.wrapped(f"Could not create {kind.object_type.label} record!") from refusal


def update_document(desk: Desk, element: etree._Element, kind: DocumentKind) -> int:
    """Change the header; lines that are sent replace all of them. Raises FunctionRefusal."""
    try:
        values = written_values(desk, kind.object_type, element, creating=False)
        kept = kept_document(desk, kind, values.pop("RECORDNO", None), "change")
        merged = {name: kept[name] for name in kept if not kind.object_type.by_name[name].read_only} | values
        recordno = int(kept["RECORDNO"] or 0)
        merged["RECORDNO"] = recordno
        if children_named(element, kind.object_type.lines_field):
            merged, lines = _checked(desk, kind, merged, element)
            delete_lines(desk, kind.line_type, "RECORDKEY", recordno)
            _store_lines(desk, kind, recordno, lines)
        else:
            merged |= _check_header(desk, kind, merged)
            if merged["STATE"] != "Draft":
                desk.require_open(str(merged["WHENPOSTED"]), _entities(desk, kind, recordno))
        desk.records.update(kind.object_type, recordno, merged, desk.caller)
        return recordno
    except FunctionRefusal as refusal:
        raise refusal.wrapped(f"Could not update {kind.object_type.label} record!") from refusal


def delete_document(desk: Desk, kind: DocumentKind, key: object) -> None:
    """Remove a document that nothing was paid on. Raises FunctionRefusal."""
    kept = kept_document(desk, kind, key, "delete")
    recordno = int(kept["RECORDNO"] or 0)
    desk.require_open(str(kept["WHENPOSTED"]), _entities(desk, kind, recordno))
    delete_lines(desk, kind.line_type, "RECORDKEY", recordno)
    desk.records.delete(kind.object_type, recordno, desk.caller)


def reverse_document(desk: Desk, kind: DocumentKind, key: object, reverse_date: str) -> None:
    """Mark a document as reversed on an ISO date in an open period. Raises FunctionRefusal."""
    kept = kept_document(desk, kind, key, "reverse")
    recordno = int(kept["RECORDNO"] or 0)
    desk.require_open(reverse_date, _entities(desk, kind, recordno))
    cleared: Record = {"STATE": "Reversed", "TOTALDUE": 0, "TRX_TOTALDUE": 0}
    desk.records.update(kind.object_type, recordno, cleared, desk.caller)


def kept_document(desk: Desk, kind: DocumentKind, key: object, verb: str) -> Record:
    """The stored document, if it may still change. Raises FunctionRefusal."""
    kept = desk.records.one(kind.object_name, RECORDNO=int(str(key))) if str(key).isdigit() else None
    if kept is None:
        raise business(f"Cannot find {kind.object_type.label} with key '{key or ''}' to {verb}.")
    if kept["MEGAENTITYID"] != desk.caller.entity_id:
        raise business("This record belongs to another entity or to the top level and cannot be changed from here.")
    if kept["TOTALPAID"] or kept["STATE"] == "Reversed":
        raise business(f"A {kind.object_type.label} that is paid or reversed cannot be changed.")
    return kept


def delete_lines(desk: Desk, line_type: ObjectType, owner_field: str, recordno: int) -> None:
    """Remove the lines of a document or payment."""
    for line in desk.records.find(line_type.name, **{owner_field: recordno}):
        desk.records.delete(line_type, int(line["RECORDNO"] or 0), desk.caller)


def _checked(desk: Desk, kind: DocumentKind, header: Record, element: etree._Element) -> tuple[Record, list[Record]]:
    header = {**header, **_check_header(desk, kind, header)}
    owners = children_named(element, kind.object_type.lines_field)
    written = [line for owner in owners for line in children_named(owner, kind.line_type.name)]
    if not written:
        raise invalid_value(f"{kind.object_type.lines_field} needs at least one line.")
    reader = DocumentLines(desk, kind.line_type, kind.labels_object, inclusive_tax=bool(header.get("INCLUSIVETAX")))
    lines = reader.read(written)
    if header["STATE"] != "Draft":
        desk.require_open(str(header["WHENPOSTED"]), {reader.entity_of(line) for line in lines})
    total_e4 = sum(int(line["TRX_AMOUNT"] or 0) + int(line.get("TRX_TAX") or 0) for line in lines)
    totals: Record = {f"{prefix}TOTAL{name}": total_e4 for prefix in ("", "TRX_") for name in ("ENTERED", "DUE")}
    return {**header, **totals, "TOTALPAID": 0, "TRX_TOTALPAID": 0}, lines


def _check_header(desk: Desk, kind: DocumentKind, header: Record) -> Record:
    """The fields that follow from the header's own, once it has met every rule."""
    action = str(header.get("ACTION") or "Submit")
    if action.lower() not in ("submit", "draft"):
        raise invalid_value(f"ACTION must be Submit or Draft, not {action}.")
    for name in (kind.party_field, "WHENCREATED"):
        if header.get(name) is None:
            raise invalid_value(f"The required field {name} of {kind.object_type.label} is missing a value.")
    references = References(desk.records)
    for field in kind.object_type.fields:
        value = header.get(field.name)
        if field.reference and value is not None:
            references.active(field.reference, str(value))
    solution = header.get("TAXSOLUTIONID")
    if solution is not None and desk.records.by_key("TAXSOLUTION", solution) is None:
        raise invalid_reference("TAXSOLUTION", str(solution))
    _check_attachment(desk, header)
    _check_number(desk, kind, header)
    submitted = "Submitted" if kind is EXPENSES else "Posted"
    return {
        "WHENDUE": _due_date(desk, kind, header),
        "WHENPOSTED": header.get("WHENPOSTED") or header["WHENCREATED"],
        "STATE": "Draft" if action.lower() == "draft" else submitted,
        "MODULEKEY": kind.module,
    }


def _check_attachment(desk: Desk, header: Record) -> None:
    supdoc_id = header.get("SUPDOCID")
    if supdoc_id is not None and desk.records.by_key("SUPDOC", supdoc_id) is None:
        raise invalid_reference("SUPDOC", str(supdoc_id))


def _check_number(desk: Desk, kind: DocumentKind, header: Record) -> None:
    """A number is used once per vendor, customer or employee."""
    number = header.get("RECORDID")
    if number is None:
        return
    party = {kind.party_field: header[kind.party_field]}
    others = {row["RECORDNO"] for row in desk.records.find(kind.object_name, RECORDID=number, **party)}
    if others - {header.get("RECORDNO")}:
        raise refuse("BL03002185", f"A transaction with that number already exists: {number}")


def _due_date(desk: Desk, kind: DocumentKind, header: Record) -> str | None:
    if header.get("WHENDUE") is not None or not kind.terms_object:
        return None if header.get("WHENDUE") is None else str(header["WHENDUE"])
    term = header.get("TERMNAME")
    if term is None:
        if str(header.get("ACTION") or "").lower() == "draft":
            return None
        raise invalid_value("The Date Due field is missing a value.")
    row = References(desk.records).active(kind.terms_object, str(term))
    days = int(row["DUEDATE"] if row["DUEDATE"] is not None else DEFAULT_TERM_DAYS)
    return (date.fromisoformat(str(header["WHENCREATED"])) + timedelta(days=days)).isoformat()


def _entities(desk: Desk, kind: DocumentKind, recordno: int) -> set[str]:
    lines = desk.records.find(kind.line_type.name, RECORDKEY=recordno)
    rows = [desk.records.by_key("LOCATION", line["LOCATIONID"]) for line in lines]
    return {str(row["ENTITY"] or "") for row in rows if row is not None}


def _store_lines(desk: Desk, kind: DocumentKind, recordno: int, lines: Iterable[Record]) -> None:
    for place, line in enumerate(lines, start=1):
        desk.records.insert(kind.line_type, {**line, "RECORDKEY": recordno, "LINE_NO": place}, desk.caller)
