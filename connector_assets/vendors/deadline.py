"""Until when a write may leave: asked by the transport at the last moment before a write's first byte.

Whoever sends under a lease must not send after it. Between taking the lease and the first byte lie a sign-in with its
retries and waits for a free slot, which may outlast any lease; another sender may be at it by then.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_may_write: ContextVar[Callable[[], bool]] = ContextVar("_may_write", default=lambda: True)


@contextmanager
def writing_while(allowed: Callable[[], bool]) -> Iterator[None]:
    """Within the block, and in this thread, no write leaves once `allowed()` is false: it is an UnavailableError."""
    token = _may_write.set(allowed)
    try:
        yield
    finally:
        _may_write.reset(token)


def may_write() -> bool:
    """Whether a write may still leave."""
    return _may_write.get()()
