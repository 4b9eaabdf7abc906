"""What the purchasing system's words stand for in the ledger, where they are not the ledger's own: a small CSV.

    kind,source,target,note
    account_code,6700-OLD,6700,           an account code that the ledger calls otherwise
    department,Technology & Data,210,     a department by its name or external id
    tax,Sales 8.875%,NY Sales Tax,        a tax detail, where a prebuilt tax solution is in use
    custom_field,Project,line.PROJECTID,  a field of the bill (bill.…) or of its lines (line.…)
    bank_account,1010,BANK-1,             the bank account that pays, by its general ledger account
    payment_method,wire,EFT,              the ledger's word for a way to pay

Locations have no rule: they go by their exact name. Each version is kept with author and reason.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from connector_assets.accounting.errors import AccountingError

COLUMNS = ("kind", "source", "target", "note")
PROBLEMS_MAX = 20


class BillRuleKind(StrEnum):
    """What a rule translates."""

    ACCOUNT_CODE = "account_code"
    DEPARTMENT = "department"
    TAX = "tax"
    CUSTOM_FIELD = "custom_field"
    BANK_ACCOUNT = "bank_account"
    PAYMENT_METHOD = "payment_method"


@dataclass(frozen=True)
class BillRule:
    """One rule: the source's word and the ledger's."""

    kind: BillRuleKind
    source: str
    target: str
    note: str = ""


@dataclass(frozen=True)
class BillMapping:
    """The rules of one version."""

    rules: tuple[BillRule, ...] = ()

    def __len__(self) -> int:
        """How many rules there are."""
        return len(self.rules)

    @cached_property
    def _targets(self) -> Mapping[tuple[str, str], str]:
        return {(rule.kind, rule.source): rule.target for rule in self.rules}

    def target(self, kind: BillRuleKind, source: str) -> str | None:
        """What a word of the source stands for, or None."""
        return self._targets.get((kind, source))

    def of(self, kind: BillRuleKind) -> list[BillRule]:
        """The rules of one kind."""
        return [rule for rule in self.rules if rule.kind == kind]


def bill_rules_from_csv(text: str) -> BillMapping:
    """The mapping that a CSV describes. Raises AccountingError naming every line and column that is wrong."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    header = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS[:3] if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown:
        named = ", ".join(missing or unknown)
        problem = f"Line 1: {'missing' if missing else 'unknown'} column {named}."
        raise AccountingError(problem, fix=f"The columns are {', '.join(COLUMNS)}.")
    rules: dict[tuple[str, str], BillRule] = {}
    problems: list[str] = []
    for row in reader:
        values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
        found = list(_problems(values, rules))
        problems += [f"Line {reader.line_num}, {told}" for told in found]
        if not found:
            rules[values["kind"], values["source"]] = BillRule(
                BillRuleKind(values["kind"]), values["source"], values["target"], values["note"]
            )
    if problems:
        more = f" And {len(problems) - PROBLEMS_MAX} more." if len(problems) > PROBLEMS_MAX else ""
        raise AccountingError(" ".join(problems[:PROBLEMS_MAX]) + more, fix="Correct these places and import it again.")
    return BillMapping(tuple(rules.values()))


def _problems(values: Mapping[str, str], known: Mapping[tuple[str, str], BillRule]) -> Iterator[str]:
    kinds = [kind.value for kind in BillRuleKind]
    if values["kind"] not in kinds:
        yield f"column kind: {values['kind']!r} is none of {', '.join(kinds)}."
    for name in ("source", "target"):
        if not values[name]:
            yield f"column {name}: it is empty."
    if values["kind"] == BillRuleKind.CUSTOM_FIELD and not values["target"].startswith(("bill.", "line.")):
        yield f"column target: {values['target']!r} begins neither with bill. nor with line."
    if (values["kind"], values["source"]) in known:
        yield f"column source: {values['source']!r} has a rule already."
