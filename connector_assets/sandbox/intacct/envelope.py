"""The request envelope: bytes to control, authentication and functions, or libxml2's errors as XL03000003.

Nothing outside the document is ever read: no entities are expanded and no network is touched.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs

from lxml import etree

from connector_assets.sandbox.intacct.errors import ControlRefusal, ErrorEntry
from connector_assets.sandbox.intacct.grammar import request_schema

XML_TYPES = ("application/xml", "text/xml", "x-intacct-xml-request", "application/x-intacct-xml-request")
FORM_TYPE = "application/x-www-form-urlencoded"
CONTROL_ORDER = (
    *("senderid", "password", "controlid", "uniqueid", "dtdversion", "policyid", "includewhitespace"),
    *("showadditionalerrorinfo", "validate", "debug"),
)
ECHOED = ("senderid", "controlid", "uniqueid", "dtdversion")


@dataclass(frozen=True)
class Login:
    """The `login` block."""

    user_id: str
    company_id: str
    password: str
    location_id: str


@dataclass(frozen=True)
class FunctionCall:
    """One `function`: its body's name in lower case for look-up, as written, and the element."""

    name: str
    control_id: str
    body: etree._Element

    @property
    def object_name(self) -> str:
        """The object that the function is about, upper case, empty where it names none."""
        named = self.body.findtext("object") or self.body.get("object")
        if named is None and self.name in ("create", "update") and len(self.body):
            named = str(self.body[0].tag)
        return (named or "").strip().upper()


@dataclass(frozen=True)
class GatewayRequest:
    """A well-formed and schema-valid request. `unique` and `transaction` are the two promises about execution."""

    echo: dict[str, str]
    sender_id: str
    sender_password: str
    policy_id: str
    unique: bool
    additional_info: bool
    transaction: bool
    login: Login | None
    session_id: str
    functions: tuple[FunctionCall, ...]


class MalformedRequestError(ControlRefusal):
    """XML that is not well-formed or not of the schema; `echo` holds the control fields that were readable."""

    def __init__(self, entries: list[ErrorEntry], echo: dict[str, str]) -> None:
        super().__init__(entries)
        self.echo = echo


def xml_of_body(content_type: str, body: bytes) -> bytes | None:
    """The XML of a POST body, raw or in the form field `xmlrequest`; None for a content type the gateway refuses."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM_TYPE:
        return (
            parse_qs(body.decode("utf-8", "surrogateescape"))
            .get("xmlrequest", [""])[0]
            .encode("utf-8", "surrogateescape")
        )
    return body if kind in XML_TYPES else None


def parse_request(xml: bytes, *, ordered_control: bool = False) -> GatewayRequest:
    """Parse and validate one request. Raises MalformedRequestError with every error libxml2 collected.

    With `ordered_control` the control block's elements must stand in CONTROL_ORDER.
    """
    root = _parse(xml)
    if ordered_control:
        _check_control_order(root)
    schema = request_schema()
    if not schema.validate(root):
        raise MalformedRequestError(_entries(schema.error_log, "Error"), _echo(root))
    control, operation = root.find("control"), root.find("operation")
    assert control is not None and operation is not None  # noqa: S101 - the schema has made sure
    login = operation.find("authentication/login")
    return GatewayRequest(
        echo=_echo(root),
        sender_id=_text(control, "senderid"),
        sender_password=_text(control, "password"),
        policy_id=_text(control, "policyid"),
        unique=_text(control, "uniqueid").lower() != "false",
        additional_info=_text(control, "showadditionalerrorinfo").lower() == "true",
        transaction=operation.get("transaction", "").lower() == "true",
        login=None if login is None else _login(login),
        session_id=_text(operation, "authentication/sessionid"),
        functions=tuple(
            FunctionCall(str(entry[0].tag), entry.get("controlid", ""), entry[0])
            for entry in operation.iterfind("content/function")
        ),
    )


def _check_control_order(root: etree._Element) -> None:
    places = [CONTROL_ORDER.index(str(entry.tag)) for entry in root.iterfind("control/*") if entry.tag in CONTROL_ORDER]
    if places != sorted(places):
        entry = ErrorEntry(
            "XL03000003", "XML Parse schema error: Error 1871: the elements of control are out of order."
        )
        raise MalformedRequestError([entry], _echo(root))


def _login(block: etree._Element) -> Login:
    company_id, location_id = _text(block, "companyid"), _text(block, "locationid")
    if company_id.count("|") == 2:
        _, company_id, location_id = company_id.split("|")
    return Login(_text(block, "userid"), company_id, _text(block, "password"), location_id)


def _parse(xml: bytes) -> etree._Element:
    strict = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(xml, strict)
    except etree.XMLSyntaxError:
        lenient = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
        root = etree.fromstring(xml, lenient) if xml.strip() else None
        log = lenient.error_log if root is not None and len(lenient.error_log) else strict.error_log
        raise MalformedRequestError(_entries(log, "Fatal Error"), _echo(root)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        text = "XML Parse schema error: Document type declarations are not accepted."
        raise MalformedRequestError([ErrorEntry("XL03000003", text)], _echo(root))
    return root


def _entries(log: etree._ListErrorLog, severity: str) -> list[ErrorEntry]:
    text = "XML Parse schema error: {} {}: {} Line: {}, column: {}."
    found = [
        ErrorEntry("XL03000003", text.format(severity, entry.type, _sentence(entry.message), entry.line, entry.column))
        for entry in log
    ]
    return found or [ErrorEntry("XL03000003", text.format(severity, 4, "Document is empty.", 1, 1))]


def _sentence(message: str) -> str:
    message = message.strip()
    return message if message.endswith((".", "!")) else f"{message}."


def _echo(root: etree._Element | None) -> dict[str, str]:
    """What of the control block the reply repeats; only what was readable."""
    if root is None:
        return {}
    found = {name: root.findtext(f"control/{name}") for name in ECHOED}
    return {name: value for name, value in found.items() if value is not None and value.isprintable()}


def _text(parent: etree._Element, path: str) -> str:
    return (parent.findtext(path) or "").strip()
