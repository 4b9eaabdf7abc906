"""The lines of bills, invoices and expense reports: account or label, amount, dimensions, inline tax."""

from collections.abc import Sequence

from lxml import etree

from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import business, invalid_value, refuse
from connector_assets.sandbox.intacct.journal_lines import CENT_E4, DIMENSIONS, missing_dimension
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.references import References
from connector_assets.sandbox.intacct.schema import ObjectType
from connector_assets.sandbox.intacct.values import SCALE, UnfitValueError, decimal_e4
from connector_assets.sandbox.intacct.written import children_named, written_values

_HUNDRED_PERCENT_E4 = 100 * SCALE
_OWN_NAMES = {"LOCATION": "LOCATIONID", "DEPARTMENT": "DEPARTMENTID"}


def _account_owners(desk: Desk) -> dict[str, str]:
    """Bank and charge card accounts by the account in the general ledger that is theirs alone."""
    cards = {
        str(row["GLACCOUNTNO"]): str(row["CARDID"]) for row in desk.records.find("CREDITCARD") if row["GLACCOUNTNO"]
    }
    banks = desk.records.find("CHECKINGACCOUNT")
    return cards | {str(row["GLACCOUNTNO"]): str(row["BANKACCOUNTID"]) for row in banks}


class DocumentLines:
    """Reads the lines of one document. `inclusive_tax`: TOTALTRXAMOUNT holds the tax, which is taken out of it."""

    def __init__(self, desk: Desk, line_type: ObjectType, labels_object: str, *, inclusive_tax: bool) -> None:
        self._desk = desk
        self._line_type = line_type
        self._labels_object = labels_object
        self._inclusive_tax = inclusive_tax
        self._references = References(desk.records)
        free = desk.switch("bank_account_lines") == "accept"
        self._banks = {} if free else _account_owners(desk)

    def read(self, elements: Sequence[etree._Element]) -> list[Record]:
        """The stored lines. Raises FunctionRefusal."""
        return [self._line(element) for element in elements]

    def entity_of(self, line: Record) -> str:
        """The entity that a line's location belongs to."""
        return str(self._references.active("LOCATION", str(line["LOCATIONID"]))["ENTITY"] or "")

    def _line(self, element: etree._Element) -> Record:
        taxes = children_named(element, "TAXENTRIES")
        for tax in taxes:
            element.remove(tax)
        values = written_values(self._desk, self._line_type, element, creating=True)
        values |= self._account(values)
        values |= self._amounts(values, [entry for tax in taxes for entry in tax])
        self._check_dimensions(values)
        return values

    def _account(self, values: Record) -> Record:
        label = values.get("ACCOUNTLABEL")
        number = values.get("ACCOUNTNO")
        if label is not None and self._labels_object:
            number = self._references.active(self._labels_object, str(label))["GLACCOUNTNO"]
        if number is None:
            raise invalid_value("A line needs ACCOUNTNO or ACCOUNTLABEL.")
        account = self._references.active("GLACCOUNT", str(number))
        bank = self._banks.get(str(number))
        if bank is not None:
            told = f"The account number {number} is associated to the bank account {bank}"
            raise refuse("BL03002112", f"{told}, use an account number not associated with any bank account")
        return {"ACCOUNTNO": number, "ACCOUNTTITLE": account["TITLE"]}

    def _amounts(self, values: Record, taxes: Sequence[etree._Element]) -> Record:
        wanted = ("TOTALTRXAMOUNT",) if self._inclusive_tax else ("TRX_AMOUNT", "AMOUNT")
        given = next((int(values[name] or 0) for name in wanted if values.get(name) is not None), None)
        if given is None:
            raise invalid_value(f"The field {wanted[0]} of a line is missing a value.")
        amount_e4 = _to_cent(given)
        tax_e4, detail_id = self._tax(taxes, amount_e4)
        if self._inclusive_tax:
            amount_e4 -= tax_e4
        return {
            "TRX_AMOUNT": amount_e4,
            "AMOUNT": amount_e4,
            "TOTALTRXAMOUNT": amount_e4 + tax_e4,
            "TRX_TAX": tax_e4,
            "TAXDETAILID": detail_id,
            "TOTALPAID": 0,
            "TOTALDUE": amount_e4 + tax_e4,
        }

    def _tax(self, taxes: Sequence[etree._Element], amount_e4: int) -> tuple[int, str | None]:
        """The tax of a line and the detail it came from: as given, else computed from the detail's percentage."""
        if not taxes:
            return 0, None
        written = {str(cell.tag).upper(): (cell.text or "").strip() for cell in taxes[0]}
        detail_id = written.get("DETAILID", "")
        detail = self._references.active("TAXDETAIL", detail_id)
        if written.get("TRX_TAX"):
            try:
                return _to_cent(decimal_e4(written["TRX_TAX"])), detail_id
            except UnfitValueError as error:
                raise invalid_value(f"Invalid value '{error}' for the field TRX_TAX") from error
        rate_e4 = int(detail["VALUE"] or 0)
        base_e4 = _HUNDRED_PERCENT_E4 + (rate_e4 if self._inclusive_tax else 0)
        return _to_cent(_divided(amount_e4 * rate_e4, base_e4)), detail_id

    def _check_dimensions(self, values: Record) -> None:
        account = self._references.active("GLACCOUNT", str(values["ACCOUNTNO"]))
        for name, (object_name, flag, word) in DIMENSIONS.items():
            value = values.get(_OWN_NAMES.get(name, name))
            if value is not None and object_name:
                self._references.active(object_name, str(value))
            if value is None and (account.get(flag) or name == "LOCATION"):
                raise missing_dimension(word, str(values["ACCOUNTNO"]))
        if values.get("CURRENCY") not in (None, "USD"):
            raise business("Enable foreign-currency transactions, and try again")


def _divided(number: int, by: int) -> int:
    """Integer division, halves away from zero."""
    size = (2 * abs(number) + by) // (2 * by)
    return -size if number < 0 else size


def _to_cent(amount_e4: int) -> int:
    return _divided(amount_e4, CENT_E4) * CENT_E4
