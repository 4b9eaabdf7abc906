"""The payroll as Paychex shows it now: the firm's facts, overlaid with what admin calls and API writes have changed."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from pydantic import TypeAdapter

from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.facts import CheckFacts, JobFacts, PeriodFacts

STATUSES = (
    "INITIAL",
    "ENTRY",
    "PROCESSING",
    "COMPLETED",
    "COMPLETED_BY_MEC",
    "RELEASED",
    "REISSUED",
    "REVERSED",
)
UNPROCESSED = frozenset({"INITIAL", "ENTRY"})

_TABLES = """
CREATE TABLE IF NOT EXISTS paychex_periods (
  company_id TEXT NOT NULL, pay_period_id TEXT NOT NULL, status TEXT, vanished INTEGER NOT NULL DEFAULT 0,
  facts TEXT, paycheck_ids TEXT, PRIMARY KEY (company_id, pay_period_id));
CREATE TABLE IF NOT EXISTS paychex_checks (
  paycheck_id TEXT PRIMARY KEY, company_id TEXT NOT NULL, pay_period_id TEXT NOT NULL, replaces INTEGER NOT NULL,
  facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS paychex_jobs (
  job_id TEXT PRIMARY KEY, company_id TEXT NOT NULL, facts TEXT NOT NULL, segments TEXT NOT NULL)
"""
_PERIOD, _CHECK, _JOB = TypeAdapter(PeriodFacts), TypeAdapter(CheckFacts), TypeAdapter(JobFacts)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Payroll:
    """Periods, checks and jobs of the sandbox's companies. `version` grows with every change."""

    def __init__(self, context: SandboxContext) -> None:
        context.store.create(_TABLES)
        self._store, self.firm = context.store, context.firm
        self.version = 0

    def periods(self, company_id: str) -> list[PeriodFacts]:
        """All pay periods of a company that have not vanished, the added ones last."""
        rows = self._store.rows("SELECT * FROM paychex_periods WHERE company_id = ? ORDER BY rowid", (company_id,))
        overlay = {row["pay_period_id"]: row for row in rows}
        known = [*self.firm.periods(company_id), *(_PERIOD.validate_json(row["facts"]) for row in rows if row["facts"])]
        sql = "SELECT pay_period_id AS id, COUNT(*) AS count FROM paychex_checks WHERE NOT replaces GROUP BY 1"
        added: dict[str, int] = {row["id"]: row["count"] for row in self._store.rows(sql)}
        periods = []
        for period in known:
            row = overlay.get(period.pay_period_id)
            if row is None or not row["vanished"]:
                status = row["status"] if row is not None and row["status"] else period.status
                count = 0 if status == "INITIAL" else period.check_count + added.get(period.pay_period_id, 0)
                periods.append(replace(period, status=status, check_count=count))
        return periods

    def listed(self, company_id: str, today: date) -> list[PeriodFacts]:
        """The periods that a list shows on a day: all but those that the firm's year left open and that are past.

        After its year the sample firm runs no payroll, and a company that runs none leaves no period open in Flex. What
        an admin call has touched is shown whatever its status is.
        """
        sql = "SELECT pay_period_id FROM paychex_periods WHERE company_id = ?"
        touched = {row["pay_period_id"] for row in self._store.rows(sql, (company_id,))}
        return [
            period
            for period in self.periods(company_id)
            if period.status not in UNPROCESSED or period.check_date >= today or period.pay_period_id in touched
        ]

    def period(self, company_id: str, pay_period_id: str) -> PeriodFacts | None:
        """One pay period, or None when it does not exist or has vanished."""
        return next((period for period in self.periods(company_id) if period.pay_period_id == pay_period_id), None)

    def checks(self, company_id: str, period: PeriodFacts) -> Iterator[CheckFacts]:
        """The period's checks, in a fixed order: the firm's (with changes applied), then the added ones."""
        if period.status == "INITIAL":
            return
        sql = "SELECT * FROM paychex_checks WHERE company_id = ? AND pay_period_id = ? ORDER BY rowid"
        rows = self._store.rows(sql, (company_id, period.pay_period_id))
        changed = {row["paycheck_id"]: _CHECK.validate_json(row["facts"]) for row in rows if row["replaces"]}
        for check in self._original_checks(company_id, period):
            yield changed.get(check.paycheck_id, check)
        yield from (_CHECK.validate_json(row["facts"]) for row in rows if not row["replaces"])

    def void_count(self, company_id: str, pay_period_id: str) -> int:
        """How many void checks admin calls have added to the period."""
        sql = "SELECT facts FROM paychex_checks WHERE company_id = ? AND pay_period_id = ? AND NOT replaces"
        rows = self._store.rows(sql, (company_id, pay_period_id))
        return sum(_CHECK.validate_json(row["facts"]).check_type == "Void" for row in rows)

    def jobs(self, company_id: str) -> list[JobFacts]:
        """The company's costing jobs, changed and created ones included."""
        rows = self._store.rows("SELECT * FROM paychex_jobs WHERE company_id = ? ORDER BY rowid", (company_id,))
        overlay = {row["job_id"]: _JOB.validate_json(row["facts"]) for row in rows}
        known = [overlay.pop(job.job_id, job) for job in self.firm.jobs(company_id)]
        return [*known, *overlay.values()]

    def job_segments(self, company_id: str) -> dict[str, dict[str, str]]:
        """The job numbers that API writes gave, by job id: segment1, segment2, segment3."""
        rows = self._store.rows("SELECT job_id, segments FROM paychex_jobs WHERE company_id = ?", (company_id,))
        return {row["job_id"]: json.loads(row["segments"]) for row in rows}

    def save_job(self, company_id: str, job: JobFacts, segments: dict[str, str]) -> None:
        """Create or change a job."""
        values = (job.job_id, company_id, _JOB.dump_json(job).decode(), json.dumps(segments))
        self._write("INSERT OR REPLACE INTO paychex_jobs VALUES (?, ?, ?, ?)", values)

    def set_status(self, company_id: str, pay_period_id: str, status: str) -> None:
        """Give a period another status."""
        self._upsert(company_id, pay_period_id, "status", status)

    def vanish(self, company_id: str, pay_period_id: str) -> None:
        """Let a period disappear."""
        self._upsert(company_id, pay_period_id, "vanished", 1)

    def add_period(self, company_id: str, period: PeriodFacts, paycheck_ids: Sequence[str] = ()) -> None:
        """Add a period. One with an original holds the reversed checks of it: all, or those of `paycheck_ids`."""
        values = (company_id, period.pay_period_id, _PERIOD.dump_json(period).decode(), json.dumps(list(paycheck_ids)))
        self._write(
            "INSERT INTO paychex_periods (company_id, pay_period_id, facts, paycheck_ids) VALUES (?, ?, ?, ?)", values
        )

    def save_check(self, company_id: str, check: CheckFacts, *, replaces: bool) -> None:
        """Add a check to its period, or (`replaces`) let it stand for the one with the same id."""
        text = _CHECK.dump_json(check).decode()
        values = (check.paycheck_id, company_id, check.pay_period_id, int(replaces), text)
        sql = (
            "INSERT INTO paychex_checks VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (paycheck_id) DO UPDATE SET facts = excluded.facts"
        )
        self._write(sql, values)

    def has_added(self, paycheck_id: str) -> bool:
        """Whether a check of that id was added."""
        return self._store.row("SELECT 1 FROM paychex_checks WHERE paycheck_id = ?", (paycheck_id,)) is not None

    def _original_checks(self, company_id: str, period: PeriodFacts) -> Iterator[CheckFacts]:
        sql = "SELECT facts, paycheck_ids FROM paychex_periods WHERE company_id = ? AND pay_period_id = ?"
        row = self._store.row(sql, (company_id, period.pay_period_id))
        if row is None or row["facts"] is None:
            yield from self.firm.checks(company_id, period.pay_period_id)
            return
        original_id = period.original_pay_period_id
        original = self.period(company_id, original_id) if original_id else None
        if original is not None:
            chosen = json.loads(row["paycheck_ids"])
            yield from _reversed(self.checks(company_id, original), period, chosen)

    def _upsert(self, company_id: str, pay_period_id: str, column: str, value: str | int) -> None:
        sql = (
            f"INSERT INTO paychex_periods (company_id, pay_period_id, {column}) VALUES (?, ?, ?) "  # noqa: S608 - constant
            f"ON CONFLICT (company_id, pay_period_id) DO UPDATE SET {column} = excluded.{column}"
        )
        self._write(sql, (company_id, pay_period_id, value))

    def _write(self, sql: str, values: tuple[str | int, ...]) -> None:
        self._store.write(sql, values)
        self.version += 1


def negated(check: CheckFacts) -> CheckFacts:
    """The check with every amount and every hour taken back."""
    lines = tuple(
        replace(line, amount_cents=-line.amount_cents, hours_e4=None if line.hours_e4 is None else -line.hours_e4)
        for line in check.lines
    )
    return replace(check, net_cents=-check.net_cents, lines=lines)


def made_id(length: int, *parts: str) -> str:
    """An id of the vendor's look, made from what it stands for: 20 characters `00…`, or digits where it is shorter."""
    number = int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest())
    if length < 20:
        return f"97{number % 10 ** (length - 2):0{length - 2}d}"
    text = ""
    while len(text) < length - 2:
        number, digit = divmod(number, len(_ALPHABET))
        text += _ALPHABET[digit]
    return f"00{text}"


def _reversed(checks: Iterator[CheckFacts], period: PeriodFacts, chosen: Collection[str]) -> Iterator[CheckFacts]:
    for check in checks:
        if not chosen or check.paycheck_id in chosen:
            paycheck_id = made_id(20, "reversal", period.pay_period_id, check.paycheck_id)
            yield replace(
                negated(check),
                paycheck_id=paycheck_id,
                pay_period_id=period.pay_period_id,
                check_date=period.check_date,
                check_number="",
            )
