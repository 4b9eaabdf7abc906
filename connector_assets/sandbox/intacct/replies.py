"""The reply documents: control, authentication and results in the shapes of fact sheet section 4."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from connector_assets.sandbox.intacct.errors import ErrorEntry


@dataclass(frozen=True)
class Authentication:
    """What the authentication block of a reply says of the caller; stamps are ISO 8601 with offset."""

    user_id: str
    company_id: str
    location_id: str
    timestamp: str
    timeout: str


@dataclass(frozen=True)
class Outcome:
    """What a function gives back: the elements of its result, and errors where only a part of it succeeded."""

    content: tuple[etree._Element, ...] = ()
    errors: tuple[ErrorEntry, ...] = ()


@dataclass(frozen=True)
class FunctionResult:
    """One `result`."""

    status: str
    function: str
    control_id: str
    outcome: Outcome = field(default_factory=Outcome)


def element(tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    """An element with text and attributes."""
    made = etree.Element(tag, dict(attributes))
    made.text = text
    return made


def child(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Append an element to `parent` and return it."""
    made = etree.SubElement(parent, tag, dict(attributes))
    made.text = text
    return made


def fields_element(tag: str, values: Iterable[tuple[str, str]]) -> etree._Element:
    """An element with one text child per field."""
    made = etree.Element(tag)
    for name, value in values:
        etree.SubElement(made, name).text = value
    return made


def document(root: etree._Element) -> bytes:
    """The bytes of a reply."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def control_failure(echo: Mapping[str, str], entries: Sequence[ErrorEntry]) -> etree._Element:
    """A failure at control level: bad XML, sender or policy, and every GW error (which echoes nothing)."""
    root = _response("failure", echo)
    root.append(_errors(entries))
    return root


def acknowledgement(echo: Mapping[str, str]) -> etree._Element:
    """What an asynchronous request is answered with at once; its reply proper is delivered elsewhere."""
    root = etree.Element("response")
    child(child(root, "acknowledgement"), "status", "success")
    control = child(root, "control")
    child(control, "status", "success")
    for name, value in echo.items():
        child(control, name, value)
    return root


def authentication_failure(echo: Mapping[str, str], user_id: str, company_id: str, entry: ErrorEntry) -> etree._Element:
    """A failure at authentication level."""
    root = _response("success", echo)
    operation = child(root, "operation")
    block = child(operation, "authentication")
    child(block, "status", "failure")
    child(block, "userid", user_id)
    child(block, "companyid", company_id)
    operation.append(_errors([entry]))
    return root


def operation_reply(
    echo: Mapping[str, str],
    authentication: Authentication,
    results: Iterable[FunctionResult],
    *,
    additional_info: bool,
) -> etree._Element:
    """The reply to an operation that was authenticated, with one result per function."""
    root = _response("success", echo)
    operation = child(root, "operation")
    block = child(operation, "authentication")
    child(block, "status", "success")
    child(block, "userid", authentication.user_id)
    child(block, "companyid", authentication.company_id)
    child(block, "locationid", authentication.location_id)
    child(block, "sessiontimestamp", authentication.timestamp)
    child(block, "sessiontimeout", authentication.timeout)
    for result in results:
        operation.append(_result(result, additional_info=additional_info))
    return root


def _response(status: str, echo: Mapping[str, str]) -> etree._Element:
    root = etree.Element("response")
    control = child(root, "control")
    child(control, "status", status)
    for name, value in echo.items():
        child(control, name, value)
    return root


def _result(result: FunctionResult, *, additional_info: bool) -> etree._Element:
    made = etree.Element("result")
    child(made, "status", result.status)
    child(made, "function", result.function)
    child(made, "controlid", result.control_id)
    made.extend(result.outcome.content)
    if result.outcome.errors:
        made.append(_errors(result.outcome.errors, additional_info=additional_info))
    return made


def _errors(entries: Sequence[ErrorEntry], *, additional_info: bool = False) -> etree._Element:
    message = etree.Element("errormessage")
    for entry in entries:
        shown = entry.with_support_id()
        block = child(message, "error")
        child(block, "errorno", shown.errorno)
        child(block, "description", shown.description)
        child(block, "description2", shown.description2)
        child(block, "correction", shown.correction)
        if additional_info:
            _additional_info(block, entry)
    return message


def _additional_info(block: etree._Element, entry: ErrorEntry) -> None:
    """What `showadditionalerrorinfo` asks for; never sent unasked, for the vendor's SDK cannot bear it."""
    info = child(block, "additionalinfo")
    child(info, "errorid", entry.errorid)
    child(info, "category")
    child(info, "target")
    child(child(info, "description"), "messageid", f"IA.{entry.errorid}" if entry.errorid else "")
    child(info, "cdescription")
    child(info, "correction")
