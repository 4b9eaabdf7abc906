"""Reads: pages that add up, filters, typed records, and the probe of what is missing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime

import pytest

from connector_assets.vendors.errors import ProtocolError, RefusedError, UnavailableError
from connector_assets.vendors.intacct.client import PROBED_OBJECTS
from connector_assets.vendors.intacct.filters import Filter, Operator, equal, quoted
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_assets.vendors.intacct.models import Employee, GlAccount, Location, ReportingPeriod
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, SeenRequest
from connector_tests.vendors.intacct_wire import (
    EXPIRED,
    Responder,
    asked,
    client_for,
    done,
    error,
    failed,
    login,
    page,
    respond,
    sign_in_failure,
    written,
)

Server = Callable[[Script], AbstractContextManager[ScriptedServer]]


@dataclass
class Table:
    """A table of records that answers keyset queries and counts, the way the gateway does."""

    keys: list[int]
    largest_page_rows: int = 2000
    queries: int = 0
    counts: int = 0
    before_answer: Callable[["Table"], None] = field(default=lambda table: None)

    def __call__(self, request: SeenRequest) -> ScriptedReply:
        self.before_answer(self)
        query = asked(request).bodies[0]
        after = int(query.findtext("filter/greaterthan/value") or query.findtext("filter/and/greaterthan/value") or 0)
        matching = sorted(key for key in self.keys if key > after)
        if query.find("select/count") is not None:
            self.counts += 1
            return respond(done(page("CLASS", [{"COUNT.RECORDNO": str(len(matching))}])))(request)
        self.queries += 1
        assert query.findtext("orderby/order/field") == "RECORDNO"
        assert query.find("offset") is None
        size = min(int(query.findtext("pagesize") or 100), self.largest_page_rows)
        rows = [{"RECORDNO": str(key)} for key in matching[:size]]
        return respond(done(page("CLASS", rows, remaining=len(matching) - len(rows))))(request)


def read_keys(server: ScriptedServer, page_size_rows: int) -> list[int]:
    rows = client_for(server.url).query("CLASS", ["CLASSID"], page_size_rows=page_size_rows)
    return [int(row["RECORDNO"]) for row in rows]


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_a_query_takes_no_more_requests_than_its_rows_need(scripted_server: Server, rows: int, requests: int) -> None:
    table = Table([10 * number for number in range(1, rows + 1)])
    with scripted_server([login(), *[table] * requests]) as server:
        assert read_keys(server, 3) == table.keys
    assert (table.queries, table.counts) == (requests, 0)


def test_a_gateway_that_serves_smaller_pages_than_asked_for_is_read_to_its_end(scripted_server: Server) -> None:
    table = Table(list(range(1, 8)), largest_page_rows=2)
    with scripted_server([login(), *[table] * 4]) as server:
        assert read_keys(server, 5) == table.keys


def test_rows_added_and_deleted_meanwhile_neither_double_nor_lose_a_row(scripted_server: Server) -> None:
    def change(table: Table) -> None:
        if table.queries == 1:
            table.keys = [key for key in table.keys if key != 1] + [99]

    table = Table(list(range(1, 8)), before_answer=change)
    with scripted_server([login(), *[table] * 3]) as server:
        assert read_keys(server, 3) == [1, 2, 3, 4, 5, 6, 7, 99]


def test_a_shortfall_from_a_deletion_is_settled_by_a_count(scripted_server: Server) -> None:
    def change(table: Table) -> None:
        if table.queries == 1:
            table.keys = [1, 2, 3]

    table = Table([1, 2, 3, 4], before_answer=change)
    with scripted_server([login(), *[table] * 3]) as server:
        assert read_keys(server, 3) == [1, 2, 3]
    assert (table.queries, table.counts) == (2, 1)


def rows_of(*keys: int) -> list[dict[str, str]]:
    return [{"RECORDNO": str(key)} for key in keys]


COUNT_5 = respond(done(page("CLASS", [{"COUNT.RECORDNO": "5"}])))
LYING_PAGES: list[tuple[str, list[Responder]]] = [
    (
        "5 rows of which 2 never come",
        [respond(done(page("CLASS", rows_of(1, 2, 3), total=5))), COUNT_5, respond(done(page("CLASS", []))), COUNT_5],
    ),
    ("unordered", [respond(done(page("CLASS", rows_of(1, 3, 2), remaining=2)))]),
    ("more announced, none sent", [respond(done(page("CLASS", [], remaining=2)))]),
    (
        "a count that is not the page's",
        [respond(done(page("CLASS", rows_of(1)).replace('count="1" n', 'count="2" n')))],
    ),
    ("a row without its key", [respond(done(page("CLASS", [{"CLASSID": "A"}])))]),
    ("a key that is no number", [respond(done(page("CLASS", [{"RECORDNO": "A1"}])))]),
    ("a count that is no number", [respond(done(page("CLASS", []).replace('"0"', '"many"')))] * 3),
]


@pytest.mark.parametrize("replies", [replies for _, replies in LYING_PAGES], ids=[name for name, _ in LYING_PAGES])
def test_pages_that_do_not_add_up_are_not_believed(scripted_server: Server, replies: list[Responder]) -> None:
    with scripted_server([login(), *replies]) as server, pytest.raises(ProtocolError):
        read_keys(server, 3)


def test_rows_that_come_twice_are_read_once(scripted_server: Server) -> None:
    pages = [page("CLASS", rows_of(1, 2, 2, 3), total=5, remaining=1), page("CLASS", rows_of(3, 4))]
    script = [respond(done(pages[0])), respond(done(pages[1])), respond(done(page("C", [{"COUNT.RECORDNO": "4"}])))]
    with scripted_server([login(), *script]) as server:
        assert read_keys(server, 4) == [1, 2, 3, 4]


def test_filters_go_out_typed_and_private_records_are_asked_for_at_the_top_level(scripted_server: Server) -> None:
    filters = [
        equal("STATE", "Posted"),
        Filter("BATCH_DATE", Operator.BETWEEN, (date(2031, 4, 1), date(2031, 4, 30))),
        Filter("WHENMODIFIED", Operator.GREATER_OR_EQUAL, (datetime(2031, 4, 1, 13, 5, 9),)),  # noqa: DTZ001 - naive on the wire
        Filter("JOURNAL", Operator.IN, ("PYRJ", "GJ")),
        Filter("REVERSED", Operator.IS_NULL),
    ]
    empty = respond(done(page("GLBATCH", [])))
    with scripted_server([login(), empty, login(location_id="E200"), empty]) as server:
        client = client_for(server.url)
        assert list(client.query("GLBATCH", ["BATCHNO"], filters)) == []
        assert list(client.for_entity("E200").query("GLBATCH", ["BATCHNO"], [])) == []
    query, in_entity = (asked(server.requests[index]).bodies[0] for index in (1, 3))
    conditions = query.find("filter/and")
    assert conditions is not None
    said = [(item.tag, item.findtext("field"), [value.text for value in item.iter("value")]) for item in conditions]
    assert said == [
        ("equalto", "STATE", ["Posted"]),
        ("between", "BATCH_DATE", ["04/01/2031", "04/30/2031"]),
        ("greaterthanorequalto", "WHENMODIFIED", ["04/01/2031 13:05:09"]),
        ("in", "JOURNAL", ["PYRJ", "GJ"]),
        ("isnull", "REVERSED", []),
    ]
    assert [item.text for item in query.iter("field")][:2] == ["RECORDNO", "BATCHNO"]
    assert query.findtext("options/showprivate") == "true"
    assert (in_entity.find("options"), in_entity.find("filter")) == (None, None)


def test_an_operator_with_the_wrong_number_of_values_is_refused_where_it_is_written() -> None:
    for operator, values in [(Operator.BETWEEN, ("1",)), (Operator.EQUAL, ()), (Operator.IN, ("1",) * 1001)]:
        with pytest.raises(ValueError, match="takes"):
            Filter("A", operator, values)


def test_read_asks_for_a_hundred_keys_at_a_time(scripted_server: Server) -> None:
    def answer(request: SeenRequest) -> ScriptedReply:
        keys = (asked(request).bodies[0].findtext("keys") or "").split(",")
        return respond(done(page("CLASS", [{"RECORDNO": key} for key in keys])))(request)

    with scripted_server([login(), answer, answer, answer]) as server:
        rows = client_for(server.url).read("CLASS", [str(key) for key in range(201)], [])
    assert [row["RECORDNO"] for row in rows] == [str(key) for key in range(201)]
    assert [len((asked(item).bodies[0].findtext("keys") or "").split(",")) for item in server.requests[1:]] == [
        100,
        100,
        1,
    ]


def result_set(keys: list[int], remaining: int, *, total: int = 5) -> Responder:
    rows = page("glbatch", rows_of(*keys), total=total, remaining=remaining)
    return respond(done(rows.replace(" offset=", ' resultId="R1" offset=')))


def test_read_by_query_reads_its_result_set_to_the_end(scripted_server: Server) -> None:
    with scripted_server([login(), result_set([5, 1], 3), result_set([3, 2], 1), result_set([4], 0)]) as server:
        text = "REFERENCENO = " + quoted("O'Neil & <Co>")
        rows = list(client_for(server.url).read_by_query("GLBATCH", ["RECORDNO"], text, 2))
    assert [row["RECORDNO"] for row in rows] == ["5", "1", "3", "2", "4"]
    assert asked(server.requests[1]).bodies[0].findtext("query") == "REFERENCENO = 'O\\'Neil & <Co>'"
    assert [asked(item).bodies[0].findtext("resultId") for item in server.requests[2:]] == ["R1", "R1"]


def test_a_result_set_that_dies_with_its_session_must_be_read_again(scripted_server: Server) -> None:
    with scripted_server([login(), result_set([5, 1], 3), EXPIRED]) as server, pytest.raises(UnavailableError):
        list(client_for(server.url).read_by_query("GLBATCH", ["RECORDNO"], "", 2))


def test_a_result_set_that_ends_early_is_not_believed(scripted_server: Server) -> None:
    with scripted_server([login(), result_set([5, 1], 3), result_set([3], 0)]) as server, pytest.raises(ProtocolError):
        list(client_for(server.url).read_by_query("GLBATCH", ["RECORDNO"], "", 2))


def master(server: ScriptedServer) -> IntacctMasterData:
    return IntacctMasterData(client_for(server.url))


def table(name: str, *rows: dict[str, str]) -> Responder:
    return respond(done(page(name, [{"RECORDNO": str(key)} | row for key, row in enumerate(rows, 1)])))


def test_an_account_names_the_dimensions_it_requires(scripted_server: Server) -> None:
    row = {"ACCOUNTNO": "6000", "TITLE": "Salaries", "ACCOUNTTYPE": "incomestatement", "NORMALBALANCE": "debit"}
    flags = {"STATUS": "active", "REQUIREDEPT": "true", "REQUIRELOC": "T", "REQUIRECLASS": "false", "REQUIREITEM": ""}
    with scripted_server([login(), table("GLACCOUNT", row | flags)]) as server:
        accounts = master(server).gl_accounts()
    required = frozenset({"department", "location"})
    assert accounts == [GlAccount("6000", "Salaries", "incomestatement", "debit", True, required)]


def test_a_location_without_an_entity_of_its_own_takes_its_nearest_ancestors(scripted_server: Server) -> None:
    rows = [
        {"LOCATIONID": "E100", "NAME": "Advisory", "PARENTID": "", "ENTITY": "E100", "STATUS": "active"},
        {"LOCATIONID": "NYC", "NAME": "New York", "PARENTID": "E100", "ENTITY": "", "STATUS": "active"},
        {"LOCATIONID": "NYC-2", "NAME": "Annex", "PARENTID": "NYC", "ENTITY": "", "STATUS": "inactive"},
        {"LOCATIONID": "LOOP", "NAME": "Odd", "PARENTID": "LOOP", "ENTITY": "", "STATUS": "active"},
    ]
    with scripted_server([login(), table("LOCATION", *rows)]) as server:
        locations = master(server).locations()
    assert [item.entity_id for item in locations] == ["E100", "E100", "E100", None]
    assert locations[2] == Location("NYC-2", "Annex", "NYC", "E100", is_active=False)


def test_dates_are_read_with_and_without_leading_zeros(scripted_server: Server) -> None:
    row = {"NAME": "Month Ended April 2031", "START_DATE": "4/1/2031", "END_DATE": "04/30/2031", "STATUS": "active"}
    with scripted_server([login(), table("REPORTINGPERIOD", row)]) as server:
        periods = master(server).reporting_periods()
    assert periods == [ReportingPeriod("Month Ended April 2031", date(2031, 4, 1), date(2031, 4, 30), True)]


@pytest.mark.parametrize("text", ["2031-04-01", "13/01/2031", "02/30/2031", ""])
def test_a_date_that_is_none_is_named_with_its_record(scripted_server: Server, text: str) -> None:
    row = {"NAME": "April", "START_DATE": text, "END_DATE": "04/30/2031", "STATUS": "active"}
    why = "REPORTINGPERIOD 1: START_DATE is not a date"
    with scripted_server([login(), table("REPORTINGPERIOD", row)]) as server, pytest.raises(ProtocolError, match=why):
        master(server).reporting_periods()


def test_an_employee_is_read_without_a_name(scripted_server: Server) -> None:
    row = {"EMPLOYEEID": "E-17", "EMPLOYEETYPE": "Full time", "DEPARTMENTID": "200", "LOCATIONID": "NYC"}
    rest = {"CLASSID": "", "SUPERVISORID": "E-3", "STARTDATE": "03/01/2031", "ENDDATE": "", "STATUS": "active"}
    rest |= {"TERMINATIONTYPE": "", "TITLE": "Technician"}
    with scripted_server([login(), table("EMPLOYEE", row | rest)]) as server:
        employees = master(server).employees()
    home = ("E-17", "Full time", "200", "NYC", None, "E-3")
    assert employees == [Employee(*home, date(2031, 3, 1), None, None, "Technician", is_active=True)]
    fields = {item.text for item in asked(server.requests[1]).bodies[0].iter("field")}
    assert not [name for name in fields if name and ("NAME" in name or "CONTACT" in name)]


def test_an_employee_and_its_contact_are_created_together_or_not_at_all(scripted_server: Server) -> None:
    with scripted_server([login(), respond(done(written("contact", 5)), done(written("employee", 6)))]) as server:
        keys = master(server).create_together(
            [
                ("CONTACT", [{"contact_name": "Doe Jane (E-17)", "print_as": "Jane Doe"}]),
                (
                    "EMPLOYEE",
                    [
                        {
                            "location_id": "NYC",
                            "employee_id": "E-17",
                            "contact_name": "Doe Jane (E-17)",
                            "start_date": date(2031, 3, 1),
                            "class_id": "",
                            "is_active": True,
                        }
                    ],
                ),
            ],
            "hire:E-17:1",
        )
    assert keys == [[{"RECORDNO": "5"}], [{"RECORDNO": "6"}]]
    request = asked(server.requests[1])
    assert (request.transaction, request.unique) == ("true", "true")
    assert request.control_ids == ["hire:E-17:1/CONTACT", "hire:E-17:1/EMPLOYEE"]
    employee = request.bodies[1][0]
    assert [(item.tag, item.text or item[0].text) for item in employee] == [
        ("EMPLOYEEID", "E-17"),
        ("PERSONALINFO", "Doe Jane (E-17)"),
        ("STARTDATE", "03/01/2031"),
        ("LOCATIONID", "NYC"),
        ("STATUS", "active"),
    ]


def test_an_update_may_clear_a_field_and_may_be_repeated(scripted_server: Server) -> None:
    with scripted_server([login(), respond(done(written("department", 7)))]) as server:
        master(server).update("DEPARTMENT", [{"department_id": "300", "parent_id": "", "is_active": False}], "d:1")
    request = asked(server.requests[1])
    assert request.unique == "false"
    assert [(item.tag, item.text) for item in request.bodies[0][0]] == [
        ("DEPARTMENTID", "300"),
        ("PARENTID", None),
        ("STATUS", "inactive"),
    ]


def test_more_than_a_hundred_records_go_out_in_several_requests(scripted_server: Server) -> None:
    replies = [respond(done(written("class", *range(1, 101)))), respond(done(written("class", 101)))]
    with scripted_server([login(), *replies]) as server:
        keys = master(server).create("CLASS", [{"class_id": str(n), "name": "C"} for n in range(101)], "c:1")
    assert len(keys) == 101
    assert [asked(item).control_ids for item in server.requests[1:]] == [["c:1/1"], ["c:1/2"]]


@pytest.mark.parametrize(
    ("object_name", "record", "why"),
    [
        ("DEPARTMENT", {"department_id": "300", "title": "T", "titel": "x"}, "unknown field titel"),
        ("DEPARTMENT", {"department_id": "300"}, "the field title is missing"),
        ("EMPLOYEE", {"employee_id": "1", "contact_name": "x", "location_id": "L", "start_date": "x"}, "start_date is"),
        ("GLACCOUNT", {"account_no": "1"}, "nothing is known"),
    ],
)
def test_a_record_that_cannot_be_written_is_not_sent(object_name: str, record: dict[str, str], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        IntacctMasterData(client_for("http://127.0.0.1:9")).create(object_name, [record], "x:1")


def test_the_probe_finds_nothing_missing(scripted_server: Server) -> None:
    with scripted_server([login(), respond(*[done(page("X", []))] * len(PROBED_OBJECTS))]) as server:
        assert client_for(server.url).ping() == []


def test_the_probe_names_each_permission_that_is_missing(scripted_server: Server) -> None:
    denied = failed(
        error("PL04000005", "You do not have permission for API operation QUERY on objects of type GLBATCH")
    )
    results = [denied if name == "GLBATCH" else done(page("X", [])) for name in PROBED_OBJECTS]
    with scripted_server([login(), respond(*results)]) as server:
        (missing,) = client_for(server.url).ping()
    assert "objects of type GLBATCH" in missing
    assert "role" in missing


def test_the_probe_tells_a_wrong_login_from_a_wrong_entity(scripted_server: Server) -> None:
    wrong = sign_in_failure(error("XL03000006", "Sign-in information is incorrect"), user="svc", company="ACME")
    with scripted_server([wrong]) as server:
        (missing,) = client_for(server.url, entity_id="E200").ping()
    assert "password" in missing
    entities = [table("LOCATIONENTITY"), table("LOCATIONENTITY", {"LOCATIONID": "E100"}, {"LOCATIONID": "E200"})]
    with scripted_server([login(), *entities]) as server:
        (missing,) = client_for(server.url, entity_id="NYC").ping()
    assert "NYC is not an entity" in missing
    assert "E100, E200" in missing
