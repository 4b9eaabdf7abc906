"""The roster beside a pay run: who was there on its days, who is missing, who should not be paid."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.accounting.rosters import at_work_on, check_headcount, check_heads, check_paid_after_end
from connector_tests.accounting.registers import PAY_RUN, check_frame, worker_frame

DATE = "date32[day][pyarrow]"


#  left on          void   net      warns (the period begins on 2026-03-23)
@pytest.mark.parametrize(
    ("left", "void", "net", "warns"),
    [
        (date(2026, 2, 20), False, 100_00, True),
        (date(2026, 2, 21), False, 100_00, False),  # thirty days: final pay
        (date(2026, 1, 1), True, -100_00, False),
        (date(2026, 1, 1), False, 0, False),
        (None, False, 100_00, False),
    ],
)
def test_s18_nobody_is_paid_long_after_the_end(left: date | None, void: bool, net: int, warns: bool) -> None:
    checks = check_frame([{"check_id": "C1", "worker_id": "W1", "net_cents": net, "is_void": void}])
    workers = worker_frame({"W1": ("ORG-200", "LOC-NYC")}).assign(status="TERMINATED" if left else "ACTIVE")
    workers["status_date"] = pd.Series([left], dtype="date32[day][pyarrow]")
    assert [one.code for one in check_paid_after_end(PAY_RUN, checks, workers)] == (["S18"] if warns else [])


def roster(**dates: tuple[str, date | None, date | None]) -> pd.DataFrame:
    """WORKERS: status, its day and the day of hire by worker."""
    workers = worker_frame({name: ("ORG-200", "LOC-NYC") for name in dates})
    workers["status"] = [status for status, _, _ in dates.values()]
    for column, place in (("status_date", 1), ("hire_date", 2)):
        workers[column] = pd.Series([of_worker[place] for of_worker in dates.values()], dtype=DATE)
    return workers


#  status        since              hired              at work on 2026-03-31
@pytest.mark.parametrize(
    ("status", "since", "hired", "there"),
    [
        ("ACTIVE", None, None, True),
        ("ACTIVE", date(2020, 1, 1), date(2020, 1, 1), True),
        ("ACTIVE", date(2026, 4, 1), date(2020, 1, 1), False),  # back since: nobody knows how it was before
        ("ACTIVE", None, date(2026, 4, 1), False),
        ("INACTIVE", date(2026, 3, 1), date(2020, 1, 1), False),  # on leave
        ("INACTIVE", date(2026, 4, 1), date(2020, 1, 1), True),  # left for it later
        ("TERMINATED", date(2026, 3, 31), date(2020, 1, 1), False),
        ("TERMINATED", date(2026, 6, 30), date(2020, 1, 1), True),  # gone today, there then
    ],
)
def test_the_day_decides_who_was_at_work_and_not_todays_status(
    status: str, since: date | None, hired: date | None, there: bool
) -> None:
    assert at_work_on(roster(W1=(status, since, hired)), date(2026, 3, 31)).tolist() == [there]


def paid(*workers: str) -> pd.DataFrame:
    return check_frame({"check_id": f"C{one}", "worker_id": one, "net_cents": 1} for one in workers)


WORKERS = roster(
    W1=("ACTIVE", None, None),
    W2=("ACTIVE", None, None),
    LEFT=("TERMINATED", date(2026, 3, 25), None),  # in the middle of the period
    LATER=("TERMINATED", date(2026, 9, 30), None),  # months after the pay run
    LEAVE=("INACTIVE", date(2026, 3, 1), None),
    NEW=("ACTIVE", None, date(2026, 5, 1)),
)


#  now                before             interval    said
@pytest.mark.parametrize(
    ("now", "before", "interval", "said"),
    [
        (("W1", "W2"), ("W1", "W2"), "biweekly", []),
        (("W1",), ("W1", "W2"), "biweekly", ["1 workers were paid in the run before"]),
        (("W1",), ("W1", "W2"), "", []),
        (("W1",), ("W1", "LEFT"), "biweekly", []),
        (("W1",), ("W1", "LEAVE"), "biweekly", []),
        (("W1",), ("W1", "LATER"), "biweekly", ["1 workers were paid in the run before"]),
        (("W1", "W9"), ("W1",), "biweekly", ["1 workers are paid and are not on the roster: W9."]),
        (("W1", "NEW"), ("W1",), "biweekly", ["1 workers are paid before the day of their hire: NEW."]),
        (("W1",), (), "biweekly", []),
    ],
)
def test_p06_who_is_missing_and_who_is_new_on_the_runs_own_days(
    now: tuple[str, ...], before: tuple[str, ...], interval: str, said: list[str]
) -> None:
    earlier = paid(*before) if before else None
    found = check_headcount(replace(PAY_RUN, interval=interval), paid(*now), earlier, WORKERS)
    assert len(found) == len(said)
    assert all(one.why.startswith(words) for one, words in zip(found, said, strict=True))


def test_a14_the_heads_posted_are_the_heads_on_the_roster() -> None:
    def heads(*quantities: int) -> Journal:
        lines = tuple(JournalLine("9001", one, "200", "NYC", None, None, None, "E100", "") for one in quantities)
        return Journal("statistical", "PX-1-2-S-1", "STAT", date(2026, 3, 31), "", "USD", "Posted", lines)

    assert check_heads(heads(200, 100), ["W1", "W2", "W3"], "9001") == []
    (found,) = check_heads(heads(200), ["W1", "W2", "W3"], "9001")
    assert (found.code, found.severity) == ("A14", "warn")
    assert "2.00 heads, the roster 3" in found.why
    assert check_heads(None, ["W1"], "9001") == check_heads(heads(200), ["W1"], "") == []
