"""Storing together what arrives together: one committed transaction for every request that waits at that moment.

A commit waits for the disk; a burst of a thousand notifications would wait a thousand times. No request is answered
before the transaction that holds its notification is committed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool

from connector_assets.records.inbox import Notice

MOST_AT_ONCE = 500


class Mailroom:
    """Hands notices to `store` (Inbox.store), in order of arrival, one batch at a time."""

    def __init__(self, store: Callable[[Sequence[Notice]], list[bool]]) -> None:
        self._store = store
        self._one_at_a_time = asyncio.Lock()
        self._waiting: deque[tuple[Notice, asyncio.Future[bool]]] = deque()

    async def put(self, notice: Notice) -> bool:
        """Keep the notice; whether it was new. Returns only once it is committed; raises what the store raised."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((notice, answer))
        while not answer.done():
            async with self._one_at_a_time:
                if not answer.done():
                    await self._store_batch()
        return answer.result()

    async def _store_batch(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        try:
            stored = await run_in_threadpool(self._store, [notice for notice, _ in batch])
        except BaseException as error:
            for _, answer in batch:
                answer.set_exception(error if isinstance(error, Exception) else RuntimeError("the receiver stops"))
                answer.exception()  # who gave up waiting does not read it
            if not isinstance(error, Exception):
                raise
            return
        for (_, answer), is_new in zip(batch, stored, strict=True):
            answer.set_result(is_new)
