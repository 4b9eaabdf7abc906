"""Real processes are killed with SIGKILL before, inside and after each durable step; the next ones go on by themselves.

`python -m connector_tests.faults --kill` prints every kill as a table; CONNECTOR_TEST_KILLS=all plays them all here as
well, otherwise each database is given every other one, so that the suite stays quick.
"""

import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import wait

import pytest

from connector_tests.faults.killing import PATHS, Case, World, cases, go_on, kill_world, play_case, verdict
from connector_tests.faults.process import Halt, Job, answer_of, started
from connector_tests.faults.simulate import COMMAND

EVERY = 1 if os.environ.get("CONNECTOR_TEST_KILLS") == "all" else 2


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with kill_world(tmp_path_factory.mktemp("killed")) as made:
        yield made


@pytest.mark.parametrize("path", PATHS)
def test_a_process_killed_at_any_step_is_continued_by_the_next(world: World, database_url: str, path: str) -> None:
    first = 0 if database_url.startswith("sqlite") else 1
    for case in cases(path)[first % EVERY :: EVERY]:
        assert play_case(world, database_url, case) == "", f'{COMMAND} --kill "{case}"'


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_poster_that_looks_nothing_up_and_takes_new_ids_does_not_survive_it(world: World, database_url: str) -> None:
    case = Case("nothing fails", "record_posted", "before")
    assert play_case(world, database_url, case, careless=True).startswith("2 journals under")


def test_a_process_killed_while_the_gateway_is_at_work_finds_its_journal_later(world: World, database_url: str) -> None:
    references = (f"K-{database_url[:8]}-at-work",)
    job = Job(database_url, world.root, references, halt=Halt("after", "begin_send"))
    with started(job) as (process, pipe):
        assert answer_of(pipe) == "halted"

        def kill() -> None:
            process.kill()
            wait([process.sentinel])

        world.arm(kill)
        pipe.send("go on")
        process.join()
        assert process.exitcode == -signal.SIGKILL
    go_on(world, job)
    assert verdict(world, job) == ""
    assert len(world.journals(references[0])) == 1
