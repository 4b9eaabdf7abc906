"""A step that meets an outage is run again by Dagster, unless somebody waits for it; anything else ends it at once."""

from collections.abc import Iterator

import pytest
from dagster import (
    AssetExecutionContext,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    JobDefinition,
    asset,
    define_asset_job,
    in_process_executor,
    reconstructable,
)
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from connector_assets.orchestration import outages
from connector_assets.records.errors import RecordsAwayError, RecordsError
from connector_assets.vendors.errors import CredentialError, UnavailableError

AWAY = UnavailableError("intacct", "not reached", fix="Wait.")
DATABASE = RecordsAwayError("The database is away.", fix="Wait.")
WRONG = CredentialError("intacct", "refused", fix="Correct the password.")
STATE = RecordsError("The posting is posted.", fix="Nothing.")
ERRORS: list[Exception] = []
"""What the next attempts meet, one after the other; then it goes well."""


@asset
def needy(context: AssetExecutionContext) -> int:
    with outages.outages_waited_out(context):
        if ERRORS:
            raise ERRORS.pop(0)
        return 1


def needy_job() -> JobDefinition:
    job = define_asset_job("needy_job", executor_def=in_process_executor)
    return Definitions(assets=[needy], jobs=[job]).resolve_job_def("needy_job")


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    monkeypatch.setattr(outages, "FIRST_WAIT_S", 0)
    ERRORS.clear()
    with DagsterInstance.ephemeral() as made:
        yield made


def launched(instance: DagsterInstance) -> tuple[bool, int]:
    """Execute a run that a launcher has started, as its worker does: whether it went well, after how many retries."""
    location = RegisteredCodeLocationOrigin("connector")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "needy_job")
    run = instance.create_run_for_job(needy_job(), remote_job_origin=origin, job_code_origin=None)
    result = execute_run(reconstructable(needy_job), run, instance)
    return result.success, len(instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_RESTARTED))


@pytest.mark.parametrize("error", [AWAY, DATABASE], ids=["vendor", "database"])
def test_an_outage_is_waited_out_as_often_as_is_said(instance: DagsterInstance, error: Exception) -> None:
    ERRORS[:] = [error] * outages.TRIES_AGAIN
    assert launched(instance) == (True, outages.TRIES_AGAIN)
    ERRORS[:] = [error] * (outages.TRIES_AGAIN + 1)
    assert launched(instance) == (False, outages.TRIES_AGAIN)


@pytest.mark.parametrize("error", [WRONG, STATE], ids=["credential", "state"])
def test_what_needs_a_person_is_not_tried_again(instance: DagsterInstance, error: Exception) -> None:
    ERRORS[:] = [error]
    assert launched(instance) == (False, 0)


def test_whoever_waits_is_told_at_once(instance: DagsterInstance) -> None:
    ERRORS[:] = [AWAY]
    assert not needy_job().execute_in_process(instance=instance, raise_on_error=False).success
    assert not ERRORS
