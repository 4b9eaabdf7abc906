"""Which approved bills and paid payments there are, and Procurify's bills as the neutral frames."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from connector_assets.accounting.bill_split import Line, split_lines
from connector_assets.accounting.documents import BILL_LINES, BILL_PAYMENTS, BILLS, PAYMENT_LINES
from connector_assets.accounting.findings import Finding
from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.flows.procurify_intacct.frames import APPROVED_BILLS, PAID_PAYMENTS
from connector_assets.flows.procurify_intacct.status import BILL, PAYMENT
from connector_assets.orchestration.partitions import partition_key
from connector_assets.records.audit import digest_of
from connector_assets.settings import ConfigError
from connector_assets.vendors.procurify import client as paths
from connector_assets.vendors.procurify.client import ProcurifyClient
from connector_assets.vendors.procurify.models import METHOD_TYPES, Allocation, Bill, BillHead, Cost, Item, Payment

BILL_CURSOR, PAYMENT_CURSOR = "bills_changed_until", "payments_looked_for"
APPROVED_LABELS = frozenset({"approved", "paid", "partially paid", "payment pending"})
PUT_AWAY_LABELS = frozenset({"locked", "archived", "synced"})
PAID_LABELS = frozenset({"paid"})


def numbers_of(client: ProcurifyClient, path: str, given: Sequence[int], labels: frozenset[str]) -> frozenset[int]:
    """The status numbers that count: as the connection says, else as the tenant labels them. Raises ConfigError."""
    if given:
        return frozenset(given)
    labelled = client.status_labels(path)
    found = frozenset(number for number, label in labelled.items() if label.strip().lower() in labels)
    if not found:
        what = "approved_statuses" if path == paths.BILLS else "paid_statuses"
        raise ConfigError(
            f"Procurify labels no status of {path} as {' or '.join(sorted(labels))}.",
            fix=f"Look at a bill or payment that is, and name its status number in procurify.{what}.",
        )
    return found


def approved_numbers(client: ProcurifyClient, connection: ProcurifyIntacctConnection) -> frozenset[int]:
    """Which bill statuses count as approved."""
    return numbers_of(client, paths.BILLS, connection.procurify.approved_statuses, APPROVED_LABELS)


def settled_numbers(client: ProcurifyClient, connection: ProcurifyIntacctConnection) -> frozenset[int]:
    """Which bill statuses a bill that is posted may have: the approved ones, and those it is put away under."""
    labelled = client.status_labels(paths.BILLS)
    put_away = {number for number, label in labelled.items() if label.strip().lower() in PUT_AWAY_LABELS}
    return approved_numbers(client, connection) | put_away


def paid_numbers(client: ProcurifyClient, connection: ProcurifyIntacctConnection) -> frozenset[int]:
    """Which payment statuses count as paid."""
    return numbers_of(client, paths.PAYMENTS, connection.procurify.paid_statuses, PAID_LABELS)


def posting_day(client: ProcurifyClient, bill: BillHead) -> date:
    """The day a bill is posted on: as it says, else the invoice's, else that of its submission or last change."""
    moments = (bill.gl_post_date, bill.invoice_date, bill.submitted_date, bill.last_modified)
    return next(day for day in map(client.day, moments) if day is not None)


def changed_bills(
    connection: ProcurifyIntacctConnection, client: ProcurifyClient, home: Deployment
) -> tuple[list[BillHead], datetime | None]:
    """Every bill changed since the last look, less the look-back, and how far this look went, by Procurify's clock."""
    last = home.snapshots.get(connection.name, BILL_CURSOR)
    since = datetime.fromisoformat(last) - timedelta(days=connection.look_back_days) if last else None
    found = client.bills(since)
    return found, max((one.last_modified for one in found), default=None)


def approved_bills(
    connection: ProcurifyIntacctConnection, client: ProcurifyClient, home: Deployment, heads: Sequence[BillHead]
) -> pd.DataFrame:
    """APPROVED_BILLS of these: approved, and posted on the connection's first day or later.

    A bill that is known keeps its partition, whatever its day is now.
    """
    numbers = approved_numbers(client, connection)
    rows = []
    for one in heads:
        day = posting_day(client, one)
        if one.status not in numbers or day < connection.start_date:
            continue
        known = home.sources.get(connection.name, BILL, str(one.id))
        key = known.partition if known else partition_key(day, str(one.id))
        rows.append((key, str(one.id), one.version, str(one.status), day, one.total_cents))
    return APPROVED_BILLS.conform(pd.DataFrame(sorted(rows), columns=APPROVED_BILLS.names))


def keep_bills(
    connection: ProcurifyIntacctConnection,
    client: ProcurifyClient,
    home: Deployment,
    frame: pd.DataFrame,
    heads: Sequence[BillHead],
) -> None:
    """Keep each approved bill in the records, and what became of those that are known already."""
    found = dict(zip(frame["bill_id"], frame["partition"], strict=True))
    for one in heads:
        bill_id = str(one.id)
        known = home.sources.get(connection.name, BILL, bill_id)
        partition = str(found.get(bill_id) or (known.partition if known else ""))
        if not partition:
            continue
        day = posting_day(client, one)
        home.sources.upsert(
            connection.name,
            BILL,
            bill_id,
            partition=partition,
            document_date=day,
            label=f"bill {bill_id}",
            digest=digest_of(f"{one.version} {one.status} {one.total_cents} {day}"),
            totals={"total_cents": one.total_cents, "uuid": one.uuid},
        )


def paid_payments(connection: ProcurifyIntacctConnection, client: ProcurifyClient, since: date) -> list[Payment]:
    """Every paid payment dated `since` or later, and not before the connection's first day."""
    numbers = paid_numbers(client, connection)
    found = client.payments(max(since, connection.start_date))
    return [one for one in found if one.status in numbers and one.payment_date is not None]


def payments_frame(payments: Sequence[Payment]) -> pd.DataFrame:
    """PAID_PAYMENTS."""
    rows = [
        (payment_key(one), str(one.id), str(one.status), one.payment_date, len(one.parts), one.amount_cents)
        for one in payments
    ]
    return PAID_PAYMENTS.conform(pd.DataFrame(rows, columns=PAID_PAYMENTS.names))


def payment_key(payment: Payment) -> str:
    """The partition of a payment."""
    return partition_key(payment.payment_date or date.min, str(payment.id))


def keep_payments(connection: ProcurifyIntacctConnection, home: Deployment, payments: Sequence[Payment]) -> None:
    """Keep each payment in the records, with the bills that it pays."""
    for one in payments:
        parts = {f"{part.bill.id}": part.amount_cents for part in one.parts}
        home.sources.upsert(
            connection.name,
            PAYMENT,
            str(one.id),
            partition=payment_key(one),
            document_date=one.payment_date or date.min,
            label=f"{len(one.parts)} bills",
            digest=digest_of(f"{one.status} {one.amount_cents} {sorted(parts.items())}"),
            totals={"total_cents": one.amount_cents, "bills": len(one.parts)},
        )


# -- Procurify's records as the neutral frames ------------------------------------------------------------------------


def bill_head(client: ProcurifyClient, bill: Bill, vendor_id: str | None, posting_date: date) -> pd.DataFrame:
    """BILLS, one row."""
    row = (
        *(
            str(bill.id),
            bill.version,
            str(bill.status),
            str(bill.vendor.id),
            bill.vendor.external_id or None,
            vendor_id,
        ),
        *(bill.invoice_number or None, ",".join(order.number for order in bill.orders if order.number) or None),
        *(client.day(bill.invoice_date), posting_date, client.day(bill.due_date)),
        *(bill.currency.name if bill.currency else "", bill.total_cents, len(bill.attachments)),
    )
    return BILLS.conform(pd.DataFrame([row], columns=BILLS.names))


def bill_lines(bill: Bill) -> tuple[pd.DataFrame, list[Finding]]:
    """BILL_LINES: a row for each allocation of each line and cost, and what stands against the split."""
    sources: list[Item | Cost] = [*bill.items, *bill.costs]
    parts, found = split_lines(str(bill.id), [_line(one) for one in sources], bill.total_cents)
    rows: list[tuple[object, ...]] = []
    for source, split in zip(sources, parts, strict=True):
        allocations = source.allocations or (Allocation(),)
        for allocation, part in zip(allocations, split, strict=True):
            coding = _coding(allocation)
            taxed = source.tax_name if isinstance(source, Item) and part.tax_cents else ""
            identity = str(source.id) if isinstance(source, Item) else f"cost {source.id}"
            text = source.description if isinstance(source, Item) else source.name
            custom = {one.field.name: one.value for one in source.custom_fields} if isinstance(source, Item) else {}
            row = (str(bill.id), len(rows) + 1, identity, text, *coding, part.net_cents, part.tax_cents, taxed)
            rows.append((*row, json.dumps(custom, sort_keys=True)))
    return BILL_LINES.conform(pd.DataFrame(rows, columns=BILL_LINES.names)), found


def _line(source: Item | Cost) -> Line:
    shares = tuple(one.amount_e8 for one in source.allocations)
    if isinstance(source, Cost):
        return Line(str(source.id), source.amount_e8, 0, shares)
    return Line(str(source.id), source.with_tax_e8 - source.tax_e8, source.tax_e8, shares)


def _coding(allocation: Allocation) -> tuple[str | None, str | None, str | None, str | None]:
    """Account code, the department's external id and name, and its location's name."""
    budget = allocation.budget
    code = budget.account_code.code if budget and budget.account_code else None
    department = budget.department if budget else None
    if department is None:
        return code, None, None, None
    return code, department.external_id or None, department.name or None, department.location or None


def payment_head(payment: Payment) -> pd.DataFrame:
    """BILL_PAYMENTS, one row."""
    method = payment.payment_method
    kind = METHOD_TYPES.get(method.type if method and method.type is not None else 0, "other")
    row = (
        *(
            str(payment.id),
            str(payment.status),
            payment.payment_date,
            payment.currency.name if payment.currency else "",
        ),
        *(payment.amount_cents, kind, method.gl_code or None if method else None),
    )
    return BILL_PAYMENTS.conform(pd.DataFrame([row], columns=BILL_PAYMENTS.names))


def payment_lines(payment: Payment, there: Sequence[tuple[str | None, str | None, bool]]) -> pd.DataFrame:
    """PAYMENT_LINES: what is paid of each bill, with its record and vendor in the ledger, and whether it is earlier."""
    rows = [
        (str(payment.id), place, str(part.bill.id), part.amount_cents, *bill)
        for place, (part, bill) in enumerate(zip(payment.parts, there, strict=True), 1)
    ]
    return PAYMENT_LINES.conform(pd.DataFrame(rows, columns=PAYMENT_LINES.names))
