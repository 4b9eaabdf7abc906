"""What is kept of Procurify's records: an allow-list. No user, no bank account, no comment and no note is read.

Money comes as decimal text in stored fields and as JSON numbers in computed totals; both become whole ten-millionths
of a cent (`_e8`, hundred-millionths of the currency), exactly, or whole cents where a total must be such. A vendor's
name and contact are held as secrets, so that no repr or log shows them: a vendor may be a person.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

E8 = 10**8
CENT_E8 = E8 // 100
NOISE_E8 = 100
"""A computed total is a binary number: it may be off by this much, which is a ten-thousandth of a cent."""
MOST_E8 = 10**15 * E8


def e8_from(value: object) -> int:
    """A decimal text or number as whole hundred-millionths. Raises ValueError."""
    try:
        number = Decimal(str(value).strip()) * E8
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not number.is_finite() or abs(number) > MOST_E8:
        raise ValueError("not an amount")
    return int(number.to_integral_value())


def cents_from(value: object) -> int:
    """A total as whole cents, the noise of binary numbers aside. Raises ValueError."""
    cents, rest = divmod(e8_from(value) + NOISE_E8, CENT_E8)
    if rest > 2 * NOISE_E8:
        raise ValueError("not an amount of whole cents")
    return cents


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _money(value: object) -> int:
    return e8_from(0 if value in (None, "") else value)


def _total(value: object) -> int:
    return cents_from(0 if value in (None, "") else value)


Text = Annotated[str, BeforeValidator(_text)]
AmountE8 = Annotated[int, BeforeValidator(_money)]
TotalCents = Annotated[int, BeforeValidator(_total)]


class Record(BaseModel):
    """One record of Procurify's."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class Named(Record):
    """What is referred to by id and name: a location, a currency."""

    id: int
    name: Text = ""


class Department(Record):
    """A department; it belongs to one location, its branch."""

    id: int
    name: Text = ""
    external_id: Text = ""
    active: bool = True
    branch: Named | None = None

    @property
    def location(self) -> str:
        """The name of its location; empty when it has none."""
        return self.branch.name if self.branch else ""

    @property
    def location_id(self) -> int:
        """Procurify's id of its location; 0 when it has none."""
        return self.branch.id if self.branch else 0


class Location(Record):
    """A location."""

    id: int
    name: Text = ""
    external_id: Text = ""
    active: bool = True


class AccountCode(Record):
    """An account code: the number that a ledger's account has."""

    id: int
    code: Text
    description: Text = ""
    active: bool = True
    applied_accounts_count: int = 0


class CustomField(Record):
    """A custom field of order items, and so of bill items."""

    id: int
    name: Text
    field_type: Text = ""
    is_active: bool = True


class CustomValue(Record):
    """What a line says in one custom field; several choices are joined by comma."""

    value: Text = ""
    field: CustomField

    @field_validator("value", mode="before")
    @classmethod
    def _joined(cls, given: object) -> object:
        return ",".join(map(str, given)) if isinstance(given, list) else given


class Budget(Record):
    """The coding of an allocation."""

    account_code: AccountCode | None = None
    department: Department | None = None


class Allocation(Record):
    """A part of a line. Whether its amount holds the tax is not documented: only its share of the line counts."""

    amount_e8: AmountE8 = Field(default=0, alias="amount")
    budget: Budget | None = None


class Order(Record):
    """A purchase order, by its number."""

    number: Text = ""


class Item(Record):
    """A line of a bill. `with_tax_e8` is its whole amount, however the tax was entered."""

    id: int
    description: Text = ""
    total_e8: AmountE8 = Field(default=0, alias="total_cost")
    tax_e8: AmountE8 = Field(default=0, alias="tax_amount")
    with_tax_e8: AmountE8 = Field(default=0, alias="total_cost_with_tax")
    tax_name: Text = ""
    tax_is_inclusive: bool | None = False
    allocations: tuple[Allocation, ...] = Field(default=(), alias="cost_allocations")
    custom_fields: tuple[CustomValue, ...] = ()


class Cost(Record):
    """A cost of the whole bill, such as freight, with its own coding; it is not taxed."""

    id: int
    name: Text = ""
    amount_e8: AmountE8 = Field(default=0, alias="amount")
    allocations: tuple[Allocation, ...] = Field(default=(), alias="cost_allocation")

    @field_validator("allocations", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return [given] if isinstance(given, Mapping) else given or ()


class Attachment(Record):
    """A file of a bill: where it is, and what it must be."""

    id: int
    url: Text = Field(default="", alias="file", repr=False)
    name: Text = ""
    mimetype: Text = ""
    length: int | None = None
    sha1_hash: Text = ""


class BillVendor(Record):
    """The vendor of a bill."""

    id: int
    name: SecretStr = SecretStr("")
    external_id: Text = ""


class BillHead(Record):
    """A bill as the list shows it."""

    id: int
    uuid: str = Field(min_length=1)
    version: int = 0
    status: int
    invoice_date: datetime | None = None
    gl_post_date: datetime | None = None
    submitted_date: datetime | None = None
    last_modified: datetime = Field(alias="last_modified_datetime")
    total_cents: TotalCents = Field(default=0, alias="total_cost_with_tax")


class Bill(BillHead):
    """A bill in full."""

    vendor: BillVendor
    currency: Named | None = None
    invoice_number: Text = ""
    due_date: datetime | None = None
    items: tuple[Item, ...] = ()
    costs: tuple[Cost, ...] = ()
    attachments: tuple[Attachment, ...] = Field(default=(), alias="invoice_attachments")
    orders: tuple[Order, ...] = Field(default=(), alias="added_purchase_orders")


class PaidBill(Record):
    """A bill as a payment names it."""

    id: int
    uuid: str = ""
    vendor: BillVendor | None = None


class PaymentPart(Record):
    """What a payment pays of one bill."""

    bill: PaidBill
    amount_cents: TotalCents = Field(default=0, alias="amount")


class PaymentMethod(Record):
    """How the company pays. Account and routing numbers, which Procurify masks, are not read at all."""

    type: int | None = None
    gl_code: Text = ""

    @field_validator("gl_code", mode="before")
    @classmethod
    def _code(cls, given: object) -> object:
        return given.get("code") if isinstance(given, Mapping) else given


class Payment(Record):
    """A payment of several bills of one vendor, in one currency."""

    id: int
    status: int
    payment_date: date | None = None
    amount_cents: TotalCents = Field(alias="amount")
    currency: Named | None = None
    payment_method: PaymentMethod | None = None
    parts: tuple[PaymentPart, ...] = Field(default=(), alias="bill_payments")


class Vendor(Record):
    """A vendor as Procurify has it. Its name and contact are secrets to logs and reprs."""

    id: int
    name: SecretStr
    external_id: Text = ""
    active: bool = True
    type: int | None = None
    email: tuple[SecretStr, ...] = ()
    phone: SecretStr = Field(default=SecretStr(""), alias="phoneOne")
    address_one: SecretStr = Field(default=SecretStr(""), alias="addressLineOne")
    address_two: SecretStr = Field(default=SecretStr(""), alias="addressLineTwo")
    city: SecretStr = SecretStr("")
    state: SecretStr = Field(default=SecretStr(""), alias="state_province")
    postal_code: SecretStr = Field(default=SecretStr(""), alias="postalCode")
    country: SecretStr = SecretStr("")

    @field_validator("email", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        return [given] if isinstance(given, str) and given else given or ()

    @field_validator("phone", "address_one", "address_two", "city", "state", "postal_code", "country", mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        return "" if given is None else given


PREFERRED, OTHER_VENDOR = 3, 1
"""Vendor types: preferred, which is Procurify's default, and the one built-in vendor that stands for any other."""
METHOD_TYPES = {0: "other", 1: "cheque", 2: "ach", 3: "eft", 4: "wire"}
"""Payment method types."""


def day_of(moment: datetime | None, zone: ZoneInfo | None) -> date | None:
    """The day that a date-time means: in the tenant's time zone where one is known, else as it is written."""
    if moment is None:
        return None
    return (moment.astimezone(zone) if zone and moment.tzinfo else moment).date()
