"""A real receiver process killed with -9 while it receives: what it acknowledged is there, and nothing twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import Engine

from connector_assets.records.database import open_database
from connector_assets.records.inbox import Inbox
from connector_tests.webhooks.conftest import BASIC, notification

COUNT, KILLED_AT, SENDERS = 300, 60, 4


@contextmanager
def receiver(home: Path, database_url: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """`connector webhooks serve` as a process of its own: its URL and the process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
    environment |= {"CONNECTOR_HOME": str(home), "CONNECTOR_DATABASE_URL": database_url, "CONNECTOR_WEBHOOKS_PORT": "0"}
    environment |= {"CONNECTOR_WEBHOOKS_USERNAME": BASIC[0], "CONNECTOR_WEBHOOKS_PASSWORD": BASIC[1]}
    command = [str(Path(sys.executable).parent / "connector"), "webhooks", "serve"]
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        ready = child.stdout.readline()
        assert ready.startswith("receiver ready at "), ready + child.stderr.read()
        yield ready.split()[-1], child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()


def send(url: str, numbers: range) -> list[int]:
    """Send notifications until the receiver is gone; those that it acknowledged."""
    acknowledged = []
    with requests.Session() as http:
        http.auth = BASIC
        for number in numbers:
            try:
                reply = http.post(f"{url}/paychex", json=notification(number), timeout=10)
            except requests.RequestException:
                break
            assert reply.status_code == 200, reply.text
            acknowledged.append(number)
    return acknowledged


def test_nothing_acknowledged_is_lost_and_nothing_is_stored_twice(
    tmp_path: Path, engine: Engine, database_url: str
) -> None:
    inbox = Inbox(engine)
    everything = [range(start, COUNT, SENDERS) for start in range(SENDERS)]
    with receiver(tmp_path, database_url) as (url, child), ThreadPoolExecutor(SENDERS) as pool:
        sent = [pool.submit(send, url, part) for part in everything]
        while len(inbox.received("paychex")) < KILLED_AT:
            assert child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
        acknowledged = {number for one in sent for number in one.result()}
    stored = {int(one.notification_id.replace("-", ""), 16) for one in inbox.received("paychex")}
    assert 0 < len(acknowledged) < COUNT  # it died in the middle
    assert acknowledged <= stored
    with receiver(tmp_path, database_url) as (url, _), ThreadPoolExecutor(SENDERS) as pool:
        again = [number for part in pool.map(lambda part: send(url, part), everything) for number in part]
    assert sorted(again) == list(range(COUNT))
    kept = [one.notification_id for one in inbox.received("paychex")]
    assert len(kept) == len(set(kept)) == COUNT


def test_a_receiver_that_is_told_to_stop_finishes_what_it_has(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'records.db'}"
    with receiver(tmp_path, database_url) as (url, child):
        assert send(url, range(3)) == [0, 1, 2]
        child.terminate()
        assert child.wait(timeout=30) in (0, -signal.SIGTERM)
    engine = open_database(database_url)
    assert len(Inbox(engine).received("paychex")) == 3
    engine.dispose()
