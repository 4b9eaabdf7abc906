"""The envelope: transport, parsing, sender, login and session, each failure at its own level with its own echo."""

import re

import pytest
import requests
from lxml import etree

from connector_assets.sandbox.intacct.chart import CHART
from connector_tests.sandbox.intacct.peer import LOGIN, REQUEST, SENDER, Peer, Reply, create

READ = "<read><object>LOCATION</object><keys>1</keys><fields>LOCATIONID</fields></read>"
WHOLE = REQUEST.format(
    sender=SENDER,
    unique="false",
    more="",
    dtd="3.0",
    transaction="false",
    authentication=LOGIN.format(""),
    functions=f'<function controlid="f-1">{READ}</function>',
)
LOGIN_TEXT = "Sign-in information is incorrect"


@pytest.mark.parametrize(
    "content_type",
    ["application/xml", "text/xml; charset=UTF-8", "x-intacct-xml-request", "application/x-intacct-xml-request"],
)
def test_every_content_type_of_the_clients_in_the_field_is_accepted(reader: Peer, content_type: str) -> None:
    reply = reader.post(WHOLE, content_type)
    assert reply.headers["content-type"] == "text/xml; charset=UTF-8"
    assert Reply(reply).statuses == ["success"]


def test_the_form_field_xmlrequest_is_accepted_and_json_is_not(reader: Peer) -> None:
    form = requests.post(reader.url, data={"xmlrequest": WHOLE}, timeout=30)
    assert Reply(form).statuses == ["success"]
    refused = reader.post(WHOLE, "application/json")
    assert (refused.status_code, Reply(refused).errors[0][0]) == (400, "GW-0014")


def test_a_long_reply_is_compressed_for_those_who_accept_it(reader: Peer) -> None:
    body = WHOLE.replace(READ, "<readByQuery><object>GLACCOUNT</object><query/></readByQuery>").encode()
    for accepted, encoding in (("gzip", "gzip"), ("identity", None)):
        headers = {"Content-Type": "text/xml", "Accept-Encoding": accepted}
        reply = requests.post(reader.url, data=body, headers=headers, timeout=30)
        assert (reply.headers.get("Content-Encoding"), len(Reply(reply).rows())) == (encoding, len(CHART))


def test_a_success_carries_everything_the_vendors_sdks_demand(reader: Peer) -> None:
    reply = reader.call(READ, ids=("my-id",))
    control = {str(cell.tag): cell.text for cell in reply.root[0]}
    assert control == {
        "status": "success",
        "senderid": "sandbox_sender",
        "controlid": "c-1",
        "uniqueid": "false",
        "dtdversion": "3.0",
    }
    assert [str(cell.tag) for cell in reply.root[1][0]] == [
        "status",
        "userid",
        "companyid",
        "locationid",
        "sessiontimestamp",
        "sessiontimeout",
    ]
    assert reply.text("operation/authentication/locationid") == ""
    assert reply.text("operation/authentication/sessiontimeout") == "2026-01-05T14:10:00+00:00"
    assert [str(cell.tag) for cell in reply.results[0]] == ["status", "function", "controlid", "data"]
    assert reply.text("operation/result/function") == "read"
    assert reply.text("operation/result/controlid") == "my-id"


@pytest.mark.parametrize(
    ("broken", "number", "text"),
    [
        (WHOLE.replace("</keys>", "</kees>"), 76, "Opening and ending tag mismatch: keys line 1 and kees"),
        (WHOLE.replace("<keys>1", "<keys>&nbsp;"), 26, "Entity 'nbsp' not defined"),
        (WHOLE.replace("<keys>1", "<keys>A & B"), 68, "xmlParseEntityRef: no name"),
        (WHOLE.replace("<keys>1", "<keys>\x01"), 9, "PCDATA invalid Char value 1"),
        (WHOLE.replace("<keys>1", "<keys>&#1;"), 9, "xmlParseCharRef: invalid xmlChar value 1"),
        ("", 4, "Document is empty"),
    ],
)
def test_xml_that_is_not_well_formed_fails_at_control_level_with_the_parsers_words(
    reader: Peer, broken: str, number: int, text: str
) -> None:
    reply = Reply(reader.post(broken))
    assert (reply.response.status_code, reply.text("control/status")) == (200, "failure")
    assert reply.root.find("operation") is None
    found = reply.errors[0]
    assert found[0] == "XL03000003"
    assert found[1].startswith(f"XML Parse schema error: Fatal Error {number}: {text}")
    assert re.search(r"Line: \d+, column: \d+\. \[Support ID: .+%7E.+\]$", found[1])


def test_control_fields_read_before_the_error_are_still_echoed(reader: Peer) -> None:
    reply = Reply(reader.post(WHOLE.replace("</keys>", "</kees>")))
    assert reply.text("control/senderid") == "sandbox_sender"
    assert reply.text("control/controlid") == "c-1"


@pytest.mark.parametrize(
    ("function", "text"),
    [
        ("<readByQuery><object>CLASS</object><query/><orderby/></readByQuery>", "Element 'orderby'"),
        ("<query><object>CLASS</object></query>", "Element 'query': Missing child element(s)"),
        (
            "<query><object>CLASS</object><select><field>NAME</field></select><pagesize>2001</pagesize></query>",
            "Element 'pagesize'",
        ),
        (
            "<query><object>CLASS</object><select><field>NAME</field></select>"
            "<filter><and><isnull><field>NAME</field></isnull></and></filter></query>",
            "Element 'and': Missing child element(s)",
        ),
        (
            "<query><object>CLASS</object><select><field>NAME</field></select>"
            "<filter><between><field>NAME</field><value>1</value></between></filter></query>",
            "Element 'between': Missing child element(s)",
        ),
        (
            "<query><object>CLASS</object><select><field>NAME</field></select><filter>"
            "<isnull><field>NAME</field></isnull><isnull><field>NAME</field></isnull></filter></query>",
            "Element 'isnull': This element is not expected",
        ),
    ],
)
def test_a_function_against_the_schema_fails_the_whole_request(reader: Peer, function: str, text: str) -> None:
    reply = reader.call(READ, function)
    assert reply.text("control/status") == "failure"
    assert reply.errors[0][0] == "XL03000003"
    assert text in reply.errors[0][1]


def test_no_entity_is_expanded_and_no_file_is_read(reader: Peer) -> None:
    doctype = '<!DOCTYPE request [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    body = WHOLE.replace("<request>", f"{doctype}<request>").replace("<keys>1", "<keys>&x;")
    reply = Reply(reader.post(body))
    assert reply.text("control/status") == "failure"
    assert reply.errors[0][0] == "XL03000003"


@pytest.mark.parametrize(
    "sender",
    [
        SENDER.replace("sandbox_sender", "nobody"),
        SENDER.replace("sandbox-sender-not-real", "wrong"),
        SENDER.replace("sandbox_sender", "SANDBOX_SENDER"),
    ],
)
def test_a_wrong_sender_fails_at_control_level(reader: Peer, sender: str) -> None:
    reply = reader.call(READ, sender=sender)
    assert (reply.text("control/status"), reply.root.find("operation")) == ("failure", None)
    assert [number for number, _ in reply.errors] == ["XL03000006"]
    assert reply.errors[0][1].startswith("Incorrect Intacct XML Partner ID or password.")


def test_a_policy_that_does_not_exist_fails_at_control_level(reader: Peer) -> None:
    reply = reader.call(READ, more="<policyid>night</policyid>")
    assert reply.text("control/status") == "failure"
    assert reply.errors[0][1].startswith("night is not a valid transport policy.")


@pytest.mark.parametrize(
    ("login", "user_id", "company_id"),
    [
        (LOGIN.replace("sandbox-user-not-real", "wrong"), "svc_connector", "HOLLIS-MARR"),
        (LOGIN.replace("svc_connector", "nobody"), "nobody", "HOLLIS-MARR"),
        (LOGIN.replace("HOLLIS-MARR", "OTHER-CO"), "svc_connector", "OTHER-CO"),
        (LOGIN.format("<locationid>NOWHERE</locationid>"), "svc_connector", "HOLLIS-MARR"),
        (LOGIN.format("<locationid>NYC</locationid>"), "svc_connector", "HOLLIS-MARR"),
    ],
    ids=["password", "user", "company", "unknown entity", "a location that is no entity"],
)
def test_a_refused_login_fails_at_authentication_level_and_echoes_user_and_company(
    reader: Peer, login: str, user_id: str, company_id: str
) -> None:
    reply = reader.call(READ, login=login)
    assert reply.response.status_code == 200
    assert reply.text("control/status") == "success"
    assert reply.text("operation/authentication/status") == "failure"
    assert reply.text("operation/authentication/userid") == user_id
    assert reply.text("operation/authentication/companyid") == company_id
    assert reply.root.find("operation/errormessage") is not None
    assert reply.root.find("operation/result") is None
    assert (reply.errors[0][0], reply.errors[0][1].startswith(LOGIN_TEXT)) == ("XL03000006", True)


def test_the_gateway_tier_may_answer_a_refused_login_with_401(peer: Peer) -> None:
    peer.switch("bad_login_http", "401")
    reply = peer.call(READ, login=LOGIN.replace("sandbox-user-not-real", "wrong"))
    assert reply.response.status_code == 401
    assert [str(cell.tag) for cell in reply.root[0]] == ["status"]
    assert reply.errors[0] == ("XMLGW_JPP0002", reply.errors[0][1])


def test_a_sender_the_company_never_authorised_is_named(reader: Peer) -> None:
    reply = reader.call(READ, sender=SENDER.replace("sandbox_sender", "sandbox_stranger"))
    assert reply.text("operation/authentication/status") == "failure"
    assert reply.text("operation/authentication/userid") == "svc_connector"
    error = reply.root.find("operation/errormessage/error")
    assert error is not None
    assert error.findtext("description") == "Invalid Web Services Authorization"
    assert "The sender ID 'sandbox_stranger' is not authorized" in (error.findtext("description2") or "")
    assert (error.findtext("correction") or "").startswith("Contact the company administrator")


@pytest.mark.parametrize(("place", "location"), [(None, ""), ("E200", "E200"), ("", "")])
def test_a_session_is_bound_to_the_level_it_was_asked_for(reader: Peer, place: str | None, location: str) -> None:
    asked = "" if place is None else f"<locationid>{place}</locationid>"
    reply = reader.call(f"<getAPISession>{asked}</getAPISession>")
    api = reply.data[0]
    assert [str(cell.tag) for cell in api] == ["sessionid", "endpoint", "locationid"]
    assert (api.findtext("endpoint"), api.findtext("locationid")) == (reader.url, location)
    used = reader.call(READ, session=api.findtext("sessionid"))
    assert used.statuses == ["success"]
    assert used.text("operation/authentication/locationid") == location


def test_an_entity_session_can_go_back_to_the_top(reader: Peer) -> None:
    session = reader.open_session("E100")
    back = reader.call("<getAPISession><locationid/></getAPISession>", session=session)
    assert back.data[0].findtext("locationid") == ""


@pytest.mark.parametrize("place", ["NYC", "E999"])
def test_only_entities_can_be_logged_into(reader: Peer, place: str) -> None:
    reply = reader.call(f"<getAPISession><locationid>{place}</locationid></getAPISession>")
    assert (reply.statuses, reply.errors[0][0]) == (["failure"], "Get API Session Failed")


def test_get_api_session_must_be_alone(reader: Peer) -> None:
    assert reader.call("<getAPISession/>", READ).statuses == ["failure", "success"]


def test_every_call_before_the_timeout_moves_it(peer: Peer) -> None:
    session = peer.open_session()
    for _ in range(3):
        peer.clock.advance(7000)
        assert peer.call(READ, session=session).statuses == ["success"]
    peer.clock.advance(7800)
    assert peer.call(READ, session=session).text("operation/authentication/status") == "failure"


@pytest.mark.parametrize("session", ["never-issued-0123456789", "expired"])
def test_an_expired_and_an_unknown_session_cannot_be_told_apart(peer: Peer, session: str) -> None:
    if session == "expired":
        session = peer.open_session()
        peer.admin("POST", "/intacct/sessions/expire")
    reply = peer.call(READ, session=session)
    assert reply.response.status_code == 200
    assert reply.text("control/status") == "success"
    assert reply.text("operation/authentication/userid") == ""
    assert reply.text("operation/authentication/companyid") == ""
    assert reply.errors[0][0] == "XL03000006"
    assert reply.errors[0][1].startswith(f"Invalid session {session[:3]}.....")


def test_sessions_outlive_a_restart_of_the_gateway_but_not_their_timeout(peer: Peer) -> None:
    reply = peer.call("<getAPISession/>")
    stamp = reply.text("operation/authentication/sessiontimestamp")
    session = reply.data[0].findtext("sessionid")
    peer.clock.advance(60)
    again = peer.call(READ, session=session)
    assert again.text("operation/authentication/sessiontimestamp") == stamp
    assert again.text("operation/authentication/sessiontimeout") == "2026-01-05T14:11:00+00:00"


def test_an_unknown_function_fails_alone_and_results_keep_their_order(reader: Peer) -> None:
    reply = reader.call(READ, "<open_books/>", READ, ids=("a", "b", "c"))
    assert reply.statuses == ["success", "failure", "success"]
    assert reply.texts("operation/result/controlid") == ["a", "b", "c"]
    assert reply.texts("operation/result/function") == ["read", "open_books", "read"]
    assert reply.errors[0][0] == "XL03000009"


def test_generic_functions_need_dtd_version_3(reader: Peer) -> None:
    assert reader.call(READ, dtd="2.1").statuses == ["failure"]
    assert reader.call(READ, dtd="4.0").text("control/status") == "failure"


def test_additional_error_information_comes_only_when_asked_for(reader: Peer) -> None:
    function = create(
        "<GLACCOUNT><ACCOUNTNO>6000</ACCOUNTNO><TITLE>Twice</TITLE><NORMALBALANCE>debit</NORMALBALANCE>"
        "<CLOSINGTYPE>closing account</CLOSINGTYPE></GLACCOUNT>"
    )
    assert reader.call(function).root.find(".//additionalinfo") is None
    asked = reader.call(function, more="<showadditionalerrorinfo>true</showadditionalerrorinfo>")
    assert asked.texts("operation/result/errormessage/error/additionalinfo/errorid") == ["GL-0493", ""]


def test_uniqueid_and_booleans_are_read_in_any_case(reader: Peer) -> None:
    reply = reader.call(READ, READ, ids=("same", "same"), unique="False")
    assert reply.statuses == ["success", "success"]
    assert reply.text("control/uniqueid") == "False"


def test_a_user_without_permission_is_refused_at_function_level(reader: Peer) -> None:
    reply = reader.call(
        create("<CLASS><CLASSID>X</CLASSID><NAME>X</NAME></CLASS>"), login=LOGIN.replace("svc_connector", "svc_reader")
    )
    assert reply.statuses == ["failure"]
    assert reply.errors[0] == ("PL04000005", reply.errors[0][1])


def test_a_reply_is_always_well_formed_whatever_was_written(peer: Peer) -> None:
    name = "M&amp;A &lt;deal&gt; \u00e9\u4e2d\U0001f600 ]]&gt;"
    assert peer.call(create(f"<CLASS><CLASSID>MA</CLASSID><NAME>{name}</NAME></CLASS>")).statuses == ["success"]
    read = peer.call("<readByName><object>CLASS</object><keys>MA</keys><fields>NAME</fields></readByName>")
    assert read.column("NAME") == ["M&A <deal> é中\U0001f600 ]]>"]
    assert etree.fromstring(read.response.content).tag == "response"
