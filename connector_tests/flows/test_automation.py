"""What runs by itself: sensors ask for what is not finished, and by the calendar."""

import pytest

from connector_tests.flows.facts import FIRST, checks_of
from connector_tests.flows.house import LLC, House, key_of


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
    keys = []
    for _ in range(2):
        assert not house.carry(LLC, key_of(FIRST)).succeeded
        keys.append([one.run_key for one in house.asked_for(LLC) if one.partition_key == key_of(FIRST)])
    assert keys[0] == keys[1] != []


def test_a_new_version_of_the_mapping_lets_what_is_not_posted_be_asked_for_anew(house: House) -> None:
    before = {str(one.run_key) for one in house.asked_for(LLC)}
    assert before == {str(one.run_key) for one in house.asked_for(LLC)}
    mappings = house.records().mappings
    (first,) = mappings.versions(LLC)
    body = f"{first.body}\n"
    mappings.save(LLC, body, author="dana", reason="a rule more", effective_from=first.effective_from)
    assert not before & {str(one.run_key) for one in house.asked_for(LLC)}


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
    assert house.tick(LLC, "new_pay_runs") == ([], f"1 pay runs wait until {LLC}_refresh has read the pay calendar.")
