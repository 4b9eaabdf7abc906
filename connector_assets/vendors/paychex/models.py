"""What is kept of Paychex's records: an allow-list. A field that is not named here is dropped when it is read.

Names are ours (snake case, units last). Values are Paychex's, except that enumerations stand in upper case, for Paychex
writes one value in several cases; amounts are integer cents, hours and rates ten-thousandths, date-times plain dates.
Paychex adds fields at any time, and leaves out what is empty: everything that a record can do without is optional.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic.alias_generators import to_camel

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.money import cents_from_text, decimal_e4_from_text

PROCESSED_STATUSES = frozenset({"COMPLETED", "COMPLETED_BY_MEC", "RELEASED", "REISSUED"})
"""Statuses of a period whose checks are final. Paychex explains only COMPLETED; the others are treated alike."""

_SEGMENTS = ("segment1", "segment2", "segment3")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT(?P<time>[\d:.]+)")


def _cents(value: object) -> int:
    return _exactly(cents_from_text, value)


def _e4(value: object) -> int:
    return _exactly(decimal_e4_from_text, value)


def _exactly(read: Callable[[str, str], int], value: object) -> int:
    try:
        return read(str(value).strip(), "number")
    except AccountingError as error:
        raise ValueError(error.message) from None  # pydantic puts the field's name before it


def _calendar_date(value: object) -> date:
    """The first ten characters: Paychex means calendar dates, and a time zone would only move them."""
    if isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10])


def _joined_segments(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return "-".join(str(value[segment]) for segment in _SEGMENTS if value.get(segment))


def _id_of_parent(links: object) -> object:
    """The last part of the `parent` link's address; the tree of organizations is nowhere else."""
    entries = links if isinstance(links, list) else []
    parents = [link.get("href") for link in entries if isinstance(link, Mapping) and link.get("rel") == "parent"]
    return str(parents[0]).partition("?")[0].rstrip("/").rpartition("/")[2] if parents else None


def _has_time_of_day(value: object) -> bool:
    match = _DATE_TIME.match(value) if isinstance(value, str) else None
    return match is not None and match["time"].strip("0:.") != ""


Code = Annotated[str, AfterValidator(lambda text: text.strip().upper())]
Cents = Annotated[int, BeforeValidator(_cents)]
TenThousandths = Annotated[int, BeforeValidator(_e4)]
CalendarDate = Annotated[date, BeforeValidator(_calendar_date)]


class Record(BaseModel):
    """One record of Paychex's. `odd_dates` names its date-times that do not stand at midnight (see README.md)."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )

    odd_dates: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _prepare(cls, given: object) -> object:
        """Treat null and the empty text as left out, and note the dates that carry a time of day."""
        if not isinstance(given, Mapping):
            return given
        present = {name: value for name, value in given.items() if value is not None and value != ""}
        return {**present, "odd_dates": tuple(name for name, value in present.items() if _has_time_of_day(value))}


class Company(Record):
    """A company linked to the app. `has_permission` False: no active payroll product, not usable through the API."""

    company_id: str
    display_id: str = ""
    legal_name: str = ""
    has_permission: bool = True


class Organization(Record):
    """A department. `number` is not unique across the levels of the tree; `parent_id` is known from links only."""

    organization_id: str
    name: str = ""
    number: str | None = None
    parent_id: Annotated[str | None, BeforeValidator(_id_of_parent)] = Field(default=None, alias="links")


class Location(Record):
    """A place of work; `state` is the subdivision code of its address."""

    location_id: str
    name: str = ""
    state: str | None = Field(default=None, validation_alias=AliasPath("address", "countrySubdivisionCode"))


class Job(Record):
    """A costing job; `number` has its segments joined by a dash."""

    job_id: str
    name: str = Field(default="", alias="jobName")
    number: Annotated[str, BeforeValidator(_joined_segments)] = Field(default="", alias="jobNumber")
    start_date: CalendarDate | None = None
    end_date: CalendarDate | None = None


class LaborAssignment(Record):
    """A named combination of organization, location and position."""

    labor_assignment_id: str
    name: str = ""
    organization_id: str | None = None
    location_id: str | None = None
    position_id: str | None = None
    start_date: CalendarDate | None = None
    end_date: CalendarDate | None = None


class PayComponent(Record):
    """An earning, deduction or memo. Map on `component_id`: the name is the client's own label and may change."""

    component_id: str
    name: str = ""
    classification_type: Code = ""
    effect_on_pay: Code = ""
    description: str = ""
    start_date: CalendarDate | None = None
    end_date: CalendarDate | None = None


class PayPeriod(Record):
    """A pay period: one run of payroll. `interval_code` is empty for off-cycle and reversal runs.

    `check_count` is 0 when Paychex leaves it out. `original_pay_period_id` names the period that this one reverses.
    """

    pay_period_id: str
    interval_code: Code = ""
    status: Code
    description: str = ""
    start_date: CalendarDate
    end_date: CalendarDate
    submit_by_date: CalendarDate | None = None
    check_date: CalendarDate
    check_count: int = 0
    original_pay_period_id: str | None = Field(
        default=None, validation_alias=AliasChoices("originalPayPeriodID", "originalPayPeriodId")
    )


class CheckLine(Record):
    """A line of a processed check. A tax has no component: its key is `name` with `paid_by`.

    `check_component_id` is not unique on a check: the parts of one distributed entry share it. `amount_cents` keeps the
    sign it came with; deductions and taxes are positive numbers to subtract. `rate_e4` informs only.
    """

    component_id: str | None = None
    check_component_id: str | None = None
    name: str = ""
    classification_type: Code = ""
    effect_on_pay: Code = ""
    paid_by: Code = ""
    amount_cents: Cents = Field(default=0, alias="amount")
    hours_e4: TenThousandths = Field(default=0, alias="hours")
    rate_e4: TenThousandths | None = Field(default=None, alias="rate")
    organization_id: str | None = Field(default=None, validation_alias=AliasPath("organization", "organizationId"))
    job_id: str | None = None
    job_name: str | None = None
    labor_assignment_id: str | None = None
    line_date: CalendarDate | None = None
    memoed: bool = False


class ProcessedCheck(Record):
    """A calculated check: what was earned, withheld and paid, line by line."""

    pay_period_id: str
    paycheck_id: str
    worker_id: str
    check_date: CalendarDate
    check_number: str | None = None
    check_type: Code = ""
    net_cents: Cents = Field(alias="netPay")
    earnings: tuple[CheckLine, ...] = ()
    deductions: tuple[CheckLine, ...] = ()
    informational: tuple[CheckLine, ...] = ()
    taxes: tuple[CheckLine, ...] = ()


class Worker(Record):
    """A worker without personal data but the name, which is held as a secret so that no repr or log shows it.

    `job_id` is the costing job, `title` the job title. `organization_id`, `location_id`, `job_id` and
    `labor_assignment_id` are the worker's home as of now.
    """

    worker_id: str
    employee_id: str = ""
    worker_type: Code = ""
    employment_type: Code = ""
    exemption_type: Code = ""
    hire_date: CalendarDate | None = None
    status: Code = Field(default="", validation_alias=AliasPath("currentStatus", "statusType"))
    status_reason: Code = Field(default="", validation_alias=AliasPath("currentStatus", "statusReason"))
    status_date: CalendarDate | None = Field(default=None, validation_alias=AliasPath("currentStatus", "effectiveDate"))
    organization_id: str | None = Field(default=None, validation_alias=AliasPath("organization", "organizationId"))
    location_id: str | None = None
    job_id: str | None = None
    labor_assignment_id: str | None = None
    supervisor_id: str | None = Field(default=None, validation_alias=AliasPath("supervisor", "workerId"))
    title: str | None = Field(default=None, validation_alias=AliasPath("job", "title"))
    given_name: SecretStr = Field(default=SecretStr(""), validation_alias=AliasPath("name", "givenName"))
    family_name: SecretStr = Field(default=SecretStr(""), validation_alias=AliasPath("name", "familyName"))


class Communication(Record):
    """A way to reach somebody; of all kinds only addresses at work are read. `uri` is a secret like a name."""

    type: Code = ""
    usage_type: Code = ""
    uri: SecretStr = SecretStr("")


class ReachableWorker(Worker):
    """A worker with the ways to reach them."""

    communications: tuple[Communication, ...] = ()

    @property
    def email(self) -> SecretStr:
        """The e-mail address at work, empty when there is none."""
        at_work = (one for one in self.communications if one.type == "EMAIL" and one.usage_type in {"BUSINESS", "WORK"})
        return next((one.uri for one in at_work), SecretStr(""))
