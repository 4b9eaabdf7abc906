"""The sections of a connection file that say how journals look, what happens to new codes, and what is counted."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    """A section of the file: unknown fields are errors, so that a typing mistake is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JournalSection(Section):
    """How journals look."""

    shape: Literal["S1", "S2", "S3"] = Field(
        default="S2", description="Credits: S1 the bank, S2 liabilities and clearing, S3 clearing per draw"
    )
    bank_account: str = Field(
        default="",
        description="S1: the GL account that every draw credits; Intacct refuses one that a bank account record names",
    )
    tax_clearing_account: str = Field(default="", description="S3: clearing of the tax draw")
    third_party_clearing_account: str = Field(default="", description="S3: clearing of the third-party draw")
    remitted_accounts: tuple[str, ...] = Field(
        default=(), description="S1, S3: liabilities, beside taxes, that the payroll provider settles"
    )
    grain: Literal["summary", "department", "project", "employee"] = Field(
        default="summary", description="What one cost line stands for"
    )
    employee_lines: Literal["billable", "all"] = Field(
        default="billable", description="Grain employee: which cost lines name the worker"
    )
    unknown_employees: Literal["block", "drop"] = Field(
        default="block",
        description="Grain employee: a worker whom Intacct does not have active blocks, or the lines name nobody",
    )
    one_per: Literal["run", "entity"] = Field(
        default="run", description="One journal with inter-entity lines, or one for each legal entity"
    )
    lines_max: int = Field(
        default=1000,
        ge=20,
        le=15_000,
        description="A longer journal is posted in parts of whole checks, each of which balances",
    )
    debit_days_before: int = Field(
        default=1,
        ge=0,
        le=10,
        description="Entry date debit_date: working days between the cash draw and the check date",
    )
    minimum_workers: int = Field(
        default=1, ge=1, le=50, description="Fewest workers behind a department x location x account; 1 asks nothing"
    )
    small_groups: Literal["block", "parent", "restricted"] = Field(
        default="block", description="Smaller groups block, or roll up to the parent or the restricted department"
    )
    restricted_department: str = Field(default="", description="The department that small groups may roll up to")

    @model_validator(mode="after")
    def _accounts_of_the_shape(self) -> Self:
        needed = {"S1": ["bank_account"], "S3": ["tax_clearing_account", "third_party_clearing_account"]}
        if missing := [name for name in needed.get(self.shape, []) if not getattr(self, name)]:
            raise ValueError(f"shape {self.shape} needs {' and '.join(missing)}")
        if self.small_groups == "restricted" and not self.restricted_department:
            raise ValueError("small_groups restricted needs restricted_department")
        return self


class NewCodesSection(Section):
    """What happens to a code without a mapping rule; without this section it blocks the pay run."""

    defaults: dict[str, str] = Field(
        default_factory=dict,
        description="Line kind -> account for codes without a rule; `6100/2210` where it takes two",
    )
    suspense_account: str = Field(
        default="", description="Account for what has no rule at all; the journal stays a draft until it is cleared"
    )

    @model_validator(mode="after")
    def _defaults_stand(self) -> Self:
        from connector_assets.accounting.coverage import with_defaults  # noqa: PLC0415  # pandas, only when needed
        from connector_assets.accounting.errors import AccountingError  # noqa: PLC0415  # with it
        from connector_assets.accounting.mapping import MappingTable  # noqa: PLC0415  # with it

        if not self.defaults:
            return self
        try:
            with_defaults(MappingTable((), version=""), self.defaults)
        except AccountingError as error:
            raise ValueError(f"defaults: {error.message}") from None
        return self


class StatisticsSection(Section):
    """The statistical journal; without a journal symbol there is none."""

    journal: str = Field(default="", description="Symbol of the statistical journal in Intacct; empty: none is made")
    post: bool = Field(default=True, description="Post it beside the labor journal; otherwise it is only shown")
    headcount_account: str = Field(default="9001", description="Workers there at the period's end, once a month")
    fte_account: str = Field(default="9002", description="Full-time equivalents, once a month")
    regular_hours_account: str = Field(default="9010", description="Paid hours that no other account takes")
    billable_hours_account: str = Field(default="9013", description="Hours on billable projects, counted again")
    hours_by_account: dict[str, str] = Field(
        default_factory=dict, description="Wage account -> statistical account of its hours, for example 6020: 9011"
    )
    part_time_fte: float = Field(default=0.5, gt=0, le=1, description="What a part-time worker counts as")
