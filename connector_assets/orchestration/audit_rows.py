"""What an auditor asks for: every posted line of a period with what stands behind it, and who did what to it, and when.

One row is one piece of a journal line: read from the left it leads from the ledger to the source document and the rule;
filtered by a source document (a check, an expense) it leads from there to every line, correction and reversal that it
ever touched. Pieces of a line add up to the line, and lines to the document; people of the source appear by id alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.accounting.money import text_from_cents
from connector_assets.deployment import Deployment
from connector_assets.records.postings import Posting, PostingState

DOCUMENT_COLUMNS = (
    *("connection", "partition", "reference", "kind", "revision", "corrects", "ledger_key", "ledger_number"),
    *("entry_date", "document_date", "prepared_by", "approved_by", "posted_at", "reconciled", "audit_entries"),
    "mapping_version",
)
LINE_COLUMNS = (
    *("line_no", "account_no", "department_id", "location_id", "project_id", "class_id", "custom_dimensions"),
    *("entity_id", "line_amount", "line_memo"),
)
PIECE_COLUMNS = ("source_id", "source_line", "piece_kind", "piece_amount", "rule_id", "rule")
COLUMNS = (*DOCUMENT_COLUMNS, *LINE_COLUMNS, *PIECE_COLUMNS)
TRACE_COLUMNS = ("journal_line_no", "source_id", "source_line", "piece_kind", "amount_cents", "rule_id")
"""What a flow's trace must have: the line of the journal (0 where the pieces of a line add up to nothing), the source
document and its line as texts, the kind of piece, its cents (debit positive) and the rule that chose the account."""

Row = tuple[str | int, ...]
_NO_PIECE: Row = ("",) * len(PIECE_COLUMNS)
_LINE_OF_NOTHING: Row = (0, *("",) * 7, "0.00", "")


@dataclass(frozen=True)
class Posted:
    """A posted document, and its trace; a document without one has an empty trace, and a row for each line."""

    journal: Journal
    trace: pd.DataFrame


def audit_rows(
    home: Deployment,
    connection: str,
    period: tuple[date, date],
    document_of: Callable[[Posting], Posted],
    rules: dict[str, str],
) -> Iterator[list[Row]]:
    """The rows of each posted document of a connection, by date and key; none for one whose date is not in the period.

    Both days of the period are included. `rules` says in words what each rule_id states. One document is held at a
    time, however long the period.
    """
    entries = home.audit.sequences(f"{connection}/")
    since, until = period
    for posting in home.postings.list(connection, [PostingState.POSTED]):
        posted = document_of(posting)
        if since <= posted.journal.entry_date <= until:
            yield _rows_of(posting, posted, entries.get(str(posting.key), []), rules)
        else:
            yield []


def _rows_of(posting: Posting, posted: Posted, entries: Sequence[int], rules: dict[str, str]) -> list[Row]:
    head = _head(posting, posted.journal, entries)
    lines = {number: _line(number, line) for number, line in enumerate(posted.journal.lines, start=1)}
    trace = posted.trace.sort_values("journal_line_no", kind="stable")
    columns = [trace[name].tolist() for name in TRACE_COLUMNS]
    rows: list[Row] = []
    for number, source_id, source_line, kind, cents, rule in zip(*columns, strict=True):
        rule_id = rule if isinstance(rule, str) else ""
        piece = (source_id, source_line, kind, text_from_cents(cents), rule_id, rules.get(rule_id, ""))
        rows.append((*head, *lines.get(number, _LINE_OF_NOTHING), *piece))
    untraced = lines.keys() - set(columns[0])
    return [*rows, *((*head, *lines[number], *_NO_PIECE) for number in sorted(untraced))]


def _head(posting: Posting, journal: Journal, entries: Sequence[int]) -> Row:
    return (
        *(posting.key.connection, posting.partition, posting.reference, posting.key.kind, posting.key.revision),
        *(posting.corrects, posting.ledger_key, posting.ledger_number),
        *(
            journal.entry_date.isoformat(),
            posting.document_date.isoformat(),
            posting.planned_by,
            posting.approved_by or "",
        ),
        posting.resolved_at.isoformat(timespec="seconds") if posting.resolved_at else "",
        "" if posting.reconciled is None else "yes" if posting.reconciled else "no",
        " ".join(map(str, entries)),
        journal.mapping_version,
    )


def _line(number: int, line: JournalLine) -> Row:
    places = (line.account_no, line.department_id, line.location_id, line.project_id, line.class_id)
    named = (*(place or "" for place in places), line.custom_text, line.entity_id)
    return (number, *named, text_from_cents(line.amount_cents), line.memo)
