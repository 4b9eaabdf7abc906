"""Following a roster takes the calls that its size gives, and next to nothing when little has changed."""

from pathlib import Path

import pytest

from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.settings import load_settings
from connector_tests.bench.workers import Pass, measure
from connector_tests.flows.house import environment

WORKERS = 300


@pytest.fixture(scope="module")
def passes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pass]:
    home = tmp_path_factory.mktemp("home")
    with (
        running_sandbox(SandboxOptions(home / "sandbox.db", workers=WORKERS)) as url,
        environment(Path(home), int(url.rpartition(":")[2])),
    ):
        return {one.what: one for one in measure(load_settings(), url)}


def test_everybody_is_created_in_batches(passes: dict[str, Pass]) -> None:
    new = passes["new"]
    assert new.created > 150
    assert 0 < new.updated <= new.created  # supervisors, in a second pass
    assert (new.paychex_calls, new.intacct_calls) == (new.paychex_bound, new.intacct_bound)
    assert all(one.is_within for one in passes.values())


def test_a_roster_that_has_not_changed_is_read_and_nothing_else(passes: dict[str, Pass]) -> None:
    same = passes["same"]
    assert (same.created, same.updated, same.renamed) == (0, 0, 0)
    assert (
        (same.paychex_calls, same.intacct_calls) == (same.paychex_bound, 1) == (same.paychex_bound, same.intacct_bound)
    )


def test_three_changes_cost_three_changes(passes: dict[str, Pass]) -> None:
    three = passes["three"]
    assert (three.created, three.updated, three.renamed) == (0, 2, 1)
    assert (three.paychex_calls, three.intacct_calls) == (three.paychex_bound, three.intacct_bound)
