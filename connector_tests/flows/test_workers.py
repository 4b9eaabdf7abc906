"""Workers and employees in step: one employee for each worker through every change, by poll and by notification."""

from datetime import date

import pandas as pd
import pytest

from connector_assets.orchestration.inbox_sensor import SUBJECTS_TAG
from connector_assets.orchestration.runs import QUIET
from connector_tests.cli_runner import succeeding
from connector_tests.flows.facts import FIRST
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, House, Json, firm, key_of, problem_of
from connector_tests.flows.test_dimensions import check, frame, records

COMPANY = COMPANY_OF[LLC]
WORKERS = ("worker_roster", "worker_history", "employee_sync")
FINANCE = "970000170100007"
EMPLOYEE_CREATE = {"operation": "create", "object": "EMPLOYEE"}


def somebody() -> tuple[str, str]:
    """Worker id and number of somebody hired before the year who never left and is nobody's supervisor."""
    everyone = list(firm().workers(COMPANY, date(2026, 1, 1)))
    bosses = {worker.supervisor_worker_id for worker in everyone}
    steady = (worker for worker in everyone if len(worker.statuses) == 1 and worker.hire_date.year < 2025)
    found = next(worker for worker in steady if worker.worker_id not in bosses)
    return found.worker_id, found.employee_id


def change(house: House, worker_id: str, **fields: object) -> None:
    house.admin("paychex/workers/change", company_id=COMPANY, worker_id=worker_id, **fields)


def status(kind: str, reason: str, since: str) -> dict[str, str]:
    return {"status_type": kind, "status_reason": reason, "effective_date": since}


def employee(house: House, number: str) -> Json:
    return records(house, "EMPLOYEE", "EMPLOYEEID")[number]


def contact(house: House, number: str) -> Json:
    return records(house, "CONTACT", "CONTACTNAME")[employee(house, number)["PERSONALINFO.CONTACTNAME"]]


def sync(house: House, connection: str = LLC) -> pd.DataFrame:
    """Read the workers and follow them; the changes that were made."""
    house.renew(connection, *WORKERS)
    return pd.read_parquet(house.settings.home / "frames" / connection / "employee_sync" / "latest.parquet")


def history(house: House, worker_id: str) -> list[str]:
    found = frame(house, "worker_history")
    return [str(event) for event in found.loc[found["worker_id"] == worker_id, "event"]]


def test_one_employee_through_a_whole_employment(house: House) -> None:
    house.configure(LLC, employees_stay_active_days=0)
    before = records(house, "EMPLOYEE", "EMPLOYEEID")
    worker_id, number = somebody()
    contact_name = employee(house, number)["PERSONALINFO.CONTACTNAME"]

    change(house, worker_id, family_name="Quillfeather", organization_id=FINANCE, title="Treasurer")
    assert sorted(sync(house)["action"]) == ["rename", "update"]
    held = employee(house, number)
    assert (held["DEPARTMENTID"], held["TITLE"], held["PERSONALINFO.CONTACTNAME"]) == ("500", "Treasurer", contact_name)
    assert contact(house, number)["LASTNAME"] == "Quillfeather"
    assert contact(house, number)["PRINTAS"].endswith(" Quillfeather")

    change(house, worker_id, status=status("TERMINATED", "RETIRED", "2025-01-03"))
    assert sync(house)["fields"].tolist() == ["end_date,termination_type"]
    left = employee(house, number)
    assert (left["ENDDATE"], left["TERMINATIONTYPE"], left["STATUS"]) == ("01/03/2025", "retired", "active")
    assert sync(house).empty  # their last pay run is not posted

    house.only_from("2025-01-04", LLC)
    house.renew(LLC, "pay_calendar")
    for partition in house.partitions(LLC):
        if partition != key_of(FIRST):
            house.instance.delete_dynamic_partition(f"{LLC}_pay_runs", partition)
    keep_calendar_of(house, FIRST.pay_period_id)
    assert sync(house).empty
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert sync(house)["fields"].tolist() == ["is_active"]
    assert employee(house, number)["STATUS"] == "inactive"

    change(house, worker_id, employee_id="70001", status=status("ACTIVE", "REHIRED", "2026-02-02"))
    assert sync(house)["fields"].tolist() == ["end_date,is_active,termination_type"]
    back = employee(house, number)
    assert (back["STATUS"], back.get("ENDDATE"), back.get("TERMINATIONTYPE")) == ("active", None, None)
    assert records(house, "EMPLOYEE", "EMPLOYEEID").keys() == before.keys()
    assert history(house, worker_id) == ["hire", "transfer", "rename", "termination", "rehire"]
    told = [one.action for one in house.records().audit.entries(subject=f"{LLC}/employee/{number}")]
    updated = "employee updated"
    assert told == ["employee created", updated, updated, "employee renamed", updated, updated, updated]


def keep_calendar_of(house: House, pay_period_id: str) -> None:
    """Let the pay calendar hold one pay run alone."""
    path = house.settings.home / "frames" / LLC / "pay_calendar" / "latest.parquet"
    calendar = pd.read_parquet(path)
    calendar[calendar["pay_period_id"] == pay_period_id].to_parquet(path, index=False)


def hire(house: House, company_id: str = COMPANY, **fields: object) -> Json:
    """Somebody new; what is not given is as with the company's first worker."""
    named = {"given_name": "Ada", "family_name": "Nims", "hire_date": "2026-03-02"}
    return house.admin("paychex/workers/hire", company_id=company_id, **(named | fields))


def test_a_notification_and_a_poll_lead_to_the_same_state(house: House) -> None:
    worker_id, number = somebody()
    change(house, worker_id, title="Auditor", organization_id=FINANCE)
    hired = hire(house)
    house.reset_calls()
    for one in (worker_id, str(hired["worker_id"]), "00H2A1IUNOBODY00000"):
        job = house.definitions().resolve_job_def(f"{LLC}_workers")
        tags = {SUBJECTS_TAG: one}
        result = job.execute_in_process(instance=house.instance, tags=tags, run_config=QUIET, raise_on_error=False)
        assert result.success, problem_of(result)
    assert (house.calls()["paychex worker"], house.calls().get("paychex workers", 0)) == (4, 0)
    woken = frame(house, "worker_roster")
    assert employee(house, number)["TITLE"] == "Auditor"
    new = employee(house, str(hired["employee_id"]))
    assert (new["STARTDATE"], new["STATUS"]) == ("03/02/2026", "active")
    assert new["SUPERVISORID"] in records(house, "EMPLOYEE", "EMPLOYEEID")
    events = frame(house, "worker_history")

    assert sync(house).empty
    pd.testing.assert_frame_equal(frame(house, "worker_roster"), woken)
    pd.testing.assert_frame_equal(frame(house, "worker_history"), events)


@pytest.mark.thorough
@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_an_employee_whose_reply_was_lost_is_created_once(house: House, waits: list[float], fault: str) -> None:
    hired = hire(house)
    house.fault("intacct", fault, EMPLOYEE_CREATE, times=1)
    sync(house)
    sync(house)
    assert employee(house, str(hired["employee_id"]))["STATUS"] == "active"
    assert check(house, "employee_sync", "w02_changes_taken")[0]
    assert (
        house.records().crosswalk.lookup(LLC, "employee@HOLLIS-MARR", str(hired["worker_id"])) == hired["employee_id"]
    )


@pytest.mark.thorough
def test_what_cannot_be_followed_is_told_and_followed_once_it_can(house: House) -> None:
    hired, other, lost = hire(house), hire(house, employee_id=""), hire(house, location_id="9")
    house.fault("intacct", "function_error", EMPLOYEE_CREATE, times=1)
    assert sync(house).empty
    assert not check(house, "employee_sync", "w02_changes_taken")[0]
    passed, told = check(house, "employee_sync", "w03_every_worker_numbered")
    assert (passed, str(other["worker_id"]) in told, "employee number" in told) == (False, True, True)
    assert "Nims" not in told
    assert not check(house, "employee_sync", "w01_employees_as_roster")[0]
    placed, where = check(house, "employee_sync", "w06_everyone_placed")
    assert (placed, str(lost["worker_id"]) in where) == (False, True)

    assert sync(house)["employee_id"].tolist()[:1] == [hired["employee_id"]]
    change(house, str(lost["worker_id"]), location_id=home_of(house))
    assert sync(house)["employee_id"].tolist()[:1] == [lost["employee_id"]]
    succeeding("pair", LLC, "employee", str(other["worker_id"]), "HM-0003", "--reason", "She was in the books before")
    sync(house)
    assert employee(house, "HM-0003")["TITLE"] != "Director"
    assert check(house, "employee_sync", "w02_changes_taken")[0]
    assert check(house, "employee_sync", "w03_every_worker_numbered")[0]


def home_of(house: House) -> str:
    return str(frame(house, "paychex/locations")["location_id"].iloc[0])


@pytest.mark.thorough
def test_numbers_that_two_companies_share_are_kept_apart_by_a_prefix(house: House) -> None:
    _, number = somebody()
    hired = hire(house, COMPANY_OF[NJ], employee_id=number)
    before = employee(house, number)
    assert sync(house, NJ).empty
    assert employee(house, number) == before
    house.configure(NJ, employee_id_prefix="NJ-")
    made = sync(house, NJ)
    assert made["employee_id"].tolist()[0] == f"NJ-{number}"
    assert employee(house, f"NJ-{number}")["LOCATIONID"] == "JC"
    assert house.records().crosswalk.lookup(NJ, "employee@HOLLIS-MARR", str(hired["worker_id"])) == f"NJ-{number}"
