"""Sessions, the three status levels, and what a broken reply lets a caller conclude. Over real sockets."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.errors import PartlyDoneError
from connector_assets.vendors.intacct.session import LOGIN_QUIET_S, SessionCache
from connector_assets.vendors.intacct.writer import Removal
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, SeenRequest
from connector_tests.vendors.intacct_wire import (
    EXPIRED,
    HTML_TYPE,
    SENDER_PASSWORD,
    USER_PASSWORD,
    XML_TYPE,
    Responder,
    asked,
    client_for,
    control_failure,
    document,
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

SESSION_ID = "SESSION-hush-3"
DEPARTMENT = {"DEPARTMENTID": "300", "TITLE": "Client PMO"}
ROLLED_BACK = error("XL03000009", "The entire transaction in this operation has been rolled back due to an error.")
BAD_GATEWAY = ScriptedReply(502, "<html><body>Bad gateway</body></html>", HTML_TYPE)
CLOUDFLARE = ScriptedReply(403, '<html><div id="cf-error-details">blocked</div></html>', HTML_TYPE)
CREATED = respond(done(written("department", 7)))
ONE_ROW = respond(done(page("DEPARTMENT", [{"RECORDNO": "1"}])))


def create(client: IntacctClient) -> list[dict[str, str]]:
    return client.create("DEPARTMENT", [DEPARTMENT], "dept:1")


def read(client: IntacctClient) -> list[dict[str, str]]:
    return list(client.query("DEPARTMENT", ["DEPARTMENTID"]))


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_is_opened_alone_and_used_at_the_endpoint_it_names(scripted_server: Server) -> None:
    with scripted_server([login(), ONE_ROW, ONE_ROW]) as server:
        client = client_for(server.url)
        read(client)
        read(client)
    first, second, third = server.requests
    assert [body.tag for body in asked(first).bodies] == ["getAPISession"]
    assert asked(first).root.findtext("operation/authentication/login/password") == USER_PASSWORD
    assert (first.query, second.query, third.query) == ({}, {"node": ["1"]}, {"node": ["1"]})
    assert [asked(item).session_id for item in (second, third)] == [SESSION_ID, SESSION_ID]


def test_an_entity_is_asked_for_in_the_session_request(scripted_server: Server) -> None:
    with scripted_server([login(location_id="E200"), ONE_ROW]) as server:
        read(client_for(server.url, entity_id="E200"))
    assert asked(server.requests[0]).bodies[0].findtext("locationid") == "E200"


def test_a_session_in_another_entity_than_asked_for_is_not_used(scripted_server: Server) -> None:
    with scripted_server([login(location_id="E100")]) as server, pytest.raises(UnavailableError, match="E100"):
        create(client_for(server.url, entity_id="E200"))


def test_an_expired_session_is_replaced_once_and_the_write_sent_again(scripted_server: Server) -> None:
    with scripted_server([login(), EXPIRED, login("SESSION-2"), CREATED]) as server:
        assert create(client_for(server.url)) == [{"RECORDNO": "7"}]
    assert [asked(item).session_id for item in server.requests] == ["", SESSION_ID, "", "SESSION-2"]
    assert asked(server.requests[1]).control_ids == asked(server.requests[3]).control_ids == ["dept:1"]
    assert server.requests[2].query == {}, "a new login goes to the configured address, not to the session's"


def test_a_session_refused_at_the_gate_is_replaced_too(scripted_server: Server) -> None:
    at_the_gate = control_failure(error("XMLGW_JPP0002", "Sign-in information is incorrect."), status=401, echoes=False)
    with scripted_server([login(), at_the_gate, login("SESSION-2"), CREATED]) as server:
        assert create(client_for(server.url)) == [{"RECORDNO": "7"}]


def test_a_second_refusal_of_a_fresh_session_ends_it(scripted_server: Server) -> None:
    with scripted_server([login(), EXPIRED, login(), EXPIRED]) as server, pytest.raises(UnavailableError) as caught:
        create(client_for(server.url))
    assert caught.value.reference == "aB3~xy"


def test_a_refused_login_is_not_tried_again_for_a_while(scripted_server: Server) -> None:
    refused = sign_in_failure(error("XL03000006", "Sign-in information is incorrect"), user="svc", company="ACME")
    clock = [1000.0]
    with scripted_server([refused, login(), ONE_ROW]) as server:
        client = client_for(server.url, sessions=SessionCache(lambda: clock[0]))
        for _ in range(3):
            with pytest.raises(CredentialError, match="Sign-in information is incorrect"):
                read(client)
        assert len(server.requests) == 1
        clock[0] += LOGIN_QUIET_S
        assert read(client) == [{"RECORDNO": "1"}]


def test_a_session_is_renewed_before_the_time_each_reply_announces(scripted_server: Server) -> None:
    clock = [0.0]
    with scripted_server([login(lifetime_h=1), ONE_ROW, ONE_ROW, login("SESSION-2"), ONE_ROW]) as server:
        client = client_for(server.url, sessions=SessionCache(lambda: clock[0]))
        read(client)
        clock[0] = 7200.0 - 121  # every reply announces two hours from itself
        read(client)
        clock[0] += 7200.0 - 119
        read(client)
    assert [asked(item).session_id for item in server.requests] == ["", SESSION_ID, SESSION_ID, "", "SESSION-2"]


def test_threads_share_one_login(scripted_server: Server) -> None:
    with scripted_server([login(), *[ONE_ROW] * 8]) as server, ThreadPoolExecutor(8) as pool:
        client = client_for(server.url)
        assert [rows for rows in pool.map(lambda _: read(client), range(8))] == [[{"RECORDNO": "1"}]] * 8
    assert len([item for item in server.requests if asked(item).bodies[0].tag == "getAPISession"]) == 1


def test_threads_that_lose_a_session_together_log_in_once(scripted_server: Server) -> None:
    gate = threading.Barrier(4)

    def by_session(request: SeenRequest) -> ScriptedReply:
        if asked(request).bodies[0].tag == "getAPISession":
            return login("SESSION-2")(request)
        if asked(request).session_id == SESSION_ID:
            gate.wait(5)
            return EXPIRED(request)
        return ONE_ROW(request)

    with scripted_server([login(), *[by_session] * 9]) as server, ThreadPoolExecutor(4) as pool:
        client = client_for(server.url)
        assert list(pool.map(lambda _: read(client), range(4))) == [[{"RECORDNO": "1"}]] * 4
    assert len([item for item in server.requests if asked(item).bodies[0].tag == "getAPISession"]) == 2


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example.net/ia/xml/xmlgw.phtml",
        "https://intacct.com.example.net/x",
        "https://notintacct.com/x",
        "ftp://127.0.0.1/x",
        "https://user@na12.intacct.com/x",
    ],
)
def test_a_session_is_never_sent_to_a_strangers_host(scripted_server: Server, endpoint: str) -> None:
    with scripted_server([login(endpoint=endpoint)]) as server, pytest.raises(UnavailableError, match="endpoint"):
        create(client_for(server.url))


@pytest.mark.parametrize("login_reply", [BAD_GATEWAY, ScriptedReply(200, "<response>", XML_TYPE), CLOUDFLARE])
def test_a_login_without_an_answer_proves_that_nothing_was_executed(
    scripted_server: Server, login_reply: ScriptedReply
) -> None:
    times = 1 if login_reply is CLOUDFLARE else 3
    with (
        scripted_server([login_reply] * times) as server,
        pytest.raises((UnavailableError, AccessError)),
    ):
        create(client_for(server.url))


def test_an_entity_that_cannot_be_entered_is_named_in_the_fix(scripted_server: Server) -> None:
    refused = respond(failed(error("Get API Session Failed", "Something went wrong")))
    with scripted_server([refused]) as server, pytest.raises(CredentialError, match="entity"):
        read(client_for(server.url, entity_id="NYC"))


def test_an_empty_credential_is_named_at_once() -> None:
    with pytest.raises(CredentialError, match="no sender password, no user id"):
        IntacctClient("http://127.0.0.1", "s", "", "c", "", "p", transport=client_for("http://127.0.0.1").transport)


# --- levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (control_failure(error("XL03000006", "Incorrect Intacct XML Partner ID or password.")), CredentialError),
        (control_failure(error("GW-0011", "Invalid Request [Request ID: 0A_1]"), status=400), CredentialError),
        (control_failure(error("PL04000055", "This company is a demo company and has expired.")), CredentialError),
        (control_failure(error("XL03000003", "XML Parse schema error")), RefusedError),
        (control_failure(error("invalidRequest"), status=400), RefusedError),
        (sign_in_failure(error("XL03000006", description="Invalid Web Services Authorization")), CredentialError),
        (respond(failed(error("PL04000005", "You do not have permission"))), AccessError),
        (respond(failed(error("BL34000061", "Another Department already exists"))), RefusedError),
        (respond(failed(error("QQ1", "never seen"))), RefusedError),
        (respond(failed(error("QQ1", "never seen"), ROLLED_BACK, status="aborted")), RefusedError),
        (respond(failed(error("", description="The Service is Temporarily Off-line"))), OutcomeUnknownError),
    ],
)
def test_a_write_that_fails_cleanly_says_what_happened(
    scripted_server: Server, reply: Responder, expected: type[VendorError]
) -> None:
    with scripted_server([login(), reply]) as server, pytest.raises(expected) as caught:
        create(client_for(server.url))
    assert type(caught.value) is expected


def test_a_refusal_carries_codes_kind_support_id_and_a_fix(scripted_server: Server) -> None:
    text = "Periods are closed. Your transaction date (04/30/2031) is within a period. [Support ID: aB3%7Exyz]"
    refused = respond(failed(error("BL01001973", text), error("BL01001973", "Could not create record!")))
    with scripted_server([login(), refused]) as server, pytest.raises(RefusedError) as caught:
        create(client_for(server.url))
    found = caught.value
    assert (found.kind, found.codes, found.reference) == ("period_closed", ("BL01001973",), "aB3~xyz")
    assert "Support ID" not in found.message
    assert "Reopen the period" in found.fix


def two_writes(client: IntacctClient, *, transaction: bool) -> list[str]:
    functions = [
        Function("create", {"DEPARTMENT": DEPARTMENT}, control_id, "create DEPARTMENT") for control_id in ("a", "b")
    ]
    return [type(outcome.error).__name__ for outcome in client.run(functions, transaction=transaction)]


def test_of_a_rolled_back_transaction_the_culprit_is_raised(scripted_server: Server) -> None:
    reply = respond(
        failed(ROLLED_BACK, status="aborted"), failed(error("BL01001973", "Invalid Job 'P-9' specified."), ROLLED_BACK)
    )
    with scripted_server([login(), reply]) as server, pytest.raises(RefusedError) as caught:
        two_writes(client_for(server.url), transaction=True)
    assert caught.value.kind == "unknown_ref"
    assert asked(server.requests[1]).transaction == "true"


def test_without_a_transaction_each_function_has_its_own_outcome(scripted_server: Server) -> None:
    reply = respond(done(written("department", 7)), failed(error("BL34000061", "already exists")))
    with scripted_server([login(), reply]) as server:
        assert two_writes(client_for(server.url), transaction=False) == ["NoneType", "RefusedError"]


def test_a_transaction_half_done_is_an_unknown_outcome(scripted_server: Server) -> None:
    reply = respond(done(written("department", 7)), failed(error("BL34000061", "already exists")))
    with scripted_server([login(), reply]) as server, pytest.raises(OutcomeUnknownError):
        two_writes(client_for(server.url), transaction=True)


def test_a_failed_create_that_kept_some_of_its_objects_says_which(scripted_server: Server) -> None:
    reply = respond(failed(error("BL34000061", "Another Department already exists"), data=written("department", 7)))
    with scripted_server([login(), reply]) as server, pytest.raises(PartlyDoneError) as caught:
        client_for(server.url).create("DEPARTMENT", [DEPARTMENT, DEPARTMENT], "dept:1")
    assert caught.value.keys == ({"RECORDNO": "7"},)


# --- replies that prove nothing ---------------------------------------------------------------------------------------


def of_another_function(request: SeenRequest) -> ScriptedReply:
    body = document(asked(request), done(written("department", 7)))
    return ScriptedReply(200, body.replace("<controlid>dept:1<", "<controlid>dept:2<"), XML_TYPE)


def of_another_request(request: SeenRequest) -> ScriptedReply:
    read = asked(request)
    return ScriptedReply(200, document(read, done(written("department", 7))).replace(read.control_id, "x"), XML_TYPE)


def with_a_document_type(request: SeenRequest) -> ScriptedReply:
    body = document(asked(request), done(written("department", 7)))
    return ScriptedReply(200, body.replace("<response>", '<!DOCTYPE r [<!ENTITY a "b">]><response>', 1), XML_TYPE)


def too_deep(request: SeenRequest) -> ScriptedReply:
    data = f"<data>{'<x>' * 90}{'</x>' * 90}</data>"
    return ScriptedReply(200, document(asked(request), done(data)), XML_TYPE)


def without_operation(request: SeenRequest) -> ScriptedReply:
    return ScriptedReply(200, "<response><control><status>success</status></control></response>", XML_TYPE)


def with_an_unheard_of_status(request: SeenRequest) -> ScriptedReply:
    return respond(failed(error("X", "y"), status="pending"))(request)


def success_of_a_server_error(request: SeenRequest) -> ScriptedReply:
    return ScriptedReply(500, document(asked(request), done(written("department", 7))), XML_TYPE)


def cut_off(request: SeenRequest) -> ScriptedReply:
    body = document(asked(request), done(written("department", 7)))
    return ScriptedReply(200, body, XML_TYPE, cut_at_bytes=len(body) // 2)


MEANINGLESS: list[Responder | ScriptedReply] = [
    of_another_function,
    of_another_request,
    with_a_document_type,
    too_deep,
    without_operation,
    with_an_unheard_of_status,
    success_of_a_server_error,
    cut_off,
    BAD_GATEWAY,
    ScriptedReply(524, "<html>A timeout occurred</html>", HTML_TYPE),
    ScriptedReply(200, "<html>maintenance</html>", HTML_TYPE),
    ScriptedReply(200, "", XML_TYPE),
    ScriptedReply(200, "PHP Fatal error", XML_TYPE),
    ScriptedReply(drops=True),
    control_failure(error("GW-0001", "Unable to process request"), status=500),
    respond(done()),
    respond(done('<data listtype="objects" count="1"><department><RECORDNO></RECORDNO></department></data>')),
    respond(done(written("project", 7))),
    respond(done(written("department", 7, 8))),
]


@pytest.mark.parametrize("reply", MEANINGLESS)
def test_a_write_with_a_meaningless_reply_is_unknown_and_not_sent_again(
    scripted_server: Server, reply: Responder | ScriptedReply
) -> None:
    with scripted_server([login(), reply]) as server, pytest.raises(OutcomeUnknownError):
        create(client_for(server.url))
    assert len(server.requests) == 2


@pytest.mark.parametrize("reply", [BAD_GATEWAY, cut_off, ScriptedReply(drops=True), ScriptedReply(503, "", XML_TYPE)])
def test_a_read_is_asked_again_until_it_is_answered(scripted_server: Server, reply: Responder | ScriptedReply) -> None:
    waits: list[float] = []
    with scripted_server([login(), reply, reply, ONE_ROW]) as server:
        assert read(client_for(server.url, waits=waits)) == [{"RECORDNO": "1"}]
    assert len(waits) == 2


@pytest.mark.parametrize("reply", [of_another_request, with_a_document_type, too_deep, without_operation])
def test_a_read_whose_reply_is_not_the_gateways_reads_nothing(scripted_server: Server, reply: Responder) -> None:
    times = 3 if reply is without_operation else 1
    with scripted_server([login(), *[reply] * times]) as server, pytest.raises(ProtocolError):
        read(client_for(server.url))


def test_the_gateways_throttle_is_waited_out_even_for_a_write(scripted_server: Server) -> None:
    throttled = control_failure(error("GW-0010", "API rate limit exceeded"), status=429, echoes=False)
    in_a_good_reply = control_failure(error("GW-0010", "API rate limit exceeded"))
    waits: list[float] = []
    with scripted_server([login(), throttled, in_a_good_reply, CREATED]) as server:
        assert create(client_for(server.url, waits=waits)) == [{"RECORDNO": "7"}]
    assert waits == [5.0, 10.0]
    assert len({asked(item).control_ids[0] for item in server.requests[1:]}) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [(403, AccessError), (404, UnavailableError), (413, RefusedError), (405, UnavailableError)],
)
def test_a_web_page_with_a_4xx_proves_that_the_write_was_turned_away(
    scripted_server: Server, status: int, expected: type[VendorError]
) -> None:
    with (
        scripted_server([login(), ScriptedReply(status, "<html></html>", HTML_TYPE)]) as server,
        pytest.raises(expected),
    ):
        create(client_for(server.url))


# --- what must not be seen --------------------------------------------------------------------------------------------


def test_no_secret_is_in_a_repr_an_error_or_a_log(scripted_server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"Bad {SENDER_PASSWORD} {USER_PASSWORD} {SESSION_ID}"
    with scripted_server([login(), respond(failed(error("QQ1", echo)))]) as server:
        client = client_for(server.url)
        with pytest.raises(RefusedError) as caught:
            create(client)
    seen = [str(caught.value), repr(caught.value), repr(vars(client)), repr(vars(client._gateway)), caplog.text]
    assert "[withheld]" in seen[0]
    assert [text for text in seen if "hush" in text] == []


def test_personal_data_that_an_error_echoes_is_withheld(scripted_server: Server) -> None:
    echo = "Another Contact with the given value(s) Doe Jane (E-17)  already exists for jane@example.net in Doesburg"
    contact = {"CONTACTNAME": "Doe Jane (E-17)", "LASTNAME": "Doe", "EMAIL1": "Jane@example.net"}
    refused = respond(failed(error("BL34000061", echo)))
    with scripted_server([login(), refused]) as server, pytest.raises(RefusedError) as caught:
        client_for(server.url).create("CONTACT", [contact], "c:1")
    assert "value(s) [withheld] already exists for [withheld] in Doesburg" in caught.value.message


def test_removed_characters_are_handed_out_once(scripted_server: Server) -> None:
    with scripted_server([login(), EXPIRED, login("S2"), CREATED]) as server:
        client = client_for(server.url)
        client.create("DEPARTMENT", [{"DEPARTMENTID": "300", "TITLE": "P\x0bMO"}], "dept:1")
        assert client.take_removals() == (Removal("dept:1/create/DEPARTMENT[1]/TITLE", ("U+000B",), 1),)
        assert client.take_removals() == ()
    assert asked(server.requests[3]).root.findtext(".//TITLE") == "PMO"


@pytest.mark.parametrize("control_id", ["", "x" * 257, "a\x01"])
def test_a_control_id_that_the_gateway_could_not_carry_is_not_sent(control_id: str) -> None:
    with pytest.raises(RefusedError, match="control id"):
        client_for("http://127.0.0.1:9").create("DEPARTMENT", [DEPARTMENT], control_id)


def test_calls_are_counted_by_what_they_do(scripted_server: Server) -> None:
    with scripted_server([login(), ONE_ROW, CREATED]) as server:
        client = client_for(server.url)
        read(client)
        create(client)
    counted = {"intacct getAPISession": 1, "intacct query DEPARTMENT": 1, "intacct create DEPARTMENT": 1}
    assert client.transport.calls == counted
