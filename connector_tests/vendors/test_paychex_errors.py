"""What each of Paychex's refusals becomes, in both of its error shapes, and what no error ever repeats."""

import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    NotFoundError,
    ProtocolError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, json_reply
from connector_tests.vendors.paychex_script import COMPANY, PERIOD, SECRET, TOKEN, TOKEN_2, client, page, refusal

ScriptedServerFactory = Callable[[Script], AbstractContextManager[ScriptedServer]]
SPRING = json_reply({"timestamp": 1741338000000, "path": "/checks", "status": 500, "error": "Internal"}, 500)
HTML = ScriptedReply(502, "<html><body>Bad Gateway</body></html>", {"Content-Type": "text/html"})


def html(status: int) -> ScriptedReply:
    return ScriptedReply(status, "<html><body>Denied</body></html>", {"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("script", "expected", "said", "fix"),
    [
        ([refusal(400, "API-49")], RefusedError, "API-49 .a query parameter is missing", "Check what was asked for"),
        ([refusal(400, "API-40", "API-8")], RefusedError, r"API-40 \(.*API-8 \(", "support"),
        ([refusal(401, "API-103"), TOKEN_2, refusal(401, "API-103")], CredentialError, "API-103", "client_secret"),
        ([html(401), TOKEN_2, html(401)], CredentialError, "HTTP 401", "client_secret"),
        ([refusal(403, "API-2")], AccessError, "API-2", 'switch on "Payroll & Check" .read.. .*representative'),
        ([refusal(403, "API-68")], AccessError, "no longer serves this client", "account has ended"),
        ([html(403)], AccessError, "HTTP 403", "firewall or proxy"),
        ([refusal(404, "API-7")], NotFoundError, "API-7 .no such id", "base URL"),
        ([html(404)], NotFoundError, "HTTP 404", "base URL"),
        ([refusal(406, "API-75")], RefusedError, "media type", "update the connector"),
        ([refusal(409)], RefusedError, "HTTP 409", "Check what was asked for"),
        ([refusal(423, "API-10")] * 2, UnavailableError, "someone has its payroll open in Flex", "try again"),
        ([refusal(429)] * 2, UnavailableError, "HTTP 429", "try again"),
        ([refusal(500, "API-1")] * 2, UnavailableError, "API-1 .internal error", "try again"),
        ([SPRING] * 2, UnavailableError, "HTTP 500", "try again"),
        ([refusal(503, "API-66")] * 2, UnavailableError, "checks service is unavailable", "try again"),
        ([HTML] * 2, UnavailableError, "HTTP 502", "try again"),
        ([html(200)] * 2, ProtocolError, "web page", "address"),
        ([ScriptedReply(200, '{"content": [{"a": 1}')] * 2, ProtocolError, "without a whole JSON body", "address"),
        ([ScriptedReply(200, "")] * 2, ProtocolError, "without a whole JSON body", "address"),
        ([ScriptedReply(302, "", {"Location": "https://login.example/"})], ProtocolError, "redirect", "address"),
    ],
)
def test_each_refusal_says_what_is_wrong_and_what_to_do(
    scripted_server: ScriptedServerFactory,
    script: list[ScriptedReply],
    expected: type[VendorError],
    said: str,
    fix: str,
) -> None:
    with scripted_server([TOKEN, *script]) as server, pytest.raises(expected, match=said) as caught:
        list(client(server.url).processed_checks(COMPANY, PERIOD))
    assert type(caught.value) is expected
    assert caught.match(f"Fix: .*{fix}")
    assert "checks" in str(caught.value)


@pytest.mark.parametrize("passing", [refusal(423, "API-10"), refusal(503, "API-66"), SPRING, HTML, html(200)])
def test_what_passes_is_waited_out(scripted_server: ScriptedServerFactory, passing: ScriptedReply) -> None:
    with scripted_server([TOKEN, passing, page([])]) as server:
        assert list(client(server.url).processed_checks(COMPANY, PERIOD)) == []


@pytest.mark.parametrize("status", [400, 403, 404, 406, 423, 500, 503])
def test_every_error_carries_the_transaction_id_of_paychex(scripted_server: ScriptedServerFactory, status: int) -> None:
    refused = refusal(status, "API-1", **{"X-payx-txid": "TX-77.a"})
    with scripted_server([TOKEN, refused, refused]) as server, pytest.raises(VendorError) as caught:
        list(client(server.url, max_attempts=1).workers(COMPANY))
    assert caught.value.reference == "TX-77.a"
    assert "[TX-77.a]" in str(caught.value)


def test_without_a_transaction_id_the_echoed_correlation_id_is_the_reference(
    scripted_server: ScriptedServerFactory,
) -> None:
    refused = refusal(404, "API-7", **{"X-payx-client-correlationId": "our-id"})
    with scripted_server([TOKEN, refused]) as server, pytest.raises(NotFoundError) as caught:
        client(server.url).jobs(COMPANY)
    assert caught.value.reference == "our-id"


@pytest.mark.parametrize("status", [400, 403, 404, 406, 409, 423, 500, 503])
def test_no_error_repeats_what_paychex_wrote_into_it(
    scripted_server: ScriptedServerFactory, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    refused = refusal(status, "API-1", f"API-{SECRET}", **{"X-payx-txid": f"<{SECRET}>"})
    with scripted_server([TOKEN, refused]) as server, pytest.raises(VendorError) as caught:
        list(client(server.url, max_attempts=1).workers(COMPANY))
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert SECRET not in shown
    assert "Jane Roe" not in shown


@pytest.mark.parametrize("body", ["[]", "null", '{"errors": "many"}', '{"errors": [7, {"code": 9}]}', "{"])
def test_an_error_body_of_any_shape_is_survived(scripted_server: ScriptedServerFactory, body: str) -> None:
    with scripted_server([TOKEN, ScriptedReply(400, body)]) as server, pytest.raises(RefusedError) as caught:
        client(server.url).jobs(COMPANY)
    assert caught.value.codes == ()
