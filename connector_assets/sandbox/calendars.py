"""The sample firm's payroll calendars: holidays, working days, and every pay run of a year for one company.

Salaried staff are paid on the 15th and on the last business day; hourly staff every second Friday for the two weeks
that ended the Sunday before. Beside them stand the off-cycle runs, and two periods per calendar of the next January.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

SALARIED, HOURLY = "SAL", "HRLY"
REGULAR, BONUS, MANUAL, REVERSE, RERUN = "regular", "bonus", "manual", "reverse", "rerun"
_ORDINALS = {SALARIED: 1, HOURLY: 2, BONUS: 3, MANUAL: 4, REVERSE: 5, RERUN: 6}
_INTERVALS = {SALARIED: "SEMI_MONTHLY", HOURLY: "BI_WEEKLY"}
_BIWEEKLY_ANCHOR = date(2025, 1, 10)
VOIDED_RUN, REVERSED_RUN = 9, 16
_REVERSED_COMPANY = 2


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One pay run before anything is known of its checks.

    `calendar` is whose staff it pays ("" for both), `pay_key` the key its hours are drawn under (a corrected re-run has
    that of the run it repeats), `number` counts the runs of a calendar from 1.
    """

    pay_period_id: str
    company_no: int
    ordinal: int
    kind: str
    calendar: str
    number: int
    pay_key: int
    status: str
    description: str
    start: date
    end: date
    submit_by: date
    check_date: date
    weekdays: int
    holidays: tuple[date, ...]
    benefits: bool
    month_end: bool
    processed: bool
    original_pay_period_id: str | None = None

    @property
    def interval_code(self) -> str | None:
        """Paychex's interval code; absent for a run off the schedule."""
        return _INTERVALS[self.calendar] if self.kind == REGULAR else None


@dataclass(frozen=True)
class Schedule:
    """The runs of one company: all in order of check date, and per calendar those that make up year-to-date wages."""

    runs: tuple[RunPlan, ...]
    ledger: dict[str, tuple[RunPlan, ...]]

    def ledger_position(self, run: RunPlan, calendar: str) -> int:
        """How many runs count towards the year-to-date wages of that calendar's staff before `run`."""
        return bisect_left(self.ledger[calendar], run.pay_period_id, key=lambda other: other.pay_period_id)

    def find(self, kind: str, calendar: str = "", number: int = 0) -> RunPlan:
        """The run of that kind; for a regular one also its calendar and number."""
        wanted = (kind, calendar, number)
        return next(run for run in self.runs if (run.kind, run.calendar, run.number) == wanted)


def weekdays_between(start: date, end: date) -> int:
    """How many Mondays to Fridays lie in `start` .. `end`, both included."""
    if end < start:
        return 0
    return _weekdays_before(end.toordinal() + 1) - _weekdays_before(start.toordinal())


def _weekdays_before(day: int) -> int:
    weeks, rest = divmod(day - 1, 7)  # day 1 of the proleptic calendar is a Monday
    return weeks * 5 + min(rest, 5)


def holidays(year: int) -> tuple[date, ...]:
    """The firm's paid holidays of a year, moved off weekends as United States employers do."""
    fixed = (date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 12, 25))
    thanksgiving = _nth(year, 11, 3, 4)
    moving = (_nth(year, 1, 0, 3), _nth(year, 2, 0, 3), _nth(year, 6, 0, 1) - timedelta(7), _nth(year, 9, 0, 1))
    return tuple(sorted((*map(_observed, fixed), *moving, thanksgiving, thanksgiving + timedelta(1))))


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (count - 1))


def _observed(day: date) -> date:
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def _business_day(day: date, closed: frozenset[date]) -> date:
    while day.weekday() > 4 or day in closed:
        day -= timedelta(1)
    return day


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(1)


class _Planner:
    """Builds the runs of one company for one year."""

    def __init__(self, company_no: int, year: int) -> None:
        self._company_no = company_no
        self._year = year
        self._days_off = tuple(day for near in (year - 1, year, year + 1) for day in holidays(near))
        self._closed = frozenset(self._days_off)

    def runs(self) -> Iterator[RunPlan]:
        """Every run of the year and the four open periods after it, in no order."""
        yield from self._semi_monthly()
        yield from self._biweekly()
        yield self._off_cycle(BONUS, SALARIED, "Annual bonus", date(self._year, 3, 1), date(self._year, 3, 25))
        yield self._off_cycle(MANUAL, "", "Manual checks", date(self._year, 5, 26), date(self._year, 6, 4))

    def _semi_monthly(self) -> Iterator[RunPlan]:
        for month in range(1, 14):
            year, month_no = self._year + month // 13, (month - 1) % 12 + 1
            middle, last = date(year, month_no, 15), _month_end(year, month_no)
            halves = ((date(year, month_no, 1), middle), (date(year, month_no, 16), last))
            for half, (start, end) in enumerate(halves):
                check_date = _business_day(end, self._closed)
                run = self._regular(SALARIED, (start, end), check_date, month * 2 - 1 + half, half + 1)
                yield replace(run, month_end=half == 1)

    def _biweekly(self) -> Iterator[RunPlan]:
        first = date(self._year, 1, 1)
        friday = first + timedelta((_BIWEEKLY_ANCHOR - first).days % 14)
        number, next_year = 1, 0
        while next_year < 2:
            end, check_date = friday - timedelta(5), _business_day(friday, self._closed)
            next_year += friday.year > self._year
            run = self._regular(HOURLY, (end - timedelta(13), end), check_date, number, next_year)
            third_of_month = friday.day > 28
            yield replace(run, benefits=not third_of_month)
            friday += timedelta(14)
            number += 1

    def _regular(
        self, calendar: str, work: tuple[date, date], check_date: date, number: int, open_rank: int
    ) -> RunPlan:
        start, end = work
        processed = start.year <= self._year and check_date.year == self._year
        open_status = "ENTRY" if open_rank == 1 else "INITIAL"
        label = "Semi-monthly" if calendar == SALARIED else "Bi-weekly"
        in_month = 1 + (check_date.day - 1) // (15 if calendar == SALARIED else 14)
        return RunPlan(
            pay_period_id=self._id(check_date, calendar),
            company_no=self._company_no,
            ordinal=_ORDINALS[calendar],
            kind=REGULAR,
            calendar=calendar,
            number=number,
            pay_key=_ORDINALS[calendar] * 1000 + number,
            status="COMPLETED" if processed else open_status,
            description=f"{label} Payroll ({min(in_month, 3)})",
            start=start,
            end=end,
            submit_by=_business_day(check_date - timedelta(2), self._closed),
            check_date=check_date,
            weekdays=weekdays_between(start, end),
            holidays=self._holidays_in(start, end),
            benefits=True,
            month_end=False,
            processed=processed,
        )

    def _off_cycle(self, kind: str, calendar: str, description: str, start: date, check_date: date) -> RunPlan:
        paid = _business_day(check_date, self._closed)
        run = self._regular(HOURLY, (start, paid), paid, 0, 0)
        return replace(
            run,
            pay_period_id=self._id(paid, kind),
            ordinal=_ORDINALS[kind],
            kind=kind,
            calendar=calendar,
            pay_key=_ORDINALS[kind] * 1000,
            description=description,
            benefits=False,
        )

    def reversal_of(self, original: RunPlan) -> tuple[RunPlan, RunPlan, RunPlan]:
        """The original as reversed, the period that reverses it, and the corrected run that takes its place."""
        reverse = replace(
            original,
            pay_period_id=self._id(original.check_date, REVERSE),
            ordinal=_ORDINALS[REVERSE],
            kind=REVERSE,
            number=0,
            description="Reverse",
            submit_by=original.end,
            original_pay_period_id=original.pay_period_id,
        )
        check_date = _business_day(original.check_date + timedelta(5), self._closed)
        rerun = replace(
            original,
            pay_period_id=self._id(check_date, RERUN),
            ordinal=_ORDINALS[RERUN],
            kind=RERUN,
            number=0,
            description="Corrected re-run",
            submit_by=check_date - timedelta(1),
            check_date=check_date,
        )
        return replace(original, status="REVERSED"), reverse, rerun

    def _id(self, check_date: date, what: str) -> str:
        return f"1030{check_date:%Y%m%d}{self._company_no}{_ORDINALS[what]:02d}"

    def _holidays_in(self, start: date, end: date) -> tuple[date, ...]:
        return self._days_off[bisect_left(self._days_off, start) : bisect_right(self._days_off, end)]


def plan_year(company_no: int, year: int) -> Schedule:
    """Every run of company 1 or 2 in `year`; company 2 has the reversed one."""
    planner = _Planner(company_no, year)
    runs = list(planner.runs())
    if company_no == _REVERSED_COMPANY:
        original = next(run for run in runs if run.calendar == HOURLY and run.number == REVERSED_RUN)
        runs.remove(original)
        runs.extend(planner.reversal_of(original))
    runs.sort(key=lambda run: run.pay_period_id)
    ledger = {calendar: tuple(filter(lambda run: _counts(run, calendar), runs)) for calendar in (SALARIED, HOURLY)}
    return Schedule(tuple(runs), ledger)


def _counts(run: RunPlan, calendar: str) -> bool:
    """A reversed run and its reversal cancel, so neither counts towards year-to-date wages."""
    return run.processed and run.calendar in (calendar, "") and run.status != "REVERSED" and run.kind != REVERSE
