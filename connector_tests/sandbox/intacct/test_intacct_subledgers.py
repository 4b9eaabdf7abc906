"""Bills, invoices, expense reports, payments and attachments, in generic and in legacy words (sheet section 8)."""

import base64

import pytest

from connector_tests.sandbox.intacct.peer import Peer, Reply, attributes_of, batch, create, equal

ITEM = (
    "<APBILLITEM><ACCOUNTNO>6710</ACCOUNTNO><TRX_AMOUNT>{}</TRX_AMOUNT><ENTRYDESCRIPTION>Servers</ENTRYDESCRIPTION>"
    "<LOCATIONID>NYC</LOCATIONID><DEPARTMENTID>520</DEPARTMENTID>{}</APBILLITEM>"
)
DAY = "<year>2025</year><month>04</month><day>{}</day>"


def bill(*items: str, **header: str) -> str:
    values = {
        "VENDORID": "V-1001",
        "WHENCREATED": "04/15/2025",
        "WHENDUE": "05/15/2025",
        "RECORDID": "INV-778",
        **header,
    }
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value)
    return create(f"<APBILL>{fields}<APBILLITEMS>{''.join(items or (ITEM.format('120', ''),))}</APBILLITEMS></APBILL>")


def payment(key: str, amount: str, **header: str) -> str:
    values = {
        "FINANCIALENTITY": "BANK-1",
        "PAYMENTMETHOD": "EFT",
        "VENDORID": "V-1001",
        "PAYMENTDATE": "05/02/2025",
        "CURRENCY": "USD",
        **header,
    }
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value)
    detail = f"<RECORDKEY>{key}</RECORDKEY><TRX_PAYMENTAMOUNT>{amount}</TRX_PAYMENTAMOUNT>"
    details = f"<APPYMTDETAILS><APPYMTDETAIL>{detail}</APPYMTDETAIL></APPYMTDETAILS>"
    return create(f"<APPYMT>{fields}{details}</APPYMT>")


def key_of(reply: Reply) -> str:
    found = reply.text("operation/result/data/*/RECORDNO") or reply.text("operation/result/key")
    assert found, reply.response.text
    return found


def totals(peer: Peer, name: str = "APBILL") -> dict[str, str]:
    return peer.query(name, "STATE", "TOTALENTERED", "TOTALPAID", "TOTALDUE").rows()[0]


def test_a_bill_is_posted_and_read_back_with_its_lines(peer: Peer) -> None:
    key = key_of(peer.call(bill(ITEM.format("100", ""), ITEM.format("20.50", ""))))
    assert totals(peer) == {"STATE": "Posted", "TOTALENTERED": "120.5", "TOTALPAID": "0", "TOTALDUE": "120.5"}
    entry = peer.call(f"<read><object>APBILL</object><keys>{key}</keys><fields>*</fields></read>").data[0]
    assert [line.findtext("TRX_AMOUNT") for line in entry.iterfind("APBILLITEMS/apbillitem")] == ["100", "20.5"]
    assert (entry.findtext("WHENCREATED"), entry.findtext("VENDOR.NAME")) == ("04/15/2025", "Harbor Hosting")


@pytest.mark.parametrize(
    ("items", "header", "errorno", "text"),
    [
        ((), {"VENDORID": "V-9"}, "BL01001973", "Vendor 'V-9' specified is not valid."),
        ((), {"VENDORID": ""}, "BL03000018", "The required field VENDORID of AP Bill is missing a value."),
        ((), {"WHENDUE": ""}, "BL03000018", "The Date Due field is missing a value."),
        ((), {"WHENDUE": "", "TERMNAME": "Net 99"}, "BL01001973", "Apterm 'Net 99' is not valid"),
        ((), {"WHENCREATED": "12/15/2024"}, "BL01001973", "Periods are closed. Your transaction date (12/15/2024)"),
        ((), {"SUPDOCID": "NONE"}, "BL01001973", "Supdoc 'NONE' is not valid"),
        ((ITEM.format("1", "").replace("6710", "9999"),), {}, "BL01001973", "Account 9999 is not valid"),
        (
            (ITEM.format("1", "").replace("<DEPARTMENTID>520</DEPARTMENTID>", ""),),
            {},
            "BL03000018",
            "This transaction is missing the Department dimension for the Account 6710",
        ),
        ((ITEM.format("", ""),), {}, "BL03000018", "The field TRX_AMOUNT of a line is missing a value."),
    ],
)
def test_a_bill_that_is_refused(
    reader: Peer, items: tuple[str, ...], header: dict[str, str], errorno: str, text: str
) -> None:
    reply = reader.call(bill(*items, **header))
    assert reply.errors[0][0] == errorno
    assert reply.errors[0][1].startswith(text)
    assert reply.errors[-1][1].startswith("Could not create AP Bill record!")
    assert reader.query("APBILLITEM", "RECORDNO").rows() == []


def test_a_bill_number_is_used_once_per_vendor(peer: Peer) -> None:
    peer.call(bill())
    assert peer.call(bill()).errors[0][0] == "BL03002185"
    assert peer.call(bill(VENDORID="V-1002")).statuses == ["success"]


@pytest.mark.parametrize(
    ("inclusive", "given", "net", "tax"),
    [("true", "120.00", "100", "20"), ("true", "0.10", "0.08", "0.02"), ("false", "33.33", "33.33", "6.67")],
)
def test_inline_tax_is_taken_out_of_an_inclusive_line_and_added_to_an_exclusive_one(
    peer: Peer, inclusive: str, given: str, net: str, tax: str
) -> None:
    entry = "<TAXENTRIES><TAXENTRY><DETAILID>UK Input Standard Rate</DETAILID></TAXENTRY></TAXENTRIES>"
    item = ITEM.format(given, entry)
    if inclusive == "true":
        item = item.replace("TRX_AMOUNT", "TOTALTRXAMOUNT")
    assert peer.call(bill(item, INCLUSIVETAX=inclusive)).statuses == ["success"]
    found = peer.query("APBILLITEM", "TRX_AMOUNT", "TRX_TAX").rows()
    assert found == [{"TRX_AMOUNT": net, "TRX_TAX": tax}]


def test_a_draft_bill_needs_less_and_is_posted_by_an_update(peer: Peer) -> None:
    key = key_of(peer.call(bill(ACTION="Draft", WHENDUE="")))
    assert totals(peer)["STATE"] == "Draft"
    change = f"<RECORDNO>{key}</RECORDNO><ACTION>Submit</ACTION><WHENDUE>05/01/2025</WHENDUE>"
    assert peer.call(f"<update><APBILL>{change}</APBILL></update>").statuses == ["success"]
    assert totals(peer) == {"STATE": "Posted", "TOTALENTERED": "120", "TOTALPAID": "0", "TOTALDUE": "120"}


def test_picklist_codes_of_bills_in_read_by_query(peer: Peer) -> None:
    peer.call(bill())
    query = (
        "<readByQuery><object>APBILL</object><fields>RECORDID,STATE</fields><query>STATE = 'A'</query></readByQuery>"
    )
    assert peer.call(query).rows() == [{"RECORDID": "INV-778", "STATE": "Posted"}]


def test_payments_reduce_what_is_due_until_nothing_is(peer: Peer) -> None:
    key = key_of(peer.call(bill()))
    assert peer.call(payment(key, "20")).statuses == ["success"]
    assert totals(peer) == {"STATE": "Partially Paid", "TOTALENTERED": "120", "TOTALPAID": "20", "TOTALDUE": "100"}
    too_much = peer.call(payment(key, "100.01"))
    assert too_much.errors[0][1].startswith(f"The payment is more than what is due on AP Bill {key}.")
    last = key_of(peer.call(payment(key, "100")))
    assert totals(peer)["STATE"] == "Paid"
    assert peer.query("APPYMT", "WHENCREATED", "STATE", "TOTALENTERED", where=equal("RECORDNO", last)).rows() == [
        {"WHENCREATED": "05/02/2025", "STATE": "Complete", "TOTALENTERED": "100"}
    ]
    refused = peer.call(f"<delete><object>APBILL</object><keys>{key}</keys></delete>")
    assert refused.errors[0][1].startswith("A AP Bill that is paid or reversed cannot be changed.")
    peer.call(
        f"<void_appaymentrequest><appaymentkeys><appaymentkey>{last}</appaymentkey></appaymentkeys>"
        "</void_appaymentrequest>"
    )
    assert totals(peer) == {"STATE": "Partially Paid", "TOTALENTERED": "120", "TOTALPAID": "20", "TOTALDUE": "100"}


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({"VENDORID": "V-1002"}, "AP Bill '1' does not belong to 'V-1002'."),
        ({"FINANCIALENTITY": "BANK-9"}, "Bank 'BANK-9' is not valid"),
        ({"PAYMENTMETHOD": ""}, "The required field PAYMENTMETHOD"),
        ({"CURRENCY": "EUR"}, "Enable foreign-currency transactions"),
        ({"PAYMENTDATE": "12/02/2024"}, "Periods are closed."),
    ],
)
def test_a_payment_that_is_refused(peer: Peer, header: dict[str, str], text: str) -> None:
    peer.call(bill())
    assert peer.call(payment("1", "20", **header)).errors[0][1].startswith(text)
    assert totals(peer)["TOTALDUE"] == "120"


def test_a_draft_payment_pays_nothing_until_it_is_submitted(peer: Peer) -> None:
    key = key_of(peer.call(bill()))
    draft = key_of(peer.call(payment(key, "20", ACTION="Draft")))
    assert totals(peer)["TOTALDUE"] == "120"
    whole = payment(key, "30").replace("create>", "update>")
    changed = whole.replace("<APPYMT>", f"<APPYMT><RECORDNO>{draft}</RECORDNO>")
    assert peer.call(changed).statuses == ["success"]
    assert totals(peer)["TOTALDUE"] == "90"


CREATE_BILL = (
    f"<create_bill><vendorid>V-1001</vendorid><datecreated>{DAY.format(15)}</datecreated><termname>Net 30</termname>"
    "<billno>B-1</billno><ponumber>PO-5</ponumber><description>Hosting</description><payto><contactname/></payto>"
    "<billitems><lineitem><glaccountno>6710</glaccountno><amount>120.00</amount><memo>April</memo>"
    "<locationid>NYC</locationid><departmentid>520</departmentid></lineitem></billitems></create_bill>"
)


def test_the_legacy_bill_answers_with_a_key(peer: Peer) -> None:
    reply = peer.call(CREATE_BILL)
    assert (reply.statuses, reply.text("operation/result/key")) == (["success"], "1")
    assert peer.query("APBILL", "RECORDID", "DOCNUMBER", "WHENDUE").rows() == [
        {"RECORDID": "B-1", "DOCNUMBER": "PO-5", "WHENDUE": "05/15/2025"}
    ]
    reverse = f'<reverse_bill key="1"><datereversed>{DAY.format(20)}</datereversed></reverse_bill>'
    assert peer.call(reverse).statuses == ["success"]
    assert totals(peer)["STATE"] == "Reversed"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (
            CREATE_BILL.replace("<billno>B-1</billno>", "").replace(
                "</create_bill>", "<billno>B</billno></create_bill>"
            ),
            "billno",
        ),
        (CREATE_BILL.replace("<vendorid>V-1001</vendorid>", ""), "datecreated"),
        (CREATE_BILL.replace("<memo>April</memo>", "").replace("</lineitem>", "<memo>x</memo></lineitem>"), "memo"),
        ("<delete_bill/>", "delete_bill"),
    ],
)
def test_legacy_functions_insist_on_their_order(reader: Peer, wrong: str, named: str) -> None:
    reply = reader.call(wrong)
    assert reply.text("control/status") == "failure"
    assert reply.errors[0][0] == "XL03000003"
    assert f"'{named}'" in reply.errors[0][1]


def test_invoices_are_created_in_legacy_words_only_and_paid_by_receipts(peer: Peer) -> None:
    refused = peer.call(create("<ARINVOICE><CUSTOMERID>C-1001</CUSTOMERID></ARINVOICE>"))
    assert refused.errors[0][0] == "PL04000005"
    invoice = (
        f"<create_invoice><customerid>C-1001</customerid><datecreated>{DAY.format(30)}</datecreated>"
        "<termname>Net 30</termname><invoiceno>S-1</invoiceno><currency>USD</currency><invoiceitems><lineitem>"
        "<glaccountno>4000</glaccountno><amount>800.00</amount><locationid>NYC</locationid></lineitem></invoiceitems>"
        "</create_invoice>"
    )
    key = key_of(peer.call(invoice))
    receipt = (
        "<ARPYMT>{}<PAYMENTMETHOD>EFT</PAYMENTMETHOD><CUSTOMERID>C-1001</CUSTOMERID><RECEIPTDATE>05/20/2025</RECEIPTDATE>"
        f"<CURRENCY>USD</CURRENCY><ARPYMTDETAILS><ARPYMTDETAIL><RECORDKEY>{key}</RECORDKEY>"
        "<TRX_PAYMENTAMOUNT>800</TRX_PAYMENTAMOUNT></ARPYMTDETAIL></ARPYMTDETAILS></ARPYMT>"
    )
    assert peer.call(create(receipt.format(""))).errors[0][1].startswith("A receipt needs FINANCIALENTITY")
    assert peer.call(create(receipt.format("<FINANCIALENTITY>BANK-1</FINANCIALENTITY>"))).statuses == ["success"]
    assert totals(peer, "ARINVOICE")["STATE"] == "Paid"


def test_some_documented_fields_of_an_invoice_cannot_be_queried(reader: Peer) -> None:
    reply = reader.query("ARINVOICE", "RECORDNO", "INVOICENO", "DATEDUE")
    assert [number for number, _ in reply.errors] == ["XL03000006", "XL03000006"]
    assert reply.errors[0][1].startswith("The following fields cannot be queried: INVOICENO")


def test_an_expense_report_in_legacy_words(peer: Peer) -> None:
    report = (
        f"<create_expensereport><employeeid>HM-0004</employeeid><datecreated>{DAY.format(10)}</datecreated>"
        "<expensereportno>R-1</expensereportno><state>Submitted</state><description>Trip</description><expenses>"
        "<expense><expensetype>{}</expensetype><amount>42.10</amount>"
        f"<expensedate>{DAY.format(8)}</expensedate><memo>Train</memo><locationid>JC</locationid>"
        "<departmentid>200</departmentid></expense></expenses></create_expensereport>"
    )
    assert peer.call(report.format("Yacht")).errors[0][1].startswith("Eeaccountlabel 'Yacht' is not valid")
    assert peer.call(report.format("Travel")).statuses == ["success"]
    assert totals(peer, "EEXPENSES")["STATE"] == "Submitted"
    assert peer.query("EEXPENSESITEM", "ACCOUNTNO", "ENTRY_DATE", "EEXPENSES.RECORDID").rows() == [
        {"ACCOUNTNO": "6600", "ENTRY_DATE": "04/08/2025", "EEXPENSES.RECORDID": "R-1"}
    ]


def test_a_journal_entry_in_legacy_words(peer: Peer) -> None:
    def entry(side: str, account: str, more: str = "") -> str:
        return (
            f"<glentry><trtype>{side}</trtype><amount>12.50</amount><glaccountno>{account}</glaccountno>"
            f"<memo>m</memo><locationid>NYC</locationid>{more}</glentry>"
        )

    lines = entry("debit", "6000", "<departmentid>200</departmentid>") + entry("credit", "1051")
    function = (
        f"<create_gltransaction><journalid>GJ</journalid><datecreated>{DAY.format(1)}</datecreated>"
        "<description>Legacy</description><referenceno>L-1</referenceno>"
        f"<gltransactionentries>{lines}</gltransactionentries></create_gltransaction>"
    )
    key = key_of(peer.call(function))
    assert [(line["account"], line["side"]) for line in peer.journals("L-1")[0]["lines"]] == [  # type: ignore[attr-defined] # JSON
        ("6000", "debit"),
        ("1051", "credit"),
    ]
    assert peer.call(f'<delete_gltransaction key="{key}"/>').statuses == ["success"]
    assert peer.journals("L-1") == []


def test_master_data_is_deleted_in_legacy_words(peer: Peer) -> None:
    peer.call(create("<DEPARTMENT><DEPARTMENTID>X</DEPARTMENTID><TITLE>X</TITLE></DEPARTMENT>"))
    assert peer.call('<delete_department departmentid="X"/>').statuses == ["success"]
    assert peer.call('<delete_department departmentid="200"/>').errors[0][1].startswith("Department '200' is in use")


PDF = base64.b64encode(b"%PDF-1.4 register").decode()
SUPDOC = (
    "<create_supdoc><supdocid>{}</supdocid><supdocname>Register</supdocname><supdocfoldername>{}</supdocfoldername>"
    "<supdocdescription>d</supdocdescription><attachments><attachment><attachmentname>{}</attachmentname>"
    "<attachmenttype>pdf</attachmenttype><attachmentdata>{}</attachmentdata></attachment></attachments></create_supdoc>"
)
FOLDER = "<create_supdocfolder><supdocfoldername>Payroll 2025</supdocfoldername></create_supdocfolder>"


def test_attachments_are_stored_listed_and_carried_by_a_journal(peer: Peer) -> None:
    assert peer.call(FOLDER).text("operation/result/key") == "1"
    stored = peer.call(SUPDOC.format("PAY-1", "Payroll 2025", "register", PDF))
    assert stored.text("operation/result/key") == "1", "the record number, not the id"
    assert peer.call(create(batch(SUPDOCID="PAY-1"))).statuses == ["success"]
    assert peer.call(create(batch(SUPDOCID="NONE"))).errors[0][1].startswith("Supdoc 'NONE' is not valid")
    listed = peer.call('<get_list object="supdoc" maxitems="10"/>')
    kind = listed.root.find("operation/result/listtype")
    assert kind is not None
    assert (kind.text, attributes_of(kind)) == ("supdoc", {"start": "0", "end": "0", "total": "1"})
    assert listed.text("operation/result/data/supdoc/supdocid") == "PAY-1"
    path = "operation/result/data/supdoc/attachments/attachment/"
    assert (listed.text(f"{path}attachmentname"), listed.text(f"{path}attachmentdata")) == ("register", "")
    whole = peer.call('<get object="supdoc" key="PAY-1"/>')
    assert base64.b64decode(whole.text(f"{path}attachmentdata") or "") == b"%PDF-1.4 register"
    assert peer.call('<delete_supdoc key="PAY-1"/>').statuses == ["failure"], "a journal entry carries it"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("A", "Nowhere", "register", PDF), "Attachment folder 'Nowhere' is not valid"),
        (("A", "Payroll 2025", "register.pdf", PDF), "The attachment name 'register.pdf' must not be empty"),
        (("A", "Payroll 2025", "register", "no base64!"), "The data of the attachment 'register' is not base64."),
        (("PAY-1", "Payroll 2025", "register", PDF), "Another Attachment with the given value(s) PAY-1"),
    ],
)
def test_an_attachment_that_is_refused(peer: Peer, arguments: tuple[str, ...], text: str) -> None:
    peer.call(FOLDER)
    peer.call(SUPDOC.format("PAY-1", "Payroll 2025", "register", PDF))
    assert peer.call(SUPDOC.format(*arguments)).errors[0][1].startswith(text)


def test_an_update_adds_files_to_an_attachment(peer: Peer) -> None:
    peer.call(FOLDER)
    peer.call(SUPDOC.format("PAY-1", "Payroll 2025", "register", PDF))
    update = SUPDOC.format("PAY-1", "Payroll 2025", "trace", PDF).replace("create_supdoc", "update_supdoc")
    assert [peer.call(update).statuses for _ in range(2)] == [["success"], ["failure"]]
    names = peer.call('<get object="supdoc" key="PAY-1"/>').texts(".//attachmentname")
    assert names == ["register", "trace"]
