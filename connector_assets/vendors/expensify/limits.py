"""Never more calls than Expensify takes: several sliding windows at once.

5 calls in 10 seconds and 20 in 60 both hold (the API manual); a token bucket would let too many through at first.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

Windows = Sequence[tuple[int, float]]

ON_THE_WAY_S = 0.5
"""Added to each window: Expensify counts calls as they arrive, and one may take longer on its way than another."""


class SlidingWindows:
    """`windows` are (calls, seconds); `now` is a monotonic clock in seconds. Threads may share one."""

    def __init__(self, windows: Windows, *, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._windows = tuple((most, span_s + ON_THE_WAY_S) for most, span_s in windows)
        self._now, self._sleep = now, sleep
        self._calls: deque[float] = deque(maxlen=max(most for most, _ in windows))
        self._lock = threading.Lock()

    def wait_for_turn(self) -> None:
        """Return when one more call fits into every window, and count it."""
        with self._lock:
            while (wait_s := self._wait_s()) > 0:
                self._sleep(wait_s)
            self._calls.append(self._now())

    def _wait_s(self) -> float:
        """How long until the call that is `most` calls back has left its window, in every window."""
        waits = [
            self._calls[-most] + span_s - self._now() for most, span_s in self._windows if len(self._calls) >= most
        ]
        return max(waits, default=0.0)
