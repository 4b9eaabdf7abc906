"""Every document that the client writes, against the simulated gateway: created once, found by its identity, read back.

Two readings of one fact sheet must agree on element names, their order, what is read back and what is refused; and
where the sheet leaves a question open, under every answer to it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import requests

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.posting import Poster
from connector_assets.records.database import open_database
from connector_assets.records.postings import PostingKey, PostingStore
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.errors import RefusedError
from connector_assets.vendors.intacct.changes import mark_from_payload, read_changes
from connector_assets.vendors.intacct.documents import IntacctDocuments, creation
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_assets.vendors.intacct.payables import IntacctPayables
from connector_assets.vendors.intacct.postable import IntacctDocument, IntacctDocumentLedger, document_from_payload
from connector_assets.vendors.intacct.records import Record, Value, records_of
from connector_assets.vendors.intacct.writer import Node
from connector_tests.conformance.test_intacct_sandbox import Admin, client, journal, line

MARCH = date(2025, 3, 14)


def placed(**fields: Value) -> Record:
    """A line of a department in an office."""
    return {"location_id": "NYC", "department_id": "200", **fields}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("documents") / "state.db"
    with running_sandbox(SandboxOptions(state_path=path, workers=60)) as root:
        intacct = client(root)
        documents, master = IntacctDocuments(intacct), IntacctMasterData(intacct)
        master.create("VENDOR", [{"vendor_id": "V-100", "name": "Hosting", "print_as": "Hosting & Sons"}], "v:1")
        master.create("CUSTOMER", [{"customer_id": "C-42", "name": "Buyer", "print_as": "Buyer <Ltd>"}], "c:1")
        documents.create("attachment_folder", {"name": "Payroll 2025", "description": "Registers"}, "folder:1")
        documents.create("attachment", ATTACHMENT, "attachment:1")
        yield root


@pytest.fixture
def admin(sandbox: str) -> Iterator[Admin]:
    operator = Admin(sandbox)
    operator.calm()
    yield operator
    operator.calm()


ATTACHMENT: dict[str, Value] = {
    "attachment_id": "ATT-1",
    "name": "ATT-1",
    "folder": "Payroll 2025",
    "files": [
        {"name": "register", "extension": "pdf", "content": b"%PDF-1.4\n" + bytes(range(256)) * 4096},
        {"name": "checks", "extension": "csv", "content": b"check,amount\n"},
    ],
}
DOCUMENTS: dict[str, dict[str, Value]] = {
    "journal": {
        "journal_symbol": "PYRJ",
        "entry_date": MARCH,
        "title": "Adjustment",
        "reference": "JE-1",
        "state": "Draft",
        "attachment_id": "ATT-1",
        "lines": [
            placed(account_no="6010", amount_cents=500, memo="a < b & c", custom={"GLDIMCOSTOBJECT": "1"}),
            {"account_no": "1051", "amount_cents": -500, "location_id": "E100"},
        ],
    },
    "statistical_journal": {
        "journal_symbol": "HCJ",
        "entry_date": MARCH,
        "reverse_date": date(2025, 3, 15),
        "title": "Headcount",
        "reference": "HC-1",
        "lines": [
            placed(account_no="9001", quantity_e4=125_000),
            placed(account_no="9002", quantity_e4=-1),
        ],
    },
    "bill": {
        "bill_date": MARCH,
        "posting_date": MARCH,
        "vendor_id": "V-100",
        "bill_no": "INV-1",
        "due_date": date(2025, 4, 14),
        "attachment_id": "ATT-1",
        "currency": "USD",
        "lines": [placed(account_no="6700", amount_cents=12_000, memo="Servers")],
    },
    "invoice": {
        "customer_id": "C-42",
        "invoice_date": MARCH,
        "terms": "Net 30",
        "invoice_no": "S-1",
        "currency": "USD",
        "lines": [placed(account_no="4000", amount_cents=80_000, memo="March")],
    },
    "expense_report": {
        "employee_id": "HM-0001",
        "report_date": MARCH,
        "report_no": "R-1",
        "description": "Trip",
        "currency": "USD",
        "lines": [placed(expense_type="Travel", amount_cents=1_234, expense_date=date(2025, 3, 1), paid_to="Cab")],
    },
}
TAXED_BILL: dict[str, Value] = DOCUMENTS["bill"] | {
    "bill_no": "INV-2",
    "is_tax_inclusive": True,
    "tax_solution_id": "United Kingdom - VAT",
    "lines": [
        placed(account_no="6700", gross_amount_cents=12_000, taxes=[{"tax_detail_id": "UK Input Standard Rate"}])
    ],
}


def posted(root: str, name: str, record: dict[str, Value]) -> tuple[IntacctDocument, str]:
    """Post a document, find it again as equal and alone, and return it with its record number."""
    document = IntacctDocument(name, name, record)
    ledger = IntacctDocumentLedger(client(root))
    receipt = ledger.send(document, f"{name}:{document.reference}")
    (found,) = ledger.find(document)
    assert (found.receipt.key, found.digest) == (receipt.key, document.digest())
    return document, receipt.key


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_created_found_and_read_back(admin: Admin, name: str) -> None:
    document, key = posted(admin.root, name, DOCUMENTS[name])
    (held,) = IntacctDocuments(client(admin.root)).read_back(name, [key])
    wanted = {name: value for name, value in document.record.items() if name not in {"lines", "state"}}
    assert {name: held.record.get(name) for name in wanted} == wanted
    assert document_from_payload(document.payload()) == document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_another_amount_under_the_same_number_is_found_as_different(admin: Admin, name: str) -> None:
    record = DOCUMENTS[name] | {part: f"{name}-other" for part in _reference(name)}
    document, _ = posted(admin.root, name, record)
    first, *rest = records_of(document.record["lines"])
    measure = "quantity_e4" if "quantity_e4" in first else "amount_cents"
    other = replace(document, record={**document.record, "lines": [{**first, measure: 777}, *rest]})
    (found,) = IntacctDocumentLedger(client(admin.root)).find(other)
    assert found.digest not in {other.digest(), ""}


def _reference(name: str) -> list[str]:
    return [{"bill": "bill_no", "invoice": "invoice_no", "expense_report": "report_no"}.get(name, "reference")]


def test_a_bill_with_its_tax_included_keeps_its_gross_amount(admin: Admin) -> None:
    _, key = posted(admin.root, "bill", TAXED_BILL)
    (held,) = IntacctDocuments(client(admin.root)).read_back("bill", [key])
    (one,) = records_of(held.record["lines"])
    assert one["gross_amount_cents"] == 12_000
    assert one["amount_cents"] == 10_000


def test_a_paid_bill_and_a_received_invoice_are_settled(admin: Admin) -> None:
    _, bill = posted(admin.root, "bill", DOCUMENTS["bill"] | {"bill_no": "INV-3"})
    _, invoice = posted(admin.root, "invoice", DOCUMENTS["invoice"] | {"invoice_no": "S-3"})
    payment: dict[str, Value] = {
        "bank_account_id": "BANK-1",
        "payment_method": "EFT",
        "request_method": "bill",
        "vendor_id": "V-100",
        "payment_no": "P-3",
        "payment_date": date(2025, 5, 2),
        "currency": "USD",
        "lines": [{"bill_key": bill, "amount_cents": 12_000}],
    }
    receipt: dict[str, Value] = {
        "bank_account_id": "BANK-1",
        "payment_method": "EFT",
        "customer_id": "C-42",
        "receipt_no": "RCV-3",
        "receipt_date": date(2025, 5, 20),
        "currency": "USD",
        "lines": [{"invoice_key": invoice, "amount_cents": 80_000}],
    }
    posted(admin.root, "bill_payment", payment)
    posted(admin.root, "receipt", receipt)
    intacct = client(admin.root)
    for object_name, key in (("APBILL", bill), ("ARINVOICE", invoice)):
        (row,) = intacct.read(object_name, [key], ["STATE", "TOTALDUE"])
        assert (row["STATE"], row["TOTALDUE"]) == ("Paid", "0")


@pytest.mark.parametrize("answer", ["same", "empty"])
def test_a_journal_and_the_reversal_that_intacct_makes_of_it_are_one_document(admin: Admin, answer: str) -> None:
    admin.post("switches", **{"intacct.reversing_referenceno": answer})
    reversing: dict[str, Value] = {"reference": f"JE-rev-{answer}", "state": "Posted", "reverse_date": date(2025, 4, 1)}
    document, key = posted(admin.root, "journal", DOCUMENTS["journal"] | reversing)
    rows = list(client(admin.root).query("GLBATCH", ["REVERSEDFROM", "REFERENCENO"]))
    (reversal,) = [row for row in rows if row["REVERSEDFROM"] == key]
    assert reversal["REFERENCENO"] == (document.reference if answer == "same" else "")
    (found,) = IntacctDocumentLedger(client(admin.root)).find(document)
    assert (found.receipt.key, found.digest) == (key, document.digest())


def test_a_journal_between_entities_is_balanced_by_intacct_and_still_found_as_ours(admin: Admin) -> None:
    lines: list[Record] = [
        {"account_no": "6010", "amount_cents": 700, "location_id": "E200", "department_id": "200"},
        {"account_no": "1051", "amount_cents": -700, "location_id": "E100"},
    ]
    between: dict[str, Value] = {
        "reference": "JE-between",
        "state": "Posted",
        "base_location_id": "E100",
        "lines": lines,
    }
    _, key = posted(admin.root, "journal", DOCUMENTS["journal"] | between | {"lines": lines})
    (held,) = IntacctDocuments(client(admin.root)).read_back("journal", [key])
    assert len(records_of(held.record["lines"])) > len(lines)


@pytest.mark.parametrize("listed", ["empty", "full"])
def test_attachments_are_found_and_read_back_with_the_content_of_their_files(admin: Admin, listed: str) -> None:
    admin.post("switches", **{"intacct.listed_attachment_data": listed})
    documents = IntacctDocuments(client(admin.root))
    (held,) = documents.find("attachment", {"attachment_id": "ATT-1"})
    assert held.record["folder"] == "Payroll 2025"
    assert records_of(held.record["files"]) == ATTACHMENT["files"]
    assert documents.read_back("attachment", [held.key]) == [held]
    assert [item.record["description"] for item in documents.find("attachment_folder", {"name": "Payroll 2025"})] == [
        "Registers"
    ]
    assert documents.find("attachment", {"attachment_id": "ATT-none"}) == []


def test_a_folder_with_its_attachment_and_the_bill_that_names_it_are_done_or_not_at_all(admin: Admin) -> None:
    intacct = client(admin.root)
    attachment = ATTACHMENT | {"attachment_id": "ATT-9", "name": "ATT-9"}
    bill = DOCUMENTS["bill"] | {"bill_no": "INV-9", "attachment_id": "ATT-9", "vendor_id": "V-none"}
    together = [creation("attachment", attachment, "a:9"), creation("bill", bill, "b:9")]
    with pytest.raises(RefusedError):
        intacct.run(together)
    assert IntacctDocuments(intacct).find("attachment", {"attachment_id": "ATT-9"}) == []


MASTER_RECORDS: dict[str, tuple[dict[str, Value], dict[str, Value]]] = {
    "DEPARTMENT": ({"department_id": "910", "title": "New", "parent_id": "200"}, {"title": "Newer & newer"}),
    "LOCATION": ({"location_id": "ALB", "name": "Albany", "parent_id": "E100"}, {"end_date": date(2025, 12, 31)}),
    "CLASS": ({"class_id": "NEW", "name": "New", "description": "a < b"}, {"description": "c > d"}),
    "PROJECT": (
        {"project_id": "P-9000", "name": "New", "category": "Contract", "customer_id": "C-42", "begin_date": MARCH},
        {"project_status": "In Progress"},
    ),
    "CONTACT": ({"contact_name": "Doe Jo (9)", "print_as": "Jo Doe", "first_name": "Jo"}, {"last_name": "Doe"}),
    "EMPLOYEE": (
        {"employee_id": "HM-9", "contact_name": "Doe Jo (9)", "location_id": "NYC", "start_date": MARCH},
        {"end_date": date(2025, 6, 30), "termination_type": "voluntary", "supervisor_id": "HM-0001"},
    ),
    "VENDOR": ({"vendor_id": "V-9", "name": "Nine", "print_as": "Nine Ltd"}, {"name": "Nine & Co"}),
    "CUSTOMER": ({"customer_id": "C-9", "name": "Nine", "print_as": "Nine Ltd"}, {"comments": "Pays late"}),
}


def test_each_kind_of_master_data_is_created_changed_inactivated_and_read_back(admin: Admin) -> None:
    """In this order, for an employee needs an active contact."""
    master, keys = IntacctMasterData(client(admin.root)), dict[str, str]()
    for name, (record, _) in MASTER_RECORDS.items():
        (made,) = master.create(name, [record], f"make:{name}")
        keys[name] = made["RECORDNO"]
        held = master.read_back(name, [keys[name]])[keys[name]]
        assert {field: held.get(field) for field in record} == record, name
        assert held["is_active"] is True
    for name, (record, change) in MASTER_RECORDS.items():
        business_key, key = next(iter(record)), keys[name]
        master.update(name, [{business_key: record[business_key], **change, "is_active": False}], f"change:{name}")
        held = master.read_back(name, [key])[key]
        assert {field: held.get(field) for field in record | change} == record | change, name
        assert held["is_active"] is False


def test_custom_fields_of_headers_and_lines_are_written_and_read_back(admin: Admin) -> None:
    first, second = records_of(DOCUMENTS["journal"]["lines"])
    tagged: dict[str, Value] = {"reference": "JE-tags", "custom": {"PX_RUN_ID": "88123", "PX_MAP_VERSION": "v7"}}
    _, key = posted(admin.root, "journal", DOCUMENTS["journal"] | tagged)
    (held,) = IntacctDocuments(client(admin.root)).read_back("journal", [key], ("PX_RUN_ID", "PX_MAP_VERSION"))
    assert held.record["custom"] == tagged["custom"]
    assert [line["custom"] for line in records_of(held.record["lines"])] == [first["custom"], {}]
    assert second.get("custom") is None
    line = {**records_of(DOCUMENTS["bill"]["lines"])[0], "custom": {"FUNDING": "Grant"}}
    bill: dict[str, Value] = {"bill_no": "INV-tags", "custom": {"SPEND_REASON": "Hosting"}, "lines": [line]}
    _, key = posted(admin.root, "bill", DOCUMENTS["bill"] | bill)
    (held,) = IntacctDocuments(client(admin.root)).read_back("bill", [key], ("SPEND_REASON", "FUNDING"))
    assert held.record["custom"] == bill["custom"]
    assert [one["custom"] for one in records_of(held.record["lines"])] == [line["custom"]]


def test_a_journal_that_is_too_long_for_the_gateway_is_refused_before_it_is_taken(admin: Admin) -> None:
    admin.post("switches", **{"intacct.largest_request_bytes": "20000"})
    wanted = replace(journal("PX-long"), lines=journal("x").lines * 60)
    with pytest.raises(RefusedError, match="smaller parts"):
        IntacctLedger(client(admin.root)).send(wanted, "long:1")
    assert admin.journals("PX-long") == []


def test_vendors_and_customers_are_updated_and_read_back(admin: Admin) -> None:
    master = IntacctMasterData(client(admin.root))
    (made,) = master.create("VENDOR", [{"vendor_id": "V-7", "name": "Seven", "print_as": "Seven"}], "v:7")
    master.update("VENDOR", [{"vendor_id": "V-7", "name": "Seven & Co", "is_active": False}], "v:7:2")
    held = master.read_back("VENDOR", [made["RECORDNO"]])[made["RECORDNO"]]
    assert (held["vendor_id"], held["name"], held["is_active"]) == ("V-7", "Seven & Co", False)


# --- large journals ---------------------------------------------------------------------------------------------------


def large(reference: str) -> Journal:
    """Two entities of eight lines each, both balanced."""
    lines: list[JournalLine] = []
    for entity in ("E100", "E200"):
        for number in range(4):
            cost = line("6010", 1_000 + number, entity, "200")
            credit = replace(cost, account_no="1051", amount_cents=-cost.amount_cents, department_id=None)
            lines += [replace(cost, entity_id=entity), replace(credit, entity_id=entity)]
    return replace(journal(reference), lines=tuple(lines))


def test_a_large_journal_arrives_in_parts_that_are_found_as_one(admin: Admin) -> None:
    wanted = large("PX-large-1")
    ledger = IntacctLedger(client(admin.root), most_lines=10)
    receipt = ledger.send(wanted, "large:1")
    (found,) = ledger.find(wanted)
    (held,) = ledger.read_back("PX-large-1")
    assert found.digest == wanted.digest()
    assert found.receipt.key == receipt.key
    assert len(receipt.key.split(",")) == 2
    assert held.debit_cents() == wanted.debit_cents()
    assert IntacctLedger(client(admin.root)).find(wanted)[0].digest == wanted.digest()


def test_of_a_large_journal_nothing_stands_when_one_part_is_refused(admin: Admin) -> None:
    wanted = large("PX-large-2")
    last = replace(wanted.lines[-1], account_no="none")
    broken = replace(wanted, lines=(*wanted.lines[:-1], last))
    ledger = IntacctLedger(client(admin.root), most_lines=10)
    with pytest.raises(RefusedError):
        ledger.send(broken, "large:2")
    assert admin.journals("PX-large-2") == []


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["+00:00", "-05:00"])
def test_what_changed_since_the_last_look_is_read_once(admin: Admin, zone: str) -> None:
    admin.post("switches", **{"intacct.timestamp_zone": zone})
    intacct = client(admin.root)
    master = IntacctMasterData(intacct)
    first = read_changes(intacct, "DEPARTMENT", ["DEPARTMENTID", "TITLE"])
    assert first.mark is not None
    assert {row["DEPARTMENTID"] for row in first.rows} == {item.department_id for item in master.departments()}
    again = read_changes(intacct, "DEPARTMENT", ["DEPARTMENTID", "TITLE"], mark_from_payload(first.mark.payload()))
    assert again.rows == ()
    master.update("DEPARTMENT", [{"department_id": "200", "title": f"Renamed {zone}"}], f"d:{zone}")
    changed = read_changes(intacct, "DEPARTMENT", ["DEPARTMENTID", "TITLE"], again.mark)
    assert [row["TITLE"] for row in changed.rows] == [f"Renamed {zone}"]


def test_offset_pages_take_the_requests_that_the_rows_need(admin: Admin) -> None:
    intacct = client(admin.root)
    rows = intacct.query_by_offset("PROJECT", ["NAME"], ["PROJECTID"], page_size_rows=10)
    assert [row["PROJECTID"] for row in rows] == sorted(row["PROJECTID"] for row in rows)
    assert len(rows) == intacct.count("PROJECT")
    assert intacct.transport.calls["intacct query PROJECT"] == -(-len(rows) // 10) + 1


def test_an_entity_session_writes_into_its_entity(admin: Admin) -> None:
    ledger = IntacctLedger(client(admin.root, entity_id="E100"))
    wanted = replace(journal("PX-entity-1"), lines=journal("x").lines)
    receipt = ledger.send(wanted, "entity:1")
    assert [found.receipt.key for found in ledger.find(wanted)] == [receipt.key]
    assert [found.digest for found in IntacctLedger(client(admin.root)).find(wanted)] == [wanted.digest()]


# --- open questions, and the poster ----------------------------------------------------------------------------------


def other_answers(admin: Admin) -> list[tuple[str, str]]:
    """Every open question of the gateway with each answer that is not the default."""
    found = requests.get(f"{admin.root}/admin/switches", timeout=10).json()
    table = found.get("switches", found)
    return [
        (name, str(answer)) for name in table if name.startswith("intacct.") for answer in table[name]["choices"][1:]
    ]


def test_under_every_answer_to_every_open_question_a_document_is_posted_once_and_found(admin: Admin) -> None:
    answers = other_answers(admin)
    assert len(answers) > 20
    for number, (switch, answer) in enumerate(answers):
        admin.post("switches", **{switch: answer})
        wanted = journal(f"PX-open-{number}")
        ledger = IntacctLedger(client(admin.root))
        receipt = ledger.send(wanted, f"open:{number}")
        with pytest.raises(RefusedError):
            ledger.send(wanted, f"open:{number}")
        found = [(one.receipt.key, one.digest) for one in ledger.find(wanted)]
        assert found == [(receipt.key, wanted.digest())], (switch, answer)
        posted(admin.root, "bill", DOCUMENTS["bill"] | {"bill_no": f"INV-open-{number}"})
        admin.calm()


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "late_commit", "internal_error", "rate_limit"])
def test_the_poster_brings_a_bill_into_the_books_once_under_any_fault(admin: Admin, tmp_path: Path, fault: str) -> None:
    clock = [datetime(2025, 4, 1, tzinfo=UTC)]
    store = PostingStore(open_database(f"sqlite:///{tmp_path / 'records.db'}"), lambda: clock[0])
    bill = IntacctDocument("bill", "bill", DOCUMENTS["bill"] | {"bill_no": f"INV-{fault}"})
    ledger = IntacctDocumentLedger(client(admin.root))
    ledger.find(bill)

    def now() -> datetime:
        return clock[0]

    poster = Poster(store, ledger, owner="test", now=now, sleep=lambda _: None, restore=document_from_payload)
    key = PostingKey("demo", "bill", fault, 1)
    admin.fault(fault, "create")
    result = poster.post(key, bill, partition="2025-03", document_date=MARCH, policy="post")
    admin.calm()
    for _ in range(3):
        if result.is_posted:
            break
        clock[0] += timedelta(hours=1)
        result = poster.post(key, bill, partition="2025-03", document_date=MARCH, policy="post")
    assert result.is_posted, result.message
    (found,) = ledger.find(bill)
    assert (found.receipt.key, found.digest) == (result.posting.ledger_key, bill.digest())


def test_what_a_bill_may_not_name_is_told_by_intacct_before_and_refused_by_it(admin: Admin) -> None:
    """Accounts of bank accounts and charge cards, and a tax solution that is none: read, and refused when tried."""
    intacct = client(admin.root)
    payables, documents = IntacctPayables(intacct), IntacctDocuments(intacct)
    card: dict[str, Node] = {"CARDID": "VISA-1", "LIABILITYTYPE": "Credit", "GLACCOUNTNO": "6820"}
    debit: dict[str, Node] = {"CARDID": "DEBIT-1", "LIABILITYTYPE": "Debit", "BANKACCOUNTID": "BANK-1"}
    intacct.create("CREDITCARD", [card, debit], "cards:1")
    assert {one.account_no: one.bank_account_id for one in payables.bank_accounts()} == {
        "1010": "BANK-1",
        "6820": "VISA-1",
    }
    assert [(one.solution_id, one.method) for one in payables.tax_solutions()] == [("United Kingdom - VAT", "VAT")]
    assert "TAXSOLUTIONID" in {one.name for one in payables.fields("APBILL")}
    for number, account in enumerate(("1010", "6820")):
        bill = DOCUMENTS["bill"] | {"bill_no": f"BANK-{number}", "lines": [placed(account_no=account, amount_cents=1)]}
        with pytest.raises(RefusedError, match="BL03002112"):
            documents.create("bill", bill, f"bank:{number}")
    with pytest.raises(RefusedError, match="Australia"):
        documents.create("bill", TAXED_BILL | {"bill_no": "TAX-1", "tax_solution_id": "Australia - GST"}, "tax:1")
