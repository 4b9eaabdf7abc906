"""A company and its structure: organizations, locations, jobs, titles, labor assignments, pay components."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from starlette.responses import Response

from connector_assets.sandbox.company import ENTITIES, Entity
from connector_assets.sandbox.facts import ComponentFacts, JobFacts, OrganizationFacts
from connector_assets.sandbox.paychex.desk import Call
from connector_assets.sandbox.paychex.media import media_type
from connector_assets.sandbox.paychex.replies import (
    Json,
    Listing,
    PaychexError,
    date_text,
    dump,
    json_response,
    listing,
    without_nulls,
)
from connector_assets.sandbox.paychex.state import made_id

_FORBIDDEN = set("+<>=;*%")
_OPENED = date(2015, 1, 1)
_SEGMENTS = ("segment1", "segment2", "segment3")


def companies(call: Call) -> Listing:
    """The companies linked to the application, or the one with that displayId."""
    display_id = call.one("displayid")
    found = [entity for entity in call.desk.access.linked() if display_id in {None, entity.paychex_display_id}]
    if not found:
        raise PaychexError(404, "API-43", "The search found no company.")
    return listing([_company(call, entity) for entity in found])


def company(call: Call) -> Listing:
    """One company."""
    return listing([_company(call, call.desk.access.company(call.path["company_id"]))])


def organizations(call: Call) -> Listing:
    """The organizations, a flat list whose tree is in the parent and child links."""
    known = call.desk.staff.organizations(call.path["company_id"])
    return _one_or_all(call, "organization_id", [_organization(call, item, known) for item in known], "organizationId")


def locations(call: Call) -> Listing:
    """The locations."""
    items = [
        {
            "locationId": place.location_id,
            "name": place.name,
            "address": {
                "streetLineOne": "1 Example Street",
                "city": place.city,
                "postalCode": place.postal_code,
                "countrySubdivisionCode": place.state,
                "countryCode": "US",
            },
            "movedIn": date_text(_OPENED),
        }
        for place in call.desk.staff.locations(call.path["company_id"])
    ]
    return _one_or_all(call, "location_id", items, "locationId")


def labor_assignments(call: Call) -> Listing:
    """The labor assignments effective at `asof`."""
    as_of = call.day("asof") or date.max
    items = [
        without_nulls(
            {
                "laborAssignmentId": item.labor_assignment_id,
                "name": item.name,
                "startDate": date_text(item.start_date),
                "organizationId": item.organization_id,
                "locationId": item.location_id,
            }
        )
        for item in call.desk.staff.labor_assignments(call.path["company_id"])
        if item.start_date <= as_of
    ]
    return _one_or_all(call, "labor_assignment_id", items, "laborAssignmentId")


def job_titles(call: Call) -> Listing:
    """The job titles held by the company's workers."""
    titles: dict[str, str] = {}
    for worker in call.desk.staff.workers(call.path["company_id"], call.desk.today()):
        titles.setdefault(worker.job_title_id, worker.title)
    items = [
        {"jobTitleId": title_id, "title": title, "startDate": date_text(_OPENED)}
        for title_id, title in sorted(titles.items())
    ]
    return _one_or_all(call, "job_title_id", items, "jobTitleId")


def jobs(call: Call) -> Listing:
    """The costing jobs; with `asof`, those open on that day."""
    as_of = call.day("asof")
    company_id = call.path["company_id"]
    segments = call.desk.payroll.job_segments(company_id)
    items = [
        _job(job, segments.get(job.job_id))
        for job in call.desk.payroll.jobs(company_id)
        if as_of is None or job.start_date <= as_of <= (job.end_date or date.max)
    ]
    return _one_or_all(call, "job_id", items, "jobId")


def create_job(call: Call) -> Response:
    """Create a job: jobName, jobNumber.segment1, startDate, optionally endDate and jobCorrelationId."""
    body = json_body(call)
    for name in ("jobName", "jobNumber"):
        if not body.get(name):
            raise PaychexError(400, "API-46", f"The required field {name} is missing.")
    name, segments = _name(body["jobName"]), _job_number(body["jobNumber"])
    job = JobFacts(
        job_id=made_id(15, "job", call.path["company_id"], segments["segment1"], name),
        name=name,
        number=segments["segment1"],
        start_date=_day(body, "startDate") or call.desk.today(),
        end_date=_day(body, "endDate"),
    )
    _save(call, job, segments, is_new=True)
    item = {**_job(job, segments), **without_nulls({"jobCorrelationId": body.get("jobCorrelationId")})}
    wrapped = {"content": [item], "links": []} if call.desk.setting("paychex.job_created") == "envelope" else item
    return json_response(wrapped, 201, media_type(call.media))


def change_job(call: Call) -> Listing:
    """Change jobName, jobNumber, startDate or endDate of a job."""
    body = json_body(call)
    company_id, job_id = call.path["company_id"], call.path["job_id"]
    job = next((job for job in call.desk.payroll.jobs(company_id) if job.job_id == job_id), None)
    if job is None:
        raise PaychexError(404, "API-7", "The job id is not valid.")
    if body.get("jobId", job_id) != job_id:
        raise PaychexError(400, "API-5", "The field jobId cannot be changed.")
    segments = call.desk.payroll.job_segments(company_id).get(job_id) or {"segment1": job.number}
    if "jobNumber" in body:
        segments = _job_number(body["jobNumber"])
    changed = replace(
        job,
        name=_name(body.get("jobName", job.name)),
        number=segments["segment1"],
        start_date=_day(body, "startDate") or job.start_date,
        end_date=_day(body, "endDate") or job.end_date,
    )
    _save(call, changed, segments, is_new=False)
    return listing([_job(changed, segments)])


def pay_components(call: Call) -> Listing:
    """The pay components, narrowed by effectonpay, classificationtype, name and asof."""
    wanted = (call.one("effectonpay"), call.one("classificationtype"), call.one("name"))
    as_of = call.day("asof") or date.max
    items = [
        _component(component)
        for component in call.desk.firm.components(call.path["company_id"])
        if component.start_date <= as_of
        and all(
            value is None or value == kept
            for value, kept in zip(wanted, (component.effect, component.classification, component.name), strict=True)
        )
    ]
    return _one_or_all(call, "component_id", items, "componentId")


def json_body(call: Call) -> dict[str, object]:
    """The JSON object of a write; raises PaychexError for another Content-Type, an empty body or no object."""
    sent = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    forgiving = call.desk.setting("paychex.write_as_json") == "accepted" or "/" in call.media
    if sent != media_type(call.media) and not (forgiving and sent == "application/json"):
        raise PaychexError(415, "API-22", f"The Content-Type {sent or '(none)'} is not supported here.")
    if not call.body.strip():
        raise PaychexError(400, "API-52", "The body is empty.")
    try:
        body = json.loads(call.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise PaychexError(400, "API-4", "The body is not a JSON object.")
    return body


def _company(call: Call, entity: Entity) -> Json:
    url = f"{call.desk.root_url}/companies/{entity.paychex_company_id}"
    grants = call.desk.access.grants()
    return {
        "companyId": entity.paychex_company_id,
        "displayId": entity.paychex_display_id,
        "legalName": entity.name,
        "legalId": {"legalIdType": "FEIN", "legalIdValue": f"00-000000{ENTITIES.index(entity) + 1}"},
        "hasPermission": entity.paychex_company_id not in grants.without_permission,
        "links": [{"rel": "self", "href": url}, {"rel": "workers", "href": f"{url}/workers"}],
    }


def _organization(call: Call, item: OrganizationFacts, known: Sequence[OrganizationFacts]) -> Json:
    url = f"{call.desk.root_url}/companies/{call.path['company_id']}/organizations"
    links = [{"rel": "self", "href": f"{url}/{item.organization_id}"}]
    if item.parent_id is not None:
        links.append({"rel": "parent", "href": f"{url}/{item.parent_id}"})
    links += [
        {"rel": "child", "href": f"{url}/{child.organization_id}"}
        for child in known
        if child.parent_id == item.organization_id
    ]
    return {
        "organizationId": item.organization_id,
        "name": item.name,
        "number": item.number,
        "level": item.level,
        "links": links,
    }


def _job(job: JobFacts, segments: Mapping[str, str] | None) -> dict[str, object]:
    item = {
        "jobId": job.job_id,
        "jobName": job.name,
        "jobNumber": segments or {"segment1": job.number},
        "startDate": date_text(job.start_date),
        "endDate": date_text(job.end_date),
    }
    return without_nulls(item)


def _component(component: ComponentFacts) -> Json:
    contractor = component.classification.startswith("_1099")
    return {
        "componentId": component.component_id,
        "name": component.name,
        "classificationType": component.classification,
        "description": component.description,
        "code": component.code,
        "effectOnPay": component.effect,
        "startDate": date_text(component.start_date),
        "appliesToWorkerTypes": ["CONTRACTOR", "INDEPENDENT_CONTRACTOR"] if contractor else ["EMPLOYEE"],
    }


def _one_or_all(call: Call, path_name: str, items: Sequence[Json], key: str) -> Listing:
    if path_name not in call.path:
        return call.unless_empty(listing(items)) if call.query else listing(items)
    found = [item for item in items if item[key] == call.path[path_name]]
    if not found:
        raise PaychexError(404, "API-7", f"The {key} is not valid.")
    return Listing([dump(found[0])])


def _save(call: Call, job: JobFacts, segments: dict[str, str], *, is_new: bool) -> None:
    company_id = call.path["company_id"]
    for other in call.desk.payroll.jobs(company_id):
        same = (other.number, other.name) == (job.number, job.name)
        if same and (is_new or other.job_id != job.job_id):
            raise PaychexError(400, "API-26", f"A job {job.number} {job.name!r} exists already.")
    call.desk.payroll.save_job(company_id, job, segments)


def _name(value: object) -> str:
    if not isinstance(value, str) or _FORBIDDEN & set(value):
        raise PaychexError(400, "API-17", "The field jobName holds characters that are not allowed.")
    if len(value) > 30:
        raise PaychexError(400, "API-6", "The field jobName has more than 30 characters.")
    return value


def _job_number(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value.get("segment1") or not set(value) <= set(_SEGMENTS):
        raise PaychexError(400, "API-46", "The field jobNumber needs segment1, and may have segment2 and segment3.")
    segments = {name: str(text) for name, text in value.items()}
    if any(_FORBIDDEN & set(text) for text in segments.values()):
        raise PaychexError(400, "API-17", "The field jobNumber holds characters that are not allowed.")
    if sum(map(len, segments.values())) > 25:
        raise PaychexError(400, "API-6", "The field jobNumber has more than 25 characters.")
    return segments


def _day(body: Mapping[str, object], name: str) -> date | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        raise PaychexError(400, "API-34", f"The field {name} is not a date.") from None
