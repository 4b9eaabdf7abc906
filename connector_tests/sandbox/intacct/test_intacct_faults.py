"""Function controlids, and every way a call can go wrong on its way: before the work, after it, long after it."""

from pathlib import Path

import pytest
import requests

from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.sandbox.store import SandboxError, Store
from connector_tests.sandbox.intacct.peer import Clock, Peer, batch, create
from connector_tests.sandbox.tiny_firm import TinyFirm

REFERENCE = "PX-01080012-88123-L-1"
POST = create(batch())
READ = "<read><object>CLASS</object><keys>1</keys><fields>NAME</fields></read>"


def test_a_completed_controlid_is_refused_at_function_level(peer: Peer) -> None:
    assert peer.call(POST, ids=("je-1",), unique="true").statuses == ["success"]
    again = peer.call(POST, ids=("je-1",), unique="true")
    assert (again.statuses, again.errors[0][0]) == (["failure"], "BL01001973")
    assert again.root.find("operation/result/data") is None, "the original key is not returned"
    assert len(peer.journals(REFERENCE)) == 1


def test_uniqueid_is_true_when_it_is_left_out(peer: Peer) -> None:
    for expected in ("success", "failure"):
        assert peer.call(READ, ids=("r-1",), unique="").statuses == [expected]


def test_without_uniqueid_nothing_is_checked_or_remembered(peer: Peer) -> None:
    for unique in ("false", "false", "true"):
        assert peer.call(POST, ids=("je-1",), unique=unique).statuses == ["success"]


def test_the_answer_to_a_repeated_controlid_is_configurable(peer: Peer) -> None:
    peer.call(POST, ids=("je-1",), unique="true")
    peer.switch("duplicate_controlid", "control_failure")
    peer.switch("duplicate_errorno", "XL03000006")
    again = peer.call(READ, POST, ids=("r-1", "je-1"), unique="true")
    assert (again.text("control/status"), again.root.find("operation")) == ("failure", None)
    assert [number for number, _ in again.errors] == ["XL03000006"]


def test_failed_and_rolled_back_functions_do_not_burn_their_controlid(peer: Peer) -> None:
    bad = create(batch(BATCH_DATE="12/31/2024"))
    assert peer.call(bad, ids=("je-1",), unique="true").statuses == ["failure"]
    assert peer.call(POST, bad, ids=("je-1", "je-2"), unique="true", transaction="true").statuses == [
        "aborted",
        "failure",
    ]
    assert peer.call(POST, ids=("je-1",), unique="true").statuses == ["success"]


def test_failed_functions_may_burn_it_too(peer: Peer) -> None:
    peer.switch("failed_controlid", "stored")
    peer.call(create(batch(BATCH_DATE="12/31/2024")), ids=("je-1",), unique="true")
    assert peer.call(POST, ids=("je-1",), unique="true").errors[0][1].startswith("Simulated refusal")


def test_controlids_may_be_forgotten_after_a_while(peer: Peer) -> None:
    peer.switch("controlid_retention_h", "24")
    for hours, expected in ((0, "success"), (24, "failure"), (1, "success")):
        peer.clock.advance(hours * 3600)
        assert peer.call(READ, ids=("r-1",), unique="true").statuses == [expected]


@pytest.mark.parametrize(
    ("fault", "status", "inside"),
    [
        ("rate_limit", 429, "GW-0010"),
        ("rate_limit_html", 429, "429 Too Many Requests"),
        ("rate_limit_200", 200, "API rate limit exceeded"),
        ("unauthorized", 401, "XMLGW_JPP0002"),
        ("invalid_request", 400, "GW-0011"),
        ("internal_error", 500, "GW-0001"),
        ("internal_error_html", 500, "500 Internal Server Error"),
        ("bad_gateway", 502, "502 Bad Gateway"),
        ("unavailable", 503, "The Service is Temporarily Off-line"),
        ("gateway_timeout", 504, "504 Gateway Timeout"),
        ("origin_timeout", 524, "cf-error-details"),
        ("cloudflare", 403, "cf-error-details"),
    ],
)
@pytest.mark.parametrize("done", [False, True])
def test_a_status_says_nothing_about_the_work(peer: Peer, fault: str, status: int, inside: str, done: bool) -> None:
    peer.fault(fault, match={"operation": "create"}, params={"done": done})
    reply = peer.call(POST).response
    assert reply.status_code == status
    assert reply.headers["content-type"].startswith("text/html" if "<html>" in reply.text else "text/xml")
    assert inside in reply.text
    assert len(peer.journals(REFERENCE)) == int(done)
    assert peer.call(POST).statuses == ["success"], "the fault was for one call"


def test_a_429_without_a_content_type_is_sent_only_on_purpose(peer: Peer) -> None:
    peer.fault("rate_limit_bare", match={"operation": "create"})
    reply = peer.call(POST).response
    assert (reply.status_code, reply.headers.get("content-type"), reply.content) == (429, None, b"")
    assert peer.journals(REFERENCE) == []


def test_retry_after_comes_when_switched_on(peer: Peer) -> None:
    for value, expected in (("absent", None), ("present", "2")):
        peer.switch("retry_after", value)
        peer.fault("rate_limit")
        assert peer.call(READ).response.headers.get("retry-after") == expected


@pytest.mark.parametrize(("fault", "stored"), [("drop_before", 0), ("drop_after", 1), ("truncated", 1)])
def test_a_broken_connection_leaves_the_caller_in_the_dark(peer: Peer, fault: str, stored: int) -> None:
    peer.fault(fault, match={"object": "GLBATCH"})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        peer.call(POST)
    assert len(peer.journals(REFERENCE)) == stored


@pytest.mark.parametrize(("how", "status"), [("gateway_timeout", 504), ("origin_timeout", 524), ("drop", None)])
def test_a_late_commit_happens_after_the_client_gave_up(peer: Peer, how: str, status: int | None) -> None:
    peer.fault("late_commit", params={"reply": how, "delay_s": 600})
    if status is None:
        with pytest.raises(requests.ConnectionError):
            peer.call(POST)
    else:
        assert peer.call(POST).response.status_code == status
    assert peer.call(READ).statuses == ["success"]
    assert peer.journals(REFERENCE) == []
    peer.clock.advance(600)
    peer.call(READ)
    assert len(peer.journals(REFERENCE)) == 1


def test_a_resend_that_wins_over_a_late_commit_posts_once(peer: Peer) -> None:
    peer.fault("late_commit", params={"reply": "gateway_timeout"})
    assert peer.call(POST, ids=("je-1",), unique="true").response.status_code == 504
    assert peer.call(POST, ids=("je-1",), unique="true").statuses == ["success"]
    assert peer.admin("POST", "/intacct/release").json() == {"released": 1}
    assert len(peer.journals(REFERENCE)) == 1


def test_a_session_can_die_in_the_middle_of_a_run(peer: Peer) -> None:
    session = peer.open_session()
    peer.fault("session_expired", after=1)
    statuses = [peer.call(READ, session=session).text("operation/authentication/status") for _ in range(2)]
    assert statuses == ["success", "failure"]


def test_a_slow_reply_arrives_after_the_work_is_done(peer: Peer) -> None:
    peer.fault("slow", params={"delay_s": 0.6})
    with pytest.raises(requests.Timeout):
        peer.session.post(peer.url, data=b"<request/>", headers={"Content-Type": "text/xml"}, timeout=0.2)
    assert peer.call(READ).statuses == ["success"]


def test_a_rule_can_hit_one_controlid_or_one_reference(peer: Peer) -> None:
    peer.fault("unavailable", match={"controlid": "je-2"}, times=0)
    peer.fault("bad_gateway", match={"body": "PX-OTHER"}, times=0)
    assert peer.call(POST, ids=("je-1",)).response.status_code == 200
    assert peer.call(POST, ids=("je-2",)).response.status_code == 503
    assert peer.call(create(batch(REFERENCENO="PX-OTHER"))).response.status_code == 502


def test_calls_are_counted_per_function_and_object(peer: Peer) -> None:
    peer.admin("POST", "/calls/reset")
    session = peer.open_session()
    peer.call(POST, READ, session=session)
    peer.query("GLBATCH", "RECORDNO")
    assert peer.admin("GET", "/calls").json() == {
        "intacct create GLBATCH": 1,
        "intacct getAPISession": 1,
        "intacct query GLBATCH": 1,
        "intacct read CLASS": 1,
        "intacct request": 3,
    }


def test_the_operator_sees_journals_and_can_take_one_away(peer: Peer) -> None:
    peer.call(POST)
    journal = peer.journals(REFERENCE)[0]
    assert {name: journal[name] for name in ("journal", "date", "state", "debit_cents", "credit_cents")} == {
        "journal": "PYRJ",
        "date": "2025-03-14",
        "state": "Posted",
        "debit_cents": 145080,
        "credit_cents": 145080,
    }
    assert journal["lines"] == [
        {
            "line": 1,
            "account": "6000",
            "side": "debit",
            "amount": "1450.8",
            "location": "NYC",
            "department": "200",
            "memo": None,
        },
        {"line": 2, "account": "1051", "side": "credit", "amount": "1450.8", "location": "NYC", "memo": None},
    ]
    peer.admin("DELETE", "/intacct/journals", recordno=journal["recordno"])
    assert peer.journals(REFERENCE) == []


def test_an_operator_is_told_what_is_wrong(peer: Peer) -> None:
    for path, body, word in (
        ("/intacct/periods", {"month": "March", "closed": True}, "'month' must be YYYY-MM"),
        ("/intacct/periods", {"month": "2025-03", "closed": "yes"}, "'closed' must be true or false"),
        ("/intacct/records", {"object": "NOSUCH"}, "'object' must be one of"),
        ("/intacct/records", {"object": "CLASS", "key": "PS", "fields": {"COLOUR": "red"}}, "cannot take COLOUR"),
    ):
        reply = peer.session.post(f"{peer.root}/admin{path}", json=body, timeout=30)
        assert (reply.status_code, word in reply.json()["error"]) == (400, True)


def test_a_state_file_of_another_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    store.remember("intacct tables", "of an older version")
    store.close()
    with (
        pytest.raises(SandboxError, match=r"state\.db was made by another version.*Delete it"),
        running_sandbox(SandboxOptions(tmp_path / "state.db"), firm=TinyFirm()),
    ):
        pass


def test_the_state_outlives_a_restart(tmp_path: Path) -> None:
    clock, options = Clock(), SandboxOptions(tmp_path / "state.db")
    with running_sandbox(options, firm=TinyFirm(), now=clock) as root:
        peer = Peer(root, clock)
        session = peer.open_session()
        peer.call(POST, ids=("je-1",), unique="true")
    with running_sandbox(options, firm=TinyFirm(), now=clock) as root:
        peer = Peer(root, clock)
        assert [journal["reference"] for journal in peer.journals(REFERENCE)] == [REFERENCE]
        assert peer.call(POST, ids=("je-1",), unique="true").statuses == ["failure"]
        assert peer.call(READ, session=session).statuses == ["success"]
        assert len(peer.query("EMPLOYEE", "EMPLOYEEID").rows()) == 4, "planted once"
