"""What is kept of Expensify's records: an allow-list of the export template and of a policy's categories and tags.

Amounts are integer cents as they come; text is unescaped once, for the exporter may write HTML entities. The
submitter's name is held as a secret, so that no repr or log shows it; no e-mail address is asked for.
"""

import html
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from connector_assets.vendors.expensify.template import LEVELS

_WHOLE = re.compile(r"-?\d{1,15}")


def _cents(value: object) -> object:
    text = str(value).replace(",", "").strip()
    if text and not _WHOLE.fullmatch(text):
        raise ValueError("not a whole number of cents")
    return int(text) if text else None


def _day(value: object) -> object:
    return str(value)[:10] or None


def _plain(value: object) -> object:
    return html.unescape(value).strip() if isinstance(value, str) else value


Cents = Annotated[int | None, BeforeValidator(_cents)]
Day = Annotated[date | None, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_plain)]


class Record(BaseModel):
    """One record of Expensify's."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class TagValue(Record):
    """One level of an expense's tag: its place from 1, its name and its GL code."""

    level: int
    name: Text
    gl_code: Text = ""


class Expense(Record):
    """An expense. Spend is positive, a refund negative; `amount_cents` is in the report's currency.

    It is None when the expense was made in another currency and Expensify has not converted it.
    """

    expense_id: str = Field(alias="id", min_length=1)
    original_cents: Cents = Field(default=None, alias="amount")
    modified_cents: Cents = Field(default=None, alias="modifiedAmount")
    converted_cents: Cents = Field(default=None, alias="convertedAmount")
    currency: str = ""
    created: Day = None
    modified_created: Day = Field(default=None, alias="modifiedCreated")
    merchant: Text = ""
    modified_merchant: Text = Field(default="", alias="modifiedMerchant")
    category: Text = ""
    category_code: Text = Field(default="", alias="categoryCode")
    tags: tuple[TagValue, ...] = ()
    is_reimbursable: bool = Field(alias="reimbursable")
    is_billable: bool = Field(alias="billable")
    tax_amount_cents: Cents = Field(default=None, alias="taxAmount")
    modified_tax_cents: Cents = Field(default=None, alias="modifiedTaxAmount")
    tax_code: Text = Field(default="", alias="taxCode")
    card: Text = ""
    receipt_url: Text = Field(default="", alias="receipt", repr=False)

    @model_validator(mode="before")
    @classmethod
    def _collect_tags(cls, given: object) -> object:
        """The levels as one tuple; an expense without levels has its whole tag as level 1."""
        if not isinstance(given, Mapping):
            return given
        levels = [(level, given.get(f"tag{level}"), given.get(f"tagCode{level}")) for level in range(1, LEVELS + 1)]
        named = [{"level": level, "name": name, "gl_code": code or ""} for level, name, code in levels if name]
        whole = [{"level": 1, "name": given["tag"], "gl_code": given.get("tagCode", "")}] if given.get("tag") else []
        return {**given, "tags": named or whole}

    @property
    def spent_on(self) -> date | None:
        """The day of the transaction, as corrected."""
        return self.modified_created or self.created

    @property
    def paid_to(self) -> str:
        """The merchant, as corrected."""
        return self.modified_merchant or self.merchant

    @property
    def own_cents(self) -> int:
        """The amount in the currency it was spent in, as corrected."""
        return self.modified_cents if self.modified_cents is not None else self.original_cents or 0

    @property
    def tax_cents(self) -> int:
        """The tax in it, as corrected, in the report's currency; 0 when there is none."""
        found = self.modified_tax_cents if self.modified_tax_cents is not None else self.tax_amount_cents
        return found or 0


class Report(Record):
    """An expense report. `approved` is None as long as nobody has approved it."""

    report_id: str = Field(alias="reportID", min_length=1)
    policy_id: str = Field(alias="policyID")
    currency: str
    total_cents: Cents = Field(alias="total")
    status: str
    account_id: str = Field(default="", alias="accountID")
    employee_id: Text = Field(default="", alias="employeeID")
    submitter_name: SecretStr = Field(default=SecretStr(""), alias="submitterName")
    created: Day = None
    submitted: Day = None
    approved: Day = None
    reimbursed: Day = None
    expenses: tuple[Expense, ...] = ()

    def amount_cents(self, expense: Expense) -> int | None:
        """An expense in the report's currency: converted, else as corrected, else as entered; None if unconverted."""
        if expense.converted_cents is not None:
            return expense.converted_cents
        return expense.own_cents if expense.currency in ("", self.currency) else None


class Category(Record):
    """A category of a workspace; a disabled one may still stand on older reports."""

    name: Text
    gl_code: Text = Field(default="", alias="glCode")
    enabled: bool = True


class Tag(Record):
    """A tag of a workspace, at its level (from 1)."""

    level: int
    level_name: Text = ""
    name: Text
    gl_code: Text = Field(default="", alias="glCode")
    enabled: bool = True


class Policy(Record):
    """A workspace that the credentials see; `role` is theirs in it."""

    policy_id: str = Field(alias="id")
    name: Text = ""
    role: str = ""
    currency: str = Field(default="", alias="outputCurrency")


def tags_of(value: Any) -> list[Tag]:  # noqa: ANN401  # a policy's `tags` as it came
    """The tags of a policy in either of its shapes: independent levels, each with its tags, or one flat list.

    The values of dependent levels come flat too, spelled `Parent:Child`: they stay whole, at level 1.
    """
    found = []
    for place, entry in enumerate(value or (), start=1):
        is_level = "tags" in entry
        members = entry["tags"] if is_level else [entry]
        known = {"level": place if is_level else 1, "level_name": entry["name"] if is_level else ""}
        found += [Tag.model_validate({**member, **known}) for member in members]
    return found
