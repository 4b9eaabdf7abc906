"""The sandbox's state: one SQLite file that every simulated system keeps its tables in."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

Value = str | int | float | bytes | None


class SandboxError(ValueError):
    """What the sandbox refuses of its operator; the message names what is wrong and what would be right."""


class Store:
    """One SQLite file shared by all threads of the process, one statement or transaction at a time."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; its folder is created too. Raises SandboxError for a file that is no database."""
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connect(path)
        except (OSError, sqlite3.Error) as error:
            raise SandboxError(f"The state file {path} cannot be used: {error}. Name another file.") from error

    def create(self, script: str) -> None:
        """Run `CREATE TABLE IF NOT EXISTS …` statements, separated by semicolons."""
        with self._lock:
            self._connection.executescript(script)

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[sqlite3.Row]:
        """Run one statement and return all of its rows, addressable by column name."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Value] = ()) -> sqlite3.Row | None:
        """Run one statement and return its first row, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def write(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one writing statement; it is committed at once unless a transaction is open. Returns the last row id."""
        with self._lock:
            return self._connection.execute(sql, parameters).lastrowid or 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end, rolls back on an exception. Inside another one, a savepoint of it."""
        with self._lock:
            nested = self._connection.in_transaction
            begin, commit, rollback = _SAVEPOINT if nested else _TRANSACTION
            self._connection.execute(begin)
            try:
                yield self._connection
            except BaseException:
                for statement in rollback:
                    self._connection.execute(statement)
                raise
            self._connection.execute(commit)

    def remember(self, key: str, value: str) -> str:
        """Return what the file holds under `key`; a new file first learns `value`."""
        self.create("CREATE TABLE IF NOT EXISTS sandbox_facts (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        self.write("INSERT OR IGNORE INTO sandbox_facts VALUES (?, ?)", (key, value))
        return str(self.rows("SELECT value FROM sandbox_facts WHERE key = ?", (key,))[0]["value"])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


_TRANSACTION = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_SAVEPOINT = ("SAVEPOINT nested", "RELEASE nested", ("ROLLBACK TO nested", "RELEASE nested"))
