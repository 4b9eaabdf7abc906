"""Damaged replies: every one ends in a typed outcome, and no receipt is given without its record number.

Seeded, so that a failure can be run again. INTACCT_FUZZ_MUTATIONS asks for more than the default.
"""

import os
import random
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.intacct.ledger import IntacctLedger
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

SEED = 20310405
MUTATIONS = int(os.environ.get("INTACCT_FUZZ_MUTATIONS", "2000"))
CLOSING = {"Connection": "close"}
"""A kept connection would wait 40 ms for the delayed acknowledgement of each small reply."""

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
            return ScriptedReply(200, self.last, XML_TYPE | CLOSING)
        if name == "getAPISession":
            return replace(login()(request), headers=XML_TYPE | CLOSING)
        object_name = read.bodies[0].findtext("object") or ""
        found = page(object_name, {"GLBATCH": [HEADER], "GLENTRY": ROWS}[object_name])
        return ScriptedReply(200, document(read, done(found)), XML_TYPE | CLOSING)


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


def test_no_damaged_reply_to_a_post_is_taken_for_a_receipt(scripted_server: Server) -> None:
    gateway = Wounding("create", lambda read: document(read, done(written("glbatch", 812))))
    receipts = unknown = 0
    with scripted_server([gateway] * (8 * MUTATIONS)) as server:
        ledger = IntacctLedger(client_for(server.url, max_attempts=1))
        for number in range(MUTATIONS):
            outcome = outcome_of(lambda: ledger.send(JOURNAL, CONTROL_ID))
            if isinstance(outcome, Receipt):
                assert proves(gateway.last, outcome), (number, gateway.last)
                receipts += 1
            else:
                assert isinstance(outcome, OutcomeUnknownError | RefusedError), (number, outcome, gateway.last)
                unknown += isinstance(outcome, OutcomeUnknownError)
    assert receipts > 0, "some wounds hit white space or the session's times only"
    assert unknown > MUTATIONS // 2


def test_a_damaged_refusal_never_becomes_a_receipt(scripted_server: Server) -> None:
    refusal = failed(error("BL01001973", "Transactions do not balance for Location E200"))
    gateway = Wounding("create", lambda read: document(read, refusal))
    with scripted_server([gateway] * (8 * MUTATIONS)) as server:
        ledger = IntacctLedger(client_for(server.url, max_attempts=1))
        for _ in range(MUTATIONS // 4):
            outcome = outcome_of(lambda: ledger.send(JOURNAL, CONTROL_ID))
            assert isinstance(outcome, VendorError), gateway.last
            assert not isinstance(outcome, ProtocolError), gateway.last


def test_a_damaged_login_proves_that_nothing_was_executed(scripted_server: Server) -> None:
    def whole(read: Asked) -> str:
        api = "<api><sessionid>S1</sessionid><endpoint>HOST</endpoint><locationid></locationid></api>"
        return document(read, done(f"<data>{api}</data>")).replace("HOST", f"{url[0]}/ia/xml/xmlgw.phtml")

    url = [""]
    gateway = Wounding("getAPISession", whole)
    with scripted_server([gateway] * (8 * MUTATIONS)) as server:
        url[0] = server.url
        for _ in range(MUTATIONS // 4):
            ledger = IntacctLedger(client_for(server.url, max_attempts=1))
            outcome = outcome_of(lambda: ledger.find(JOURNAL))  # noqa: B023 - called within the iteration
            assert isinstance(outcome, (list, *ONLY_BEFORE_EXECUTION)), (outcome, gateway.last)


def test_a_damaged_look_up_is_an_error_or_a_look_up(scripted_server: Server) -> None:
    def whole(read: Asked) -> str:
        object_name = read.bodies[0].findtext("object") or ""
        return document(read, done(page(object_name, {"GLBATCH": [HEADER], "GLENTRY": ROWS}.get(object_name, []))))

    gateway = Wounding("query", whole)
    with scripted_server([gateway] * (8 * MUTATIONS)) as server:
        ledger = IntacctLedger(client_for(server.url, max_attempts=1))
        for _ in range(MUTATIONS // 4):
            outcome = outcome_of(lambda: ledger.find(JOURNAL))
            is_typed = isinstance(outcome, (list, ProtocolError, RefusedError, *ONLY_BEFORE_EXECUTION))
            assert is_typed, (outcome, gateway.last)
