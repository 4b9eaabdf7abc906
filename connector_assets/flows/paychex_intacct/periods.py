"""Which pay runs there are: Paychex's pay periods, the processed ones as partitions."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.frames import PAY_PERIODS
from connector_assets.flows.paychex_intacct.register import PROCESSED
from connector_assets.flows.paychex_intacct.status import PAY_PERIOD
from connector_assets.orchestration.partitions import partition_key
from connector_assets.records.audit import digest_of
from connector_assets.records.sources import SourceStore
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.models import PayPeriod

MARGIN_DAYS = 45
"""Paychex filters by the days worked, not by check date, with unconfirmed bounds: ask for more and choose ourselves."""


def discover(
    connection: PaychexIntacctConnection, client: PaychexClient, company_id: str, today: date
) -> list[PayPeriod]:
    """Every pay period with a check date from the connection's start on, up to a margin after today, by check date."""
    margin = timedelta(days=MARGIN_DAYS)
    periods = client.pay_periods(company_id, connection.start_date - margin, today + margin)
    return sorted(
        (period for period in periods if period.check_date >= connection.start_date),
        key=lambda period: (period.check_date, period.pay_period_id),
    )


def periods_frame(connection: PaychexIntacctConnection, periods: Sequence[PayPeriod]) -> pd.DataFrame:
    """The frame PAY_PERIODS; only a processed period has a partition."""
    rows = [
        (
            period.pay_period_id,
            partition_key(period.check_date, period.pay_period_id) if period.status in PROCESSED else None,
            *(period.status, period.interval_code, period.description, period.start_date, period.end_date),
            *(period.check_date, period.check_count, period.original_pay_period_id),
        )
        for period in periods
    ]
    return PAY_PERIODS.conform(pd.DataFrame(rows, columns=PAY_PERIODS.names))


def keep_periods(sources: SourceStore, connection: PaychexIntacctConnection, periods: pd.DataFrame) -> None:
    """Keep every processed period in the records: a change of its status or dates enters the audit trail."""
    for period in periods[periods["partition"].notna()].to_dict("records"):
        sources.upsert(
            connection.name,
            PAY_PERIOD,
            period["pay_period_id"],
            partition=period["partition"],
            document_date=period["check_date"],
            label=period["description"],
            digest=digest_of("|".join(str(value) for value in period.values())),
            totals={
                "checks": int(period["check_count"]),
                "status": period["status"],
                "start": period["start_date"].isoformat(),
                "end": period["end_date"].isoformat(),
                "interval": str(period["interval"]).lower().replace("_", ""),
            },
        )
