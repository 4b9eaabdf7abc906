"""Two real processes post the same pay runs at the same time: each journal once, and nothing sent twice.

`python -m connector_tests.faults --two 1000` does it with 1,000 runs on both databases; CONNECTOR_TEST_RUNS sets how
many there are here.
"""

import os
from pathlib import Path

import pytest

from connector_tests.faults.two_processes import race

RUNS = int(os.environ.get("CONNECTOR_TEST_RUNS", "150"))


def test_two_processes_with_the_same_runs_make_each_journal_once(tmp_path: Path, database_url: str) -> None:
    assert race(tmp_path, database_url, RUNS).fault == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_the_lease_they_send_the_same_journals(tmp_path: Path, database_url: str) -> None:
    assert race(tmp_path, database_url, 40, leaseless=True).fault != ""
