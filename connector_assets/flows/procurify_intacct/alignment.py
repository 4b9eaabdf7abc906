"""What Procurify's locations, departments, account codes and custom fields stand for in the ledger."""

from collections.abc import Sequence

import pandas as pd

from connector_assets.accounting.bill_build import LedgerWords, no_location
from connector_assets.accounting.bill_mapping import BillMapping, BillRuleKind
from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.flows.procurify_intacct.frames import BILL_ALIGNMENT

MISSING = "missing"


def aligned(
    departments: pd.DataFrame,
    locations: pd.DataFrame,
    codes: pd.DataFrame,
    fields: pd.DataFrame,
    mapping: BillMapping,
    words: LedgerWords,
    accounts: Sequence[str],
) -> pd.DataFrame:
    """BILL_ALIGNMENT, of what is active in Procurify."""
    rows: list[tuple[object, ...]] = []
    for name in _active(locations, "name"):
        ids = words.locations.get(name, ())
        rows.append(("location", name, ids[0] if len(ids) == 1 else None, "name" if len(ids) == 1 else MISSING))
    live = departments[departments["active"]]
    for name, ref in sorted({(str(row["name"]), str(row["ledger_ref"])) for row in live.to_dict("records")}):
        rows.append(("department", name, *_department(name, ref, mapping, words)))
    known = set(accounts)
    for code in _active(codes, "code"):
        rule = mapping.target(BillRuleKind.ACCOUNT_CODE, code)
        target = rule or code
        origin = ("rule" if rule else "code") if target in known else MISSING
        rows.append(("account_code", code, target if target in known else None, origin))
    for name in _active(fields, "name"):
        target_field = mapping.target(BillRuleKind.CUSTOM_FIELD, name)
        rows.append(("custom_field", name, target_field, "rule" if target_field else MISSING))
    return BILL_ALIGNMENT.conform(pd.DataFrame(rows, columns=BILL_ALIGNMENT.names))


def _active(frame: pd.DataFrame, column: str) -> list[str]:
    return sorted({str(value) for value in frame.loc[frame["active"], column]})


def _department(name: str, ref: str, mapping: BillMapping, words: LedgerWords) -> tuple[str | None, str]:
    for source in (ref, name):
        target = mapping.target(BillRuleKind.DEPARTMENT, source)
        if target in words.department_ids:
            return target, "rule"
    if ref in words.department_ids:
        return ref, "id"
    by_name = words.departments.get(name)
    return by_name, "name" if by_name else MISSING


def location_findings(alignment: pd.DataFrame, words: LedgerWords) -> list[Finding]:
    """P21, a warning as long as no bill uses it: a location without an exact namesake."""
    found = [no_location(name, words.locations) for name in _missing(alignment, "location")]
    return [Finding(one.code, Severity.WARN, one.subject, one.why, one.fix) for one in found]


def department_findings(alignment: pd.DataFrame) -> list[Finding]:
    """W04, a warning as long as no bill uses it: a department that stands for nothing."""
    return [
        finding(
            "W04",
            name,
            f"Department {name!r} of Procurify stands for none of the ledger.",
            "Give it the ledger's department id as external id in Procurify, or add a rule of kind department.",
            Severity.WARN,
        )
        for name in _missing(alignment, "department")
    ]


def account_findings(codes: pd.DataFrame, alignment: pd.DataFrame, words: LedgerWords) -> list[Finding]:
    """P23 and P01, warnings as long as no bill uses them: codes behind bank accounts, and codes of no account."""
    offered = codes[codes["active"] & (codes["departments"] > 0)]
    found = [
        finding(
            "P23",
            code,
            f"Account code {code} can be chosen and is associated with bank account {words.bank_accounts[code]}.",
            "Unassign it from every department in Procurify: a bill on it would be refused (BL03002112).",
            Severity.WARN,
        )
        for code in sorted({str(one) for one in offered["code"]} & set(words.bank_accounts))
    ]
    return found + [
        finding(
            "P01",
            code,
            f"Account code {code} of Procurify is no active account of the ledger.",
            "Deactivate it in Procurify, or add a rule of kind account_code.",
            Severity.WARN,
        )
        for code in _missing(alignment, "account_code")
    ]


def _missing(alignment: pd.DataFrame, kind: str) -> list[str]:
    chosen = alignment[(alignment["kind"] == kind) & (alignment["origin"] == MISSING)]
    return [str(name) for name in chosen["name"]]
