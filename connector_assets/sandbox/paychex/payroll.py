"""Pay periods and checks, as the payroll side of the API serves them."""

import zlib
from collections.abc import Iterator
from datetime import date

from connector_assets.sandbox.facts import PeriodFacts
from connector_assets.sandbox.paychex.checks import CheckWriter, Names
from connector_assets.sandbox.paychex.desk import Call
from connector_assets.sandbox.paychex.pages import Collection
from connector_assets.sandbox.paychex.replies import (
    Json,
    Listing,
    PaychexError,
    date_text,
    dump,
    listing,
    without_nulls,
)
from connector_assets.sandbox.paychex.state import STATUSES, UNPROCESSED, made_id
from connector_assets.sandbox.paychex.workers import found_worker


def pay_periods(call: Call) -> Listing:
    """The company's pay periods, narrowed by status (repeatable) and by from and to together.

    `from` is held against the period's start, `to` against its end.
    """
    wanted = call.many("status")
    unknown = sorted(set(wanted) - set(STATUSES))
    if unknown:
        raise PaychexError(400, "API-40", f"The status is not valid: {', '.join(unknown)}.")
    company_id = call.path["company_id"]
    periods = [
        period
        for period in call.desk.payroll.listed(company_id, call.desk.today())
        if (not wanted or period.status in wanted) and _within(call, period)
    ]
    ordered = _ordered(call.desk.setting("paychex.period_order"), periods)
    found = [dump(_period(call, period)) for period in ordered]
    page = call.page() if call.desk.setting("paychex.period_paging") == "honoured" else None
    if page is None:
        return call.unless_empty(Listing(found))
    return Listing(found[call.paged("", page, len(found))], page, len(found))


def pay_period(call: Call) -> Listing:
    """One pay period."""
    found = call.desk.payroll.period(call.path["company_id"], call.path["pay_period_id"])
    if found is None:
        raise PaychexError(404, "API-7", "The pay period id is not valid.")
    return listing([_period(call, found)])


def company_checks(call: Call) -> Listing:
    """The checks of one pay period, a page at a time where offset and limit are given."""
    company_id = call.path["company_id"]
    period = _period_of_checks(call, company_id)
    if not _is_readable(call, period):
        return _nothing(call)
    page = call.page()
    etag = made_id(20, *map(str, _key(call, company_id, period)))
    window = call.paged(etag, page, period.check_count)
    items = _collection(call, company_id, period).read(window)
    if not period.check_count:
        return _nothing(call)
    return Listing(items, page, period.check_count, etag if page else None)


def worker_checks(call: Call) -> Listing:
    """One worker's checks of one pay period."""
    worker = found_worker(call)
    company_id = call.desk.staff.company_of(worker.worker_id) or ""
    period = _period_of_checks(call, company_id)
    if not _is_readable(call, period):
        return _nothing(call)
    everything = _collection(call, company_id, period).read(slice(0, period.check_count))
    mark = f'"workerId":"{worker.worker_id}"'.encode()
    found = [item for item in everything if mark in item]
    return Listing(found) if found else _nothing(call)


def worker_check(call: Call) -> Listing:
    """One check of a worker, by its id, in the representation that fits its period."""
    worker = found_worker(call)
    company_id = call.desk.staff.company_of(worker.worker_id) or ""
    marks = [f'"paycheckId":"{call.path["paycheck_id"]}"'.encode(), f'"workerId":"{worker.worker_id}"'.encode()]
    for period in call.desk.payroll.periods(company_id):
        if period.check_date < worker.hire_date or not _fits(call, period):
            continue
        everything = _collection(call, company_id, period).read(slice(0, period.check_count))
        found = [item for item in everything if all(mark in item for mark in marks)]
        if found:
            return Listing(found)
    raise PaychexError(404, "API-7", "The check id is not valid.")


def _period_of_checks(call: Call, company_id: str) -> PeriodFacts:
    pay_period_id = call.one("payperiodid")
    if not pay_period_id:
        raise PaychexError(400, "API-49", "The query parameter payperiodid is missing.")
    period = call.desk.payroll.period(company_id, pay_period_id)
    if period is None:
        if call.desk.setting("paychex.unknown_period_checks") == "404":
            raise PaychexError(404, "API-7", "The pay period id is not valid.")
        raise PaychexError(400, "API-40", "The pay period id is not valid.")
    if period.status == "PROCESSING":
        status, code = call.desk.setting("paychex.processing_checks").split("_")
        raise PaychexError(int(status), code, "The pay period is being processed.")
    return period


def _is_readable(call: Call, period: PeriodFacts) -> bool:
    setting = "readable" if _fits(call, period) else call.desk.setting("paychex.other_representation")
    if setting == "readable" and period.status == "REVERSED":
        setting = call.desk.setting("paychex.reversed_original")
    if setting == "404":
        raise PaychexError(404, "API-7", "The pay period has no checks of this kind.")
    return setting == "readable"


def _nothing(call: Call) -> Listing:
    if call.desk.setting("paychex.period_without_checks") == "404":
        raise PaychexError(404, "API-43", "The search found no checks.")
    page = call.page()
    return Listing([], page)


def _wants_processed(call: Call) -> bool:
    return "processed" in call.media


def _fits(call: Call, period: PeriodFacts) -> bool:
    return period.status != "PROCESSING" and (period.status not in UNPROCESSED) == _wants_processed(call)


def _collection(call: Call, company_id: str, period: PeriodFacts) -> Collection:
    return call.desk.collections.get(_key(call, company_id, period), lambda: _serialised(call, company_id, period))


def _key(call: Call, company_id: str, period: PeriodFacts) -> tuple[object, ...]:
    return "checks", company_id, period.pay_period_id, _wants_processed(call), call.desk.version()


def _serialised(call: Call, company_id: str, period: PeriodFacts) -> Iterator[bytes]:
    writer = _writer(call, company_id, period)
    write = writer.processed if _wants_processed(call) else writer.unprocessed
    return map(write, call.desk.payroll.checks(company_id, period))


def _writer(call: Call, company_id: str, period: PeriodFacts) -> CheckWriter:
    staff = call.desk.staff
    names = Names(
        organizations={item.organization_id: item.name for item in staff.organizations(company_id)},
        jobs={job.job_id: job.name for job in call.desk.payroll.jobs(company_id)},
        assignment_organizations={
            item.labor_assignment_id: item.organization_id for item in staff.labor_assignments(company_id)
        },
    )
    is_reversal = period.original_pay_period_id is not None
    seed = call.desk.context.options.seed
    return CheckWriter(names, call.desk.setting, call.desk.root_url, seed, is_reversal)


def _within(call: Call, period: PeriodFacts) -> bool:
    first, last = call.day("from", "API-8"), call.day("to", "API-8")
    if (first is None) != (last is None):
        raise PaychexError(400, "API-8", "A date range needs both from and to.")
    if first is None or last is None:
        this_year = call.desk.setting("paychex.period_window") == "current_year"
        return not this_year or period.start_date.year == call.desk.today().year
    if first > last:
        raise PaychexError(400, "API-37", "The date range ends before it begins.")
    if call.desk.setting("paychex.period_bounds") == "exclusive":
        return first < period.start_date and period.end_date < last
    return first <= period.start_date and period.end_date <= last


def _ordered(order: str, periods: list[PeriodFacts]) -> list[PeriodFacts]:
    if order == "unordered":
        return sorted(periods, key=lambda period: zlib.crc32(period.pay_period_id.encode()))
    return sorted(periods, key=_date_key, reverse=order == "descending")


def _date_key(period: PeriodFacts) -> tuple[date, date]:
    return period.check_date, period.start_date


def _period(call: Call, period: PeriodFacts) -> Json:
    company_id = call.path["company_id"]
    count = period.check_count
    if call.desk.setting("paychex.check_count") == "without_voids":
        count -= call.desk.payroll.void_count(company_id, period.pay_period_id)
    url = f"{call.desk.root_url}/companies/{company_id}/payperiods/{period.pay_period_id}"
    item = {
        "payPeriodId": period.pay_period_id,
        "intervalCode": period.interval_code,
        "status": period.status,
        "description": period.description,
        "startDate": date_text(period.start_date),
        "endDate": date_text(period.end_date),
        "submitByDate": date_text(period.submit_by_date),
        "checkDate": date_text(period.check_date),
        "checkCount": count,
        "originalPayPeriodID": period.original_pay_period_id,
        "links": [{"rel": "self", "href": url}],
    }
    return without_nulls(item)
