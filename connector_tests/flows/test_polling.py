"""The sensor that goes by the payroll calendar, on a real instance: what it asks for, when, and why it does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dagster import RunRequest, SkipReason, build_sensor_context

from connector_assets.flows.paychex_intacct.automation import jobs_of
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.polling import CALENDAR, payroll_calendar
from connector_assets.orchestration.resources import RecordsResource
from connector_tests.flows.house import COMPANY_OF, LLC, House, copied


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with copied() as found:
        yield found


def tick(house: House, now: datetime) -> str:
    """The part of the job that is asked for at a moment, or why there is none."""
    names = Names(house.connection(LLC))
    jobs = jobs_of(names)
    sensor = payroll_calendar(names, jobs["refresh"], jobs["discover"], now=lambda: now)
    with build_sensor_context(house.instance, resources={"records": RecordsResource()}) as context:
        found = sensor(context)
    if isinstance(found, SkipReason):
        return str(found.skip_message)
    assert isinstance(found, RunRequest)
    return str(found.job_name).removeprefix(f"{LLC}_")


def now() -> datetime:
    return datetime.now(UTC)


def expect(house: House, status: str, due_in_days: int) -> None:
    """One open pay period in the calendar as it was just read; nothing else is expected."""
    day = (now() + timedelta(days=due_in_days)).date().isoformat()
    one = {"pay_period_id": "1", "interval": "BI_WEEKLY", "description": "Bi-weekly Payroll (9)"}
    body = {"read_at": now().isoformat(), "periods": [{**one, "status": status, "due_on": day, "check_date": day}]}
    house.records().snapshots.put(LLC, CALENDAR, body)


def test_after_a_refresh_it_waits_for_the_safety_net_and_says_so(house: House) -> None:
    assert house.refresh(LLC).succeeded
    expect(house, "INITIAL", 30)
    assert "(refresh)" in tick(house, now())
    assert "everything is read every 12 hours" in tick(house, now())
    assert tick(house, now() + timedelta(hours=12, minutes=1)) == "refresh"


def test_an_expected_pay_run_is_looked_for_often_and_the_reason_names_it(house: House) -> None:
    expect(house, "ENTRY", 0)
    assert "Bi-weekly Payroll (9) paying" in tick(house, now())
    assert tick(house, now() + timedelta(minutes=31)) == "discover"
    expect(house, "PROCESSING", 20)
    assert tick(house, now() + timedelta(minutes=31)) == "discover"


def test_a_look_that_failed_is_repeated_after_an_hour(house: House) -> None:
    expect(house, "PROCESSING", 20)
    house.admin("paychex/access", payroll="none")
    try:
        job = house.definitions().resolve_job_def(f"{LLC}_discover")
        assert not job.execute_in_process(instance=house.instance, raise_on_error=False).success
    finally:
        house.admin("paychex/access", payroll="read")
    assert "the last attempt failed at" in tick(house, now() + timedelta(minutes=31))
    assert tick(house, now() + timedelta(minutes=62)) == "discover"


def test_while_a_look_is_under_way_no_other_is_asked_for(house: House) -> None:
    job = house.definitions().resolve_job_def(f"{LLC}_refresh")
    run = house.instance.create_run_for_job(job)
    try:
        assert tick(house, now() + timedelta(days=3)).startswith(f"Run {run.run_id[:8]} of {LLC}_refresh is looking")
    finally:
        house.instance.delete_run(run.run_id)


def test_the_pay_calendar_leaves_what_is_expected_in_the_records(house: House) -> None:
    ordered = {"company_id": COMPANY_OF[LLC], "check_date": "2025-12-30", "status": "ENTRY"}
    made = house.admin("paychex/periods/add_offcycle", **ordered)
    assert house.materialize(LLC, ["pay_calendar"]).success
    body = house.records().snapshots.get(LLC, CALENDAR)
    assert made["pay_period_id"] in [one["pay_period_id"] for one in body["periods"]]
    assert tick(house, now() + timedelta(hours=7)) == "discover"  # it should have been processed long ago
