"""Open and closed books, by month and entity: what the admin calls opened or closed, else the seed's closing date."""

import re
from datetime import date

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.records import SYSTEM, Records
from connector_assets.sandbox.store import SandboxError

CLOSED_THROUGH = "2024-12"
_TABLES = """
CREATE TABLE IF NOT EXISTS intacct_period_states (
  month TEXT NOT NULL, entity_id TEXT NOT NULL, closed INTEGER NOT NULL, PRIMARY KEY (month, entity_id))
"""


class Periods:
    """Says whether a date can still be posted to."""

    def __init__(self, records: Records) -> None:
        """Create the table of what was opened and closed."""
        self._records = records
        self._store = records.store
        self._store.create(_TABLES)

    def is_closed(self, entry_date: str, entity_id: str) -> bool:
        """Whether the books of an entity are closed on an ISO date. An entity's own state goes before the company's."""
        month = entry_date[:7]
        rows = self._store.rows(
            "SELECT entity_id, closed FROM intacct_period_states WHERE month = ? AND entity_id IN (?, '')"
            " ORDER BY entity_id DESC",
            (month, entity_id),
        )
        return bool(rows[0]["closed"]) if rows else month <= CLOSED_THROUGH or not self._defined(entry_date)

    def set(self, month: str, entity_id: str, *, closed: bool) -> None:
        """Open or close a month (YYYY-MM) for one entity, or for the whole company with an empty id."""
        if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) is None:
            raise SandboxError(f"'month' must be YYYY-MM, not {month!r}.")
        if entity_id and self._records.one("LOCATIONENTITY", LOCATIONID=entity_id) is None:
            raise SandboxError(f"'entity' must be an entity's location id or empty, not {entity_id!r}.")
        self._store.write(
            "INSERT OR REPLACE INTO intacct_period_states VALUES (?, ?, ?)", (month, entity_id, int(closed))
        )
        first = date.fromisoformat(f"{month}-01")
        log = {"PERIOD_START": first.isoformat(), "PERIOD_END": month_end(first).isoformat(), "ENTITYID": entity_id}
        self._records.insert(OBJECTS["CLOSEBOOKS" if closed else "OPENBOOKS"], log, SYSTEM)

    def describe(self) -> list[dict[str, object]]:
        """Every month with its state for the company, and the entities' own states."""
        months = [str(row["START_DATE"])[:7] for row in self._records.find("REPORTINGPERIOD")]
        own = self._store.rows("SELECT * FROM intacct_period_states WHERE entity_id <> '' ORDER BY month, entity_id")
        return [
            {
                "month": month,
                "closed": self.is_closed(f"{month}-01", ""),
                "entities": {row["entity_id"]: bool(row["closed"]) for row in own if row["month"] == month},
            }
            for month in months
        ]

    def _defined(self, entry_date: str) -> bool:
        row = self._store.row(
            'SELECT 1 FROM intacct_reportingperiod WHERE ? BETWEEN "START_DATE" AND "END_DATE"', (entry_date,)
        )
        return row is not None


def month_end(day: date) -> date:
    """The last day of the month."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
