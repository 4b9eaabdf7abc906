"""What one sender may ask of the receiver: requests a minute, bytes, nesting, and seconds for the head of a request."""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

DEEPEST_JSON = 8
LARGEST_HEAD_BYTES = 16 * 1024
SENDERS_COUNTED = 10_000
_TIMED_OUT = (408, "Request Timeout", "The request did not begin in time. Send its head at once.")
_HEAD_TOO_LARGE = (431, "Request Header Fields Too Large", "The head of the request is too large. Send fewer headers.")


class RateLimit:
    """At most `per_min` requests of one sender in a clock minute. `now_s` answers seconds."""

    def __init__(self, per_min: int, now_s: Callable[[], float]) -> None:
        self._per_min, self._now_s = per_min, now_s
        self._minute, self._counts = -1, dict[str, int]()

    def wait_s(self, sender: str) -> int:
        """0 when the sender may go on, else the seconds until it may. Senders past SENDERS_COUNTED share one count."""
        now_s = int(self._now_s())
        if now_s // 60 != self._minute:
            self._minute, self._counts = now_s // 60, {}
        counted = sender if sender in self._counts or len(self._counts) < SENDERS_COUNTED else ""
        self._counts[counted] = self._counts.get(counted, 0) + 1
        return 0 if self._counts[counted] <= self._per_min else 60 - now_s % 60


def is_too_deep(body: bytes) -> bool:
    """Whether arrays and objects stand in each other more than DEEPEST_JSON deep, found without parsing."""
    depth, in_text, escaped = 0, False, False
    for byte in body:
        if in_text:
            in_text, escaped = escaped or byte != 0x22, byte == 0x5C and not escaped
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            if depth > DEEPEST_JSON:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def impatient_protocol(head_s: float) -> type[HttpToolsProtocol]:
    """Uvicorn's HTTP protocol, which gives the head of each request `head_s` seconds and LARGEST_HEAD_BYTES."""

    class ImpatientProtocol(HttpToolsProtocol):
        """Uvicorn alone waits for the rest of a head for ever, and takes one of any size."""

        _in_head, _head_bytes = True, 0
        _alarm: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
            super().connection_made(transport)
            self._set_alarm()

        def data_received(self, data: bytes) -> None:
            if self._in_head:
                self._head_bytes += len(data)
                if self._alarm is None:
                    self._set_alarm()
            super().data_received(data)
            if self._in_head and self._head_bytes > LARGEST_HEAD_BYTES:
                self._refuse(_HEAD_TOO_LARGE)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            if self._alarm is None:
                self._set_alarm()

        def on_headers_complete(self) -> None:
            self._end_alarm()
            self._in_head, self._head_bytes = False, 0
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._in_head = True
            super().on_message_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._end_alarm()
            super().connection_lost(exc)

        def _set_alarm(self) -> None:
            self._alarm = self.loop.call_later(head_s, self._refuse, _TIMED_OUT)

        def _end_alarm(self) -> None:
            if self._alarm is not None:
                self._alarm.cancel()
                self._alarm = None

        def _refuse(self, answer: tuple[int, str, str]) -> None:
            self._end_alarm()
            status, words, text = answer
            head = f"HTTP/1.1 {status} {words}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
            self.transport.write((head + text).encode("ascii"))
            self.transport.close()

    return ImpatientProtocol
