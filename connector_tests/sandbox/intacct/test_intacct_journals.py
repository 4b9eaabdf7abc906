"""Journal entries: what is accepted, what is refused with which words, what can be read back (sheet section 6)."""

from decimal import Decimal

import pytest

from connector_tests.sandbox.intacct.peer import NET_PAY, WAGES, Peer, Reply, batch, create, equal, line

REFERENCE = "PX-01080012-88123-L-1"
WRAPPER = "Could not create GLBatch record!"


def post(peer: Peer, *lines: str, **header: str) -> Reply:
    return peer.call(create(batch(*lines, **header)))


def recordno(reply: Reply) -> str:
    found = reply.text("operation/result/data/glbatch/RECORDNO")
    assert found, reply.response.text
    return found


def test_a_posted_entry_answers_with_its_record_number_in_a_lowercase_element(peer: Peer) -> None:
    reply = post(peer)
    assert reply.statuses == ["success"]
    assert reply.attributes == {"listtype": "objects", "count": "1"}
    assert [(str(row.tag), [str(cell.tag) for cell in row]) for row in reply.data] == [("glbatch", ["RECORDNO"])]


def test_an_entry_can_be_found_by_its_reference_and_read_with_its_lines(peer: Peer) -> None:
    key = recordno(post(peer, PX_RUN_ID="88123"))
    found = peer.query("GLBATCH", "RECORDNO", "STATE", where=equal("REFERENCENO", REFERENCE))
    assert found.rows() == [{"RECORDNO": key, "STATE": "Posted"}]
    entry = peer.call(f"<read><object>GLBATCH</object><keys>{key}</keys><fields>*</fields></read>").data[0]
    assert {name: entry.findtext(name) for name in ("JOURNAL", "BATCH_DATE", "MODULE", "ADJ", "PX_RUN_ID")} == {
        "JOURNAL": "PYRJ",
        "BATCH_DATE": "03/14/2025",
        "MODULE": "2.GL",
        "ADJ": "F",
        "PX_RUN_ID": "88123",
    }
    lines = entry.findall("ENTRIES/glentry")
    assert [line.findtext("TRX_AMOUNT") for line in lines] == ["1450.8", "1450.8"]
    assert [line.findtext("TR_TYPE") for line in lines] == ["1", "-1"]
    assert [line.findtext("LINE_NO") for line in lines] == ["1", "2"]
    assert [line.findtext("DEPARTMENT") for line in lines] == ["200", ""]
    assert {line.findtext("BATCHNO") for line in lines} == {key}


def test_lines_can_be_queried_with_the_state_of_their_entry(peer: Peer) -> None:
    key = recordno(post(peer))
    post(peer, REFERENCENO="OTHER", STATE="Draft")
    where = f"<and>{equal('GLBATCH.STATE', 'Posted')}{equal('BATCHNO', key)}</and>"
    reply = peer.query("GLENTRY", "ACCOUNTNO", "ACCOUNTTITLE", "BATCH_NUMBER", "STATISTICAL", where=where)
    assert reply.rows()[0] == {
        "ACCOUNTNO": "6000",
        "ACCOUNTTITLE": "Salaries",
        "BATCH_NUMBER": "1",
        "STATISTICAL": "F",
    }
    select = "<field>TR_TYPE</field><sum>TRX_AMOUNT</sum>"
    sums = peer.call(f"<query><object>GLENTRY</object><select>{select}</select><filter>{where}</filter></query>")
    assert {row["TR_TYPE"]: row["TRX_AMOUNT"] for row in sums.rows()} == {"1": "1450.8", "-1": "1450.8"}


def test_the_ledger_detail_holds_what_is_posted_only(peer: Peer) -> None:
    post(peer, STATE="Draft", REFERENCENO="DRAFT")
    post(peer)
    reply = peer.query("GLDETAIL", "REFERENCENO", "DEBITAMOUNT", "CREDITAMOUNT", "AMOUNT", "MODULEKEY")
    assert [row["REFERENCENO"] for row in reply.rows()] == [REFERENCE, REFERENCE]
    assert [(row["DEBITAMOUNT"], row["CREDITAMOUNT"], row["AMOUNT"]) for row in reply.rows()] == [
        ("1450.8", "0", "1450.8"),
        ("0", "1450.8", "-1450.8"),
    ]


def test_entries_are_numbered_per_journal(peer: Peer) -> None:
    for journal in ("PYRJ", "PYRJ", "GJ"):
        post(peer, JOURNAL=journal)
    found = peer.query("GLBATCH", "JOURNAL", "BATCHNO", "USERINFO.LOGINID").rows()
    assert [(row["JOURNAL"], row["BATCHNO"]) for row in found] == [("PYRJ", "1"), ("PYRJ", "2"), ("GJ", "1")]
    assert {row["USERINFO.LOGINID"] for row in found} == {"svc_connector"}


@pytest.mark.parametrize(
    ("lines", "header", "errorno", "text"),
    [
        ((line("9999", 1, "1"), NET_PAY), {}, "BL01001973", "Account 9999 is not valid"),
        ((line("6080", 1, "1", DEPARTMENT="200"), NET_PAY), {}, "BL01001973", "Account 6080 is not valid"),
        ((line("9001", 1, "1", DEPARTMENT="200"), NET_PAY), {}, "BL01001973", "Account 9001 is not valid"),
        (
            (line("6000", 1, "1"), NET_PAY),
            {},
            "BL03000018",
            "This transaction is missing the Department dimension for the Account 6000",
        ),
        (
            (line("5010", 1, "1", DEPARTMENT="200"), NET_PAY),
            {},
            "BL03000018",
            "This transaction is missing the Project dimension for the Account 5010",
        ),
        (
            (line("1051", 1, "1", location=""), NET_PAY),
            {},
            "BL03000018",
            "This transaction is missing the Location dimension for the Account 1051",
        ),
        ((line("6000", 1, "1", DEPARTMENT="999"), NET_PAY), {}, "BL01001973", "Department 999 is not valid"),
        ((line("6000", 1, "1", DEPARTMENT="900"), NET_PAY), {}, "BL01001973", "Department 900 is not valid"),
        ((line("1051", 1, "1", "MOON"), NET_PAY), {}, "BL01001973", "Location 'MOON' is not valid"),
        ((line("1051", 1, "1", "BOS"), NET_PAY), {}, "BL01001973", "Location 'BOS' is not valid"),
        ((line("1051", 1, "1", PROJECTID="P-9"), NET_PAY), {}, "BL01001973", "Invalid Project 'P-9' specified."),
        ((line("1051", 1, "1", PROJECTID="P-0990"), NET_PAY), {}, "BL01001973", "Invalid Project 'P-0990' specified."),
        ((line("1051", 1, "1", EMPLOYEEID="X"), NET_PAY), {}, "BL01001973", "The employee 'X' is invalid."),
        ((line("1051", 1, "1", CLASSID="OLD"), NET_PAY), {}, "BL01001973", "Class 'OLD' is not valid"),
        ((line("1051", 1, "1.005"), NET_PAY), {}, "BL03000018", "The amount 1.005 has more than 2 decimals."),
        ((line("1051", 1, "0.00"), NET_PAY), {}, "BL03000018", "The amount of a journal entry line cannot be zero."),
        (
            (line("1051", 1, "-5"), NET_PAY),
            {},
            "BL03000018",
            "The amount -5 of a journal entry line cannot be negative",
        ),
        ((line("1051", 1, "1,450.80"), NET_PAY), {}, "BL03000018", "Invalid value '1,450.80'"),
        ((line("1051", 2, "1"), NET_PAY), {}, "BL03000018", "TR_TYPE of a journal entry line must be 1"),
        ((line("1051", 1, ""), NET_PAY), {}, "BL03000018", "The field TRX_AMOUNT of a journal entry line is missing"),
        ((line("1010", 1, "1450.80"), NET_PAY), {}, "BL01001973", "The account number 1010 is associated to the bank"),
        ((line("1051", 1, "1", CURRENCY="EUR"), NET_PAY), {}, "BL01001973", "Enable foreign-currency transactions"),
        ((line("1051", 1, "1", LOCATIONID="NYC"), NET_PAY), {}, "DL02000001", "Field LOCATIONID is not a field"),
        ((WAGES,), {}, "BL03000018", "A journal entry needs at least one line"),
        ((WAGES, line("1051", -1, "1450.79")), {}, "BL01001973", "Transactions do not balance for Location E100"),
        (
            (line("6000", 1, "1450.80", "JC", DEPARTMENT="200"), NET_PAY),
            {},
            "BL01001973",
            "Transactions do not balance for Location E100",
        ),
        ((), {"JOURNAL": "XX"}, "BL01001973", "Journal 'XX' is not valid"),
        ((), {"JOURNAL": ""}, "BL03000018", "The required field JOURNAL of GLBatch is missing a value."),
        ((), {"BATCH_TITLE": ""}, "BL03000018", "The required field BATCH_TITLE of GLBatch is missing a value."),
        ((), {"BATCH_DATE": "2025-03-14"}, "BL03000018", "Invalid value '2025-03-14' for the field BATCH_DATE"),
        ((), {"REVERSEDATE": "03/14/2025"}, "BL03000018", "REVERSEDATE must be after BATCH_DATE."),
        ((), {"STATE": "Submitted"}, "BL03000018", "STATE must be Posted or Draft"),
        ((), {"BASELOCATION_NO": "NYC"}, "BL01001973", "Location 'NYC' is not valid"),
        ((), {"COLOUR": "red"}, "DL02000001", "Field COLOUR is not a field of GLBATCH"),
        ((), {"BATCH_DATE": "12/31/2024"}, "BL01001973", "Periods are closed. Your transaction date (12/31/2024)"),
        ((), {"BATCH_DATE": "01/15/2027"}, "BL01001973", "Periods are closed. Your transaction date (01/15/2027)"),
    ],
)
def test_the_first_error_is_specific_the_last_one_generic_and_nothing_is_stored(
    reader: Peer, lines: tuple[str, ...], header: dict[str, str], errorno: str, text: str
) -> None:
    reply = post(reader, *lines, **header)
    assert reply.statuses == ["failure"]
    assert reply.attributes == {"listtype": "objects", "count": "0"}
    assert reply.errors[0][0] == errorno
    assert reply.errors[0][1].startswith(text)
    assert "[Support ID: " in reply.errors[0][1]
    assert (reply.errors[-1][0], reply.errors[-1][1].startswith(WRAPPER)) == ("BL01001973", True)
    assert reader.query("GLENTRY", "RECORDNO").rows() == []


@pytest.mark.parametrize(
    ("switch", "value", "lines", "amounts"),
    [
        ("amount_decimals", "round", (line("1051", 1, "1.005"), line("1053", -1, "1.01")), ["1.01", "1.01"]),
        ("zero_amounts", "accept", (line("1051", 1, "0"), line("1053", -1, "0")), ["0", "0"]),
        ("negative_amounts", "accept", (line("1051", 1, "-5"), line("1053", 1, "5")), ["5", "5"]),
        ("bank_account_lines", "accept", (line("1010", 1, "5"), line("1053", -1, "5")), ["5", "5"]),
    ],
)
def test_what_nobody_confirmed_is_a_switch(
    peer: Peer, switch: str, value: str, lines: tuple[str, ...], amounts: list[str]
) -> None:
    assert post(peer, *lines).statuses == ["failure"]
    peer.switch(switch, value)
    assert post(peer, *lines).statuses == ["success"]
    assert peer.query("GLENTRY", "TRX_AMOUNT").column("TRX_AMOUNT") == amounts


def test_field_names_count_in_any_case_and_amount_stands_for_trx_amount(peer: Peer) -> None:
    entry = batch(WAGES, NET_PAY).replace("TRX_AMOUNT", "AMOUNT").lower().replace("pyrj", "PYRJ").replace("nyc", "NYC")
    entry = (
        entry.replace("03/14/2025", "3/4/2025").replace("<glbatch>", "<GLBATCH>").replace("</glbatch>", "</GLBATCH>")
    )
    assert peer.call(create(entry)).statuses == ["success"]
    assert peer.query("GLBATCH", "BATCH_DATE").column("BATCH_DATE") == ["03/04/2025"]


def test_empty_elements_of_a_create_count_as_missing(peer: Peer) -> None:
    assert post(peer, WAGES.replace("<DEPARTMENT>", "<PROJECTID/><DEPARTMENT>"), NET_PAY).statuses == ["success"]


def test_a_closed_month_refuses_until_it_is_opened_also_for_one_entity(peer: Peer) -> None:
    peer.admin("POST", "/intacct/periods", month="2025-03", closed=True, entity="E200")
    assert post(peer).statuses == ["success"]
    new_jersey = (line("1051", 1, "5", "JC"), line("1053", -1, "5", "E200"))
    refused = post(peer, *new_jersey)
    assert refused.errors[0][1].startswith("Periods are closed. Your transaction date (03/14/2025)")
    peer.admin("POST", "/intacct/periods", month="2025-03", closed=False, entity="E200")
    assert post(peer, *new_jersey).statuses == ["success"]
    peer.admin("POST", "/intacct/periods", month="2025-03", closed=True)
    peer.switch("closed_period_errorno", "BL03000018")
    assert post(peer).errors[0][0] == "BL03000018"


def test_an_account_inactivated_between_two_calls_refuses(peer: Peer) -> None:
    assert post(peer).statuses == ["success"]
    peer.admin("POST", "/intacct/records", object="GLACCOUNT", key="6000", fields={"STATUS": "inactive"})
    assert post(peer).errors[0][1].startswith("Account 6000 is not valid")


def test_a_dimension_can_be_made_mandatory(peer: Peer) -> None:
    peer.admin("POST", "/intacct/records", object="GLACCOUNT", key="6000", fields={"REQUIREEMPLOYEE": "true"})
    text = "This transaction is missing the Employee dimension for the Account 6000"
    assert post(peer).errors[0][1].startswith(text)
    assert post(peer, WAGES.replace("</GLENTRY>", "<EMPLOYEEID>HM-0004</EMPLOYEEID></GLENTRY>"), NET_PAY).statuses == [
        "success"
    ]


def test_each_entity_must_balance_and_explicit_lines_make_it_so(peer: Peer) -> None:
    lines = (
        line("6000", 1, "100", "JC", DEPARTMENT="200"),
        line("2410", -1, "100", "E200"),
        line("1310", 1, "100", "E100"),
        line("1051", -1, "100", "E100"),
    )
    assert post(peer, *lines).statuses == ["success"]


@pytest.mark.parametrize(("cost_side", "payable", "receivable"), [(1, "E200", "E100"), (-1, "E100", "E200")])
def test_a_source_entity_lets_the_ledger_add_payables_and_receivables(
    peer: Peer, cost_side: int, payable: str, receivable: str
) -> None:
    lines = (line("6000", cost_side, "100", "JC", DEPARTMENT="200"), line("1051", -cost_side, "100", "E100"))
    key = recordno(post(peer, *lines, BASELOCATION_NO="E100"))
    read = peer.query("GLENTRY", "ACCOUNTNO", "TR_TYPE", "LOCATION", "TRX_AMOUNT", where=equal("BATCHNO", key))
    assert [(row["ACCOUNTNO"], row["TR_TYPE"], row["LOCATION"]) for row in read.rows()[2:]] == [
        ("2410", "-1", payable),
        ("1310", "1", receivable),
    ]
    journal = peer.journals(REFERENCE)[0]
    assert journal["debit_cents"] == journal["credit_cents"]


def test_a_source_entity_does_not_hide_an_imbalance(peer: Peer) -> None:
    lines = (line("6000", 1, "100", "JC", DEPARTMENT="200"), line("1051", -1, "99", "E100"))
    reply = post(peer, *lines, BASELOCATION_NO="E100")
    assert reply.errors[0][1].startswith("Transactions do not balance for Location E100")


def test_an_entity_session_posts_to_its_own_locations_only(peer: Peer) -> None:
    session = peer.open_session("E200")
    refused = peer.call(create(batch()), session=session)
    assert refused.errors[0][1].startswith("Location 'NYC' is not valid")


def test_a_custom_allocation_becomes_one_line_per_split(peer: Peer) -> None:
    def split(amount: str, department: str) -> str:
        place = f"<LOCATIONID>NYC</LOCATIONID><DEPARTMENTID>{department}</DEPARTMENTID>"
        return f"<SPLIT><AMOUNT>{amount}</AMOUNT>{place}</SPLIT>"

    def allocated(*splits: str) -> str:
        whole = line("6000", 1, "1450.80", location="", ALLOCATION="Custom")
        return whole.replace("</GLENTRY>", f"{''.join(splits)}</GLENTRY>")

    short = post(peer, allocated(split("450.80", "200")), NET_PAY)
    assert short.errors[0][1].startswith("The splits sum up to 450.8, the line to 1450.8.")
    post(peer, allocated(split("450.80", "200"), split("1000", "210")), NET_PAY)
    found = peer.query("GLENTRY", "DEPARTMENT", "TRX_AMOUNT")
    assert [(row["DEPARTMENT"], row["TRX_AMOUNT"]) for row in found.rows()] == [
        ("200", "450.8"),
        ("210", "1000"),
        ("", "1450.8"),
    ]


def test_a_reverse_date_creates_the_mirrored_entry(peer: Peer) -> None:
    key = recordno(post(peer, REVERSEDATE="04/01/2025"))
    found = peer.query("GLBATCH", "RECORDNO", "BATCH_DATE", "BATCH_TITLE", "REVERSED", "REVERSEDKEY", "REVERSEDFROM")
    original, mirrored = found.rows()
    assert (original["RECORDNO"], original["REVERSED"]) == (key, "04/01/2025")
    assert original["REVERSEDKEY"] == mirrored["RECORDNO"]
    assert (mirrored["REVERSEDFROM"], mirrored["BATCH_DATE"]) == (key, "04/01/2025")
    assert mirrored["BATCH_TITLE"].startswith("Reversed - ")
    sides = peer.query("GLENTRY", "TR_TYPE", "TRX_AMOUNT", where=equal("BATCHNO", mirrored["RECORDNO"])).rows()
    assert [(row["TR_TYPE"], row["TRX_AMOUNT"]) for row in sides] == [("-1", "1450.8"), ("1", "1450.8")]


def test_the_month_of_the_reversal_must_be_open_too(peer: Peer) -> None:
    peer.admin("POST", "/intacct/periods", month="2025-04", closed=True)
    reply = post(peer, REVERSEDATE="04/01/2025")
    assert reply.errors[0][1].startswith("Periods are closed. Your transaction date (04/01/2025)")
    assert peer.query("GLBATCH", "RECORDNO").rows() == []


def test_a_draft_with_a_reverse_date_is_reversed_once_it_is_posted(peer: Peer) -> None:
    key = recordno(post(peer, STATE="Draft", REVERSEDATE="04/01/2025"))
    assert len(peer.journals(REFERENCE)) == 1
    updated = batch().replace("<GLBATCH>", f"<GLBATCH><RECORDNO>{key}</RECORDNO><STATE>Posted</STATE>")
    assert peer.call(f"<update>{updated}</update>").statuses == ["success"]
    assert [journal["state"] for journal in peer.journals(REFERENCE)] == ["Posted", "Posted"]


def test_the_same_reference_may_be_used_twice_unless_switched(peer: Peer) -> None:
    assert [post(peer).statuses for _ in range(2)] == [["success"], ["success"]]
    peer.switch("duplicate_referenceno", "refuse")
    assert post(peer).errors[0][0] == "BL03002185"


def test_a_value_of_another_entity_alone_is_refused_unless_switched(peer: Peer) -> None:
    body = {"object": "DEPARTMENT", "key": "200"}
    peer.admin("POST", "/intacct/restrict", **body, entity="E200")
    refused = post(peer)
    assert refused.errors
    assert "200" in refused.errors[0][1]
    peer.switch("restricted_values", "accept")
    assert post(peer).statuses == ["success"]
    peer.switch("restricted_values", "refuse")
    peer.admin("POST", "/intacct/restrict", **body, entity="")
    assert post(peer).statuses == ["success"], "every entity may use it again"


def test_an_update_replaces_every_line(peer: Peer) -> None:
    key = recordno(post(peer))
    changed = batch(line("6010", 1, "7", DEPARTMENT="210"), line("1051", -1, "7"), BATCH_TITLE="Second")
    reply = peer.call(f"<update>{changed.replace('<GLBATCH>', f'<GLBATCH><RECORDNO>{key}</RECORDNO>')}</update>")
    assert recordno(reply) == key
    assert peer.query("GLENTRY", "ACCOUNTNO", "BATCHNO").rows() == [
        {"ACCOUNTNO": "6010", "BATCHNO": key},
        {"ACCOUNTNO": "1051", "BATCHNO": key},
    ]


@pytest.mark.parametrize("what", ["closed", "reversed", "unknown", "journal", "back to draft"])
def test_an_entry_that_may_not_change_keeps_its_lines(peer: Peer, what: str) -> None:
    key = recordno(post(peer, **({"REVERSEDATE": "04/01/2025"} if what == "reversed" else {})))
    changed = {"journal": {"JOURNAL": "GJ"}, "back to draft": {"STATE": "Draft"}}.get(what, {})
    if what == "closed":
        peer.admin("POST", "/intacct/periods", month="2025-03", closed=True)
    before = peer.journals(REFERENCE)
    named = f"<GLBATCH><RECORDNO>{'999' if what == 'unknown' else key}</RECORDNO>"
    entry = batch(line("1051", 1, "7"), line("1053", -1, "7"), **{"BATCH_DATE": "05/02/2025", **changed})
    reply = peer.call(f"<update>{entry.replace('<GLBATCH>', named)}</update>")
    assert reply.statuses == ["failure"]
    assert reply.errors[-1][1].startswith("Could not update GLBatch record!")
    assert peer.journals(REFERENCE) == before


def test_an_entry_can_be_deleted_while_its_period_is_open(peer: Peer) -> None:
    keys = [recordno(post(peer)), recordno(post(peer, BATCH_DATE="04/30/2025"))]
    peer.admin("POST", "/intacct/periods", month="2025-04", closed=True)
    both = peer.call(f"<delete><object>GLBATCH</object><keys>{','.join(keys)}</keys></delete>")
    assert both.statuses == ["failure"]
    assert len(peer.journals(REFERENCE)) == 2, "nothing is deleted when one cannot be"
    alone = peer.call(f"<delete><object>GLBATCH</object><keys>{keys[0]}</keys></delete>")
    assert (alone.statuses, alone.root.find("operation/result/data")) == (["success"], None)
    assert len(peer.journals(REFERENCE)) == 1


def test_statistical_entries_need_one_line_and_no_balance(peer: Peer) -> None:
    headcount = line("9002", 1, "12.5", DEPARTMENT="200")
    reply = post(peer, headcount, JOURNAL="HCJ", REFERENCENO="HC-2025-03")
    assert reply.statuses == ["success"]
    found = peer.query("GLENTRY", "STATISTICAL", "TRX_AMOUNT", "ACCOUNTTITLE").rows()
    assert found == [{"STATISTICAL": "T", "TRX_AMOUNT": "12.5", "ACCOUNTTITLE": "FTE"}]
    assert post(peer, WAGES, JOURNAL="HCJ").errors[0][1].startswith("Account 6000 is not valid")


def test_with_approval_a_posting_ends_as_submitted(peer: Peer) -> None:
    peer.switch("journal_approval", "on")
    post(peer)
    assert peer.query("GLBATCH", "STATE").column("STATE") == ["Submitted"]
    codes = "<readByQuery><object>GLBATCH</object><fields>STATE</fields><query>STATE = 'S'</query></readByQuery>"
    assert peer.call(codes).column("STATE") == ["Submitted"]


def test_a_journal_of_a_thousand_lines_sums_up_to_the_cent(peer: Peer) -> None:
    amounts = [Decimal(n * 37 % 9973 + 1) / 100 for n in range(1000)]
    debits = [line("6010", 1, str(amount), DEPARTMENT="210") for amount in amounts]
    total = sum(amounts)
    assert post(peer, *debits, line("1051", -1, str(total))).statuses == ["success"]
    journal = peer.journals(REFERENCE)[0]
    assert journal["debit_cents"] == journal["credit_cents"] == int(total * 100)
    select = "<field>TR_TYPE</field><sum>TRX_AMOUNT</sum><count>RECORDNO</count>"
    found = peer.call(f"<query><object>GLENTRY</object><select>{select}</select></query>").rows()
    assert {row["TR_TYPE"]: (Decimal(row["TRX_AMOUNT"]), row["COUNT.RECORDNO"]) for row in found} == {
        "1": (total, "1000"),
        "-1": (total, "1"),
    }


EURO = {"CURRENCY": "EUR", "EXCHANGE_RATE": "1.0815"}


def test_a_company_of_several_currencies_balances_in_each_and_keeps_both_amounts(peer: Peer) -> None:
    cost, cash = line("6000", 1, "100.10", DEPARTMENT="200", **EURO), line("1051", -1, "100.10", **EURO)
    assert "Enable foreign-currency" in peer.call(create(batch(cost, cash))).errors[0][1]
    peer.switch("multi_currency", "on")
    assert peer.call(create(batch(cost, cash, WAGES, NET_PAY))).statuses == ["success"]
    amounts = peer.query("GLENTRY", "TRX_AMOUNT", "AMOUNT", "CURRENCY", where=equal("CURRENCY", "EUR")).rows()
    assert amounts == [{"TRX_AMOUNT": "100.1", "AMOUNT": "108.26", "CURRENCY": "EUR"}] * 2
    in_dollars = line("1051", -1, "108.26")
    assert "do not balance for Currency EUR" in peer.call(create(batch(cost, in_dollars))).errors[0][1]
    assert peer.call("<getFinancialSetup/>").text("operation/result/data/financialSetup/multiCurrency") == "true"


def test_a_rate_is_found_by_its_type_and_date(peer: Peer) -> None:
    peer.switch("multi_currency", "on")
    rates = "".join(
        f"<EXCHANGERATEENTRY><EFFECTIVE_START_DATE>{day}</EFFECTIVE_START_DATE><EXCHANGE_RATE>{rate}</EXCHANGE_RATE>"
        "</EXCHANGERATEENTRY>"
        for day, rate in (("01/01/2025", "1.05"), ("03/01/2025", "1.08"), ("04/01/2025", "1.2"))
    )
    kind = "<TYPENAME>Corporate</TYPENAME><FROM_CURRENCY>EUR</FROM_CURRENCY><TO_CURRENCY>USD</TO_CURRENCY>"
    peer.call(create(f"<EXCHANGERATE>{kind}<EXCHANGERATEENTRIES>{rates}</EXCHANGERATEENTRIES></EXCHANGERATE>"))

    def posted(name: str) -> Reply:
        euro = {"CURRENCY": "EUR", "EXCH_RATE_TYPE_ID": name}
        return peer.call(create(batch(line("6000", 1, "10", DEPARTMENT="200", **euro), line("1051", -1, "10", **euro))))

    assert posted("Corporate").statuses == ["success"]
    assert peer.query("GLENTRY", "AMOUNT").column("AMOUNT") == ["10.8", "10.8"]
    assert "needs EXCHANGE_RATE" in posted("Unknown").errors[0][1]
