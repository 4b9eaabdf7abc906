"""Gateway replies for tests, composed from what a request asked: shapes from the fact sheet, values our own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.session import SessionCache
from connector_assets.vendors.transport import Transport
from connector_tests.vendors.conftest import ScriptedReply, SeenRequest

PATH = "/ia/xml/xmlgw.phtml"
SENDER_PASSWORD, USER_PASSWORD = "sender-hush-1", "user-hush-2"
XML_TYPE = {"Content-Type": "text/xml; charset=UTF-8"}
HTML_TYPE = {"Content-Type": "text/html"}

Responder = Callable[[SeenRequest], ScriptedReply]


@dataclass(frozen=True)
class Asked:
    """A request, read."""

    root: etree._Element
    control_id: str
    unique: str
    transaction: str
    session_id: str
    functions: list[etree._Element]

    @property
    def bodies(self) -> list[etree._Element]:
        return [function[0] for function in self.functions]

    @property
    def control_ids(self) -> list[str]:
        return [str(function.get("controlid")) for function in self.functions]


def asked(request: SeenRequest) -> Asked:
    root = etree.fromstring(request.body)
    operation = root.find("operation")
    assert operation is not None
    return Asked(
        root=root,
        control_id=root.findtext("control/controlid") or "",
        unique=root.findtext("control/uniqueid") or "",
        transaction=str(operation.get("transaction")),
        session_id=operation.findtext("authentication/sessionid") or "",
        functions=operation.findall("content/function"),
    )


@dataclass(frozen=True)
class Result:
    status: str
    data: str = ""
    errors: tuple[str, ...] = ()
    control_id: str | None = None


def done(data: str = "") -> Result:
    return Result("success", data)


def failed(*errors: str, data: str = "", status: str = "failure") -> Result:
    return Result(status, data, errors)


def error(number: str, description2: str = "", *, description: str = "", correction: str = "") -> str:
    return (
        f"<error><errorno>{escape(number)}</errorno><description>{escape(description)}</description>"
        f"<description2>{escape(description2)}</description2><correction>{escape(correction)}</correction></error>"
    )


def written(object_name: str, *keys: int) -> str:
    rows = "".join(f"<{object_name}><RECORDNO>{key}</RECORDNO></{object_name}>" for key in keys)
    return f'<data listtype="objects" count="{len(keys)}">{rows}</data>'


def page(object_name: str, rows: list[dict[str, str]], *, total: int | None = None, remaining: int = 0) -> str:
    body = "".join(
        f"<{object_name}>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in item.items())}</{object_name}>"
        for item in rows
    )
    total_count = len(rows) + remaining if total is None else total
    counts = f'totalcount="{total_count}" offset="0" count="{len(rows)}" numremaining="{remaining}"'
    return f"<data listtype={quoteattr(object_name)} {counts}>{body}</data>"


def _control(request: Asked, status: str = "success") -> str:
    return (
        f"<control><status>{status}</status><senderid>acme_sender</senderid>"
        f"<controlid>{escape(request.control_id)}</controlid><uniqueid>{request.unique}</uniqueid>"
        "<dtdversion>3.0</dtdversion></control>"
    )


def _signed_in(lifetime_h: int = 2) -> str:
    return (
        "<authentication><status>success</status><userid>svc</userid><companyid>ACME</companyid><locationid></locationid>"
        "<sessiontimestamp>2031-04-30T10:00:00+00:00</sessiontimestamp>"
        f"<sessiontimeout>2031-04-30T{10 + lifetime_h}:00:00+00:00</sessiontimeout></authentication>"
    )


def document(request: Asked, *results: Result, lifetime_h: int = 2) -> str:
    """The whole reply to `request`, one result per function in order."""
    assert len(results) == len(request.functions)
    parts = []
    for result, function in zip(results, request.functions, strict=True):
        message = f"<errormessage>{''.join(result.errors)}</errormessage>" if result.errors else ""
        control_id = function.get("controlid") if result.control_id is None else result.control_id
        parts.append(
            f"<result><status>{result.status}</status><function>{function[0].tag}</function>"
            f"<controlid>{escape(str(control_id))}</controlid>{result.data}{message}</result>"
        )
    operation = f"<operation>{_signed_in(lifetime_h)}{''.join(parts)}</operation>"
    return f'<?xml version="1.0" encoding="UTF-8"?><response>{_control(request)}{operation}</response>'


def respond(*results: Result, lifetime_h: int = 2) -> Responder:
    return lambda request: ScriptedReply(200, document(asked(request), *results, lifetime_h=lifetime_h), XML_TYPE)


def control_failure(*errors: str, status: int = 200, echoes: bool = True) -> Responder:
    def reply(request: SeenRequest) -> ScriptedReply:
        control = _control(asked(request), "failure") if echoes else "<control><status>failure</status></control>"
        body = f"<response>{control}<errormessage>{''.join(errors)}</errormessage></response>"
        return ScriptedReply(status, body, XML_TYPE)

    return reply


def sign_in_failure(*errors: str, user: str = "", company: str = "") -> Responder:
    def reply(request: SeenRequest) -> ScriptedReply:
        block = f"<status>failure</status><userid>{user}</userid><companyid>{company}</companyid>"
        body = (
            f"<response>{_control(asked(request))}<operation><authentication>{block}</authentication>"
            f"<errormessage>{''.join(errors)}</errormessage></operation></response>"
        )
        return ScriptedReply(200, body, XML_TYPE)

    return reply


EXPIRED = sign_in_failure(error("XL03000006", "Invalid session S....  [Support ID: aB3%7Exy]"))


def login(
    session_id: str = "SESSION-hush-3", *, endpoint: str = "", location_id: str = "", lifetime_h: int = 2
) -> Responder:
    """Answer getAPISession; the endpoint is this server itself unless one is given."""

    def reply(request: SeenRequest) -> ScriptedReply:
        where = endpoint or f"http://{request.headers['Host']}{PATH}?node=1"
        api = f"<sessionid>{session_id}</sessionid><endpoint>{escape(where)}</endpoint>"
        api += f"<locationid>{location_id}</locationid>"
        read = asked(request)
        assert read.bodies[0].tag == "getAPISession"
        return ScriptedReply(
            200, document(read, done(f"<data><api>{api}</api></data>"), lifetime_h=lifetime_h), XML_TYPE
        )

    return reply


def client_for(
    url: str,
    *,
    entity_id: str | None = None,
    waits: list[float] | None = None,
    sessions: SessionCache | None = None,
    max_attempts: int = 3,
    slots_dir: Path | None = None,
) -> IntacctClient:
    """A client of the scripted server that never sleeps; waits are noted in `waits`."""
    waited = waits if waits is not None else []
    transport = Transport(
        "intacct", sleep=waited.append, now=lambda: 0.0, jitter=lambda: 0.0, max_attempts=max_attempts
    )
    return IntacctClient(
        f"{url}{PATH}",
        "acme_sender",
        SENDER_PASSWORD,
        "ACME",
        "svc",
        USER_PASSWORD,
        entity_id=entity_id,
        transport=transport,
        sessions=sessions,
        slots_dir=slots_dir,
    )
