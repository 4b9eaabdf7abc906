"""Progress of long work, told to whoever listens in this process (the command line); Dagster has its own event log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One thing done: `subject` (a partition, an asset) of `connection`, with a few words on how it went."""

    connection: str
    subject: str
    outcome: str


Listener = Callable[[Progress], None]
_LISTENERS: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call `listener` for every announcement while the block runs."""
    _LISTENERS.append(listener)
    try:
        yield
    finally:
        _LISTENERS.remove(listener)


def announce(connection: str, subject: str, outcome: str) -> None:
    """Tell the listeners; costs nothing when there are none."""
    for listener in _LISTENERS:
        listener(Progress(connection, subject, outcome))
