"""The wider legacy functions: put into the words of the generic objects by tables, as the ones of `legacy` are.

Adjustments, orders, card transactions, receipts and the like are checked against their references, the books' periods
and their own numbers, and kept; they move no balance.
"""

from collections.abc import Callable, Mapping
from functools import partial

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.desk import Desk, Handler
from connector_assets.sandbox.intacct.documents import BILL, INVOICE, DocumentKind, update_document
from connector_assets.sandbox.intacct.errors import business
from connector_assets.sandbox.intacct.legacy import BILL_WORDS, INVOICE_WORDS, Wording, legacy_text, translated
from connector_assets.sandbox.intacct.objects_wider import DEFINITIONS, SUMMARIES
from connector_assets.sandbox.intacct.payments import BILL_PAYMENT, RECEIPT, PaymentKind, create_payment, void_payment
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.replies import Outcome, child, element
from connector_assets.sandbox.intacct.writes import (
    check_permission_to_write,
    create_record,
    delete_record,
    update_record,
)
from connector_assets.sandbox.intacct.written import written_values

_EXCHANGE = {"exchratedate": "EXCH_RATE_DATE", "exchratetype": "EXCH_RATE_TYPE_ID", "exchrate": "EXCHANGE_RATE"}
_HEAD = {
    **_EXCHANGE,
    "datecreated": "WHENCREATED",
    "dateposted": "WHENPOSTED",
    "datedue": "WHENDUE",
    "batchkey": "PRBATCH",
    "transactiontype": "DOCPARID",
    "documentno": "DOCNO",
    "shippingmethod": "SHIPVIA",
    **dict.fromkeys(("nogl", "subtotals", "updatesubtotals", "taxsolutionid", "inclusivetax", "receiptkeys"), ""),
}
_MONEY = {
    "glaccountno": "ACCOUNTNO",
    "expensetype": "ACCOUNTLABEL",
    "paymentamount": "AMOUNT",
    "description": "MEMO",
    "allocationid": "ALLOCATION",
    **_EXCHANGE,
    **dict.fromkeys(
        (
            *("key", "totalpaid", "totaldue", "taxentries", "trx_amount", "currency", "expensedate", "billable"),
            *("exppmttype", "quantity", "rate", "exchratedate", "exchratetype", "exchrate"),
        ),
        "",
    ),
}
_ORDERED = {
    "discountpercent": "DISCOUNT",
    "fulfillmentstatus": "DELIVERYSTATUS",
    **dict.fromkeys(("itemdetails", "linesubtotals", "form1099type", "form1099box"), ""),
}
_RECEIPT = {
    "datereceived": "RECEIPTDATE",
    "bankaccountid": "FINANCIALENTITY",
    "undepfundsacct": "UNDEPOSITEDACCOUNTNO",
    "refid": "DOCNUMBER",
    **_EXCHANGE,
    **dict.fromkeys(
        (
            *("paymentamount", "translatedamount", "batchkey", "overpaylocid", "overpaydeptid", "cctype", "authcode"),
            *("onlinecardpayment", "onlineachpayment", "arpaymentitem"),
        ),
        "",
    ),
}
_DETAIL = {"invoicekey": "RECORDKEY", "amount": "TRX_PAYMENTAMOUNT"}
_KEPT_RECEIPT = {"datereceived": "RECEIPTDATE"} | {name: "" for name in _RECEIPT if not _RECEIPT[name]} | _EXCHANGE

CREATED: Mapping[str, Wording] = {
    "create_apadjustment": Wording("APADJUSTMENT", _HEAD, "apadjustmentitems", "lineitem", _MONEY),
    "create_aradjustment": Wording("ARADJUSTMENT", _HEAD, "aradjustmentitems", "lineitem", _MONEY),
    "create_expenseadjustmentreport": Wording(
        "EXPENSEADJUSTMENTS", _HEAD, "expenseadjustments", "expenseadjustment", _MONEY
    ),
    "record_cctransaction": Wording("CCTRANSACTION", _HEAD, "ccpayitems", "ccpayitem", _MONEY),
    "record_otherreceipt": Wording("OTHERRECEIPTS", _HEAD, "receiptitems", "lineitem", _MONEY),
    "record_deposit": Wording("DEPOSIT", _HEAD, "", "", {}),
    "create_reimbursementrequest": Wording("EPPAYMENTREQUEST", {}, "eppaymentrequestitems", "eppaymentrequestitem", {}),
    "create_employeerate": Wording("EMPLOYEERATE", {}, "", "", {}),
    "create_earningtype": Wording("EARNINGTYPE", {}, "", "", {}),
    **{name: Wording(kept, {"datecreated": "BATCHDATE"}, "", "", {}) for name, kept in SUMMARIES.items()},
}
ORDERED: Mapping[str, Wording] = {
    "create_potransaction": Wording("PODOCUMENT", _HEAD, "potransitems", "potransitem", _ORDERED),
    "create_sotransaction": Wording("SODOCUMENT", _HEAD, "sotransitems", "sotransitem", _ORDERED),
    "create_ictransaction": Wording("ICTRANSACTION", _HEAD, "ictransitems", "ictransitem", _ORDERED),
}
UPDATED: Mapping[str, Wording] = {
    "update_potransaction": Wording("PODOCUMENT", _HEAD, "updatepotransitems", "updatepotransitem", _ORDERED),
    "update_sotransaction": Wording("SODOCUMENT", _HEAD, "updatesotransitems", "updatesotransitem", _ORDERED),
    "update_cctransaction": Wording("CCTRANSACTION", _HEAD, "updateccpayitems", "updateccpayitem", _MONEY),
    "update_employeerate": Wording("EMPLOYEERATE", {}, "", "", {}),
    "update_earningtype": Wording("EARNINGTYPE", {}, "", "", {}),
}
DELETED: Mapping[str, tuple[str, str, str]] = {
    "delete_apadjustment": ("APADJUSTMENT", "key", "RECORDNO"),
    "delete_aradjustment": ("ARADJUSTMENT", "key", "RECORDNO"),
    "delete_expenseadjustmentreport": ("EXPENSEADJUSTMENTS", "key", "RECORDNO"),
    "delete_potransaction": ("PODOCUMENT", "key", "DOCID"),
    "delete_sotransaction": ("SODOCUMENT", "key", "DOCID"),
    "delete_ictransaction": ("ICTRANSACTION", "key", "DOCID"),
    "delete_employeerate": ("EMPLOYEERATE", "key", "RECORDNO"),
    "delete_earningtype": ("EARNINGTYPE", "key", "RECORDNO"),
    "delete_timesheet": ("TIMESHEET", "key", "RECORDNO"),
    "delete_task": ("TASK", "key", "RECORDNO"),
    "delete_allocation": ("ALLOCATION", "key", "ALLOCATIONID"),
    "delete_item": ("ITEM", "itemid", "ITEMID"),
}
_DATES = ("WHENPOSTED", "WHENCREATED", "PAYMENTDATE", "DEPOSITDATE")


def _creating(wording: Wording, key_field: str = "RECORDNO") -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, wording.object_name, "CREATE")
        made = wording.generic(body)
        if wording.object_name in _ORDER_OBJECTS:
            _number_order(desk, wording.object_name, made)
        recordno = create_record(desk, made)
        kept = desk.records.one(wording.object_name, RECORDNO=recordno) or {}
        posted_on = next((kept[name] for name in _DATES if kept.get(name) is not None), None)
        if posted_on is not None:
            desk.require_open(str(posted_on), [""])
        return Outcome((element("key", str(kept[key_field])),))

    return handle


_ORDER_OBJECTS = frozenset(wording.object_name for wording in ORDERED.values())


def _number_order(desk: Desk, object_name: str, made: etree._Element) -> None:
    """The number of a transaction and its id, `<definition>-<number>`. Raises FunctionRefusal."""
    name = made.findtext("DOCPARID") or ""
    kept_in, prefix, entity_only = DEFINITIONS.get(name, ("", "", False))
    if kept_in != object_name:
        raise business(f"The transaction definition '{name}' is not valid")
    if entity_only and desk.caller.entity_id is None:
        raise business(f"Transactions of the definition '{name}' can be created at an entity only")
    number = made.findtext("DOCNO") or f"{prefix}{desk.records.greatest(object_name, 'RECORDNO') + 1:05d}"
    for entry in made.findall("DOCNO"):
        made.remove(entry)
    child(made, "DOCNO", number)
    child(made, "DOCID", f"{name}-{number}")


def _updating(wording: Wording) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, wording.object_name, "UPDATE")
        key = body.get("key", "")
        kept = _kept(desk, wording.object_name, key)
        made = translated(body, wording.object_name, wording.names, skip=wording.lines)
        child(made, "RECORDNO", str(kept["RECORDNO"]))
        recordno = update_record(desk, made)
        for line in body.iterfind(f"{wording.lines}/{wording.line}") if wording.lines else ():
            _update_line(desk, wording, recordno, line)
        return Outcome((element("key", key),))

    return handle


def _update_line(desk: Desk, wording: Wording, recordno: int, line: etree._Element) -> None:
    """Change the fields that are given of the line `line_num`, which counts from 1 although orders read from 0."""
    object_type = OBJECTS[wording.object_name]
    line_type = OBJECTS[object_type.lines_object]
    kept = desk.records.find(line_type.name, **{object_type.lines_key: recordno})
    place = line.get("line_num", "")
    if not place.isdigit() or not 1 <= int(place) <= len(kept):
        raise business(f"There is no line {place} in {object_type.label} {recordno}.")
    made = translated(line, line_type.name, wording.line_names)
    values = written_values(desk, line_type, made, creating=False)
    desk.records.update(line_type, int(kept[int(place) - 1]["RECORDNO"] or 0), values, desk.caller)


def _kept(desk: Desk, object_name: str, key: str) -> Record:
    """A record by its business key or its record number. Raises FunctionRefusal."""
    kept = desk.records.by_key(object_name, key)
    if kept is None and key.isdigit():
        kept = desk.records.one(object_name, RECORDNO=int(key))
    if kept is None:
        raise business(f"Cannot find {OBJECTS[object_name].label} with key '{key}'.")
    return kept


def _updating_document(wording: Wording, kind: DocumentKind) -> Handler:
    """update_bill and update_invoice: the header only; lines are replaced by the generic `update`."""

    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, kind.object_name, "UPDATE")
        if any(entry.tag in ("updatebillitems", "updateinvoiceitems") and len(entry) for entry in body):
            raise business("This simulated company does not change single lines of a posted document.")
        made = translated(body, kind.object_name, wording.names)
        child(made, "RECORDNO", body.get("key"))
        return Outcome((element("key", str(update_document(desk, made, kind))),))

    return handle


def _deleting(object_name: str, attribute: str, by: str) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, object_name, "DELETE")
        delete_record(desk, OBJECTS[object_name], body.get(attribute, ""), by=by)
        return Outcome()

    return handle


def _voiding(kind: PaymentKind) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, kind.object_name, "UPDATE")
        void_payment(desk, kind, body.get("key"))
        return Outcome((element("key", body.get("key")),))

    return handle


def _deciding(verb: str) -> Handler:
    """approve_, decline_, confirm_ and send_appaymentrequest: nothing waits for any of them without approvals."""

    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, "APPYMT", "UPDATE")
        for entry in body.iterfind("appaymentkeys/appaymentkey"):
            kept = _kept(desk, "APPYMT", (entry.text or "").strip())
            raise business(f"AP Payment {kept['RECORDNO']} is {kept['STATE']}: there is nothing to {verb}.")
        return Outcome()

    return handle


def reverse_card_transaction(desk: Desk, body: etree._Element) -> Outcome:
    """Mark a card transaction as reversed, on a date in an open period."""
    check_permission_to_write(desk, "CCTRANSACTION", "UPDATE")
    kept = _kept(desk, "CCTRANSACTION", body.get("key", ""))
    entry = body.find("datereversed")
    month, day, year = (legacy_text(entry) if entry is not None else "//").split("/")
    desk.require_open(f"{year}-{month:0>2}-{day:0>2}", [""])
    state: Record = {"STATE": "Reversed"}
    desk.records.update(OBJECTS["CCTRANSACTION"], int(kept["RECORDNO"] or 0), state, desk.caller)
    return Outcome((element("key", body.get("key")),))


def create_receipt(desk: Desk, body: etree._Element) -> Outcome:
    """create_arpayment: a receipt on the invoices it names; one that names none is an unapplied advance."""
    check_permission_to_write(desk, RECEIPT.object_name, "CREATE")
    items = body.findall("arpaymentitem")
    if items:
        made = translated(body, RECEIPT.object_name, _RECEIPT)
        return _received(desk, made, items)
    made = translated(body, "ARADVANCE", _KEPT_RECEIPT)
    child(made, "PAYMENTAMOUNT", body.findtext("paymentamount"))
    recordno = create_record(desk, made)
    advance = desk.records.one("ARADVANCE", RECORDNO=recordno) or {}
    unapplied: Record = {"UNAPPLIED": advance["PAYMENTAMOUNT"]}
    desk.records.update(OBJECTS["ARADVANCE"], recordno, unapplied, desk.caller)
    return Outcome((element("key", str(recordno)),))


def apply_receipt(desk: Desk, body: etree._Element) -> Outcome:
    """apply_arpayment: pay invoices out of an advance, as far as it goes."""
    check_permission_to_write(desk, RECEIPT.object_name, "UPDATE")
    advance = _kept(desk, "ARADVANCE", (body.findtext("arpaymentkey") or "").strip())
    items = body.findall("arpaymentitems/arpaymentitem")
    made = element(RECEIPT.object_name)
    entry = body.find("paymentdate")
    given = (
        ("CUSTOMERID", advance["CUSTOMERID"]),
        ("PAYMENTMETHOD", advance["PAYMENTMETHOD"]),
        ("FINANCIALENTITY", advance["BANKACCOUNTID"]),
        ("UNDEPOSITEDACCOUNTNO", advance["UNDEPFUNDSACCT"]),
        ("RECEIPTDATE", "" if entry is None else legacy_text(entry)),
    )
    for name, value in given:
        child(made, name, "" if value is None else str(value))
    outcome = _received(desk, made, items)
    paid = desk.records.one(RECEIPT.object_name, RECORDNO=int(outcome.content[0].text or 0)) or {}
    left_e4 = int(advance["UNAPPLIED"] or 0) - int(paid["TOTALENTERED"] or 0)
    if left_e4 < 0:
        raise business(f"AR Advance {advance['RECORDNO']} does not have that much left.")
    left: Record = {"UNAPPLIED": left_e4}
    desk.records.update(OBJECTS["ARADVANCE"], int(advance["RECORDNO"] or 0), left, desk.caller)
    return outcome


def _received(desk: Desk, made: etree._Element, items: list[etree._Element]) -> Outcome:
    owner = child(made, RECEIPT.object_type.lines_field)
    owner.extend(translated(item, RECEIPT.line_type.name, _DETAIL) for item in items)
    return Outcome((element("key", str(create_payment(desk, made, RECEIPT))),))


_MAKE: Callable[[Wording], Handler] = partial(_creating, key_field="DOCID")
WIDER_HANDLERS: Mapping[str, Handler] = {
    **{name: _creating(wording) for name, wording in CREATED.items()},
    **{name: _MAKE(wording) for name, wording in ORDERED.items()},
    **{name: _updating(wording) for name, wording in UPDATED.items()},
    **{name: _deleting(*how) for name, how in DELETED.items()},
    **{f"{verb}_appaymentrequest": _deciding(verb) for verb in ("approve", "decline", "confirm", "send")},
    "update_bill": _updating_document(BILL_WORDS, BILL),
    "update_invoice": _updating_document(INVOICE_WORDS, INVOICE),
    "reverse_appayment": _voiding(BILL_PAYMENT),
    "reverse_arpayment": _voiding(RECEIPT),
    "reverse_cctransaction": reverse_card_transaction,
    "create_arpayment": create_receipt,
    "apply_arpayment": apply_receipt,
}
