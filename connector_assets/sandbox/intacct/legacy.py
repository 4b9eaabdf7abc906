"""The legacy functions: their elements are put into the words of the generic objects, which know the rules.

`create_*` answer with a `key`; reversals and deletions with a status only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.desk import Desk, Handler
from connector_assets.sandbox.intacct.documents import (
    BILL,
    EXPENSES,
    INVOICE,
    DocumentKind,
    create_document,
    delete_document,
    reverse_document,
)
from connector_assets.sandbox.intacct.errors import business, invalid_value
from connector_assets.sandbox.intacct.journals import create_journal, delete_journal
from connector_assets.sandbox.intacct.payments import BILL_PAYMENT, void_payment
from connector_assets.sandbox.intacct.replies import Outcome, child, element
from connector_assets.sandbox.intacct.values import UnfitValueError, iso_date
from connector_assets.sandbox.intacct.writes import check_permission_to_write, delete_record

_EXCHANGE = {"exchratedate": "EXCH_RATE_DATE", "exchratetype": "EXCH_RATE_TYPE_ID", "exchrate": "EXCHANGE_RATE"}
_HEADER = {
    "datecreated": "WHENCREATED",
    "dateposted": "WHENPOSTED",
    "datedue": "WHENDUE",
    "batchkey": "PRBATCH",
    "billno": "RECORDID",
    "invoiceno": "RECORDID",
    "expensereportno": "RECORDID",
    "ponumber": "DOCNUMBER",
    "state": "ACTION",
    "payto": "BILLTOPAYTOCONTACTNAME",
    "returnto": "SHIPTORETURNTOCONTACTNAME",
    "billto": "BILLTOCONTACTNAME",
    "shipto": "SHIPTOCONTACTNAME",
    "nogl": "",
    **_EXCHANGE,
}
_LINE = {
    "glaccountno": "ACCOUNTNO",
    "expensetype": "ACCOUNTLABEL",
    "amount": "TRX_AMOUNT",
    "trx_amount": "",
    "allocationid": "ALLOCATION",
    "memo": "ENTRYDESCRIPTION",
    "expensedate": "ENTRY_DATE",
    "form1099": "FORM1099",
    "item1099": "",
    "form1099type": "",
    "form1099box": "",
    "key": "",
    "totalpaid": "",
    "totaldue": "",
    "defrevaccount": "",
    "partialexempt": "",
    "exchratedate": "",
    "exchratetype": "",
    "exchrate": "",
}
_GL_HEADER = {
    "journalid": "JOURNAL",
    "datecreated": "BATCH_DATE",
    "description": "BATCH_TITLE",
    "sourceentity": "BASELOCATION_NO",
}
_GL_LINE = {
    "trtype": "TR_TYPE",
    "glaccountno": "ACCOUNTNO",
    "amount": "TRX_AMOUNT",
    "memo": "DESCRIPTION",
    "locationid": "LOCATION",
    "departmentid": "DEPARTMENT",
    "datecreated": "",
    **_EXCHANGE,
}
_SIDES = {"debit": "1", "credit": "-1"}
_ACTIONS = {"submitted": "Submit"}


@dataclass(frozen=True)
class Wording:
    """How a legacy element is put: names that are not just upper case (empty: left out), and its list of lines."""

    object_name: str
    names: Mapping[str, str]
    lines: str
    line: str
    line_names: Mapping[str, str]

    def generic(self, body: etree._Element) -> etree._Element:
        """The element of the generic object. Raises FunctionRefusal for a date that is none."""
        made = translated(body, self.object_name, self.names, skip=self.lines)
        object_type = OBJECTS[self.object_name]
        lines = body.findall(f"{self.lines}/{self.line}") if self.lines else []
        owner = child(made, object_type.lines_field) if lines else made
        for line in lines:
            owner.append(translated(line, object_type.lines_object, self.line_names))
        return made


BILL_WORDS = Wording("APBILL", _HEADER, "billitems", "lineitem", _LINE)
INVOICE_WORDS = Wording("ARINVOICE", _HEADER, "invoiceitems", "lineitem", _LINE)
EXPENSE_WORDS = Wording("EEXPENSES", _HEADER, "expenses", "expense", _LINE)
GL_WORDS = Wording("GLBATCH", _GL_HEADER, "gltransactionentries", "glentry", _GL_LINE)
STATISTICAL_WORDS = Wording("GLBATCH", _GL_HEADER, "statgltransactionentries", "glentry", _GL_LINE)


def translated(body: etree._Element, tag: str, names: Mapping[str, str], skip: str = "") -> etree._Element:
    """A legacy element as the generic one called `tag`: names by `names` or in capitals, without the child `skip`."""
    made = element(tag)
    for entry in body:
        name = str(entry.tag)
        wanted = names.get(name, name.upper())
        if name == skip or not wanted:
            continue
        if name == "customfields":
            for field in entry.iterfind("customfield"):
                child(made, field.findtext("customfieldname") or "", field.findtext("customfieldvalue"))
        elif name == "taxentries":
            made.append(_upper(entry))
        else:
            text = legacy_text(entry)
            child(made, wanted, {**_SIDES, **_ACTIONS}.get(text.lower(), text) if name in ("trtype", "state") else text)
    return made


def _upper(entry: etree._Element) -> etree._Element:
    names = {"detailid": "DETAILID", "trx_tax": "TRX_TAX", "taxentries": "TAXENTRIES", "taxentry": "TAXENTRY"}
    made = element(names.get(str(entry.tag), str(entry.tag).upper()), entry.text if not len(entry) else None)
    made.extend(_upper(inner) for inner in entry)
    return made


def legacy_text(entry: etree._Element) -> str:
    """The text of a field: a date from its year, month and day, a contact from its name."""
    if not len(entry):
        return (entry.text or "").strip()
    if entry.find("year") is not None:
        parts = [(entry.findtext(part) or "").strip() for part in ("month", "day", "year")]
        return "/".join(parts) if any(parts) else ""
    return (entry.findtext("contactname") or "").strip()


def _creating(wording: Wording, create: Callable[[Desk, etree._Element], int]) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, wording.object_name, "CREATE")
        return Outcome((element("key", str(create(desk, wording.generic(body)))),))

    return handle


def _deleting(kind: DocumentKind) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, kind.object_name, "DELETE")
        delete_document(desk, kind, body.get("key"))
        return Outcome()

    return handle


def _reversing(kind: DocumentKind) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, kind.object_name, "UPDATE")
        entry = body.find("datereversed")
        try:
            reverse_date = iso_date("" if entry is None else legacy_text(entry))
        except UnfitValueError as error:
            raise invalid_value("datereversed needs a year, a month and a day.") from error
        reverse_document(desk, kind, body.get("key"), reverse_date)
        return Outcome((element("key", body.get("key")),))

    return handle


def _deleting_master(object_name: str, attribute: str) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        check_permission_to_write(desk, object_name, "DELETE")
        object_type = OBJECTS[object_name]
        delete_record(desk, object_type, body.get(attribute, ""), by=object_type.key_field)
        return Outcome()

    return handle


def delete_gl_transaction(desk: Desk, body: etree._Element) -> Outcome:
    """Delete a journal entry by its record number."""
    check_permission_to_write(desk, "GLBATCH", "DELETE")
    key = body.get("key", "")
    if not key.isdigit():
        raise business(f"Cannot find GLBatch with key '{key}' to delete.")
    delete_journal(desk, int(key))
    return Outcome()


def void_payments(desk: Desk, body: etree._Element) -> Outcome:
    """Void bill payments by their record numbers."""
    check_permission_to_write(desk, "APPYMT", "UPDATE")
    for entry in body.iterfind("appaymentkeys/appaymentkey"):
        void_payment(desk, BILL_PAYMENT, (entry.text or "").strip())
    return Outcome()


_MASTER = {
    "vendor": ("VENDOR", "vendorid"),
    "customer": ("CUSTOMER", "customerid"),
    "department": ("DEPARTMENT", "departmentid"),
    "location": ("LOCATION", "locationid"),
    "class": ("CLASS", "key"),
    "contact": ("CONTACT", "contactname"),
    "employee": ("EMPLOYEE", "employeeid"),
    "project": ("PROJECT", "key"),
    "glaccount": ("GLACCOUNT", "glaccountno"),
    "statglaccount": ("STATACCOUNT", "glaccountno"),
}
LEGACY_HANDLERS: Mapping[str, Handler] = {
    "create_bill": _creating(BILL_WORDS, partial(create_document, kind=BILL)),
    "create_invoice": _creating(INVOICE_WORDS, partial(create_document, kind=INVOICE)),
    "create_expensereport": _creating(EXPENSE_WORDS, partial(create_document, kind=EXPENSES)),
    "create_gltransaction": _creating(GL_WORDS, create_journal),
    "create_statgltransaction": _creating(STATISTICAL_WORDS, create_journal),
    "delete_gltransaction": delete_gl_transaction,
    **{f"delete_{name}": _deleting(kind) for name, kind in (("bill", BILL), ("invoice", INVOICE))},
    **{f"reverse_{name}": _reversing(kind) for name, kind in (("bill", BILL), ("invoice", INVOICE))},
    "delete_expensereport": _deleting(EXPENSES),
    "reverse_expensereport": _reversing(EXPENSES),
    "void_appaymentrequest": void_payments,
    **{f"delete_{name}": _deleting_master(*how) for name, how in _MASTER.items()},
}
