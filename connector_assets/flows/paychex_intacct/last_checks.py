"""Which pay runs are not in the books yet, and so may hold the last check of somebody who has left."""

from datetime import date

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.status import statuses
from connector_assets.records.postings import PostingState


def unposted_runs(home: Deployment, connection: PaychexIntacctConnection, view: LedgerView) -> list[tuple[date, date]]:
    """First day of work and pay date of every pay run that is not posted, open ones included.

    One whose check date lies before the connection's start is none of ours. Without a pay calendar nothing is known to
    be posted: then a single run that never ends stands for all.
    """
    if not view.has_pay_calendar:
        return [(date.min, date.max)]
    posted = {row.partition for row in statuses(home, connection) if row.state == PostingState.POSTED}
    calendar = view.pay_calendar
    runs = zip(calendar["partition"], calendar["start_date"], calendar["check_date"], strict=True)
    return [(start, paid_on) for partition, start, paid_on in runs if partition not in posted]
