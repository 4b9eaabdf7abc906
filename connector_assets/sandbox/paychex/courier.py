"""Delivery of notifications to the registered URLs, as Paychex authenticates to them, again and again until a 2xx.

Only to this machine: a hook with another host is never called.
"""

import base64
import http.client
import ipaddress
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.paychex.outbox import Outbox

_TIMEOUT_S = 10.0
_LONGEST_NAP_S = 3600.0
_LEAST_NAP_S = 0.05
Hook = tuple[dict[str, str], dict[str, str]]


class Courier:
    """Sends what is due: in the background after each announcement, or when an admin call says so."""

    def __init__(self, context: SandboxContext) -> None:
        self.outbox = Outbox(context)
        self._context, self._store = context, context.store
        self._sending, self._awake = threading.Lock(), threading.Event()
        self._tokens: dict[str, str] = {}
        self._thread: threading.Thread | None = None

    def announce(self, company_id: str, domain: str, action: str, **ids: str) -> int:
        """Tell every hook that asked for it (`Outbox.announce`), soon; how many will be told."""
        count = self.outbox.announce(company_id, domain, action, **ids)
        if count:
            self.wake()
        return count

    def resume(self) -> None:
        """Go on with what an earlier process of this state file has left."""
        if self._store.row("SELECT 1 FROM paychex_outbox WHERE state = 'queued'"):
            self.wake()

    def wake(self) -> None:
        """Let the background deliver what is due, where the switch has one."""
        if self._context.switches.get("paychex.hook_delivery") != "background":
            return
        self._awake.set()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
            self._thread.start()

    def deliver(self) -> dict[str, int]:
        """Send everything that is due now, each once; how many were taken and refused, and how many still wait."""
        counts: Counter[str] = Counter()
        with self._sending:
            blocking = self._context.switches.get("paychex.hook_queue") == "blocking"
            blocked: set[str] = set()
            sql = "SELECT * FROM paychex_outbox WHERE state = 'queued' ORDER BY rank, delivery_id"
            for row in self._store.rows(sql):
                is_due = row["due_at"] <= self._context.now().timestamp()
                if not is_due or (blocking and row["hook_id"] in blocked):
                    blocked.add(row["hook_id"])
                    continue
                answer = self._send(row["hook_id"], row["payload"])
                taken = answer.isdigit() and 200 <= int(answer) < 300
                counts["delivered" if taken else "refused"] += 1
                self._note(row["delivery_id"], answer, taken=taken)
                if not taken:
                    blocked.add(row["hook_id"])
        waiting = self._store.rows("SELECT 1 FROM paychex_outbox WHERE state IN ('queued', 'held')")
        return {"delivered": counts["delivered"], "refused": counts["refused"], "waiting": len(waiting)}

    def rows(self) -> list[dict[str, object]]:
        """The outbox as it stands."""
        return [dict(row) for row in self._store.rows("SELECT * FROM paychex_outbox ORDER BY delivery_id")]

    def _run(self) -> None:
        try:
            while True:
                self._awake.clear()
                self.deliver()
                self._awake.wait(self._nap_s())
        except sqlite3.ProgrammingError:
            return  # the sandbox has closed its state file

    def _nap_s(self) -> float:
        row = self._store.row("SELECT MIN(due_at) AS due_at FROM paychex_outbox WHERE state = 'queued'")
        if row is None or row["due_at"] is None:
            return _LONGEST_NAP_S
        return min(max(float(row["due_at"]) - self._context.now().timestamp(), _LEAST_NAP_S), _LONGEST_NAP_S)

    def _note(self, delivery_id: int, answer: str, *, taken: bool) -> None:
        again_at = self._context.now().timestamp() + float(self._context.switches.get("paychex.hook_retry_s"))
        sql = "UPDATE paychex_outbox SET attempts = attempts + 1, answer = ?, state = ?, due_at = ?"
        values = (answer, "delivered" if taken else "queued", again_at, delivery_id)
        self._store.write(f"{sql} WHERE delivery_id = ?", values)

    def _send(self, hook_id: str, payload: str) -> str:
        """The status of the answer, or the class of what went wrong."""
        row = self._store.row("SELECT hook, authentication FROM paychex_hooks WHERE hook_id = ?", (hook_id,))
        if row is None:
            return "204"  # the hook is gone, and with it whoever would wait for this
        hook, secrets = json.loads(row["hook"]), json.loads(row["authentication"])
        try:
            return self._post_notification(hook_id, (hook, secrets), payload)
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            return type(error).__name__

    def _post_notification(self, hook_id: str, hook: Hook, payload: str) -> str:
        kept, secrets = hook
        uses_token = kept["authType"].startswith("OAUTH2")
        for _ in range(2):
            headers = {"Content-Type": "application/json", **self._authorization(hook_id, kept, secrets)}
            status, _answer = _post(kept["uri"], payload.encode(), headers)
            if status != 401 or not uses_token:
                break
            self._tokens.pop(hook_id, None)
        return str(status)

    def _authorization(self, hook_id: str, hook: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        if hook["authType"] == "BASIC_AUTH":
            return {"Authorization": _basic(secrets["username"], secrets["password"])}
        if hook["authType"] in {"API_KEY", "APIKEY"}:
            return {self._context.switches.get("paychex.hook_api_key_header"): secrets["apiKey"]}
        if hook["authType"] == "NO_AUTH":
            return {}
        if hook_id not in self._tokens:
            self._tokens[hook_id] = _token(hook, secrets)
        return {"Authorization": f"Bearer {self._tokens[hook_id]}"}


def _token(hook: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """A token of the receiver's, the client's id and secret in the body or as HTTP Basic."""
    form = {"grant_type": secrets.get("grantType", "client_credentials")}
    headers = {"Content-Type": secrets.get("contentType", "application/x-www-form-urlencoded")}
    if hook["authType"] == "OAUTH2_BASIC":
        headers["Authorization"] = _basic(secrets["clientId"], secrets["clientSecret"])
    else:
        form |= {"client_id": secrets["clientId"], "client_secret": secrets["clientSecret"]}
    _, answer = _post(secrets["tokenUrl"], urlencode(form).encode(), headers)
    return str(json.loads(answer)["access_token"])


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    target = urlsplit(url)
    host = target.hostname or ""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError("the sandbox calls this machine only")
    connection = http.client.HTTPConnection(host, target.port or 80, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", target.path or "/", body, dict(headers))
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()
