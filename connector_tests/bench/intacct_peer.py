"""What the bench runs in the environment of the Python peer: `sageintacctsdk` building and parsing the same input.

Usage: python intacct_peer.py <input.json> <reply.xml> <rounds>. The peer offers no builder or parser of its own: its
one way to send is called with `requests.post` replaced, which takes the body away before it would be sent, or hands it
the reply. Prints processor seconds per round as JSON.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class _BuiltError(Exception):
    """The body is built; nothing is sent."""


def main(input_path: str, reply_path: str, rounds: int) -> None:
    """Build and parse `rounds` times each, and print the seconds."""
    base = importlib.import_module("sageintacctsdk.apis.api_base")
    entries = importlib.import_module("sageintacctsdk.apis.journal_entries").JournalEntries()
    entries.set_sender_id("s")
    entries.set_sender_password("p")
    entries.set_session_id("x")
    entries.set_show_private(False)
    given = json.loads(Path(input_path).read_text(encoding="utf-8"))
    header = {"JOURNAL": "PYRJ", "BATCH_DATE": "04/05/2031", "BATCH_TITLE": "t", "REFERENCENO": "R", "STATE": "Posted"}
    batch = {"create": {"GLBATCH": header | {"ENTRIES": {"GLENTRY": given}}}}
    reply = SimpleNamespace(status_code=200, text=Path(reply_path).read_text(encoding="utf-8"))
    sizes: list[int] = []

    def take_away(url: str, headers: object, data: bytes) -> None:
        sizes.append(len(data))
        raise _BuiltError

    def build() -> None:
        base.requests.post = take_away
        with suppress(_BuiltError):
            entries.format_and_send_request(batch)

    def parse() -> None:
        base.requests.post = lambda url, headers, data: reply
        records = entries.format_and_send_request({"query": {"object": "GLENTRY"}})["data"]["GLENTRY"]
        sizes.append(len(records))

    print(json.dumps({"build_s": _timed(build, rounds), "parse_s": _timed(parse, rounds), "sizes": sizes}))


def _timed(work: Callable[[], Any], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return taken


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
