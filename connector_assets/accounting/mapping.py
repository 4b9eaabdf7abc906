"""Mapping rules: which accounts a pay line is posted to, and how an employer cost follows the wages.

A rule states a kind of line and, where it matters, code, department, location, entity, worker type, work state and
project type; `*` means any. The most specific rule wins: more stated fields first, then the order of FIELD_PRIORITY.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property

import pandas as pd

from connector_assets.accounting.documents import ExpenseKind
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.frames import take_text, unique_keys
from connector_assets.accounting.money import decimal_e4_from_text
from connector_assets.accounting.register import LineKind

ANY = "*"
BURDEN_MODES = ("wages", "hours", "home")
POOL = "pool:"
STANDARD = "standard:"
CONDITION_FIELDS = (
    "code",
    "department_id",
    "location_id",
    "entity_id",
    "worker_type",
    "work_state",
    "project_type",
)
FIELD_PRIORITY = (
    "code",
    "project_type",
    "department_id",
    "location_id",
    "worker_type",
    "work_state",
    "entity_id",
)
DEBIT_KINDS = (LineKind.WAGE, LineKind.REIMBURSEMENT, LineKind.ADVANCE, ExpenseKind.EXPENSE, ExpenseKind.TAX)
CREDIT_KINDS = (
    *(LineKind.EMPLOYEE_TAX, LineKind.EMPLOYEE_DEDUCTION, LineKind.NET_PAY),
    *(ExpenseKind.REIMBURSABLE, ExpenseKind.COMPANY_CARD),
)
BOTH_KINDS = (LineKind.EMPLOYER_TAX, LineKind.EMPLOYER_BENEFIT, LineKind.IMPUTED, LineKind.MEMO)
MAPPED_KINDS = (*DEBIT_KINDS, *CREDIT_KINDS, *BOTH_KINDS)
# On these a burden mode says that the account is a cost account; without one it is a balance sheet account.
OPTIONAL_BURDEN_KINDS = (LineKind.REIMBURSEMENT, LineKind.ADVANCE, LineKind.EMPLOYEE_DEDUCTION)
RULE_FIELDS = ("kind", *CONDITION_FIELDS, "debit_account", "credit_account", "burden", "effective_from", "note")
PROBLEMS_MAX = 20
# 970000076689381 in a column that is not formatted as text is saved by a spreadsheet as 9.70E+14: the id is lost.
_STANDARD = re.compile(r"standard:(?P<percent>\d{1,3}(?:\.\d{1,4})?):(?P<account>[^:\s]+)")
_MANGLED = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")


@dataclass(frozen=True)
class MappingRule:
    """One rule. Wage, reimbursement and advance use the debit account; employee tax, deduction and net pay the credit
    account; employer taxes and benefits both, and so do imputed and memo lines, which without a rule are not posted.

    `burden` says how a cost without a cost center of its own spreads: by the check's wages, its hours, to the home cost
    center, or to one department that pools it (`pool:510`); `standard:9.65:6190` charges projects 9.65 percent of their
    wages and leaves the difference to what their share cost on account 6190. On a reimbursement, advance or deduction
    it is empty for a balance sheet account, which carries no cost center. `effective_from` of None means always.
    """

    kind: str
    code: str
    department_id: str
    location_id: str
    entity_id: str
    worker_type: str
    work_state: str
    project_type: str
    debit_account: str
    credit_account: str
    burden: str
    effective_from: date | None
    note: str

    @cached_property
    def rule_id(self) -> str:
        """A short digest of everything but the note: the same rule has the same id in every version."""
        content = [str(getattr(self, field.name) or "") for field in fields(self) if field.name != "note"]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]

    @cached_property
    def specificity(self) -> tuple[int, ...]:
        """How specific the rule is, to be compared: the number of stated fields, then which, by FIELD_PRIORITY."""
        stated = [int(getattr(self, name) != ANY) for name in FIELD_PRIORITY]
        return (sum(stated), *stated)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The kind and the values that a line must have, in the order of CONDITION_FIELDS."""
        return (self.kind, *(getattr(self, name) for name in CONDITION_FIELDS))

    def matches(self, values: Sequence[str]) -> bool:
        """Whether a line with these values (in the order of CONDITION_FIELDS) is meant; its kind is not looked at."""
        return all(wanted in (ANY, value) for wanted, value in zip(self.conditions[1:], values, strict=True))


def problem_of(rule: MappingRule) -> tuple[str, str] | None:
    """The first field of a rule that cannot stand, and why with the fix; None when the rule is sound."""
    if rule.kind not in MAPPED_KINDS:
        return "kind", f"{rule.kind!r} is not a kind of line; use one of {', '.join(MAPPED_KINDS)}"
    for name, kinds in (("debit_account", DEBIT_KINDS + BOTH_KINDS), ("credit_account", CREDIT_KINDS + BOTH_KINDS)):
        if rule.kind in kinds and not getattr(rule, name):
            return name, f"it is empty; a rule of kind {rule.kind} needs this account"
        if rule.kind not in kinds and getattr(rule, name):
            return name, f"{getattr(rule, name)!r} is never used by a rule of kind {rule.kind}; leave it empty"
    return _problem_of_burden(rule)


def _problem_of_burden(rule: MappingRule) -> tuple[str, str] | None:
    spreads = rule.kind in BOTH_KINDS
    if rule.burden and not spreads and rule.kind not in OPTIONAL_BURDEN_KINDS:
        return "burden", f"{rule.burden!r} does not apply to kind {rule.kind}; leave it empty"
    if rule.burden.startswith(STANDARD):
        return _problem_of_standard(rule)
    if (rule.burden or spreads) and rule.burden not in BURDEN_MODES and not pool_of(rule.burden):
        known = f"{', '.join(BURDEN_MODES)}, nor a pool such as {POOL}510, nor a rate such as {STANDARD}9.65:6190"
        return "burden", f"{rule.burden!r} is not one of {known}"
    return None


@dataclass(frozen=True)
class StandardRate:
    """A rate in millionths of the wages, and the account that takes the difference to the actual cost."""

    rate_e6: int
    pool_account: str


def standard_rate(burden: str) -> StandardRate | None:
    """The standard rate of a burden mode such as `standard:9.65:6190` (percent, account); None for every other text."""
    found = _STANDARD.fullmatch(burden)
    if found is None or not (rate_e6 := decimal_e4_from_text(found["percent"], "burden")):
        return None
    return StandardRate(rate_e6, found["account"])


def _problem_of_standard(rule: MappingRule) -> tuple[str, str] | None:
    if rule.kind not in (LineKind.EMPLOYER_TAX, LineKind.EMPLOYER_BENEFIT):
        return "burden", f"{rule.burden!r} is for employer taxes and benefits; leave it out for kind {rule.kind}"
    if standard_rate(rule.burden) is None:
        why = "percent (0.0001 to 999.9999) and pool account, such as standard:9.65:6190"
        return "burden", f"{rule.burden!r} is no standard rate: write {why}"
    return None


def pool_of(burden: str) -> str:
    """The department that a burden mode pools a cost in; empty for every other mode."""
    return burden.removeprefix(POOL).strip() if burden.startswith(POOL) else ""


def ambiguities(rules: Sequence[MappingRule]) -> list[tuple[int, int]]:
    """Pairs of rule places (earlier, later) that state the same conditions from the same day: neither could win."""
    seen: dict[tuple[object, ...], int] = {}
    pairs = []
    for place, rule in enumerate(rules):
        first = seen.setdefault((*rule.conditions, rule.effective_from), place)
        if first != place:
            pairs.append((first, place))
    return pairs


@dataclass(frozen=True)
class MappingTable:
    """A version of the mapping. Raises AccountingError when a rule cannot stand or two rules are equal."""

    rules: tuple[MappingRule, ...]
    version: str

    def __post_init__(self) -> None:
        for place, rule in enumerate(self.rules, start=1):
            if problem := problem_of(rule):
                raise AccountingError(f"Rule {place}, {problem[0]}: {problem[1]}.", fix="Correct that field.")
        for first, second in ambiguities(self.rules):
            raise AccountingError(
                f"Rules {first + 1} and {second + 1} state the same conditions from the same day.",
                fix="Remove one, or give it another effective_from.",
            )

    @cached_property
    def _by_kind_and_code(self) -> dict[tuple[str, str], list[MappingRule]]:
        index: dict[tuple[str, str], list[MappingRule]] = {}
        for rule in self.rules:
            index.setdefault((rule.kind, rule.code), []).append(rule)
        return index

    def find(self, kind: str, values: Mapping[str, str], on: date) -> MappingRule | None:
        """The rule for a line of `kind` with these `values` (of CONDITION_FIELDS; an absent one is empty) on a day."""
        wanted = [values.get(name, "") for name in CONDITION_FIELDS]
        rules = self._by_kind_and_code
        candidates = [*rules.get((kind, wanted[0]), ()), *rules.get((kind, ANY), ())]
        matching = [rule for rule in candidates if _in_force(rule, on) and rule.matches(wanted)]
        return max(matching, key=lambda rule: (rule.specificity, rule.effective_from or date.min), default=None)

    def apply(self, lines: pd.DataFrame, on: date) -> pd.DataFrame:
        """`lines` with debit_account, credit_account, burden and rule_id; missing where no rule applies.

        `lines` has the columns kind and CONDITION_FIELDS. Each distinct combination is looked up once. `on` decides
        which rules are in force.
        """
        codes, keys = unique_keys(lines, ["kind", *CONDITION_FIELDS])
        found = [self.find(key["kind"], key, on) for key in keys]
        return lines.reset_index(drop=True).assign(
            debit_account=take_text([rule.debit_account or None if rule else None for rule in found], codes),
            credit_account=take_text([rule.credit_account or None if rule else None for rule in found], codes),
            burden=take_text([rule.burden if rule else None for rule in found], codes),
            rule_id=take_text([rule.rule_id if rule else None for rule in found], codes),
        )


def _in_force(rule: MappingRule, on: date) -> bool:
    return rule.effective_from is None or rule.effective_from <= on


def rules_from_csv(text: str) -> tuple[MappingRule, ...]:
    """The rules of a CSV text as a spreadsheet writes it: a header row with the field names, then one rule a row.

    Columns may stand in any order and be left out; an empty condition means any. Comma, semicolon and tab are
    understood, and so is a byte order mark. Raises AccountingError that names line, column, value and fix of every
    problem (twenty at most).
    """
    rows = _csv_rows(text.removeprefix("\ufeff"))
    _, header = rows[0] if rows else ("line 1", [])
    _check_header(header)
    records, places = [], []
    for place, cells in rows[1:]:
        if len(cells) > len(header):
            raise AccountingError(
                f"Mapping, {place}: it has {len(cells)} cells, the header {len(header)}.",
                fix="Put quotes around a cell that holds the separator.",
            )
        if any(cells):
            records.append(dict(zip(header, cells, strict=False)))
            places.append(place)
    return _rules(records, places)


def _csv_rows(text: str) -> list[tuple[str, list[str]]]:
    """Each row's place and trimmed cells; the separator is whichever the first line holds most of."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(f"line {reader.line_num}", [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise AccountingError(
            f"Mapping, line {reader.line_num}: it is not CSV ({error}).", fix="Save the sheet as CSV UTF-8 again."
        ) from None


def rules_from_records(records: Sequence[Mapping[str, object]]) -> tuple[MappingRule, ...]:
    """The rules of records with the field names as keys (a parsed YAML list). Raises like `rules_from_csv`, by rule."""
    for place, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            raise AccountingError(f"Mapping, rule {place}: it has no fields.", fix="Write `kind:`, `code:` and so on.")
        _check_header([str(name) for name in record], f", rule {place}")
    return _rules(records, [f"rule {place}" for place in range(1, len(records) + 1)])


def rules_to_records(rules: Iterable[MappingRule]) -> list[dict[str, str]]:
    """The rules as records of text; `any` is empty. `rules_from_records` reads them back."""
    return [
        {
            name: "" if (value := getattr(rule, name)) in (ANY, None) else str(value)  # a date reads YYYY-MM-DD
            for name in RULE_FIELDS
        }
        for rule in rules
    ]


def rules_to_csv(rules: Iterable[MappingRule]) -> str:
    """The rules as CSV for a spreadsheet; `rules_from_csv` reads it back."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, RULE_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rules_to_records(rules))
    return out.getvalue()


def _check_header(names: Sequence[str], where: str = ", line 1") -> None:
    known = f"The columns are {', '.join(RULE_FIELDS)}."
    for name in names:
        if name not in RULE_FIELDS or names.count(name) > 1:
            problem = "twice" if name in RULE_FIELDS else "unknown"
            raise AccountingError(f"Mapping{where}: column {name!r} is {problem}.", fix=known)
    if "kind" not in names:
        raise AccountingError(f"Mapping{where}: the column kind is missing.", fix=known)


def _rules(records: Sequence[Mapping[str, object]], places: Sequence[str]) -> tuple[MappingRule, ...]:
    rules: list[MappingRule] = []
    problems: list[str] = []
    for record, place in zip(records, places, strict=True):
        values = {name: _cell(record.get(name)) for name in RULE_FIELDS}
        rule, problem = _rule(values)
        if problem:
            problems.append(f"{place}, column {problem[0]}: {problem[1]}")
        rules.append(rule)
    problems += [
        f"{places[second]}: it states the same conditions from the same day as {places[first]}; remove one of them"
        for first, second in ambiguities(rules)
    ]
    if problems:
        more = f" (and {len(problems) - PROBLEMS_MAX} more)" if len(problems) > PROBLEMS_MAX else ""
        raise AccountingError(
            f"Mapping, {'; '.join(problems[:PROBLEMS_MAX])}{more}.",
            fix="Correct these cells and import the mapping again.",
        )
    return tuple(rules)


def _cell(value: object) -> str:
    return "" if value is None else str(value).strip()


def _rule(values: dict[str, str]) -> tuple[MappingRule, tuple[str, str] | None]:
    """The rule that these cells make, and what is wrong with it, if anything."""
    problem = next(((name, _mangled(value)) for name, value in values.items() if _MANGLED.fullmatch(value)), None)
    conditions = {name: values[name] or ANY for name in CONDITION_FIELDS}
    burden = values["burden"] or (BURDEN_MODES[0] if values["kind"] in BOTH_KINDS else "")
    try:
        effective_from = date.fromisoformat(values["effective_from"]) if values["effective_from"] else None
    except ValueError:
        effective_from = None
        problem = problem or ("effective_from", f"{values['effective_from']!r} is not a date; write it as 2026-04-10")
    typed = {"burden": burden, "effective_from": effective_from}
    rule = MappingRule(**{**values, **conditions, **typed})  # type: ignore[arg-type]  # the fields are those of RULE_FIELDS
    return rule, problem or problem_of(rule)


def _mangled(value: str) -> str:
    return f"{value!r} is a number that the spreadsheet has shortened; format the column as text and enter the id again"
