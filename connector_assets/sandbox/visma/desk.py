"""What the simulated Visma remembers: every record as JSON with its row version and the moment it was last changed."""

import base64
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.visma.bodies import Bodies
from connector_assets.sandbox.visma.replies import Json
from connector_assets.sandbox.visma.sample import sample_records

_TABLES = """
CREATE TABLE IF NOT EXISTS visma_records (
  kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, version INTEGER NOT NULL, modified TEXT NOT NULL,
  PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visma_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)
"""
_FIRST_VERSION = 44_000_000
_PLANTED_AT = "2025-01-03T11:00:00.000"
_CET = timezone(timedelta(hours=1))


@dataclass(frozen=True)
class Row:
    """A record as it stands; `version` is its row version and `modified` its last change, ISO text in UTC."""

    key: str
    body: Json
    version: int
    modified: str


@dataclass(frozen=True)
class Window:
    """Which rows of a list: those modified in a range of moments (ISO text in UTC, bounds by `condition`)."""

    modified: str = ""
    condition: str = ">"

    @property
    def clause(self) -> str:
        """The condition in SQL; the operators are Visma's own four."""
        return f"AND modified {self.condition} ?" if self.modified else "AND ? = ''"


class Desk:
    """The store's part that belongs to Visma; planted at the first call."""

    def __init__(self, context: SandboxContext) -> None:
        context.store.create(_TABLES)
        self.context = context
        self._is_planted = False

    def setting(self, name: str) -> str:
        """The value of one of our switches."""
        return self.context.switches.get(f"visma.{name}")

    def bodies(self) -> Bodies:
        """What reads the body of a write."""
        return Bodies(unwrapped=self.setting("unwrapped"), null_value=self.setting("null_value"))

    # -- records ------------------------------------------------------------------------------------------------------

    def row(self, kind: str, key: str) -> Row | None:
        """One record, or None."""
        self._plant()
        found = self.context.store.row("SELECT * FROM visma_records WHERE kind = ? AND key = ?", (kind, key))
        return None if found is None else _row_of(found)

    def rows(self, kind: str, window: Window, place: slice = slice(0, None)) -> list[Row]:
        """Records by key, those of a page."""
        self._plant()
        limit = -1 if place.stop is None else place.stop - place.start
        sql = f"SELECT * FROM visma_records WHERE kind = ? {window.clause} ORDER BY key LIMIT ? OFFSET ?"  # noqa: S608 - the clause is made of constants
        found = self.context.store.rows(sql, (kind, window.modified, limit, place.start))
        return [_row_of(one) for one in found]

    def count(self, kind: str, window: Window) -> int:
        """How many records there are."""
        self._plant()
        sql = f"SELECT COUNT(*) AS n FROM visma_records WHERE kind = ? {window.clause}"  # noqa: S608 - the clause is made of constants
        return int(self.context.store.rows(sql, (kind, window.modified))[0]["n"])

    def save(self, kind: str, key: str, body: Mapping[str, object]) -> Row:
        """Keep a record as it now stands, with the next row version."""
        row = Row(key, dict(body), self.next_number("version", _FIRST_VERSION), utc_text(self.context.now()))
        self._write(kind, row)
        return row

    def touch(self, kind: str) -> None:
        """Let every record of a kind look modified now, as an upgrade of the system does."""
        self._plant()
        self.context.store.write(
            "UPDATE visma_records SET modified = ? WHERE kind = ?", (utc_text(self.context.now()), kind)
        )

    def next_number(self, name: str, first: int) -> int:
        """The next number of a counter."""
        store = self.context.store
        with store.transaction():
            store.write("INSERT OR IGNORE INTO visma_counters VALUES (?, ?)", (name, first - 1))
            store.write("UPDATE visma_counters SET value = value + 1 WHERE name = ?", (name,))
            return int(store.rows("SELECT value FROM visma_counters WHERE name = ?", (name,))[0]["value"])

    def _write(self, kind: str, row: Row) -> None:
        sql = "INSERT OR REPLACE INTO visma_records VALUES (?, ?, ?, ?, ?)"
        self.context.store.write(sql, (kind, row.key, json.dumps(row.body), row.version, row.modified))

    def _plant(self) -> None:
        if self._is_planted:
            return
        store = self.context.store
        with store.transaction():
            if store.row("SELECT 1 FROM visma_records") is None:
                for kind, key, body in self._sample():
                    self._write(kind, Row(key, body, self.next_number("version", _FIRST_VERSION), _PLANTED_AT))
        self._is_planted = True

    def _sample(self) -> Iterator[tuple[str, str, Json]]:
        for kind, key, body in sample_records(self.context.firm, self.context.now().date()):
            numbered = {"employeeId": self.next_number("employee", 5001)} if kind == "employee" else {}
            yield kind, key, {**body, **numbered}

    # -- how Visma writes things --------------------------------------------------------------------------------------

    def moment(self, modified: str) -> str:
        """A moment as Visma writes it: in its zone, which it does not name."""
        if self.setting("modified_zone") == "UTC":
            return modified
        return utc_text(datetime.fromisoformat(modified).replace(tzinfo=UTC), _CET)

    def utc_of(self, moment: str) -> str:
        """The reverse: a moment that a caller wrote, in UTC. Raises ValueError."""
        zone = UTC if self.setting("modified_zone") == "UTC" else _CET
        return utc_text(datetime.fromisoformat(moment.replace(" ", "T")).replace(tzinfo=zone))


def _row_of(found: sqlite3.Row) -> Row:
    return Row(found["key"], json.loads(found["body"]), found["version"], found["modified"])


def utc_text(moment: datetime, zone: timezone = UTC) -> str:
    """A moment with milliseconds and without its zone."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="milliseconds")


def time_stamp(version: int) -> str:
    """A row version as Visma shows it: eight bytes in base64."""
    return base64.b64encode(version.to_bytes(8, "big")).decode()
