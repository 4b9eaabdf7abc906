"""The ledger company HOLLIS-MARR as the gateway first knows it: chart, journals, entities, dimensions, a few employees.

It follows company.py, so that payroll and ledger talk of the same firm, and is planted once per state file.
"""

from collections.abc import Iterable
from datetime import date

from connector_assets.sandbox import company, credentials
from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.chart import CHART, STATISTICAL_CHART, Account
from connector_assets.sandbox.intacct.periods import month_end
from connector_assets.sandbox.intacct.records import SYSTEM, Record, Records
from connector_assets.sandbox.intacct.sessions import READER_USER_ID
from connector_assets.sandbox.intacct.values import SCALE

FIRST_MONTH = date(company.PAYROLL_YEAR - 1, 12, 1)
LAST_MONTH = date(company.PAYROLL_YEAR + 1, 12, 1)
STATISTICAL_KEYS_FROM = 5001
JOURNALS = (
    ("GJ", "General journal", False),
    ("PYRJ", "Payroll journal", False),
    ("PYAC", "Payroll accruals", False),
    ("PYAD", "Payroll adjustments", True),
)
STATISTICAL_JOURNALS = (("HCJ", "Headcount and hours"),)
EMPLOYEE_TYPES = ("Full time", "Part time", "Contractor")
CLASSES = (("PS", "Professional services"), ("INT", "Internal"), ("OLD", "Former practice"))
CUSTOMERS = (("C-1001", "Northwind Utilities"), ("C-1002", "Calder Rail"), ("C-1003", "Estuary Health"))
VENDORS = (
    ("V-1001", "Harbor Hosting", "active"),
    ("V-1002", "Quill Office Supply", "active"),
    ("V-1003", "Copper Kettle Catering", "active"),
    ("V-1004", "Brightline Software", "active"),
    ("V-1005", "Larkspur Legal LLP", "active"),
    ("V-1006", "Metro Courier Cooperative", "active"),
    ("V-1007", "International Association of Advisory Firms and Auditors", "active"),
    ("V-1008", "Old Dock Printing", "inactive"),
)
EXPENSE_TYPES = (("Travel", "6600"), ("Meals", "6610"), ("Mileage", "6620"), ("Client expense", "6640"))
TERMS = (0, 30, 60)
TAX_SOLUTION = "United Kingdom - VAT"
TAX_DETAILS = (
    ("UK Input Standard Rate", "P", 20),
    ("UK Input Reduced Rate", "P", 5),
    ("UK Sale Standard Rate", "S", 20),
)
ITEMS = (("LAPTOP", "Laptop", "Inventory"), ("CONSULT", "Consulting hour", "Non-Inventory"))
COST_OBJECTS = ("Reorganisation 2025", "Audit support")
EMPLOYEES = (
    ("HM-0001", "Marr", "Ellis", "100", "NYC", None, "Managing partner"),
    ("HM-0002", "Okafor", "Dana", "500", "NYC", "HM-0001", "Controller"),
    ("HM-0003", "Lindqvist", "Robin", "210", "AUS", "HM-0001", "Director"),
    ("HM-0004", "Sato", "Jo", "200", "JC", "HM-0001", "Director"),
)


def plant(records: Records) -> None:
    """Fill an empty state file; one that has been planted is left as it is."""
    with records.store.transaction():
        if records.find("GLACCOUNT"):
            return
        _insert_all(records, "USERINFO", _users())
        _insert_all(records, "GLACCOUNT", (_account(entry) for entry in CHART))
        _insert_all(records, "STATACCOUNT", _statistical_accounts())
        _insert_all(records, "JOURNAL", (_journal(*entry) for entry in JOURNALS))
        _insert_all(records, "STATJOURNAL", (_journal(symbol, title, False) for symbol, title in STATISTICAL_JOURNALS))
        _insert_all(records, "REPORTINGPERIOD", _periods())
        _plant_locations(records)
        _plant_dimensions(records)
        _plant_people(records)
        _plant_settings(records)
        _plant_subledgers(records)


def _insert_all(records: Records, object_name: str, rows: Iterable[Record]) -> None:
    for row in rows:
        records.insert(OBJECTS[object_name], row, SYSTEM)


def _users() -> Iterable[Record]:
    for login in (credentials.INTACCT_USER_ID, READER_USER_ID):
        yield {"LOGINID": login, "DESCRIPTION": "Web services", "USERTYPE": "business user", "STATUS": "active"}


def _account(entry: Account) -> Record:
    required = {f"REQUIRE{name}": int(name in entry.required) for name in ("DEPT", "LOC", "PROJECT", "EMPLOYEE")}
    return {
        "ACCOUNTNO": entry.number,
        "TITLE": entry.title,
        "CATEGORY": entry.category,
        "ACCOUNTTYPE": "incomestatement" if entry.number[0] in "4567" else "balancesheet",
        "NORMALBALANCE": entry.normal_balance,
        "CLOSINGTYPE": "closing account" if entry.number[0] in "4567" else "non-closing account",
        "STATUS": "active" if entry.active else "inactive",
        "TAXABLE": 0,
        "SUBLEDGERCONTROLON": 0,
        **{field.name: 0 for field in OBJECTS["GLACCOUNT"].fields if field.name.startswith("REQUIRE")},
        **required,
    }


def _statistical_accounts() -> Iterable[Record]:
    for place, (number, title) in enumerate(STATISTICAL_CHART):
        yield {
            "RECORDNO": STATISTICAL_KEYS_FROM + place,
            "ACCOUNTNO": number,
            "TITLE": title,
            "CATEGORY": "Employee headcount",
            "ACCOUNTTYPE": "For the period",
            "STATUS": "active",
            "REQUIREDEPT": 1,
            "REQUIRELOC": 1,
        }


def _journal(symbol: str, title: str, adjustment: bool) -> Record:
    return {"SYMBOL": symbol, "TITLE": title, "STATUS": "active", "ADJ": int(adjustment), "BILLABLE": 0}


def _periods() -> Iterable[Record]:
    month = FIRST_MONTH
    while month <= LAST_MONTH:
        last = month_end(month)
        yield {
            "NAME": f"Month Ended {month:%B %Y}",
            "HEADER1": "Month Ended",
            "HEADER2": f"{month:%B %Y}",
            "START_DATE": month.isoformat(),
            "END_DATE": last.isoformat(),
            "BUDGETING": 1,
            "STATUS": "active",
        }
        month = date.fromordinal(last.toordinal() + 1)


def _plant_locations(records: Records) -> None:
    keys: dict[str, int] = {}
    for entity in company.ENTITIES:
        row: Record = {"LOCATIONID": entity.entity_id, "NAME": entity.name, "ENTITY": entity.entity_id}
        keys[entity.entity_id] = records.insert(OBJECTS["LOCATION"], {**row, "STATUS": "active"}, SYSTEM)
        owner: Record = {"ENTITYRECORDNO": keys[entity.entity_id]}
        records.update(OBJECTS["LOCATION"], keys[entity.entity_id], owner, SYSTEM)
    for office in company.OFFICES:
        row = {"LOCATIONID": office.location_id, "NAME": office.name, "PARENTID": office.entity_id}
        row |= {"ENTITY": office.entity_id, "ENTITYRECORDNO": keys[office.entity_id], "STATUS": "active"}
        records.insert(OBJECTS["LOCATION"], row, SYSTEM)
    closed: Record = {"LOCATIONID": "BOS", "NAME": "Boston (closed)", "PARENTID": "E100", "ENTITY": "E100"}
    records.insert(OBJECTS["LOCATION"], {**closed, "ENTITYRECORDNO": keys["E100"], "STATUS": "inactive"}, SYSTEM)


def _plant_dimensions(records: Records) -> None:
    departments = [(entry.department_id, entry.name, "active") for entry in company.DEPARTMENTS]
    for department_id, title, status in (*departments, ("900", "Former practice", "inactive")):
        row: Record = {"DEPARTMENTID": department_id, "TITLE": title, "STATUS": status}
        records.insert(OBJECTS["DEPARTMENT"], row, SYSTEM)
    for class_id, name in CLASSES:
        row = {"CLASSID": class_id, "NAME": name, "STATUS": "inactive" if class_id == "OLD" else "active"}
        records.insert(OBJECTS["CLASS"], row, SYSTEM)
    for customer_id, name in CUSTOMERS:
        row = {"CUSTOMERID": customer_id, "NAME": name, "STATUS": "active", "DISPLAYCONTACT.PRINTAS": name}
        records.insert(OBJECTS["CUSTOMER"], row, SYSTEM)
    _insert_all(records, "PROJECT", _projects())


def _projects() -> Iterable[Record]:
    for place, entry in enumerate(company.PROJECTS):
        yield {
            "PROJECTID": entry.project_id,
            "NAME": entry.name,
            "PROJECTCATEGORY": "Contract" if entry.billable else "Internal",
            "PROJECTSTATUS": "In Progress",
            "STATUS": "active",
            "CUSTOMERID": CUSTOMERS[place % len(CUSTOMERS)][0] if entry.billable else None,
        }
    yield {
        "PROJECTID": "P-0990",
        "NAME": "Client engagement 990 (closed)",
        "PROJECTCATEGORY": "Contract",
        "PROJECTSTATUS": "Completed",
        "STATUS": "inactive",
        "CUSTOMERID": CUSTOMERS[0][0],
    }


def _plant_people(records: Records) -> None:
    _insert_all(records, "EMPLOYEETYPE", ({"NAME": name, "STATUS": "active"} for name in EMPLOYEE_TYPES))
    for employee_id, last_name, first_name, department_id, location_id, supervisor_id, title in EMPLOYEES:
        contact_name = f"{last_name}, {first_name} ({employee_id})"
        contact: Record = {"CONTACTNAME": contact_name, "PRINTAS": f"{first_name} {last_name}", "STATUS": "active"}
        contact |= {"FIRSTNAME": first_name, "LASTNAME": last_name}
        records.insert(OBJECTS["CONTACT"], contact, SYSTEM)
        employee: Record = {
            "EMPLOYEEID": employee_id,
            "PERSONALINFO.CONTACTNAME": contact_name,
            "STARTDATE": "2019-01-07",
            "TITLE": title,
            "EMPLOYEETYPE": EMPLOYEE_TYPES[0],
            "STATUS": "active",
            "SUPERVISORID": supervisor_id,
            "DEPARTMENTID": department_id,
            "LOCATIONID": location_id,
        }
        records.insert(OBJECTS["EMPLOYEE"], employee, SYSTEM)


def _plant_subledgers(records: Records) -> None:
    _insert_all(records, "VENDOR", (_vendor(*entry) for entry in VENDORS))
    for label, number in EXPENSE_TYPES:
        row: Record = {"ACCOUNTLABEL": label, "DESCRIPTION": label, "GLACCOUNTNO": number}
        records.insert(OBJECTS["EEACCOUNTLABEL"], row, SYSTEM)
    for days in TERMS:
        term: Record = {"NAME": f"Net {days}", "DUEDATE": days, "STATUS": "active"}
        _insert_all(records, "APTERM", (term,))
        _insert_all(records, "ARTERM", (term,))
    solution: Record = {"SOLUTIONID": TAX_SOLUTION, "TAXMETHOD": "VAT", "STATUS": "active"}
    _insert_all(records, "TAXSOLUTION", (solution,))
    _insert_all(records, "TAXDETAIL", (_tax_detail(*entry) for entry in TAX_DETAILS))
    _insert_all(records, "COSTOBJECT", ({"NAME": name} for name in COST_OBJECTS))
    for item_id, name, kind in ITEMS:
        item: Record = {"ITEMID": item_id, "NAME": name, "ITEMTYPE": kind, "STATUS": "active"}
        records.insert(OBJECTS["ITEM"], item, SYSTEM)
    warehouse: Record = {"WAREHOUSEID": "WH-1", "NAME": "Store room", "LOC.LOCATIONID": "NYC", "STATUS": "active"}
    records.insert(OBJECTS["WAREHOUSE"], warehouse, SYSTEM)


def _vendor(vendor_id: str, name: str, status: str) -> Record:
    number = vendor_id.removeprefix("V-")
    return {
        "VENDORID": vendor_id,
        "NAME": name,
        "STATUS": status,
        "DISPLAYCONTACT.PRINTAS": name,
        "DISPLAYCONTACT.EMAIL1": f"canary.billing{number}@vendor.example",
        "DISPLAYCONTACT.PHONE1": f"+1 212 555 {number}",
        "DISPLAYCONTACT.MAILADDRESS.ADDRESS1": f"{number} Canary Street",
        "DISPLAYCONTACT.MAILADDRESS.CITY": "New York",
        "DISPLAYCONTACT.MAILADDRESS.STATE": "NY",
        "DISPLAYCONTACT.MAILADDRESS.ZIP": "10001",
        "DISPLAYCONTACT.MAILADDRESS.COUNTRY": "United States",
    }


def _tax_detail(name: str, tax_type: str, percent: int) -> Record:
    return {
        "DETAILID": name,
        "TAXTYPE": tax_type,
        "VALUE": percent * SCALE,
        "TAXSOLUTIONID": TAX_SOLUTION,
        "STATUS": "active",
    }


def _plant_settings(records: Records) -> None:
    bank: Record = {"BANKACCOUNTID": "BANK-1", "BANKNAME": "First Harbor Bank", "GLACCOUNTNO": "1010"}
    bank |= {"LOCATIONID": "E100", "CURRENCY": "USD", "STATUS": "active"}
    records.insert(OBJECTS["CHECKINGACCOUNT"], bank, SYSTEM)
    closed: Record = {"PERIOD_START": FIRST_MONTH.isoformat(), "PERIOD_END": month_end(FIRST_MONTH).isoformat()}
    records.insert(OBJECTS["CLOSEBOOKS"], closed, SYSTEM)
    setup: Record = {"CONFIGURATIONTYPE": "Basic", "STATUS": "active"}
    setup_key = records.insert(OBJECTS["INTERENTITYSETUP"], setup, SYSTEM)
    for entity in company.ENTITIES:
        row: Record = {"SETUPKEY": setup_key, "ENTITYID": entity.entity_id}
        row |= {"IEPAYABLEACCTNO": "2410", "IERECEIVABLEACCTNO": "1310"}
        records.insert(OBJECTS["ENTITYACCTDEFAULT"], row, SYSTEM)
