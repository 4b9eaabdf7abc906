"""Documents as tables of fields: what goes on the wire, in which order, what is refused, and what is read back."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

import pytest

from connector_assets.accounting.errors import AccountingError
from connector_assets.vendors.errors import OutcomeUnknownError, ProtocolError, RefusedError
from connector_assets.vendors.intacct.documents import IntacctDocuments, creation
from connector_assets.vendors.intacct.postable import IntacctDocument, IntacctDocumentLedger, document_from_payload
from connector_assets.vendors.intacct.records import Nodes, Record, Value, record_from_tree, record_nodes
from connector_assets.vendors.intacct.tables import DOCUMENTS, MASTER_DATA, Field, Items, Kind
from connector_assets.vendors.intacct.xml import Tree
from connector_assets.vendors.protocols import Ledger, Receipt
from connector_tests.vendors.conftest import Script, ScriptedServer
from connector_tests.vendors.intacct_wire import asked, client_for, done, login, page, respond, written

Server = Callable[[Script], AbstractContextManager[ScriptedServer]]

DAY = date(2031, 4, 5)
SAMPLES: dict[Kind, Value] = {
    Kind.TEXT: "a & b",
    Kind.DATE: DAY,
    Kind.STATUS: True,
    Kind.FLAG: False,
    Kind.CENTS: 12_050,
    Kind.SIDE: -12_050,
    Kind.SIDE_E4: -75_000,
    Kind.E4: 25_000,
    Kind.FILE: b"%PDF",
    Kind.CUSTOM: {"GLDIMCOSTOBJECT": "10021"},
}
INVOICE: Record = {
    "customer_id": "C-42",
    "invoice_date": DAY,
    "invoice_no": "S-1",
    "custom": {"PX_RUN": "1042"},
    "lines": [{"account_no": "4000", "amount_cents": 80_000, "memo": "April"}],
}
FIRST: Record = {"account_no": "6400", "amount_cents": 12_000, "location_id": "NYC"}
SECOND: Record = {"account_no": "6410", "amount_cents": 300, "custom": {"GLDIMCOSTOBJECT": "7"}}
BILL: Record = {
    "vendor_id": "V-100",
    "bill_no": "INV-1",
    "bill_date": DAY,
    "due_date": date(2031, 5, 5),
    "currency": "USD",
    "lines": [FIRST, SECOND],
}
HELD: Tree = {
    "RECORDNO": "4711",
    "STATE": "Posted",
    "VENDORID": "V-100",
    "RECORDID": "INV-1",
    "WHENCREATED": "4/5/2031",
    "WHENDUE": "05/05/2031",
    "CURRENCY": "",
    "APBILLITEMS": [
        {"ACCOUNTNO": "6410", "TRX_AMOUNT": "3", "GLDIMCOSTOBJECT": "7", "DEPARTMENTID": ""},
        {"ACCOUNTNO": "6400", "TRX_AMOUNT": "120", "LOCATIONID": "NYC", "GLDIMCOSTOBJECT": ""},
    ],
}


def filled(fields: tuple[Field | Items, ...]) -> Record:
    """A record with every field of a table, in a random order."""
    values = [
        (item.name, [filled(item.fields)] * 2 if isinstance(item, Items) else SAMPLES[item.kind]) for item in fields
    ]
    random.Random(7).shuffle(values)  # noqa: S311 - not for secrets
    return dict(values)


def names(nodes: Nodes) -> list[str]:
    return [name for name, _ in nodes]


@pytest.mark.parametrize("name", [*DOCUMENTS, *MASTER_DATA])
def test_the_order_on_the_wire_is_the_tables_whatever_the_records(name: str) -> None:
    table = DOCUMENTS.get(name) or MASTER_DATA[name]
    written = [part for part in names(record_nodes(table, filled(table.fields), "x")) if part != "TR_TYPE"]
    wanted: list[str] = []
    for item in table.fields:
        if isinstance(item, Items):
            wanted += [item.container]
        elif item.kind is Kind.CUSTOM:
            wanted += ["customfields" if table.is_legacy else "GLDIMCOSTOBJECT"]
        else:
            wanted += [item.path.partition("/")[0]]
    assert list(dict.fromkeys(written)) == list(dict.fromkeys(wanted))


@pytest.mark.parametrize("name", [*DOCUMENTS, *MASTER_DATA])
def test_what_was_written_is_read_back_in_the_same_words(name: str) -> None:
    table = DOCUMENTS.get(name) or MASTER_DATA[name]
    record = filled(table.fields)
    assert record_from_tree(table, tree_of(table.fields, record)) == as_read(table.fields, record)


def tree_of(fields: tuple[Field | Items, ...], record: Record) -> Tree:
    """The record as Intacct would give it back: read names, trailing zeros dropped."""
    tree: Tree = {}
    texts = {
        Kind.TEXT: "a & b",
        Kind.DATE: "4/5/2031",
        Kind.STATUS: "active",
        Kind.FLAG: "false",
        Kind.CENTS: "120.5",
        Kind.SIDE: "120.5",
        Kind.SIDE_E4: "7.5",
        Kind.E4: "2.5",
        Kind.FILE: "",
    }
    for item in fields:
        if isinstance(item, Items):
            lines = [tree_of(item.fields, {})] * 2
            tree[item.read_container or (item.container or item.element).upper()] = lines
        elif item.kind is Kind.CUSTOM:
            tree["GLDIMCOSTOBJECT"] = "10021"
        elif "/" in item.path:
            outer = item.path.partition("/")[0]
            inside = tree.setdefault(outer, [{}])
            assert isinstance(inside, list)
            inside[0][item.read_name] = texts[item.kind]
        else:
            tree[item.read_name] = texts[item.kind]
            tree |= {"TR_TYPE": "-1"} if item.kind in {Kind.SIDE, Kind.SIDE_E4} else {}
    return tree


def as_read(fields: tuple[Field | Items, ...], record: Record) -> Record:
    """The record as it can be read: files come without their content."""
    read: dict[str, Value] = {}
    for item in fields:
        if isinstance(item, Items):
            read[item.name] = [as_read(item.fields, filled(item.fields))] * 2
        else:
            read[item.name] = None if item.kind is Kind.FILE else SAMPLES[item.kind]
    return read


def test_a_legacy_function_has_dates_in_parts_and_custom_fields_in_a_list(scripted_server: Server) -> None:
    with scripted_server([login(), respond(done("<key>812</key>"))]) as server:
        assert IntacctDocuments(client_for(server.url)).create("invoice", INVOICE, "i:1") == "812"
    request = asked(server.requests[1])
    invoice = request.bodies[0]
    assert (invoice.tag, request.unique, request.transaction) == ("create_invoice", "true", "true")
    assert [item.tag for item in invoice] == ["customerid", "datecreated", "invoiceno", "customfields", "invoiceitems"]
    assert [item.text for item in invoice[1]] == ["2031", "04", "05"]
    assert [item.text for item in invoice[3][0]] == ["PX_RUN", "1042"]
    assert [(item.tag, item.text) for item in invoice[4][0]] == [
        ("glaccountno", "4000"),
        ("amount", "800.00"),
        ("memo", "April"),
    ]


@pytest.mark.parametrize("data", ["", "<key></key>", "<key>x</key>", written("arinvoice", 7)])
def test_a_legacy_success_without_its_key_is_unknown(scripted_server: Server, data: str) -> None:
    with scripted_server([login(), respond(done(data))]) as server, pytest.raises(OutcomeUnknownError):
        IntacctDocuments(client_for(server.url)).create("invoice", INVOICE, "i:1")


REFUSED: list[tuple[str, Record, str]] = [
    ("bill", {**BILL, "total": "1"}, "unknown field total"),
    ("bill", {**BILL, "bill_no": ""}, "the field bill_no is missing"),
    ("bill", {**BILL, "bill_date": "2031-04-05"}, "bill_date is not a date"),
    ("bill", {**BILL, "lines": []}, "lines are not at least 1"),
    ("bill", {**BILL, "lines": [{"amount_cents": True}]}, "lines 1: not sent, amount_cents is not a cents"),
    ("bill", {**BILL, "lines": [{"amount_cents": "1.20"}]}, "amount_cents is not a cents"),
    ("bill", {**BILL, "custom": {"a b": "x"}}, "a custom field's name or text is none"),
    ("bill", {**BILL, "custom": {"A><B": "x"}}, "a custom field's name or text is none"),
    ("gift", BILL, "nothing is known of it"),
]


@pytest.mark.parametrize(("name", "record", "why"), REFUSED, ids=[why for _, _, why in REFUSED])
def test_a_document_that_cannot_be_written_is_not_sent(name: str, record: Record, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        creation(name, record, "x:1")


def entry(**fields: Value) -> Record:
    return {"account_no": "6000", **fields}


@pytest.mark.parametrize(
    ("lines", "base", "why"),
    [
        ([entry(amount_cents=5), entry(amount_cents=-4)], None, "its debits and credits differ"),
        ([entry(amount_cents=5), entry(amount_cents=0)], None, "a line amounts to zero"),
        ([entry(amount_cents=5)], None, "lines are not at least 2"),
        ([entry(amount_cents=5), entry(amount_cents=-4)], "E100", ""),
    ],
)
def test_a_journal_balances_unless_intacct_is_asked_to(lines: list[Record], base: str | None, why: str) -> None:
    journal: Record = {
        "journal_symbol": "GJ",
        "entry_date": DAY,
        "title": "T",
        "reference": "JE-1",
        "base_location_id": base,
        "lines": lines,
    }
    if not why:
        assert creation("journal", journal, "j:1").name == "create"
        return
    with pytest.raises(RefusedError, match=why):
        creation("journal", journal, "j:1")


# --- as the poster takes them -----------------------------------------------------------------------------------------


def document(record: Record = BILL) -> IntacctDocument:
    return IntacctDocument("procurify_bill", "bill", record)


def bill_xml(tree: Tree) -> str:
    def inside(fields: Tree) -> str:
        return "".join(
            f"<{name}>{text}</{name}>"
            if isinstance(text, str)
            else f"<{name}>{''.join(f'<apbillitem>{inside(line)}</apbillitem>' for line in text)}</{name}>"
            for name, text in fields.items()
        )

    return f'<data listtype="APBILL" count="1"><APBILL>{inside(tree)}</APBILL></data>'


FOUND = respond(done(page("APBILL", [{"RECORDNO": "4711"}])))
MADE = respond(done(written("apbill", 4711)))


def test_it_is_a_ledger_for_the_poster() -> None:
    ledger: Ledger = IntacctDocumentLedger(client_for("http://127.0.0.1:9"))
    assert (ledger.system, ledger.processing_window_s) == ("intacct", 900)
    assert (document().reference, document().debit_cents()) == ("INV-1", 12_300)


def test_a_payload_is_the_document_again() -> None:
    wide = document({**BILL, "is_tax_inclusive": True})
    assert document_from_payload(wide.payload()) == wide
    for damaged in ("", "{}", '{"kind": "a", "name": "gift", "record": {}}', wide.payload().replace("2031-", "20x1-")):
        with pytest.raises(AccountingError, match="cannot be read"):
            document_from_payload(damaged)


def test_the_order_of_lines_does_not_count_and_every_booked_field_does() -> None:
    assert document({**BILL, "lines": [SECOND, FIRST]}).digest() == document().digest()
    assert document({**BILL, "description": "said otherwise"}).digest() == document().digest()
    changed: list[Record] = [
        {**BILL, "lines": [FIRST]},
        {**BILL, "lines": [FIRST, {**SECOND, "amount_cents": 301}]},
        {**BILL, "lines": [FIRST, {**SECOND, "custom": {"GLDIMCOSTOBJECT": "8"}}]},
        {**BILL, "lines": [{**FIRST, "location_id": "AUS"}, SECOND]},
        {**BILL, "bill_date": date(2031, 4, 6)},
        {**BILL, "vendor_id": "V-101"},
    ]
    assert document().digest() not in {document(record).digest() for record in changed}


def test_a_bill_that_was_posted_has_its_receipt_and_is_found_as_equal(scripted_server: Server) -> None:
    held = respond(done(bill_xml(HELD)))
    with scripted_server([login(), MADE, held, FOUND, held]) as server:
        ledger = IntacctDocumentLedger(client_for(server.url))
        assert ledger.send(document(), "b:1") == Receipt("4711", "INV-1", "Posted")
        (found,) = ledger.find(document())
    assert (found.receipt.key, found.digest) == ("4711", document().digest())
    conditions = asked(server.requests[3]).bodies[0].find("filter/and")
    assert conditions is not None
    assert [(item.findtext("field"), item.findtext("value")) for item in conditions] == [
        ("RECORDID", "INV-1"),
        ("VENDORID", "V-100"),
    ]


@pytest.mark.parametrize("change", [{"RECORDNO": "4712"}, {"RECORDID": "INV-2"}])
def test_a_key_of_another_bill_is_no_receipt(scripted_server: Server, change: Tree) -> None:
    held = respond(done(bill_xml(HELD | change)))
    with scripted_server([login(), MADE, held]) as server, pytest.raises(OutcomeUnknownError, match="is not that of"):
        IntacctDocumentLedger(client_for(server.url)).send(document(), "b:1")


@pytest.mark.parametrize("change", [{"CURRENCY": "EUR"}, {"WHENCREATED": "04/06/2031"}, {"APBILLITEMS": ""}])
def test_a_bill_that_differs_is_found_as_different(scripted_server: Server, change: Tree) -> None:
    with scripted_server([login(), FOUND, respond(done(bill_xml(HELD | change)))]) as server:
        (found,) = IntacctDocumentLedger(client_for(server.url)).find(document())
    assert found.digest != document().digest()


def test_an_amount_or_a_date_that_is_none_is_named_with_its_record() -> None:
    for change in ({"WHENCREATED": "2031-04-05"}, {"APBILLITEMS": [{"TRX_AMOUNT": "1.234"}]}):
        with pytest.raises(ProtocolError, match="APBILL 4711"):
            record_from_tree(DOCUMENTS["bill"], HELD | change)  # type: ignore[arg-type]  # a tree
    with pytest.raises(ProtocolError, match="TR_TYPE"):
        record_from_tree(DOCUMENTS["journal"], {"ENTRIES": [{"TRX_AMOUNT": "1"}]})


def test_a_ledger_says_which_documents_it_takes() -> None:
    with pytest.raises(TypeError, match="takes an IntacctDocument"):
        IntacctDocumentLedger(client_for("http://127.0.0.1:9")).find(replace)  # type: ignore[arg-type]  # on purpose


def supdoc(record_no: int, content: str) -> str:
    file = f"<attachmentname>scan</attachmentname><attachmenttype>pdf</attachmenttype><attachmentdata>{content}"
    files = f"<attachments><attachment>{file}</attachmentdata></attachment></attachments>"
    return f"<data><supdoc><recordno>{record_no}</recordno><supdocid>ATT-1</supdocid>{files}</supdoc></data>"


def test_a_listed_attachment_without_its_content_is_asked_for_by_itself(scripted_server: Server) -> None:
    replies = [login(), respond(done(supdoc(35, ""))), respond(done(supdoc(35, "JVBE\nRg==")))]
    with scripted_server(replies) as server:
        (held,) = IntacctDocuments(client_for(server.url)).find("attachment", {"attachment_id": "ATT-1"})
    assert held.record["files"] == [{"name": "scan", "extension": "pdf", "content": b"%PDF"}]
    asked_for = asked(server.requests[2]).bodies[0]
    assert (asked_for.tag, asked_for.get("object"), asked_for.get("key")) == ("get", "supdoc", "ATT-1")


@pytest.mark.parametrize(
    ("listed", "whole", "why"),
    [
        (supdoc(35, ""), supdoc(36, "JVBERg=="), "not the one record"),
        (supdoc(35, ""), "<data/>", "not the one record"),
        (supdoc(35, "not base64!"), "", "not base64"),
    ],
)
def test_the_content_of_another_or_of_no_file_is_an_error(
    scripted_server: Server, listed: str, whole: str, why: str
) -> None:
    with (
        scripted_server([login(), respond(done(listed)), respond(done(whole))]) as server,
        pytest.raises(ProtocolError, match=why),
    ):
        IntacctDocuments(client_for(server.url)).find("attachment", {"attachment_id": "ATT-1"})
