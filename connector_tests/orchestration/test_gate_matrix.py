"""Trying to get round the gate: every state in which the dimensions do not stand, by every way to start a post.

Whatever the way, no journal reaches the ledger, and the message names the asset to materialize. Only a run that itself
brings the dimensions back into order may post.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from dagster import AssetKey, AssetMaterialization

from connector_assets.cli import main
from connector_tests.flows.house import BUILT, LLC, House, carried_by, problem_of

DEPARTMENTS = f"{LLC}/intacct/departments"
ALIGNMENT = f"{LLC}/dimension_alignment"
DEPARTMENTS_KEY = AssetKey([LLC, "intacct", "departments"])
LAST_PAY_RUN = "2025-12-28"


def fresh(house: House) -> None:
    """All stands, as the refresh left it."""
    assert house.instance.get_latest_materialization_event(DEPARTMENTS_KEY)


def never_materialized(house: House) -> None:
    house.instance.wipe_assets([DEPARTMENTS_KEY])


def failed(house: House) -> None:
    """The last good snapshot is there; a newer attempt has failed, and will fail again."""
    house.fault("intacct", "invalid_request", {"operation": "query", "object": "DEPARTMENT"}, times=0)
    assert not house.materialize(LLC, ["intacct/departments"]).success


def stale(house: House) -> None:
    house.configure(LLC, freshness_hours=1e-6)


def refreshing(house: House) -> None:
    """A run that refreshes the dimensions has begun and has not finished."""
    job = house.definitions().resolve_job_def(f"{LLC}_refresh")
    house.instance.create_run_for_job(job)


def check_failed(house: House) -> None:
    house.admin("intacct/records", object="DEPARTMENT", key="210", fields={"STATUS": "inactive"})
    assert not house.materialize(LLC, ["intacct/departments", "dimension_alignment"]).success


def check_not_run(house: House) -> None:
    """Someone reported a materialization by hand: no check has looked at it."""
    house.instance.report_runless_asset_event(AssetMaterialization(DEPARTMENTS_KEY))


State = Callable[[House], None]
CLOSED: dict[State, str] = {
    never_materialized: DEPARTMENTS,
    failed: DEPARTMENTS,
    stale: DEPARTMENTS,
    refreshing: DEPARTMENTS,
    check_failed: ALIGNMENT,
    check_not_run: DEPARTMENTS,
}
LASTING = (failed, stale, check_failed)
"""What a new refresh does not mend."""


def post_alone(house: House) -> str:
    return problem_of(house.materialize(LLC, ["gl_post"], house.partitions(LLC)[0]))


def post_with_a_dimension_that_stands(house: House) -> str:
    return problem_of(house.materialize(LLC, ["intacct/gl_accounts", "gl_post"], house.partitions(LLC)[0]))


def backfill_of_the_post_alone(house: House) -> str:
    first, last = house.partitions(LLC)[0], house.partitions(LLC)[BUILT - 1]
    return problem_of(house.materialize(LLC, ["gl_post"], first, last=last))


def post_job(house: House) -> str:
    return house.carry(LLC, house.partitions(LLC)[0]).problem


def sensor(house: House) -> str:
    """The first pay run that the sensor asks for, carried; or why it asks for none."""
    requests, skipped = house.tick(LLC, "new_pay_runs")
    return skipped or house.carry(LLC, carried_by(requests[0], house.partitions(LLC))[0]).problem


PATHS = (post_alone, post_with_a_dimension_that_stands, backfill_of_the_post_alone, post_job, sensor)


@pytest.mark.parametrize(
    "state",
    [one if one is never_materialized else pytest.param(one, marks=pytest.mark.thorough) for one in CLOSED],
    ids=lambda state: state.__name__,
)
def test_the_gate_holds_on_every_path(house: House, state: State) -> None:
    state(house)
    for path in PATHS:
        problem = path(house)
        told = f"Materialize {CLOSED[state]}" in problem
        stopped_before = state is check_failed and "P01 210" in problem  # the journal itself finds what is inactive
        assert told or stopped_before, (path.__name__, problem)
        assert not house.journals(), path.__name__
        assert not house.records().postings.list(LLC), path.__name__


def test_the_gate_is_open_on_every_path_while_the_dimensions_stand(house: House) -> None:
    """The same paths, so that none of them is shown closed for another reason than the gate's."""
    fresh(house)
    for path in PATHS:
        assert path(house) == "", path.__name__
    assert len(house.journals()) == BUILT


@pytest.mark.parametrize(
    "state",
    [refreshing, *(pytest.param(one, marks=pytest.mark.thorough) for one in (*LASTING, check_not_run))],
    ids=lambda state: state.__name__,
)
def test_the_command_line_refreshes_first_and_posts_only_on_what_that_mended(house: House, state: State) -> None:
    house.only_from(LAST_PAY_RUN, LLC)
    state(house)
    result = CliRunner().invoke(main, ["sync", LLC])
    if state in LASTING:
        assert result.exit_code == 1
        assert not house.journals()
        assert DEPARTMENTS in result.output or ALIGNMENT in result.output
    else:
        assert result.exit_code == 0, result.output
        assert len(house.journals()) == 1


def test_one_run_of_everything_posts_on_the_dimensions_that_it_makes_itself(house: House) -> None:
    """Materialize all for one pay run, after everything was forgotten: in order, and through an open gate."""
    keys = [key for key in house.definitions().resolve_all_asset_keys() if key.path[0] == LLC]
    house.instance.wipe_assets(keys)
    result = house.materialize(LLC, ["/".join(key.path[1:]) for key in keys], house.partitions(LLC)[0])
    assert result.success, problem_of(result)
    assert len(house.journals()) == 1


def test_every_dimension_asset_is_asked_for(house: House) -> None:
    """One after another is forgotten, and each is named: none is left out of the gate."""
    definitions = house.definitions()
    reference = [
        key
        for key in sorted(definitions.resolve_all_asset_keys())
        if key.path[0] == LLC and (key.path[1] in {"intacct", "paychex", "dimension_alignment", "worker_roster"})
    ]
    needed = [key for key in reference if key.path[-1] != "employees"]  # no journal line names an employee
    house.instance.wipe_assets(needed)
    problem = post_alone(house)
    assert [key.to_user_string() for key in needed if f"{key.to_user_string()} has never" not in problem] == []
    assert len(needed) == 14
    assert not house.journals()


@pytest.mark.thorough
def test_dagsters_own_command_line_does_not_get_round_it(house: House) -> None:
    """A process of its own that materializes the post alone, as a cron entry of someone in a hurry would."""
    never_materialized(house)
    dagster = str(Path(sys.executable).parent / "dagster")
    command = [dagster, "asset", "materialize", "-m", "connector_assets.definitions"]
    done = subprocess.run(
        [*command, "--select", f"{LLC}/gl_post", "--partition", house.partitions(LLC)[0]],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert done.returncode != 0
    assert f"Materialize {DEPARTMENTS}" in done.stdout + done.stderr
    assert not house.journals()
