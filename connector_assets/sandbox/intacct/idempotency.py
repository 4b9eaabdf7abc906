"""Function controlids that were completed, checked when `control/uniqueid` is true (fact sheet section 3).

What the real gateway answers to a repeated one is not known: the number and the level are switches, the text is ours.
"""

from datetime import datetime, timedelta

from connector_assets.sandbox.intacct.envelope import GatewayRequest
from connector_assets.sandbox.intacct.errors import ErrorEntry
from connector_assets.sandbox.intacct.records import Caller, Records
from connector_assets.sandbox.switches import Switches

_TABLES = """
CREATE TABLE IF NOT EXISTS intacct_controlids (
  scope TEXT NOT NULL, controlid TEXT NOT NULL, completed_at TEXT NOT NULL, PRIMARY KEY (scope, controlid))
"""


class CompletedFunctions:
    """The memory of completed function controlids; it commits and rolls back with the work itself."""

    def __init__(self, records: Records, switches: Switches) -> None:
        """Create the table."""
        self._store = records.store
        self._now = records.now
        self._switches = switches
        self._store.create(_TABLES)

    def refusal(self, request: GatewayRequest, caller: Caller, control_id: str) -> ErrorEntry | None:
        """The error for a controlid that was completed before, or None."""
        if not request.unique:
            return None
        row = self._store.row(
            "SELECT completed_at FROM intacct_controlids WHERE scope = ? AND controlid = ?",
            (self._scope(request, caller), control_id),
        )
        if row is None or self._forgotten(datetime.fromisoformat(row["completed_at"])):
            return None
        text = f"Simulated refusal: the function with controlid {control_id} was already executed and completed"
        return ErrorEntry(self._switches.get("intacct.duplicate_errorno"), text)

    def remember(self, request: GatewayRequest, caller: Caller, control_id: str) -> None:
        """Store a controlid as completed."""
        if request.unique:
            self._store.write(
                "INSERT OR REPLACE INTO intacct_controlids VALUES (?, ?, ?)",
                (self._scope(request, caller), control_id, self._now().isoformat()),
            )

    def _scope(self, request: GatewayRequest, caller: Caller) -> str:
        scopes = {"company": caller.company_id, "sender": request.sender_id, "user": caller.user_id}
        return scopes[self._switches.get("intacct.controlid_scope")]

    def _forgotten(self, completed_at: datetime) -> bool:
        hours = self._switches.get("intacct.controlid_retention_h")
        return hours != "unbounded" and self._now() - completed_at > timedelta(hours=int(hours))
