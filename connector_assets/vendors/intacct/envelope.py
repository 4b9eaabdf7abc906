"""The gateway's envelope: requests as the vendor's own libraries order them, replies read at all three status levels.

A request is `control`, then one `operation` of an authentication and its functions. A reply may fail at the control
(errors beside it), at the authentication (errors in the operation) or in a function's result; each place is read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from urllib.parse import unquote

from lxml import etree

from connector_assets.vendors.intacct.errors import GatewayError, refused_here
from connector_assets.vendors.intacct.flat_page import FlatPage
from connector_assets.vendors.intacct.writer import Node, Removal, XmlWriter, has_forbidden
from connector_assets.vendors.intacct.xml import (
    ReplyDocument,
    Tree,
    UnreadableReplyError,
    child,
    child_text,
    rows,
    trees,
)

DTD_VERSION = "3.0"
MAX_CONTROL_ID_CHARACTERS = 256
SUCCESS, FAILURE, ABORTED = "success", "failure", "aborted"
READ_FUNCTIONS = frozenset(
    {"read", "readByName", "readByQuery", "readMore", "readRelated", "readView", "query"}
    | {"lookup", "inspect", "get", "get_list", "getAPISession"}
)

_SUPPORT_ID = re.compile(r"\s*\[(?:Support|Request) ID:\s*([^\]]*)\]")


@dataclass(frozen=True)
class Function:
    """One function of an operation: `name` and `content` as they go on the wire, `control_id` to tell its result.

    `doing` names it in messages and call counts ("create GLBATCH"); the reply to one that `carries_files` may hold
    texts of any length up to the cap on the whole. Raises RefusedError for a control id the gateway could not carry
    unchanged: empty, over 256 characters, or with a character that XML forbids.
    """

    name: str
    content: Node = field(repr=False)
    control_id: str
    doing: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    carries_files: bool = False

    def __post_init__(self) -> None:
        if not self.control_id or len(self.control_id) > MAX_CONTROL_ID_CHARACTERS or has_forbidden(self.control_id):
            why = f"its control id is empty, longer than {MAX_CONTROL_ID_CHARACTERS} or not printable"
            raise refused_here(self.doing, why, "Give the posting a shorter, printable control id.")

    @property
    def is_write(self) -> bool:
        """Whether it may change anything; every function that is not known to read counts as a write."""
        return self.name not in READ_FUNCTIONS


@dataclass(frozen=True)
class Sender:
    """The web-services sender of the licence."""

    sender_id: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Login:
    """A user of a company, at its top level or in one entity."""

    company_id: str
    user_id: str
    password: str = field(repr=False)
    entity_id: str | None = None

    def node(self) -> Node:
        """The `login` element; an entity goes into the session request, so that a wrong one is told from bad login."""
        return {"login": {"userid": self.user_id, "companyid": self.company_id, "password": self.password}}


@dataclass(frozen=True)
class Authentication:
    """The reply's authentication block; times as the gateway wrote them, empty where it wrote none."""

    status: str
    user_id: str
    company_id: str
    location_id: str
    session_timestamp: str
    session_timeout: str


@dataclass(frozen=True)
class FunctionResult:
    """What the gateway says of one function; the counts are None where it gave none.

    `data` holds its records, but those of a flat page are in `page`.
    """

    status: str
    function: str
    control_id: str
    key: str
    data: etree._Element | None = field(repr=False)
    page: FlatPage | None
    count: int | None
    total_count: int | None
    remaining_count: int | None
    result_id: str
    errors: tuple[GatewayError, ...]

    def rows(self) -> list[dict[str, str]]:
        """The records: field names in upper case, values as text, empty fields as empty strings."""
        if self.page is not None:
            return self.page.rows
        return [] if self.data is None else rows(self.data)

    def trees(self) -> list[Tree]:
        """The records with the lines that they own."""
        if self.page is not None:
            return [dict(row) for row in self.page.rows]
        return [] if self.data is None else trees(self.data)

    def names(self) -> list[str]:
        """The records' element names in lower case."""
        if self.page is not None:
            return [self.page.name.lower()] * len(self.page.rows)
        return [] if self.data is None else [item.tag.lower() for item in self.data]


@dataclass(frozen=True)
class GatewayReply:
    """A reply, read. `errors` belong to a failed control, `operation_errors` to a failed authentication."""

    status: str
    control_id: str
    errors: tuple[GatewayError, ...]
    authentication: Authentication | None
    operation_errors: tuple[GatewayError, ...]
    results: tuple[FunctionResult, ...]


def date_text(day: date) -> str:
    """A date as the gateway writes and reads it: MM/DD/YYYY."""
    return f"{day.month:02d}/{day.day:02d}/{day.year:04d}"


def build_request(
    sender: Sender,
    authentication: Node,
    functions: Sequence[Function],
    *,
    control_id: str,
    transaction: bool,
    unique: bool,
) -> tuple[bytes, list[Removal]]:
    """The request as UTF-8 bytes, and the characters that had to be removed from its texts."""
    control: Node = {
        "senderid": sender.sender_id,
        "password": sender.password,
        "controlid": control_id,
        "uniqueid": _boolean(unique),
        "dtdversion": DTD_VERSION,
        "includewhitespace": "false",
        "showadditionalerrorinfo": "true",
    }
    out = BytesIO()
    writer = XmlWriter(out)
    with writer.element("request"):
        writer.write("control", control)
        with writer.element("operation", {"transaction": _boolean(transaction)}):
            writer.write("authentication", authentication)
            with writer.element("content"):
                for function in functions:
                    with writer.element("function", {"controlid": function.control_id}):
                        path = f"{function.control_id}/{function.name}"
                        writer.write(function.name, function.content, function.attributes, path)
    writer.flush()
    return out.getvalue(), writer.removals


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def read_reply(document: ReplyDocument) -> GatewayReply:
    """Read a parsed reply. Raises UnreadableReplyError when it is not a gateway's document."""
    root = document.root
    control = child(root, "control")
    status = child_text(control, "status").lower()
    if str(root.tag).lower() != "response" or status not in {SUCCESS, FAILURE}:
        raise UnreadableReplyError("malformed", "the document is not a gateway response with a status")
    operation = child(root, "operation")
    if status == SUCCESS and operation is None:
        raise UnreadableReplyError("malformed", "the response reports success and carries no operation")
    return GatewayReply(
        status=status,
        control_id=child_text(control, "controlid"),
        errors=_errors(root),
        authentication=_authentication(child(operation, "authentication")),
        operation_errors=_errors(operation),
        results=tuple(_result(item, document.page) for item in _children(operation, "result")),
    )


def _authentication(element: etree._Element | None) -> Authentication | None:
    if element is None:
        return None
    return Authentication(
        status=child_text(element, "status").lower(),
        user_id=child_text(element, "userid"),
        company_id=child_text(element, "companyid"),
        location_id=child_text(element, "locationid"),
        session_timestamp=child_text(element, "sessiontimestamp"),
        session_timeout=child_text(element, "sessiontimeout"),
    )


def _result(element: etree._Element, page: FlatPage | None) -> FunctionResult:
    data = child(element, "data")
    attributes = {} if data is None else {str(name).lower(): str(value) for name, value in data.attrib.items()}
    return FunctionResult(
        status=child_text(element, "status").lower(),
        function=child_text(element, "function"),
        control_id=child_text(element, "controlid"),
        key=child_text(element, "key"),
        data=data,
        page=page if data is not None and data.tag == "data" else None,
        count=_count(attributes, "count"),
        total_count=_count(attributes, "totalcount"),
        remaining_count=_count(attributes, "numremaining"),
        result_id=attributes.get("resultid", ""),
        errors=_errors(element),
    )


def _count(attributes: Mapping[str, str], name: str) -> int | None:
    text = attributes.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UnreadableReplyError("malformed", f"the attribute {name} of a result is not a count")
    return int(text)


def _children(element: etree._Element | None, name: str) -> list[etree._Element]:
    if element is None:
        return []
    return [item for item in element if isinstance(item.tag, str) and item.tag.lower() == name]


def _errors(parent: etree._Element | None) -> tuple[GatewayError, ...]:
    found = (item for message in _children(parent, "errormessage") for item in _children(message, "error"))
    return tuple(_error(item) for item in found)


def _error(element: etree._Element) -> GatewayError:
    texts = [child_text(element, name) for name in ("description", "description2", "correction")]
    support_ids = [unquote(match) for text in texts for match in _SUPPORT_ID.findall(text)]
    description, description2, correction = (_SUPPORT_ID.sub("", text).strip() for text in texts)
    return GatewayError(
        number=child_text(element, "errorno"),
        text=" ".join(dict.fromkeys(part for part in (description, description2) if part)),
        correction=correction,
        support_id=support_ids[0] if support_ids else "",
        error_id=child_text(child(element, "additionalinfo"), "errorid"),
    )
