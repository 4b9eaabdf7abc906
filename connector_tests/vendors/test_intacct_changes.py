"""What changed since the last look, and objects that can only be paged by offset."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.intacct.changes import Mark, mark_from_payload, read_changes
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, SeenRequest
from connector_tests.vendors.intacct_wire import asked, client_for, done, login, page, respond

Server = Callable[[Script], AbstractContextManager[ScriptedServer]]

NOON = datetime(2031, 4, 5, 12, 0, 0)  # noqa: DTZ001 - the ledger's own time, in a zone nobody knows
FORMAT = "%m/%d/%Y %H:%M:%S"


@dataclass
class Ledger:
    """Departments with the time of their last change, answering queries from a time on, by record number."""

    rows: dict[int, tuple[str, datetime | None]] = field(default_factory=dict)
    asked_from: list[str | None] = field(default_factory=list)

    def __call__(self, request: SeenRequest) -> ScriptedReply:
        query = asked(request).bodies[0]
        if query.tag == "getAPISession":
            return login()(request)
        bounds = {item.findtext("field"): item.findtext("value") for item in query.iter("greaterthanorequalto")}
        after = {item.findtext("field"): item.findtext("value") for item in query.iter("greaterthan")}
        since = bounds.get("WHENMODIFIED")
        self.asked_from.append(since)
        earliest = datetime.strptime(since, FORMAT) if since else None  # noqa: DTZ007 - as above
        found = [
            {"RECORDNO": str(key), "TITLE": title, "WHENMODIFIED": f"{when:{FORMAT}}" if when else ""}
            for key, (title, when) in sorted(self.rows.items())
            if key > int(after.get("RECORDNO") or 0) and (earliest is None or (when is not None and when >= earliest))
        ]
        size = int(query.findtext("pagesize") or 100)
        return respond(done(page("DEPARTMENT", found[:size], remaining=max(0, len(found) - size))))(request)


def looked(server: ScriptedServer, since: Mark | None) -> tuple[list[str], Mark | None]:
    changes = read_changes(client_for(server.url), "DEPARTMENT", ["TITLE"], since, page_size_rows=2)
    return [row["TITLE"] for row in changes.rows], changes.mark


def test_a_look_hands_out_what_is_new_or_changed_and_nothing_else(scripted_server: Server) -> None:
    ledger = Ledger({1: ("A", NOON), 2: ("B", NOON - timedelta(days=9)), 3: ("C", None)})
    with scripted_server([ledger] * 20) as server:
        titles, mark = looked(server, None)
        assert (titles, mark and mark.at) == (["A", "B", "C"], NOON)
        again, mark = looked(server, mark_from_payload(mark.payload()) if mark else None)
        assert again == []
        ledger.rows |= {2: ("B2", NOON + timedelta(seconds=5)), 4: ("D", NOON)}
        changed, mark = looked(server, mark)
        assert (changed, mark and mark.at) == (["B2", "D"], NOON + timedelta(seconds=5))
    assert ledger.asked_from[0] is None
    assert "04/04/2031 12:00:00" in ledger.asked_from, "a day before the ledger's own latest time"


def test_a_second_change_within_the_same_second_is_seen(scripted_server: Server) -> None:
    ledger = Ledger({1: ("A", NOON)})
    with scripted_server([ledger] * 10) as server:
        _, mark = looked(server, None)
        ledger.rows[1] = ("A2", NOON)
        assert looked(server, mark)[0] == ["A2"]


def test_a_record_committed_late_and_a_clock_turned_back_are_seen(scripted_server: Server) -> None:
    ledger = Ledger({1: ("A", NOON)})
    with scripted_server([ledger] * 10) as server:
        _, mark = looked(server, None)
        ledger.rows[2] = ("late", NOON - timedelta(hours=23))
        titles, mark = looked(server, mark)
        assert (titles, mark and mark.at) == (["late"], NOON)
        assert looked(server, mark)[0] == []


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (2, 1), (3, 2), (5, 3)])
def test_a_look_takes_the_requests_that_its_rows_need(scripted_server: Server, rows: int, requests: int) -> None:
    ledger = Ledger({number: (str(number), NOON) for number in range(1, rows + 1)})
    with scripted_server([ledger] * (requests + 1)) as server:
        assert len(looked(server, None)[0]) == rows
    assert len(ledger.asked_from) == requests


def test_nothing_ever_changed_is_no_mark(scripted_server: Server) -> None:
    with scripted_server([Ledger()] * 2) as server:
        assert looked(server, None) == ([], None)


def test_a_time_that_is_none_is_named_with_its_record(scripted_server: Server) -> None:
    row = {"RECORDNO": "7", "TITLE": "x", "WHENMODIFIED": "2031-04-05T12:00:00Z"}
    wrong = respond(done(page("DEPARTMENT", [row])))
    with scripted_server([login(), wrong]) as server, pytest.raises(ProtocolError, match="DEPARTMENT 7: WHENMODIFIED"):
        looked(server, None)


# --- offsets ----------------------------------------------------------------------------------------------------------


@dataclass
class Roll:
    """Names in order, answered by offset; `before_answer` changes them while they are read."""

    names: list[str]
    queries: int = 0
    before_answer: Callable[["Roll"], None] = field(default=lambda roll: None)

    def __call__(self, request: SeenRequest) -> ScriptedReply:
        query = asked(request).bodies[0]
        if query.tag == "getAPISession":
            return login()(request)
        self.queries += 1
        self.before_answer(self)
        assert query.findtext("orderby/order/field") == "NAME"
        start, size = int(query.findtext("offset") or 0), int(query.findtext("pagesize") or 0)
        rows = [{"NAME": name} for name in sorted(self.names)[start : start + size]]
        left = max(0, len(self.names) - start - len(rows))
        return respond(done(page("X", rows, total=len(self.names), remaining=left)))(request)


def read_roll(server: ScriptedServer) -> list[str]:
    return [row["NAME"] for row in client_for(server.url).query_by_offset("X", [], ["NAME"], page_size_rows=3)]


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_offsets_take_the_requests_that_the_rows_need(scripted_server: Server, rows: int, requests: int) -> None:
    roll = Roll([f"{number:02}" for number in range(rows)])
    with scripted_server([roll] * (requests + 1)) as server:
        assert read_roll(server) == roll.names
    assert roll.queries == requests


@pytest.mark.parametrize(
    "change",
    [
        lambda names: [*names, "00"],
        lambda names: names[1:],
        lambda names: [*names[1:], "99"],
        lambda names: ["00", *names[:-1]],
    ],
    ids=[
        "one added before",
        "one deleted",
        "one deleted and one added behind",
        "one added before and the last deleted",
    ],
)
def test_rows_that_shift_while_they_are_read_are_read_again(
    scripted_server: Server, change: Callable[[list[str]], list[str]]
) -> None:
    def once(roll: Roll) -> None:
        if roll.queries == 2:
            roll.names = change(roll.names)

    roll = Roll([f"{number:02}" for number in range(1, 8)], before_answer=once)
    with scripted_server([roll] * 8) as server:
        assert read_roll(server) == sorted(roll.names)


def test_rows_that_never_hold_still_are_an_error(scripted_server: Server) -> None:
    def always(roll: Roll) -> None:
        roll.names = [*roll.names, f"{roll.queries:03}"]

    with scripted_server([Roll(list("abcdefg"), before_answer=always)] * 20) as server, pytest.raises(ProtocolError):
        read_roll(server)


def test_rows_that_the_order_cannot_tell_apart_are_an_error(scripted_server: Server) -> None:
    with scripted_server([Roll(["a", "b", "b"])] * 5) as server, pytest.raises(ProtocolError, match="changed each of"):
        read_roll(server)
