"""When a request may be sent again, as a table."""

import pytest

from connector_assets.vendors.retry import (
    BACKOFF_CAP_S,
    RETRY_AFTER_CAP_S,
    Decision,
    Outcome,
    Stop,
    Unknown,
    Wait,
    decide,
    retry_after_s,
)

READ, WRITE = False, True
NOTHING: dict[str, str] = {}

TABLE: list[tuple[bool, Outcome, int, dict[str, str], Decision]] = [
    (READ, Outcome.ANSWERED, 1, NOTHING, Stop()),
    (WRITE, Outcome.ANSWERED, 1, NOTHING, Stop()),
    # Never sent: both wait, and both give up in the end knowing that nothing was executed.
    (READ, Outcome.NOT_SENT, 1, NOTHING, Wait(2.0)),
    (WRITE, Outcome.NOT_SENT, 1, NOTHING, Wait(2.0)),
    (WRITE, Outcome.NOT_SENT, 2, NOTHING, Wait(4.0)),
    (WRITE, Outcome.NOT_SENT, 5, NOTHING, Wait(32.0)),
    (READ, Outcome.NOT_SENT, 6, NOTHING, Stop()),
    (WRITE, Outcome.NOT_SENT, 6, NOTHING, Stop()),
    # Turned away at the gate: the same, but slower, or exactly as slow as the system asks.
    (READ, Outcome.BUSY, 1, NOTHING, Wait(5.0)),
    (WRITE, Outcome.BUSY, 1, NOTHING, Wait(5.0)),
    (WRITE, Outcome.BUSY, 4, NOTHING, Wait(40.0)),
    (WRITE, Outcome.BUSY, 5, NOTHING, Wait(BACKOFF_CAP_S)),
    (WRITE, Outcome.BUSY, 1, {"Retry-After": "7"}, Wait(7.0)),
    (WRITE, Outcome.BUSY, 1, {"Retry-After": "86400"}, Wait(RETRY_AFTER_CAP_S)),
    (WRITE, Outcome.BUSY, 6, {"Retry-After": "7"}, Stop()),
    # Sent, and nobody can say what became of it: a read asks again, a write never does.
    (READ, Outcome.LOST, 1, NOTHING, Wait(2.0)),
    (READ, Outcome.FAILED, 3, NOTHING, Wait(8.0)),
    (READ, Outcome.FAILED, 1, {"Retry-After": "9"}, Wait(9.0)),
    (READ, Outcome.UNREADABLE, 1, NOTHING, Wait(2.0)),
    (READ, Outcome.LOST, 6, NOTHING, Stop()),
    (READ, Outcome.FAILED, 6, NOTHING, Stop()),
    (READ, Outcome.UNREADABLE, 6, NOTHING, Stop()),
    (WRITE, Outcome.LOST, 1, NOTHING, Unknown()),
    (WRITE, Outcome.LOST, 6, NOTHING, Unknown()),
    (WRITE, Outcome.FAILED, 1, {"Retry-After": "1"}, Unknown()),
    (WRITE, Outcome.UNREADABLE, 1, NOTHING, Unknown()),
    # The same request would only bring the same reply.
    (READ, Outcome.HOPELESS, 1, NOTHING, Stop()),
    (WRITE, Outcome.HOPELESS, 1, NOTHING, Unknown()),
]


@pytest.mark.parametrize(("is_write", "outcome", "attempt", "headers", "expected"), TABLE)
def test_the_table(is_write: bool, outcome: Outcome, attempt: int, headers: dict[str, str], expected: Decision) -> None:
    decision = decide(is_write=is_write, outcome=outcome, attempt=attempt, max_attempts=6, headers=headers, jitter=0.0)
    assert decision == expected


def test_the_table_has_every_outcome_for_reads_and_for_writes() -> None:
    assert {(row[0], row[1]) for row in TABLE} == {(kind, outcome) for kind in (READ, WRITE) for outcome in Outcome}


def test_jitter_only_ever_lengthens_the_wait_and_by_a_quarter_at_most() -> None:
    late = decide(
        is_write=True, outcome=Outcome.BUSY, attempt=1, max_attempts=6, headers={"Retry-After": "8"}, jitter=0.999
    )
    assert isinstance(late, Wait)
    assert 8.0 < late.seconds < 10.0


DATE = "Tue, 04 Mar 2025 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "Tue, 04 Mar 2025 10:00:30 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Tue, 04 Mar 2025 09:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Wed, 05 Mar 2025 10:00:00 GMT", "Date": DATE}, RETRY_AFTER_CAP_S),
        ({"Retry-After": "Tue, 04 Mar 2025 10:00:30 GMT"}, None),
        ({"Retry-After": "Tue, 04 Mar 2025 10:00:30", "Date": DATE}, None),
        ({"Retry-After": "9" * 400}, RETRY_AFTER_CAP_S),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date_by_the_servers_own_clock(
    headers: dict[str, str], expected_s: float | None
) -> None:
    assert retry_after_s(headers) == expected_s
