"""What an auditor asks for: every posted line of a period with the checks behind it, and who did what to it, and when.

One row is one piece of a journal line: read from the left it leads from the ledger to the check and the rule; filtered
by a check it leads from there to every line, correction and reversal that the check ever touched. Pieces of a line add
up to the line, and lines to the document; workers appear by check id alone.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

import pandas as pd

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.accounting.money import text_from_cents
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.books import PayRunBooks
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.explain import rules_in_words
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.audit import AuditEntry
from connector_assets.records.postings import Posting, PostingState


@dataclass(frozen=True)
class AuditRow:
    """One piece of a posted journal line; amounts as texts, debit positive. A line without a kept trace is one row."""

    connection: str
    partition: str
    reference: str
    kind: str
    revision: int
    corrects: str
    ledger_key: str
    ledger_number: str
    entry_date: str
    document_date: str
    prepared_by: str
    approved_by: str
    posted_at: str
    reconciled: str
    audit_entries: str
    line_no: int
    account_no: str
    department_id: str
    location_id: str
    project_id: str
    entity_id: str
    line_amount: str
    line_memo: str
    check_id: str
    check_line_no: str
    piece_kind: str
    piece_amount: str
    rule_id: str
    rule: str


def audit_rows(home: Deployment, connection: PaychexIntacctConnection, since: date, until: date) -> Iterator[AuditRow]:
    """The rows of every posted document whose date lies in the period, both days included, by date and reference."""
    entries = _entries(home, connection.name)
    rules = rules_in_words(home, connection.name)
    store, names = FrameStore(home.settings.frames_path), Names(connection)
    for posting in home.postings.list(connection.name, [PostingState.POSTED]):
        books = PayRunBooks(home, store, names, posting.key.source_id)
        journal = books.journal(posting)
        if since <= journal.entry_date <= until:
            yield from _rows_of(posting, journal, books.trace(posting), entries.get(str(posting.key), []), rules)


def _entries(home: Deployment, connection: str) -> dict[str, list[AuditEntry]]:
    found: dict[str, list[AuditEntry]] = {}
    for entry in home.audit.entries(subject=f"{connection}/"):
        found.setdefault(entry.subject, []).append(entry)
    return found


def _rows_of(
    posting: Posting, journal: Journal, trace: pd.DataFrame, entries: list[AuditEntry], rules: dict[str, str]
) -> Iterator[AuditRow]:
    head = {
        "connection": posting.key.connection,
        "partition": posting.partition,
        "reference": posting.reference,
        "kind": posting.key.kind,
        "revision": posting.key.revision,
        "corrects": posting.corrects,
        "ledger_key": posting.ledger_key,
        "ledger_number": posting.ledger_number,
        "entry_date": journal.entry_date.isoformat(),
        "document_date": posting.document_date.isoformat(),
        "prepared_by": posting.planned_by,
        "approved_by": posting.approved_by or "",
        "posted_at": posting.resolved_at.isoformat(timespec="seconds") if posting.resolved_at else "",
        "reconciled": "" if posting.reconciled is None else "yes" if posting.reconciled else "no",
        "audit_entries": " ".join(str(entry.sequence) for entry in entries),
    }
    pieces = {int(str(number)): rows for number, rows in trace.groupby("journal_line_no")}
    for number, line in enumerate(journal.lines, start=1):
        shown = _line(line) | {"line_no": number}
        if number not in pieces:
            yield AuditRow(**head, **shown, **_NO_CHECK)  # type: ignore[arg-type]  # the names are the row's own
            continue
        for row in pieces[number].to_dict("records"):
            yield AuditRow(**head, **shown, **_piece({str(k): v for k, v in row.items()}, rules))  # type: ignore[arg-type]  # as above


def _line(line: JournalLine) -> dict[str, object]:
    values = {name: value or "" for name, value in asdict(line).items()}
    kept = ("account_no", "department_id", "location_id", "project_id", "entity_id")
    return {name: values[name] for name in kept} | {
        "line_amount": text_from_cents(line.amount_cents),
        "line_memo": line.memo,
    }


_NO_CHECK = dict.fromkeys(("check_id", "check_line_no", "piece_kind", "piece_amount", "rule_id", "rule"), "")


def _piece(row: dict[str, object], rules: dict[str, str]) -> dict[str, object]:
    rule_id = row["rule_id"] if isinstance(row["rule_id"], str) else ""
    return {
        "check_id": row["check_id"],
        "check_line_no": str(row["line_no"]),
        "piece_kind": row["kind"],
        "piece_amount": text_from_cents(int(str(row["amount_cents"]))),
        "rule_id": rule_id,
        "rule": rules.get(rule_id, ""),
    }
