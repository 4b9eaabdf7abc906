"""The lines of a journal entry: amounts, accounts, dimensions, splits (fact sheet section 6.1)."""

from collections.abc import Sequence

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import FunctionRefusal, business, invalid_value
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.references import References, invalid_reference
from connector_assets.sandbox.intacct.values import Stored, UnfitValueError, decimal_e4, decimal_text, decimals
from connector_assets.sandbox.intacct.written import children_named, flattened, stored_value, written_values

CURRENCY = "USD"
CENT_E4 = 100
CENT_E8 = 1_000_000
GLENTRY = OBJECTS["GLENTRY"]
# Field of the line -> object it names, the account's flag that requires it, and the word of the error text.
DIMENSIONS = {
    "LOCATION": ("LOCATION", "REQUIRELOC", "Location"),
    "DEPARTMENT": ("DEPARTMENT", "REQUIREDEPT", "Department"),
    "PROJECTID": ("PROJECT", "REQUIREPROJECT", "Project"),
    "CUSTOMERID": ("CUSTOMER", "REQUIRECUSTOMER", "Customer"),
    "VENDORID": ("VENDOR", "REQUIREVENDOR", "Vendor"),
    "EMPLOYEEID": ("EMPLOYEE", "REQUIREEMPLOYEE", "Employee"),
    "CLASSID": ("CLASS", "REQUIRECLASS", "Class"),
    "TASKID": ("", "REQUIRETASK", "Task"),
    "ITEMID": ("ITEM", "REQUIREITEM", "Item"),
    "CONTRACTID": ("CONTRACT", "REQUIRECONTRACT", "Contract"),
    "WAREHOUSEID": ("WAREHOUSE", "REQUIREWAREHOUSE", "Warehouse"),
}
_SPLIT_FIELDS = {"LOCATIONID": "LOCATION", "DEPARTMENTID": "DEPARTMENT"}


class LineReader:
    """Reads the lines of one entry; `statistical` decides which accounts they may use."""

    def __init__(self, desk: Desk, *, entry_date: str, statistical: bool, from_bank: bool) -> None:
        """Look up what all lines share."""
        self._desk = desk
        self._entry_date = entry_date
        self._statistical = statistical
        self._references = References(desk.records)
        free = from_bank or desk.switch("bank_account_lines") == "accept"
        banks = [] if free else desk.records.find("CHECKINGACCOUNT")
        self._bank_accounts = {str(row["GLACCOUNTNO"]): str(row["BANKACCOUNTID"]) for row in banks}

    def read(self, elements: Sequence[etree._Element]) -> list[Record]:
        """The stored lines, custom allocations unfolded. Raises FunctionRefusal."""
        return [line for element in elements for line in self._line(element)]

    def _line(self, element: etree._Element) -> list[Record]:
        splits = children_named(element, "SPLIT")
        for split in splits:
            element.remove(split)
        values = written_values(self._desk, GLENTRY, element, creating=True)
        values |= self._amount(dict(flattened(element)), values)
        account = self._account(values)
        lines = self._split(values, splits) if values.get("ALLOCATION") else [values]
        return [self._completed(line, account) for line in lines]

    def _amount(self, written: dict[str, str], values: Record) -> Record:
        text = written.get("TRX_AMOUNT") or written.get("AMOUNT") or ""
        if not text:
            raise invalid_value("The field TRX_AMOUNT of a journal entry line is missing a value.")
        side = values.get("TR_TYPE")
        if side not in (1, -1):
            raise invalid_value("TR_TYPE of a journal entry line must be 1 (debit) or -1 (credit).")
        amount_e4 = self._money(text)
        if amount_e4 == 0 and self._desk.switch("zero_amounts") == "refuse":
            raise invalid_value("The amount of a journal entry line cannot be zero.")
        if amount_e4 < 0 and self._desk.switch("negative_amounts") == "refuse":
            raise invalid_value(f"The amount {text} of a journal entry line cannot be negative.")
        turned = -1 if amount_e4 < 0 else 1
        return {"TR_TYPE": int(side) * turned, "AMOUNT": abs(amount_e4), "TRX_AMOUNT": abs(amount_e4)}

    def _money(self, text: str) -> int:
        try:
            if not self._statistical and decimals(text) > 2:
                return self._rounded(text)
            return decimal_e4(text)
        except UnfitValueError as error:
            raise invalid_value(f"Invalid amount '{text}' on a journal entry line") from error

    def _rounded(self, text: str) -> int:
        if self._desk.switch("amount_decimals") == "refuse":
            raise invalid_value(f"The amount {text} has more than 2 decimals.")
        whole = decimal_e4(text)
        size = (abs(whole) + CENT_E4 // 2) // CENT_E4 * CENT_E4
        return -size if whole < 0 else size

    def _account(self, values: Record) -> Record:
        number = values.get("ACCOUNTNO")
        if number is None:
            raise invalid_value("The field ACCOUNTNO of a journal entry line is missing a value.")
        account = self._references.active("STATACCOUNT" if self._statistical else "GLACCOUNT", str(number))
        bank = self._bank_accounts.get(str(number))
        if bank is not None:
            raise business(f"The account number {number} is associated to the bank account {bank}")
        return account

    def _split(self, values: Record, splits: Sequence[etree._Element]) -> list[Record]:
        """A line with ALLOCATION `Custom` becomes one line per SPLIT; the line's own dimensions are ignored."""
        if values["ALLOCATION"] != "Custom":
            raise business(f"Allocation '{values['ALLOCATION']}' is not valid")
        plain = {name: value for name, value in values.items() if name not in DIMENSIONS}
        lines = [{**plain, **self._split_part(split)} for split in splits]
        total_e4 = sum(int(line["AMOUNT"] or 0) for line in lines)
        if total_e4 != values["TRX_AMOUNT"]:
            whole = decimal_text(int(values["TRX_AMOUNT"] or 0))
            raise invalid_value(f"The splits sum up to {decimal_text(total_e4)}, the line to {whole}.")
        return lines

    def _split_part(self, split: etree._Element) -> Record:
        written = dict(flattened(split))
        amount_e4 = self._money(written.pop("AMOUNT", "") or "0")
        part: Record = {"AMOUNT": amount_e4, "TRX_AMOUNT": amount_e4}
        for name, text in written.items():
            field = GLENTRY.by_name.get(_SPLIT_FIELDS.get(name, name))
            if field is None:
                raise invalid_value(f"{name} is no field of a SPLIT")
            part[field.name] = stored_value(field, text)
        return part

    def _completed(self, line: Record, account: Record) -> Record:
        """The line with titles, keys and currency, once its dimensions are there, active and complete."""
        names: Record = {}
        for field, (object_name, flag, word) in DIMENSIONS.items():
            value = line.get(field)
            if value is None:
                if account.get(flag) or field == "LOCATION":
                    raise missing_dimension(word, str(line["ACCOUNTNO"]))
            elif object_name:
                record = self._references.active(object_name, str(value))
                self._check_owner(line, object_name, record)
                names |= _names(field, record)
        cost_object = line.get("GLDIMCOSTOBJECT")
        if cost_object is None and account.get("REQUIREGLDIMCOSTOBJECT"):
            raise missing_dimension("Cost object", str(line["ACCOUNTNO"]))
        if cost_object is not None and self._desk.records.one("COSTOBJECT", RECORDNO=cost_object) is None:
            raise invalid_reference("COSTOBJECT", str(cost_object))
        currency = str(line.get("CURRENCY") or CURRENCY)
        return {
            **line,
            **names,
            **(self._converted(line, currency) if currency != CURRENCY else {}),
            "ACCOUNTKEY": account["RECORDNO"],
            "ACCOUNTTITLE": account["TITLE"],
            "STATISTICAL": int(self._statistical),
            "CURRENCY": None if self._statistical else currency,
            "BASECURR": None if self._statistical else CURRENCY,
        }

    def _check_owner(self, line: Record, object_name: str, record: Record) -> None:
        """Refuse a value that belongs to another entity alone than the line's location does."""
        owner = record.get("MEGAENTITYID")
        if owner is None or object_name == "LOCATION" or self._desk.switch("restricted_values") == "accept":
            return
        if owner != self._references.active("LOCATION", str(line["LOCATION"]))["ENTITY"]:
            raise invalid_reference(object_name, str(record[OBJECTS[object_name].key_field]))

    def _converted(self, line: Record, currency: str) -> Record:
        """The base amount of a line in another currency, by the rate given or the one of its type on its date."""
        if self._desk.switch("multi_currency") == "off":
            raise business("Enable foreign-currency transactions, and try again")
        rate_e4 = line.get("EXCHANGE_RATE") or self._rate_e4(line, currency)
        if rate_e4 is None:
            raise invalid_value(f"A line in {currency} needs EXCHANGE_RATE or a known EXCH_RATE_TYPE_ID.")
        base_e8 = int(line["TRX_AMOUNT"] or 0) * int(rate_e4)
        return {"AMOUNT": (base_e8 + CENT_E8 // 2) // CENT_E8 * CENT_E4, "EXCHANGE_RATE": rate_e4}

    def _rate_e4(self, line: Record, currency: str) -> Stored:
        wanted = {"TYPENAME": line.get("EXCH_RATE_TYPE_ID"), "FROM_CURRENCY": currency, "TO_CURRENCY": CURRENCY}
        kept = self._desk.records.one("EXCHANGERATE", **wanted)
        entries = [] if kept is None else self._desk.records.find("EXCHANGERATEENTRY", RATEKEY=kept["RECORDNO"])
        day = str(line.get("EXCH_RATE_DATE") or self._entry_date)
        known = sorted((str(row["EFFECTIVE_START_DATE"]), row["EXCHANGE_RATE"]) for row in entries)
        return next((rate for start, rate in reversed(known) if start <= day), None)

    def entity_of(self, line: Record) -> str:
        """The entity that a line's location belongs to, empty for a location outside all entities."""
        location_id = str(line["LOCATION"])
        entity_id = str(self._references.active("LOCATION", location_id)["ENTITY"] or "")
        if self._desk.caller.entity_id not in (None, entity_id):
            raise invalid_reference("LOCATION", location_id)
        return entity_id


def _names(field: str, record: Record) -> Record:
    """What a line keeps of the dimension value beside its id."""
    kept = {
        "LOCATION": {"LOCATIONKEY": "RECORDNO", "LOCATIONNAME": "NAME"},
        "DEPARTMENT": {"DEPARTMENTKEY": "RECORDNO", "DEPARTMENTTITLE": "TITLE"},
        "PROJECTID": {"PROJECTNAME": "NAME"},
        "CLASSID": {"CLASSNAME": "NAME"},
        "EMPLOYEEID": {"EMPLOYEENAME": "PERSONALINFO.CONTACTNAME"},
    }
    return {name: record[theirs] for name, theirs in kept.get(field, {}).items()}


def missing_dimension(word: str, account: str) -> FunctionRefusal:
    """The refusal of a line without a dimension that its account asks for."""
    return invalid_value(f"This transaction is missing the {word} dimension for the Account {account}")
