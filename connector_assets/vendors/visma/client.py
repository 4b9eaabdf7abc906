"""Visma.net ERP as this project uses it: reads in pages, writes under the row version that they were decided on."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

from pydantic import ValidationError

from connector_assets.vendors.errors import (
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.oauth import ClientCredentials
from connector_assets.vendors.transport import Reply, Transport
from connector_assets.vendors.visma.errors import CONFLICT, SYSTEM, decode, error_for, judge_read, judge_write
from connector_assets.vendors.visma.models import (
    Account,
    Branch,
    Department,
    Employee,
    Record,
    Segment,
    Subaccount,
    ValueChange,
    Values,
    employee_body,
    employee_of,
    wrapped,
)

SCOPE = " ".join(f"vismanet_erp_service_api:{word}" for word in ("read", "create", "update"))
PAGE_SIZE_ROWS = 1000
TRIES = 4
"""How often a write is decided anew because somebody else wrote in between, or because its reply was lost."""
AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass(frozen=True)
class Allowance:
    """The calls of the current hour, as the last reply told: the limit, what is left, seconds to the next hour."""

    limit: int
    remaining: int
    reset_s: int


@dataclass(frozen=True)
class Written:
    """What came of a write: the number or id in Visma, and its new ETag.

    `found` is the record as a look-up or a second reading showed it, None where the first reply told everything.
    """

    key: str
    etag: str
    found: Employee | None = None


class VismaClient:
    """One company of Visma.net ERP, for one application's id and secret.

    Every method may raise CredentialError, AccessError, NotFoundError, RefusedError (`kind` is conflict, exists or
    validation), UnavailableError (busy, not reached, or the calls of the hour used up) and ProtocolError; a write also
    OutcomeUnknownError. Threads must not share a client: `allowance` is that of its last call.
    """

    def __init__(
        self,
        base_url: str,
        token_url: str,
        client_id: str,
        client_secret: str,
        tenant_id: str,
        transport: Transport,
        *,
        company_header: str = "",
    ) -> None:
        self.transport = transport
        self.allowance: Allowance | None = None
        self._base_url, self._company_header = base_url.rstrip("/"), company_header
        self._tokens = ClientCredentials(
            transport,
            token_url=token_url,
            client_id=client_id,
            client_secret=client_secret,
            credential="visma client_id, client_secret and tenant_id",
            more={"tenant_id": tenant_id, "scope": SCOPE},
        )

    # -- reads --------------------------------------------------------------------------------------------------------

    def employees(self, modified_since: str = "") -> list[Employee]:
        """Every employee, or those whose last change is not before a moment in Visma's own text.

        A filter that Visma ignores brings all of them, which is as good.
        """
        since = [("lastModifiedDateTime", modified_since), ("lastModifiedDateTimeCondition", ">=")]
        items = self._paged("employees", "v1/employee", "employeeNumber", since if modified_since else [])
        return [_employee(item) for item in items]

    def employee(self, number: str) -> Employee:
        """One employee with its ETag as the header has it. Raises NotFoundError."""
        reply = self._get("employee", _path("employee", number), [])
        found = _employee(_object(reply, "employee"))
        return Employee(found.number, reply.headers.get("ETag") or found.etag, found.modified, found.values)

    def departments(self) -> list[Department]:
        """Every department."""
        return self._all("departments", "v1/department", Department)

    def branches(self) -> list[Branch]:
        """Every branch."""
        return self._all("branches", "v1/branch", Branch)

    def accounts(self) -> list[Account]:
        """Every account."""
        return self._all("accounts", "v1/account", Account)

    def subaccounts(self) -> list[Subaccount]:
        """Every subaccount."""
        items = self._paged("subaccounts", "v1/subaccount", "subaccountNumber", [])
        return [_parsed(Subaccount, item, "subaccounts") for item in items]

    def dimensions(self) -> list[str]:
        """The ids of the dimensions that the company uses."""
        body = decode(self._get("dimensions", "v1/dimension", []))
        return [str(name) for name in body] if isinstance(body, list) else []

    def segment(self, dimension: str, segment_id: int) -> Segment:
        """One segment with all of its values. Raises NotFoundError."""
        reply = self._get("segment", _path("dimension", dimension, str(segment_id)), [])
        return _parsed(Segment, _object(reply, "segment"), "segment")

    def ping(self, dimension_segments: Sequence[int] = ()) -> list[str]:
        """Try what a flow needs and say what is missing and how to get it; empty when all is well."""
        probes: list[Callable[[], object]] = [
            lambda: self._get("employees", "v1/employee", [("pageNumber", "1"), ("pageSize", "1")]),
            self.departments,
            self.branches,
            *(lambda number=number: self.segment("SUBACCOUNT", number) for number in dimension_segments),
        ]
        missing = []
        for probe in probes:
            try:
                probe()
            except VendorError as error:
                missing.append(str(error))
        return list(dict.fromkeys(missing))

    # -- writes -------------------------------------------------------------------------------------------------------

    def create_employee(self, number: str, values: Values) -> Written:
        """Create an employee under a number that the caller chose. Visma may choose another: the answer has it.

        A POST carries no key that would make it safe to repeat. Where the reply is lost, or says that the number is
        taken, the number is looked up: what stands there is in `found`, for the caller to say whether it is the one.
        Raises OutcomeUnknownError when nothing stands there yet and nobody can say whether it will.
        """
        try:
            reply = self._write("POST", "create employee", "v1/employee", employee_body(values, number))
        except (OutcomeUnknownError, RefusedError) as error:
            found = self._looked_up(number, error)
            return Written(found.number, found.etag, found)
        return Written(_created_key(reply, number), reply.headers.get("ETag", ""))

    def _looked_up(self, number: str, error: VendorError) -> Employee:
        """The employee of a number after a create that failed; raises that failure when there is none."""
        try:
            return self.employee(number)
        except NotFoundError:
            raise error from None
        except VendorError as lost:
            message = f"create employee {number}: it may have happened, and the look-up failed: {lost.message}"
            fix = "Nothing is sent again before it was looked up."
            raise OutcomeUnknownError(SYSTEM, message, fix=fix, reference=error.reference) from None

    def change_employee(
        self, number: str, etag: str, changes: Values, again: Callable[[Employee], Values | None]
    ) -> Written:
        """Write `changes`, decided on the row version `etag`, and nothing else of the employee.

        Where somebody wrote in between (412), or the reply is lost, the employee is read again and `again` decides on
        what stands there now; None or nothing from it: there is nothing left to do.
        """
        found: Employee | None = None
        for is_last in [False] * (TRIES - 1) + [True]:
            try:
                body = employee_body(changes)
                reply = self._write("PUT", "update employee", _path("employee", number), body, etag)
                return Written(number, reply.headers.get("ETag", ""), found)
            except (OutcomeUnknownError, RefusedError) as error:
                found = self._after(error, number)
                left = again(found)
                if not left:
                    return Written(number, found.etag, found)
                if is_last or not _may_retry(error):
                    raise
                etag, changes = found.etag, left
        raise AssertionError("the last turn returns or raises")

    def _after(self, error: VendorError, number: str) -> Employee:
        """The employee as it stands after a write that may have happened; raises that it is unknown when it cannot be
        read."""
        try:
            return self.employee(number)
        except (UnavailableError, ProtocolError):
            raise error from None

    def create_department(self, department_id: str, description: str, segments: Mapping[int, str]) -> None:
        """Create a department whose expense subaccount names these segment values.

        Where the reply is lost or says that it exists, it is looked up; raises the failure when it is not there.
        """
        bare = [{"segmentId": number, "segmentValue": value} for number, value in segments.items()]
        body: dict[str, object] = {"departmentId": department_id, "description": wrapped(description)}
        try:
            self._write(
                "POST", "create department", "v1/department", body | ({"expenseSubaccount": bare} if bare else {})
            )
        except (OutcomeUnknownError, RefusedError):
            if not any(one.department_id == department_id for one in self.departments()):
                raise

    def change_department(self, department_id: str, description: str) -> None:
        """Give a department its description, under the row version that it has now."""
        for is_last in [False] * (TRIES - 1) + [True]:
            current = next((one for one in self.departments() if one.department_id == department_id), None)
            if current is None or current.description == description:
                return
            try:
                body: dict[str, object] = {"departmentId": department_id, "description": wrapped(description)}
                path = _path("department", department_id)
                self._write("PUT", "update department", path, body, f'"{current.time_stamp}"')
                return
            except (OutcomeUnknownError, RefusedError) as error:
                if is_last or not _may_retry(error):
                    raise

    def change_segment(
        self, dimension: str, segment: Segment, decide: Callable[[Segment], Sequence[ValueChange]]
    ) -> Segment:
        """Write the rows that `decide` asks for on the segment as it stands; answers it as it is read back.

        A 204 says nothing of the rows, and a refusal may leave some of them written: what counts is what is read back.
        """
        current = segment
        for is_last in [False] * (TRIES - 1) + [True]:
            rows = decide(current)
            if not rows:
                return current
            path = _path("dimension", dimension, str(current.segment_id))
            body = {"segmentValues": [row.body() for row in rows]}
            try:
                self._write("PUT", "update segment", path, body, current.etag)
            except (OutcomeUnknownError, RefusedError) as error:
                current = self.segment(dimension, current.segment_id)
                if decide(current) and (is_last or not _may_retry(error)):
                    raise
                continue
            current = self.segment(dimension, current.segment_id)
            if is_last or not decide(current):
                return current
        return current

    def create_subaccount(self, number: str, description: str) -> None:
        """Create a combination of segment values."""
        body: dict[str, object] = {"subaccountNumber": wrapped(number), "description": wrapped(description)}
        try:
            self._write("POST", "create subaccount", "v1/subaccount", body)
        except (OutcomeUnknownError, RefusedError):
            bare = number.replace("-", "")
            if not any(one.number.replace("-", "") == bare for one in self.subaccounts()):
                raise

    # -- the wire -----------------------------------------------------------------------------------------------------

    def _all(self, operation: str, path: str, model: type[AnyRecord]) -> list[AnyRecord]:
        return [_parsed(model, item, operation) for item in _items(self._get(operation, path, []), operation)]

    def _paged(self, operation: str, path: str, key: str, params: list[tuple[str, str]]) -> list[Mapping[str, object]]:
        """Every row once, also when rows move between pages; read a second time when some are missing."""
        for _ in range(2):
            rows, total = self._pages(operation, path, key, params)
            if total is None or len(rows) >= total:
                return list(rows.values())
        message = f"{operation}: {len(rows)} of {total} came: the pages do not fit together"
        raise ProtocolError(SYSTEM, message, fix="Read it again; somebody enters or renames records meanwhile.")

    def _pages(
        self, operation: str, path: str, key: str, params: list[tuple[str, str]]
    ) -> tuple[dict[str, Mapping[str, object]], int | None]:
        rows: dict[str, Mapping[str, object]] = {}
        total, number = None, 0
        while total is None or len(rows) < total:
            number += 1
            page = [*params, ("pageNumber", str(number)), ("pageSize", str(PAGE_SIZE_ROWS))]
            items = _items(self._get(operation, path, page), operation)
            fresh = {str(item.get(key)): item for item in items if str(item.get(key)) not in rows}
            rows |= fresh
            total = _total(items) or total
            if not fresh:  # the end, or a list that does not page and would come again for ever
                break
        return rows, total

    def _get(self, operation: str, path: str, params: list[tuple[str, str]]) -> Reply:
        def send(token: str) -> Reply:
            return self.transport.send(
                "GET",
                f"{self._base_url}/{path}",
                operation=operation,
                is_write=False,
                headers=self._headers(token),
                params=params,
                judge=judge_read,
            )

        return self._answered(operation, send)

    def _write(self, method: str, operation: str, path: str, body: Mapping[str, object], etag: str = "") -> Reply:
        content = json.dumps(body)

        def send(token: str) -> Reply:
            return self.transport.send(
                method,
                f"{self._base_url}/{path}",
                operation=operation,
                is_write=True,
                headers=self._headers(token, etag) | {"Content-Type": "application/json"},
                body=content,
                judge=judge_write,
            )

        return self._answered(operation, send)

    def _answered(self, operation: str, send: Callable[[str], Reply]) -> Reply:
        reply = self._tokens.call(send)
        self.allowance = _allowance(reply) or self.allowance
        if reply.status < 300:
            return reply
        raise error_for(reply, operation)

    def _headers(self, token: str, etag: str = "") -> dict[str, str]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        headers |= {"ipp-company-id": self._company_header} if self._company_header else {}
        return headers | ({"If-Match": etag} if etag else {})


def _may_retry(error: VendorError) -> bool:
    return isinstance(error, OutcomeUnknownError) or (isinstance(error, RefusedError) and error.kind == CONFLICT)


def _path(kind: str, *keys: str) -> str:
    """A path below v1; a key with a character that a path reserves travels as `b64(<base64url>)`."""
    return "/".join(["v1", kind, *(_key(key) for key in keys)])


def _key(key: str) -> str:
    if re.fullmatch(r"[\w.~-]+", key, re.ASCII):
        return key
    return f"b64({urlsafe_b64encode(key.encode()).decode().rstrip('=')})"


def _created_key(reply: Reply, number: str) -> str:
    """The key of what was created: the last part of Location; where there is none, the one that was asked for."""
    last = reply.headers.get("Location", "").rstrip("/").rpartition("/")[2]
    return unquote(last) or number


def _items(reply: Reply, operation: str) -> list[Mapping[str, object]]:
    body = decode(reply)
    if isinstance(body, list) and all(isinstance(item, dict) for item in body):
        return body
    message = f"{operation}: the reply is JSON of an unknown shape"
    raise ProtocolError(SYSTEM, message, fix="Check the base URL; if it is right, ask Visma.")


def _object(reply: Reply, operation: str) -> Mapping[str, object]:
    body = decode(reply)
    if isinstance(body, dict):
        return body
    message = f"{operation}: the reply is JSON of an unknown shape"
    raise ProtocolError(SYSTEM, message, fix="Check the base URL; if it is right, ask Visma.")


def _total(items: list[Mapping[str, object]]) -> int | None:
    """The size of the whole list: every element of a page carries it."""
    metadata = items[0].get("metadata") if items else None
    total = metadata.get("totalCount") if isinstance(metadata, dict) else None
    return total if isinstance(total, int) else None


def _employee(item: Mapping[str, object]) -> Employee:
    try:
        return employee_of(item)
    except KeyError:
        raise ProtocolError(SYSTEM, "an employee without employeeNumber", fix="Ask Visma's support.") from None


def _parsed(model: type[AnyRecord], item: Mapping[str, object], operation: str) -> AnyRecord:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, fault["loc"]))
    raise ProtocolError(SYSTEM, f"{operation}: {where}: {fault['msg']}", fix="Ask Visma's support.")


def _allowance(reply: Reply) -> Allowance | None:
    given = [reply.headers.get(f"X-RateLimit-{name}", "") for name in ("Limit", "Remaining", "Reset")]
    if not all(text.isascii() and text.isdigit() for text in given):
        return None
    return Allowance(*map(int, given))
