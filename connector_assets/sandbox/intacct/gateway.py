"""The simulated Sage Intacct XML gateway as HTTP: `routes(context)` is all that the sandbox's server needs."""

import gzip
from collections.abc import Mapping
from datetime import datetime, timedelta

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connector_assets.sandbox.admin import admin_route
from connector_assets.sandbox.context import SandboxContext, in_thread
from connector_assets.sandbox.faults import DroppedReply, Fault, spoil
from connector_assets.sandbox.intacct import administration, status_pages
from connector_assets.sandbox.intacct.bare_data import bare_response
from connector_assets.sandbox.intacct.behaviours import FAULT_KEYS, FAULTS, SWITCHES, SYSTEM
from connector_assets.sandbox.intacct.books import plant
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.envelope import (
    GatewayRequest,
    MalformedRequestError,
    parse_request,
    xml_of_body,
)
from connector_assets.sandbox.intacct.errors import AuthenticationRefusal, ControlRefusal
from connector_assets.sandbox.intacct.idempotency import CompletedFunctions
from connector_assets.sandbox.intacct.operations import Operations
from connector_assets.sandbox.intacct.periods import Periods
from connector_assets.sandbox.intacct.reads import RESULT_SETS
from connector_assets.sandbox.intacct.records import Records
from connector_assets.sandbox.intacct.replies import (
    acknowledgement,
    authentication_failure,
    control_failure,
    document,
    operation_reply,
)
from connector_assets.sandbox.intacct.sessions import Sessions
from connector_assets.sandbox.intacct.slots import Slots, TooBusyError

PATH = "/intacct/ia/xml/xmlgw.phtml"
COMPRESS_FROM_BYTES = 1024
_PARKED = """
CREATE TABLE IF NOT EXISTS intacct_parked (number INTEGER PRIMARY KEY, xml BLOB NOT NULL, due_at TEXT NOT NULL)
"""


def routes(context: SandboxContext) -> list[BaseRoute]:
    """The gateway's one endpoint and its admin calls."""
    context.switches.declare(SWITCHES)
    context.faults.declare(SYSTEM, FAULTS, FAULT_KEYS)
    gateway = Gateway(context)
    return [
        Route(PATH, in_thread(gateway.handle), methods=["POST"]),
        *administration.routes(gateway.records, gateway.periods, gateway.sessions, gateway.release),
        admin_route("/admin/intacct/slots", lambda _: gateway.slots(), "GET"),
        admin_route("/admin/intacct/deliveries", lambda _: gateway.deliveries(), "GET"),
    ]


class Gateway:
    """The company behind one endpoint: parses, authenticates, runs and replies; suffers the faults it is told to."""

    def __init__(self, context: SandboxContext) -> None:
        """Create and plant what the state file does not hold yet."""
        self._context = context
        context.store.create(_PARKED)
        context.store.create(RESULT_SETS)
        self.records = Records(context.store, context.now, lambda: context.switches.get("intacct.timestamp_zone"))
        self.periods = Periods(self.records)
        self.sessions = Sessions(self.records, context.switches)
        self._operations = Operations(CompletedFunctions(self.records, context.switches))
        self._slots = Slots(context.switches)
        self._deliveries: list[dict[str, str]] = []
        plant(self.records)

    def handle(self, request: Request, body: bytes) -> Response:
        """Answer one POST."""
        self._context.calls.add(SYSTEM, "request")
        self.release(due_by=self.records.now())
        xml = xml_of_body(request.headers.get("content-type", ""), body)
        if xml is None:
            return status_pages.gateway_error(400, "GW-0014", "Invalid Content Type")
        largest = self._context.switches.get("intacct.largest_request_bytes")
        if largest != "unlimited" and len(xml) > int(largest):
            return status_pages.too_large()
        parsed = self._parsed(xml)
        fault = self._context.faults.take(SYSTEM, _described(parsed, xml))
        spoiled = self._without_work(fault, xml)
        if spoiled is not None:
            return spoiled
        compress = "gzip" in request.headers.get("accept-encoding", "")
        try:
            with self._slots.taken():
                if fault is not None and fault.name == "hold":
                    self._slots.hold(fault.number("longest_s", 20))
                broken = fault is not None and fault.name == "function_error"
                whole = self._reply(parsed, compress, request.headers.get("host"), broken)
        except TooBusyError:
            return status_pages.too_busy(self._context.switches)
        if fault is None:
            return whole
        page = status_pages.page(fault, self._context.switches)
        return spoil(fault, whole) if page is None else page

    def release(self, due_by: datetime | None = None) -> int:
        """Do the work that `late_commit` put off and end every hold; with a moment, only the work due by then.

        Returns how many calls were done.
        """
        limit = "9999" if due_by is None else due_by.isoformat()
        if due_by is None:
            self._slots.let_go()
        store = self.records.store
        with store.transaction():
            rows = store.rows("SELECT * FROM intacct_parked WHERE due_at <= ? ORDER BY number", (limit,))
            store.write("DELETE FROM intacct_parked WHERE due_at <= ?", (limit,))
        for row in rows:
            self._reply(self._parsed(row["xml"]), compress=False)
        return len(rows)

    def _without_work(self, fault: Fault | None, xml: bytes) -> Response | None:
        """The reply of a fault that strikes before anything is done."""
        if fault is None:
            return None
        if fault.name == "session_expired":
            self.sessions.expire_all()
            return None
        if fault.name == "drop_before":
            return DroppedReply()
        if fault.name == "late_commit":
            due = self.records.now() + timedelta(seconds=fault.number("delay_s", 60))
            self.records.store.write("INSERT INTO intacct_parked (xml, due_at) VALUES (?, ?)", (xml, due.isoformat()))
            named = Fault(str(fault.params.get("reply", "drop")))
            return status_pages.page(named, self._context.switches) or DroppedReply()
        return None if fault.params.get("done") else status_pages.page(fault, self._context.switches)

    def _reply(
        self,
        parsed: GatewayRequest | MalformedRequestError,
        compress: bool,
        host: str | None = None,
        broken: bool = False,
    ) -> Response:
        if isinstance(parsed, MalformedRequestError):
            return _xml_response(control_failure(parsed.echo, parsed.entries), compress)
        try:
            return self._operation(parsed, compress, host, broken)
        except ControlRefusal as refusal:
            return _xml_response(control_failure(parsed.echo, refusal.entries), compress)
        except AuthenticationRefusal as refusal:
            if parsed.login is not None and self._context.switches.get("intacct.bad_login_http") == "401":
                return status_pages.sign_in_incorrect()
            failed = authentication_failure(parsed.echo, refusal.user_id, refusal.company_id, refusal.entry)
            return _xml_response(failed, compress)

    def deliveries(self) -> dict[str, list[dict[str, str]]]:
        """The replies to asynchronous requests, which a real gateway posts to the company's own address."""
        return {"deliveries": list(self._deliveries)}

    def _parsed(self, xml: bytes) -> GatewayRequest | MalformedRequestError:
        try:
            return parse_request(xml, ordered_control=self._context.switches.get("intacct.control_order") == "strict")
        except MalformedRequestError as error:
            return error

    def slots(self) -> dict[str, int]:
        """How many calls run and wait."""
        return self._slots.describe()

    def _operation(self, request: GatewayRequest, compress: bool, host: str | None, broken: bool) -> Response:
        """The reply to an authenticated operation; sessions point back to the name that the caller used for us."""
        signed_in = self.sessions.sign_in(request)
        for call in request.functions:
            self._context.calls.add(SYSTEM, f"{call.name} {call.object_name}".strip())
        desk = Desk(
            records=self.records,
            periods=self.periods,
            sessions=self.sessions,
            switches=self._context.switches,
            endpoint=f"http://{host}{PATH}" if host else self._context.options.public_url + PATH,
            caller=signed_in.caller,
            session_id=signed_in.session_id,
            broken=broken,
        )
        results = self._operations.run(desk, request)
        bare = bare_response(request, results)
        if bare is not None:
            return bare
        shown = signed_in.authentication
        reply = operation_reply(request.echo, shown, results, additional_info=request.additional_info)
        if request.policy_id:
            self._deliveries.append({"controlid": request.echo.get("controlid", ""), "reply": document(reply).decode()})
            return _xml_response(acknowledgement(request.echo), compress)
        return _xml_response(reply, compress)


def _described(parsed: GatewayRequest | MalformedRequestError, xml: bytes) -> Mapping[str, str]:
    """What fault rules match on."""
    body = xml.decode("utf-8", "replace")
    if isinstance(parsed, MalformedRequestError):
        return {"operation": "", "object": "", "controlid": "", "body": body}
    return {
        "operation": parsed.functions[0].name,
        "object": " ".join(call.object_name for call in parsed.functions),
        "controlid": " ".join(call.control_id for call in parsed.functions),
        "body": body,
    }


def _xml_response(root: etree._Element, compress: bool) -> Response:
    body = document(root)
    headers = {"content-type": status_pages.XML_TYPE}
    if compress and len(body) >= COMPRESS_FROM_BYTES:
        body = gzip.compress(body, compresslevel=1)
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers)
