"""Damaged replies: every one ends in a typed outcome, and no receipt is given without its record number.

Most mutations reach the client without a socket: the real transport on a connection adapter that hands out the damaged
bytes. A smaller number takes the whole way over a socket. Seeded, so that a failure can be run again;
INTACCT_FUZZ_MUTATIONS asks for more than the default, INTACCT_FUZZ_SEED for others.
"""

import os
import random
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from email.message import Message
from io import BytesIO

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

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
from connector_assets.vendors.intacct.documents import IntacctDocuments
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.intacct.records import Record
from connector_assets.vendors.protocols import Found, Receipt
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, SeenRequest
from connector_tests.vendors.intacct_wire import (
    XML_TYPE,
    Asked,
    asked,
    client_for,
    document,
    done,
    error,
    failed,
    login,
    page,
    written,
)
from connector_tests.vendors.test_intacct_ledger import HEADER, JOURNAL, ROWS

Server = Callable[[Script], AbstractContextManager[ScriptedServer]]

SEED = int(os.environ.get("INTACCT_FUZZ_SEED", "20310405"))
MUTATIONS = int(os.environ.get("INTACCT_FUZZ_MUTATIONS", "20000"))
BY_SOCKET = MUTATIONS // 20
URL = "http://127.0.0.1:9"
CONTROL_ID = "px:1042:L:1"
SPLICES = (
    b"<",
    b">",
    b"&",
    b"&amp;",
    b"\x00",
    b"\xff",
    b"]]>",
    b"<!DOCTYPE r>",
    b"<x>",
    b"</x>",
    b"failure",
    b"success",
)
ONLY_BEFORE_EXECUTION = (CredentialError, AccessError, UnavailableError)


def mutated(body: bytes, dice: random.Random) -> bytes:
    """One to three random wounds: a byte changed, a piece cut out, doubled, moved or replaced, or the end torn off."""
    for _ in range(dice.randint(1, 3)):
        start = dice.randrange(len(body) + 1)
        end = min(len(body), start + dice.randint(1, 40))
        piece = body[start:end]
        wounds = (
            lambda b, s, e, p: b[:s] + bytes([dice.randrange(256)]) + b[s + 1 :],
            lambda b, s, e, p: b[:s] + b[e:],
            lambda b, s, e, p: b[:e] + p + b[e:],
            lambda b, s, e, p: b[:s] + dice.choice(SPLICES) + b[s:],
            lambda b, s, e, p: b[:s] + dice.choice(SPLICES) + b[e:],
            lambda b, s, e, p: (b[:s] + b[e:])[: s // 2] + p + (b[:s] + b[e:])[s // 2 :],
            lambda b, s, e, p: b[:s] if s else b,
        )
        body = dice.choice(wounds)(body, start, end, piece) or b" "
    return body


class Wounding:
    """A gateway whose answers to one kind of function arrive damaged; the last one sent is kept."""

    def __init__(self, function: str, whole: Callable[[Asked], str]) -> None:
        self.last = b""
        self._function, self._whole, self._dice = function, whole, random.Random(SEED)  # noqa: S311 - not for secrets

    def __call__(self, request: SeenRequest) -> ScriptedReply:
        read = asked(request)
        name = read.bodies[0].tag
        if name == self._function:
            self.last = mutated(self._whole(read).encode(), self._dice)
            return ScriptedReply(200, self.last, XML_TYPE)
        if name == "getAPISession":
            return login()(request)
        object_name = read.bodies[0].findtext("object") or ""
        found = page(object_name, {"GLBATCH": [HEADER], "GLENTRY": ROWS}[object_name])
        return ScriptedReply(200, document(read, done(found)), XML_TYPE)


class Wire(HTTPAdapter):
    """A connection without a socket: it hands each request to a gateway in this process."""

    def __init__(self, gateway: Callable[[SeenRequest], ScriptedReply]) -> None:
        super().__init__()
        self._gateway = gateway

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        headers = Message()
        headers["Host"] = URL.removeprefix("http://")
        content = request.body if isinstance(request.body, bytes) else b""
        reply = self._gateway(SeenRequest(str(request.method), str(request.path_url), {}, headers, content))
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        response = requests.Response()
        response.status_code, response.url = reply.status, str(request.url)
        response.headers.update(reply.headers)
        response.raw = HTTPResponse(BytesIO(body), status=reply.status, preload_content=False)
        return response


def wired(gateway: Callable[[SeenRequest], ScriptedReply]) -> IntacctClient:
    client = client_for(URL, max_attempts=1)
    client.transport._session.mount("http://", Wire(gateway))
    return client


def outcome_of(call: Callable[[], Receipt | list[Found]]) -> Receipt | list[Found] | VendorError:
    try:
        return call()
    except VendorError as caught:
        return caught


def proves(body: bytes, receipt: Receipt) -> bool:
    """Whether the reply says, to a reader that knows nothing of ours, that this control id made this record."""
    has_id = f"<controlid>{CONTROL_ID}</controlid>".encode() in re.sub(rb"\s", b"", body)
    key = receipt.key.encode()
    return has_id and re.search(rb"<recordno>\s*" + key + rb"\s*</recordno>", body, re.IGNORECASE) is not None


def created(read: Asked) -> str:
    return document(read, done(written("glbatch", 812)))


def post_under_wounds(client: IntacctClient, gateway: Wounding, times: int) -> tuple[int, int]:
    """How often a damaged reply gave a receipt (checked here against its bytes), and how often an unknown outcome."""
    ledger = IntacctLedger(client)
    receipts = unknown = 0
    for number in range(times):
        outcome = outcome_of(lambda: ledger.send(JOURNAL, CONTROL_ID))
        if isinstance(outcome, Receipt):
            assert proves(gateway.last, outcome), (number, gateway.last)
            receipts += 1
        else:
            assert isinstance(outcome, OutcomeUnknownError | RefusedError), (number, outcome, gateway.last)
            unknown += isinstance(outcome, OutcomeUnknownError)
    return receipts, unknown


def test_no_damaged_reply_to_a_post_is_taken_for_a_receipt() -> None:
    gateway = Wounding("create", created)
    receipts, unknown = post_under_wounds(wired(gateway), gateway, MUTATIONS // 2)
    assert receipts > 0, "some wounds hit white space or the session's times only"
    assert unknown > MUTATIONS // 4


def test_nor_is_one_that_came_over_a_socket(scripted_server: Server) -> None:
    gateway = Wounding("create", created)
    with scripted_server([gateway] * (8 * BY_SOCKET)) as server:
        receipts, unknown = post_under_wounds(client_for(server.url, max_attempts=1), gateway, BY_SOCKET)
    assert receipts > 0
    assert unknown > BY_SOCKET // 2


def test_a_damaged_refusal_never_becomes_a_receipt() -> None:
    refusal = failed(error("BL01001973", "Transactions do not balance for Location E200"))
    gateway = Wounding("create", lambda read: document(read, refusal))
    ledger = IntacctLedger(wired(gateway))
    for _ in range(MUTATIONS // 10):
        outcome = outcome_of(lambda: ledger.send(JOURNAL, CONTROL_ID))
        assert isinstance(outcome, VendorError), gateway.last
        assert not isinstance(outcome, ProtocolError), gateway.last


def test_a_damaged_reply_of_a_legacy_function_gives_no_key_that_it_does_not_hold() -> None:
    invoice: Record = {
        "invoice_no": "S-1",
        "customer_id": "C-42",
        "invoice_date": date(2031, 4, 5),
        "lines": [{"account_no": "4000", "amount_cents": 800}],
    }
    gateway = Wounding("create_invoice", lambda read: document(read, done("<key>812</key>")))
    documents = IntacctDocuments(wired(gateway))
    keys = 0
    for _ in range(MUTATIONS // 10):
        try:
            key = documents.create("invoice", invoice, CONTROL_ID)
        except VendorError as caught:
            assert isinstance(caught, OutcomeUnknownError | RefusedError), (caught, gateway.last)
            continue
        assert re.search(rb"<key>\s*" + key.encode() + rb"\s*</key>", gateway.last, re.IGNORECASE), gateway.last
        keys += 1
    assert keys > 0


def test_a_damaged_login_proves_that_nothing_was_executed() -> None:
    def whole(read: Asked) -> str:
        api = f"<api><sessionid>S1</sessionid><endpoint>{URL}/ia/xml/xmlgw.phtml</endpoint><locationid/></api>"
        return document(read, done(f"<data>{api}</data>"))

    gateway = Wounding("getAPISession", whole)
    for _ in range(MUTATIONS // 10):
        ledger = IntacctLedger(wired(gateway))
        outcome = outcome_of(lambda: ledger.find(JOURNAL))  # noqa: B023 - called within the iteration
        assert isinstance(outcome, (list, *ONLY_BEFORE_EXECUTION)), (outcome, gateway.last)


def test_a_damaged_look_up_is_an_error_or_a_look_up() -> None:
    def whole(read: Asked) -> str:
        object_name = read.bodies[0].findtext("object") or ""
        return document(read, done(page(object_name, {"GLBATCH": [HEADER], "GLENTRY": ROWS}.get(object_name, []))))

    gateway = Wounding("query", whole)
    ledger = IntacctLedger(wired(gateway))
    for _ in range(MUTATIONS // 5):
        outcome = outcome_of(lambda: ledger.find(JOURNAL))
        is_typed = isinstance(outcome, (list, ProtocolError, RefusedError, *ONLY_BEFORE_EXECUTION))
        assert is_typed, (outcome, gateway.last)
