"""Findings: what is wrong with a pay run, why, and what to do about it; and the register of every code there is.

The letter of a code says where it arises: S in the source, X in our own work, P before posting, A after posting, W with
workers and cost centers. Subjects are ids (a check, a pay component, an account), never names of people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from connector_assets.accounting.errors import AccountingError


class Severity(StrEnum):
    """How much a finding stops: `block` nothing may be posted, `error` someone must act, `warn` look at it, `info`."""

    BLOCK = "block"
    ERROR = "error"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True)
class Code:
    """A kind of finding: its usual severity, the name of what holds while there is none, one line of meaning."""

    severity: Severity
    name: str
    meaning: str


CODES: dict[str, Code] = {
    "S01": Code(
        Severity.BLOCK, "net_pay_foots", "A check's net pay is not wages + reimbursements - employee taxes - deductions"
    ),
    "S02": Code(
        Severity.BLOCK,
        "every_check_there",
        "The pay run is not complete: the number of checks is not what the source states",
    ),
    "S05": Code(Severity.BLOCK, "run_processed", "The pay run is not processed yet"),
    "S06": Code(
        Severity.ERROR, "every_run_arrived", "A pay run that should have arrived by its check date is not processed"
    ),
    "S07": Code(
        Severity.ERROR, "as_posted", "What was posted of a pay run is gone from the source, or has changed there"
    ),
    "S08": Code(Severity.ERROR, "nobody_paid_twice", "The same worker is paid the same amount twice in one pay run"),
    "S09": Code(Severity.BLOCK, "known_codes", "A code cannot be classified by its effect on pay"),
    "S10": Code(
        Severity.WARN,
        "no_negative_lines",
        "A line is negative on a check that is no void (blocks when its wages are)",
    ),
    "S11": Code(Severity.BLOCK, "no_negative_net", "The net pay of a check that is no void is negative"),
    "S12": Code(Severity.BLOCK, "no_imputed_in_net", "A check's net pay contains imputed earnings, which pay no cash"),
    "S13": Code(
        Severity.WARN, "fica_halves_match", "The employer's half of Social Security or Medicare is not the worker's"
    ),
    "S14": Code(
        Severity.WARN, "usual_tax_share", "The employer's taxes are an unusual share of the wages for the season"
    ),
    "S15": Code(Severity.WARN, "wage_bases_kept", "A tax goes on after its wage base: the year's most is exceeded"),
    "S16": Code(
        Severity.ERROR, "voids_mirror_originals", "A void does not mirror an original check, component by component"
    ),
    "S17": Code(Severity.WARN, "hours_times_rate", "Hours times rate is not the amount"),
    "S18": Code(Severity.WARN, "nobody_paid_after_end", "Somebody is paid long after the end of the employment"),
    "S20": Code(
        Severity.WARN, "dates_without_time", "The source sent a date with a time of day, as if shifted by a time zone"
    ),
    "S30": Code(Severity.BLOCK, "report_adds_up", "The expenses of a report do not add up to its total"),
    "S31": Code(Severity.BLOCK, "still_approved", "An expense report is gone or not approved any more"),
    "S32": Code(Severity.BLOCK, "amounts_in_books_currency", "An expense has no amount in the currency of the books"),
    "S33": Code(
        Severity.WARN,
        "no_rounding_of_currencies",
        "The expenses of a report differ from its total by the rounding of currencies",
    ),
    "S34": Code(
        Severity.BLOCK,
        "unchanged_since_sent",
        "An expense report changed after a document of the subledger was sent for it",
    ),
    "S35": Code(Severity.BLOCK, "nothing_below_zero", "A document of an expense report comes to less than nothing"),
    "S36": Code(Severity.BLOCK, "employee_known", "An expense report has no employee whose document it could be"),
    "S50": Code(Severity.BLOCK, "bill_adds_up", "The lines of a bill do not add up to its total"),
    "S51": Code(
        Severity.WARN,
        "no_rounding_of_cents",
        "The lines of a bill differ from its total by the rounding of parts of a cent",
    ),
    "S52": Code(Severity.BLOCK, "in_books_currency", "A bill or payment is not in the currency of the books"),
    "S53": Code(
        Severity.BLOCK, "every_line_coded", "A line of a bill is not coded: no account code, department or location"
    ),
    "S54": Code(Severity.BLOCK, "unchanged_since_sent", "A bill or payment changed after it was sent"),
    "S55": Code(Severity.BLOCK, "invoice_number_unique", "Two bills carry the same invoice number of the same vendor"),
    "S56": Code(Severity.BLOCK, "bill_above_zero", "A bill comes to nothing or less: a credit"),
    "S57": Code(Severity.WARN, "every_file_carried", "A file of a bill cannot be carried"),
    "S58": Code(Severity.BLOCK, "payment_adds_up", "A payment does not add up, or its bills are not of one vendor"),
    "S59": Code(Severity.BLOCK, "bills_in_ledger", "A payment pays a bill that does not stand in the ledger yet"),
    "S60": Code(
        Severity.WARN, "earlier_bills_found", "A payment of a bill from before the first day is left to people"
    ),
    "X01": Code(Severity.BLOCK, "every_line_mapped", "A line has no account: no mapping rule applies"),
    "X02": Code(Severity.BLOCK, "split_exact", "The distributed parts of a line do not add up to it"),
    "X03": Code(Severity.BLOCK, "percentages_within_100", "A worker's distribution percentages exceed 100"),
    "X04": Code(Severity.BLOCK, "every_check_balances", "A check's debits are not its credits"),
    "X05": Code(Severity.BLOCK, "every_entity_balances", "A journal's debits are not its credits in each legal entity"),
    "X06": Code(
        Severity.BLOCK,
        "groups_large_enough",
        "A line would show the pay of too few workers: below the minimum group size",
    ),
    "X07": Code(
        Severity.BLOCK,
        "liabilities_on_balance_sheet",
        "A liability, tax withheld or net pay is mapped to an income statement account",
    ),
    "X08": Code(Severity.WARN, "nothing_in_suspense", "A line has no rule of its own and went to the suspense account"),
    "X09": Code(Severity.WARN, "no_default_accounts", "A code has no rule of its own and went to a default account"),
    "X10": Code(Severity.BLOCK, "no_personal_datum", "A text of a journal looks like a personal datum"),
    "X11": Code(
        Severity.WARN, "every_worker_named", "A worker whom the ledger does not have is not named on their lines"
    ),
    "X12": Code(
        Severity.INFO, "standard_burden_is_actual", "Burden charged to projects at a standard rate is not what it cost"
    ),
    "P01": Code(
        Severity.BLOCK, "values_active", "An account or dimension value does not exist in the ledger or is inactive"
    ),
    "P02": Code(Severity.BLOCK, "required_dimensions", "An account requires a dimension that the line does not carry"),
    "P03": Code(Severity.BLOCK, "period_open", "The ledger is not open on the entry date"),
    "P04": Code(
        Severity.BLOCK, "reference_free", "The ledger already holds something else under the journal's reference"
    ),
    "P05": Code(Severity.WARN, "usual_cost", "A department's cost differs from what it usually is"),
    "P06": Code(
        Severity.WARN, "usual_workers", "Workers are missing from the pay run, or were added, against the one before"
    ),
    "P07": Code(
        Severity.BLOCK, "inter_entity_accounts", "Cost crosses legal entities, and an inter-entity account is missing"
    ),
    "P08": Code(Severity.BLOCK, "projects_open", "Cost goes to a project whose job has ended"),
    "P09": Code(
        Severity.ERROR,
        "in_the_ledger",
        "A journal is not in the ledger: held, refused, not sent, or its outcome is unknown",
    ),
    "P20": Code(
        Severity.BLOCK, "vendor_usable", "A vendor stands for none of the ledger, or for one that cannot be used"
    ),
    "P21": Code(Severity.BLOCK, "locations_named", "A location has no exact namesake in the ledger"),
    "P22": Code(
        Severity.BLOCK, "custom_values_matched", "The value of a custom field has no exact match in the ledger"
    ),
    "P23": Code(Severity.BLOCK, "no_bank_account", "A line's account is associated with a bank account (BL03002112)"),
    "P24": Code(Severity.BLOCK, "tax_solution_fits", "A prebuilt tax solution is switched on or off wrongly"),
    "P25": Code(Severity.BLOCK, "taxes_paired", "A tax stands for no tax detail of the ledger"),
    "P26": Code(Severity.BLOCK, "one_entity", "A line belongs to another legal entity than the bill"),
    "P27": Code(Severity.BLOCK, "bank_account_known", "A payment's account or method stands for none of the ledger"),
    "P28": Code(Severity.BLOCK, "due_on_the_bills", "A payment is more than what is due on a bill"),
    "P29": Code(
        Severity.BLOCK, "custom_fields_known", "A custom field is mapped to a field that the ledger does not have"
    ),
    "A01": Code(Severity.ERROR, "as_sent", "The journal in the ledger is not the one that was sent"),
    "A02": Code(Severity.ERROR, "control_totals", "The control totals of the register and of the journal differ"),
    "A05": Code(Severity.ERROR, "accruals_reversed", "An accrual and its reversal do not add up to nothing"),
    "A07": Code(
        Severity.ERROR, "one_journal_each", "Two journals in the ledger stand for the same pay run, kind and revision"
    ),
    "A08": Code(
        Severity.ERROR, "unchanged_since_read", "A journal that was reconciled has been changed in the ledger since"
    ),
    "A09": Code(Severity.ERROR, "suspense_cleared", "The suspense account is not cleared"),
    "A12": Code(Severity.ERROR, "inter_entity_zero", "What is due from other entities is not what is due to them"),
    "A13": Code(Severity.WARN, "statistical_hours", "The statistical journal's hours are not the register's"),
    "A14": Code(Severity.WARN, "statistical_heads", "The statistical journal's headcount is not the roster's"),
    "M01": Code(Severity.ERROR, "every_record_carried", "A record could not be carried to the purchasing system"),
    "W01": Code(Severity.ERROR, "employees_as_roster", "The ledger's employees are not what the roster says"),
    "W02": Code(Severity.ERROR, "changes_taken", "The ledger did not take a change of an employee"),
    "W03": Code(
        Severity.WARN,
        "every_worker_numbered",
        "A worker has no employee number of their own, so that no employee can stand for them",
    ),
    "W04": Code(
        Severity.BLOCK,
        "cost_centers_found",
        "A cost center cannot be found: an organization, location or job without a partner",
    ),
    "W05": Code(Severity.WARN, "no_orphan_employees", "An active employee of the ledger stands for nobody on a roster"),
    "W06": Code(Severity.WARN, "everyone_placed", "A worker on the roster has no cost center"),
    "W07": Code(
        Severity.WARN, "no_near_misses", "A value without a partner is almost one of the ledger's: a pair is suggested"
    ),
    "W08": Code(Severity.WARN, "open_to_entity", "A paired value of the ledger may be used by another entity alone"),
    "W09": Code(
        Severity.WARN, "names_agree", "A value was renamed in the source, and the ledger's still bears the old name"
    ),
    "W10": Code(Severity.WARN, "undisturbed", "Somebody changed a record that follows the source; it is left as it is"),
    "W11": Code(
        Severity.ERROR,
        "every_worker_carried",
        "A worker cannot be carried: a number, a partner or an address is missing or taken",
    ),
    "W12": Code(Severity.ERROR, "outcomes_known", "Nobody can say yet whether a change of an employee was made"),
    "W13": Code(Severity.WARN, "nothing_waits", "Changes wait: the calls of the hour are used up, or a system is away"),
    "W20": Code(
        Severity.INFO, "hierarchies_agree", "Values stand elsewhere in the ledger's hierarchy than in the source's"
    ),
    "W21": Code(Severity.INFO, "values_used", "Active values of the ledger stand for nothing in the source"),
    "W22": Code(Severity.WARN, "values_taken", "A dimension value could not be created or changed in the other system"),
}


def check_name(code: str) -> str:
    """What the check is called that looks for findings of a code: the code, then what holds while it passes."""
    return f"{code.lower()}_{CODES[code].name}"


@dataclass(frozen=True)
class Finding:
    """One thing found: `subject` is the id it is about, `why` what is wrong with it, `fix` what a person can do."""

    code: str
    severity: Severity
    subject: str
    why: str
    fix: str


class FoundError(AccountingError):
    """A finding after which nothing else of a document can be looked at."""

    def __init__(self, found: Finding, more: str = "") -> None:
        """`more` is said of others of its kind."""
        super().__init__(f"{found.code} {found.subject}: {found.why}{more}", fix=found.fix)
        self.found = found


def finding(code: str, subject: str, why: str, fix: str, severity: Severity | None = None) -> Finding:
    """A finding with its code's usual severity, unless another is given."""
    return Finding(code, severity or CODES[code].severity, subject, why, fix)


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Those findings with which nothing may be posted."""
    return [found for found in findings if found.severity is Severity.BLOCK]


def stopping(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that keep a document from counting as done, the gravest first."""
    stops = [found for found in findings if found.severity in {Severity.BLOCK, Severity.ERROR}]
    return sorted(stops, key=lambda found: found.severity is not Severity.BLOCK)


def told(found: Finding) -> str:
    """A finding in one line, with its fix."""
    return f"{found.code} {found.subject}: {found.why} Fix: {found.fix}"
