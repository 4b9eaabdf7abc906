"""What Paychex's notifications come to for this connection: which job runs, and which pay run becomes a partition."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from connector_assets.accounting.register import WORKERS
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.register import PROCESSED
from connector_assets.flows.paychex_intacct.status import PAY_PERIOD
from connector_assets.orchestration.inbox_sensor import Burst, Look, NotYetError, Reach, Wish, paychex_subscription
from connector_assets.orchestration.partitions import partition_key
from connector_assets.orchestration.roster import name_salt, roster_of
from connector_assets.records.inbox import Subscription
from connector_assets.vendors.errors import NotFoundError
from connector_assets.vendors.paychex.client import PaychexClient

IN_THE_ROSTER = frozenset({"WRKR_DEM", "WRKR_EMPL", "WRKR_ADD", "WRKR_ASGN"})
"""Topics of what the roster holds; pay, tax, deposit and shifts of a worker change nothing here."""
REFRESHED = frozenset({"CLT_ORG", "CLT_PAY_COMP", "CLT_ACCESS", "CLT_DEM"})
CALENDAR = frozenset({"CLT_PYRN", "PAY_PERIOD"})
MOST_ASKED_ALONE = 20
"""More workers than these in a tick are not compared one by one: the roster's run reads what it has to."""


@dataclass(frozen=True)
class Notices:
    """One tick's view of a connection: `look` answers what a burst comes to, from what Paychex shows now."""

    names: Names
    reach: Reach
    company_id: str

    @cached_property
    def client(self) -> PaychexClient:
        """One for the whole tick, and so one token."""
        return self.reach.paychex(self.names.connection, self.names.connection.paychex)

    def look(self, burst: Burst) -> Wish:
        """The wish of one burst. Raises what the client raises, and NotYetError for a pay run that is not processed."""
        if burst.kind == "pay_run":
            return self._pay_run(burst.subject_id)
        if burst.topics & IN_THE_ROSTER:
            return self._worker(burst)
        if burst.topics & REFRESHED:
            return Wish("the company's data changed", job=self._job("refresh"))
        if burst.topics & CALENDAR:
            return Wish("the pay calendar changed", job=self._job("discover"))
        return Wish(f"nothing of {', '.join(sorted(burst.topics)) or 'an unnamed domain'} is carried here")

    def _job(self, part: str) -> str:
        return f"{self.names.connection.name}_{part}"

    def _pay_run(self, pay_period_id: str) -> Wish:
        connection, home = self.names.connection, self.reach.home
        period = self.client.pay_period(self.company_id, pay_period_id)
        if period.check_date < connection.start_date:
            return Wish(f"pay run {pay_period_id} pays before {connection.start_date}")
        if period.status not in PROCESSED:
            raise NotYetError(f"Pay run {pay_period_id} is {period.status}, not processed yet.")
        known = home.sources.get(connection.name, PAY_PERIOD, pay_period_id)
        key = partition_key(period.check_date, pay_period_id)
        if known is not None and (known.partition, known.totals.get("status")) == (key, period.status):
            return Wish(f"pay run {pay_period_id} is known as it is")
        return Wish(f"pay run {pay_period_id} is processed", job=self._job("refresh"), partition=key)

    def _worker(self, burst: Burst) -> Wish:
        changed = Wish(f"worker {burst.subject_id} changed".replace("  ", " "), job=self._job("workers"))
        if not burst.subject_id or burst.crowd > MOST_ASKED_ALONE:
            return changed
        connection = self.names.connection
        before = self._known(burst.subject_id)
        try:
            worker = self.client.worker(burst.subject_id)
        except NotFoundError:
            if before is None:
                raise
            return changed
        now = roster_of([worker], name_salt(self.reach.home, connection.name))
        rows = now.astype(object).where(now.notna(), None).to_dict("records")
        return Wish(f"worker {burst.subject_id} is known as it is") if [before] == rows else changed

    def _known(self, worker_id: str) -> Mapping[object, object] | None:
        """The worker's row in the roster as it stands."""
        store, key = self.reach.frames.store, self.names.own("worker_roster")
        if not store.exists(key):
            return None
        frame = WORKERS.conform(store.read(key))
        rows = frame[frame["worker_id"] == worker_id]
        found = rows.astype(object).where(rows.notna(), None).to_dict("records")
        return found[0] if found else None


def opened(names: Names, reach: Reach) -> tuple[Subscription, Look]:
    """The connection's share of Paychex's notifications, and what looks at them."""
    subscription = paychex_subscription(reach, names.connection, names.connection.paychex)
    return subscription, Notices(names, reach, subscription.account).look
