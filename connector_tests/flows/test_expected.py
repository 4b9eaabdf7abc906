"""When Paychex is looked at next: case by case, and a year of payrolls in which every run is found in time."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest

from connector_assets.flows.paychex_intacct.expected import (
    RETRY_AFTER,
    Calendar,
    Look,
    PollingSection,
    after_failure,
    calendar_body,
    calendar_from,
    calendar_of,
    next_look,
    told,
    within_freshness,
)
from connector_assets.vendors.paychex.models import PayPeriod

POLICY = PollingSection()
DUE, PAYS = date(2026, 4, 8), date(2026, 4, 10)
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def period(status: str = "INITIAL", due: date | None = DUE, pays: date = PAYS, **changes: object) -> PayPeriod:
    body: dict[str, object] = {
        "payPeriodId": "850000000000001",
        "intervalCode": "BI_WEEKLY",
        "status": status,
        "description": "Bi-weekly Payroll (7)",
        "startDate": "2026-03-23T00:00:00Z",
        "endDate": "2026-04-05T00:00:00Z",
        "submitByDate": due and f"{due.isoformat()}T00:00:00Z",
        "checkDate": f"{pays.isoformat()}T00:00:00Z",
        **changes,
    }
    return PayPeriod.model_validate({name: value for name, value in body.items() if value is not None})


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 4, day, hour, minute, tzinfo=UTC)


def look(now: datetime, *periods: PayPeriod, read: datetime | None = None, refreshed: datetime | None = None) -> Look:
    calendar = calendar_of(periods, read or now)
    return next_look(calendar, refreshed or now, POLICY, now)


def test_nothing_read_yet_is_read_now() -> None:
    for calendar, refreshed in ((None, NOON), (Calendar(NOON, ()), None)):
        found = next_look(calendar, refreshed, POLICY, NOON)
        assert (found.job, found.at) == ("refresh", NOON)


@pytest.mark.parametrize(
    ("now", "refreshed", "status", "job", "due"),
    [
        (NOON, NOON, "INITIAL", "refresh", NOON + timedelta(hours=12)),  # far off: the safety net
        (at(7, 12), at(7, 12), "ENTRY", "refresh", at(7, 18)),  # six hours before the day it is submitted by
        (at(7, 19), at(7, 18, 5), "ENTRY", "discover", at(8)),  # then it is looked at from midnight on
        (at(8, 9), at(8, 6), "ENTRY", "discover", at(8, 9, 30)),  # every half hour
        (at(6), at(6), "PROCESSING", "discover", at(6, 0, 30)),  # submitted early: at once
        (at(11, 23), at(11, 23), "ENTRY", "discover", at(11, 23, 30)),  # until the day after it pays
        (at(12, 1), at(12, 1), "ENTRY", "discover", at(12, 7)),  # then it is overdue: every six hours
    ],
)
def test_the_next_look(now: datetime, refreshed: datetime, status: str, job: str, due: datetime) -> None:
    found = look(now, period(status), refreshed=refreshed)
    assert (found.job, found.at) == (job, due), found.why


def test_each_calendar_is_watched_and_the_first_decides() -> None:
    weekly = period("ENTRY", date(2026, 4, 2), date(2026, 4, 3), intervalCode="WEEKLY", description="Weekly")
    found = look(at(2, 6), period(), weekly)
    assert (found.job, found.at) == ("discover", at(2, 6, 30))
    assert "Weekly" in found.why


def test_a_period_that_names_no_day_is_expected_two_days_before_it_pays() -> None:
    (one,) = calendar_of([period(due=None)], NOON).periods
    assert one.due_on == date(2026, 4, 8)


def test_what_is_processed_is_no_longer_expected() -> None:
    done = [period(status) for status in ("COMPLETED", "COMPLETED_BY_MEC", "RELEASED", "REISSUED", "REVERSED")]
    assert calendar_of(done, NOON).periods == ()


def test_a_calendar_survives_the_records() -> None:
    calendar = calendar_of([period()], NOON)
    assert calendar_from(calendar_body(calendar)) == calendar
    assert calendar_from(None) is None


def test_a_failure_is_repeated_after_an_hour_and_says_so() -> None:
    wanted = Look("refresh", at(3), "everything is read")
    assert after_failure(wanted, None) == wanted
    assert after_failure(wanted, at(2)) == wanted
    later = after_failure(wanted, at(3, 0, 10))
    assert later.at == at(3, 0, 10) + RETRY_AFTER
    assert "failed at 00:10 UTC" in later.why


def test_the_reason_says_when_and_why() -> None:
    words = told(look(at(7, 19), period("ENTRY"), refreshed=at(7, 18, 5)), at(7, 19))
    assert words == (
        "The next look (discover) is at 2026-04-08 00:00 UTC, in 5 hours: Bi-weekly Payroll (7) paying 2026-04-10 is "
        "to be submitted by 2026-04-08 and is ENTRY."
    )


def test_the_safety_net_keeps_what_a_post_rests_on_fresh() -> None:
    assert within_freshness(POLICY, 24).safety_net_hours == 12
    assert within_freshness(POLICY, 8).safety_net_hours == 4


@dataclass
class Payroll:
    """A year of two calendars and some runs outside them, each processed at a moment that the connector cannot see."""

    periods: list[tuple[PayPeriod, PayPeriod, datetime]]
    found: dict[str, datetime] = field(default_factory=dict)

    def shown(self, now: datetime) -> list[PayPeriod]:
        """What Paychex shows: scheduled runs beforehand, the others once they are there."""
        return [
            after if done <= now else before
            for before, after, done in self.periods
            if done <= now or (before.interval_code and before.check_date <= now.date() + timedelta(days=45))
        ]


def a_year(seed: int) -> Payroll:
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    made = []
    for number, days in ((1, 14), (2, 7)):
        day = date(2026, 1, 9)
        while day < date(2026, 12, 20):
            due = day - timedelta(days=2)
            done = datetime.combine(due, time(), tzinfo=UTC) + timedelta(hours=dice.uniform(0, 60))
            made.append((period("ENTRY", due=due, pays=day, payPeriodId=f"{number}-{day}"), done))
            day += timedelta(days=days)
    for number in range(6):
        done = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=dice.uniform(100, 8500))
        off = period(
            "ENTRY", due=None, pays=done.date(), payPeriodId=f"off-{number}", intervalCode=None, description="Bonus"
        )
        made.append((off, done))
    return Payroll([(one, one.model_copy(update={"status": "COMPLETED"}), done) for one, done in made])


@pytest.mark.parametrize("seed", range(3))
def test_every_run_of_a_year_is_found_soon_without_a_single_notification(seed: int) -> None:
    payroll, now, looks = a_year(seed), datetime(2026, 1, 1, tzinfo=UTC), 0
    calendar, refreshed, refreshes = None, None, []
    while now.year == 2026:
        found = next_look(calendar, refreshed, POLICY, now)
        now, looks = max(now, found.at), looks + 1
        shown = payroll.shown(now)
        calendar = calendar_of(shown, now)
        if found.job == "refresh":
            refreshed = now
            refreshes.append(now)
        for one in shown:
            if one.status == "COMPLETED" and one.pay_period_id not in payroll.found:
                payroll.found[one.pay_period_id] = now
        now += timedelta(minutes=1)
    late = {one.pay_period_id: payroll.found[one.pay_period_id] - done for one, _, done in payroll.periods}
    scheduled = [delay for name, delay in late.items() if not name.startswith("off")]
    assert max(scheduled) <= timedelta(minutes=POLICY.watch_minutes + 1)
    assert max(late.values()) <= timedelta(hours=POLICY.safety_net_hours, minutes=1)
    for one, _, done in payroll.periods:
        fresh = max(moment for moment in [datetime(2025, 1, 1, tzinfo=UTC), *refreshes] if moment <= done)
        assert done - fresh <= timedelta(hours=POLICY.safety_net_hours, minutes=1), one.pay_period_id
    assert looks < 8760  # fewer than a blind look every hour, which would find a run half an hour late on average


def test_a_day_without_any_look_leaves_nothing_behind() -> None:
    """The deployment was down: the first look after it is at once, and reads everything that is due."""
    before, after = at(7, 19), at(9, 8)
    found = look(after, period("ENTRY"), read=before, refreshed=at(7, 18, 5))
    assert found.at <= after
    assert found.job == "refresh"
