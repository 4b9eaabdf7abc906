"""What the simulated Expensify remembers: reports, their labels, rendered files, and when it was called."""

import json
from collections.abc import Iterable, Mapping

from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.expensify.sample import sample_reports
from connector_assets.sandbox.store import SandboxError
from connector_assets.sandbox.switches import Switch

_TABLES = """
CREATE TABLE IF NOT EXISTS expensify_reports (place INTEGER PRIMARY KEY, report_id TEXT UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS expensify_labels (report_id TEXT, label TEXT, PRIMARY KEY (report_id, label));
CREATE TABLE IF NOT EXISTS expensify_files (name TEXT PRIMARY KEY, content TEXT NOT NULL, ready_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS expensify_categories (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS expensify_calls (called_at REAL NOT NULL)
"""
WINDOWS = ((5, 10), (20, 60))
"""Calls that Expensify takes within so many seconds."""

SWITCHES = (
    Switch(
        "expensify.rate_limit", ("http", "body", "off"), "above the limits: HTTP 429, 429 in a 200 body, or nothing"
    ),
    Switch("expensify.bad_credentials", ("body", "http"), "401 in a 200 body, or as the HTTP status too"),
    Switch("expensify.missing_file_code", ("404", "410", "500"), "code for a file that is not there"),
    Switch("expensify.file_delay_s", ("0", "4"), "seconds until an export can be downloaded; empty before that"),
    Switch("expensify.missing_variable", ("empty", "error"), "a template variable that is absent and has no default"),
    Switch("expensify.numbers", ("plain", "grouped"), "how a template prints numbers: 1234 or 1,234"),
    Switch("expensify.partial_status", ("200", "207"), "code of a status update that took only some reports"),
    Switch("expensify.tag_shape", ("levels", "flat"), "tags of a policy: independent levels, or one flat list"),
    Switch("expensify.label_on_reopen", ("stays", "lost"), "the exported label of a report that is reopened"),
)

Report = dict[str, object]


class Desk:
    """The store's part that belongs to Expensify; planted at the first call."""

    def __init__(self, context: SandboxContext) -> None:
        context.store.create(_TABLES)
        self.context = context

    def setting(self, name: str) -> str:
        """The value of one of our switches."""
        return self.context.switches.get(f"expensify.{name}")

    def now_s(self) -> float:
        """The sandbox's time, in seconds."""
        return self.context.now().timestamp()

    def reports(self) -> list[Report]:
        """Every report as it stands."""
        store = self.context.store
        with store.transaction():
            if store.row("SELECT 1 FROM expensify_reports") is None:
                for report in sample_reports(self.context):
                    store.write(
                        "INSERT INTO expensify_reports (report_id, body) VALUES (?, ?)",
                        (str(report["reportID"]), json.dumps(report)),
                    )
            rows = store.rows("SELECT body FROM expensify_reports ORDER BY place")
        return [json.loads(row["body"]) for row in rows]

    def report(self, report_id: object) -> Report:
        """One report. Raises SandboxError."""
        found = next((one for one in self.reports() if one["reportID"] == report_id), None)
        if found is None:
            raise SandboxError(f"There is no report {report_id!r}. GET /admin/expensify/reports lists them.")
        return found

    def save(self, report: Report) -> Report:
        """Keep a report as it now stands."""
        sql = "INSERT INTO expensify_reports (report_id, body) VALUES (?, ?) "
        sql += "ON CONFLICT (report_id) DO UPDATE SET body = excluded.body"
        self.context.store.write(sql, (str(report["reportID"]), json.dumps(report)))
        return report

    def labels(self, report_id: object) -> list[str]:
        """The labels under which a report was marked as exported."""
        sql = "SELECT label FROM expensify_labels WHERE report_id = ? ORDER BY label"
        return [row["label"] for row in self.context.store.rows(sql, (str(report_id),))]

    def mark(self, report_ids: Iterable[object], label: str) -> None:
        """Mark reports as exported."""
        for report_id in report_ids:
            self.context.store.write("INSERT OR IGNORE INTO expensify_labels VALUES (?, ?)", (str(report_id), label))

    def unmark(self, report_id: object) -> None:
        """Forget a report's labels."""
        self.context.store.write("DELETE FROM expensify_labels WHERE report_id = ?", (str(report_id),))

    def keep_file(self, name: str, content: str) -> None:
        """Keep a rendered file, to be had after the delay."""
        ready_at = self.now_s() + int(self.setting("file_delay_s"))
        self.context.store.write("INSERT INTO expensify_files VALUES (?, ?, ?)", (name, content, ready_at))

    def file(self, name: object) -> tuple[str, bool] | None:
        """A file's content and whether it is ready; None when there is none."""
        sql = "SELECT content, ready_at FROM expensify_files WHERE name = ?"
        row = self.context.store.row(sql, (str(name),))
        return None if row is None else (row["content"], row["ready_at"] <= self.now_s())

    def added_categories(self) -> list[Mapping[str, object]]:
        """Categories that an admin call has added to the policy."""
        return [json.loads(row["body"]) for row in self.context.store.rows("SELECT body FROM expensify_categories")]

    def add_category(self, category: Mapping[str, object]) -> None:
        """Add a category to the policy, or replace it."""
        sql = "INSERT OR REPLACE INTO expensify_categories VALUES (?, ?)"
        self.context.store.write(sql, (str(category["name"]), json.dumps(category)))

    def admit(self) -> bool:
        """Count a call; False when one of the windows is full."""
        store, now = self.context.store, self.now_s()
        if self.setting("rate_limit") == "off":
            return True
        with store.transaction():
            store.write("DELETE FROM expensify_calls WHERE called_at <= ?", (now - WINDOWS[-1][1],))
            times = [row["called_at"] for row in store.rows("SELECT called_at FROM expensify_calls")]
            if any(sum(at > now - seconds for at in times) >= most for most, seconds in WINDOWS):
                return False
            store.write("INSERT INTO expensify_calls VALUES (?)", (now,))
        return True


def moment(desk: Desk) -> str:
    """The sandbox's time as Expensify writes it."""
    return f"{desk.context.now():%Y-%m-%d %H:%M:%S}"
