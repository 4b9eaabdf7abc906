"""What one approved expense report becomes in the books: one journal, where the connection does not wish otherwise.

    Dr cost (by category, at its dimensions)     Cr employee payable (reimbursable), card liability (company card)
    Dr recoverable tax (where a rule says so)    Dr/Cr due from and due to, where the cost lies in another entity

Each expense is its own cost line, what is owed one line an account. A negative expense is a credit of its cost. Where a
connection wishes, what is owed to the employee, or on the card, is a document of the subledger instead (`Claim`): it
has the cost lines, and the ledger books by itself what is owed. Nothing is posted without a rule and without
dimensions: a finding says what is missing, and all that is missing is said at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import pandas as pd

from connector_assets.accounting.documents import EXPENSE_TRACE, TAG_LEVELS, ExpenseKind
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal import Journal, JournalLine, State
from connector_assets.accounting.journal_build import journal_frame
from connector_assets.accounting.mapping import MappingRule, MappingTable
from connector_assets.accounting.money import text_from_cents

KIND = "expense_report"
DIMENSIONS = ("department_id", "location_id", "project_id", "class_id")
MEMO_LENGTH_MAX = 400
DUE_FROM, DUE_TO = "due_from", "due_to"

EntryDate = Literal["approved", "last_expense", "submitted"]
Target = Literal["journal", "expense_report", "bill"]
"""What an amount owed is in the ledger: a line of the journal, the employee's expense report, or a vendor's bill."""
Dimensions = Mapping[str, str | None]


@dataclass(frozen=True)
class Report:
    """A report's head, as EXPENSE_REPORTS has it."""

    report_id: str
    employee_id: str
    currency: str
    total_cents: int
    submitted_date: date | None
    approved_date: date


@dataclass(frozen=True)
class Expense:
    """An expense, as EXPENSE_LINES has it. `tags` are by level, from 1."""

    expense_id: str
    expense_date: date | None
    category: str
    amount_cents: int | None
    own_cents: int
    own_currency: str
    tax_cents: int
    tax_code: str
    is_reimbursable: bool
    is_billable: bool
    card: str
    merchant: str
    receipt_url: str
    tags: Mapping[int, str]


@dataclass(frozen=True)
class Places:
    """How an expense finds its dimensions: its tags first, then its employee's home, then the connection's default.

    `levels` says which dimension each tag level stands for: a column such as department_id, or the ledger's name of a
    dimension that the company defined for itself. `targets` says which value of it a tag is; `entities` has the legal
    entity of each location.
    """

    levels: Mapping[int, str]
    targets: Mapping[tuple[int, str], str]
    home: Dimensions
    defaults: Dimensions
    entities: Mapping[str, str]


@dataclass(frozen=True)
class ExpensePolicy:
    """How a connection wants its journals. `person` names the employee in the lines' texts; empty for nobody.

    `credit_location` is the location that balance sheet lines carry (in Intacct the entity's own id), or None.
    `reimbursable` and `company_card` say what becomes of each in the ledger.
    """

    entity_id: str
    journal_symbol: str
    currency: str
    due_from_account: str
    due_to_account: str
    entry_date: EntryDate = "approved"
    state: State = "Draft"
    credit_location: str | None = None
    person: str = ""
    links_receipts: bool = True
    revision: int = 1
    reimbursable: Target = "journal"
    company_card: Target = "journal"

    def target(self, owed_as: ExpenseKind) -> Target:
        """What becomes of it in the ledger."""
        return self.company_card if owed_as == ExpenseKind.COMPANY_CARD else self.reimbursable


@dataclass(frozen=True)
class Claim:
    """What a report asks for as a document of the subledger.

    `entry` has its head and its cost lines, debits positive. It does not balance: the ledger books what is owed.
    """

    owed_as: ExpenseKind
    target: Target
    entry: Journal

    @property
    def total_cents(self) -> int:
        """What is owed by it, in cents."""
        return sum(line.amount_cents for line in self.entry.lines)


@dataclass(frozen=True)
class ExpenseBuild:
    """What a report becomes, its frames and its findings.

    `journal` is None, and `claims` are empty, where there is nothing of the kind or something is missing. The frames
    JOURNAL_LINES and EXPENSE_TRACE hold the lines of all of them, told apart by their references.
    """

    journal: Journal | None
    claims: tuple[Claim, ...]
    lines: pd.DataFrame
    trace: pd.DataFrame
    findings: list[Finding]


@dataclass(frozen=True)
class _Part:
    owed_as: ExpenseKind
    expense_id: str
    part: str
    amount_cents: int
    rule_id: str | None
    account_no: str
    entity_id: str
    memo: str
    dimensions: Dimensions = field(default_factory=dict)


def reference_of(report_id: str, revision: int, owed_as: ExpenseKind | None = None) -> str:
    """A journal's identity in the ledger, `EX-{report}-{revision}`; a claim's, of which there is one, with E or C."""
    letters = {ExpenseKind.REIMBURSABLE: "E", ExpenseKind.COMPANY_CARD: "C"}
    return f"EX-{report_id}-{letters[owed_as] if owed_as else revision}"


def settled(report: Report, expenses: Sequence[Expense], currency: str) -> tuple[list[Expense], list[Finding]]:
    """The expenses as they add up to the report's total, and what stands against it.

    Each conversion may be a cent off: as many cents as there are converted expenses go to the largest of them.
    """
    unknown = [one for one in expenses if one.amount_cents is None]
    if unknown or report.currency != currency:
        subject = unknown[0].expense_id if unknown else report.report_id
        why = f"Report {report.report_id} is in {report.currency}, and expense {subject} is not converted into it."
        if not unknown:
            why = f"Report {report.report_id} is in {report.currency}, the books are in {currency}."
        return list(expenses), [finding("S32", subject, why, "Correct it in Expensify: currency and conversion.")]
    off_cents = report.total_cents - sum(one.amount_cents or 0 for one in expenses)
    converted = [one for one in expenses if one.own_currency not in ("", report.currency)]
    if not off_cents:
        return list(expenses), []
    sums = f"Report {report.report_id} states {text_from_cents(report.total_cents)}, its expenses differ by "
    sums += f"{text_from_cents(off_cents)}."
    if abs(off_cents) > len(converted):
        fix = "Materialize it again; if it stays, compare it in Expensify."
        return list(expenses), [finding("S30", report.report_id, sums, fix)]
    largest = max(converted, key=lambda one: (abs(one.amount_cents or 0), one.expense_id))
    rounded = replace(largest, amount_cents=(largest.amount_cents or 0) + off_cents)
    told = finding("S33", report.report_id, sums, "Nothing: the largest converted expense takes the rounding.")
    return [rounded if one is largest else one for one in expenses], [told]


def build_expense_journal(
    report: Report, expenses: Sequence[Expense], table: MappingTable, places: Places, policy: ExpensePolicy
) -> ExpenseBuild:
    """What a report becomes. All that is missing is found at once; with a blocking finding it becomes nothing."""
    exact, found = settled(report, expenses, policy.currency)
    on = _entry_date(report, exact, policy.entry_date)
    parts: list[_Part] = []
    for expense in exact:
        made, missing = _parts(expense, table, places, policy, on)
        parts += made
        found += missing
    documents = [_journal(report, parts, policy, on), *_claims(report, parts, policy, on)]
    trace = [row for one in documents for row in one.trace]
    frame = EXPENSE_TRACE.conform(pd.DataFrame(trace, columns=EXPENSE_TRACE.names))
    found += _totals(report, parts, documents)
    is_whole = not any(one.severity == "block" for one in found)
    whole = [one for one in documents if is_whole and one.journal.lines]
    return ExpenseBuild(
        next((one.journal for one in whole if one.owed_as is None), None),
        tuple(Claim(one.owed_as, policy.target(one.owed_as), one.journal) for one in whole if one.owed_as is not None),
        pd.concat([journal_frame(one.journal) for one in documents], ignore_index=True),
        frame,
        found,
    )


@dataclass(frozen=True)
class _Document:
    """Lines under one reference, and what each is made of (rows of EXPENSE_TRACE)."""

    owed_as: ExpenseKind | None
    journal: Journal
    trace: list[tuple[object, ...]]


def _journal(report: Report, parts: Sequence[_Part], policy: ExpensePolicy, on: date) -> _Document:
    own = [one for one in parts if policy.target(one.owed_as) == "journal"]
    return _document(report, [*own, *_between_entities(own, policy)], policy, on, None)


def _claims(report: Report, parts: Sequence[_Part], policy: ExpensePolicy, on: date) -> list[_Document]:
    """A document for each kind of debt that the connection wants in a subledger, where the report has some."""
    found = []
    for owed_as in _OWED:
        own = [one for one in parts if one.owed_as == owed_as and one.part in _COST]
        if own and policy.target(owed_as) != "journal":
            found.append(_document(report, own, policy, on, owed_as))
    return found


def _document(
    report: Report, parts: Sequence[_Part], policy: ExpensePolicy, on: date, owed_as: ExpenseKind | None
) -> _Document:
    reference = reference_of(report.report_id, policy.revision, owed_as)
    numbered = _numbered(parts)
    lines = tuple(line for line, _ in numbered if line.amount_cents)
    title = f"EX {on.isoformat()} {report.report_id} r{policy.revision}"[:30]
    trace: list[tuple[object, ...]] = [
        (reference, place if line.amount_cents else 0, one.expense_id, one.part, one.amount_cents, one.rule_id)
        for place, (line, ones) in enumerate(numbered, start=1)
        for one in ones
    ]
    journal = Journal(KIND, reference, policy.journal_symbol, on, title, policy.currency, policy.state, lines)
    return _Document(owed_as, journal, trace)


def _entry_date(report: Report, expenses: Sequence[Expense], rule: EntryDate) -> date:
    days = [one.expense_date for one in expenses if one.expense_date is not None]
    if rule == "last_expense" and days:
        return max(days)
    return report.submitted_date if rule == "submitted" and report.submitted_date else report.approved_date


def _parts(
    expense: Expense, table: MappingTable, places: Places, policy: ExpensePolicy, on: date
) -> tuple[list[_Part], list[Finding]]:
    """Cost, recoverable tax and what is owed of one expense; or what is missing to say so."""
    dimensions, found = _dimensions(expense, places)
    location = dimensions["location_id"] or ""
    entity = places.entities.get(location, policy.entity_id)
    values = {
        **{name: dimensions[name] or "" for name in DIMENSIONS},
        "entity_id": entity,
        "project_type": "billable" if expense.is_billable else "internal",
    }
    amount_cents, memo = expense.amount_cents or 0, _memo(expense, policy)
    tax = table.find(ExpenseKind.TAX, {**values, "code": expense.tax_code}, on) if expense.tax_cents else None
    tax_cents = expense.tax_cents if tax else 0
    owed_as, code = (
        (ExpenseKind.REIMBURSABLE, "") if expense.is_reimbursable else (ExpenseKind.COMPANY_CARD, expense.card)
    )
    cost = table.find(ExpenseKind.EXPENSE, {**values, "code": expense.category}, on)
    is_journal = policy.target(owed_as) == "journal"
    owed = table.find(owed_as, {**values, "code": code}, on) if is_journal else None
    if cost is None:
        found.append(_no_rule(ExpenseKind.EXPENSE, expense.category, expense.expense_id))
    if is_journal and owed is None:
        found.append(_no_rule(owed_as, code, expense.expense_id))
    if cost is None or (is_journal and owed is None):
        return [], found

    def part(kind: ExpenseKind, cents: int, rule: MappingRule, account: str) -> _Part:
        return _Part(owed_as, expense.expense_id, kind, cents, rule.rule_id, account, entity, memo, dimensions)

    made = [part(ExpenseKind.EXPENSE, amount_cents - tax_cents, cost, cost.debit_account)]
    if tax:
        made.append(part(ExpenseKind.TAX, tax_cents, tax, tax.debit_account))
    if owed:
        there = {"location_id": policy.credit_location}
        rule, account, home = owed.rule_id, owed.credit_account, policy.entity_id
        words = _OWED[owed_as]
        made.append(_Part(owed_as, expense.expense_id, owed_as, -amount_cents, rule, account, home, words, there))
    return made, found


_COST = (ExpenseKind.EXPENSE, ExpenseKind.TAX)
_OWED = {ExpenseKind.REIMBURSABLE: "Owed to the employee", ExpenseKind.COMPANY_CARD: "Owed on the company card"}


def _dimensions(expense: Expense, places: Places) -> tuple[dict[str, str | None], list[Finding]]:
    tagged: dict[str, str] = {}
    found: list[Finding] = []
    for level in sorted(expense.tags):
        if level not in places.levels:
            continue
        target = places.targets.get((level, expense.tags[level]))
        if target is None:
            found.append(_no_value(expense, level, places.levels[level]))
        else:
            tagged[places.levels[level]] = target
    chosen = {name: tagged.get(name) or places.home.get(name) or places.defaults.get(name) for name in DIMENSIONS}
    chosen |= {name: value for name, value in tagged.items() if name not in DIMENSIONS}
    if not chosen["location_id"]:
        why = f"Expense {expense.expense_id} has no location: neither a tag nor its employee says one."
        fix = "Give the employee a location in Intacct, or set defaults.location in the connection file."
        found.append(finding("W04", expense.expense_id, why, fix))
    return chosen, found


def _no_value(expense: Expense, level: int, dimension: str) -> Finding:
    what = dimension.removesuffix("_id")
    return finding(
        "W04",
        expense.expense_id,
        f"Tag {expense.tags[level]!r} (level {level}) of expense {expense.expense_id} stands for no {what}.",
        f"Give the tag the {what}'s id as its GL code in Expensify, then refresh the tags and the alignment.",
    )


def _no_rule(kind: ExpenseKind, code: str, expense_id: str) -> Finding:
    what = f"{kind} {code!r}" if code else str(kind)
    return finding(
        "X01",
        code or str(kind),
        f"No mapping rule gives {what} an account; it is on expense {expense_id}.",
        f"Add a rule with kind {kind}{f' and code {code}' if code else ''} to the mapping and import it.",
    )


def _memo(expense: Expense, policy: ExpensePolicy) -> str:
    spent = ""
    if expense.own_currency not in ("", policy.currency):
        spent = f"{text_from_cents(expense.own_cents)} {expense.own_currency}"
    day = expense.expense_date.isoformat() if expense.expense_date else ""
    link = expense.receipt_url if policy.links_receipts else ""
    texts = (expense.merchant, expense.category, day, spent, policy.person, expense.card, link)
    return ", ".join(text for text in texts if text)[:MEMO_LENGTH_MAX]


def _between_entities(parts: Sequence[_Part], policy: ExpensePolicy) -> list[_Part]:
    """What another entity owes for its cost, on its books and on those of the connection's entity."""
    made = []
    for one in parts:
        if one.entity_id == policy.entity_id or not one.amount_cents:
            continue
        there = {"location_id": one.entity_id if policy.credit_location else None}
        here = {"location_id": policy.credit_location}
        side, own, cents, home = one.owed_as, one.expense_id, one.amount_cents, policy.entity_id
        made += [
            _Part(side, own, DUE_TO, -cents, None, policy.due_to_account, one.entity_id, f"Due to {home}", there),
            _Part(side, own, DUE_FROM, cents, None, policy.due_from_account, home, f"Due from {one.entity_id}", here),
        ]
    return made


def _numbered(parts: Sequence[_Part]) -> list[tuple[JournalLine, list[_Part]]]:
    """Journal lines with what they are made of, those of nothing last: costs one by one, what is owed added up."""
    groups: dict[tuple[object, ...], list[_Part]] = {}
    for one in parts:
        is_cost = one.part in _COST
        key = (one.part, one.account_no, one.entity_id, one.memo, one.expense_id if is_cost else "")
        groups.setdefault(key, []).append(one)
    lines = [(_line(ones), ones) for ones in groups.values()]
    return sorted(lines, key=lambda pair: not pair[0].amount_cents)


def _line(ones: Sequence[_Part]) -> JournalLine:
    first = ones[0]
    department, location, project, class_id = (first.dimensions.get(name) for name in DIMENSIONS)
    amount_cents = sum(one.amount_cents for one in ones)
    custom = tuple((name, value) for name, value in first.dimensions.items() if name not in DIMENSIONS and value)
    return JournalLine(
        first.account_no,
        amount_cents,
        department,
        location,
        project,
        class_id,
        None,
        first.entity_id,
        first.memo,
        custom,
    )


def _totals(report: Report, parts: Sequence[_Part], documents: Sequence[_Document]) -> list[Finding]:
    """A02: cost and tax are the report's total, and so is what is owed; S35: a claim that comes to less than nothing.

    What the journal owes is counted in the parts, apart from its lines; what a claim owes is what its lines come to.
    """
    claimed = {
        one.journal.reference: sum(line.amount_cents for line in one.journal.lines)
        for one in documents
        if one.owed_as is not None
    }
    sides = {
        "cost": sum(one.amount_cents for one in parts if one.part in _COST),
        "owed": sum(claimed.values()) - sum(one.amount_cents for one in parts if one.part in _OWED),
    }
    return [
        *(_differs(report, name, cents) for name, cents in sides.items() if cents != report.total_cents),
        *(_below_nothing(reference, cents) for reference, cents in claimed.items() if cents < 0),
    ]


def _differs(report: Report, name: str, cents: int) -> Finding:
    why = f"Report {report.report_id} comes to {text_from_cents(report.total_cents)}, its {name} to "
    fix = "Clear the findings before this one; it follows from them."
    return finding("A02", report.report_id, f"{why}{text_from_cents(cents)}.", fix)


def _below_nothing(reference: str, cents: int) -> Finding:
    why = f"{reference} comes to {text_from_cents(cents)}: the ledger takes no such document of less than nothing."
    return finding("S35", reference, why, "Have the credit set off in Expensify, or post such reports as journals.")


def report_of(row: Mapping[str, object]) -> Report:
    """A row of EXPENSE_REPORTS."""
    approved, submitted = row["approved_date"], row["submitted_date"]
    assert isinstance(approved, date)  # noqa: S101 - the reader refuses a report that is not approved
    return Report(
        str(row["report_id"]),
        str(row["employee_id"]) if isinstance(row["employee_id"], str) else "",
        str(row["currency"]),
        int(str(row["total_cents"])),
        submitted if isinstance(submitted, date) else None,
        approved,
    )


def expense_of(row: Mapping[str, object]) -> Expense:
    """A row of EXPENSE_LINES."""
    tags = {level: str(tag) for level in range(1, TAG_LEVELS + 1) if isinstance(tag := row[f"tag_{level}"], str)}
    spent_on, amount = row["expense_date"], row["amount_cents"]
    return Expense(
        expense_id=str(row["expense_id"]),
        expense_date=spent_on if isinstance(spent_on, date) else None,
        category=str(row["category"]),
        amount_cents=None if pd.isna(amount) else int(str(amount)),  # type: ignore[call-overload]  # a cell
        own_cents=int(str(row["own_cents"])),
        own_currency=str(row["own_currency"]),
        tax_cents=int(str(row["tax_cents"])),
        tax_code=str(row["tax_code"]),
        is_reimbursable=bool(row["is_reimbursable"]),
        is_billable=bool(row["is_billable"]),
        card=str(row["card"]),
        merchant=str(row["merchant"]),
        receipt_url=str(row["receipt_url"]),
        tags=tags,
    )
