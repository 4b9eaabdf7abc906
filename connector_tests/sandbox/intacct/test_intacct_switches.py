"""The switches that other tests do not turn: each of their answers, seen from outside."""

import re
from pathlib import Path

import pytest

from connector_assets.sandbox.intacct.behaviours import SWITCHES
from connector_tests.sandbox.intacct.peer import LOGIN, NET_PAY, WAGES, Peer, batch, create, equal, line

READ = "<read><object>CLASS</object><keys>1</keys><fields>NAME</fields></read>"


@pytest.mark.parametrize(("value", "data"), [("empty", ""), ("full", "JVBERg==")])
def test_a_list_of_attachments_may_carry_their_files(peer: Peer, value: str, data: str) -> None:
    peer.switch("listed_attachment_data", value)
    file = "<attachmentname>scan</attachmentname><attachmenttype>pdf</attachmenttype>"
    file += "<attachmentdata>JVBERg==</attachmentdata>"
    peer.call(
        "<create_supdocfolder><supdocfoldername>Scans</supdocfoldername></create_supdocfolder>",
        "<create_supdoc><supdocid>A-1</supdocid><supdocname>A-1</supdocname><supdocfoldername>Scans</supdocfoldername>"
        f"<attachments><attachment>{file}</attachment></attachments></create_supdoc>",
    )
    found = peer.call('<get_list object="supdoc"/>').data
    assert [entry.text or "" for entry in found.iter("attachmentdata")] == [data]


def test_the_control_block_may_have_to_keep_its_order(peer: Peer) -> None:
    turned = "<password>sandbox-sender-not-real</password><senderid>sandbox_sender</senderid>"
    assert peer.call("<getDimensions/>", sender=turned).statuses == ["success"]
    peer.switch("control_order", "strict")
    assert peer.call("<getDimensions/>").statuses == ["success"]
    assert peer.call("<getDimensions/>", sender=turned).errors[0][0] == "XL03000003"


def test_a_request_may_be_too_long(peer: Peer) -> None:
    long = create(batch(*[WAGES] * 100, *[NET_PAY] * 100))
    peer.switch("largest_request_bytes", "5000000")
    assert peer.call(long).statuses == ["success"]
    peer.switch("largest_request_bytes", "20000")
    assert peer.call(long).response.status_code == 413


def test_every_switch_is_turned_by_a_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    turned = set(re.findall(r'"([a-z_]+)"', tests))
    assert {switch.name.removeprefix("intacct.") for switch in SWITCHES} <= turned


@pytest.mark.parametrize(("scope", "expected"), [("company", "failure"), ("sender", "failure"), ("user", "success")])
def test_who_shares_completed_controlids(peer: Peer, scope: str, expected: str) -> None:
    peer.switch("controlid_scope", scope)
    peer.call(READ, ids=("r-1",), unique="true")
    other_user = LOGIN.replace("svc_connector", "svc_reader")
    assert peer.call(READ, ids=("r-1",), unique="true", login=other_user).statuses == [expected]


@pytest.mark.parametrize(("seconds", "timeout"), [("600", "12:10:00"), ("43200", "00:00:00")])
def test_how_long_a_session_lasts(peer: Peer, seconds: str, timeout: str) -> None:
    peer.switch("session_duration_s", seconds)
    shown = peer.call(READ).text("operation/authentication/sessiontimeout") or ""
    assert shown.endswith(f"T{timeout}+00:00")


@pytest.mark.parametrize("errorno", ["BL01001973", "BL03000018"])
def test_the_number_of_an_entry_out_of_balance(peer: Peer, errorno: str) -> None:
    peer.switch("unbalanced_errorno", errorno)
    assert peer.call(create(batch(WAGES, line("1051", -1, "1")))).errors[0][0] == errorno


@pytest.mark.parametrize(("value", "found"), [("same", 2), ("empty", 1)])
def test_the_reference_of_a_reversing_entry(peer: Peer, value: str, found: int) -> None:
    peer.switch("reversing_referenceno", value)
    peer.call(create(batch(REVERSEDATE="04/01/2025", REFERENCENO="R-1")))
    assert len(peer.query("GLBATCH", "RECORDNO", where=equal("REFERENCENO", "R-1")).rows()) == found


@pytest.mark.parametrize(("value", "status"), [("refuse", "failure"), ("accept", "success")])
def test_adjustments_in_closed_periods(peer: Peer, value: str, status: str) -> None:
    peer.switch("adjustments_in_closed_periods", value)
    closed = {"BATCH_DATE": "12/31/2024"}
    assert peer.call(create(batch(WAGES, NET_PAY, JOURNAL="PYAD", **closed))).statuses == [status]
    assert peer.call(create(batch(WAGES, NET_PAY, **closed))).statuses == ["failure"]


@pytest.mark.parametrize("errorno", ["XL03000006", "DL02000001"])
def test_an_unknown_selected_field(peer: Peer, errorno: str) -> None:
    peer.switch("unknown_select_field", errorno)
    assert peer.query("CLASS", "COLOUR").errors[0][0] == errorno


@pytest.mark.parametrize("errorno", ["DL02000001", "XL03000010"])
def test_an_unknown_field_in_a_filter_or_an_order(peer: Peer, errorno: str) -> None:
    peer.switch("unknown_filter_field", errorno)
    assert peer.query("CLASS", "NAME", where=equal("COLOUR", "red")).errors[0][0] == errorno
    assert peer.query("CLASS", "NAME", order="COLOUR").errors[0][0] == errorno


def test_pages_may_keep_their_order_unasked(peer: Peer) -> None:
    peer.switch("unordered_pages", "by_recordno")
    names = peer.query("PROJECT", "PROJECTID", order="", page="<pagesize>3</pagesize>").column("PROJECTID")
    assert names == ["P-1000", "P-1001", "P-1002"]


@pytest.mark.parametrize(("zone", "stamp"), [("+00:00", "01/05/2026 12:00:00"), ("-05:00", "01/05/2026 07:00:00")])
def test_the_zone_of_timestamps(peer: Peer, zone: str, stamp: str) -> None:
    peer.switch("timestamp_zone", zone)
    peer.call(create("<CLASS><CLASSID>X</CLASSID><NAME>X</NAME></CLASS>"))
    assert peer.query("CLASS", "WHENMODIFIED", where=equal("CLASSID", "X")).column("WHENMODIFIED") == [stamp]


def test_a_failed_function_that_burns_its_controlid_leaves_nothing_else(peer: Peer) -> None:
    peer.switch("failed_controlid", "stored")
    day = "<year>2025</year><month>04</month><day>01</day>"
    line_of_bill = "<lineitem><glaccountno>6710</glaccountno><amount>1</amount><locationid>NYC</locationid></lineitem>"
    bill = (
        f"<create_bill><vendorid>V-1001</vendorid><datecreated>{day}</datecreated><termname>Net 30</termname>"
        f"<billitems>{line_of_bill}</billitems></create_bill>"
    )
    assert peer.call(bill, ids=("b-1",), unique="true").statuses == ["failure"]
    assert peer.query("APBILL", "RECORDNO").rows() == []


def test_deletions_are_seen_in_the_audit_history_alone(peer: Peer) -> None:
    key = peer.call(create(batch())).text("operation/result/data/glbatch/RECORDNO")
    peer.call(f"<delete><object>GLBATCH</object><keys>{key}</keys></delete>")
    history = (
        "<readByQuery><object>AUDITHISTORY</object><fields>OBJECTKEY,ACCESSMODE,USERID</fields>"
        "<query>OBJECTTYPE = 'glbatch' AND ACCESSMODE = 'Delete'</query></readByQuery>"
    )
    assert peer.call(history).rows() == [{"OBJECTKEY": key, "ACCESSMODE": "Delete", "USERID": "svc_connector"}]
    peer.fault("function_error", match={"object": "AUDITHISTORY"})
    failed = peer.call(history)
    assert (failed.statuses, failed.errors[0][0]) == (["failure"], "DL02000001")
    assert "There was an error processing the request." in failed.response.text
    assert peer.call(history).statuses == ["success"]
