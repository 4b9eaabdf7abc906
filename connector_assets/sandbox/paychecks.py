"""Paychecks of the sample firm, line by line: earnings, deductions, employer contributions and taxes that foot."""

from dataclasses import replace
from datetime import date, timedelta

from connector_assets.sandbox.booking import Booking
from connector_assets.sandbox.calendars import MANUAL, REGULAR, RERUN, RunPlan
from connector_assets.sandbox.components import ADDITION, IN_OUT, WITHHELD, catalogue, ordinal
from connector_assets.sandbox.dice import below, draw, happens, shares
from connector_assets.sandbox.earnings import DAY_E4, Gross, Payroll, Time
from connector_assets.sandbox.facts import CheckFacts, LineFacts
from connector_assets.sandbox.organization import CostLine
from connector_assets.sandbox.pay_profiles import Profile
from connector_assets.sandbox.payroll_rules import Rates, Wages, YearToDate, part, taxes
from connector_assets.sandbox.people import Employment

_REIMBURSEMENT, _RECEIPTS = range(400, 402)
_REFUND_CENTS = -3700
_COMPONENTS_START_YEARS = 3
_NO_DETAIL = (None, None, None, None, None, None, None)  # hours, rate, four places and the work date of a line
_EXTRA_ENTRY, _NEGATED_ENTRIES = 39, 40  # numbers of entries beside those of the components' own


class _Draft:
    """A check being written: collects lines and keeps the net as it goes."""

    def __init__(self, run: RunPlan, no: int, components: dict[str, tuple[str, str, str, str]]) -> None:
        self.net_cents = 0
        self.lines: list[LineFacts] = []
        self._components = components
        self._entry = f"97{run.company_no}{run.check_date:%j}{run.ordinal}{no:06d}"

    def earning(
        self,
        key: str,
        amount_cents: int,
        place: CostLine,
        hours_e4: int | None = None,
        rate_e4: int | None = None,
        *,
        work_date: date | None = None,
    ) -> None:
        """One line of an earning at a cost center."""
        component_id, name, classification, effect = self._components[key]
        if effect == ADDITION:
            self.net_cents += amount_cents
        self.lines.append(
            LineFacts(
                "earnings",
                component_id,
                f"{self._entry}{ordinal(key):02d}",
                name,
                classification,
                effect,
                None,
                amount_cents,
                hours_e4,
                rate_e4,
                place.organization_id,
                place.location_id,
                place.labor_assignment_id,
                place.job_id,
                work_date,
            )
        )

    def other(self, section: str, key: str, amount_cents: int, entry: int = 0) -> None:
        """A deduction or an informational line; neither carries a cost center."""
        component_id, name, classification, effect = self._components[key]
        if section == "deductions":
            self.net_cents -= amount_cents
        self.lines.append(
            LineFacts(
                section,
                component_id,
                f"{self._entry}{entry or ordinal(key):02d}",
                name,
                classification,
                effect,
                None,
                amount_cents,
                *_NO_DETAIL,
            )
        )

    def tax(self, name: str, paid_by: str, amount_cents: int) -> None:
        """A tax line: a name and who bears it."""
        if paid_by == WITHHELD:
            self.net_cents -= amount_cents
        self.lines.append(LineFacts("taxes", None, None, name, None, None, paid_by, amount_cents, *_NO_DETAIL))


class Paychecks:
    """Writes the checks of a firm; every one is a pure function of the person and the run."""

    def __init__(self, payroll: Payroll, booking: Booking, rates: Rates) -> None:
        self._payroll = payroll
        self._booking = booking
        self._rates = rates
        start = date(rates.year - _COMPONENTS_START_YEARS, 1, 1)
        self.catalogues = {company_no: catalogue(company_no, start) for company_no in (1, 2)}
        self._components = {
            company_no: {
                key: (item.component_id, item.name, item.classification, item.effect) for key, item in items.items()
            }
            for company_no, items in self.catalogues.items()
        }

    def check(self, profile: Profile, held: Employment, run: RunPlan, *, refund: bool = False) -> CheckFacts:
        """The ordinary or manual check of a person in a run; `refund` adds back a premium taken in error."""
        repeated = self._payroll.replaced_run(profile.no, run)
        gross = self._payroll.gross(profile, held, repeated)
        earlier = self._payroll.earlier(profile, run)
        wages = self._payroll.wages(profile, repeated, gross, earlier)
        draft = _Draft(run, profile.no, self._components[profile.company_no])
        self._earnings(draft, profile, held, repeated, gross)
        with_benefits = self._payroll.benefits_apply(profile, repeated, gross)
        self._before_tax(draft, profile, wages, earlier, with_benefits=with_benefits)
        tax_lines = taxes(self._rates, profile.tax, wages, earlier, run.check_date)
        withheld_cents = sum(cents for tax, cents in tax_lines if tax.paid_by == WITHHELD)
        if refund:
            draft.other("deductions", "VLIFE", _REFUND_CENTS, _EXTRA_ENTRY)
        disposable_cents, left_cents = wages.cash_cents - withheld_cents, draft.net_cents - withheld_cents
        if repeated.kind in (REGULAR, RERUN):
            left_cents -= self._orders(draft, profile, disposable_cents, left_cents)
        if with_benefits:
            _deduct(draft, profile.post_tax, left_cents)
        self._employer(draft, profile, wages, earlier, with_benefits=with_benefits)
        for tax, cents in tax_lines:
            draft.tax(tax.name, tax.paid_by, cents)
        return _finished(draft, profile.no, run, "Manual" if run.kind == MANUAL else "Regular")

    def _earnings(self, draft: _Draft, profile: Profile, held: Employment, run: RunPlan, gross: Gross) -> None:
        home = self._booking.home(profile, run)
        if gross.bonus_cents:
            draft.earning("BON", gross.bonus_cents, home)
        else:
            time = self._payroll.time(profile, held, run)
            places = (home,) if run.kind == MANUAL else self._booking.lines(profile, run, home)
            if profile.rate_cents:
                week_ends = (run.end - timedelta(9), run.end - timedelta(2)) if held.steady else (None, None)
                _hourly(draft, profile, time, home, places, week_ends=week_ends)
            else:
                _salary(draft, time, gross, home, places)
        if gross.commission_cents:
            draft.earning("COMM", gross.commission_cents, home)
        if gross.sign_on_cents:
            draft.earning("SIGN", gross.sign_on_cents, home)
        reimbursed_cents = _reimbursement_cents(profile, run)
        if reimbursed_cents:
            draft.earning("REIMB", reimbursed_cents, home)
        if run.benefits and profile.imputed_cents and self._payroll.benefits_apply(profile, run, gross):
            draft.earning("GTL", profile.imputed_cents, home)

    def _before_tax(
        self, draft: _Draft, profile: Profile, wages: Wages, earlier: YearToDate, *, with_benefits: bool
    ) -> None:
        if with_benefits:
            for key, cents in profile.pre_tax:
                draft.other("deductions", key, cents)
        before, after = earlier.cash_cents, earlier.cash_cents + wages.cash_cents
        deferred_cents = self._rates.deferral(profile.deferral_e6, before, after)
        if deferred_cents:
            draft.other("deductions", "ROTH" if profile.roth else "K401", deferred_cents)

    def _orders(self, draft: _Draft, profile: Profile, disposable_cents: int, left_cents: int) -> int:
        """Garnishments on every regular check, within their share of disposable pay; the total taken, in cents."""
        if profile.order is None:
            return 0
        taken_cents = min(profile.order.amount_cents, part(disposable_cents, profile.order.ceiling_e6))
        fee_cents = self._rates.limits["garnishment_fee_cents"]
        return _deduct(draft, ((profile.order.component, taken_cents), ("GFEE", fee_cents)), left_cents)

    def _employer(
        self, draft: _Draft, profile: Profile, wages: Wages, earlier: YearToDate, *, with_benefits: bool
    ) -> None:
        match_cents = self._rates.match(profile.match_e6, earlier.cash_cents, earlier.cash_cents + wages.cash_cents)
        if match_cents:
            in_out = self._components[profile.company_no]["K401ER"][3] == IN_OUT
            draft.other("earnings" if in_out else "informational", "K401ER", match_cents)
        if with_benefits:
            for key, cents in profile.employer:
                draft.other("informational", key, cents)


def _deduct(draft: _Draft, amounts: tuple[tuple[str, int], ...], left_cents: int) -> int:
    """Take each amount that the net can still bear; the total taken, in cents."""
    taken_cents = 0
    for key, cents in amounts:
        if 0 < cents <= left_cents - taken_cents:
            taken_cents += cents
            draft.other("deductions", key, cents)
    return taken_cents


def _hourly(
    draft: _Draft,
    profile: Profile,
    time: Time,
    home: CostLine,
    places: tuple[CostLine, ...],
    *,
    week_ends: tuple[date | None, date | None],
) -> None:
    """Hours by cost line dated by week, overtime on the first, leave at home; rates make every line a whole cent."""
    rate_cents, rate_e4 = profile.rate_cents, profile.rate_cents * 100
    quarters = shares(time.regular_e4 // 2500, tuple(place.weight for place in places))
    for number, (place, hours) in enumerate(zip(places, quarters, strict=True)):
        if hours:
            draft.earning("REG", hours * rate_cents // 4, place, hours * 2500, rate_e4, work_date=week_ends[number % 2])
    if time.overtime_e4:
        worked, rate = time.overtime_e4, rate_cents
        draft.earning("OTS", worked * rate // 10_000, places[0], worked, rate_e4)
        draft.earning("OTP", worked * rate // 20_000, places[0], worked, rate_e4 // 2)
    for key, days in (("PTO", time.pto_days), ("SICK", time.sick_days)):
        if days:
            draft.earning(key, days * 8 * rate_cents, home, days * DAY_E4, rate_e4)
    for day in time.holidays:
        draft.earning("HOL", 8 * rate_cents, home, DAY_E4, rate_e4, work_date=day)


def _salary(draft: _Draft, time: Time, gross: Gross, home: CostLine, places: tuple[CostLine, ...]) -> None:
    """Salary by cost line, and leave valued at its share of the standard hours."""
    leave_e4 = (time.pto_days * DAY_E4, time.sick_days * DAY_E4, len(time.holidays) * DAY_E4)
    amounts = shares(gross.regular_cents, (time.regular_e4, *leave_e4))
    weights = tuple(place.weight for place in places)
    worked = zip(places, shares(amounts[0], weights), shares(time.regular_e4, weights), strict=True)
    for place, cents, hours_e4 in worked:
        draft.earning("SAL", cents, place, hours_e4)
    for key, cents, hours_e4 in zip(("PTO", "SICK", "HOL"), amounts[1:], leave_e4, strict=True):
        if hours_e4:
            draft.earning(key, cents, home, hours_e4)


def _reimbursement_cents(profile: Profile, run: RunPlan) -> int:
    """Two checks in a hundred carry one, from 20 to 600 dollars with most near 140."""
    number = draw(profile.key, _REIMBURSEMENT * 1000 + run.pay_key)
    if run.kind not in (REGULAR, RERUN) or not happens(number, 20_000):
        return 0
    spread = draw(profile.key, _RECEIPTS * 1000 + run.pay_key)
    return 2000 + below(spread, 14_000) + below(draw(spread, 1), 14_000) + (spread % 5 == 0) * below(spread, 30_000)


def _finished(draft: _Draft, no: int, run: RunPlan, check_type: str) -> CheckFacts:
    return CheckFacts(
        paycheck_id=f"00K{run.check_date:%y%m%d}{run.company_no}{run.ordinal}{no:07d}00",
        pay_period_id=run.pay_period_id,
        worker_id=worker_id(no),
        check_date=run.check_date,
        check_number=f"{run.check_date:%j}{run.ordinal}{no:06d}",
        check_type=check_type,
        net_cents=draft.net_cents,
        lines=tuple(draft.lines),
    )


def worker_id(no: int) -> str:
    """The Paychex id of a person."""
    return f"00H2A1IUWK{no:010d}"


def _negated_entry(entry: str, original: str | None) -> str | None:
    return original and f"{entry}{int(original[-2:]) + _NEGATED_ENTRIES:02d}"


def negation(original: CheckFacts, run: RunPlan, no: int) -> CheckFacts:
    """The check in `run` that takes `original` back: every line with its amount and hours negated, ids its own."""
    entry = f"97{run.company_no}{run.check_date:%j}{run.ordinal}{no:06d}"
    lines = tuple(
        replace(
            line,
            check_component_id=line.check_component_id
            and f"{entry}{int(line.check_component_id[-2:]) + _NEGATED_ENTRIES:02d}",
            amount_cents=-line.amount_cents,
            hours_e4=None if line.hours_e4 is None else -line.hours_e4,
        )
        for line in original.lines
    )
    return CheckFacts(
        paycheck_id=f"00K{run.check_date:%y%m%d}{run.company_no}{run.ordinal}{no:07d}01",
        pay_period_id=run.pay_period_id,
        worker_id=original.worker_id,
        check_date=run.check_date,
        check_number=f"{run.check_date:%j}{run.ordinal}{no:06d}V",
        check_type="Void",
        net_cents=-original.net_cents,
        lines=lines,
    )
