"""Replies of the tiers in front of the gateway: GW errors as XML, HTML pages of proxies and of Cloudflare (1.4)."""

import itertools

from starlette.responses import Response

from connector_assets.sandbox.faults import Fault
from connector_assets.sandbox.intacct.errors import ErrorEntry
from connector_assets.sandbox.intacct.replies import control_failure, document
from connector_assets.sandbox.switches import Switches

XML_TYPE = "text/xml; charset=UTF-8"
HTML_TYPE = "text/html; charset=UTF-8"
RETRY_AFTER_S = "2"
_request_numbers = itertools.count(1)
_XML_PAGES = {
    "rate_limit": (429, "GW-0010", "API rate limit exceeded"),
    "rate_limit_200": (200, "GW-0010", "API rate limit exceeded"),
    "invalid_request": (400, "GW-0011", "Invalid Request"),
    "internal_error": (500, "GW-0001", "Unable to process request"),
}
_HTML_PAGES = {
    "rate_limit_html": (429, "429 Too Many Requests", "Too many requests"),
    "internal_error_html": (500, "500 Internal Server Error", "Something failed while your request was processed"),
    "bad_gateway": (502, "502 Bad Gateway", "The gateway received no valid answer"),
    "unavailable": (503, "503 Service Unavailable", "The Service is Temporarily Off-line"),
    "gateway_timeout": (504, "504 Gateway Timeout", "The gateway waited in vain"),
    "origin_timeout": (
        524,
        "524: A timeout occurred",
        '<div class="cf-error-details">The origin is still working</div>',
    ),
    "cloudflare": (403, "Attention Required!", '<div class="cf-error-details">You have been blocked<br></div>'),
}


def gateway_error(status: int, errorno: str, text: str) -> Response:
    """A GW error: control status only, nothing echoed."""
    entry = ErrorEntry(errorno, description=f"{text} [Request ID: 5B{next(_request_numbers):04X}:51_65F0.3]")
    return Response(document(control_failure({}, [entry])), status, {"content-type": XML_TYPE})


def sign_in_incorrect() -> Response:
    """The gateway tier's own answer to wrong credentials: HTTP 401 with XMLGW_JPP0002."""
    return gateway_error(401, "XMLGW_JPP0002", "Sign-in information is incorrect. Please check your request.")


def too_large() -> Response:
    """A proxy's answer to a request that is longer than it carries."""
    html = "<!DOCTYPE html><html><head><title>413 Request Entity Too Large</title></head><body></body></html>"
    return Response(html, 413, {"content-type": HTML_TYPE})


def too_busy(switches: Switches) -> Response:
    """The throttle's own answer."""
    found = page(Fault("rate_limit"), switches)
    assert found is not None  # noqa: S101 - rate_limit is one of the pages
    return found


def page(fault: Fault, switches: Switches) -> Response | None:
    """The reply of a status fault, None for faults of another kind."""
    if fault.name == "unauthorized":
        return sign_in_incorrect()
    if fault.name == "rate_limit_bare":
        return Response(b"", 429)
    if fault.name in _XML_PAGES:
        reply = gateway_error(*_XML_PAGES[fault.name])
    elif fault.name in _HTML_PAGES:
        status, title, text = _HTML_PAGES[fault.name]
        html = (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body>{text}</body></html>'
        )
        reply = Response(html, status, {"content-type": HTML_TYPE})
    else:
        return None
    if reply.status_code == 429 and switches.get("intacct.retry_after") == "present":
        reply.headers["retry-after"] = RETRY_AFTER_S
    return reply
