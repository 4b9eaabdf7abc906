"""Beyond what this project posts: orders, adjustments, time, rates, contracts, cash, reports, by any HTTP client."""

import pytest

from connector_tests.sandbox.intacct.peer import Peer, Reply, create, equal

DAY = "<year>2025</year><month>03</month><day>14</day>"
CLOSED = "<year>2024</year><month>12</month><day>31</day>"
ORDER_LINE = (
    "<itemid>LAPTOP</itemid><quantity>{}</quantity><unit>Each</unit><price>900</price><locationid>NYC</locationid>"
)


def key(reply: Reply) -> str:
    assert reply.statuses == ["success"], reply.response.text
    return reply.text("operation/result/key") or reply.text("operation/result/data/*/RECORDNO") or ""


def order(definition: str = "Purchase Order", vendor: str = "V-1001", item: str = "LAPTOP") -> str:
    line = ORDER_LINE.format(2).replace("LAPTOP", item)
    return (
        f"<create_potransaction><transactiontype>{definition}</transactiontype><datecreated>{DAY}</datecreated>"
        f"<vendorid>{vendor}</vendorid><referenceno>REQ-3</referenceno><returnto><contactname/></returnto>"
        f"<payto><contactname/></payto><potransitems><potransitem>{line}</potransitem></potransitems>"
        "</create_potransaction>"
    )


def test_a_purchase_order_has_its_definition_in_its_key_and_its_lines_count_from_zero(peer: Peer) -> None:
    made = key(peer.call(order()))
    assert made == "Purchase Order-PO-00001"
    assert key(peer.call(order())) == "Purchase Order-PO-00002"
    changed = (
        f'<update_potransaction key="{made}"><referenceno>REQ-4</referenceno><updatepotransitems>'
        '<updatepotransitem line_num="1"><quantity>3</quantity></updatepotransitem></updatepotransitems>'
        "</update_potransaction>"
    )
    assert key(peer.call(changed)) == made
    found = peer.query("PODOCUMENT", "RECORDNO", "REFERENCENO", "STATE", where=equal("DOCID", made)).rows()
    assert [(row["REFERENCENO"], row["STATE"]) for row in found] == [("REQ-4", "Pending")]
    lines = peer.query("PODOCUMENTENTRY", "LINE_NO", "QUANTITY", where=equal("DOCKEY", found[0]["RECORDNO"])).rows()
    assert lines == [{"LINE_NO": "0", "QUANTITY": "3"}]
    verb = f"<approve><PODOCUMENT><DOCID>{made}</DOCID><COMMENT>fine</COMMENT></PODOCUMENT></approve>"
    assert peer.call(verb).statuses == ["success"]
    assert "cannot be changed by approve" in peer.call(verb).errors[0][1]
    assert peer.call(f'<delete_potransaction key="{made}"/>').statuses == ["success"]
    assert peer.query("PODOCUMENT", "DOCID").column("DOCID") == ["Purchase Order-PO-00002"]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (order("No Such Order"), "definition 'No Such Order' is not valid"),
        (order("Sales Order"), "definition 'Sales Order' is not valid"),
        (order("Entity Requisition"), "at an entity only"),
        (order(vendor="V-none"), "Vendor 'V-none' specified is not valid"),
        (order(item="none"), "Item 'none' is not valid"),
        (order().replace(DAY, CLOSED), "Periods are closed"),
    ],
)
def test_an_order_that_is_refused_says_why_and_leaves_nothing(peer: Peer, function: str, text: str) -> None:
    refused = peer.call(function)
    assert refused.statuses == ["failure"]
    assert text in refused.errors[0][1]
    assert peer.query("PODOCUMENT", "DOCID").rows() == []


def test_an_entity_may_use_a_definition_of_its_own(peer: Peer) -> None:
    assert key(peer.call(order("Entity Requisition"), entity="E100")) == "Entity Requisition-ER-00001"


@pytest.mark.parametrize(
    ("kind", "party"), [("ap", "<vendorid>V-1001</vendorid>"), ("ar", "<customerid>C-1001</customerid>")]
)
def test_an_adjustment_is_kept_with_its_lines_and_deleted(peer: Peer, kind: str, party: str) -> None:
    line = "<glaccountno>6700</glaccountno><amount>-12.50</amount><memo>Credit</memo><locationid>NYC</locationid>"
    made = key(
        peer.call(
            f"<create_{kind}adjustment>{party}<datecreated>{DAY}</datecreated><adjustmentno>A-1</adjustmentno>"
            f"<{kind}adjustmentitems><lineitem>{line}</lineitem></{kind}adjustmentitems></create_{kind}adjustment>"
        )
    )
    read = peer.call(f"<read><object>{kind.upper()}ADJUSTMENT</object><keys>{made}</keys><fields>*</fields></read>")
    assert [entry.text for entry in read.data.iter("AMOUNT")] == ["-12.5"]
    assert peer.call(f'<delete_{kind}adjustment key="{made}"/>').statuses == ["success"]
    assert peer.query(f"{kind.upper()}ADJUSTMENTITEM", "AMOUNT").rows() == []


def test_a_timesheet_is_replaced_approved_and_then_fixed(peer: Peer) -> None:
    entry = "<TIMESHEETENTRY><ENTRYDATE>03/10/2025</ENTRYDATE><QTY>{}</QTY></TIMESHEETENTRY>"
    sheet = "<EMPLOYEEID>HM-0001</EMPLOYEEID><BEGINDATE>03/09/2025</BEGINDATE><STATE>Submitted</STATE>"
    made = key(
        peer.call(create(f"<TIMESHEET>{sheet}<TIMESHEETENTRIES>{entry.format(7.5)}</TIMESHEETENTRIES></TIMESHEET>"))
    )
    lines = f"<TIMESHEETENTRIES>{entry.format(4)}{entry.format('3.25')}</TIMESHEETENTRIES>"
    peer.call(f"<update><TIMESHEET><RECORDNO>{made}</RECORDNO>{sheet}{lines}</TIMESHEET></update>")
    assert peer.query("TIMESHEETENTRY", "QTY").column("QTY") == ["4", "3.25"]
    verb = f"<{{0}}><TIMESHEET><RECORDNO>{made}</RECORDNO></TIMESHEET></{{0}}>"
    assert peer.call(verb.format("approve")).statuses == ["success"]
    assert peer.call(verb.format("decline")).statuses == ["failure"]
    assert peer.query("TIMESHEET", "STATE").column("STATE") == ["Approved"]
    assert peer.call(f'<delete_timesheet key="{made}"/>').statuses == ["success"]


def test_rates_and_earning_types_are_kept_by_their_keys(peer: Peer) -> None:
    made = key(
        peer.call(
            f"<create_employeerate><employeeid>HM-0001</employeeid><ratestartdate>{DAY}</ratestartdate>"
            "<salaryrate>120000</salaryrate></create_employeerate>"
        )
    )
    peer.call(
        f'<update_employeerate key="{made}"><ratestartdate>{DAY}</ratestartdate><salaryrate>130000</salaryrate>'
        "</update_employeerate>"
    )
    assert peer.query("EMPLOYEERATE", "SALARYRATE").column("SALARYRATE") == ["130000"]
    assert peer.call(f'<delete_employeerate key="{made}"/>').statuses == ["success"]
    earning = (
        "<create_earningtype><name>Regular</name><method>Hourly</method><billableacctno>5010</billableacctno>"
        "<nonbillableacctno>6010</nonbillableacctno></create_earningtype>"
    )
    assert key(peer.call(earning)).isdigit()
    assert peer.call(earning).errors[0][0] == "BL34000061"


def test_a_contract_line_is_held_and_resumed(peer: Peer) -> None:
    contract = (
        "<CONTRACT><CUSTOMERID>C-1001</CUSTOMERID><NAME>Advice</NAME><BEGINDATE>01/01/2025</BEGINDATE>"
        "<TERMNAME>Net 30</TERMNAME><TERMTYPE>Evergreen</TERMTYPE><LOCATIONID>NYC</LOCATIONID></CONTRACT>"
    )
    made = peer.call(create(contract))
    assert made.text("operation/result/data/contract/CONTRACTID") == "CON-00001"
    line = key(
        peer.call(
            create(
                "<CONTRACTDETAIL><CONTRACTID>CON-00001</CONTRACTID><ITEMID>CONSULT</ITEMID>"
                "<BILLINGMETHOD>Fixed price</BILLINGMETHOD><LOCATIONID>NYC</LOCATIONID></CONTRACTDETAIL>"
            )
        )
    )
    asked = f"<CONTRACTDETAIL><RECORDNO>{line}</RECORDNO><ASOFDATE>04/01/2025</ASOFDATE></CONTRACTDETAIL>"
    assert peer.call(f"<resume>{asked}</resume>").statuses == ["failure"]
    assert peer.call(f"<hold>{asked}</hold>").statuses == ["success"]
    assert peer.query("CONTRACTDETAIL", "STATE", "ASOFDATE").rows() == [{"STATE": "On hold", "ASOFDATE": "04/01/2025"}]
    assert peer.call(f"<resume>{asked}</resume>").statuses == ["success"]
    assert "is in use by Contract" in peer.call('<delete_item itemid="CONSULT"/>').errors[0][1]


def invoice(peer: Peer, number: str) -> str:
    line = "<glaccountno>4000</glaccountno><amount>800</amount><locationid>NYC</locationid>"
    return key(
        peer.call(
            f"<create_invoice><customerid>C-1001</customerid><datecreated>{DAY}</datecreated>"
            f"<termname>Net 30</termname><invoiceno>{number}</invoiceno>"
            f"<invoiceitems><lineitem>{line}</lineitem></invoiceitems></create_invoice>"
        )
    )


def receipt(items: str = "", amount: str = "800") -> str:
    return (
        f"<create_arpayment><customerid>C-1001</customerid><paymentamount>{amount}</paymentamount>"
        f"<bankaccountid>BANK-1</bankaccountid><refid>RCV-1</refid><datereceived>{DAY}</datereceived>"
        f"<paymentmethod>EFT</paymentmethod>{items}</create_arpayment>"
    )


def test_a_legacy_receipt_pays_its_invoices_and_is_reversed(peer: Peer) -> None:
    first = invoice(peer, "S-1")
    item = f"<arpaymentitem><invoicekey>{first}</invoicekey><amount>800</amount></arpaymentitem>"
    made = key(peer.call(receipt(item)))
    assert peer.query("ARINVOICE", "STATE").column("STATE") == ["Paid"]
    undo = f'<reverse_arpayment key="{made}"><datereversed>{DAY}</datereversed></reverse_arpayment>'
    assert key(peer.call(undo)) == made
    assert peer.query("ARINVOICE", "STATE").column("STATE") == ["Posted"]


def test_a_legacy_receipt_without_invoices_is_an_advance_that_is_applied_as_far_as_it_goes(peer: Peer) -> None:
    advance = key(peer.call(receipt(amount="1000")))
    first, second = invoice(peer, "S-1"), invoice(peer, "S-2")

    def apply(key_of_invoice: str, amount: str) -> Reply:
        item = f"<arpaymentitem><invoicekey>{key_of_invoice}</invoicekey><amount>{amount}</amount></arpaymentitem>"
        return peer.call(
            f"<apply_arpayment><arpaymentkey>{advance}</arpaymentkey><paymentdate>{DAY}</paymentdate>"
            f"<arpaymentitems>{item}</arpaymentitems></apply_arpayment>"
        )

    assert apply(first, "800").statuses == ["success"]
    assert "that much left" in apply(second, "800").errors[0][1]
    assert apply(second, "200").statuses == ["success"]
    assert peer.query("ARINVOICE", "STATE").column("STATE") == ["Paid", "Partially Paid"]
    assert peer.query("ARADVANCE", "UNAPPLIED").column("UNAPPLIED") == ["0"]


def test_a_card_transaction_is_changed_and_reversed_in_an_open_period_only(peer: Peer) -> None:
    item = "<glaccountno>6600</glaccountno><description>Train</description><paymentamount>45.10</paymentamount>"
    made = key(
        peer.call(
            f"<record_cctransaction><chargecardid>CARD-1</chargecardid><paymentdate>{DAY}</paymentdate>"
            f"<ccpayitems><ccpayitem>{item}</ccpayitem></ccpayitems></record_cctransaction>"
        )
    )
    peer.call(f'<update_cctransaction key="{made}"><payee>Rail</payee></update_cctransaction>')
    undo = f'<reverse_cctransaction key="{made}"><datereversed>{{}}</datereversed></reverse_cctransaction>'
    assert "Periods are closed" in peer.call(undo.format(CLOSED)).errors[0][1]
    assert peer.call(undo.format(DAY)).statuses == ["success"]
    assert peer.query("CCTRANSACTION", "PAYEE", "STATE").rows() == [{"PAYEE": "Rail", "STATE": "Reversed"}]


def test_a_payment_waits_for_nobody(peer: Peer) -> None:
    for verb in ("approve", "decline", "confirm", "send"):
        keys = "<appaymentkeys><appaymentkey>1</appaymentkey></appaymentkeys>"
        asked = peer.call(f"<{verb}_appaymentrequest>{keys}</{verb}_appaymentrequest>")
        assert "Cannot find AP Payment" in asked.errors[0][1]


def test_a_report_is_read_once_and_gone(peer: Peer) -> None:
    began = peer.call("<readReport><report>Trial chart</report><pagesize>50</pagesize></readReport>")
    report = began.text("operation/result/data/report_results/REPORTID")
    assert began.text("operation/result/data/report_results/STATUS") == "PENDING"
    more = f"<readMore><reportId>{report}</reportId></readMore>"
    pages: list[Reply] = []
    while not pages or pages[-1].attributes["numremaining"] != "0":
        pages.append(peer.call(more))
    assert sum(len(page.rows()) for page in pages) == int(pages[0].attributes["totalcount"]) > 50
    assert pages[0].attributes["listtype"] == "report"
    assert peer.call(more).statuses == ["failure"]
    assert "does not exist" in peer.call("<readReport><report>Mine</report></readReport>").errors[0][1]


@pytest.mark.parametrize(
    ("function", "errorno", "text"),
    [
        ("<getUserPermissions/>", "PL04000005", "permission for API operation getUserPermissions"),
        ("<get_trialbalance/>", "PL04000005", "permission for API operation get_trialbalance"),
        (
            "<readRelated><object>CLASS</object><keys>1</keys><relation>R</relation></readRelated>",
            "BL01001973",
            "The relation 'R' of CLASS does not exist",
        ),
        ("<hold><CLASS><RECORDNO>1</RECORDNO></CLASS></hold>", "DL02000001", "CLASS has no function hold"),
        ("<close_books/>", "XL03000009", "There was an error processing the function close_books"),
    ],
)
def test_what_this_company_cannot_do_is_refused_in_the_gateways_words(
    reader: Peer, function: str, errorno: str, text: str
) -> None:
    refused = reader.call(function)
    assert (refused.statuses, refused.errors[0][0]) == (["failure"], errorno)
    assert text in refused.errors[0][1] + refused.response.text
