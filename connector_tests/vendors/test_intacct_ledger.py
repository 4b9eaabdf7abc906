"""Intacct as a ledger: what a journal looks like on the wire, when a receipt is given, and what is found again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

import pytest

from connector_assets.accounting import statistics
from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.vendors.errors import OutcomeUnknownError, ProtocolError, RefusedError
from connector_assets.vendors.intacct.ledger import STATISTICAL, IntacctLedger, custom_names, journal_node
from connector_assets.vendors.protocols import Ledger, Receipt
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer
from connector_tests.vendors.intacct_wire import (
    Responder,
    asked,
    client_for,
    done,
    error,
    failed,
    login,
    page,
    respond,
    written,
)

Server = Callable[[Script], AbstractContextManager[ScriptedServer]]


def line(account_no: str, amount_cents: int, **dimensions: str) -> JournalLine:
    names = ("department_id", "location_id", "project_id", "class_id", "employee_id")
    department, location, project, class_id, employee = (dimensions.get(name) for name in names)
    return JournalLine(account_no, amount_cents, department, location, project, class_id, employee, "E100", "Wages")


JOURNAL = Journal(
    kind="labor",
    reference="PX-01080012-1042-L-1",
    journal_symbol="PYRJ",
    entry_date=date(2031, 4, 5),
    title="PR BW 2031-04-05 #1042 r1",
    currency="USD",
    state="Posted",
    lines=(
        line("6000", 145080, department_id="200", location_id="NYC", project_id="P-1000"),
        line("6010", 20000, department_id="300", location_id="AUS"),
        line("2080", -165080, location_id="E100"),
    ),
)
HEADER = {
    "RECORDNO": "812",
    "BATCHNO": "33",
    "JOURNAL": "PYRJ",
    "BATCH_DATE": "4/5/2031",
    "BATCH_TITLE": "PR BW",
    "REFERENCENO": JOURNAL.reference,
    "STATE": "Posted",
}


def stored(number: int, account_no: str, tr_type: str, amount: str, **fields: str) -> dict[str, str]:
    """A GLENTRY as the gateway gives it: trailing zeros dropped, empty dimensions as empty texts."""
    empty = dict.fromkeys(("DEPARTMENT", "LOCATION", "PROJECTID", "CLASSID", "EMPLOYEEID"), "")
    row = {"RECORDNO": str(number), "BATCHNO": "812", "ACCOUNTNO": account_no, "TR_TYPE": tr_type}
    return row | {"TRX_AMOUNT": amount, "AMOUNT": amount, "CURRENCY": "USD", "DESCRIPTION": "Wages"} | empty | fields


ROWS = [
    stored(1, "2080", "-1", "1650.8", LOCATION="E100"),
    stored(2, "6000", "1", "1450.8", DEPARTMENT="200", LOCATION="NYC", PROJECTID="P-1000"),
    stored(3, "6010", "1", "200", DEPARTMENT="300", LOCATION="AUS"),
]
CREATED = respond(done(written("glbatch", 812)))


def batches(*rows: dict[str, str], name: str = "GLBATCH") -> Responder:
    return respond(done(page(name, list(rows))))


def entries(*rows: dict[str, str], name: str = "GLENTRY") -> Responder:
    return respond(done(page(name, list(rows))))


def test_it_is_the_ledger_that_the_poster_asks_for() -> None:
    ledger: Ledger = IntacctLedger(client_for("http://127.0.0.1:9"))
    assert (ledger.system, ledger.processing_window_s) == ("intacct", 900)


def test_a_journal_goes_out_once_under_its_control_id(scripted_server: Server) -> None:
    with scripted_server([login(), CREATED, batches(HEADER)]) as server:
        receipt = IntacctLedger(client_for(server.url)).send(JOURNAL, "px:1042:L:1")
    assert receipt == Receipt("812", "33", "Posted")
    request = asked(server.requests[1])
    assert (request.unique, request.transaction, request.control_ids) == ("true", "true", ["px:1042:L:1"])
    batch = request.bodies[0][0]
    assert [(item.tag, item.text) for item in list(batch)[:5]] == [
        ("JOURNAL", "PYRJ"),
        ("BATCH_DATE", "04/05/2031"),
        ("BATCH_TITLE", "PR BW 2031-04-05 #1042 r1"),
        ("REFERENCENO", "PX-01080012-1042-L-1"),
        ("STATE", "Posted"),
    ]
    first, _, last = batch[5]
    assert [(item.tag, item.text) for item in first] == [
        ("ACCOUNTNO", "6000"),
        ("TR_TYPE", "1"),
        ("TRX_AMOUNT", "1450.80"),
        ("CURRENCY", "USD"),
        ("LOCATION", "NYC"),
        ("DEPARTMENT", "200"),
        ("PROJECTID", "P-1000"),
        ("DESCRIPTION", "Wages"),
    ]
    assert (last.findtext("TR_TYPE"), last.findtext("TRX_AMOUNT"), last.find("DEPARTMENT")) == ("-1", "1650.80", None)


def test_a_key_that_cannot_be_read_back_is_no_receipt(scripted_server: Server) -> None:
    denied = respond(failed(error("PL04000005", "You do not have permission")))
    with scripted_server([login(), CREATED, denied]) as server, pytest.raises(OutcomeUnknownError, match="read back"):
        IntacctLedger(client_for(server.url)).send(JOURNAL, "px:1")


@pytest.mark.parametrize("seen", [[HEADER | {"REFERENCENO": "PX-of-another"}], []])
def test_a_key_of_another_journal_is_no_receipt(scripted_server: Server, seen: list[dict[str, str]]) -> None:
    with (
        scripted_server([login(), CREATED, batches(*seen)]) as server,
        pytest.raises(OutcomeUnknownError, match="its key 812 is not that of this journal"),
    ):
        IntacctLedger(client_for(server.url)).send(JOURNAL, "px:1")


@pytest.mark.parametrize(
    "data", ["", written("glbatch"), "<key>812</key>", written("glbatch", 1, 2), written("glentry", 812)]
)
def test_success_without_our_one_record_number_is_unknown(scripted_server: Server, data: str) -> None:
    with scripted_server([login(), respond(done(data))]) as server, pytest.raises(OutcomeUnknownError):
        IntacctLedger(client_for(server.url)).send(JOURNAL, "px:1")


@pytest.mark.parametrize(
    "journal",
    [
        replace(JOURNAL, lines=()),
        replace(JOURNAL, lines=(*JOURNAL.lines, line("6000", 0))),
        replace(JOURNAL, lines=JOURNAL.lines[:1]),
        replace(JOURNAL, kind="statistical", lines=()),
        replace(JOURNAL, reference=""),
    ],
)
def test_a_journal_that_intacct_could_only_refuse_is_not_sent(journal: Journal) -> None:
    with pytest.raises(RefusedError, match="not sent"):
        IntacctLedger(client_for("http://127.0.0.1:9")).send(journal, "px:1")


def test_a_statistical_journal_may_have_one_line() -> None:
    hours = replace(JOURNAL, kind=STATISTICAL, lines=(line("9010", 8_00),))
    assert "ENTRIES" in journal_node(hours)
    assert statistics.KIND == STATISTICAL  # the ledger's client cannot import it: it does without pandas


def test_what_was_posted_is_found_with_an_equal_digest(scripted_server: Server) -> None:
    with scripted_server([login(), batches(HEADER), entries(*ROWS)]) as server:
        (found,) = IntacctLedger(client_for(server.url)).find(JOURNAL)
    assert (found.receipt, found.digest) == (Receipt("812", "33", "Posted"), JOURNAL.digest())
    by_reference, by_batch = (asked(item).bodies[0].find("filter/equalto") for item in server.requests[1:])
    assert by_reference is not None and by_batch is not None
    assert (by_reference.findtext("field"), by_reference.findtext("value")) == ("REFERENCENO", JOURNAL.reference)
    assert (by_batch.findtext("field"), by_batch.findtext("value")) == ("BATCHNO", "812")


def test_letter_case_of_elements_and_a_company_of_one_currency_change_nothing(scripted_server: Server) -> None:
    lower = [{name.lower(): text for name, text in row.items()} for row in ROWS]
    bare = [{**row, "currency": "", "trx_amount": ""} for row in lower]
    header = {name.lower(): text for name, text in HEADER.items()} | {"state": "Draft"}
    with scripted_server([login(), batches(header, name="glbatch"), entries(*bare, name="glentry")]) as server:
        (found,) = IntacctLedger(client_for(server.url)).find(JOURNAL)
    assert (found.receipt.state, found.digest) == ("Draft", JOURNAL.digest())


DIFFERENCES = {
    "amount": [{**ROWS[0], "TRX_AMOUNT": "1650.81", "AMOUNT": "1650.81"}, *ROWS[1:]],
    "side": [{**ROWS[0], "TR_TYPE": "1"}, *ROWS[1:]],
    "department": [*ROWS[:2], {**ROWS[2], "DEPARTMENT": "310"}],
    "line missing": ROWS[:2],
    "line added": [*ROWS, stored(4, "6000", "1", "1")],
    "currency": [{**row, "CURRENCY": "EUR"} for row in ROWS],
    "two currencies": [{**ROWS[0], "CURRENCY": "EUR"}, *ROWS[1:]],
    "three decimals": [{**ROWS[0], "TRX_AMOUNT": "1650.801"}, *ROWS[1:]],
    "no side": [{**ROWS[0], "TR_TYPE": ""}, *ROWS[1:]],
    "no amount": [{**ROWS[0], "TRX_AMOUNT": "", "AMOUNT": ""}, *ROWS[1:]],
}


@pytest.mark.parametrize("rows", DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_journal_that_differs_is_found_as_different(scripted_server: Server, rows: list[dict[str, str]]) -> None:
    with scripted_server([login(), batches(HEADER), entries(*rows)]) as server:
        (found,) = IntacctLedger(client_for(server.url)).find(JOURNAL)
    assert found.receipt.key == "812"
    assert found.digest != JOURNAL.digest()


TAGGED = replace(
    JOURNAL,
    lines=(
        replace(JOURNAL.lines[0], custom_dimensions=(("GLDIMGRANT", "12"), ("GLDIMFUND", "3"))),
        replace(JOURNAL.lines[1], custom_dimensions=(("GLDIMGRANT", "13"),)),
        JOURNAL.lines[2],
    ),
)
TAGS: list[dict[str, str]] = [
    {"GLDIMGRANT": "", "GLDIMFUND": ""},
    {"GLDIMGRANT": "12", "GLDIMFUND": "3"},
    {"GLDIMGRANT": "13", "GLDIMFUND": ""},
]


def test_user_defined_dimensions_go_out_after_the_memo_and_are_found_again(scripted_server: Server) -> None:
    rows = [row | tags for row, tags in zip(ROWS, TAGS, strict=True)]
    other = [*rows[:2], rows[2] | {"GLDIMGRANT": "14"}]
    found = [batches(HEADER), entries(*rows), batches(HEADER), entries(*other), batches(HEADER), entries(*rows)]
    with scripted_server([login(), CREATED, batches(HEADER), *found]) as server:
        ledger = IntacctLedger(client_for(server.url))
        ledger.send(TAGGED, "px:1042:L:1")
        (same,), (different,) = ledger.find(TAGGED), ledger.find(TAGGED)
        (held,) = ledger.read_back(TAGGED.reference, custom_names(TAGGED))
    first, second, last = asked(server.requests[1]).bodies[0][0][5]
    assert [(item.tag, item.text) for item in first][-3:] == [
        ("DESCRIPTION", "Wages"),
        ("GLDIMFUND", "3"),
        ("GLDIMGRANT", "12"),
    ]
    assert (second.find("GLDIMFUND"), second.findtext("GLDIMGRANT"), last.find("GLDIMGRANT")) == (None, "13", None)
    assert same.digest == TAGGED.digest() != JOURNAL.digest()
    assert different.digest != TAGGED.digest()
    assert held.lines[1].custom_dimensions == (("GLDIMFUND", "3"), ("GLDIMGRANT", "12"))
    selected = asked(server.requests[4]).bodies[0].findall("select/field")
    assert [item.text for item in selected][-2:] == ["GLDIMFUND", "GLDIMGRANT"]


@pytest.mark.parametrize(
    "custom",
    [
        (("GRANT", "12"),),
        (("GLDIM<", "12"),),
        (("GLDIMGRANT", "twelve"),),
        (("GLDIMGRANT", ""),),
        (("GLDIMGRANT", "1"), ("GLDIMGRANT", "2")),
    ],
)
def test_what_no_user_defined_dimension_can_be_is_not_sent(custom: tuple[tuple[str, str], ...]) -> None:
    tagged = replace(JOURNAL, lines=(replace(JOURNAL.lines[0], custom_dimensions=custom), *JOURNAL.lines[1:]))
    with pytest.raises(RefusedError, match="not sent"):
        IntacctLedger(client_for("http://127.0.0.1:9")).send(tagged, "px:1")


@pytest.mark.parametrize("change", [{"JOURNAL": "GJ"}, {"BATCH_DATE": "04/06/2031"}, {"BATCH_DATE": ""}])
def test_another_book_or_date_is_different_too(scripted_server: Server, change: dict[str, str]) -> None:
    with scripted_server([login(), batches(HEADER | change), entries(*ROWS)]) as server:
        (found,) = IntacctLedger(client_for(server.url)).find(JOURNAL)
    assert found.digest != JOURNAL.digest()


def test_nothing_and_everything_with_the_reference_is_found(scripted_server: Server) -> None:
    two = [HEADER, HEADER | {"RECORDNO": "900", "BATCHNO": "40", "STATE": "Draft"}]
    almost = HEADER | {"RECORDNO": "901", "REFERENCENO": JOURNAL.reference.lower()}
    replies = [login(), batches(), batches(*two, almost), entries(*ROWS), entries()]
    with scripted_server(replies) as server:
        ledger = IntacctLedger(client_for(server.url))
        assert ledger.find(JOURNAL) == []
        first, second = ledger.find(JOURNAL)
    assert (first.receipt.key, second.receipt.key, second.receipt.state) == ("812", "900", "Draft")
    assert first.digest == JOURNAL.digest() != second.digest


def test_a_look_up_that_fails_is_never_taken_for_nothing_found(scripted_server: Server) -> None:
    broken = [ScriptedReply(200, "<response/>"), ScriptedReply(200, ""), ScriptedReply(200, "")]
    with scripted_server([login(), *broken]) as server, pytest.raises(ProtocolError):
        IntacctLedger(client_for(server.url)).find(JOURNAL)


def test_read_back_gives_lines_in_cents_with_their_sides(scripted_server: Server) -> None:
    with scripted_server([login(), batches(HEADER), entries(*ROWS)]) as server:
        (posted,) = IntacctLedger(client_for(server.url)).read_back(JOURNAL.reference)
    assert (posted.number, posted.entry_date, posted.currency) == ("33", date(2031, 4, 5), "USD")
    assert [(item.account_no, item.amount_cents) for item in posted.lines] == [
        ("2080", -165080),
        ("6000", 145080),
        ("6010", 20000),
    ]
    assert posted.debit_cents() == posted.credit_cents() == JOURNAL.debit_cents() == 165080


def test_read_back_refuses_what_is_not_in_whole_cents(scripted_server: Server) -> None:
    replies = [login(), batches(HEADER), entries(*DIFFERENCES["three decimals"])]
    with scripted_server(replies) as server, pytest.raises(ProtocolError, match="GLENTRY 1 amount"):
        IntacctLedger(client_for(server.url)).read_back(JOURNAL.reference)
