"""What a connection file of this flow holds."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connector_assets.connections import Connection, CredentialNeed
from connector_assets.vendors.expensify import config as expensify
from connector_assets.vendors.intacct import config as intacct
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX

Dimension = Annotated[str, Field(pattern=r"^(department|location|project|class|GLDIM[A-Z0-9_]+)$")]
"""A dimension of Intacct's own, or by its name on a journal line (`GLDIM…`) one that the company defined for itself."""

EMPLOYEE_ID = "{employee_id}"


class Section(BaseModel):
    """A part of the connection file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PostingSection(Section):
    """How journals are posted."""

    policy: Literal["post", "draft", "hold"] = Field(default="draft", description="Post, draft, or hold for approval")
    journal: str = Field(min_length=1, description="Symbol of the journal in Intacct")
    entity: str = Field(min_length=1, description="The entity that owes employees and cards, and balances the cost")
    currency: str = Field(default="USD", min_length=3, max_length=3, description="Currency of reports and books")
    entry_date: Literal["approved", "last_expense", "submitted"] = Field(
        default="approved", description="Which date the GL gets"
    )
    due_from_account: str = Field(min_length=1, description="Inter-entity receivable")
    due_to_account: str = Field(min_length=1, description="Inter-entity payable")
    person: Literal["employee_id", "name", "none"] = Field(
        default="employee_id",
        description="How a line's text names the employee; with name, names stand in the records and in frames",
    )
    receipts: Literal["link", "none"] = Field(default="link", description="Whether a line's text links its receipt")
    reimbursable: Literal["journal", "expense_report", "bill"] = Field(
        default="journal", description="What is owed to the employee: in the journal, an expense report, or a bill"
    )
    company_card: Literal["journal", "bill"] = Field(
        default="journal", description="What is owed on the company card: in the journal, or a bill of the card's bank"
    )
    employee_vendor: str = Field(
        default="",
        description=f"With reimbursable: bill, an employee's vendor id in Intacct, {EMPLOYEE_ID} standing for their id",
    )
    card_vendor: str = Field(default="", description="With company_card: bill, the vendor id of the card's bank")

    @model_validator(mode="after")
    def _vendors_named(self) -> Self:
        if self.reimbursable == "bill" and EMPLOYEE_ID not in self.employee_vendor:
            raise ValueError(
                f"reimbursable is bill: give employee_vendor, such as '{EMPLOYEE_ID}' or 'E-{EMPLOYEE_ID}'"
            )
        if self.company_card == "bill" and not self.card_vendor:
            raise ValueError(
                "company_card is bill: give card_vendor, the id of the card's bank among Intacct's vendors"
            )
        return self


class DefaultsSection(Section):
    """Dimensions of an expense that neither a tag nor its employee's record in Intacct gives."""

    department: str | None = Field(default=None, description="Department id")
    location: str | None = Field(default=None, description="Location id")
    project: str | None = Field(default=None, description="Project id")
    class_id: str | None = Field(default=None, alias="class", description="Class id")


class SchedulesSection(Section):
    """When it runs by itself (cron, in UTC)."""

    expensify: str = Field(default="5 6-20 * * *", description="When approved reports are looked for")
    intacct: str = Field(default="35 5 * * *", description="When accounts and dimensions are read")


class ExpensifyIntacctConnection(Connection):
    """A connection of the flow `expensify_intacct`."""

    partition_kind: ClassVar[str] = "expense_reports"
    done_asset: ClassVar[str] = "reconciliation"

    expensify: expensify.ExpensifySection
    intacct: intacct.IntacctSection
    posting: PostingSection
    tags: tuple[Dimension, ...] = Field(
        default=("department", "project"), max_length=5, description="Which dimension each tag level stands for"
    )
    defaults: DefaultsSection = DefaultsSection()
    schedules: SchedulesSection = SchedulesSection()
    look_back_days: int = Field(default=30, ge=1, le=360, description="Approvals that are looked at again, days")
    mark_exported_as: str = Field(
        default="", max_length=80, description="Label that posted reports get in Expensify; empty: it is never written"
    )

    @property
    def own_dimensions(self) -> tuple[str, ...]:
        """The object names of the dimensions, defined by the company for itself, that tags stand for."""
        own = (name.removeprefix(DIMENSION_PREFIX) for name in self.tags if name.startswith(DIMENSION_PREFIX))
        return tuple(dict.fromkeys(own))

    @property
    def pool(self) -> str:
        """One for each Intacct company."""
        return self.intacct.pool

    def credential_needs(self) -> Sequence[CredentialNeed]:
        """Expensify: the partner pair. Intacct: the sender's and the web services user's."""
        needs = (("expensify", expensify.CREDENTIALS), ("intacct", intacct.CREDENTIALS))
        return [CredentialNeed(system, name, meaning) for system, names in needs for name, meaning in names.items()]


CONNECTION = ExpensifyIntacctConnection
