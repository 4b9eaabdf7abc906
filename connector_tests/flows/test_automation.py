"""What runs by itself: the sensor asks for each pay run that is not finished, the schedule for the refresh."""

from dagster import ScheduleDefinition

from connector_tests.flows.facts import FIRST, checks_of
from connector_tests.flows.house import LLC, House, key_of

SENSOR = f"{LLC}_new_pay_runs"


def asked(house: House) -> list[str]:
    """The pay runs that the sensor asks for now."""
    return [str(request.partition_key) for request in house.asked_for(LLC)]


def test_the_sensor_asks_for_what_is_not_reconciled_and_for_nothing_else(house: House) -> None:
    first, *others = house.partitions(LLC)
    assert asked(house) == [first, *others]
    assert house.carry(LLC, first).succeeded
    assert asked(house) == others
    for partition in others:
        house.instance.delete_dynamic_partition(f"{LLC}_pay_runs", partition)
    assert asked(house) == []


def test_a_pay_run_that_was_stopped_is_asked_for_again(house: House) -> None:
    first = house.partitions(LLC)[0]
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    assert not house.carry(LLC, first).succeeded
    assert asked(house)[0] == first


def test_a_posted_pay_run_that_changed_is_asked_for_once_more(house: House) -> None:
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert key_of(FIRST) not in asked(house)
    house.office("checks/change", LLC, FIRST, paycheck_id=checks_of(LLC, FIRST)[0].paycheck_id, amount_cents=5_00)
    assert house.refresh(LLC).succeeded
    assert key_of(FIRST) in asked(house)
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert key_of(FIRST) not in asked(house)


def test_what_waits_for_a_person_is_not_tried_in_a_circle(house: House) -> None:
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    keys = []
    for _ in range(2):
        assert not house.carry(LLC, key_of(FIRST)).succeeded
        keys.append([one.run_key for one in house.asked_for(LLC) if one.partition_key == key_of(FIRST)])
    assert keys[0] == keys[1] != []


def test_what_runs_by_itself_is_off_until_somebody_turns_it_on(house: House) -> None:
    definitions = house.definitions()
    sensor = definitions.resolve_sensor_def(SENSOR)
    schedule = definitions.resolve_schedule_def(f"{LLC}_refresh_hourly")
    assert isinstance(schedule, ScheduleDefinition)
    assert (sensor.default_status.value, schedule.default_status.value) == ("STOPPED", "STOPPED")
    assert schedule.job_name == f"{LLC}_refresh"
    assert sensor.job_name == f"{LLC}_post"
