"""Faults by rule or by seed, shared by all systems, and the replies that break a connection.

A rule names a system, which of its calls to hit, and what goes wrong:
`{"system": "paychex", "match": {"operation": "checks"}, "fault": "drop_after", "times": 1, "after": 2, "params": {}}`.
`after` calls that match pass unharmed, then `times` of them (0 = every one) suffer the fault.
"""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from connector_assets.sandbox.store import SandboxError, Store

_TABLES = """
CREATE TABLE IF NOT EXISTS sandbox_fault_rules (
  rule_id INTEGER PRIMARY KEY, system TEXT NOT NULL, match TEXT NOT NULL, fault TEXT NOT NULL,
  times INTEGER NOT NULL, after INTEGER NOT NULL, params TEXT NOT NULL, seen INTEGER NOT NULL, fired INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sandbox_fault_seeds (
  system TEXT PRIMARY KEY, seed INTEGER NOT NULL, rate REAL NOT NULL, faults TEXT NOT NULL, calls INTEGER NOT NULL)
"""
_RULE_KEYS = ("system", "match", "fault", "times", "after", "params")
_SEED_KEYS = ("system", "seed", "rate", "faults")

TRANSPORT_FAULTS = {
    "drop_before": "the connection closes before anything is done",
    "drop_after": "the work is done, then the connection closes without a byte of reply",
    "slow": "the work is done, the reply waits `delay_s` seconds (2)",
    "truncated": "the work is done, the connection closes after `share` of the body (0.5)",
}


@dataclass(frozen=True)
class Fault:
    """One fault to suffer: its name and its parameters."""

    name: str
    params: Mapping[str, object] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """A numeric parameter; raises SandboxError where the rule gave something else."""
        value = self.params.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SandboxError(f"Fault {self.name}: parameter {name!r} must be a number, not {value!r}.")
        return value


class Faults:
    """The rules and random modes in force. Counters are in the store, so a restart changes nothing."""

    def __init__(self, store: Store) -> None:
        store.create(_TABLES)
        self._store = store
        self._names: dict[str, dict[str, str]] = {}
        self._keys: dict[str, tuple[str, ...]] = {}

    def declare(self, system: str, faults: Mapping[str, str], keys: tuple[str, ...]) -> None:
        """Say which faults a system knows (name -> meaning) and what a rule may match on.

        `operation` is matched whole, every other key by substring.
        """
        self._names[system] = dict(faults)
        self._keys[system] = keys

    def add(self, rule: Mapping[str, object]) -> int:
        """Add one rule (see the module) or random mode `{"system", "seed", "rate", "faults"?}`; returns the rule's id.

        Raises SandboxError naming what is wrong and what would be right.
        """
        system = self._system(rule)
        if "rate" in rule:
            return self._randomise(system, rule)
        _no_others(rule, _RULE_KEYS)
        match, params = rule.get("match", {}), rule.get("params", {})
        if not isinstance(match, Mapping) or not isinstance(params, Mapping):
            raise SandboxError("A rule's 'match' and 'params' are JSON objects.")
        _no_others(match, self._keys[system])
        _readable(match, params)
        fault = self._fault(system, rule.get("fault"))
        times, after = _count(rule, "times", 1), _count(rule, "after", 0)
        values = (system, json.dumps(match), fault, times, after, json.dumps(params))
        sql = "INSERT INTO sandbox_fault_rules (system, match, fault, times, after, params, seen, fired)"
        return self._store.write(f"{sql} VALUES (?, ?, ?, ?, ?, ?, 0, 0)", values)

    def clear(self, system: str | None = None) -> None:
        """Forget all rules and random modes, or those of one system."""
        for table in ("sandbox_fault_rules", "sandbox_fault_seeds"):
            self._store.write(f"DELETE FROM {table} WHERE ? IS NULL OR system = ?", (system, system))  # noqa: S608 - two constants

    def take(self, system: str, call: Mapping[str, str]) -> Fault | None:
        """The fault this call must suffer, or None. `call` gives the call's value for each key that rules match on."""
        with self._store.transaction():
            return self._by_rule(system, call) or self._by_seed(system)

    def describe(self) -> dict[str, object]:
        """The rules and random modes in force with their counters, and what each system knows."""
        rules = [dict(row) for row in self._store.rows("SELECT * FROM sandbox_fault_rules ORDER BY rule_id")]
        for rule in rules:
            rule.update(match=json.loads(rule["match"]), params=json.loads(rule["params"]))
        modes = [dict(row) for row in self._store.rows("SELECT * FROM sandbox_fault_seeds ORDER BY system")]
        for mode in modes:
            mode.update(faults=json.loads(mode["faults"]))
        return {"rules": rules, "random": modes, "known": self._names, "match_keys": self._keys}

    def _by_rule(self, system: str, call: Mapping[str, str]) -> Fault | None:
        rows = self._store.rows("SELECT * FROM sandbox_fault_rules WHERE system = ? ORDER BY rule_id", (system,))
        for row in rows:
            if not _fits(json.loads(row["match"]), call) or (row["times"] and row["fired"] >= row["times"]):
                continue
            fires = row["seen"] >= row["after"]
            sql = "UPDATE sandbox_fault_rules SET seen = seen + 1, fired = fired + ? WHERE rule_id = ?"
            self._store.write(sql, (int(fires), row["rule_id"]))
            if fires:
                return Fault(row["fault"], json.loads(row["params"]))
        return None

    def _by_seed(self, system: str) -> Fault | None:
        mode = self._store.row("SELECT * FROM sandbox_fault_seeds WHERE system = ?", (system,))
        if mode is None:
            return None
        self._store.write("UPDATE sandbox_fault_seeds SET calls = calls + 1 WHERE system = ?", (system,))
        dice = random.Random(f"{mode['seed']}:{system}:{mode['calls']}")  # noqa: S311 - repeatable, not secret
        if dice.random() >= mode["rate"]:
            return None
        return Fault(dice.choice(json.loads(mode["faults"])))

    def _randomise(self, system: str, rule: Mapping[str, object]) -> int:
        _no_others(rule, _SEED_KEYS)
        rate, names = rule["rate"], rule.get("faults", sorted(self._names[system]))
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1:
            raise SandboxError(f"'rate' is a share of calls above 0 and up to 1, not {rate!r}.")
        if not isinstance(names, list) or not names:
            raise SandboxError("'faults' is a list of fault names.")
        faults = json.dumps([self._fault(system, name) for name in names])
        sql = "INSERT OR REPLACE INTO sandbox_fault_seeds VALUES (?, ?, ?, ?, 0)"
        return self._store.write(sql, (system, _count(rule, "seed", 7), rate, faults))

    def _system(self, rule: Mapping[str, object]) -> str:
        system = rule.get("system")
        if not isinstance(system, str) or system not in self._names:
            raise SandboxError(f"'system' must be one of {', '.join(sorted(self._names))}, not {system!r}.")
        return system

    def _fault(self, system: str, name: object) -> str:
        if not isinstance(name, str) or name not in self._names[system]:
            known = ", ".join(sorted(self._names[system]))
            raise SandboxError(f"{system} has no fault {name!r}. Its faults are: {known}.")
        return name


def _fits(match: Mapping[str, str], call: Mapping[str, str]) -> bool:
    return all(
        call.get(key, "") == text if key == "operation" else text in call.get(key, "") for key, text in match.items()
    )


def _no_others(given: Mapping[str, object], known: tuple[str, ...]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SandboxError(f"Unknown key {', '.join(map(repr, unknown))}. Known here: {', '.join(known)}.")


def _readable(match: Mapping[str, object], params: Mapping[str, object]) -> None:
    if not all(isinstance(text, str) for text in match.values()):
        raise SandboxError("A rule's 'match' gives a text for each key.")
    for name, value in params.items():
        if name.endswith("_s") or name == "share":
            Fault("rule", {name: value}).number(name, 0)


def _count(rule: Mapping[str, object], name: str, default: int) -> int:
    value = rule.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SandboxError(f"{name!r} is a whole number of 0 or more, not {value!r}.")
    return value


class DroppedReply(Response):
    """No reply at all: the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection without sending a byte."""
        scope["state"]["transport"].abort()


class TruncatedReply(Response):
    """A reply whose connection closes before its announced length."""

    def __init__(self, whole: Response, share: float) -> None:
        super().__init__(whole.body, whole.status_code)
        self.raw_headers = whole.raw_headers
        self._share = share

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers of the whole reply and part of its body, then close the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        part = bytes(self.body)[: int(len(self.body) * self._share)]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        scope["state"]["transport"].close()


class SlowReply(Response):
    """A reply that waits, without holding a worker thread."""

    def __init__(self, whole: Response, delay_s: float) -> None:
        super().__init__()
        self._whole, self._delay_s = whole, delay_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then send the whole reply."""
        await asyncio.sleep(self._delay_s)
        await self._whole(scope, receive, send)


def spoil(fault: Fault, whole: Response) -> Response:
    """The reply after a transport fault that strikes once the work is done; other faults leave it whole."""
    if fault.name == "drop_after":
        return DroppedReply()
    if fault.name == "truncated":
        return TruncatedReply(whole, fault.number("share", 0.5))
    if fault.name == "slow":
        return SlowReply(whole, fault.number("delay_s", 2))
    return whole
