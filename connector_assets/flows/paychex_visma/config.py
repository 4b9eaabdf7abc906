"""What a connection file of this flow holds."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connector_assets.connections import Carried, Connection, CredentialNeed
from connector_assets.vendors.paychex import config as paychex
from connector_assets.vendors.visma import config as visma

FreeField = Literal["phone2", "phone3", "fax", "address_line2", "address_line3"]
SourceKind = Literal["organization", "job", "location", "title"]


class Section(BaseModel):
    """A part of the connection file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EmployeesSection(Section):
    """How a worker becomes an employee of Visma."""

    employee_class: str = Field(min_length=1, description="Class of employees that are created (no API lists it)")
    calendar: str = Field(min_length=1, description="Work calendar of those (no API lists it)")
    on_leave: Literal["Active", "Hold", "HoldPayments"] = Field(default="Active", description="Status while on leave")
    inactive_after_days: int = Field(
        default=0, ge=0, le=400, description="Days after the end of the employment on which someone is still active"
    )
    pair_by: Literal["number_and_name", "number"] = Field(
        default="number_and_name", description="What must agree before an employee entered by hand is taken over"
    )
    drift: Literal["report", "repair"] = Field(
        default="report",
        description="A field that somebody changed in Visma: reported, or set back",
    )
    default_department: str = Field(default="", description="Department of workers whose organization has no partner")
    default_branch: str = Field(default="", description="Branch of workers whose location has no partner")
    email: str = Field(
        default="", description="Address for workers without one at work, with {employee_id}; Visma asks for one"
    )
    title_field: FreeField | None = Field(default=None, description="A free text field that holds the job title")
    hire_date_field: FreeField | None = Field(default=None, description="A free text field that holds the day of hire")
    end_date_field: FreeField | None = Field(default=None, description="A free text field that holds the last day")


class DepartmentsSection(Section):
    """What to do with Visma's departments, which stand for Paychex organizations."""

    missing: Literal["create", "report"] = Field(default="report", description="An organization that Visma lacks")
    renamed: Literal["update", "report"] = Field(default="report", description="One whose name changed in Paychex")
    cost_center_segment: int | None = Field(
        default=None, ge=1, description="Segment that a created department's expense subaccount names"
    )


class SegmentSection(Section):
    """One segment of the dimension SUBACCOUNT: what its values stand for, and what may be done to them."""

    segment: int = Field(ge=1, description="Its number")
    source: SourceKind = Field(description="What its values stand for: organization, job, location or title")
    missing: Literal["create", "report"] = Field(default="report", description="A source value that it lacks")
    renamed: Literal["update", "report"] = Field(default="report", description="One whose name changed in Paychex")
    ended: Literal["deactivate", "keep"] = Field(default="keep", description="A job that has ended")
    pad: str = Field(default="", max_length=1, description="Fills a number up to the segment's length, from the left")
    prefix: str = Field(default="", max_length=4, description="Begins the made-up code of what has no number")


class SchedulesSection(Section):
    """When it runs by itself (cron, in UTC)."""

    everything: str = Field(default="35 5 * * *", description="When both systems are read and aligned")
    workers: str = Field(default="10 * * * *", description="When workers and Visma's employees are looked at")


class PaychexVismaConnection(Connection):
    """A connection of the flow `paychex_visma`."""

    partition_kind: ClassVar[str] = "employee_changes"
    done_asset: ClassVar[str] = "employee_sync"

    paychex: paychex.PaychexSection
    visma: visma.VismaSection
    employees: EmployeesSection
    departments: DepartmentsSection = DepartmentsSection()
    segments: tuple[SegmentSection, ...] = Field(
        default=(), description="Segments of cost centers, each with the fields of its own table below"
    )
    dimension_drift: Literal["report", "repair"] = Field(
        default="report", description="A paired value that somebody changed in Visma: reported, or set back"
    )
    whole_poll_hours: float = Field(
        default=24.0, gt=0, description="How often all employees are read, not only those that changed, hours"
    )
    schedules: SchedulesSection = SchedulesSection()

    @field_validator("segments")
    @classmethod
    def _each_once(cls, segments: tuple[SegmentSection, ...]) -> tuple[SegmentSection, ...]:
        if len({one.segment for one in segments}) < len(segments):
            raise ValueError("a segment is named twice; give each one section")
        return segments

    @property
    def carried(self) -> tuple[Carried, ...]:
        """No documents: a change of an employee is found and made in one run."""
        return ()

    @property
    def pool(self) -> str:
        """One for each Visma company: its calls of an hour are shared."""
        return f"visma_{self.visma.tenant_id[:8].lower()}"

    def credential_needs(self) -> Sequence[CredentialNeed]:
        """Paychex: the app's key and secret. Visma: the application's id and secret."""
        needs = (("paychex", paychex.CREDENTIALS), ("visma", visma.CREDENTIALS))
        return [CredentialNeed(system, name, meaning) for system, names in needs for name, meaning in names.items()]


CONNECTION = PaychexVismaConnection
