"""When to look at Paychex next: from the payroll calendar as it was last seen, not by a blind cron. Pure.

A scheduled pay period says by when its payroll is to be submitted and when it pays; between the two it is processed.
From the first of these days on Paychex is asked often, some hours before that everything a post rests on is refreshed,
and otherwise a slow safety net reads everything: runs outside the calendar, early ones, reversals, later changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import Field

from connector_assets.flows.paychex_intacct.journal_config import Section
from connector_assets.vendors.paychex.models import PayPeriod

Job = Literal["refresh", "discover"]
USUAL_LEAD_DAYS = 2
"""Days from submission to pay date, for a period that names no day to submit by."""
RETRY_AFTER = timedelta(hours=1)
"""A run that failed for a reason that it did not wait out itself: a person has to mend something first."""
OPEN_STATUSES = frozenset({"INITIAL", "ENTRY", "PROCESSING"})


class PollingSection(Section):
    """How often Paychex is asked; notifications make it sooner, and nothing depends on them."""

    watch_minutes: int = Field(default=30, ge=1, description="While a pay run is expected, minutes between looks")
    overdue_hours: float = Field(default=6.0, gt=0, description="Once it is overdue, hours between looks")
    lead_hours: float = Field(default=6.0, ge=0, description="Refresh everything this long before one is expected")
    safety_net_hours: float = Field(default=12.0, gt=0, description="Read everything at least this often, hours")


@dataclass(frozen=True)
class OpenPeriod:
    """A pay period that is not processed yet. `due_on` is the day from which its processing is expected."""

    pay_period_id: str
    interval: str
    status: str
    description: str
    due_on: date
    check_date: date


@dataclass(frozen=True)
class Calendar:
    """The open pay periods of a company, by the day they are expected, as they were at `read_at` (UTC)."""

    read_at: datetime
    periods: tuple[OpenPeriod, ...]


@dataclass(frozen=True)
class Look:
    """The next look: what runs, when (UTC), and why then."""

    job: Job
    at: datetime
    why: str


def calendar_of(periods: Sequence[PayPeriod], read_at: datetime) -> Calendar:
    """What the pay periods that Paychex shows leave to be expected."""
    found = [
        OpenPeriod(
            pay_period_id=period.pay_period_id,
            interval=period.interval_code,
            status=period.status,
            description=period.description,
            due_on=period.submit_by_date or period.check_date - timedelta(days=USUAL_LEAD_DAYS),
            check_date=period.check_date,
        )
        for period in periods
        if period.status in OPEN_STATUSES
    ]
    return Calendar(read_at, tuple(sorted(found, key=lambda one: (one.due_on, one.pay_period_id))))


def calendar_body(calendar: Calendar) -> dict[str, object]:
    """The calendar as JSON."""
    days = ("due_on", "check_date")
    rows = [asdict(one) | {name: getattr(one, name).isoformat() for name in days} for one in calendar.periods]
    return {"read_at": calendar.read_at.isoformat(), "periods": rows}


def calendar_from(body: Mapping[str, Any] | None) -> Calendar | None:
    """What `calendar_body` made; None for None."""
    if body is None:
        return None
    rows = [
        OpenPeriod(
            **{**row, **{name: date.fromisoformat(row[name]) for name in ("due_on", "check_date")}},
        )
        for row in body["periods"]
    ]
    return Calendar(datetime.fromisoformat(body["read_at"]), tuple(rows))


def within_freshness(policy: PollingSection, freshness_hours: float) -> PollingSection:
    """The policy, its safety net at least twice as fast as what a post rests on grows stale."""
    return policy.model_copy(update={"safety_net_hours": min(policy.safety_net_hours, freshness_hours / 2)})


def next_look(calendar: Calendar | None, refreshed_at: datetime | None, policy: PollingSection, now: datetime) -> Look:
    """The next look; due when its moment is not after `now`. `refreshed_at`: when everything was last read in full."""
    if calendar is None or refreshed_at is None:
        return Look("refresh", now, "Paychex has not been read yet")
    looks = [look for period in calendar.periods for look in _looks_for(period, calendar, refreshed_at, policy, now)]
    net_at = refreshed_at + timedelta(hours=policy.safety_net_hours)
    looks.append(Look("refresh", net_at, f"everything is read every {policy.safety_net_hours:g} hours"))
    return min(looks, key=lambda look: (max(look.at, now), look.job == "discover", look.at))


def _looks_for(
    period: OpenPeriod, calendar: Calendar, refreshed_at: datetime, policy: PollingSection, now: datetime
) -> Iterator[Look]:
    """What one open period asks for. Days begin at midnight UTC, which is the evening before where payrolls are run."""
    begins, ends = _midnight(period.due_on), _midnight(period.check_date + timedelta(days=2))
    name = f"{period.description or period.interval or 'an off-cycle run'} paying {period.check_date}"
    ready_by = begins - timedelta(hours=policy.lead_hours)
    if refreshed_at < ready_by:
        yield Look("refresh", ready_by, f"what {name} will rest on is refreshed before it is processed")
    again_at = calendar.read_at + timedelta(minutes=policy.watch_minutes)
    expected = f"{name} is to be submitted by {period.due_on} and is {period.status}"
    if period.status == "PROCESSING" or max(begins, again_at) < ends:
        at = again_at if period.status == "PROCESSING" else max(begins, again_at)
        yield Look("discover", at, expected)
    else:
        at = calendar.read_at + timedelta(hours=policy.overdue_hours)
        yield Look("discover", at, f"{name} is overdue: it is {period.status}")


def after_failure(look: Look, failed_at: datetime | None) -> Look:
    """The look, not before RETRY_AFTER has passed since the last attempt at it failed."""
    if failed_at is None or look.at >= failed_at + RETRY_AFTER:
        return look
    why = f"the last attempt failed at {failed_at:%H:%M} UTC and is repeated every hour; {look.why}"
    return Look(look.job, failed_at + RETRY_AFTER, why)


def told(look: Look, now: datetime) -> str:
    """When the next look is, and why then."""
    minutes = int((look.at - now) / timedelta(minutes=1)) + 1
    wait = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return f"The next look ({look.job}) is at {look.at:%Y-%m-%d %H:%M} UTC, in {wait}: {look.why}."


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
