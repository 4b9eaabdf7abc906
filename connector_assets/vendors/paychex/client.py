"""The Paychex Flex API as this project uses it: it reads, and writes costing jobs. One method asks for work addresses.

Of what dimensions are made of, jobs are all that the API lets anyone create or change.
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from connector_assets.vendors.errors import (
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    VendorError,
)
from connector_assets.vendors.oauth import ClientCredentials
from connector_assets.vendors.paychex.envelope import JsonObject, Page, read_page
from connector_assets.vendors.paychex.errors import (
    NOTHING_FOUND,
    SYSTEM,
    Toggle,
    codes_of,
    error_for,
    explain,
    judge,
    reference_of,
)
from connector_assets.vendors.paychex.models import (
    PROCESSED_STATUSES,
    Company,
    Job,
    LaborAssignment,
    Location,
    Organization,
    PayComponent,
    PayPeriod,
    ProcessedCheck,
    ReachableWorker,
    Record,
    Worker,
)
from connector_assets.vendors.transport import Reply, Transport

LOG = logging.getLogger(__name__)

PAGE_SIZE_ROWS = 100
WINDOW_MARGIN = timedelta(days=45)
AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass(frozen=True)
class _Resource:
    """`media` is the middle of the media type, `key` the field that tells two records apart."""

    operation: str
    media: str
    key: str
    toggle: Toggle
    is_paged: bool = False


COMPANIES = _Resource("companies", "companies", "companyId", Toggle.PEOPLE)
ORGANIZATIONS = _Resource("organizations", "company.organizations", "organizationId", Toggle.PEOPLE)
LOCATIONS = _Resource("locations", "company.locations", "locationId", Toggle.PEOPLE)
JOBS = _Resource("jobs", "company.jobs", "jobId", Toggle.PEOPLE)
LABOR_ASSIGNMENTS = _Resource("labor assignments", "company.laborassignments", "laborAssignmentId", Toggle.PEOPLE)
JOB = _Resource("job", "company.job", "jobId", Toggle.PEOPLE)
WORKERS = _Resource("workers", "workers.nonpii", "workerId", Toggle.PEOPLE, is_paged=True)
WORKER = _Resource("worker", "worker.nonpii", "workerId", Toggle.PEOPLE)
REACHABLE_WORKER = _Resource("worker", "worker.nonpii_communications", "workerId", Toggle.PEOPLE)
PAY_COMPONENTS = _Resource("pay components", "payroll.paycomponents", "componentId", Toggle.PAYROLL)
PAY_PERIODS = _Resource("pay periods", "payroll.periods", "payPeriodId", Toggle.PAYROLL)
PAY_PERIOD = _Resource("pay period", "payroll.period", "payPeriodId", Toggle.PAYROLL)
CHECKS = _Resource("checks", "payroll.processedchecks", "paycheckId", Toggle.PAYROLL, is_paged=True)


class PaychexClient:
    """Paychex Flex at `base_url` (`https://api.paychex.com`) for one app's key and secret.

    Every method may raise CredentialError (key or secret), AccessError (naming the switch to turn on in Flex),
    NotFoundError, RefusedError, UnavailableError (busy, locked or not reached, after retries) and ProtocolError (not
    what Paychex speaks). Their `reference` is Paychex's transaction id. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        transport: Transport,
        *,
        page_size_rows: int = PAGE_SIZE_ROWS,
    ) -> None:
        self.transport = transport
        self._base_url, self._page_size_rows = base_url.rstrip("/"), page_size_rows
        self._tokens = ClientCredentials(
            transport,
            token_url=f"{self._base_url}/auth/oauth/v2/token",
            client_id=client_id,
            client_secret=client_secret,
            credential="paychex client_id and client_secret",
        )

    def companies(self, display_id: str = "") -> list[Company]:
        """Companies linked to the app: the one with this Flex client number, or all of them. None is an empty list."""
        params = [("displayid", display_id)] if display_id else []
        return list(self._records(COMPANIES, Company, "companies", params))

    def organizations(self, company_id: str) -> list[Organization]:
        """The company's departments, all levels in one list."""
        return list(self._records(ORGANIZATIONS, Organization, _path("companies", company_id, "organizations")))

    def locations(self, company_id: str) -> list[Location]:
        """The company's places of work."""
        return list(self._records(LOCATIONS, Location, _path("companies", company_id, "locations")))

    def jobs(self, company_id: str) -> list[Job]:
        """The company's costing jobs."""
        return list(self._records(JOBS, Job, _path("companies", company_id, "jobs")))

    def create_job(self, company_id: str, number: str, name: str, start: date) -> Job:
        """Create a costing job. Paychex refuses a second one of the same number and name (RefusedError, API-26).

        Raises OutcomeUnknownError when nobody can say whether it was created: look at `jobs` before trying again.
        """
        body = {"jobName": name, "jobNumber": {"segment1": number}, "startDate": _wire_date(start)}
        return self._write("POST", _path("companies", company_id, "jobs"), body)

    def change_job(self, company_id: str, job_id: str, *, name: str | None = None, end: date | None = None) -> Job:
        """Give a job another name or a last day; may be sent any number of times. Raises like `create_job`."""
        body = {"jobName": name, "endDate": _wire_date(end) if end else None}
        given = {field: value for field, value in body.items() if value is not None}
        return self._write("PATCH", _path("companies", company_id, "jobs", job_id), given)

    def labor_assignments(self, company_id: str) -> list[LaborAssignment]:
        """The company's labor assignments."""
        path = _path("companies", company_id, "laborassignments")
        return list(self._records(LABOR_ASSIGNMENTS, LaborAssignment, path))

    def pay_components(self, company_id: str) -> list[PayComponent]:
        """The company's earnings, deductions and memos as of now; taxes are no components."""
        return list(self._records(PAY_COMPONENTS, PayComponent, _path("companies", company_id, "paycomponents")))

    def pay_periods(self, company_id: str, start: date, end: date, statuses: Sequence[str] = ()) -> list[PayPeriod]:
        """Pay periods whose check date lies in [start, end], both included, by check date and id.

        Paychex matches its window on work dates, with bounds it does not document: it is asked for WINDOW_MARGIN more
        at both ends, and the check date decides here.
        """
        window = [("from", _wire_date(start - WINDOW_MARGIN)), ("to", _wire_date(end + WINDOW_MARGIN))]
        params = [*window, *(("status", status) for status in statuses)]
        path = _path("companies", company_id, "payperiods")
        periods = self._records(PAY_PERIODS, PayPeriod, path, params)
        inside = [period for period in periods if start <= period.check_date <= end]
        return sorted(inside, key=lambda period: (period.check_date, period.pay_period_id))

    def pay_period(self, company_id: str, pay_period_id: str) -> PayPeriod:
        """One pay period as it is now. Raises NotFoundError when it was deleted in Flex."""
        path = _path("companies", company_id, "payperiods", pay_period_id)
        return self._one(PAY_PERIOD, PayPeriod, path, pay_period_id)

    def workers(self, company_id: str) -> Iterator[Worker]:
        """The company's workers, terminated ones included, read page by page; without personal data but the name."""
        return self._records(WORKERS, Worker, _path("companies", company_id, "workers"))

    def worker(self, worker_id: str) -> Worker:
        """One worker, without personal data but the name. Raises NotFoundError."""
        return self._one(WORKER, Worker, _path("workers", worker_id), worker_id)

    def reachable_worker(self, worker_id: str) -> ReachableWorker:
        """One worker with the address at work, for a system that creates nobody without one. Raises NotFoundError."""
        return self._one(REACHABLE_WORKER, ReachableWorker, _path("workers", worker_id), worker_id)

    def processed_checks(self, company_id: str, pay_period_id: str) -> Iterator[ProcessedCheck]:
        """The pay period's calculated checks, read page by page; none when it has none or is not processed.

        A check date with a time of day gives way to the period's own check date; `odd_dates` still names it.
        Raises ProtocolError when a check belongs to another period, or stands on two pages.
        """
        path, period = _path("companies", company_id, "checks"), None
        for check in self._records(CHECKS, ProcessedCheck, path, [("payperiodid", pay_period_id)]):
            if check.pay_period_id != pay_period_id:
                message = f"checks: asked for pay period {pay_period_id}, got one of {check.pay_period_id}"
                raise ProtocolError(SYSTEM, message, fix="Ask Paychex's support; nothing of the period was used.")
            if "checkDate" not in check.odd_dates:
                yield check
                continue
            period = period or self.pay_period(company_id, pay_period_id)
            LOG.warning("paychex: check %s: its date has a time of day; the pay period's is used", check.paycheck_id)
            yield check.model_copy(update={"check_date": period.check_date})

    def manage(self, method: str, path: str, operation: str, body: JsonObject | None = None) -> Reply:
        """A call of the management API, in plain JSON: the reply, which is a success. For hooks.py.

        A POST is a write: a lost reply is an OutcomeUnknownError. A DELETE may be sent any number of times.
        """

        def send(token: str) -> Reply:
            common = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            kind = {"Content-Type": "application/json"} if body is not None else {}
            return self.transport.send(
                method,
                f"{self._base_url}/management/{path}",
                operation=operation,
                is_write=method == "POST",
                headers=lambda: {**common, **kind, "X-payx-client-correlationId": str(uuid.uuid4())},
                body=None if body is None else json.dumps(body),
                judge=judge,
            )

        reply = self._tokens.call(send)
        if reply.status < 300:
            return reply
        raise error_for(reply, operation, Toggle.PEOPLE, is_write=method == "POST")

    def ping(self, display_id: str = "", *, with_payroll: bool = True) -> list[str]:
        """Try what a flow needs, company by company, and say what is missing and how to get it; empty when all is well.

        With `display_id` only that company is tried; `with_payroll` False leaves out what only payroll needs.
        """
        try:
            companies = self.companies(display_id)
        except VendorError as error:
            return [str(error)]
        if not companies:
            wanted = f"company {display_id}" if display_id else "a company"
            return [f"paychex: the app is not linked to {wanted}. Fix: In Flex, link the app to the company."]
        probes = [self._try_people, *([self._try_payroll] if with_payroll else [])]
        return [lack for company in companies for lack in self._lacks(company, probes)]

    def _lacks(self, company: Company, probes: Sequence[Callable[[str], None]]) -> Iterator[str]:
        label = f"company {company.display_id or company.company_id}"
        if not company.has_permission:
            yield f"{label}: it has no active payroll product, so the API does not serve it. Fix: Ask Paychex."
            return
        for probe in probes:
            try:
                probe(company.company_id)
            except VendorError as error:
                yield f"{label}: {error}"

    def _try_people(self, company_id: str) -> None:
        next(self.workers(company_id), None)

    def _try_payroll(self, company_id: str) -> None:
        periods = self._records(PAY_PERIODS, PayPeriod, _path("companies", company_id, "payperiods"))
        processed = [period.pay_period_id for period in periods if period.status in PROCESSED_STATUSES]
        if not processed:
            message = "no processed pay period is in sight, so access to checks could not be tried"
            raise NotFoundError(SYSTEM, message, fix="Try again once the first payroll is processed.")
        next(self.processed_checks(company_id, processed[-1]), None)

    def _one(self, resource: _Resource, model: type[AnyRecord], path: str, record_id: str) -> AnyRecord:
        found = next(self._records(resource, model, path), None)
        if found is None:
            raise NotFoundError(SYSTEM, f"{resource.operation} {record_id}: nothing found", fix="Check the id.")
        return found

    def _write(self, method: str, path: str, body: JsonObject) -> Job:
        """The job as it is afterwards."""

        def send(token: str) -> Reply:
            # A correlation id of its own for each attempt: one that Paychex has seen may be refused although the
            # attempt failed, and what keeps a job from being created twice is its number and name.
            media = f"application/vnd.paychex.{JOB.media}.v1+json"
            return self.transport.send(
                method,
                f"{self._base_url}/{path}",
                operation=f"{method.lower()} job",
                is_write=True,
                headers=lambda: {**_headers(JOB, token, ""), "Content-Type": media},
                body=json.dumps(body),
                judge=judge,
            )

        reply = self._tokens.call(send)
        if reply.status >= 300:
            raise error_for(reply, JOB.operation, JOB.toggle, is_write=True)
        page = read_page(reply)
        try:
            if page is not None and len(page.items) == 1:
                return _parsed(JOB, Job, page.items[0], reply)
        except ProtocolError:
            pass
        message = "job: Paychex took it and did not show it"
        raise OutcomeUnknownError(SYSTEM, message, fix="Read the jobs again.", reference=reference_of(reply))

    def _records(
        self, resource: _Resource, model: type[AnyRecord], path: str, params: Sequence[tuple[str, str]] = ()
    ) -> Iterator[AnyRecord]:
        seen: set[str] = set()
        for page, reply in self._pages(resource, path, params):
            for item in page.items:
                key = str(item.get(resource.key, ""))
                if resource.is_paged and key in seen:
                    raise _changed_underway(resource, f"{resource.key} {key} came twice", reply)
                seen.add(key)
                yield _parsed(resource, model, item, reply)
            if resource.is_paged and page.is_last and page.total is not None and len(seen) < page.total:
                raise _changed_underway(resource, f"{len(seen)} of {page.total} came", reply)

    def _pages(self, resource: _Resource, path: str, params: Sequence[tuple[str, str]]) -> Iterator[tuple[Page, Reply]]:
        offset, etag = 0, ""
        while True:
            window = [("offset", str(offset)), ("limit", str(self._page_size_rows))]
            is_windowed = resource.is_paged or offset > 0
            reply = self._get(resource, path, [*params, *(window if is_windowed else ())], etag)
            if reply.status == 404:
                return
            page = _page_of(resource, reply)
            yield page, reply
            if page.is_last:
                return
            following = page.next_offset if page.next_offset is not None else offset + len(page.items)
            if following <= offset:
                raise _changed_underway(resource, f"the page after offset {offset} begins at {following}", reply)
            # Paychex reads the first page's ETag back from a request header of that name, to keep the pages together.
            offset, etag = following, etag or reply.headers.get("ETag", "")

    def _get(self, resource: _Resource, path: str, params: list[tuple[str, str]], etag: str) -> Reply:
        """The reply, which is a success or a search that found nothing (404 API-43)."""

        def send(token: str) -> Reply:
            return self.transport.send(
                "GET",
                f"{self._base_url}/{path}",
                operation=resource.operation,
                is_write=False,
                headers=lambda: _headers(resource, token, etag),
                params=params,
                judge=judge,
            )

        reply = self._tokens.call(send)
        if reply.status < 300 or (reply.status == 404 and NOTHING_FOUND in codes_of(reply)):
            return reply
        raise error_for(reply, resource.operation, resource.toggle)


def _headers(resource: _Resource, token: str, etag: str) -> dict[str, str]:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": f"application/vnd.paychex.{resource.media}.v1+json",
        "X-payx-client-correlationId": str(uuid.uuid4()),
    }
    return headers | ({"ETag": etag} if etag else {})


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _wire_date(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _page_of(resource: _Resource, reply: Reply) -> Page:
    page, reference = read_page(reply), reference_of(reply)
    if page is None:
        message = f"{resource.operation}: the reply is JSON of an unknown shape"
        raise ProtocolError(
            SYSTEM, message, fix="Check the base URL; if it is right, ask Paychex.", reference=reference
        )
    if page.has_errors:
        message = f"{resource.operation}: a part is missing: {explain(reply)}"
        fix = "Try again; if it stays, give Paychex's support the reference."
        raise RefusedError(SYSTEM, message, fix=fix, reference=reference, codes=codes_of(reply), kind="partial")
    return page


def _parsed(resource: _Resource, model: type[AnyRecord], item: JsonObject, reply: Reply) -> AnyRecord:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    # Raised out here: the validation error holds the whole record, and must not become this error's context.
    places = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:3])
    fix = "Give Paychex's support the reference."
    if "netPay" not in item and model is ProcessedCheck:
        fix = "These are unprocessed checks: wait until the pay period is processed."
    message = f"{resource.operation}: record {item.get(resource.key)} cannot be read: {places}"
    raise ProtocolError(SYSTEM, message, fix=fix, reference=reference_of(reply))


def _changed_underway(resource: _Resource, what: str, reply: Reply) -> ProtocolError:
    message = f"{resource.operation}: the pages do not fit together: {what}"
    fix = "Read it again; if it stays, give Paychex's support the reference."
    return ProtocolError(SYSTEM, message, fix=fix, reference=reference_of(reply))
