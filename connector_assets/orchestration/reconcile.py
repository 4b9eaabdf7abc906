"""A journal against what Intacct holds of it: line by line and in total, to the cent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal import Journal, JournalLine, custom_text
from connector_assets.accounting.money import text_from_cents
from connector_assets.orchestration.ledger_frames import RECONCILIATION
from connector_assets.vendors.intacct.models import PostedJournal, PostedLine

KEY = ["account_no", "department_id", "location_id", "project_id", "class_id", "employee_id"]


@dataclass(frozen=True)
class Comparison:
    """The frame RECONCILIATION of one journal, what differs, and both sides' control totals in cents."""

    frame: pd.DataFrame
    findings: list[Finding]
    totals: dict[str, int]


def compare(journal: Journal, posted: Sequence[PostedJournal]) -> Comparison:
    """Compare a journal with the journals that Intacct holds under its reference: exactly one, equal in every line."""
    found = [] if len(posted) == 1 else [_not_one(journal, posted)]
    lines = [line for one in posted for line in one.lines]
    wanted, held = _sums(journal.lines), _sums(lines)
    rows = [
        (
            journal.reference,
            *(part or None for part in key),
            wanted.get(key, 0),
            held.get(key, 0),
            held.get(key, 0) - wanted.get(key, 0),
        )
        for key in sorted(wanted.keys() | held.keys())
    ]
    frame = RECONCILIATION.conform(pd.DataFrame(rows, columns=RECONCILIATION.names))
    found += [_differs(journal, row) for row in rows if row[-1]]
    found += [
        _header_differs(journal, name, ours, theirs)
        for one in posted
        for name, ours, theirs in (
            ("date", journal.entry_date, one.entry_date),
            ("journal", journal.journal_symbol, one.journal_symbol),
        )
        if ours != theirs
    ]
    totals = {
        "journal_debit_cents": journal.debit_cents(),
        "journal_credit_cents": journal.credit_cents(),
        "ledger_debit_cents": sum(one.debit_cents() for one in posted),
        "ledger_credit_cents": sum(one.credit_cents() for one in posted),
    }
    return Comparison(frame, found, totals)


def _sums(lines: Iterable[JournalLine | PostedLine]) -> dict[tuple[str, ...], int]:
    sums: dict[tuple[str, ...], int] = {}
    for line in lines:
        key = (*(getattr(line, name) or "" for name in KEY), custom_text(line.custom_dimensions))
        sums[key] = sums.get(key, 0) + line.amount_cents
    return sums


def _not_one(journal: Journal, posted: Sequence[PostedJournal]) -> Finding:
    numbers = ", ".join(one.number or one.record_no for one in posted) or "none"
    return finding(
        "A07" if len(posted) > 1 else "A01",
        journal.reference,
        f"Intacct holds {len(posted)} journals under {journal.reference} ({numbers}); there must be one.",
        "Look at them in Intacct. Reverse what does not belong there; never delete.",
    )


def _differs(journal: Journal, row: Sequence[object]) -> Finding:
    *dimensions, own = row[1:-3]
    place = "/".join(str(part or "") for part in [*dimensions, *str(own or "").split(",")]).rstrip("/")
    wanted, held = (text_from_cents(int(str(cents))) for cents in row[-3:-1])
    return finding(
        "A01",
        journal.reference,
        f"{place}: the source asks for {wanted}, Intacct holds {held}.",
        "Someone or something changed the posted journal: look at its history in Intacct.",
    )


def _header_differs(journal: Journal, name: str, ours: object, theirs: object) -> Finding:
    return finding(
        "A01",
        journal.reference,
        f"The {name} in Intacct is {theirs}, the one that was sent {ours}.",
        "Someone or something changed the posted journal: look at its history in Intacct.",
    )
