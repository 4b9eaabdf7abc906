"""Admin calls for what a person does to people and structure in Flex: hire, change, end, rename, move, remove.

All are `POST /admin/paychex/…` with a JSON object, answer JSON, and refuse with a 400 that names the fix.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.routing import BaseRoute

from connector_assets.sandbox.admin import admin_route
from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.facts import WorkerFacts, WorkerStatusFacts
from connector_assets.sandbox.paychex.desk import Desk
from connector_assets.sandbox.paychex.staff import KINDS
from connector_assets.sandbox.paychex.state import made_id
from connector_assets.sandbox.store import SandboxError

_WORKER, _STATUS = TypeAdapter(WorkerFacts), TypeAdapter(WorkerStatusFacts)
_Body = Mapping[str, object]
_SHOWN = ("worker_id", "employee_id", "hire_date", "organization_id", "location_id", "title", "supervisor_worker_id")

_EMPLOYMENT = ("employee_id", "worker_type", "employment_type", "exemption_type", "hire_date", "status", "statuses")
_ASSIGNMENT = (
    "organization_id",
    "location_id",
    "labor_assignment_id",
    "job_id",
    "job_title_id",
    "title",
    "supervisor_worker_id",
)
_DOMAINS = dict.fromkeys(_EMPLOYMENT, "WRKR_EMPL") | dict.fromkeys(_ASSIGNMENT, "WRKR_ASGN")
"""Which domain a changed field belongs to; every other field is demographic."""


def routes(desk: Desk) -> list[BaseRoute]:
    """The admin calls."""
    office = PersonnelOffice(desk)
    root = "/admin/paychex"
    return [
        admin_route(f"{root}/workers", office.workers, "GET"),
        admin_route(f"{root}/workers/hire", office.hire),
        admin_route(f"{root}/workers/change", office.change),
        admin_route(f"{root}/units", office.units, "GET"),
        admin_route(f"{root}/units", office.change_unit),
    ]


class PersonnelOffice:
    """The person at Flex who keeps workers, organizations, locations and labor assignments."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._staff = desk, desk.staff

    def workers(self, body: _Body) -> object:
        """`{company_id}`: who works there, without personal data."""
        everyone = self._staff.workers(_company_id(body), self._desk.today())
        return [_shown(worker) for worker in everyone]

    def hire(self, body: _Body) -> object:
        """`{company_id, given_name, family_name, hire_date, …}`: a new worker; any field of a worker may be given.

        What is not given is taken from the company's first worker.
        """
        company_id = _company_id(body)
        everyone = self._staff.workers(company_id, self._desk.today())
        worker_id = made_id(20, "hired", company_id, str(len(everyone)))
        fields: dict[str, object] = {"worker_id": worker_id, "employee_id": f"9{len(everyone):05d}"}
        given = {**fields, **{name: value for name, value in body.items() if name != "company_id"}}
        hired = _changed(everyone[0], {"supervisor_worker_id": everyone[0].worker_id, **given})
        first = WorkerStatusFacts("ACTIVE", "HIRED", hired.hire_date)
        worker = hired if "statuses" in body else replace(hired, statuses=(first,))
        self._staff.save(company_id, worker, is_new=True)
        for domain in ("WRKR_ADD", "WRKR_EMPL"):
            self._desk.courier.announce(company_id, domain, "ADD", workerId=worker.worker_id)
        return _shown(worker)

    def change(self, body: _Body) -> object:
        """`{company_id, worker_id, …, status?: {status_type, status_reason, effective_date}}`: fields of a worker.

        A status is added to the history; the one that holds is the latest that has begun.
        """
        company_id, worker_id = _company_id(body), str(body.get("worker_id"))
        if self._staff.company_of(worker_id) != company_id:
            raise SandboxError(f"Company {company_id} has no worker {worker_id}; GET …/workers lists them.")
        before = self._staff.worker(worker_id, self._desk.today())
        fields = {name: value for name, value in body.items() if name not in {"company_id", "status"}}
        worker = _changed(before, fields)
        if "status" in body:
            worker = replace(worker, statuses=(*worker.statuses, _read(_STATUS, body["status"], "status")))
        self._staff.save(company_id, worker)
        changed = set(body) - {"company_id", "worker_id"}
        for domain in sorted({_DOMAINS.get(name, "WRKR_DEM") for name in changed}):
            self._desk.courier.announce(company_id, domain, "UPDATE", workerId=worker_id)
        return _shown(worker)

    def units(self, body: _Body) -> object:
        """`{company_id, kind}`: the units of a kind."""
        kind = _kind(body)
        known = getattr(self._staff, f"{kind}s")(_company_id(body))
        adapter: TypeAdapter[Any] = TypeAdapter(KINDS[kind][0])
        return [adapter.dump_python(one, mode="json") for one in known]

    def change_unit(self, body: _Body) -> object:
        """`{company_id, kind, unit_id, fields}`: add or change an organization, location or labor assignment.

        `{…, vanish: true}` lets it disappear.
        """
        company_id, kind, unit_id = _company_id(body), _kind(body), str(body.get("unit_id"))
        made_of, key = KINDS[kind]
        if body.get("vanish"):
            self._staff.save_unit(company_id, kind, unit_id, None)
            return {"vanished": unit_id}
        known = getattr(self._staff, f"{kind}s")(company_id)
        before = next((one for one in known if getattr(one, key) == unit_id), None)
        fields = body.get("fields")
        if not isinstance(fields, Mapping):
            raise SandboxError("'fields' is a JSON object of the unit's fields.")
        start = {} if before is None else TypeAdapter(made_of).dump_python(before, mode="json")
        unit = _read(TypeAdapter(made_of), {**start, **fields, key: unit_id}, kind)
        self._staff.save_unit(company_id, kind, unit_id, unit)
        if kind == "organization":
            self._desk.courier.announce(company_id, "CLT_ORG", "ADD" if before is None else "UPDATE")
        return {"saved": unit_id}


def _shown(worker: WorkerFacts) -> object:
    body = _WORKER.dump_python(worker, mode="json")
    return {name: body[name] for name in _SHOWN} | {"statuses": body["statuses"]}


def _changed(worker: WorkerFacts, fields: Mapping[str, object]) -> WorkerFacts:
    known = WorkerFacts.__dataclass_fields__
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise SandboxError(f"A worker has no field {', '.join(unknown)}. The fields are: {', '.join(known)}.")
    changed: WorkerFacts = _read(_WORKER, {**_WORKER.dump_python(worker, mode="json"), **fields}, "worker")
    return changed


def _read(adapter: TypeAdapter[Any], value: object, what: str) -> Any:  # noqa: ANN401 - the adapter's own type
    try:
        return adapter.validate_python(value, strict=False)
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:3])
        raise SandboxError(f"The {what} cannot be read: {places}.") from None


def _kind(body: _Body) -> str:
    kind = str(body.get("kind"))
    if kind not in KINDS:
        raise SandboxError(f"'kind' is one of {', '.join(KINDS)}, not {kind!r}.")
    return kind


def _company_id(body: _Body) -> str:
    known = [entity.paychex_company_id for entity in ENTITIES]
    if body.get("company_id") not in known:
        raise SandboxError(f"'company_id' is one of {', '.join(known)}, not {body.get('company_id')!r}.")
    return str(body["company_id"])
