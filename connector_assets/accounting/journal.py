"""The journal: a balanced document that a ledger can take, its canonical form and its digest.

This module is free of pandas, so that a ledger client can import it at no cost; `journal_build` makes journals.

A line may carry values of dimensions that a company defined for itself (`JournalLine.custom_dimensions`): pairs of the
name that the ledger gives the dimension (Intacct: `GLDIMGRANT`) and the value's id there (Intacct: a whole number).
They are part of the books and of the digest; a journal without any has the digest and the payload it always had.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal

from connector_assets.accounting.errors import AccountingError

State = Literal["Posted", "Draft"]
EntryDateRule = Literal["check_date", "period_end", "debit_date", "split"]


@dataclass(frozen=True)
class JournalLine:
    """One line: `amount_cents` is a debit when positive, a credit when negative; a dimension of None is not sent.

    `custom_dimensions` are (name, value id) pairs, in any order, each name once.
    """

    account_no: str
    amount_cents: int
    department_id: str | None
    location_id: str | None
    project_id: str | None
    class_id: str | None
    employee_id: str | None
    entity_id: str
    memo: str
    custom_dimensions: tuple[tuple[str, str], ...] = ()

    @property
    def custom_text(self) -> str:
        """The custom dimensions as frames hold them, see `custom_text`; empty without any."""
        return custom_text(self.custom_dimensions)

    def booked_as(self) -> tuple[str, int, *tuple[str, ...]]:
        """What the ledger's books hold of this line: account, amount and dimensions (an absent one is empty).

        Custom dimensions follow as `NAME=value` in the order of their names.
        """
        dimensions = (self.department_id, self.location_id, self.project_id, self.class_id, self.employee_id)
        custom = self.custom_text.split(",") if self.custom_dimensions else ()
        texts: tuple[str, ...] = (*(text or "" for text in dimensions), *custom)
        return (self.account_no, self.amount_cents, *texts)

    def plain(self) -> dict[str, Any]:
        """The line as JSON can hold it; custom dimensions only where it has some."""
        body = asdict(self)
        return body if self.custom_dimensions else {name: body[name] for name in body if name != "custom_dimensions"}


@dataclass(frozen=True)
class Journal:
    """A journal entry for one ledger journal on one date. `kind` is labor, void, accrual or reversal.

    `mapping_version` is the number of the mapping that was in force when it was made, empty where none is known.
    """

    kind: str
    reference: str
    journal_symbol: str
    entry_date: date
    title: str
    currency: str
    state: State
    lines: tuple[JournalLine, ...]
    mapping_version: str = ""

    def digest(self) -> str:
        """SHA-256 (hex) of the books' content: symbol, date, currency and the sorted lines.

        Memo, title, state and a line's entity stay out: a ledger may alter the first three, and derives the last. So
        does the mapping's version, which no ledger holds.
        """
        content = {
            "currency": self.currency,
            "entry_date": self.entry_date.isoformat(),
            "journal_symbol": self.journal_symbol,
            "lines": sorted(line.booked_as() for line in self.lines),
        }
        return hashlib.sha256(_canonical_json(content).encode()).hexdigest()

    def payload(self) -> str:
        """The whole journal as canonical JSON; `journal_from_payload` reads it back."""
        head = {field.name: getattr(self, field.name) for field in fields(self)}
        if not self.mapping_version:
            del head["mapping_version"]
        lines = [line.plain() for line in self.lines]
        return _canonical_json(head | {"entry_date": self.entry_date.isoformat(), "lines": lines})

    def debit_cents(self) -> int:
        """The sum of the debits, in cents."""
        return sum(line.amount_cents for line in self.lines if line.amount_cents > 0)

    def credit_cents(self) -> int:
        """The sum of the credits, in cents, as a positive number."""
        return -sum(line.amount_cents for line in self.lines if line.amount_cents < 0)

    def unbalanced_entities(self) -> dict[str, int]:
        """The legal entities that do not balance, with debits minus credits in cents; empty when all is well."""
        totals: dict[str, int] = {}
        for line in self.lines:
            totals[line.entity_id] = totals.get(line.entity_id, 0) + line.amount_cents
        return {entity: total for entity, total in sorted(totals.items()) if total}


def journal_from_payload(text: str) -> Journal:
    """The journal that `payload()` wrote. Raises AccountingError when the text is not such a payload."""
    try:
        body: dict[str, Any] = json.loads(text)
        lines = tuple(_line_from_plain(line) for line in body.pop("lines"))
        return Journal(**body | {"entry_date": date.fromisoformat(body["entry_date"])}, lines=lines)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise AccountingError(
            "A stored journal payload cannot be read.", fix="It was altered or cut off: verify the audit trail."
        ) from None


def _line_from_plain(plain: dict[str, Any]) -> JournalLine:
    custom = tuple((name, value) for name, value in plain.pop("custom_dimensions", ()))
    return JournalLine(**plain, custom_dimensions=custom)


def custom_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Custom dimensions as one text, `NAME=value` in the order of their names, by comma: how a frame holds them."""
    return ",".join(f"{name}={value}" for name, value in sorted(pairs))


def custom_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """The (name, value id) pairs of what `custom_text` wrote."""
    return tuple((name, value) for name, _, value in (one.partition("=") for one in text.split(",") if one))


def _canonical_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


@dataclass(frozen=True)
class JournalPolicy:
    """How a connection wants its journals.

    `employing_entity_id` owns the liabilities. `credit_location` is the location that balance sheet lines of the
    employing entity carry (in Intacct the entity's own id); with it, lines that settle another entity's cost carry that
    entity's id as location. None leaves them without location. `revision` counts from 1; `debit_days_before`
    working days before the check date the provider draws the cash, `holidays` left out. A journal of more than
    `lines_max` lines is cut into parts of whole checks; 0 cuts none. `mapping_version` is kept with each journal.
    """

    employing_entity_id: str
    journal_symbol: str
    due_from_account: str
    due_to_account: str
    entry_date: EntryDateRule = "check_date"
    credit_location: str | None = None
    state: State = "Draft"
    revision: int = 1
    currency: str = "USD"
    debit_days_before: int = 1
    holidays: frozenset[date] = frozenset()
    lines_max: int = 0
    mapping_version: str = ""
