"""Time and gross pay of the sample firm: what a person earns in a run, and earned in the year before it."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from math import exp
from statistics import NormalDist
from typing import NamedTuple

from connector_assets.sandbox.calendars import (
    BONUS,
    MANUAL,
    REGULAR,
    RERUN,
    SALARIED,
    VOIDED_RUN,
    RunPlan,
    Schedule,
    weekdays_between,
)
from connector_assets.sandbox.dice import below, draw, happens
from connector_assets.sandbox.pay_profiles import Profile, Profiles
from connector_assets.sandbox.payroll_rules import Rates, Wages, YearToDate
from connector_assets.sandbox.people import Employment, People

DAY_E4 = 80_000
SEMI_MONTHLY_E4 = 866_667
_HOURS, _OVERTIME, _LEAVE_DAYS, _COMMISSION, _CORRECTED, _MANUAL = range(6)
_LEAVE_CHANCE_E6 = (130, 110, 140, 160, 150, 190, 390, 420, 150, 140, 190, 430)
_BUSY_MONTHS = (3, 4, 9, 10)
_FEWEST_DAYS_WITH_HOLIDAYS = 3  # fewer standard hours than that could not hold two holidays of eight hours
_CACHED_YEARS = 16_384


class Time(NamedTuple):
    """Days and hours of a run; for salaried staff `regular_e4` is what the leave days leave of the standard hours."""

    regular_e4: int
    overtime_e4: int
    pto_days: int
    sick_days: int
    holidays: tuple[date, ...]


class Gross(NamedTuple):
    """The cash wages of a run by kind, in cents; `regular_cents` holds salary or hourly pay with all its leave days."""

    regular_cents: int
    premium_cents: int
    commission_cents: int
    sign_on_cents: int
    bonus_cents: int

    @property
    def cash_cents(self) -> int:
        """All of them."""
        return sum(self)

    @property
    def supplemental_cents(self) -> int:
        """The part taxed at flat rates."""
        return self.commission_cents + self.sign_on_cents + self.bonus_cents


NOTHING = Gross(0, 0, 0, 0, 0)


class Payroll:
    """Gross pay of any person in any run, and year-to-date wages before it; a pure function with a bounded memory."""

    def __init__(self, people: People, profiles: Profiles, rates: Rates, schedule: Callable[[int], Schedule]) -> None:
        self._people = people
        self._profiles = profiles
        self._rates = rates
        self._schedule = schedule
        self._year = lru_cache(maxsize=_CACHED_YEARS)(self._cumulated)

    def paid(self, no: int, held: Employment, run: RunPlan) -> bool:
        """Whether the person gets an ordinary check in the run."""
        if run.kind == BONUS:
            return self._profiles.earns_bonus(no) and self._bonus_due(no, held, run)
        if run.kind == MANUAL:
            return self._in_manual_run(no, held, run)
        return held.steady or any(weekdays_between(*span) for span in held.paid_spans(run.start, run.end))

    def _bonus_due(self, no: int, held: Employment, run: RunPlan) -> bool:
        return no < self._people.seats and held.hire_date < run.start and held.employed_on(run.check_date)

    def _in_manual_run(self, no: int, held: Employment, run: RunPlan) -> bool:
        stories = self._people.stories
        if no in (stories.voided, *stories.manual):
            return True
        return held.steady and happens(draw(self._people.key(no), _run_purpose(run, _MANUAL)), 15_000)

    def replaced_run(self, no: int, run: RunPlan) -> RunPlan:
        """The run whose pay a check repeats: for the manual check in the voided one's place that run, else itself."""
        if run.kind == MANUAL and no == self._people.stories.voided:
            return self._schedule(run.company_no).find(REGULAR, "HRLY", VOIDED_RUN)
        return run

    def time(self, profile: Profile, held: Employment, run: RunPlan) -> Time:
        """Hours and days of the person in the run."""
        if run.kind == MANUAL:
            return Time(DAY_E4, 0, 0, 0, ())
        if held.steady:
            weekdays, days_off = run.weekdays, run.holidays
        else:
            spans = held.paid_spans(run.start, run.end)
            weekdays = sum(weekdays_between(*span) for span in spans)
            days_off = tuple(day for day in run.holidays if any(start <= day <= end for start, end in spans))
            days_off = days_off if weekdays >= _FEWEST_DAYS_WITH_HOLIDAYS else ()
        pto_days, sick_days = _leave_days(profile, run, weekdays - len(days_off))
        if profile.calendar == SALARIED:
            standard_e4 = SEMI_MONTHLY_E4 * weekdays // run.weekdays
            return Time(standard_e4 - DAY_E4 * (len(days_off) + pto_days + sick_days), 0, pto_days, sick_days, days_off)
        worked_days = weekdays - len(days_off) - pto_days - sick_days
        hours_e4 = _worked_e4(profile, run, worked_days)
        return Time(hours_e4, _overtime_e4(profile, run, worked_days), pto_days, sick_days, days_off)

    def gross(self, profile: Profile, held: Employment, run: RunPlan) -> Gross:
        """Cash wages of an ordinary check in the run."""
        if run.kind == BONUS:
            return NOTHING._replace(bonus_cents=profile.bonus_cents)
        if profile.calendar != SALARIED:
            return self._hourly_gross(profile, held, run)
        if run.kind == MANUAL:
            return NOTHING._replace(regular_cents=profile.salary_cents // 260)
        commission_cents = _commission_cents(profile, run) if profile.seller and run.month_end else 0
        sign_on_cents = self._sign_on_cents(profile, held, run)
        return Gross(self._salary_cents(profile, held, run), 0, commission_cents, sign_on_cents, 0)

    def _hourly_gross(self, profile: Profile, held: Employment, run: RunPlan) -> Gross:
        time = self.time(profile, held, run)
        days_e4 = DAY_E4 * (time.pto_days + time.sick_days + len(time.holidays))
        paid_e4 = time.regular_e4 + time.overtime_e4 + days_e4
        premium_cents = time.overtime_e4 * profile.rate_cents // 20_000
        sign_on_cents = self._sign_on_cents(profile, held, run)
        return Gross(paid_e4 * profile.rate_cents // 10_000, premium_cents, 0, sign_on_cents, 0)

    def _salary_cents(self, profile: Profile, held: Employment, run: RunPlan) -> int:
        full_cents = profile.salary_cents // 24
        if held.steady:
            return full_cents
        weekdays = sum(weekdays_between(*span) for span in held.paid_spans(run.start, run.end))
        return full_cents * weekdays // run.weekdays

    def _sign_on_cents(self, profile: Profile, held: Employment, run: RunPlan) -> int:
        if not profile.sign_on_cents or run.kind not in (REGULAR, RERUN):
            return 0
        return profile.sign_on_cents if run.start <= held.hire_date <= run.end else 0

    def benefits_apply(self, profile: Profile, run: RunPlan, gross: Gross) -> bool:
        """Premiums are taken twice a month, and not from a check too small to bear them."""
        return run.benefits and gross.regular_cents >= 3 * profile.pre_tax_cents

    def wages(self, profile: Profile, run: RunPlan, gross: Gross, earlier: YearToDate) -> Wages:
        """The taxable wages of a check; `run` is the one whose pay it repeats."""
        with_benefits = self.benefits_apply(profile, run, gross)
        cash_cents = gross.cash_cents
        before, after = earlier.cash_cents, earlier.cash_cents + cash_cents
        deferral_cents = 0 if profile.roth else self._rates.deferral(profile.deferral_e6, before, after)
        return Wages(
            cash_cents=cash_cents,
            supplemental_cents=gross.supplemental_cents,
            pre_tax_cents=profile.pre_tax_cents if with_benefits else 0,
            imputed_cents=profile.imputed_cents if with_benefits else 0,
            deferral_cents=deferral_cents,
            periods_per_year=profile.periods_per_year,
        )

    def earlier(self, profile: Profile, run: RunPlan) -> YearToDate:
        """What the person was paid in the year before the run; a voided check counts until it is voided."""
        position = self._schedule(profile.company_no).ledger_position(run, profile.calendar)
        return self._year(profile.no)[position]

    def _cumulated(self, no: int) -> tuple[YearToDate, ...]:
        """Year-to-date wages before each run of the person's calendar."""
        profile, held = self._profiles.of(no), self._people.employment(no)
        total, before = YearToDate(), []
        for run in self._schedule(profile.company_no).ledger[profile.calendar]:
            before.append(total)
            if held is not None and self.paid(no, held, run) and not self.is_voided(no, run):
                total = self._added(total, profile, held, run)
        return (*before, total)

    def _added(self, total: YearToDate, profile: Profile, held: Employment, run: RunPlan) -> YearToDate:
        repeated = self.replaced_run(profile.no, run)
        gross = self.gross(profile, held, repeated)
        cash_cents = total.cash_cents + gross.cash_cents
        if not self.benefits_apply(profile, repeated, gross):
            return total._replace(cash_cents=cash_cents)
        pre_tax_cents, imputed_cents = profile.pre_tax_cents, profile.imputed_cents
        return YearToDate(cash_cents, total.pre_tax_cents + pre_tax_cents, total.imputed_cents + imputed_cents)

    def is_voided(self, no: int, run: RunPlan) -> bool:
        """Whether this is the check that a later run voids."""
        return no == self._people.stories.voided and run.kind == REGULAR and run.number == VOIDED_RUN


def _run_purpose(run: RunPlan, purpose: int) -> int:
    return 100_000 + run.pay_key * 8 + purpose


def _leave_days(profile: Profile, run: RunPlan, workable_days: int) -> tuple[int, int]:
    """Days of vacation (most in July, August and December) and of sickness, leaving at least three days of work."""
    number = draw(profile.key, _run_purpose(run, _LEAVE_DAYS))
    pto_days = 1 + (number >> 8) % 5 if number % 1000 < _LEAVE_CHANCE_E6[run.end.month - 1] else 0
    sick_days = 1 + (number >> 16) % 2 if (number >> 24) % 1000 < 120 else 0
    room = max(0, workable_days - 3)
    pto_days = min(pto_days, room)
    return pto_days, min(sick_days, room - pto_days)


def _worked_e4(profile: Profile, run: RunPlan, days: int) -> int:
    """Hours worked at the regular rate in quarter hours: eight a day less a bell-shaped shortfall, never negative."""
    number = draw(profile.key, _run_purpose(run, _HOURS))
    bell = (number & 31) + (number >> 5 & 31) + (number >> 10 & 31) + (number >> 15 & 31) - 62
    return 2500 * max(4 * days, min(32 * days, 32 * days + bell - 6))


def _overtime_e4(profile: Profile, run: RunPlan, days: int) -> int:
    """Overtime in half hours for three in five, more in busy months; a corrected run adds two hours to some."""
    if days < 5:
        return 0
    number = draw(profile.key, _run_purpose(run, _OVERTIME))
    chance_e6 = 740_000 if run.end.month in _BUSY_MONTHS else 530_000
    overtime_e4 = 5000 * (1 + (number >> 4) % 13) if happens(number, chance_e6) else 0
    if run.kind == RERUN and draw(profile.key, _run_purpose(run, _CORRECTED)) % 3 == 0:
        overtime_e4 += 20_000
    return overtime_e4


def _commission_cents(profile: Profile, run: RunPlan) -> int:
    deviate = NormalDist().inv_cdf((below(draw(profile.key, _run_purpose(run, _COMMISSION)), 998) + 1) / 1000)
    return round(3800 * exp(0.5 * deviate)) * 100
