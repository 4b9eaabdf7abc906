"""Large collections, serialised once and paged often.

A page of 100 checks must not make a whole period of 100,000: items are made as pages ask for them, kept compressed in
frames, and the collections used least recently are forgotten first.
"""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from itertools import islice

_FRAME_ITEMS = 100
_KEPT_BYTES = 128 * 1024 * 1024


class Collection:
    """Serialised items (none holds a line break), made on demand and kept in compressed frames of 100."""

    def __init__(self, items: Iterator[bytes]) -> None:
        self._source = items
        self._lock = threading.Lock()
        self._frames: list[bytes] = []
        self._complete = False
        self.kept_bytes = 0

    def read(self, window: slice) -> list[bytes]:
        """The items of a window; fewer where the collection ends before it does."""
        first = window.start // _FRAME_ITEMS
        last = max(first, -(-window.stop // _FRAME_ITEMS))
        with self._lock:
            self._make(last)
            frames = self._frames[first:last]
        items = [item for frame in frames for item in zlib.decompress(frame).split(b"\n")]
        return items[window.start - first * _FRAME_ITEMS : window.stop - first * _FRAME_ITEMS]

    def _make(self, frame_count: int) -> None:
        while not self._complete and len(self._frames) < frame_count:
            items = list(islice(self._source, _FRAME_ITEMS))
            self._complete = len(items) < _FRAME_ITEMS
            if items:
                self._frames.append(zlib.compress(b"\n".join(items), 1))
                self.kept_bytes += len(self._frames[-1])


class CollectionCache:
    """The collections used most recently, within a bound on their compressed size."""

    def __init__(self, kept_bytes: int = _KEPT_BYTES) -> None:
        self._bound = kept_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Collection] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Iterator[bytes]]) -> Collection:
        """The collection of that key, begun anew where it is not kept."""
        with self._lock:
            found = self._kept.pop(key, None) or Collection(make())
            self._kept[key] = found
            while len(self._kept) > 1 and sum(kept.kept_bytes for kept in self._kept.values()) > self._bound:
                self._kept.popitem(last=False)
            return found
