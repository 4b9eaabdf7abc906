"""Expensify's reports as the neutral frames, and which reports there are."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from connector_assets.accounting.documents import EXPENSE_LINES, EXPENSE_REPORTS, TAG_LEVELS
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.frames import APPROVED_REPORTS
from connector_assets.flows.expensify_intacct.status import REPORT
from connector_assets.orchestration.partitions import partition_key
from connector_assets.records.audit import digest_of
from connector_assets.vendors.expensify.client import ExpensifyClient
from connector_assets.vendors.expensify.models import Expense, Report

CURSOR = "expenses_looked_for"


def discover(
    connection: ExpensifyIntacctConnection, client: ExpensifyClient, home: Deployment, today: date
) -> list[Report]:
    """The reports approved since the last look, less the look-back; since the connection's start at the first."""
    last = home.snapshots.get(connection.name, CURSOR)
    since = connection.start_date
    if last is not None:
        since = max(since, date.fromisoformat(last) - timedelta(days=connection.look_back_days))
    return client.approved_reports(connection.expensify.policy_id, since, today)


def keep_reports(
    connection: ExpensifyIntacctConnection, reports: Sequence[Report], home: Deployment, today: date
) -> None:
    """Keep every report in the records, then the day: a look that fails in between is looked again."""
    for report in reports:
        frame = heads_of(report)
        home.sources.upsert(
            connection.name,
            REPORT,
            report.report_id,
            partition=key_of(report),
            document_date=frame["approved_date"].iloc[0],
            label=f"{len(report.expenses)} expenses",
            digest=digest_of(frame.to_csv(index=False) + lines_of(report).to_csv(index=False)),
            totals={
                "expenses": len(report.expenses), "total_cents": report.total_cents or 0, "status": report.status,
            },
        )  # fmt: skip
    home.snapshots.put(connection.name, CURSOR, today.isoformat())


def key_of(report: Report) -> str:
    """The partition of an approved report: the day of its approval first: a range of days is a range of keys."""
    return partition_key(report.approved or date.min, report.report_id)


def reports_frame(reports: Sequence[Report]) -> pd.DataFrame:
    """APPROVED_REPORTS."""
    rows = [
        (
            *(key_of(one), one.report_id, one.status, one.approved),
            *(len(one.expenses), one.total_cents or 0, one.currency),
        )
        for one in reports
    ]
    return APPROVED_REPORTS.conform(pd.DataFrame(rows, columns=APPROVED_REPORTS.names))


def heads_of(report: Report) -> pd.DataFrame:
    """EXPENSE_REPORTS, one row."""
    row = (
        *(report.report_id, report.employee_id or None, report.status, report.currency, report.total_cents or 0),
        *(report.submitted, report.approved, report.reimbursed),
    )
    return EXPENSE_REPORTS.conform(pd.DataFrame([row], columns=EXPENSE_REPORTS.names))


def lines_of(report: Report) -> pd.DataFrame:
    """EXPENSE_LINES, a row for each expense."""
    rows = [_line(report, expense, number) for number, expense in enumerate(report.expenses, start=1)]
    return EXPENSE_LINES.conform(pd.DataFrame(rows, columns=EXPENSE_LINES.names))


def _line(report: Report, expense: Expense, number: int) -> tuple[object, ...]:
    tags = {tag.level: tag.name for tag in expense.tags}
    return (
        *(report.report_id, expense.expense_id, number, expense.spent_on, expense.category),
        *(report.amount_cents(expense), expense.own_cents, expense.currency or report.currency),
        *(expense.tax_cents, expense.tax_code, expense.is_reimbursable, expense.is_billable, expense.card),
        *(expense.paid_to, expense.receipt_url),
        *(tags.get(level) for level in range(1, TAG_LEVELS + 1)),
    )
