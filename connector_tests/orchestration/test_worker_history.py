"""The dated history of the roster: every event once, and any past day as it was."""

from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.register import WORKERS
from connector_assets.orchestration.roster import doubled_ids, sharing_numbers
from connector_assets.orchestration.worker_history import (
    WORKER_HISTORY,
    as_of,
    event_counts,
    new_events,
    now_of,
    with_events,
)

HIRED, TODAY = date(2024, 3, 4), date(2025, 6, 10)
ADA: dict[str, object] = {
    **{"worker_id": "ada", "employee_id": "17", "worker_type": "EMPLOYEE", "employment_type": "FULL_TIME"},
    **{"exemption_type": None, "status": "ACTIVE", "status_reason": "HIRED", "status_date": HIRED, "hire_date": HIRED},
    **{"organization_id": "sales", "location_id": "nyc", "job_id": None, "labor_assignment_id": None},
    **{"supervisor_worker_id": None, "title": "Consultant", "name_digest": "n1"},
}
BEN = {**ADA, "worker_id": "ben", "employee_id": "18"}


def roster(*workers: dict[str, object]) -> pd.DataFrame:
    return WORKERS.conform(pd.DataFrame(list(workers), columns=WORKERS.names))


def history_of(*rosters: pd.DataFrame, days: tuple[date, ...]) -> pd.DataFrame:
    """The history after these rosters were read, one on each day."""
    found = WORKER_HISTORY.empty()
    for one, day in zip(rosters, days, strict=True):
        found, _ = with_events(found, one, day)
    return found


def events(history: pd.DataFrame) -> list[tuple[str, str, date]]:
    return [tuple(row) for row in history[["worker_id", "event", "effective_date"]].to_numpy().tolist()]


def test_the_first_reading_tells_hires_and_how_things_came_to_be() -> None:
    left = {**BEN, "status": "TERMINATED", "status_reason": "RESIGNED", "status_date": date(2025, 1, 31)}
    back = {**ADA, "worker_id": "cy", "employee_id": "19", "status_reason": "REHIRED", "status_date": date(2025, 2, 3)}
    away = {**ADA, "worker_id": "di", "employee_id": "20", "status": "INACTIVE", "status_date": date(2025, 3, 1)}
    history = history_of(roster(ADA, left, back, away), days=(TODAY,))
    assert sorted(events(history)) == [
        ("ada", "hire", HIRED),
        ("ben", "hire", HIRED),
        ("ben", "termination", date(2025, 1, 31)),
        ("cy", "hire", HIRED),
        ("cy", "rehire", date(2025, 2, 3)),
        ("di", "hire", HIRED),
        ("di", "leave", date(2025, 3, 1)),
    ]
    assert as_of(history, date(2025, 1, 1)).set_index("worker_id")["status"].to_dict()["ben"] == "ACTIVE"
    assert as_of(history, TODAY).set_index("worker_id")["status"].to_dict()["ben"] == "TERMINATED"
    assert as_of(history, date(2024, 1, 1)).empty


@pytest.mark.parametrize(
    ("change", "event", "effective"),
    [
        ({"organization_id": "ops"}, "transfer", TODAY),
        ({"location_id": "aus"}, "transfer", TODAY),
        ({"name_digest": "n2"}, "rename", TODAY),
        ({"title": "Partner"}, "change", TODAY),
        ({"employee_id": "99"}, "change", TODAY),
        ({"status": "INACTIVE", "status_date": date(2025, 6, 1)}, "leave", date(2025, 6, 1)),
        ({"status": "TERMINATED", "status_date": date(2025, 5, 30)}, "termination", date(2025, 5, 30)),
    ],
)
def test_each_change_is_an_event_from_its_day_on(change: dict[str, object], event: str, effective: date) -> None:
    history = history_of(roster(ADA, BEN), roster({**ADA, **change}, BEN), days=(HIRED, TODAY))
    assert events(history)[2:] == [("ada", event, effective)]
    assert history["seen_on"].iloc[-1] == TODAY
    again, fresh = with_events(history, roster({**ADA, **change}, BEN), TODAY)
    assert (len(again), len(fresh), event_counts(fresh)[event]) == (3, 0, 0)


def test_leaving_coming_back_and_being_hired_again_are_three_things() -> None:
    away = {**ADA, "status": "INACTIVE", "status_date": date(2025, 6, 1)}
    returned = {**ADA, "status_reason": "RETURN_TO_WORK", "status_date": date(2025, 6, 20)}
    left = {**ADA, "status": "TERMINATED", "status_reason": "RESIGNED", "status_date": date(2025, 7, 1)}
    rehired = {**ADA, "status_reason": "REHIRED", "status_date": date(2025, 9, 1), "organization_id": "ops"}
    states = [roster(one) for one in (ADA, away, returned, left, rehired)]
    history = history_of(*states, days=tuple(date(2025, month, 25) for month in (5, 6, 7, 8, 9)))
    assert [event for _, event, _ in events(history)] == [
        "hire",
        "leave",
        "return",
        "termination",
        "rehire",
        "transfer",
    ]
    assert as_of(history, date(2025, 8, 1))["status"].tolist() == ["TERMINATED"]
    assert as_of(history, date(2025, 9, 2))[["status", "organization_id"]].to_numpy().tolist() == [["ACTIVE", "ops"]]
    assert as_of(history, date(2025, 6, 5))["organization_id"].tolist() == ["sales"]


def test_who_vanishes_is_gone_and_may_come_back() -> None:
    history = history_of(
        roster(ADA, BEN), roster(ADA), roster(ADA), roster(ADA, BEN), days=(HIRED, TODAY, TODAY, TODAY)
    )
    assert [(who, event) for who, event, _ in events(history)[2:]] == [("ben", "removal"), ("ben", "rehire")]
    assert now_of(history)["status"].tolist() == ["ACTIVE", "ACTIVE"]


def test_the_newest_state_of_the_history_is_always_the_roster() -> None:
    states = [
        roster(ADA, BEN),
        roster({**ADA, "title": "X", "location_id": "aus"}, BEN),
        roster(BEN, {**ADA, "title": None}),
    ]
    history = WORKER_HISTORY.empty()
    for state in states:
        history = pd.concat([history, new_events(history, state, TODAY)], ignore_index=True)
        newest = now_of(WORKER_HISTORY.conform(history)).sort_values("worker_id", ignore_index=True)
        pd.testing.assert_frame_equal(newest, state.sort_values("worker_id", ignore_index=True))


def test_a_number_is_shared_only_among_those_employed_who_have_one() -> None:
    left = {**BEN, "employee_id": "17", "status": "TERMINATED"}
    nobody = [{**ADA, "worker_id": one, "employee_id": ""} for one in ("x", "y")]
    assert sharing_numbers(roster(ADA, left, *nobody)) == []
    both = roster(ADA, {**BEN, "employee_id": "17"})
    assert (sharing_numbers(both), doubled_ids(both)) == (["ada", "ben"], [])
    assert doubled_ids(roster(ADA, ADA, BEN)) == ["ada"]
