"""Withholding and employer taxes of the sample checks, from the dated rates of one year; integer cents throughout.

Taxes with a wage base are the difference of two year-to-date taxes, so that a year sums exactly to its cap. Section 125
premiums, health accounts and commuter money lower every base; 401(k) deferrals lower income tax alone; imputed life
insurance is taxed for Social Security and Medicare only.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from connector_assets.sandbox import components as names
from connector_assets.sandbox.components import TaxName

_MILLION = 1_000_000
TaxAmount = tuple[TaxName, int]


class YearToDate(NamedTuple):
    """What a worker was paid earlier in the year: cash wages, pre-tax benefits and imputed life, in cents."""

    cash_cents: int = 0
    pre_tax_cents: int = 0
    imputed_cents: int = 0


class Wages(NamedTuple):
    """The wages of one check in cents; `supplemental_cents` is the part of the cash taxed at flat rates."""

    cash_cents: int
    supplemental_cents: int
    pre_tax_cents: int
    imputed_cents: int
    deferral_cents: int
    periods_per_year: int


@dataclass(frozen=True, slots=True)
class TaxStatus:
    """What decides a worker's taxes: the state of work, where they live in it, and the federal filing status."""

    work_state: str
    city_resident: bool
    nj_resident: bool
    joint: bool


class Rate(NamedTuple):
    """One dated rate in parts per million, with its yearly wage base if there is one."""

    effective_from: date
    rate_e6: int
    wage_base_cents: int | None
    threshold_cents: int
    weekly_cap_cents: int


class Brackets(NamedTuple):
    """An annual income tax table: floor and rate of each step."""

    deduction_cents: int
    supplemental_rate_e6: int
    steps: tuple[tuple[int, int], ...]


def part(amount_cents: int, rate_e6: int) -> int:
    """`rate_e6` millionths of a non-negative amount, rounded half up to the cent."""
    return (amount_cents * rate_e6 + _MILLION // 2) // _MILLION


@dataclass(frozen=True)
class Rates:
    """The rates, tables and limits of one year."""

    year: int
    rates: dict[str, tuple[Rate, ...]]
    brackets: dict[str, Brackets]
    limits: dict[str, int]

    def rate(self, key: str, on: date) -> Rate:
        """The rate in force on a check date."""
        return next(rate for rate in reversed(self.rates[key]) if rate.effective_from <= on)

    def capped(self, key: str, before_cents: int, after_cents: int) -> int:
        """The tax on wages from `before_cents` to `after_cents` of the year, up to the wage base."""
        rate = self.rates[key][0]
        base = rate.wage_base_cents
        if base is None or after_cents <= base:
            return part(after_cents, rate.rate_e6) - part(before_cents, rate.rate_e6)
        return part(base, rate.rate_e6) - part(min(before_cents, base), rate.rate_e6)

    def deferral(self, rate_e6: int, before_cents: int, after_cents: int) -> int:
        """The 401(k) deferral on pay from `before_cents` to `after_cents` of the year, up to the yearly limit."""
        limit = self.limits["deferral_cents"]
        return min(part(after_cents, rate_e6), limit) - min(part(before_cents, rate_e6), limit)

    def match(self, rate_e6: int, before_cents: int, after_cents: int) -> int:
        """The employer's match on the same pay, up to the compensation a plan may count."""
        limit = self.limits["plan_compensation_cents"]
        return part(min(after_cents, limit), rate_e6) - part(min(before_cents, limit), rate_e6)

    def income_tax(self, key: str, wages: Wages) -> int:
        """Income tax withheld: the table on annualized regular wages, a flat rate on supplemental ones."""
        table = self.brackets[key]
        taxable = wages.cash_cents - wages.pre_tax_cents - wages.deferral_cents
        supplemental = min(wages.supplemental_cents, taxable)
        annual = (taxable - supplemental) * wages.periods_per_year - table.deduction_cents
        tax = _bracket_tax(table.steps, annual) // wages.periods_per_year if annual > 0 else 0
        return tax + part(supplemental, table.supplemental_rate_e6)


def _bracket_tax(steps: tuple[tuple[int, int], ...], annual_cents: int) -> int:
    total, lower_rate_e6 = 0, 0
    for floor_cents, rate_e6 in steps:
        if annual_cents <= floor_cents:
            break
        total += (annual_cents - floor_cents) * (rate_e6 - lower_rate_e6)
        lower_rate_e6 = rate_e6
    return total // _MILLION


@cache
def load_rates(year: int) -> Rates:
    """The rates of `year` from `rates_<year>.json` beside this module; ValueError if there are none."""
    path = Path(__file__).with_name(f"rates_{year}.json")
    if not path.exists():
        raise ValueError(f"no payroll rates for {year}: add {path.name}, or choose a year that has such a file")
    content = json.loads(path.read_text(encoding="utf-8"))
    rates: dict[str, tuple[Rate, ...]] = {}
    for row in sorted(content["rates"], key=lambda row: str(row["effective_from"])):
        rates[row["key"]] = (*rates.get(row["key"], ()), _rate(row))
    brackets = {
        row["key"]: Brackets(
            row["deduction_cents"], row["supplemental_rate_e6"], tuple((floor, rate) for floor, rate in row["steps"])
        )
        for row in content["brackets"]
    }
    return Rates(year, rates, brackets, {row["key"]: row["amount"] for row in content["limits"]})


def _rate(row: dict[str, int | str | None]) -> Rate:
    base = row["wage_base_cents"]
    return Rate(
        effective_from=date.fromisoformat(str(row["effective_from"])),
        rate_e6=int(row["rate_e6"] or 0),
        wage_base_cents=None if base is None else int(base),
        threshold_cents=int(row.get("threshold_cents") or 0),
        weekly_cap_cents=int(row.get("weekly_cap_cents") or 0),
    )


class _Bases(NamedTuple):
    """Year-to-date wages before and after a check, for insurance taxes (`fica` includes imputed life)."""

    fica_before: int
    fica_after: int
    before: int
    after: int


def taxes(rates: Rates, status: TaxStatus, wages: Wages, earlier: YearToDate, on: date) -> list[TaxAmount]:
    """Every tax of a check in the order it prints, zero ones left out save a credit that a resident state shows."""
    before = earlier.cash_cents - earlier.pre_tax_cents
    after = before + wages.cash_cents - wages.pre_tax_cents
    imputed_after = earlier.imputed_cents + wages.imputed_cents
    bases = _Bases(before + earlier.imputed_cents, after + imputed_after, before, after)
    lines = [*_federal(rates, status, wages, bases), *_BY_STATE[status.work_state](rates, status, wages, bases, on)]
    return [line for line in lines if line[1] or (status.nj_resident and line[0] is names.NJ_INCOME)]


def _federal(rates: Rates, status: TaxStatus, wages: Wages, bases: _Bases) -> Iterator[TaxAmount]:
    social_security = rates.capped("social_security", bases.fica_before, bases.fica_after)
    medicare = rates.capped("medicare", bases.fica_before, bases.fica_after)
    yield names.FEDERAL_INCOME, rates.income_tax("federal_joint" if status.joint else "federal", wages)
    yield names.EE_SOCIAL_SECURITY, social_security
    yield names.EE_MEDICARE, medicare
    threshold = rates.rates["additional_medicare"][0].threshold_cents
    if bases.fica_after > threshold:
        above = max(0, bases.fica_before - threshold), bases.fica_after - threshold
        yield names.EE_ADDITIONAL_MEDICARE, rates.capped("additional_medicare", *above)
    yield names.ER_SOCIAL_SECURITY, social_security
    yield names.ER_MEDICARE, medicare
    yield names.FUTA, rates.capped("futa", bases.before, bases.after)


def _new_york(rates: Rates, status: TaxStatus, wages: Wages, bases: _Bases, on: date) -> Iterator[TaxAmount]:
    taxable = bases.after - bases.before
    disability = rates.rate("ny_disability", on)
    yield names.NY_INCOME, rates.income_tax("ny", wages)
    if status.city_resident:
        yield names.NYC_INCOME, rates.income_tax("nyc", wages)
    if status.nj_resident:
        yield names.NJ_INCOME, 0
    cap_cents = disability.weekly_cap_cents * 52 // wages.periods_per_year
    yield names.NY_DISABILITY, min(part(taxable, disability.rate_e6), cap_cents)
    yield names.NY_FAMILY_LEAVE, rates.capped("ny_family_leave", bases.before, bases.after)
    yield names.NY_UNEMPLOYMENT, rates.capped("ny_unemployment", bases.before, bases.after)
    yield names.NY_REEMPLOYMENT, rates.capped("ny_reemployment", bases.before, bases.after)
    yield names.MCTMT, part(bases.fica_after - bases.fica_before, rates.rate("mctmt", on).rate_e6)


def _new_jersey(rates: Rates, status: TaxStatus, wages: Wages, bases: _Bases, _on: date) -> Iterator[TaxAmount]:
    yield names.NJ_INCOME, rates.income_tax("nj", wages)
    yield names.NJ_EE_UNEMPLOYMENT, rates.capped("nj_ee_unemployment", bases.before, bases.after)
    yield names.NJ_WORKFORCE, rates.capped("nj_workforce", bases.before, bases.after)
    yield names.NJ_EE_DISABILITY, rates.capped("nj_ee_disability", bases.before, bases.after)
    yield names.NJ_FAMILY_LEAVE, rates.capped("nj_family_leave", bases.before, bases.after)
    yield names.NJ_ER_UNEMPLOYMENT, rates.capped("nj_er_unemployment", bases.before, bases.after)
    yield names.NJ_ER_DISABILITY, rates.capped("nj_er_disability", bases.before, bases.after)
    if not status.city_resident:
        yield names.JERSEY_CITY, rates.capped("jersey_city", bases.before, bases.after)


def _california(rates: Rates, _status: TaxStatus, wages: Wages, bases: _Bases, _on: date) -> Iterator[TaxAmount]:
    yield names.CA_INCOME, rates.income_tax("ca", wages)
    yield names.CA_DISABILITY, rates.capped("ca_disability", bases.before, bases.after)
    yield names.CA_UNEMPLOYMENT, rates.capped("ca_unemployment", bases.before, bases.after)
    yield names.CA_TRAINING, rates.capped("ca_training", bases.before, bases.after)


def _texas(rates: Rates, _status: TaxStatus, _wages: Wages, bases: _Bases, _on: date) -> Iterator[TaxAmount]:
    yield names.TX_UNEMPLOYMENT, rates.capped("tx_unemployment", bases.before, bases.after)


_BY_STATE: dict[str, Callable[[Rates, TaxStatus, Wages, _Bases, date], Iterator[TaxAmount]]] = {
    "NY": _new_york,
    "NJ": _new_jersey,
    "CA": _california,
    "TX": _texas,
}
