"""Visma's API as routes: Visma Connect's token endpoint, every operation, and the way each call goes."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connector_assets.sandbox.context import SandboxContext, in_thread
from connector_assets.sandbox.faults import Fault
from connector_assets.sandbox.visma import admin, books, dimensions, employees, faults
from connector_assets.sandbox.visma.access import Access
from connector_assets.sandbox.visma.calls import Call
from connector_assets.sandbox.visma.desk import Desk
from connector_assets.sandbox.visma.replies import VismaError, shaped
from connector_assets.sandbox.visma.switches import SWITCHES

_API = "/visma/api"
_TOKEN = "/visma/connect/token"  # noqa: S105 - a path


@dataclass(frozen=True)
class Operation:
    """One verb and path; `{}` in a path is an id."""

    name: str
    method: str
    path: str
    answer: Callable[[Call], Response]

    def key(self, path: str, *, is_exact: bool) -> tuple[str, ...] | None:
        """The ids of a path that is ours, or None."""
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, path, 0 if is_exact else re.IGNORECASE)
        return None if found is None else tuple(_decoded(part) for part in found.groups())


def _record(path: str, one: Callable[[Call], Response], many: Callable[[Call], Response]) -> list[Operation]:
    name = path.rpartition("/")[2]
    return [Operation(f"{name} list", "GET", path, many), Operation(name, "GET", f"{path}/{{}}", one)]


OPERATIONS = (
    *_record("/v1/employee", employees.employee, employees.employees),
    Operation("create employee", "POST", "/v1/employee", employees.create),
    Operation("update employee", "PUT", "/v1/employee/{}", employees.update),
    *_record("/v1/department", books.department, books.departments),
    Operation("create department", "POST", "/v1/department", books.create_department),
    Operation("update department", "PUT", "/v1/department/{}", books.update_department),
    *_record("/v1/branch", books.branch, books.branches),
    *_record("/v1/account", books.account, books.accounts),
    Operation("create account", "POST", "/v1/account", books.create_account),
    Operation("update account", "PUT", "/v1/account/{}", books.update_account),
    *_record("/v1/subaccount", books.subaccount, books.subaccounts),
    Operation("create subaccount", "POST", "/v1/subaccount", books.create_subaccount),
    Operation("update subaccount", "PUT", "/v1/subaccount/{}", books.update_subaccount),
    *_record("/v1/dimension", dimensions.dimension, dimensions.dimensions),
    Operation("segment", "GET", "/v1/dimension/{}/{}", dimensions.segment),
    Operation("update segment", "PUT", "/v1/dimension/{}/{}", dimensions.update),
    Operation("segment value", "GET", "/v1/dimension/{}/{}/{}", dimensions.segment_value_of),
)


def routes(context: SandboxContext) -> list[BaseRoute]:
    """The API under `/visma/api`, Visma Connect's token endpoint, and the admin calls under `/admin/visma`."""
    context.switches.declare(SWITCHES)
    context.faults.declare("visma", faults.FAULTS, faults.MATCH_KEYS)
    front = Front(Desk(context))
    methods = ["GET", "POST", "PUT", "DELETE"]
    return [
        Route(_TOKEN, in_thread(front.token), methods=["POST"]),
        Route(f"{_API}/{{path:path}}", in_thread(front.call), methods=methods),
        *admin.routes(front.desk),
    ]


class Front:
    """The way of a call: hour, fault, token, scope, operation."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._access = Access(desk)

    def token(self, request: Request, body: bytes) -> Response:
        """The token endpoint, which has no hourly limit."""
        return self._suffer("token", request, lambda: self._access.token_reply(body))

    def call(self, request: Request, body: bytes) -> Response:
        """Any call to the API."""
        path = request.scope["raw_path"].decode("ascii").partition(_API)[2]
        operation, key = self._operation(request.method, path)
        name = operation.name if operation else "unknown"
        allowance = self._access.count()
        if allowance is not None and allowance.is_over:
            self.desk.context.calls.add("visma", "refused")
            return allowance.stamp(faults.too_many(allowance.reset_s, self.desk.setting("busy_body")))
        reply = self._suffer(name, request, lambda: self._answer(operation, key, request, body))
        return reply if allowance is None else allowance.stamp(reply)

    def _operation(self, method: str, path: str) -> tuple[Operation | None, tuple[str, ...]]:
        is_exact = self.desk.setting("route_case") == "exact"
        for operation in OPERATIONS:
            key = operation.key(path, is_exact=is_exact) if operation.method == method else None
            if key is not None:
                return operation, key
        return None, ()

    def _suffer(self, name: str, request: Request, answer: Callable[[], Response]) -> Response:
        self.desk.context.calls.add("visma", name)
        target = f"{request.url.path}?{request.url.query}"
        call = {"operation": name, "path": target, "method": request.method}
        fault = self.desk.context.faults.take("visma", call)
        if fault is None:
            return answer()
        if fault.name in faults.BEFORE_THE_WORK:
            self._happens(fault, request)
            return answer()
        return faults.refusal(fault) or faults.spoiled(fault, answer())

    def _happens(self, fault: Fault, request: Request) -> None:
        if fault.name == "expired_token":
            self._access.expire(request)
        elif fault.name == "upgrade":
            self.desk.touch(employees.KIND)
        elif fault.name == "race":
            admin.race(self.desk, request.url.path.rpartition("/")[2], fault.params)
        else:
            admin.enter_first(self.desk)

    def _answer(self, operation: Operation | None, key: tuple[str, ...], request: Request, body: bytes) -> Response:
        refusal = self._access.refusal(request)
        if refusal is not None:
            return refusal
        nothing = shaped(404, self.desk.setting("not_found_body"), "Not found")
        if operation is None:
            return nothing
        with self.desk.context.store.transaction():
            try:
                return operation.answer(Call(self.desk, request, body, key))
            except LookupError:
                return nothing
            except VismaError as error:
                return error.response()


def _decoded(part: str) -> str:
    """An id of a path: plain, or `b64(<base64url>)` where it holds reserved characters."""
    text = unquote(part)
    found = re.fullmatch(r"b64\(([\w-]*)\)", text)
    if found is None:
        return text
    try:
        return base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
