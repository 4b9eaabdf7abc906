"""Large journals: how they are cut, what arrives, and what is found again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.vendors.errors import OutcomeUnknownError, RefusedError
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.intacct.parts import MOST_LINES_IN_ALL, is_whole_set, journal_parts, part_of
from connector_assets.vendors.protocols import Receipt
from connector_tests.vendors.conftest import Script, ScriptedServer
from connector_tests.vendors.intacct_wire import (
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
from connector_tests.vendors.test_intacct_ledger import HEADER, stored

Server = Callable[[Script], AbstractContextManager[ScriptedServer]]


def pair(entity: str, worker: str, cents: int) -> list[JournalLine]:
    """A debit and its credit."""
    debit = JournalLine("6000", cents, "200", "NYC", None, None, worker, entity, "Wages")
    return [debit, replace(debit, account_no="2080", amount_cents=-cents, department_id=None)]


def journal(lines: list[JournalLine]) -> Journal:
    return Journal("labor", "PX-1", "PYRJ", date(2031, 4, 5), "PR BW", "USD", "Posted", tuple(lines))


WORKED = st.tuples(st.sampled_from(["E1", "E2", "E3"]), st.sampled_from("abcd"), st.integers(1, 10**9))


@given(st.lists(WORKED, min_size=1, max_size=60), st.integers(2, 40))
def test_parts_hold_every_line_once_and_each_balances(pairs: list[tuple[str, str, int]], most_lines: int) -> None:
    whole = journal([line for made in pairs for line in pair(*made)])
    parts = journal_parts(whole, most_lines)
    assert sorted(map(repr, whole.lines)) == sorted(repr(line) for part in parts for line in part.lines)
    assert all(part.debit_cents() == part.credit_cents() for part in parts)
    assert all(part.unbalanced_entities() == {} for part in parts)
    assert len(parts) == 1 or is_whole_set(part.title for part in parts)


def test_a_small_journal_is_left_as_it_is() -> None:
    whole = journal(pair("E1", "a", 5))
    assert journal_parts(whole, 2) == (whole,)


def test_entities_are_kept_whole_and_fill_the_parts() -> None:
    lines = [line for entity in ("E1", "E2", "E3") for line in pair(entity, "a", 5) * 2]
    assert [{line.entity_id for line in part.lines} for part in journal_parts(journal(lines), 8)] == [
        {"E1", "E2"},
        {"E3"},
    ]


def test_a_large_entity_is_cut_between_workers_whose_lines_balance() -> None:
    lines = [line for worker in "abc" for line in pair("E1", worker, 5)]
    parts = journal_parts(journal(lines), 4)
    assert [{line.employee_id for line in part.lines} for part in parts] == [{"a", "b"}, {"c"}]
    assert [part.title for part in parts] == ["PR BW [1/2]", "PR BW [2/2]"]


def test_what_balances_only_as_a_whole_stays_whole() -> None:
    debits = [pair("E1", worker, 5)[0] for worker in "abcd"]
    whole = journal([*debits, replace(debits[0], account_no="2080", amount_cents=-20, employee_id=None)])
    assert journal_parts(whole, 2) == (whole,)


def test_more_than_one_transaction_takes_is_refused_before_anything_is_sent() -> None:
    lines = [line for number in range(MOST_LINES_IN_ALL // 2 + 1) for line in pair("E1", str(number), 5)]
    with pytest.raises(RefusedError, match="more than one transaction takes"):
        IntacctLedger(client_for("http://127.0.0.1:9")).send(journal(lines), "px:1")


@pytest.mark.parametrize(
    ("titles", "whole"),
    [(["a [1/2]", "a [2/2]"], True), (["a [2/2]"], False), (["a [1/2]", "b [1/2]"], False), (["a [1/2]"] * 2, False)],
)
def test_only_a_complete_set_of_parts_is_one_journal(titles: list[str], whole: bool) -> None:
    assert is_whole_set(titles) is whole
    assert part_of("Payroll [April]") is None


TWO = journal([*pair("E1", "a", 500), *pair("E2", "b", 700)])
PARTS = [HEADER | {"RECORDNO": key, "BATCHNO": key, "REFERENCENO": "PX-1", "BATCH_TITLE": title} for key, title in (
    ("812", "PR BW [1/2]"), ("813", "PR BW [2/2]"))]  # fmt: skip


def part_lines(amount: str, worker: str) -> str:
    place = {"LOCATION": "NYC", "EMPLOYEEID": worker}
    rows = [stored(1, "6000", "1", amount, DEPARTMENT="200", **place), stored(2, "2080", "-1", amount, **place)]
    return page("GLENTRY", rows)


def test_all_parts_go_out_in_one_transaction_and_make_one_receipt(scripted_server: Server) -> None:
    made = respond(done(written("glbatch", 812)), done(written("glbatch", 813)))
    with scripted_server([login(), made, respond(done(page("GLBATCH", PARTS)))]) as server:
        receipt = IntacctLedger(client_for(server.url), most_lines=2).send(TWO, "px:1")
    assert receipt == Receipt("812,813", "812,813", "Posted")
    request = asked(server.requests[1])
    assert (request.transaction, request.control_ids) == ("true", ["px:1/1of2", "px:1/2of2"])
    assert {item.text for item in request.root.iter("REFERENCENO")} == {"PX-1"}


def test_a_part_refused_is_the_journal_refused(scripted_server: Server) -> None:
    rolled_back = error("XL03000009", "The entire transaction in this operation has been rolled back due to an error.")
    refused = respond(
        failed(rolled_back, status="aborted"), failed(error("BL01001973", "Account 2080 is not valid"), rolled_back)
    )
    with scripted_server([login(), refused]) as server, pytest.raises(RefusedError) as caught:
        IntacctLedger(client_for(server.url), most_lines=2).send(TWO, "px:1")
    assert caught.value.kind == "unknown_ref"


def test_a_part_without_its_number_leaves_the_whole_unknown(scripted_server: Server) -> None:
    for second in (done(), done(written("glbatch", 812))):
        half = respond(done(written("glbatch", 812)), second)
        with scripted_server([login(), half]) as server, pytest.raises(OutcomeUnknownError):
            IntacctLedger(client_for(server.url), most_lines=2).send(TWO, "px:1")


def test_the_parts_are_found_as_one_and_a_lone_part_as_something_else(scripted_server: Server) -> None:
    lines = [respond(done(part_lines("5", "a"))), respond(done(part_lines("7", "b")))]
    batches = respond(done(page("GLBATCH", PARTS)))
    lone = respond(done(page("GLBATCH", PARTS[:1])))
    with scripted_server([login(), batches, *lines, lone, lines[0]]) as server:
        ledger = IntacctLedger(client_for(server.url), most_lines=2)
        (found,) = ledger.find(TWO)
        (other,) = ledger.find(TWO)
    assert (found.receipt.key, found.digest) == ("812,813", TWO.digest())
    assert (other.receipt.key, other.digest == TWO.digest()) == ("812", False)
