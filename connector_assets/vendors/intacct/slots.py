"""Slots for writers: how many writing requests this process keeps under way at one company.

Intacct answers a few requests of a company at a time, lets further ones wait, and turns the rest away (`GW-0010`). Two
writers are what every tier of service bears. All clients of one company share its slots, whichever connection and
entity they belong to; a write that finds none free in time is `unavailable`: nothing was sent.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from connector_assets.vendors.errors import UnavailableError
from connector_assets.vendors.intacct.errors import SYSTEM

DEFAULT_WRITERS = 2
SLOT_WAIT_S = 60.0

_registry: "dict[tuple[str, str], WriterSlots]" = {}
_registry_lock = threading.Lock()


class WriterSlots:
    """`writers` requests at a time; a further one waits at most `wait_s`."""

    def __init__(self, writers: int = DEFAULT_WRITERS, wait_s: float = SLOT_WAIT_S) -> None:
        self._writers, self._wait_s = writers, wait_s
        self._taken = 0
        self._freed = threading.Condition()

    def at_most(self, writers: int) -> None:
        """Lower the number of writers; of several connections into one company the most cautious counts."""
        with self._freed:
            self._writers = min(self._writers, writers)

    @contextmanager
    def taken(self, doing: str) -> Iterator[None]:
        """Hold a slot for the length of a `with` block. Raises UnavailableError when none came free in time."""
        with self._freed:
            if not self._freed.wait_for(lambda: self._taken < self._writers, self._wait_s):
                message = f"{doing}: not sent, {self._writers} writers were at work for {self._wait_s:g} s"
                fix = "Try again later, or raise `writers` of this connection if the company's tier allows more."
                raise UnavailableError(SYSTEM, message, fix=fix)
            self._taken += 1
        try:
            yield
        finally:
            with self._freed:
                self._taken -= 1
                self._freed.notify()


def slots_of(url: str, company_id: str, writers: int) -> WriterSlots:
    """The slots of a company behind a gateway, shared by the whole process."""
    with _registry_lock:
        slots = _registry.setdefault((urlsplit(url).netloc, company_id), WriterSlots(writers))
    slots.at_most(writers)
    return slots
