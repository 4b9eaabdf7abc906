"""What a backfill is made of, and where it is refused. test_daemon.py has a real daemon carry one out."""

from dagster import DagsterInstance

from connector_assets.orchestration.partitions import add_missing
from connector_tests.cli_runner import failing
from connector_tests.flows.house import LLC, House


def test_without_a_daemon_a_backfill_is_refused_and_the_fix_named(house: House) -> None:
    assert "No Dagster daemon is at work" in failing("sync", LLC, "--backfill")
    assert house.journals() == []


def test_a_pay_run_that_is_found_late_takes_its_place_by_date() -> None:
    with DagsterInstance.ephemeral() as instance:
        assert add_missing(instance, "acme", "pay_runs", ["2025-03-01_b", "2025-01-01_a"]) == [
            "2025-01-01_a",
            "2025-03-01_b",
        ]
        assert add_missing(instance, "acme", "pay_runs", ["2025-02-01_c", "2025-01-01_a"]) == ["2025-02-01_c"]
        assert instance.get_dynamic_partitions("acme_pay_runs") == ["2025-01-01_a", "2025-02-01_c", "2025-03-01_b"]
        assert add_missing(instance, "acme", "pay_runs", ["2025-03-01_b"]) == []
