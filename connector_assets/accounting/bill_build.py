"""One bill for accounts payable out of one approved bill: everything that the ledger would refuse is said before.

Each line goes to the account of its code, the department of its coding, the location of the same name. A tax is added
to its line's amount, unless a prebuilt tax solution is in use: then it stands beside it, by tax detail. With a blocking
finding there is no bill, and all that is missing is said at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from connector_assets.accounting.bill_mapping import BillMapping, BillRuleKind
from connector_assets.accounting.documents import AP_LINES
from connector_assets.accounting.findings import Finding, blocking, finding
from connector_assets.accounting.money import text_from_cents

MEMO_LENGTH_MAX = 400
ON_BILL, ON_LINE = "bill.", "line."
DIMENSION_FIELDS = {"PROJECTID": "project_id", "CLASSID": "class_id"}
"""The fields of a line that stand for a dimension, and the column of AP_LINES that holds it."""


@dataclass(frozen=True)
class BillHead:
    """A bill's head, as BILLS has it."""

    bill_id: str
    vendor_id: str | None
    source_vendor_id: str
    invoice_no: str
    order_no: str
    invoice_date: date | None
    posting_date: date
    due_date: date | None
    currency: str
    total_cents: int


@dataclass(frozen=True)
class BillLine:
    """A line, as BILL_LINES has it."""

    item_id: str
    text: str
    account_code: str
    department_ref: str
    department: str
    location: str
    net_cents: int
    tax_cents: int
    tax_name: str
    custom_fields: Mapping[str, str]


@dataclass(frozen=True)
class LedgerWords:
    """What the ledger calls things: live values by name, and what may not be used.

    `locations` has every location id of a name (two of one name stand for nothing), `values` the choices of each custom
    field (empty where any text will do) and of the dimensions, by name and by id.
    """

    vendors: Mapping[str, str]
    departments: Mapping[str, str]
    department_ids: frozenset[str]
    locations: Mapping[str, Sequence[str]]
    entities: Mapping[str, str]
    bank_accounts: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    tax_details: frozenset[str]


@dataclass(frozen=True)
class BillPolicy:
    """How a connection wants its bills. `tax_solution` is empty where none is in use."""

    entity_id: str
    currency: str
    tax_solution: str = ""
    link: str = ""


@dataclass(frozen=True)
class ApBill:
    """A bill as the ledger is to hold it; `lines` are those of the frame."""

    bill_no: str
    vendor_id: str
    bill_date: date
    posting_date: date
    due_date: date
    currency: str
    order_no: str
    description: str
    tax_solution: str
    custom_fields: Mapping[str, str]
    total_cents: int


@dataclass(frozen=True)
class BillBuild:
    """The bill (None when something stops it), its lines, and everything that was found."""

    bill: ApBill | None
    lines: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)


def bill_number(head: BillHead) -> str:
    """The vendor's invoice number, else one of our own that says which bill it is."""
    return head.invoice_no or f"PFY-{head.bill_id}"


def build_bill(
    head: BillHead, lines: Sequence[BillLine], mapping: BillMapping, words: LedgerWords, policy: BillPolicy
) -> BillBuild:
    """The bill that the ledger is to hold, and what stands against it."""
    found = [*_head_findings(head, words, policy)]
    number = bill_number(head)
    rows: list[tuple[object, ...]] = []
    on_bill: dict[str, set[str]] = {}
    for place, line in enumerate(lines, 1):
        row, header, problems = _line(number, place, line, mapping, words, policy)
        rows.append(row)
        found += problems
        for name, value in header.items():
            on_bill.setdefault(name, set()).add(value)
    found += [_several(head, name, values) for name, values in on_bill.items() if len(values) > 1]
    frame = AP_LINES.conform(pd.DataFrame(rows, columns=AP_LINES.names))
    found += _sums(head, frame)
    day = head.invoice_date or head.posting_date
    bill = ApBill(
        bill_no=number,
        vendor_id=head.vendor_id or "",
        bill_date=day,
        posting_date=head.posting_date,
        due_date=head.due_date or day,
        currency=head.currency,
        order_no=head.order_no,
        description=policy.link,
        tax_solution=policy.tax_solution,
        custom_fields={name: next(iter(values)) for name, values in on_bill.items()},
        total_cents=head.total_cents,
    )
    return BillBuild(None if blocking(found) else bill, frame, found)


def _head_findings(head: BillHead, words: LedgerWords, policy: BillPolicy) -> list[Finding]:
    found = []
    if head.vendor_id is None or head.vendor_id not in words.vendors:
        why = f"Vendor {head.source_vendor_id} of bill {head.bill_id} stands for no vendor of the ledger."
        fix = "Give it the ledger's vendor id as external id in Procurify, or run the master data sync; then try again."
        found.append(finding("P20", head.source_vendor_id, why, fix))
    elif words.vendors[head.vendor_id]:
        why = f"Vendor {head.vendor_id} of bill {head.bill_id} is {words.vendors[head.vendor_id]} in the ledger."
        fix = "Have it released there, or choose another vendor on the bill."
        found.append(finding("P20", head.vendor_id, why, fix))
    if head.currency != policy.currency:
        why = f"Bill {head.bill_id} is in {head.currency}, the books are in {policy.currency}."
        found.append(finding("S52", head.bill_id, why, "Enter it in the ledger by hand."))
    if head.total_cents <= 0:
        why = f"Bill {head.bill_id} comes to {text_from_cents(head.total_cents)}: a credit is no bill."
        found.append(finding("S56", head.bill_id, why, "Enter it in the ledger as an adjustment of the vendor."))
    return found


def _line(
    number: str, place: int, line: BillLine, mapping: BillMapping, words: LedgerWords, policy: BillPolicy
) -> tuple[tuple[object, ...], dict[str, str], list[Finding]]:
    """A row of AP_LINES, the header fields that it speaks of, and what is wrong with it."""
    by_rule = mapping.target(BillRuleKind.ACCOUNT_CODE, line.account_code)
    account = by_rule or line.account_code
    found = _coding_findings(line, account, words)
    department, how = _department(line, mapping, words)
    if department is None and line.department:
        found.append(_no_department(line))
    location, problems = _location(line, words, policy)
    found += problems
    dimensions, on_line, on_bill, problems = _custom(line, mapping, words)
    found += problems
    coding = [f"account by rule {line.account_code} -> {account}" if by_rule else "account by its code"]
    coding += [f"department {how}"] if how else []
    coding += ["location by exact name"] if location else []
    detail, amount, tax = None, line.net_cents + line.tax_cents, 0
    if policy.tax_solution and line.tax_cents:
        detail, problems = _tax_detail(line, mapping, words)
        found += problems
        amount, tax = line.net_cents, line.tax_cents
        coding += [f"tax by rule {line.tax_name} -> {detail}"] if detail else []
    row = (
        *(number, place, line.item_id, account, amount, tax, detail, department, location),
        *(dimensions.get("project_id"), dimensions.get("class_id"), None),
        *(words.entities.get(location or ""), json.dumps(on_line, sort_keys=True), line.text[:MEMO_LENGTH_MAX]),
        "; ".join(coding),
    )
    return row, on_bill, found


def _coding_findings(line: BillLine, account: str, words: LedgerWords) -> list[Finding]:
    if not line.account_code or not line.department:
        what = "account code" if not line.account_code else "department"
        why = f"Line {line.item_id} ({text_from_cents(line.net_cents + line.tax_cents)}) has no {what}."
        return [finding("S53", line.item_id, why, "Code it in Procurify and have the bill approved again.")]
    if account in words.bank_accounts:
        why = f"Line {line.item_id} is on account {account}, which is associated with bank account "
        why += f"{words.bank_accounts[account]}; Intacct would refuse it with BL03002112."
        fix = f"Code the line with another account in Procurify, and unassign account code {account} there."
        return [finding("P23", account, why, fix)]
    return []


def _department(line: BillLine, mapping: BillMapping, words: LedgerWords) -> tuple[str | None, str]:
    """By rule, by the ledger's id, by exact name; and in words by which of them."""
    for name in (line.department_ref, line.department):
        by_rule = mapping.target(BillRuleKind.DEPARTMENT, name) if name else None
        if by_rule:
            return by_rule, f"by rule {name} -> {by_rule}"
    if line.department_ref in words.department_ids:
        return line.department_ref, "by external id"
    by_name = words.departments.get(line.department)
    return by_name, "by exact name" if by_name else ""


def _no_department(line: BillLine) -> Finding:
    why = f"Department {line.department!r} of line {line.item_id} stands for none of the ledger."
    fix = "Give it the ledger's department id as external id in Procurify, or add a rule of kind department."
    return finding("W04", line.department, why, fix)


def _location(line: BillLine, words: LedgerWords, policy: BillPolicy) -> tuple[str | None, list[Finding]]:
    """By exact name alone, as Procurify's own connector does; it must belong to the bill's entity."""
    if not line.location:
        return None, []
    ids = words.locations.get(line.location, ())
    if len(ids) != 1:
        return None, [no_location(line.location, words.locations)]
    entity = words.entities.get(ids[0], policy.entity_id)
    if entity != policy.entity_id:
        why = f"Location {line.location!r} of line {line.item_id} belongs to {entity}, the bill to {policy.entity_id}."
        fix = "Split the bill in Procurify by entity, or give that entity a connection of its own."
        return ids[0], [finding("P26", line.item_id, why, fix)]
    return ids[0], []


def no_location(name: str, locations: Mapping[str, Sequence[str]]) -> Finding:
    """P21: what is nearest is told, never used."""
    folded = " ".join(name.casefold().split())
    close = [one for one in locations if folded in " ".join(one.casefold().split()) or one.casefold() in folded]
    there = f" The ledger has {', '.join(repr(one) for one in sorted(close)[:3])}." if close else ""
    several = f" {len(locations[name])} locations have that name." if name in locations else there
    why = f"Location {name!r} has no exact namesake among the active locations of the ledger.{several}"
    return finding("P21", name, why, "Make both names equal, letter by letter, then refresh the locations.")


def _custom(
    line: BillLine, mapping: BillMapping, words: LedgerWords
) -> tuple[dict[str, str], dict[str, str], dict[str, str], list[Finding]]:
    """Dimensions, custom fields of the line, custom fields of the bill: what the mapped fields of a line say."""
    dimensions: dict[str, str] = {}
    on_line: dict[str, str] = {}
    on_bill: dict[str, str] = {}
    found: list[Finding] = []
    for name, value in sorted(line.custom_fields.items()):
        target = mapping.target(BillRuleKind.CUSTOM_FIELD, name)
        if target is None or not value:
            continue
        choices = words.values.get(target)
        matched = value if choices == {} else (choices or {}).get(value)
        bare = target.partition(".")[2]
        if matched is None:
            found.append(_no_value(line, name, value, target, known=choices is not None))
        elif bare in DIMENSION_FIELDS and target.startswith(ON_LINE):
            dimensions[DIMENSION_FIELDS[bare]] = matched
        else:
            (on_line if target.startswith(ON_LINE) else on_bill)[bare] = matched
    return dimensions, on_line, on_bill, found


def _no_value(line: BillLine, name: str, value: str, target: str, *, known: bool) -> Finding:
    if not known:
        why = f"Custom field {name!r} is mapped to {target}, which the ledger does not have."
        return finding("P29", target, why, "Correct the mapping: `connector ping` lists what can be chosen.")
    why = f"{value!r} in custom field {name!r} of line {line.item_id} has no exact match in {target} of the ledger."
    return finding("P22", name, why, "Make both values equal, letter by letter, then refresh the ledger's values.")


def _several(head: BillHead, name: str, values: set[str]) -> Finding:
    why = f"The lines of bill {head.bill_id} say {len(values)} different values for {name}, which a bill has but once."
    return finding("P22", name, why, "Give every line of the bill the same value, or map the field to line.")


def _tax_detail(line: BillLine, mapping: BillMapping, words: LedgerWords) -> tuple[str | None, list[Finding]]:
    detail = mapping.target(BillRuleKind.TAX, line.tax_name)
    if detail is not None and detail in words.tax_details:
        return detail, []
    why = f"Tax {line.tax_name!r} of line {line.item_id} stands for no active purchase tax detail of the ledger."
    fix = f"Add a rule with kind tax and source {line.tax_name} to the mapping and import it."
    return None, [finding("P25", line.tax_name, why, fix)]


def _sums(head: BillHead, frame: pd.DataFrame) -> list[Finding]:
    """The second way to the total: what the ledger's lines come to."""
    sum_cents = int(frame["amount_cents"].sum()) + int(frame["tax_cents"].sum())
    if sum_cents == head.total_cents:
        return []
    why = (
        f"Bill {head.bill_id} states {text_from_cents(head.total_cents)}, its lines make {text_from_cents(sum_cents)}."
    )
    return [finding("S50", head.bill_id, why, "Materialize it again; if it stays, compare it in Procurify.")]
