"""Switches: every behaviour that a fact sheet marks UNCONFIRMED has a name, a default and its alternatives.

Each system declares its own switches when it is mounted; together they are one table, shown by `GET /admin/switches`.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from connector_assets.sandbox.store import SandboxError, Store

_TABLES = "CREATE TABLE IF NOT EXISTS sandbox_switches (name TEXT PRIMARY KEY, value TEXT NOT NULL)"


@dataclass(frozen=True)
class Switch:
    """One unconfirmed behaviour: `choices[0]` is the default; `name` starts with its system (`paychex.etag`)."""

    name: str
    choices: tuple[str, ...]
    meaning: str

    @property
    def default(self) -> str:
        """The value it has until an admin call sets another."""
        return self.choices[0]


class Switches:
    """The table of all switches and their current values; values outlive a restart."""

    def __init__(self, store: Store) -> None:
        store.create(_TABLES)
        self._store = store
        self._lock = threading.Lock()
        self._table: dict[str, Switch] = {}
        self._values: dict[str, str] = {
            row["name"]: row["value"] for row in store.rows("SELECT name, value FROM sandbox_switches")
        }
        self.version = 0

    def declare(self, switches: Iterable[Switch]) -> None:
        """Add a system's switches to the table."""
        self._table.update({switch.name: switch for switch in switches})

    def get(self, name: str) -> str:
        """The current value of a declared switch."""
        return self._values.get(name, self._table[name].default)

    def set(self, name: str, value: str) -> None:
        """Give a switch a value; raises SandboxError naming the valid names or values."""
        if name not in self._table:
            raise SandboxError(f"There is no switch {name!r}. The switches are: {', '.join(sorted(self._table))}.")
        choices = self._table[name].choices
        if value not in choices:
            raise SandboxError(f"Switch {name} cannot be {value!r}. Its values are: {', '.join(choices)}.")
        with self._lock:
            self._store.write("INSERT OR REPLACE INTO sandbox_switches VALUES (?, ?)", (name, value))
            self._values = {**self._values, name: value}
            self.version += 1

    def reset(self) -> None:
        """Put every switch back to its default."""
        with self._lock:
            self._store.write("DELETE FROM sandbox_switches")
            self._values = {}
            self.version += 1

    def describe(self) -> dict[str, dict[str, object]]:
        """Every switch with its value, choices (the first is the default) and meaning."""
        return {
            name: {"value": self.get(name), "choices": list(switch.choices), "meaning": switch.meaning}
            for name, switch in sorted(self._table.items())
        }
