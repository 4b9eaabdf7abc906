"""The Paychex API as routes: every operation with its media types and access bucket, and the way each call goes."""

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from connector_assets.sandbox.context import SandboxContext, in_thread
from connector_assets.sandbox.faults import Fault
from connector_assets.sandbox.paychex import admin, company, faults, hooks, payroll, personnel_office, workers
from connector_assets.sandbox.paychex.desk import Call, Desk
from connector_assets.sandbox.paychex.media import media_type, negotiate
from connector_assets.sandbox.paychex.replies import Listing, PaychexError, dump
from connector_assets.sandbox.paychex.switches import SWITCHES

_CORRELATION = "X-payx-client-correlationId"
_CALLS_A_MINUTE = 10_000


@dataclass(frozen=True)
class Operation:
    """One verb and path. `media[0]` is what plain JSON gets; `bucket` is people, payroll or management."""

    name: str
    path: str
    bucket: str
    media: tuple[str, ...]
    answer: Callable[[Call], Listing | Response]
    method: str = "GET"


def _pair(name: str, path: str, key: str, media: tuple[str, str], answer: Callable[[Call], Listing]) -> list[Operation]:
    """A collection of a company and one member of it, both read from the same answer."""
    bucket = "payroll" if media[0].startswith("payroll") else "people"
    root = "/companies/{company_id}/" + path
    return [
        Operation(name, root, bucket, media[:1], answer),
        Operation(name.removesuffix("s"), f"{root}/{{{key}}}", bucket, media[1:], answer),
    ]


_WORKER_MEDIA = ("worker", "worker_communications", "worker.nonpii", "worker.nonpii_communications")
_WORKERS_MEDIA = (
    "workers",
    "workers_communications",
    "workers.nonpii",
    "workers.nonpii_communications",
    "workers.roster",
)
_CHECKS_MEDIA = ("payroll.checks", "payroll.processedchecks")
_JOBS, _JOB = "/companies/{company_id}/jobs", "/companies/{company_id}/jobs/{job_id}"
_HOOKS = "/management/hooks"
_JSON = ("application/json",)

OPERATIONS = (
    Operation("companies", "/companies", "people", ("companies",), company.companies),
    Operation("company", "/companies/{company_id}", "people", ("company",), company.company),
    *_pair(
        "organizations",
        "organizations",
        "organization_id",
        ("company.organizations", "company.organization"),
        company.organizations,
    ),
    *_pair("locations", "locations", "location_id", ("company.locations", "company.location"), company.locations),
    *_pair("jobs", "jobs", "job_id", ("company.jobs", "company.job"), company.jobs),
    Operation("create_job", _JOBS, "people", ("company.job",), company.create_job, "POST"),
    Operation("change_job", _JOB, "people", ("company.job",), company.change_job, "PATCH"),
    *_pair("jobtitles", "jobtitles", "job_title_id", ("company.jobtitles", "company.jobtitle"), company.job_titles),
    *_pair(
        "laborassignments",
        "laborassignments",
        "labor_assignment_id",
        ("company.laborassignments", "company.laborassignment"),
        company.labor_assignments,
    ),
    *_pair(
        "paycomponents",
        "paycomponents",
        "component_id",
        ("payroll.paycomponents", "payroll.paycomponent"),
        company.pay_components,
    ),
    Operation("payperiods", "/companies/{company_id}/payperiods", "payroll", ("payroll.periods",), payroll.pay_periods),
    Operation(
        "payperiod",
        "/companies/{company_id}/payperiods/{pay_period_id}",
        "payroll",
        ("payroll.period",),
        payroll.pay_period,
    ),
    Operation("checks", "/companies/{company_id}/checks", "payroll", _CHECKS_MEDIA, payroll.company_checks),
    Operation("workers", "/companies/{company_id}/workers", "people", _WORKERS_MEDIA, workers.workers),
    Operation("worker", "/workers/{worker_id}", "people", _WORKER_MEDIA, workers.worker),
    Operation(
        "worker_status", "/workers/{worker_id}/status", "people", ("company.workerstatuses",), workers.worker_status
    ),
    Operation(
        "assignmentdistributions",
        "/workers/{worker_id}/assignmentdistributions",
        "people",
        ("worker.assignmentdistributions",),
        workers.assignment_distributions,
    ),
    Operation("worker_checks", "/workers/{worker_id}/checks", "payroll", _CHECKS_MEDIA, payroll.worker_checks),
    Operation(
        "worker_check",
        "/workers/{worker_id}/checks/{paycheck_id}",
        "payroll",
        ("payroll.check", "payroll.processedcheck"),
        payroll.worker_check,
    ),
    Operation("domains", "/management/domains", "management", _JSON, hooks.domains),
    Operation("hooks", _HOOKS, "management", _JSON, hooks.hooks),
    Operation("create_hook", _HOOKS, "management", _JSON, hooks.create_hook, "POST"),
    Operation("hook", _HOOKS + "/{hook_id}", "management", _JSON, hooks.hook),
    Operation("delete_hook", _HOOKS + "/{hook_id}", "management", _JSON, hooks.delete_hook, "DELETE"),
)


def routes(context: SandboxContext) -> list[BaseRoute]:
    """The API under `/paychex`, and its admin calls under `/admin/paychex`."""
    context.switches.declare(SWITCHES)
    context.faults.declare("paychex", faults.FAULTS, faults.MATCH_KEYS)
    desk = Desk(context)
    context.store.create("CREATE TABLE IF NOT EXISTS paychex_writes (correlation_id TEXT PRIMARY KEY)")
    desk.courier.resume()
    front = Front(desk)
    api = Starlette(
        routes=[front.token_route(), *(front.route(operation) for operation in OPERATIONS)],
        exception_handlers={HTTPException: front.no_route},
    )
    api.router.redirect_slashes = False
    return [Mount("/paychex", api), *admin.routes(desk), *personnel_office.routes(desk)]


class Front:
    """The way of a call: fault, token, company, access, representation, operation, headers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._counting = threading.Lock()
        self._minute, self._calls = 0, 0

    def route(self, operation: Operation) -> Route:
        """The route of an operation."""

        def handle(request: Request, body: bytes) -> Response:
            return self._serve(operation.name, request, lambda: self._answer(operation, request, body))

        return Route(operation.path, in_thread(handle), methods=[operation.method])

    def token_route(self) -> Route:
        """The token endpoint, the one operation that needs no token."""

        def handle(request: Request, body: bytes) -> Response:
            return self._serve("token", request, lambda: self._desk.access.token_reply(request, body))

        return Route("/auth/oauth/v2/token", in_thread(handle), methods=["POST"])

    def no_route(self, request: Request, error: Exception) -> Response:
        """What an unknown path or verb gets: 404 API-7 or 405 API-59."""
        if isinstance(error, HTTPException) and error.status_code == 405:
            refusal = PaychexError(405, "API-59", "The method is not supported here.")
        else:
            refusal = PaychexError(404, "API-7", "The resource is not known.")
        return self._finish(request, refusal.response())

    def _serve(self, name: str, request: Request, answer: Callable[[], Response]) -> Response:
        context = self._desk.context
        context.calls.add("paychex", name)
        target = f"{request.url.path}?{request.url.query}"
        fault = context.faults.take("paychex", {"operation": name, "path": target, "method": request.method})
        struck = None if fault is None else self._struck(fault, request)
        if struck is not None:
            return self._finish(request, struck)
        try:
            reply = self._throttled() or answer()
        except PaychexError as refusal:
            reply = refusal.response()
        finished = self._finish(request, reply)
        return finished if fault is None else faults.spoiled(fault, finished)

    def _struck(self, fault: Fault, request: Request) -> Response | None:
        if fault.name == "expired_token":
            self._desk.access.expire(request)
        return faults.refusal(fault, request.url.path)

    def _answer(self, operation: Operation, request: Request, body: bytes) -> Response:
        desk, is_write = self._desk, operation.method != "GET"
        desk.access.authenticate(request)
        if "company_id" in request.path_params:
            desk.access.company(request.path_params["company_id"])
        desk.access.admit(operation.bucket, write=is_write)
        media = negotiate(request.headers.get("accept"), operation.media)
        if is_write:
            self._once(request)
        found = operation.answer(Call(desk, request, body, media))
        return self._envelope(request, found, media) if isinstance(found, Listing) else found

    def _once(self, request: Request) -> None:
        given = request.headers.get(_CORRELATION)
        store = self._desk.context.store
        if given is None or self._desk.setting("paychex.correlation_id") == "ignored":
            return
        if store.row("SELECT 1 FROM paychex_writes WHERE correlation_id = ?", (given,)):
            raise PaychexError(400, "API-56", "The correlation id was used before.")
        store.write("INSERT INTO paychex_writes VALUES (?)", (given,))

    def _envelope(self, request: Request, found: Listing, media: str) -> Response:
        metadata: dict[str, object] = {"contentItemCount": len(found.items)}
        links = [{"rel": "self", "href": self._url(request, {})}]
        if found.page is not None:
            offset, limit = found.page.offset, found.page.limit or found.total
            metadata["pagination"] = {"offset": offset, "limit": limit, **self._total(found.total)}
            if limit and offset + limit < found.total:
                links.append({"rel": "next", "href": self._url(request, {"offset": offset + limit, "limit": limit})})
            if offset:
                before = {"offset": max(0, offset - limit), "limit": limit}
                links.append({"rel": self._desk.setting("paychex.previous_rel"), "href": self._url(request, before)})
        body = b'{"metadata":%b,"content":[%b],"links":%b}' % (dump(metadata), b",".join(found.items), dump(links))
        if self._desk.setting("paychex.date_zone") != "Z":
            body = body.replace(b'T00:00:00Z"', b'T00:00:00+00:00"')
        headers = {"ETag": found.etag} if found.etag else {}
        return Response(body, headers=headers, media_type=media_type(media))

    def _total(self, total: int) -> Mapping[str, int]:
        names = {"itemCount": ("itemCount",), "total": ("total",)}.get(
            self._desk.setting("paychex.page_total"), ("itemCount", "total")
        )
        return dict.fromkeys(names, total)

    def _url(self, request: Request, changes: Mapping[str, int]) -> str:
        pairs = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
        query = urlencode([*pairs, *((name, str(value)) for name, value in changes.items())])
        path = f"{self._desk.context.options.public_url}{request.url.path}"
        return f"{path}?{query}" if query else path

    def _throttled(self) -> Response | None:
        """Count the minute's calls; the announced refusal of those above the limit, where the switch is on."""
        minute = int(self._desk.context.now().timestamp()) // 60
        with self._counting:
            self._calls = self._calls + 1 if minute == self._minute else 1
            self._minute = minute
        if self._desk.setting("paychex.rate_limit") == "unannounced" or self._calls <= _CALLS_A_MINUTE:
            return None
        return faults.refusal(Fault("too_many_requests", {"retry_after_s": self._rest_of_minute_s()}), "")

    def _rest_of_minute_s(self) -> int:
        return 60 - int(self._desk.context.now().timestamp()) % 60

    def _finish(self, request: Request, reply: Response) -> Response:
        reply.headers["X-payx-txid"] = str(uuid.uuid4())
        correlation_id = request.headers.get(_CORRELATION)
        if correlation_id is not None:
            reply.headers[_CORRELATION] = correlation_id
        if self._desk.setting("paychex.rate_limit") == "announced":
            reply.headers["X-RateLimit-Limit"] = str(_CALLS_A_MINUTE)
            reply.headers["X-RateLimit-Remaining"] = str(max(0, _CALLS_A_MINUTE - self._calls))
            reply.headers["X-RateLimit-Reset"] = str(self._rest_of_minute_s())
        return reply
