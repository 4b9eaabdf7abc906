"""How many writers are at work at one company at a time: in one process, and in two."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from connector_assets.vendors.errors import RefusedError, UnavailableError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.slots import WriterSlots, slots_of
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, SeenRequest
from connector_tests.vendors.intacct_wire import asked, client_for, done, error, failed, login, page, respond, written
from connector_tests.vendors.intacct_writer import started

Server = Callable[[Script], AbstractContextManager[ScriptedServer]]

WAIT_LIMIT_S = 30.0


class Busy:
    """A gateway that answers writes only two at a time, and keeps how many it had before it at once."""

    def __init__(self) -> None:
        self.at_once = self.most_at_once = 0
        self._lock, self._pair = threading.Lock(), threading.Barrier(2)

    def __call__(self, request: SeenRequest) -> ScriptedReply:
        name = asked(request).bodies[0].tag
        if name == "getAPISession":
            return login()(request)
        if name == "query":
            return respond(done(page("DEPARTMENT", [])))(request)
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self._pair.wait(WAIT_LIMIT_S)
        with self._lock:
            self.at_once -= 1
        return respond(done(written("department", 7)))(request)


def create(client: IntacctClient, number: int) -> list[dict[str, str]]:
    return client.create("DEPARTMENT", [{"DEPARTMENTID": str(number), "TITLE": "T"}], f"d:{number}")


def test_two_writers_are_at_work_and_the_others_wait(scripted_server: Server) -> None:
    gateway = Busy()
    with scripted_server([gateway] * 20) as server, ThreadPoolExecutor(8) as pool:
        clients = [client_for(server.url) for _ in range(4)]
        made = list(pool.map(lambda number: create(clients[number % 4], number), range(8)))
    assert made == [[{"RECORDNO": "7"}]] * 8
    assert gateway.most_at_once == 2


def test_reading_takes_no_slot(scripted_server: Server) -> None:
    with scripted_server([Busy()] * 2) as server:
        client = client_for(server.url)
        with client._gateway._slots.taken("x"), client._gateway._slots.taken("y"):
            assert list(client.query("DEPARTMENT", ["TITLE"])) == []


def test_a_write_that_finds_no_slot_in_time_was_not_sent() -> None:
    slots = WriterSlots(1, wait_s=0.0)
    with slots.taken("first"), pytest.raises(UnavailableError, match="second: not sent"), slots.taken("second"):
        pass
    with slots.taken("third"):
        pass


def test_a_failed_write_gives_its_slot_back(scripted_server: Server) -> None:

    replies = [login(), *[respond(failed(error("BL34000061", "already exists")))] * 3]
    with scripted_server(replies) as server:
        client = client_for(server.url)
        for number in range(3):
            with pytest.raises(RefusedError):
                create(client, number)


def test_clients_of_one_company_share_its_slots_and_the_most_cautious_counts() -> None:
    one = slots_of("http://127.0.0.1:7/a", "SHARED", 4)
    assert slots_of("http://127.0.0.1:7/b", "SHARED", 3) is one
    assert slots_of("http://127.0.0.1:7/a", "OTHER", 4) is not one
    with one.taken("a"), one.taken("b"), one.taken("c"):
        assert one._taken == one._writers == 3


def test_two_processes_together_have_as_many_writers_as_one(scripted_server: Server, tmp_path: Path) -> None:
    gateway = Busy()
    with scripted_server([gateway] * 20) as server:
        processes = [started("write", server.url, str(tmp_path), first) for first in ("0", "4")]
        for process in processes:
            process.communicate(timeout=WAIT_LIMIT_S)
    assert [process.returncode for process in processes] == [0, 0]
    assert gateway.most_at_once == 2


def test_the_slots_of_a_process_that_was_killed_are_free(tmp_path: Path) -> None:
    with started("hold", "http://127.0.0.1:7", str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        (files,) = {path.name.rpartition("-")[0] for path in tmp_path.iterdir()}
        slots = WriterSlots(2, wait_s=0.0, files=tmp_path / files)
        with pytest.raises(UnavailableError, match="third: not sent, 2 writers"), slots.taken("third"):
            pass
        process.kill()
    with slots.taken("third"), slots.taken("fourth"):
        pass


def test_a_folder_that_cannot_hold_slots_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file where the folder should be")
    slots = slots_of("http://127.0.0.1:7", "ACME", 2, tmp_path / "locks")
    with pytest.raises(UnavailableError, match="locks holds no writer slots"), slots.taken("write"):
        pass
