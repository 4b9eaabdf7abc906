"""The pay components of the two sample companies and the tax names on their checks, as Paychex would list them.

Combinations of classification and effect follow those seen in real Paychex companies: the employer's 401(k) money is an
in-and-out addition in one company and an informational line in the other, as clients differ in it.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from connector_assets.sandbox.facts import ComponentFacts

ADDITION, REDUCTION = "ADDITION", "REDUCTION"
IN_OUT, EMPLOYER = "ADDITION_WITH_IN_OUT", "EMPLOYER_INFORMATIONAL"
WITHHELD, LIABILITY = "EMPLOYEE_WITHHOLDING", "EMPLOYER_LIABILITY"


class _Row(NamedTuple):
    key: str
    name: str
    classification: str
    effect: str
    code: str
    description: str


_ROWS = (
    _Row("SAL", "Salary", "REGULAR", ADDITION, "2", "Salary of exempt staff."),
    _Row("REG", "Hourly", "REGULAR", ADDITION, "1", "Regular hours of non-exempt staff."),
    _Row("OTS", "Overtime", "SUPPLEMENTAL", ADDITION, "3", "Overtime hours at the regular rate."),
    _Row("OTP", "Overtime Premium", "SUPPLEMENTAL", ADDITION, "4", "The half-time premium on overtime hours."),
    _Row("PTO", "Paid Time Off", "REGULAR", ADDITION, "5", "Vacation and personal days taken."),
    _Row("HOL", "Holiday", "REGULAR", ADDITION, "6", "Company holidays."),
    _Row("SICK", "Sick", "SICK_PAY", ADDITION, "7", "Sick days taken."),
    _Row("BON", "Annual Bonus", "SUPPLEMENTAL", ADDITION, "8", "Discretionary annual bonus."),
    _Row("SIGN", "Sign-on Bonus", "SUPPLEMENTAL", ADDITION, "9", "One payment on joining."),
    _Row("COMM", "Commission", "SUPPLEMENTAL", ADDITION, "10", "Sales commission."),
    _Row("REIMB", "Expense Reimb", "REIMBURSEMENT", ADDITION, "20", "Accountable-plan reimbursement, not taxable."),
    _Row("GTL", "Group Term Life", "IRC_79_GROUP_TERM_LIFE_INSURANCE", IN_OUT, "30", "Imputed cover above the limit."),
    _Row("K401", "401k EE", "_401K", REDUCTION, "40", "Employee deferral before tax."),
    _Row("ROTH", "401k Roth EE", "_401K", REDUCTION, "41", "Employee deferral after tax."),
    _Row("LOAN", "401k Loan", "_401K", REDUCTION, "42", "Repayment of a plan loan."),
    _Row("K401ER", "401k ER", "_401K", IN_OUT, "43", "Employer match."),
    _Row("MED", "Medical", "IRC_106", REDUCTION, "50", "Employee medical premium before tax."),
    _Row("MEDER", "Medical ER", "INFORMATIONAL", EMPLOYER, "51", "Employer medical premium."),
    _Row("DEN", "Dental", "IRC_106", REDUCTION, "52", "Employee dental premium before tax."),
    _Row("DENER", "Dental ER", "INFORMATIONAL", EMPLOYER, "53", "Employer dental premium."),
    _Row("VIS", "Vision", "IRC_106", REDUCTION, "54", "Employee vision premium before tax."),
    _Row("VISER", "Vision ER", "INFORMATIONAL", EMPLOYER, "55", "Employer vision premium."),
    _Row("HSA", "HSA EE", "FEDERAL_HEALTH_SAVINGS_ACCOUNT", REDUCTION, "56", "Employee health savings before tax."),
    _Row("HSAER", "HSA ER", "INFORMATIONAL", EMPLOYER, "57", "Employer health savings contribution."),
    _Row("FSA", "FSA", "IRC_105", REDUCTION, "58", "Health spending account before tax."),
    _Row("TRAN", "Commuter", "TRANSPORTATION_BENEFIT", REDUCTION, "60", "Transit and parking before tax."),
    _Row("VLIFE", "Voluntary Life", "DEDUCTION", REDUCTION, "61", "Voluntary life cover after tax."),
    _Row("LTD", "LTD Buy-up", "DEDUCTION", REDUCTION, "62", "Long-term disability cover after tax."),
    _Row("LEGAL", "Legal Plan", "DEDUCTION", REDUCTION, "63", "Legal plan after tax."),
    _Row("CHILD", "Child Support", "GARNISHMENTS", REDUCTION, "70", "Support order."),
    _Row("CRED", "Creditor Garnishment", "GARNISHMENTS", REDUCTION, "71", "Creditor order."),
    _Row("LEVY", "Tax Levy", "GARNISHMENTS", REDUCTION, "72", "Levy of a tax agency."),
    _Row("GFEE", "Garnishment Fee", "DEDUCTION", REDUCTION, "73", "Fee kept by the employer per garnishment."),
)
_ORDINALS = {row.key: ordinal for ordinal, row in enumerate(_ROWS, 1)}


def catalogue(company_no: int, start: date) -> dict[str, ComponentFacts]:
    """The components of company 1 or 2 by the firm's key; ids hold the company and the ordinal."""
    return {row.key: _component(row, company_no, start) for row in _ROWS}


def ordinal(key: str) -> int:
    """The component's place in the catalogue, from 1."""
    return _ORDINALS[key]


def _component(row: _Row, company_no: int, start: date) -> ComponentFacts:
    informational_match = row.key == "K401ER" and company_no == 2
    return ComponentFacts(
        component_id=f"9700000{company_no:02d}{_ORDINALS[row.key]:06d}",
        key=row.key,
        name=row.name,
        classification="INFORMATIONAL" if informational_match else row.classification,
        description=row.description,
        code=row.code,
        effect=EMPLOYER if informational_match else row.effect,
        start_date=start,
    )


@dataclass(frozen=True)
class TaxName:
    """A tax as it prints on a check: Paychex gives a name and who bears it, no code."""

    name: str
    paid_by: str


FEDERAL_INCOME = TaxName("Federal Income Tax", WITHHELD)
EE_SOCIAL_SECURITY = TaxName("Employee Social Security Tax", WITHHELD)
EE_MEDICARE = TaxName("Employee Medicare Tax", WITHHELD)
EE_ADDITIONAL_MEDICARE = TaxName("Employee Additional Medicare Tax", WITHHELD)
NY_INCOME = TaxName("New York Income Tax", WITHHELD)
NYC_INCOME = TaxName("New York City Income Tax", WITHHELD)
NY_DISABILITY = TaxName("New York Disability Insurance", WITHHELD)
NY_FAMILY_LEAVE = TaxName("New York Paid Family Leave Insurance", WITHHELD)
NJ_INCOME = TaxName("New Jersey Income Tax", WITHHELD)
NJ_EE_UNEMPLOYMENT = TaxName("New Jersey Unemployment Insurance", WITHHELD)
NJ_WORKFORCE = TaxName("New Jersey Workforce Development", WITHHELD)
NJ_EE_DISABILITY = TaxName("New Jersey Disability Insurance", WITHHELD)
NJ_FAMILY_LEAVE = TaxName("New Jersey Family Leave Insurance", WITHHELD)
CA_INCOME = TaxName("California Income Tax", WITHHELD)
CA_DISABILITY = TaxName("California Disability Insurance", WITHHELD)
ER_SOCIAL_SECURITY = TaxName("Employer Social Security Tax", LIABILITY)
ER_MEDICARE = TaxName("Employer Medicare Tax", LIABILITY)
FUTA = TaxName("Federal Unemployment Insurance", LIABILITY)
NY_UNEMPLOYMENT = TaxName("New York Unemployment Insurance", LIABILITY)
NY_REEMPLOYMENT = TaxName("Re-employment Service Fund", LIABILITY)
MCTMT = TaxName("MTA Transit Tax", LIABILITY)
NJ_ER_UNEMPLOYMENT = TaxName("New Jersey Unemployment Insurance", LIABILITY)
NJ_ER_DISABILITY = TaxName("New Jersey Disability Insurance", LIABILITY)
JERSEY_CITY = TaxName("Jersey City Payroll Tax", LIABILITY)
CA_UNEMPLOYMENT = TaxName("California Unemployment Insurance", LIABILITY)
CA_TRAINING = TaxName("California Employment Training Tax", LIABILITY)
TX_UNEMPLOYMENT = TaxName("Texas Unemployment Insurance", LIABILITY)
