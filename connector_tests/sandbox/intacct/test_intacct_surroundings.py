"""What surrounds the ledger: legacy lists, metadata, return formats, user dimensions, concurrency."""

import csv
import io
import threading

import pytest

from connector_tests.sandbox.intacct.peer import NET_PAY, WAGES, Peer, Reply, attributes_of, batch, create, line

READ = "<read><object>CLASS</object><keys>1</keys><fields>NAME</fields></read>"


def test_get_list_pages_filters_and_sorts(reader: Peer) -> None:
    fields = "<fields><field>departmentid</field><field>title</field></fields>"
    one = "<expression><field>status</field><operator>=</operator><value>active</value></expression>"
    two = "<expression><field>title</field><operator>like</operator><value>%n%</value></expression>"
    logical = f'<filter><logical logical_operator="and">{one}{two}</logical></filter>'
    sorts = '<sorts><sortfield order="desc">departmentid</sortfield></sorts>'
    reply = reader.call(f'<get_list object="department" maxitems="2" start="1">{logical}{fields}{sorts}</get_list>')
    kind = reply.root.find("operation/result/listtype")
    assert kind is not None
    assert (kind.text, attributes_of(kind)) == ("department", {"start": "1", "end": "2", "total": "9"})
    assert reply.rows() == [
        {"departmentid": "510", "title": "Talent & HR"},
        {"departmentid": "500", "title": "Finance"},
    ]


def test_get_reads_one_record_by_its_key(reader: Peer) -> None:
    reply = reader.call('<get object="class" key="PS"><fields><field>name</field></fields></get>')
    assert reply.rows() == [{"name": "Professional services"}]
    assert reader.call('<get object="class" key="NONE"/>').statuses == ["failure"]


def test_inspect_names_objects_and_fields(reader: Peer) -> None:
    names = reader.call("<inspect><object>*</object></inspect>")
    assert {entry.get("typename") for entry in names.data} >= {"GLBATCH", "APBILL", "EMPLOYEE"}
    fields = reader.call("<inspect><object>EMPLOYEE</object></inspect>")
    assert (fields.data[0].get("Name"), fields.data[0].findtext("Fields/Field")) == ("EMPLOYEE", "RECORDNO")
    detail = reader.call('<inspect detail="1"><object>EMPLOYEE</object></inspect>')
    assert detail.data[0].findtext("Fields/Field/Name") == "RECORDNO"
    assert detail.data[0].findtext("Attributes/SingularName") == "Employee"


def test_the_company_describes_itself(reader: Peer) -> None:
    dimensions = reader.call("<getDimensions/>").data[0]
    user_defined = {row.findtext("objectName"): row.findtext("userDefinedDimension") for row in dimensions}
    assert (user_defined["DEPARTMENT"], user_defined["COSTOBJECT"]) == ("false", "true")
    setup = reader.call("<getFinancialSetup/>").rows()[0]
    assert (setup["multiEntityShared"], setup["baseCurrency"]) == ("true", "USD")
    assert reader.call("<readEntityDetails/>").column("id") == ["E100", "E200"]


def test_a_user_defined_dimension_is_an_integer_on_the_line(peer: Peer) -> None:
    def tagged(key: str) -> str:
        return WAGES.replace("</GLENTRY>", f"<GLDIMCOSTOBJECT>{key}</GLDIMCOSTOBJECT></GLENTRY>")

    assert peer.call(create(batch(tagged("99"), NET_PAY))).errors[0][1].startswith("Costobject '99' is not valid")
    key = peer.query("COSTOBJECT", "ID").column("ID")[0]
    assert peer.call(create(batch(tagged(key), NET_PAY))).statuses == ["success"]
    assert peer.query("GLENTRY", "GLDIMCOSTOBJECT").column("GLDIMCOSTOBJECT") == [key, ""]


@pytest.mark.parametrize(
    "function",
    [
        "<readByQuery><object>CLASS</object><fields>CLASSID,NAME</fields><query/><returnFormat>{}</returnFormat></readByQuery>",
        "<query><object>CLASS</object><select><field>CLASSID</field><field>NAME</field></select>"
        "<options><returnformat>{}</returnformat></options></query>",
    ],
)
def test_json_and_csv_come_without_an_envelope(reader: Peer, function: str) -> None:
    as_json = reader.call(function.format("json")).response
    assert as_json.headers["content-type"].startswith("application/json")
    as_csv = reader.call(function.format("csv")).response
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    by_id = sorted(rows, key=lambda row: row["CLASSID"])
    assert sorted(as_json.json(), key=lambda row: row["CLASSID"]) == by_id
    assert [row["CLASSID"] for row in by_id] == ["INT", "OLD", "PS"]


def held_call(peer: Peer, replies: list[Reply]) -> threading.Thread:
    """A thread that makes one call, on a connection of its own."""
    other = Peer(peer.root, peer.clock)
    thread = threading.Thread(target=lambda: replies.append(other.call(create(batch(WAGES, NET_PAY)))))
    thread.start()
    return thread


def until(peer: Peer, **wanted: int) -> None:
    """Wait until the slots are as wanted; every look is a round trip to the server."""
    for _ in range(10_000):
        if peer.admin("GET", "/intacct/slots").json() == wanted:
            return
    raise AssertionError(peer.admin("GET", "/intacct/slots").json())


def test_calls_above_the_limit_wait_for_their_turn(peer: Peer) -> None:
    peer.switch("concurrency_slots", "1")
    peer.fault("hold")
    replies: list[Reply] = []
    first = held_call(peer, replies)
    until(peer, running=1, waiting=0)
    second = held_call(peer, replies)
    until(peer, running=1, waiting=1)
    peer.admin("POST", "/intacct/release")
    first.join()
    second.join()
    assert [reply.statuses for reply in replies] == [["success"], ["success"]]


def test_a_call_that_waited_too_long_is_throttled(peer: Peer) -> None:
    peer.switch("concurrency_slots", "1")
    peer.switch("queue_patience_s", "0")
    peer.fault("hold")
    replies: list[Reply] = []
    first = held_call(peer, replies)
    until(peer, running=1, waiting=0)
    throttled = peer.call(READ)
    assert (throttled.response.status_code, throttled.errors[0][0]) == (429, "GW-0010")
    peer.admin("POST", "/intacct/release")
    first.join()
    assert peer.call(READ).statuses == ["success"]


def test_parallel_postings_are_all_stored_and_numbered_once(peer: Peer) -> None:
    replies: list[Reply] = []
    threads = [held_call(peer, replies) for _ in range(8)]
    for thread in threads:
        thread.join()
    assert [reply.statuses for reply in replies] == [["success"]] * 8
    numbers = peer.query("GLBATCH", "BATCHNO").column("BATCHNO")
    assert sorted(map(int, numbers)) == list(range(1, 9))


def test_an_entity_specific_line_keeps_its_class_and_employee(peer: Peer) -> None:
    tagged = line("6000", 1, "1450.80", DEPARTMENT="200", CLASSID="PS", EMPLOYEEID="HM-0003", CUSTOMERID="C-1001")
    assert peer.call(create(batch(tagged, NET_PAY))).statuses == ["success"]
    found = peer.query("GLENTRY", "CLASSNAME", "EMPLOYEENAME", "CUSTOMERID").rows()[0]
    assert found == {
        "CLASSNAME": "Professional services",
        "EMPLOYEENAME": "Lindqvist, Robin (HM-0003)",
        "CUSTOMERID": "C-1001",
    }


def test_an_asynchronous_request_is_acknowledged_and_its_reply_delivered(peer: Peer) -> None:
    asked = peer.call(create(batch()), more="<policyid>sandbox_async</policyid>")
    assert [str(entry.tag) for entry in asked.root] == ["acknowledgement", "control"]
    assert (asked.text("acknowledgement/status"), asked.text("control/controlid")) == ("success", "c-1")
    (delivered,) = peer.admin("GET", "/intacct/deliveries").json()["deliveries"]
    assert delivered["controlid"] == "c-1"
    assert "<status>success</status><function>create</function>" in delivered["reply"]
    assert len(peer.journals("PX-01080012-88123-L-1")) == 1
