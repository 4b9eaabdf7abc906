"""The posting section of a connection file: how journals are posted, and what holds one back."""

from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from connector_assets.accounting.money import cents_from_text
from connector_assets.flows.paychex_intacct.journal_config import Section


class LimitsSection(Section):
    """Above which a journal waits for approval."""

    amount: str = Field(default="", description="Largest total debit that posts unseen, such as 500000.00; empty: any")
    variance_percent: int | None = Field(
        default=None, ge=0, description="Largest difference to the last pay run of the same interval; none: any"
    )

    @field_validator("amount")
    @classmethod
    def _is_an_amount(cls, text: str) -> str:
        if text:
            cents_from_text(text, "posting.limits.amount")
        return text


class PostingSection(Section):
    """How journals are posted."""

    policy: Literal["post", "draft", "hold"] = Field(default="draft", description="Post, draft, or hold for approval")
    journal: str = Field(min_length=1, description="Symbol of the payroll journal in Intacct")
    entity: str = Field(min_length=1, description="The employing entity: owns the liabilities, balances the cost")
    entry_date: Literal["check_date", "period_end", "debit_date", "split"] = Field(
        default="check_date",
        description="Which date the GL gets; split: what was earned by the month's end in that month, the rest on the "
        "check date",
    )
    due_from_account: str = Field(min_length=1, description="Inter-entity receivable")
    due_to_account: str = Field(min_length=1, description="Inter-entity payable")
    limits: LimitsSection = LimitsSection()
    closed_period: Literal["hold", "next_open", "fail"] = Field(
        default="hold", description="A closed period: wait for a person, date into the next open one, or fail"
    )
    accrual: Literal["off", "month_end"] = Field(default="off", description="Accrue what is earned by a month's end")
    accrued_account: str = Field(default="2100", min_length=1, description="Accrued payroll, which accruals credit")
    not_accrued: tuple[str, ...] = Field(
        default=(), description="Codes that no accrual and no split divides by days, a bonus for example"
    )
    holidays: tuple[date, ...] = Field(
        default=(), description="Working days on which nobody works or no bank pays; a paid holiday is none of them"
    )

    @model_validator(mode="after")
    def _counts_no_month_twice(self) -> "PostingSection":
        if self.accrual != "off" and self.entry_date in ("period_end", "split"):
            raise ValueError(f"accrual and entry_date {self.entry_date} would both move the cost; use one of them")
        return self

    @property
    def accrues(self) -> bool:
        """Whether what is earned by a month's end is booked in that month."""
        return self.accrual != "off" or self.entry_date == "split"
