"""What every function is handed: the company's records, its periods and sessions, the switches, and who calls."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lxml import etree

from connector_assets.sandbox.intacct.errors import refuse
from connector_assets.sandbox.intacct.periods import Periods
from connector_assets.sandbox.intacct.records import Caller, Records
from connector_assets.sandbox.intacct.replies import Outcome
from connector_assets.sandbox.intacct.sessions import Sessions
from connector_assets.sandbox.intacct.values import us_date
from connector_assets.sandbox.switches import Switches


@dataclass(frozen=True)
class Desk:
    """One function call's surroundings. `endpoint` is the gateway's own public URL; on a `broken` desk all fails."""

    records: Records
    periods: Periods
    sessions: Sessions
    switches: Switches
    endpoint: str
    caller: Caller
    session_id: str
    broken: bool = False

    def switch(self, name: str) -> str:
        """The value of the switch `intacct.<name>`."""
        return self.switches.get(f"intacct.{name}")

    def require_open(self, entry_date: str, entities: Iterable[str]) -> None:
        """The books must be open on an ISO date for each entity. Raises FunctionRefusal."""
        if any(self.periods.is_closed(entry_date, entity_id) for entity_id in sorted(entities)):
            day = us_date(entry_date)
            text = f"Periods are closed. Your transaction date ({day}) is within a period that's been closed."
            raise refuse(self.switch("closed_period_errorno"), text)


Handler = Callable[[Desk, etree._Element], Outcome]
