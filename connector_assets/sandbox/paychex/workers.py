"""Workers in every representation; personal data is in those that have it at Paychex, and in no other."""

from collections.abc import Callable, Iterator
from datetime import date

from connector_assets.sandbox.facts import WorkerFacts, WorkerStatusFacts
from connector_assets.sandbox.paychex.desk import Call, Desk
from connector_assets.sandbox.paychex.replies import (
    Json,
    Listing,
    PaychexError,
    date_text,
    dump,
    listing,
    without_nulls,
)
from connector_assets.sandbox.paychex.state import made_id

_FILTER_GROUPS = (
    ("givenname", "familyname", "legallastfour"),
    ("from", "to"),
    ("employeeid",),
    ("locationid",),
    ("offset", "limit"),
)


def workers(call: Call) -> Listing:
    """The company's workers, the terminated included: all, a page, or those that one filter group finds."""
    company_id, desk = call.path["company_id"], call.desk
    groups = [group for group in _FILTER_GROUPS if any(call.one(name) is not None for name in group)]
    if len(groups) > 1:
        raise PaychexError(400, "API-40", "Paging and filters of different groups cannot be combined.")
    if groups and groups[0] != ("offset", "limit"):
        return _search(call)
    page, today = call.page(), desk.today()
    total = len(desk.staff.workers(company_id, today))
    key = ("workers", company_id, call.media, today, desk.version())
    collection = desk.collections.get(key, lambda: _serialised(call, company_id, today))
    etag = made_id(20, *map(str, key))
    return Listing(collection.read(call.paged(etag, page, total)), page, total, etag if page else None)


def worker(call: Call) -> Listing:
    """One worker."""
    facts = found_worker(call)
    return listing([worker_item(call.desk, facts, call.media, call.desk.staff.company_of(facts.worker_id) or "")])


def worker_status(call: Call) -> Listing:
    """A worker's status history, newest first."""
    history = sorted(found_worker(call).statuses, key=lambda status: status.effective_date, reverse=True)
    worker_id = call.path["worker_id"]
    return listing([{**_status(worker_id, status), "order": str(n)} for n, status in enumerate(history, 1)])


def assignment_distributions(call: Call) -> Listing:
    """A worker's standing distribution: none, the firm splits by time entry."""
    found_worker(call)
    return listing([])


def found_worker(call: Call) -> WorkerFacts:
    """The worker of the URL; raises PaychexError 404 API-7, or what its company refuses."""
    staff, worker_id = call.desk.staff, call.path["worker_id"]
    company_id = staff.company_of(worker_id)
    if company_id is not None:
        call.desk.access.company(company_id)
        facts = staff.worker(worker_id, call.desk.today())
        if facts.hire_date <= call.desk.today():
            return facts
    raise PaychexError(404, "API-7", "The worker id is not valid.")


def worker_item(desk: Desk, facts: WorkerFacts, media: str, company_id: str) -> Json:
    """A worker of the company in the representation of that media type."""
    communications = _communications(facts) if media.endswith(("_communications", "roster")) else None
    if media.endswith("roster"):
        return {"employeeId": facts.employee_id, "name": _name(facts), "communications": communications}
    private = "nonpii" not in media
    boss_id = facts.supervisor_worker_id
    supervisor = None if boss_id is None else desk.staff.worker(boss_id, desk.today())
    url = f"{desk.root_url}/workers/{facts.worker_id}"
    item: dict[str, object] = {
        "workerId": facts.worker_id,
        "employeeId": facts.employee_id,
        "workerType": facts.worker_type,
        "employmentType": _employment_type(desk, facts),
        "exemptionType": facts.exemption_type or None,
        **(_personal(facts) if private else {}),
        "hireDate": date_text(facts.hire_date),
        "name": _name(facts),
        "laborAssignmentId": facts.labor_assignment_id,
        "locationId": facts.location_id,
        "jobId": facts.job_id,
        "job": {"jobTitleId": facts.job_title_id, "title": facts.title},
        "organization": _organization(desk, facts, company_id, numbered=private),
        "supervisor": supervisor and {"workerId": supervisor.worker_id, "name": _name(supervisor)},
        "currentStatus": _status(facts.worker_id, _current(facts, desk.today())),
        "communications": communications,
        **_added(desk, facts),
        "links": [{"rel": "self", "href": url}, {"rel": "communications", "href": f"{url}/communications"}],
    }
    return without_nulls(item)


def _search(call: Call) -> Listing:
    tests = _tests(call)
    company_id = call.path["company_id"]
    everyone = call.desk.staff.workers(company_id, call.desk.today())
    found = [facts for facts in everyone if all(test(facts) for test in tests)]
    if not found:
        raise PaychexError(404, "API-43", "The search found no worker.")
    return listing([worker_item(call.desk, facts, call.media, company_id) for facts in found])


def _tests(call: Call) -> list[Callable[[WorkerFacts], bool]]:
    first, last = call.day("from"), call.day("to")
    if (first is None) != (last is None):
        raise PaychexError(400, "API-42", "from and to must be given together.")
    tests: list[Callable[[WorkerFacts], bool]] = []
    if first is not None and last is not None:
        tests.append(lambda facts: first <= facts.hire_date <= last)
    readers: dict[str, Callable[[WorkerFacts], str]] = {
        "givenname": lambda facts: facts.given_name,
        "familyname": lambda facts: facts.family_name,
        "legallastfour": lambda facts: facts.ssn[-4:],
        "employeeid": lambda facts: facts.employee_id,
        "locationid": lambda facts: facts.location_id,
    }
    for name, read in readers.items():
        wanted = call.one(name)
        if wanted is not None:
            tests.append(lambda facts, read=read, wanted=wanted: read(facts).lower() == wanted.lower())  # type: ignore[misc] # bound per turn
    return tests


def _serialised(call: Call, company_id: str, today: date) -> Iterator[bytes]:
    for facts in call.desk.staff.workers(company_id, today):
        yield dump(worker_item(call.desk, facts, call.media, company_id))


def _name(facts: WorkerFacts) -> Json:
    return without_nulls({"familyName": facts.family_name or None, "givenName": facts.given_name})


def _personal(facts: WorkerFacts) -> Json:
    return {
        "workState": facts.work_state,
        "birthDate": date_text(facts.birth_date),
        "sex": facts.sex,
        "ethnicityCode": "NOT_SPECIFIED",
        "legalId": {"legalIdType": "SSN", "legalIdValue": facts.ssn},
    }


def _added(desk: Desk, facts: WorkerFacts) -> Json:
    """Fields that nobody has documented, personal ones at that: a client that keeps what it gets would keep these."""
    if desk.setting("paychex.added_fields") == "absent":
        return {}
    deposit = {"routingNumber": "021000021", "accountNumber": bank_account(facts.worker_id)}
    return {**_personal(facts), "directDeposits": [deposit], "annualSalary": annual_salary(facts.worker_id)}


def bank_account(worker_id: str) -> str:
    """A worker's invented bank account number."""
    return made_id(14, "bank account", worker_id)


def annual_salary(worker_id: str) -> str:
    """A worker's invented salary, to the cent; the payroll does not use it."""
    return f"{int(made_id(15, 'salary', worker_id)) % 900_000 + 100_000}.37"


def _employment_type(desk: Desk, facts: WorkerFacts) -> str | None:
    absent = desk.setting("paychex.employment_type") == "absent_on_some" and facts.employee_id.endswith("3")
    return None if absent else facts.employment_type or None


def _organization(desk: Desk, facts: WorkerFacts, company_id: str, *, numbered: bool) -> Json:
    found = desk.staff.organization(company_id, facts.organization_id)
    item = {
        "organizationId": facts.organization_id,
        "name": found and found.name,
        "number": found.number if found and numbered else None,
    }
    return without_nulls(item)


def _current(facts: WorkerFacts, today: date) -> WorkerStatusFacts:
    begun = [status for status in facts.statuses if status.effective_date <= today]
    return max(begun or facts.statuses, key=lambda status: status.effective_date)


def _status(worker_id: str, status: WorkerStatusFacts) -> Json:
    return {
        "workerStatusId": made_id(15, worker_id, status.status_type, status.effective_date.isoformat()),
        "statusType": status.status_type,
        "statusReason": status.status_reason,
        "effectiveDate": date_text(status.effective_date),
    }


def _communications(facts: WorkerFacts) -> list[Json]:
    communication_id = made_id(20, "email", facts.worker_id)
    return [{"communicationId": communication_id, "type": "EMAIL", "usageType": "BUSINESS", "uri": facts.email}]
