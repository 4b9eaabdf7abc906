"""The jobs of the Integration Server: what each `requestJobDescription` asks for and gets."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import cast

from starlette.responses import PlainTextResponse, Response

from connector_assets.sandbox.company import DEPARTMENTS, PROJECTS
from connector_assets.sandbox.expensify.desk import Desk, Report, moment
from connector_assets.sandbox.expensify.freemarker import Style, TemplateError, render
from connector_assets.sandbox.expensify.sample import CATEGORIES, CLASSES, POLICY_ID, POLICY_NAME

Job = Mapping[str, object]
STATES = ("OPEN", "SUBMITTED", "APPROVED", "REIMBURSED", "ARCHIVED")
YEAR_DAYS = 366


class Refusal(Exception):
    """A refusal in the body: Expensify's code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def envelope(code: int, **members: object) -> Response:
    """A JSON body with its responseCode, under HTTP 200; the Content-Type says text."""
    return Response(json.dumps({**members, "responseCode": code}), media_type="text/plain")


def answer(desk: Desk, job: Job, template: str) -> Response:
    """The reply to a job. Raises Refusal."""
    settings = _members(job, "inputSettings")
    kinds: dict[tuple[str, str], Callable[[], Response]] = {
        ("file", "combinedReportData"): lambda: _export(desk, job, settings, template),
        ("get", "policyList"): _policy_list,
        ("get", "policy"): lambda: _policy(desk, settings),
        ("update", "reportStatus"): lambda: _report_status(desk, settings),
    }
    if job.get("type") == "download":
        return _download(desk, job)
    wanted = kinds.get((str(job.get("type")), str(settings.get("type"))))
    if wanted is None:
        raise Refusal(410, "Argument 'type' is missing or malformed")
    return wanted()


def _members(source: Job, name: str) -> Job:
    value = source.get(name)
    return cast(Job, value) if isinstance(value, Mapping) else {}


# -- the report exporter ----------------------------------------------------------------------------------------------


def _export(desk: Desk, job: Job, settings: Job, template: str) -> Response:
    filters, output = _members(settings, "filters"), _members(job, "outputSettings")
    if _members(job, "onReceive").get("immediateResponse") != ["returnRandomFileName"]:
        raise Refusal(410, "Argument 'immediateResponse' is missing or malformed")
    _check_span(desk, filters)
    chosen = _chosen(desk, settings, filters)
    if not template.strip():
        raise Refusal(500, "Required parameter 'template' is missing")
    missing_is_empty = desk.setting("missing_variable") == "empty"
    style = Style(missing_is_empty=missing_is_empty, grouped_numbers=desk.setting("numbers") == "grouped")
    try:
        text = render(template, {"reports": chosen, "addHeader": True}, style)
    except TemplateError as error:
        raise Refusal(500, f"Error while rendering the template: {error}") from error
    extension = str(output.get("fileExtension", "csv"))
    name = f"{output.get('fileBasename', 'export')}{uuid.uuid4()}.{extension}"
    desk.keep_file(name, text)
    if job.get("test") != "true":
        _finish(desk, job, chosen)
    return PlainTextResponse(name)


def _check_span(desk: Desk, filters: Job) -> None:
    if not any(filters.get(name) for name in ("reportIDList", "startDate", "approvedAfter")):
        raise Refusal(410, "Bad request. Verify the request parameters.")
    end = _day(filters, "endDate")
    for name in ("startDate", "approvedAfter"):
        start, today = _day(filters, name), desk.context.now().date()
        if start is None:
            continue
        if end is None and (today - start).days > YEAR_DAYS:
            raise Refusal(410, f"'endDate' is needed when '{name}' is more than a year ago")
        if end is not None and (end - start).days > YEAR_DAYS:
            raise Refusal(410, "The dates span more than a year")


def _day(filters: Job, name: str) -> date | None:
    text = str(filters.get(name) or "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(410, f"Malformed date '{text}'. Expected format is yyyy-MM-dd") from None


def _listed(value: object) -> list[str]:
    return [part.strip() for part in str(value or "").split(",") if part.strip()]


def _chosen(desk: Desk, settings: Job, filters: Job) -> list[Report]:
    states, ids, policies = (
        _listed(settings.get("reportState")),
        _listed(filters.get("reportIDList")),
        _listed(filters.get("policyIDList")),
    )
    if unknown := set(states) - set(STATES):
        raise Refusal(410, f"Status '{sorted(unknown)[0]}' is not supported")
    found = [
        report
        for report in desk.reports()
        if (not states or report["status"] in states)
        and (not ids or report["reportID"] in ids or report["oldReportID"] in ids)
        and (not policies or report["policyID"] in policies)
        and _in_time(report, filters)
        and filters.get("markedAsExported") not in desk.labels(report["reportID"])
    ]
    limit = str(settings.get("limit") or "")
    return found[: int(limit)] if limit.isdigit() else found


def _in_time(report: Report, filters: Job) -> bool:
    """Dates are compared with the later of created and submitted; `approvedAfter` is strict."""
    day = max(str(report["created"])[:10], str(report["submitted"])[:10])
    start, end, after = (_day(filters, name) for name in ("startDate", "endDate", "approvedAfter"))
    approved = str(report["approved"])[:10]
    return (
        (start is None or day >= start.isoformat())
        and (end is None or day <= end.isoformat())
        and (after is None or not approved or approved > after.isoformat())
    )


def _finish(desk: Desk, job: Job, chosen: Sequence[Report]) -> None:
    actions = job.get("onFinish")
    for action in actions if isinstance(actions, list) else []:
        if action.get("actionName") == "markAsExported":
            desk.mark((report["reportID"] for report in chosen), str(action["label"]))


def _download(desk: Desk, job: Job) -> Response:
    missing = Refusal(int(desk.setting("missing_file_code")), "File not found")
    found = desk.file(job.get("fileName"))
    if found is None or job.get("fileSystem", "integrationServer") != "integrationServer":
        raise missing
    content, is_ready = found
    return Response(content if is_ready else "", media_type="application/octet-stream")


# -- policies and the status of reports -------------------------------------------------------------------------------


def _policy_list() -> Response:
    one = {"id": POLICY_ID, "name": POLICY_NAME, "owner": "cfo@hollismarr.example", "role": "admin"}
    return envelope(200, policyList=[{**one, "type": "corporate", "outputCurrency": "USD"}])


def _policy(desk: Desk, settings: Job) -> Response:
    ids, fields = settings.get("policyIDList"), settings.get("fields")
    if not isinstance(ids, list) or not ids:
        raise Refusal(410, "Required parameter 'policyIDList' is missing")
    if ids != [POLICY_ID]:
        raise Refusal(410, "Policy not found")
    whole: dict[str, object] = {
        "categories": [
            *({"name": name, "enabled": enabled, "glCode": code} for name, code, enabled in CATEGORIES),
            *desk.added_categories(),
        ],
        "tags": _tags(desk),
        "reportFields": [],
        "tax": {},
        "employees": [],
    }
    wanted = fields if isinstance(fields, list) else list(whole)
    return envelope(200, policyInfo={POLICY_ID: {name: whole[name] for name in wanted if name in whole}})


def _tags(desk: Desk) -> list[object]:
    levels = {
        "Department": [(one.name, one.department_id) for one in DEPARTMENTS],
        "Project": [(one.name, one.project_id) for one in PROJECTS],
        "Class": list(CLASSES),
    }
    made = [
        {"name": level, "tags": [{"name": name, "glCode": code, "enabled": True} for name, code in entries]}
        for level, entries in levels.items()
    ]
    return list(made) if desk.setting("tag_shape") == "levels" else list(cast(list[object], made[0]["tags"]))


def _report_status(desk: Desk, settings: Job) -> Response:
    if settings.get("status") != "REIMBURSED":
        raise Refusal(410, f"Status '{settings.get('status')}' is not supported")
    ids = _listed(_members(settings, "filters").get("reportIDList"))
    done: list[object] = []
    skipped: list[object] = []
    for report in desk.reports():
        if report["reportID"] not in ids:
            continue
        if report["status"] == "APPROVED":
            desk.save({**report, "status": "REIMBURSED", "state": "REIMBURSED", "reimbursed": moment(desk)})
            done.append(report["reportID"])
        else:
            reason = f"Report is in status '{str(report['status']).capitalize()}'"
            skipped.append({"reportID": report["reportID"], "reason": reason})
    code = int(desk.setting("partial_status")) if skipped and done else 200
    return envelope(code, reportIDs=done, skippedReports=skipped)
