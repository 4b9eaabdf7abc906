"""Paging a large collection: each item is made once, read from anywhere, and little is kept."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from connector_assets.sandbox.paychex.pages import Collection, CollectionCache
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.sandbox.conftest import Clock, Peer
from connector_tests.sandbox.tiny_firm import PAID_PERIOD, TinyFirm


def _numbers(count: int, made: list[int]) -> Iterator[bytes]:
    for number in range(count):
        made.append(number)
        yield json.dumps(number).encode()


@given(count=st.integers(0, 450), offset=st.integers(0, 500), limit=st.integers(0, 300))
def test_any_window_is_that_slice_of_the_whole(count: int, offset: int, limit: int) -> None:
    collection = Collection(_numbers(count, []))
    expected = [str(number).encode() for number in range(count)][offset : offset + limit]
    assert collection.read(slice(offset, offset + limit)) == expected


def test_a_page_makes_no_more_than_its_frames_and_makes_them_once() -> None:
    made: list[int] = []
    collection = Collection(_numbers(1_000, made))
    collection.read(slice(0, 100))
    assert len(made) == 100
    collection.read(slice(100, 200))
    collection.read(slice(0, 200))
    assert len(made) == 200


def test_threads_that_page_at_once_see_the_same_items() -> None:
    made: list[int] = []
    collection = Collection(_numbers(3_000, made))
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda n: collection.read(slice(n * 100, n * 100 + 100)), range(30)))
    assert [int(item) for page in pages for item in page] == list(range(3_000))
    assert len(made) == 3_000


def test_the_cache_forgets_what_was_used_least_recently() -> None:
    cache, made = CollectionCache(kept_bytes=1), [0]

    def read(key: str) -> None:
        cache.get(key, lambda: _numbers(100, made)).read(slice(0, 100))

    read("a")
    read("a")
    assert len(made) == 101
    read("b")
    read("b")
    read("a")
    assert len(made) == 301


def test_a_thousand_pages_make_each_check_once(tmp_path: Path) -> None:
    firm = TinyFirm(check_count=5_000)
    clock = Clock()
    with running_sandbox(SandboxOptions(tmp_path / "state.db"), firm=firm, now=clock) as root:
        peer = Peer(root, clock)
        peer.sign_in()
        seen = 0
        for offset in range(0, 5_000, 100):
            seen += len(peer.checks(PAID_PERIOD, offset=offset, limit=100).json()["content"])
    assert (seen, firm.checks_made) == (5_000, 5_000)
