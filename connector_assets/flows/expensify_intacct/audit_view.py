"""A connection's posted journals for an auditor: each piece with its expense and mapping rule."""

from collections.abc import Callable, Iterator
from datetime import date

import pandas as pd

from connector_assets.accounting.documents import EXPENSE_TRACE
from connector_assets.accounting.expense_journal import KIND
from connector_assets.accounting.journal import Journal, JournalLine, journal_from_payload
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.orchestration.audit_rows import Posted, Row
from connector_assets.orchestration.audit_rows import audit_rows as rows_of_all
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.rule_words import rules_in_words
from connector_assets.records.postings import Posting
from connector_assets.vendors.intacct.postable import document_from_payload
from connector_assets.vendors.intacct.records import Record, records_of


def audit_rows(
    home: Deployment, connection: ExpensifyIntacctConnection, since: date, until: date
) -> Iterator[list[Row]]:
    """The rows (`audit_rows.COLUMNS`) of each posted document; the source is the report, its line the expense."""
    document_of = reader(home, connection)
    return rows_of_all(home, connection.name, (since, until), document_of, rules_in_words(home, connection.name))


def reader(home: Deployment, connection: ExpensifyIntacctConnection) -> Callable[[Posting], Posted]:
    """What reads the document of a posting with its trace, from the records and the stored frames."""
    store, names = FrameStore(home.settings.frames_path), Names(connection)

    def document_of(posting: Posting) -> Posted:
        journal = entry_of(posting.key.kind, home.postings.payload(posting.key))
        trace = _trace(store, names, posting, journal).rename(
            columns={"expense_id": "source_line", "part": "piece_kind"}
        )
        return Posted(journal, trace.assign(source_id=posting.key.source_id))

    return document_of


def _trace(store: FrameStore, names: Names, posting: Posting, journal: Journal) -> pd.DataFrame:
    """EXPENSE_TRACE of what was posted; empty where the report was built anew since, with another content."""
    key = names.own("journal_trace")
    if not store.exists(key, posting.partition):
        return EXPENSE_TRACE.empty()
    trace = EXPENSE_TRACE.conform(store.read(key, posting.partition))
    trace = trace[trace["reference"] == posting.reference]
    sums = trace[trace["journal_line_no"] > 0].groupby("journal_line_no")["amount_cents"].sum().to_dict()
    posted = {number: line.amount_cents for number, line in enumerate(journal.lines, start=1)}
    return trace if sums == posted else EXPENSE_TRACE.empty()


def entry_of(kind: str, payload: str) -> Journal:
    """What was posted, as an entry: of a document of the subledger its cost lines, which the ledger balances itself."""
    if kind == KIND:
        return journal_from_payload(payload)
    document = document_from_payload(payload)
    record = document.record
    day = record.get("bill_date") or record.get("report_date")
    assert isinstance(day, date)  # noqa: S101 - a document of this flow has the one or the other
    lines = tuple(_entry_line(line) for line in records_of(record.get("lines")))
    return Journal(kind, document.reference, "", day, document.reference, str(record["currency"]), "Posted", lines)


def _entry_line(line: Record) -> JournalLine:
    department, location, project, class_id = (
        str(line[name]) if line.get(name) else None
        for name in ("department_id", "location_id", "project_id", "class_id")
    )
    cents, memo = line["amount_cents"], line.get("memo") or line.get("paid_to")
    assert isinstance(cents, int)  # noqa: S101 - the flow wrote it so
    return JournalLine(
        str(line["account_no"]), cents, department, location, project, class_id, None, location or "", str(memo or "")
    )
