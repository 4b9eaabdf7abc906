"""What Paychex wants to tell the registered hooks: one row for each notification and hook, kept until it is taken.

Faults of the system `paychex_hooks` let one be lost, doubled, late, or overtaken by the next.
"""

import json
import uuid

from connector_assets.sandbox.context import SandboxContext

FAULTS = {
    "lose": "the notification is never sent",
    "duplicate": "it is sent `copies` times (2) under one id",
    "delay": "it is first sent after `delay_s` seconds (3600)",
    "reorder": "it is sent after the next one of the same hook",
}
MATCH_KEYS = ("domain", "company", "action")
SYSTEM = "paychex_hooks"
_TYPES = {
    "CLT_PYRN": "PAYRUN_MESSAGE",
    "CLT_PAY_COMP": "CLT_PAY_COMP_MESSAGE",
    "CLT_DEM": "CLT_DEMOGRAPHIC_MESSAGE",
    "CLT_ACCESS": "CLT_ACCESS_MESSAGE",
}
_TABLES = """
CREATE TABLE IF NOT EXISTS paychex_hooks (hook_id TEXT PRIMARY KEY, hook TEXT NOT NULL, authentication TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS paychex_outbox (
  delivery_id INTEGER PRIMARY KEY, hook_id TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL,
  rank REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '')
"""


class Outbox:
    """The notifications of the sandbox's companies. States: queued, held (until the next one), delivered, lost."""

    def __init__(self, context: SandboxContext) -> None:
        context.store.create(_TABLES)
        context.faults.declare(SYSTEM, FAULTS, MATCH_KEYS)
        self._context, self._store = context, context.store

    def announce(self, company_id: str, domain: str, action: str, **ids: str) -> int:
        """Write one notification for each hook that asked for it; `ids` are `workerId` or `payperiodId`; how many."""
        count = 0
        for row in self._store.rows("SELECT hook_id, hook FROM paychex_hooks ORDER BY rowid"):
            hook = json.loads(row["hook"])
            if domain in hook["domains"] and hook.get("companyId") in (None, company_id):
                self._write(row["hook_id"], self._payload(company_id, domain, action, ids))
                count += 1
        return count

    def _payload(self, company_id: str, domain: str, action: str, ids: dict[str, str]) -> dict[str, object]:
        kind = _TYPES.get(domain, "WORKER_MESSAGE" if domain.startswith("WRKR_") else None)
        now = self._context.now().isoformat(timespec="milliseconds")
        return {
            "companyId": company_id,
            **ids,
            "asOfDate": now,
            "domains": [domain],
            "action": action,
            **({"notificationType": kind} if kind else {}),
            "notificationId": str(uuid.uuid4()),
        }

    def _write(self, hook_id: str, payload: dict[str, object]) -> None:
        domains = payload["domains"]
        call = {"domain": str(domains), "company": str(payload["companyId"]), "action": str(payload["action"])}
        fault = self._context.faults.take(SYSTEM, call)
        name = fault.name if fault else ""
        state = {"lose": "lost", "reorder": "held"}.get(name, "queued")
        late_s = fault.number("delay_s", 3600) if fault and name == "delay" else 0
        copies = int(fault.number("copies", 2)) if fault and name == "duplicate" else 1
        due_at = self._context.now().timestamp() + late_s
        sql = "INSERT INTO paychex_outbox (hook_id, payload, state, rank, due_at) VALUES (?, ?, ?, 0, ?)"
        with self._store.transaction():
            for _ in range(copies):
                number = self._store.write(sql, (hook_id, json.dumps(payload), state, due_at))
                self._store.write("UPDATE paychex_outbox SET rank = ? WHERE delivery_id = ?", (number, number))
            if state == "queued":
                free = "UPDATE paychex_outbox SET state = 'queued', rank = ? WHERE hook_id = ? AND state = 'held'"
                self._store.write(free, (number + 0.5, hook_id))
