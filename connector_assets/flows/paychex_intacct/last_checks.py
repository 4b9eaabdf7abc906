"""Which pay runs are not in the books yet, and so may hold the last check of somebody who has left."""

from dataclasses import dataclass
from datetime import date

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.status import statuses
from connector_assets.records.postings import PostingState


@dataclass(frozen=True)
class UnpostedRun:
    """A pay run that is not posted: its first day of work, and its pay date once it is processed."""

    starts_on: date
    paid_on: date | None

    def may_pay(self, left_on: date) -> bool:
        """Whether it may hold a check of somebody whose last day that was: their own days, or a later payment."""
        return self.starts_on <= left_on or (self.paid_on is not None and self.paid_on >= left_on)


def unposted_runs(home: Deployment, connection: PaychexIntacctConnection, view: LedgerView) -> list[UnpostedRun]:
    """Every pay run that is not posted, those still open included.

    One that pays before the connection's start is none of ours. Without a pay calendar nothing is known to be posted:
    then a single run that began long ago stands for all.
    """
    if not view.has_pay_calendar:
        return [UnpostedRun(date.min, None)]
    posted = {row.partition for row in statuses(home, connection) if row.state == PostingState.POSTED}
    calendar = view.pay_calendar
    runs = zip(calendar["partition"], calendar["start_date"], calendar["check_date"], strict=True)
    return [
        UnpostedRun(starts_on, paid_on if isinstance(partition, str) else None)
        for partition, starts_on, paid_on in runs
        if partition not in posted
    ]
