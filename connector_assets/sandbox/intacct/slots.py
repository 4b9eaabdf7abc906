"""Concurrency: calls above the limit wait in the order they came, and those that wait too long are throttled (1.5)."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from connector_assets.sandbox.switches import Switches


class TooBusyError(Exception):
    """No slot became free in time: GW-0010."""


class Slots:
    """As many calls at a time as the switch `intacct.concurrency_slots` allows."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._running = 0
        self._held = threading.Event()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a slot for the time of the block. Raises TooBusyError."""
        ticket = object()
        patience_s = int(self._switches.get("intacct.queue_patience_s"))
        with self._changed:
            self._waiting.append(ticket)
            free = self._changed.wait_for(lambda: self._waiting[0] is ticket and self._has_room(), patience_s)
            self._waiting.remove(ticket)
            self._changed.notify_all()
            if not free:
                raise TooBusyError
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def hold(self, longest_s: float) -> None:
        """Stay in the slot until `let_go` is called (the fault `hold`)."""
        self._held.wait(longest_s)

    def let_go(self) -> None:
        """End every hold that has begun."""
        begun, self._held = self._held, threading.Event()
        begun.set()

    def describe(self) -> dict[str, int]:
        """How many calls run and wait."""
        with self._changed:
            return {"running": self._running, "waiting": len(self._waiting)}

    def _has_room(self) -> bool:
        limit = self._switches.get("intacct.concurrency_slots")
        return limit == "unlimited" or self._running < int(limit)
