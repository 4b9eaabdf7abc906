"""What bills need to know of the ledger: vendors, bank accounts, tax details, what is due, and the fields there are.

A vendor's name and contact are secrets to logs and reprs, for a vendor may be a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.money import cents_from_text
from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.intacct.client import MAX_KEYS, IntacctClient
from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.errors import SYSTEM
from connector_assets.vendors.intacct.filters import Filter, Operator, equal
from connector_assets.vendors.intacct.paging import KEY_FIELD

_ADDRESS = ("ADDRESS1", "ADDRESS2", "CITY", "STATE", "ZIP", "COUNTRY")
_CONTACT = ("DISPLAYCONTACT.EMAIL1", "DISPLAYCONTACT.PHONE1")
VENDOR_FIELDS = (
    *(KEY_FIELD, "VENDORID", "NAME", "STATUS", "ONHOLD", "ISINDIVIDUAL"),
    *_CONTACT,
    *(f"DISPLAYCONTACT.MAILADDRESS.{name}" for name in _ADDRESS),
)
TRUE = frozenset({"true", "t"})
CARD_ACCOUNT_FIELDS = ("GLACCOUNTNO", "LIABACCTNO", "LIABILITYACCTNO", "ACCOUNTNO")
"""What a charge card's account in the general ledger may be called: undocumented, so its field list is asked."""


@dataclass(frozen=True)
class Contact:
    """Where a vendor is reached; `address` is street, second line, city, state, postal code and country."""

    email: str = field(repr=False)
    phone: str = field(repr=False)
    address: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class LedgerVendor:
    """A vendor of the ledger."""

    vendor_id: str
    name: str = field(repr=False)
    is_active: bool
    is_on_hold: bool
    is_person: bool
    contact: Contact = field(repr=False)


@dataclass(frozen=True)
class BankAccount:
    """A checking account or charge card, by the id that payments name, and the general ledger account behind it."""

    bank_account_id: str
    account_no: str
    is_active: bool


@dataclass(frozen=True)
class TaxSolution:
    """How a company's taxes are worked out and told; its method as Intacct names it (VAT, …)."""

    solution_id: str
    method: str


@dataclass(frozen=True)
class TaxDetail:
    """A tax that a line may carry; `solution_id` is the tax solution it belongs to."""

    detail_id: str
    solution_id: str
    is_purchase: bool
    is_active: bool


@dataclass(frozen=True)
class ObjectField:
    """A field of an object, as the company has it. `values` are those of a picklist, empty for any other field."""

    object_name: str
    name: str
    label: str
    data_type: str
    is_read_only: bool
    is_custom: bool
    values: tuple[str, ...]


@dataclass(frozen=True)
class HeldBill:
    """A bill of the ledger by its RECORDNO: amounts in cents, tax included."""

    key: str
    bill_no: str
    vendor_id: str
    state: str
    entered_cents: int
    paid_cents: int
    due_cents: int


class IntacctPayables:
    """Readers on one client."""

    def __init__(self, client: IntacctClient) -> None:
        self._client = client

    def vendors(self) -> list[LedgerVendor]:
        """Every vendor, inactive ones included, with its contact, which `query` does not answer."""
        keys = [row[KEY_FIELD] for row in self._client.query("VENDOR", [KEY_FIELD])]
        rows = self._client.read("VENDOR", keys, VENDOR_FIELDS)
        if len(rows) != len(keys):
            fix = "Read them again: vendors were deleted meanwhile."
            raise ProtocolError(SYSTEM, f"read VENDOR: {len(rows)} of {len(keys)} records came", fix=fix)
        return [_vendor(row) for row in rows]

    def bank_accounts(self) -> list[BankAccount]:
        """Every checking account, and every charge card that has an account in the general ledger of its own.

        A debit card has none: what it spends leaves the bank account behind it.
        """
        rows = self._client.query("CHECKINGACCOUNT", ["BANKACCOUNTID", "GLACCOUNTNO", "STATUS"])
        banks = [BankAccount(row["BANKACCOUNTID"], row["GLACCOUNTNO"], _is_active(row)) for row in rows]
        known = {one.name for one in self.fields("CREDITCARD")}
        account = next((name for name in CARD_ACCOUNT_FIELDS if name in known), None)
        if account is None:
            return banks
        cards = self._client.query("CREDITCARD", ["CARDID", account, "STATUS"])
        return banks + [BankAccount(row["CARDID"], row[account], _is_active(row)) for row in cards if row[account]]

    def tax_solutions(self) -> list[TaxSolution]:
        """Every tax solution; a company without taxes has none."""
        rows = self._client.query("TAXSOLUTION", ["SOLUTIONID", "TAXMETHOD"])
        return [TaxSolution(row["SOLUTIONID"], row.get("TAXMETHOD", "")) for row in rows]

    def tax_details(self) -> list[TaxDetail]:
        """Every tax detail; a company without taxes has none."""
        rows = self._client.query("TAXDETAIL", ["DETAILID", "TAXSOLUTIONID", "TAXTYPE", "STATUS"])
        return [
            TaxDetail(row["DETAILID"], row["TAXSOLUTIONID"], _is_purchase(row["TAXTYPE"]), _is_active(row))
            for row in rows
        ]

    def fields(self, object_name: str) -> list[ObjectField]:
        """The fields of an object, custom ones among them, as the company's own set-up has them (`lookup`)."""
        function = Function("lookup", {"object": object_name}, f"lookup-{object_name}", f"lookup {object_name}")
        (outcome,) = self._client.run([function], transaction=False, unique=False)
        if outcome.error is not None:
            raise outcome.error
        data = outcome.result.data
        found = [] if data is None else [_field(object_name, one) for one in data.iterfind("Type/Fields/Field")]
        if not found:
            fix = "Try again; if it stays, ask Sage's support."
            raise ProtocolError(SYSTEM, f"lookup {object_name}: no field came", fix=fix)
        return found

    def bills(self, keys: Sequence[str]) -> dict[str, HeldBill]:
        """The bills with these RECORDNOs, by RECORDNO: what was entered, paid and is due."""
        names = ("RECORDID", "VENDORID", "STATE", "TOTALENTERED", "TOTALPAID", "TOTALDUE")
        rows = []
        for start in range(0, len(keys), MAX_KEYS):
            chosen = tuple(keys[start : start + MAX_KEYS])
            wanted = Filter(KEY_FIELD, Operator.IN, chosen) if len(chosen) > 1 else equal(KEY_FIELD, chosen[0])
            rows += list(self._client.query("APBILL", names, [wanted]))
        return {row[KEY_FIELD]: _bill(row) for row in rows}


def _vendor(row: dict[str, str]) -> LedgerVendor:
    address = tuple(row.get(f"DISPLAYCONTACT.MAILADDRESS.{name}", "").strip() for name in _ADDRESS)
    email, phone = (row.get(name, "").strip() for name in _CONTACT)
    return LedgerVendor(
        vendor_id=row["VENDORID"],
        name=row["NAME"].strip(),
        is_active=_is_active(row),
        is_on_hold=row.get("ONHOLD", "").lower() in TRUE,
        is_person=row.get("ISINDIVIDUAL", "").lower() in TRUE,
        contact=Contact(email, phone, address),
    )


def _bill(row: dict[str, str]) -> HeldBill:
    try:
        amounts = [
            cents_from_text(row[name] or "0", f"APBILL {row[KEY_FIELD]} {name}")
            for name in ("TOTALENTERED", "TOTALPAID", "TOTALDUE")
        ]
    except AccountingError as error:
        raise ProtocolError(SYSTEM, error.message, fix=error.fix) from None
    return HeldBill(row[KEY_FIELD], row["RECORDID"], row["VENDORID"], row["STATE"], *amounts)


def _field(object_name: str, described: etree._Element) -> ObjectField:
    """One field; the reply gives its properties as elements."""
    text = {item.tag.upper(): (item.text or "").strip() for item in described}
    return ObjectField(
        object_name=object_name,
        name=text.get("ID", ""),
        label=text.get("LABEL", ""),
        data_type=text.get("DATATYPE", ""),
        is_read_only=text.get("READONLY", "").lower() in TRUE,
        is_custom=text.get("ISCUSTOM", "").lower() in TRUE,
        values=tuple((item.text or "").strip() for item in described.iterfind("VALIDVALUES/VALIDVALUE")),
    )


def _is_active(row: dict[str, str]) -> bool:
    return row.get("STATUS", "").strip().lower() in {"active", "t"}


def _is_purchase(text: str) -> bool:
    """TAXTYPE is P or Purchase, S or Sale."""
    return text.strip().lower().startswith("p")
