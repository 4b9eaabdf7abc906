"""Expensify's Integration Server as this project uses it: reports and policies are read, and where a person wishes it,
reports are labelled as exported or marked as reimbursed.

Everything is one POST to one address. An export is a job: it answers with the name of a file, which is downloaded once
it is whole.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from connector_assets.vendors.errors import OutcomeUnknownError, ProtocolError, VendorError
from connector_assets.vendors.expensify import template as templates
from connector_assets.vendors.expensify.errors import (
    OK_CODES,
    SYSTEM,
    code_of,
    envelope_of,
    error_for,
    judge,
    judge_download,
)
from connector_assets.vendors.expensify.limits import SlidingWindows, Windows
from connector_assets.vendors.expensify.models import Category, Policy, Report, Tag, tags_of
from connector_assets.vendors.transport import Judge, Reply, Transport

LIMITS: Windows = ((5, 10.0), (20, 60.0))
"""Calls that Expensify takes within so many seconds; both hold."""

EXPORTED_STATES = ("APPROVED", "REIMBURSED")
NEXT_POLLS_S = (5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 60.0, 90.0)
"""Waits between downloads of a file that is not whole yet, after the first: about five minutes in all."""
IDS_A_CALL = 100
WINDOW = timedelta(days=364)
"""An export spans at most a year."""

AnyRecord = TypeVar("AnyRecord", bound=BaseModel)


class ExpensifyClient:
    """The Integration Server at `url` for one pair of partner credentials.

    Every method may raise CredentialError, AccessError, NotFoundError, RefusedError, UnavailableError (busy or not
    reached, after retries) and ProtocolError (not what Expensify speaks, or an export that never gets whole). `now` is
    a monotonic clock in seconds; tests inject it and `sleep`. Threads may share a client.
    """

    def __init__(
        self,
        url: str,
        partner_user_id: str,
        partner_user_secret: str,
        transport: Transport,
        *,
        limits: Windows = LIMITS,
        first_poll_s: float = 5.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.transport = transport
        self._url, self._sleep = url, sleep
        self._credentials = {"partnerUserID": partner_user_id, "partnerUserSecret": partner_user_secret}
        self._turns = SlidingWindows(limits, now=now, sleep=sleep)
        self._polls_s = (first_poll_s, *NEXT_POLLS_S)

    # -- policies -------------------------------------------------------------------------------------------------

    def policies(self) -> list[Policy]:
        """The workspaces that the credentials see."""
        found = self._ask("policies", {"type": "get", "inputSettings": {"type": "policyList"}})
        return _records(Policy, found.get("policyList"), "policies")

    def categories(self, policy_id: str) -> list[Category]:
        """The workspace's categories, disabled ones too."""
        return _records(Category, self._policy(policy_id, "categories"), "categories")

    def tags(self, policy_id: str) -> list[Tag]:
        """The workspace's tags of every level, disabled ones too."""
        value = self._policy(policy_id, "tags")
        try:
            return tags_of(value)
        except (ValidationError, TypeError, KeyError):
            raise _unreadable("tags", "they are of an unknown shape") from None

    def _policy(self, policy_id: str, name: str) -> Any:  # noqa: ANN401  # JSON of the field's own shape
        settings = {"type": "policy", "policyIDList": [policy_id], "fields": [name]}
        found = self._ask(name, {"type": "get", "inputSettings": settings}).get("policyInfo")
        if not isinstance(found, dict) or policy_id not in found:
            raise _unreadable(name, "the policy is not in the reply")
        return found[policy_id].get(name)

    # -- reports --------------------------------------------------------------------------------------------------

    def approved_reports(
        self, policy_id: str, since: date, today: date, states: Sequence[str] = EXPORTED_STATES
    ) -> list[Report]:
        """Every report of the workspace that was approved on `since` or later, however long ago it was submitted.

        Expensify's dates are those of submission, its approval filter is strict and by day, and an export spans a year
        at most: the first window asks by approval and covers all submissions until its end, each later one asks by
        submission. A report that two windows show is there once.
        """
        found: dict[str, Report] = {}
        for filters in _windows(since, today):
            for report in self._export(policy_id, filters, states):
                if report.approved is not None and report.approved >= since:
                    found[report.report_id] = report
        return sorted(found.values(), key=lambda report: (report.approved or today, report.report_id))

    def reports(self, policy_id: str, report_ids: Sequence[str]) -> list[Report]:
        """These reports as they are now, in any state; one that is gone is left out."""
        return [
            report
            for part in _parts(report_ids)
            for report in self._export(policy_id, {"reportIDList": ",".join(part)}, ())
        ]

    def unlabelled(self, policy_id: str, report_ids: Sequence[str], label: str) -> set[str]:
        """Which of these reports do not carry the label yet."""
        found: set[str] = set()
        for part in _parts(report_ids):
            filters = {"reportIDList": ",".join(part), "policyIDList": policy_id, "markedAsExported": label}
            rows = self._file("labels", self._submit("labels", {"filters": filters}, templates.IDS))
            found |= {str(row.get("reportID")) for row in rows}
        return found & set(report_ids)

    def mark_exported(self, policy_id: str, report_ids: Sequence[str], label: str) -> None:
        """Label these reports as exported; the API cannot take a label back.

        A reply that is lost is settled by looking: raises OutcomeUnknownError when the labels are not there afterwards.
        """
        for part in _parts(report_ids):
            settings = {"filters": {"reportIDList": ",".join(part), "policyIDList": policy_id}}
            finish = [{"actionName": "markAsExported", "label": label}]
            try:
                self._submit("mark as exported", settings, templates.IDS, on_finish=finish)
            except OutcomeUnknownError:
                if self.unlabelled(policy_id, part, label):
                    raise

    def mark_reimbursed(self, report_ids: Sequence[str]) -> dict[str, str]:
        """Mark approved reports as reimbursed: by report id, why one was passed over. Empty when all were taken.

        Success is a report's id in the reply, whatever its code says.
        """
        passed_over: dict[str, str] = {}
        for part in _parts(report_ids):
            settings = {"type": "reportStatus", "status": "REIMBURSED", "filters": {"reportIDList": ",".join(part)}}
            found = self._ask("report status", {"type": "update", "inputSettings": settings}, is_write=True)
            reasons = {
                str(one.get("reportID")): str(one.get("reason")) for one in _objects(found.get("skippedReports"))
            }
            done = {str(one) for one in _listed(found.get("reportIDs"))}
            passed_over |= {one: reasons.get(one, "it is not in the reply") for one in part if one not in done}
        return passed_over

    def ping(self, policy_id: str) -> list[str]:
        """Try the credentials and the workspace, and say what is missing; empty when all is well."""
        try:
            found = next((policy for policy in self.policies() if policy.policy_id == policy_id), None)
        except VendorError as error:
            return [str(error)]
        if found is None:
            return [f"expensify: no workspace {policy_id} is in sight. Fix: correct expensify.policy_id."]
        if found.role != "admin":
            return [f"expensify: the account is {found.role} of {policy_id}. Fix: make it an admin there."]
        return []

    # -- jobs -----------------------------------------------------------------------------------------------------

    def _export(self, policy_id: str, filters: Mapping[str, str], states: Sequence[str]) -> list[Report]:
        settings: dict[str, object] = {"filters": {**filters, "policyIDList": policy_id}}
        if states:
            settings["reportState"] = ",".join(states)
        rows = self._file("reports", self._submit("reports", settings, templates.REPORTS))
        return _records(Report, rows, "reports")

    def _submit(
        self,
        operation: str,
        settings: Mapping[str, object],
        template: str,
        on_finish: Sequence[Mapping[str, str]] = (),
    ) -> str:
        """Start an export and answer its file's name. Without `on_finish` it leaves nothing but a file."""
        job: dict[str, object] = {
            "type": "file",
            "onReceive": {"immediateResponse": ["returnRandomFileName"]},
            "inputSettings": {"type": "combinedReportData", **settings},
            "outputSettings": {"fileExtension": "json", "fileBasename": "connector_"},
        }
        if on_finish:
            job["onFinish"] = list(on_finish)
        reply = self._post(operation, job, judge, is_write=bool(on_finish), template=template)
        name = reply.text.strip()
        if code_of(reply) not in OK_CODES:
            raise error_for(reply, operation)
        if not name or len(name) > 300 or "\n" in name or name.startswith(("{", "<")):
            raise _unreadable(operation, "no file name came")
        return name

    def _file(self, operation: str, name: str) -> list[dict[str, Any]]:
        """The reports in an export, once it is whole: Expensify gives no sign, the end marker is ours."""
        last = None
        for wait_s in self._polls_s:
            self._sleep(wait_s)
            job = {"type": "download", "fileName": name, "fileSystem": "integrationServer"}
            last = self._post(f"{operation} file", job, judge_download)
            if code_of(last) in {401, 403}:
                break
            rows = _whole(last)
            if rows is not None:
                return rows
        if last is not None and code_of(last) not in OK_CODES:
            raise error_for(last, f"{operation} file")
        raise _unreadable(operation, "the exported file did not get whole in five minutes")

    def _ask(self, operation: str, job: Mapping[str, object], *, is_write: bool = False) -> dict[str, object]:
        """A job whose success is an envelope too."""
        reply = self._post(operation, job, judge, is_write=is_write)
        found = envelope_of(reply)
        if code_of(reply) not in OK_CODES:
            raise error_for(reply, operation)
        if not found:
            raise _unreadable(operation, "the reply has no responseCode")
        return found

    def _post(
        self, operation: str, job: Mapping[str, object], judged: Judge, *, is_write: bool = False, template: str = ""
    ) -> Reply:
        description = json.dumps({**job, "credentials": self._credentials})
        form = {"requestJobDescription": description} | ({"template": template} if template else {})

        def headers() -> Mapping[str, str]:
            self._turns.wait_for_turn()  # asked for each attempt: a retry is a call too
            return {}

        return self.transport.send(
            "POST", self._url, operation=operation, is_write=is_write, headers=headers, form=form, judge=judged
        )


def _windows(since: date, today: date) -> Iterator[dict[str, str]]:
    """The filters that together show every report approved on `since` or later."""
    after = since - timedelta(days=1)
    end = after + WINDOW
    yield {"approvedAfter": after.isoformat()} | ({"endDate": end.isoformat()} if end < today else {})
    while end < today:
        start, end = end + timedelta(days=1), end + timedelta(days=1) + WINDOW
        yield {"startDate": start.isoformat()} | ({"endDate": end.isoformat()} if end < today else {})


def _whole(reply: Reply) -> list[dict[str, Any]] | None:
    """The reports of an export; None while the file is missing, empty, cut off, or not as many as it counts."""
    try:
        rows = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        return None
    *found, end = rows
    counted = str(end.get("reports", "")).replace(",", "")
    return found if end.get("kind") == "eof" and counted == str(len(found)) else None


def _parts(report_ids: Sequence[str]) -> Iterator[list[str]]:
    ordered = list(dict.fromkeys(report_ids))
    return (ordered[place : place + IDS_A_CALL] for place in range(0, len(ordered), IDS_A_CALL))


def _records(model: type[AnyRecord], value: object, operation: str) -> list[AnyRecord]:
    if not isinstance(value, list):
        raise _unreadable(operation, "a list was due")
    try:
        return [model.model_validate(item) for item in value]
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    # Raised out here: the validation error holds the whole record, and must not become this error's context.
    places = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:3])
    raise _unreadable(operation, places)


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in _listed(value) if isinstance(item, dict)]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _unreadable(operation: str, why: str) -> ProtocolError:
    fix = "Check the address; if it is right, try again, and ask Expensify's support if it stays."
    return ProtocolError(SYSTEM, f"{operation}: {why}", fix=fix)
