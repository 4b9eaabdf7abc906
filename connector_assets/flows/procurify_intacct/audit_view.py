"""A connection's posted bills and payments for an auditor: from a bill's line to the item it comes from and back.

A row of a bill has the bill of Procurify as `source_id` and its item or cost as `source_line`. A row of a payment has
the payment as `source_id` and the bill that it pays as `source_line`, so that one look-up of a bill's id finds its
lines and every payment of it; `line_memo` names the paid bill as Intacct does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Literal

import pandas as pd

from connector_assets.accounting.documents import AP_LINES
from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.status import BILL
from connector_assets.orchestration.audit_rows import TRACE_COLUMNS, Posted, Row
from connector_assets.orchestration.audit_rows import audit_rows as rows_of_all
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.audit import digest_of
from connector_assets.records.postings import Posting
from connector_assets.vendors.intacct.postable import IntacctDocument, document_from_payload
from connector_assets.vendors.intacct.records import Record, records_of

COST, TAX, PAYMENT_OF = "cost", "tax", "payment"
PLACES = ("account_no", "department_id", "location_id", "project_id", "class_id")
RULE_ID_CHARS = 12


def audit_rows(
    home: Deployment, connection: ProcurifyIntacctConnection, since: date, until: date
) -> Iterator[list[Row]]:
    """The rows (`audit_rows.COLUMNS`) of each posted bill and payment."""
    rules: dict[str, str] = {}
    document_of = reader(home, connection, rules)
    return rows_of_all(home, connection.name, (since, until), document_of, rules)


def reader(
    home: Deployment, connection: ProcurifyIntacctConnection, rules: dict[str, str]
) -> Callable[[Posting], Posted]:
    """What reads the document of a posting with its trace; `rules` takes in words how each line was coded."""
    store, names, entity = FrameStore(home.settings.frames_path), Names(connection), connection.posting.entity
    bills = {one.ledger_key or "": one for one in home.postings.list(connection.name) if one.key.kind == BILL}

    def document_of(posting: Posting) -> Posted:
        document = document_from_payload(home.postings.payload(posting.key))
        if posting.key.kind != BILL:
            return _payment(posting, document, bills, entity)
        journal = entry_of(document, entity)
        key = names.own("ap_bill")
        kept = store.exists(key, posting.partition)
        lines = AP_LINES.conform(store.read(key, posting.partition)) if kept else AP_LINES.empty()
        return Posted(journal, trace_of(posting.key.source_id, document, lines, rules))

    return document_of


def entry_of(document: IntacctDocument, entity: str) -> Journal:
    """A bill's or a payment's lines as an entry, which the ledger balances itself; tax that stands beside is last."""
    record = document.record
    day = record.get("posting_date") or record.get("bill_date") or record.get("payment_date")
    assert isinstance(day, date)  # noqa: S101 - a document of this flow has one of them
    held = records_of(record.get("lines"))
    taxes = [tax for line in held for tax in records_of(line.get("taxes"))]
    lines = (*(_line(line, entity) for line in held), *(_tax_line(tax, entity) for tax in taxes))
    number = document.reference
    state: Literal["Posted", "Draft"] = "Draft" if record["action"] == "Draft" else "Posted"
    return Journal(document.kind, number, "", day, number, str(record["currency"]), state, lines)


def _line(line: Record, entity: str) -> JournalLine:
    account, department, location, project, class_id = (str(line[n]) if line.get(n) else None for n in PLACES)
    paid = str(line.get("bill_key") or "")
    memo = str(line.get("memo") or (f"pays record {paid}" if paid else ""))
    return JournalLine(
        account or "", _cents(line["amount_cents"]), department, location, project, class_id, None, entity, memo
    )


def _tax_line(tax: Record, entity: str) -> JournalLine:
    memo = f"tax {tax['tax_detail_id']!s}"
    return JournalLine("", _cents(tax["tax_cents"]), None, None, None, None, None, entity, memo)


def _cents(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101 - the flow wrote it so
    return value


def trace_of(bill_id: str, document: IntacctDocument, lines: pd.DataFrame, rules: dict[str, str]) -> pd.DataFrame:
    """From each line to its item, or an empty trace where the lines that are kept are not those of the document."""
    rows = lines.to_dict("records")
    held = records_of(document.record.get("lines"))
    ours = [(row["account_no"], row["amount_cents"]) for row in rows]
    if ours != [(line["account_no"], line["amount_cents"]) for line in held]:
        return _frame([])
    trace: list[tuple[int, str, str, str, int, str]] = []
    taxed = len(rows)
    for number, row in enumerate(rows, 1):
        item = str(row["item_id"])
        rule_id = digest_of(str(row["coding"]))[:RULE_ID_CHARS]
        rules[rule_id] = str(row["coding"])
        kind = COST if item.startswith(COST) else "item"
        trace.append((number, bill_id, item, kind, int(row["amount_cents"]), rule_id))
        if row["tax_cents"] and isinstance(row["tax_detail_id"], str):
            taxed += 1
            trace.append((taxed, bill_id, item, TAX, int(row["tax_cents"]), rule_id))
    return _frame(trace)


def _payment(posting: Posting, document: IntacctDocument, bills: Mapping[str, Posting], entity: str) -> Posted:
    """A payment: each line is what it pays of one bill."""
    journal, held = entry_of(document, entity), records_of(document.record.get("lines"))
    trace, lines = [], []
    for number, (line, entry) in enumerate(zip(held, journal.lines, strict=True), 1):
        record_no = str(line["bill_key"])
        bill = bills.get(record_no)
        told = f"pays {bill.reference}, record {record_no}" if bill is not None else entry.memo
        lines.append(replace(entry, memo=told))
        bill_id = bill.key.source_id if bill is not None else ""
        trace.append((number, posting.key.source_id, bill_id, PAYMENT_OF, entry.amount_cents, ""))
    return Posted(replace(journal, lines=tuple(lines)), _frame(trace))


def _frame(rows: list[tuple[int, str, str, str, int, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TRACE_COLUMNS))
