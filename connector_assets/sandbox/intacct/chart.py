"""The chart of accounts of a professional-services payroll: number, title, category, what a line on it must carry."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """One general-ledger account; `required` lists the dimensions its lines must carry (DEPT, LOC, PROJECT)."""

    number: str
    title: str
    category: str
    normal_balance: str
    required: frozenset[str]
    active: bool = True


_LOCATION = frozenset({"LOC"})
_COST = frozenset({"DEPT", "LOC"})
_DIRECT = frozenset({"DEPT", "LOC", "PROJECT"})


def _assets(*entries: tuple[str, str]) -> tuple[Account, ...]:
    return tuple(Account(number, title, "Other Current Assets", "debit", _LOCATION) for number, title in entries)


def _liabilities(*entries: tuple[str, str]) -> tuple[Account, ...]:
    return tuple(Account(number, title, "Other Current Liabilities", "credit", _LOCATION) for number, title in entries)


def _costs(category: str, required: frozenset[str], *entries: tuple[str, str]) -> tuple[Account, ...]:
    return tuple(Account(number, title, category, "debit", required) for number, title in entries)


CHART: tuple[Account, ...] = (
    Account("1010", "Operating cash", "Cash", "debit", _LOCATION),
    *_assets(
        ("1100", "Accounts receivable"),
        ("1051", "Payroll clearing: net pay"),
        ("1052", "Payroll clearing: tax impound"),
        ("1053", "Payroll clearing: third-party remittance"),
        ("1310", "Due from affiliates"),
        ("1320", "Employee advances and receivables"),
        ("1999", "Payroll suspense"),
    ),
    *_liabilities(
        ("2000", "Accounts payable"),
        ("2100", "Accrued payroll"),
        ("2105", "Accrued bonus and commission"),
        ("2115", "Unclaimed wages"),
        ("2120", "Accrued PTO"),
        ("2130", "Employee reimbursements payable"),
        ("2150", "Tips payable"),
        ("2160", "Corporate card payable"),
        ("2210", "Federal payroll taxes payable"),
        ("2220", "FUTA payable"),
        ("2230", "State and local income tax withheld"),
        ("2230-NY", "New York State income tax withheld"),
        ("2230-NYC", "New York City income tax withheld"),
        ("2230-NJ", "New Jersey income tax withheld"),
        ("2230-CA", "California income tax withheld"),
        ("2240", "Employee disability and family leave"),
        ("2240-NY", "New York SDI and PFL"),
        ("2240-NJ", "New Jersey UI, TDI and FLI"),
        ("2240-CA", "California SDI"),
        ("2245", "Employer state unemployment and disability"),
        ("2245-NY", "New York SUTA"),
        ("2245-NJ", "New Jersey SUTA and DI"),
        ("2245-CA", "California SUTA and ETT"),
        ("2245-TX", "Texas SUTA"),
        ("2250", "Local employer payroll taxes"),
        ("2250-MCT", "Metropolitan commuter transportation tax"),
        ("2250-JC", "Jersey City payroll tax"),
        ("2300", "401(k) payable"),
        ("2310", "Health premiums payable"),
        ("2320", "HSA, FSA and commuter payable"),
        ("2330", "Garnishments payable"),
        ("2340", "Other deductions payable"),
        ("2345", "Union dues payable"),
        ("2360", "Workers' compensation payable"),
        ("2410", "Due to affiliates"),
    ),
    Account("4000", "Consulting revenue", "Revenue", "credit", _LOCATION),
    *_costs(
        "Cost of Goods Sold",
        _DIRECT,
        ("5000", "Direct labor: salaries"),
        ("5010", "Direct labor: hourly wages"),
        ("5020", "Direct labor: overtime"),
        ("5100", "Direct labor: payroll taxes"),
        ("5200", "Direct labor: benefits"),
    ),
    *_costs(
        "Operating Expenses",
        _COST,
        ("6000", "Salaries"),
        ("6010", "Hourly wages"),
        ("6020", "Overtime"),
        ("6030", "PTO and holiday pay"),
        ("6040", "Bonus"),
        ("6050", "Commission"),
        ("6060", "Severance"),
        ("6070", "Allowances"),
        ("6100", "Employer FICA"),
        ("6110", "Employer FUTA and SUTA"),
        ("6120", "Employer local payroll tax"),
        ("6200", "Employer health insurance"),
        ("6210", "Employer 401(k) match"),
        ("6220", "Employer HSA and other benefits"),
        ("6230", "Workers' compensation"),
        ("6600", "Travel"),
        ("6610", "Meals"),
        ("6620", "Mileage"),
        ("6630", "Client entertainment"),
        ("6640", "Client reimbursable expense"),
        ("6700", "Software and subscriptions"),
        ("6710", "Hosting"),
        ("6800", "Office supplies"),
        ("6810", "Freight"),
        ("6820", "Legal and professional fees"),
        ("6950", "Payroll processing fees"),
    ),
    Account("7900", "Other income", "Other Income", "credit", _LOCATION),
    Account("1050", "Payroll cash (closed bank)", "Cash", "debit", _LOCATION, active=False),
    Account("6080", "Salaries: former practice", "Operating Expenses", "debit", _COST, active=False),
)
STATISTICAL_CHART: tuple[tuple[str, str], ...] = (
    ("9001", "Headcount"),
    ("9002", "FTE"),
    ("9010", "Regular hours"),
    ("9011", "Overtime hours"),
    ("9012", "PTO hours"),
    ("9013", "Billable hours"),
)
