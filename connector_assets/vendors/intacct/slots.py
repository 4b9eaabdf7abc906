"""Slots for writers: how many writing requests are under way at one company, over the processes of this machine.

Intacct answers a few requests of a company at a time, lets further ones wait, and turns the rest away (`GW-0010`). Two
writers are what every tier of service bears. All clients of one company share its slots, whichever connection and
entity they belong to: those of one process by a counter, and processes that are given the same folder by locked files,
one a slot. The operating system frees the lock of a process that died. A write that finds no slot free in time is
`unavailable`: nothing was sent.
"""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from filelock import BaseFileLock, FileLock, Timeout

from connector_assets.vendors.errors import UnavailableError
from connector_assets.vendors.intacct.errors import SYSTEM

DEFAULT_WRITERS = 2
SLOT_WAIT_S = 60.0
SLOT_POLL_S = 0.05

_registry: "dict[tuple[str, str, Path | None], WriterSlots]" = {}
_registry_lock = threading.Lock()


class WriterSlots:
    """`writers` requests at a time; a further one waits at most `wait_s`.

    With `files`, a path without its end, slot 0 is the lock of the file `<files>-0.lock`, and so on.
    """

    def __init__(self, writers: int = DEFAULT_WRITERS, wait_s: float = SLOT_WAIT_S, files: Path | None = None) -> None:
        self._writers, self._wait_s, self._files = writers, wait_s, files
        self._taken = 0
        self._freed = threading.Condition()

    def at_most(self, writers: int) -> None:
        """Lower the number of writers; of several connections into one company the most cautious counts."""
        with self._freed:
            self._writers = min(self._writers, writers)

    @contextmanager
    def taken(self, doing: str) -> Iterator[None]:
        """Hold a slot for the length of a `with` block. Raises UnavailableError when none came free in time."""
        give_up_at_s = time.monotonic() + self._wait_s
        with self._freed:
            if not self._freed.wait_for(lambda: self._taken < self._writers, self._wait_s):
                raise self._busy(doing)
            self._taken += 1
        lock: BaseFileLock | None = None
        try:
            lock = None if self._files is None else self._locked(self._files, doing, give_up_at_s)
            yield
        finally:
            if lock is not None:
                lock.release()
            with self._freed:
                self._taken -= 1
                self._freed.notify()

    def _locked(self, files: Path, doing: str, give_up_at_s: float) -> BaseFileLock:
        """The first slot's file that could be locked; other processes are asked again until `give_up_at_s`."""
        while True:
            for number in range(self._writers):
                lock = FileLock(f"{files}-{number}.lock", timeout=0, fallback_to_soft=False)
                try:
                    files.parent.mkdir(parents=True, exist_ok=True)
                    lock.acquire()
                except Timeout:
                    continue
                except (OSError, NotImplementedError) as error:
                    fix = "Let this user write there, on a disk whose files can be locked."
                    message = f"{doing}: not sent, {files.parent} holds no writer slots ({type(error).__name__})"
                    raise UnavailableError(SYSTEM, message, fix=fix) from None
                return lock
            if time.monotonic() >= give_up_at_s:
                raise self._busy(doing)
            time.sleep(SLOT_POLL_S)

    def _busy(self, doing: str) -> UnavailableError:
        message = f"{doing}: not sent, {self._writers} writers were at work for {self._wait_s:g} s"
        fix = "Try again later, or raise `writers` of this connection if the company's tier allows more."
        return UnavailableError(SYSTEM, message, fix=fix)


def slots_of(url: str, company_id: str, writers: int, folder: Path | None = None) -> WriterSlots:
    """The slots of a company behind a gateway: this process's, or those of all that are given the same `folder`."""
    host = urlsplit(url).netloc
    digest = hashlib.sha256(f"{host} {company_id}".encode()).hexdigest()[:16]
    files = None if folder is None else folder / f"intacct-writer-{digest}"
    with _registry_lock:
        slots = _registry.setdefault((host, company_id, folder), WriterSlots(writers, files=files))
    slots.at_most(writers)
    return slots
