"""What runs by itself: sensors ask for what is not finished, and by the calendar."""

import pytest
from dagster import AssetCheckEvaluation, AssetKey, AssetMaterialization

from connector_assets.connections import Carried
from connector_assets.orchestration.backfills import start_backfill
from connector_tests.flows.facts import FIRST, checks_of
from connector_tests.flows.house import LLC, House, key_of


def asked(house: House) -> list[str]:
    """The pay runs that the sensor asks for in its first tick."""
    return house.asked_for(LLC)


def again(house: House) -> list[str]:
    """The pay runs that the sensor asks for in a next tick."""
    return house.asked_for(LLC, house.cursor)


def reconciled(house: House, *partitions: str) -> None:
    """Let pay runs count as carried, where only the sensor is looked at."""
    for partition in partitions:
        done = AssetMaterialization(AssetKey([LLC, "reconciliation"]), partition=partition)
        house.instance.report_runless_asset_event(done)


def test_the_sensor_asks_for_what_is_not_reconciled_and_for_nothing_else(house: House) -> None:
    first, *others = house.partitions(LLC)
    assert asked(house) == [first, *others]
    assert len(house.tick(LLC, "new_pay_runs")[0]) == 1  # a run costs a process, whatever it carries
    assert house.carry(LLC, first).succeeded
    assert asked(house) == others
    for partition in others:
        house.instance.delete_dynamic_partition(f"{LLC}_pay_runs", partition)
    assert asked(house) == []


def test_one_run_is_asked_for_all_neighbours_in_the_order_of_their_dates(house: House) -> None:
    keys = house.partitions(LLC)
    reconciled(house, keys[3], *keys[7:])
    assert asked(house) == [*keys[:3], *keys[4:7]]
    assert len(house.tick(LLC, "new_pay_runs")[0]) == 2  # nothing that is finished lies inside of a range


def test_what_could_not_be_finished_is_not_asked_for_in_a_circle(house: House) -> None:
    """A run over four of which one is bad. test_notifications.py has a refresh let everything be asked for again."""
    first, second, bad, fourth, *others = house.partitions(LLC)
    reconciled(house, *others)
    assert asked(house) == [first, second, bad, fourth]
    reconciled(house, first, second, fourth)
    assert again(house) == []
    _, told = house.tick(LLC, "new_pay_runs", house.cursor)
    assert told.startswith(f"1 pay runs were tried and are not finished: {bad}. They are asked for again once the")
    house.renew(LLC, "worker_roster")  # one of many: nothing says yet that what was wrong is mended
    assert again(house) == []


def test_while_a_run_or_a_backfill_carries_pay_runs_no_other_is_asked_for(house: House) -> None:
    """Nothing overtakes what is under way, and nothing is carried twice for having been asked for twice."""
    run = house.instance.create_run_for_job(house.definitions().resolve_job_def(f"{LLC}_post"))
    told = f"run {run.run_id[:8]} is at work; the rest comes after it."
    assert told in house.tick(LLC, "new_pay_runs")[1]
    house.instance.report_run_failed(run)  # as a worker's death does: run retries are going to start it again
    assert told in house.tick(LLC, "new_pay_runs")[1]
    house.instance.delete_run(run.run_id)
    assert asked(house)
    carried, keys = Carried("pay_runs", "reconciliation", "post"), house.partitions(LLC)
    key = start_backfill(house.instance, house.definitions(), house.connection(LLC), carried, keys, person="tests")
    assert f"backfill {key} is at work" in house.tick(LLC, "new_pay_runs")[1]


def test_a_pay_run_that_was_stopped_is_asked_for_again(house: House) -> None:
    first = house.partitions(LLC)[0]
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    assert not house.carry(LLC, first).succeeded
    assert asked(house)[0] == first


@pytest.mark.thorough
def test_a_posted_pay_run_that_changed_is_asked_for_once_more(house: House) -> None:
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert key_of(FIRST) not in asked(house)
    house.office("checks/change", LLC, FIRST, paycheck_id=checks_of(LLC, FIRST)[0].paycheck_id, amount_cents=5_00)
    assert house.refresh(LLC).succeeded
    assert key_of(FIRST) in asked(house)
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert key_of(FIRST) not in asked(house)


@pytest.mark.thorough
def test_what_waits_for_a_person_is_not_tried_in_a_circle(house: House) -> None:
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    assert not house.carry(LLC, key_of(FIRST)).succeeded
    assert key_of(FIRST) in asked(house)
    assert not house.carry(LLC, key_of(FIRST)).succeeded
    assert again(house) == []


def test_a_new_version_of_the_mapping_lets_what_is_not_posted_be_asked_for_anew(house: House) -> None:
    before = asked(house)
    assert again(house) == []
    mappings = house.records().mappings
    (first,) = mappings.versions(LLC)
    body = f"{first.body}\n"
    mappings.save(LLC, body, author="dana", reason="a rule more", effective_from=first.effective_from)
    assert again(house) == before


def test_the_calendar_of_the_sample_firm_is_green_and_a_period_that_nobody_ran_is_not(house: House) -> None:
    """S06: Flex shows a period whose check date is over and that is not processed; the demo leaves none behind."""

    def arrived() -> AssetCheckEvaluation:
        (found,) = house.materialize(LLC, ["pay_calendar"]).get_asset_check_evaluations()
        return found

    assert arrived().passed
    house.office("periods/advance", LLC, FIRST, to="ENTRY")
    found = arrived()
    assert not found.passed
    assert f"Pay period {FIRST.pay_period_id} " in (found.description or "")
    assert "has the status ENTRY" in (found.description or "")


def test_what_runs_by_itself_is_off_until_somebody_turns_it_on(house: House) -> None:
    definitions = house.definitions()
    jobs = {
        "new_pay_runs": ["post"],
        "payroll_calendar": ["refresh", "discover"],
        "notifications": ["refresh", "discover", "workers"],
    }
    for name, parts in jobs.items():
        sensor = definitions.resolve_sensor_def(f"{LLC}_{name}")
        assert sensor.default_status.value == "STOPPED"
        assert [target.job_name for target in sensor.targets] == [f"{LLC}_{part}" for part in parts]
    assert not [one for one in definitions.schedules or () if one.name.startswith(LLC)]


def test_a_pay_run_that_the_calendar_does_not_show_yet_waits_for_the_refresh(house: House) -> None:
    for partition in house.partitions(LLC):
        house.instance.delete_dynamic_partition(f"{LLC}_pay_runs", partition)
    house.instance.add_dynamic_partitions(f"{LLC}_pay_runs", ["2026-04-10_850000000000001"])
    told = f"{LLC}_refresh has read what the source says of them."
    assert house.tick(LLC, "new_pay_runs") == ([], f"1 pay runs wait until {told}")
