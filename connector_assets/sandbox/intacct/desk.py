"""What every function is handed: the company's records, its periods and sessions, the switches, and who calls."""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from connector_assets.sandbox.intacct.periods import Periods
from connector_assets.sandbox.intacct.records import Caller, Records
from connector_assets.sandbox.intacct.replies import Outcome
from connector_assets.sandbox.intacct.sessions import Sessions
from connector_assets.sandbox.switches import Switches


@dataclass(frozen=True)
class Desk:
    """One function call's surroundings; `endpoint` is the gateway's own public URL."""

    records: Records
    periods: Periods
    sessions: Sessions
    switches: Switches
    endpoint: str
    caller: Caller
    session_id: str

    def switch(self, name: str) -> str:
        """The value of the switch `intacct.<name>`."""
        return self.switches.get(f"intacct.{name}")


Handler = Callable[[Desk, etree._Element], Outcome]
