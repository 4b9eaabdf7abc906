"""What is kept of Paychex's records, how it is read, and what is never kept."""

import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_assets.vendors.paychex.models import (
    CheckLine,
    Company,
    Job,
    LaborAssignment,
    Location,
    Organization,
    PayComponent,
    PayPeriod,
    ProcessedCheck,
    Worker,
)
from connector_tests.vendors.conftest import Script, ScriptedServer
from connector_tests.vendors.paychex_script import CHECK, COMPANY, PAY_PERIOD, TOKEN, client, page

ScriptedServerFactory = Callable[[Script], AbstractContextManager[ScriptedServer]]


def test_a_processed_check_is_read_whole() -> None:
    check = ProcessedCheck.model_validate(CHECK)
    assert (check.paycheck_id, check.check_date, check.check_type) == (
        "00CHECK00000000TEST1",
        date(2025, 3, 7),
        "REGULAR",
    )
    hourly, mileage = check.earnings
    assert (hourly.amount_cents, hourly.hours_e4, hourly.rate_e4) == (160_000, 400_000, 400_001)
    assert (hourly.organization_id, hourly.labor_assignment_id) == ("970000004000001", "970000003000001")
    assert (hourly.job_id, hourly.job_name, hourly.line_date) == (None, "Client engagement 1000", date(2025, 2, 28))
    assert (mileage.amount_cents, mileage.effect_on_pay, mileage.memoed) == (7_110, "ADDITION", False)
    assert (check.taxes[1].job_id, check.taxes[1].component_id) == ("9701", None)
    assert check.odd_dates == ()


def test_the_net_pay_is_what_the_lines_say() -> None:
    check = ProcessedCheck.model_validate(CHECK)
    withheld = [tax for tax in check.taxes if tax.paid_by == "EMPLOYEE_WITHHOLDING"]
    lines_cents = sum(line.amount_cents for line in check.earnings) - sum(
        line.amount_cents for line in (*check.deductions, *withheld)
    )
    assert lines_cents == check.net_cents == 139_152


@given(cents=st.integers(-(10**14), 10**14), zeros=st.integers(0, 3))
def test_every_amount_is_read_to_the_cent(cents: int, zeros: int) -> None:
    text = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}{'0' * zeros}"
    assert CheckLine.model_validate({"amount": text}).amount_cents == cents


@pytest.mark.parametrize("amount", ["1,200.00", "12.345", "NaN", "1e3", "$5", "--1", [], True])
def test_what_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        CheckLine.model_validate({"amount": amount})


def test_empty_and_null_fields_are_the_same_as_missing_ones() -> None:
    line = CheckLine.model_validate({"amount": None, "hours": "", "jobId": "", "organization": None, "name": None})
    assert (line.amount_cents, line.hours_e4, line.job_id, line.organization_id, line.name) == (0, 0, None, None, "")


@pytest.mark.parametrize(
    ("text", "is_odd"),
    [
        ("2025-03-07T00:00:00Z", False),
        ("2025-03-07T00:00:00.000+00:00", False),
        ("2025-03-07T00:00:00+00:00", False),
        ("2025-03-07", False),
        ("2025-03-07T20:00:00Z", True),
        ("2025-03-07T00:00:01Z", True),
    ],
)
def test_a_date_is_its_first_ten_characters_and_a_time_of_day_is_noted(text: str, is_odd: bool) -> None:
    period = PayPeriod.model_validate({**PAY_PERIOD, "checkDate": text})
    assert period.check_date == date(2025, 3, 7)
    assert period.odd_dates == (("checkDate",) if is_odd else ())


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="checkDate"):
        PayPeriod.model_validate({**PAY_PERIOD, "checkDate": "03/07/2025"})


def test_a_reversal_run_names_the_period_it_reverses_and_has_no_interval() -> None:
    scheduled = {name: value for name, value in PAY_PERIOD.items() if name != "intervalCode"}
    period = PayPeriod.model_validate({**scheduled, "originalPayPeriodID": 850000000000001, "status": "completed"})
    assert (period.interval_code, period.status) == ("", "COMPLETED")
    assert period.original_pay_period_id == "850000000000001"
    assert PayPeriod.model_validate(PAY_PERIOD).original_pay_period_id is None


def test_the_reference_records_are_read_by_our_names() -> None:
    company = Company.model_validate(
        {"companyId": "C", "displayId": "01080012", "legalId": {"legalIdType": "SSN", "legalIdValue": "900-00-0000"}}
    )
    assert (company.display_id, company.has_permission) == ("01080012", True)
    assert "900-00-0000" not in company.model_dump_json()
    links = [{"rel": "self", "href": "x"}, {"rel": "parent", "href": "https://h/companies/C/organizations/97?asof=1"}]
    organization = Organization.model_validate({"organizationId": "98", "name": "Ops", "number": 20, "links": links})
    assert (organization.number, organization.parent_id) == ("20", "97")
    assert Organization.model_validate({"organizationId": "97", "links": []}).parent_id is None
    location = Location.model_validate({"locationId": "1", "address": {"countrySubdivisionCode": "NY", "city": "?"}})
    assert location.state == "NY"
    job = Job.model_validate(
        {"jobId": "1", "jobName": "J", "jobNumber": {"segment2": "02", "segment1": "10", "new": 1}}
    )
    assert (job.name, job.number) == ("J", "10-02")
    assignment = LaborAssignment.model_validate({"laborAssignmentId": "1", "organizationId": "98", "locationId": "2"})
    assert (assignment.organization_id, assignment.location_id) == ("98", "2")
    component = PayComponent.model_validate({"componentId": "1", "classificationType": "Regular"})
    assert (component.classification_type, component.effect_on_pay) == ("REGULAR", "")


WORKER = {
    "workerId": "W1",
    "employeeId": "41",
    "workerType": "EMPLOYEE",
    "employmentType": "FULL_TIME",
    "exemptionType": "EXEMPT",
    "hireDate": "2019-04-01T00:00:00Z",
    "name": {"familyName": "Roe", "givenName": "Jane", "middleName": "Quincy"},
    "job": {"jobTitleId": "7", "title": "Consultant"},
    "organization": {"organizationId": "98", "name": "Ops"},
    "supervisor": {"workerId": "W2", "name": {"familyName": "Doe"}},
    "currentStatus": {"statusType": "ACTIVE", "statusReason": "HIRED", "effectiveDate": "2019-04-01T00:00:00Z"},
    "jobId": "J1",
    "locationId": "L1",
    "laborAssignmentId": "A1",
    "legalId": {"legalIdType": "SSN", "legalIdValue": "900-00-0000"},
    "birthDate": "1980-02-29T00:00:00Z",
    "sex": "FEMALE",
    "ethnicityCode": "HISPANIC",
    "communications": [{"uri": "jane@home.example"}],
}
PERSONAL = ("Roe", "Jane", "Quincy", "Doe", "900-00-0000", "1980-02-29", "FEMALE", "HISPANIC", "jane@home.example")


def test_a_worker_is_read_without_personal_data_but_the_name() -> None:
    worker = Worker.model_validate(WORKER)
    assert (worker.employee_id, worker.worker_type, worker.exemption_type) == ("41", "EMPLOYEE", "EXEMPT")
    assert (worker.status, worker.status_reason, worker.status_date) == ("ACTIVE", "HIRED", date(2019, 4, 1))
    assert (worker.organization_id, worker.location_id, worker.job_id) == ("98", "L1", "J1")
    assert (worker.labor_assignment_id, worker.supervisor_id, worker.title) == ("A1", "W2", "Consultant")
    assert worker.given_name.get_secret_value() + worker.family_name.get_secret_value() == "JaneRoe"


def test_personal_data_that_comes_unasked_is_dropped_and_names_are_never_shown(
    scripted_server: ScriptedServerFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with scripted_server([TOKEN, page([WORKER])]) as server:
        worker = next(client(server.url).workers(COMPANY))
    shown = repr(worker) + str(worker) + worker.model_dump_json() + caplog.text
    assert not [word for word in PERSONAL if word in shown]
    kept = str(worker.model_dump()) + worker.given_name.get_secret_value() + worker.family_name.get_secret_value()
    assert not [word for word in PERSONAL if word in kept.replace("JaneRoe", "")]


def test_a_worker_that_cannot_be_read_is_reported_without_personal_data(
    scripted_server: ScriptedServerFactory,
) -> None:
    broken = {**WORKER, "hireDate": "long ago", "name": {"givenName": {"Jane": "Roe"}}}
    with scripted_server([TOKEN, page([broken])]) as server, pytest.raises(Exception, match="record W1") as caught:
        list(client(server.url).workers(COMPANY))
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not [word for word in PERSONAL if word in shown]


def test_a_worker_may_lack_nearly_everything() -> None:
    worker = Worker.model_validate({"workerId": "W1", "name": {"givenName": "A Firm"}, "currentStatus": None})
    assert (worker.employment_type, worker.status, worker.hire_date) == ("", "", None)
    assert worker.family_name.get_secret_value() == ""
