"""What a person of the sample firm earns and has elected: salary or rate, benefits, savings, orders, booking habits."""

from array import array
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from statistics import NormalDist

from connector_assets.sandbox.calendars import HOURLY, SALARIED
from connector_assets.sandbox.company import DEPARTMENTS, OFFICES
from connector_assets.sandbox.dice import below, draw, happens, seed_key, shuffle, weighted
from connector_assets.sandbox.payroll_rules import TaxStatus
from connector_assets.sandbox.people import CONSULTING, EXECUTIVES, SALES, People

HOME, JOB, MANY, STANDING, CROSS = "home", "job", "many", "standing", "cross"
_MEDIAN_SALARY = {"NY": 108_000, "NJ": 104_000, "TX": 97_000, "CA": 114_000}
_SIGMA = 0.38
_DEPARTMENT_FACTOR = {"100": 1.75, "300": 0.95, "400": 0.95, "500": 0.9, "510": 0.85, "520": 0.9, "530": 0.8}
_TIERS = ((6200, 28500), (14800, 56000), (12100, 47000), (21400, 79000))
_TIER_WEIGHTS = (46, 17, 9, 28)
_DEFERRALS_E6 = (30_000, 40_000, 50_000, 60_000, 80_000, 100_000, 120_000, 150_000)
_DEFERRAL_WEIGHTS = (14, 12, 22, 20, 14, 10, 5, 3)
(_SALARY, _RATE, _BONUS, _SELLER, _RESIDENT, _NJ_RESIDENT, _JOINT, _DEFERRAL, _DEFERRAL_RATE, _ROTH) = range(200, 210)
(_LOAN, _MEDICAL, _TIER, _DENTAL, _VISION, _HSA, _FSA, _TRANSIT, _LIFE, _DISABILITY, _LEGAL) = range(210, 221)
(_ORDER, _ORDER_KIND, _IMPUTED, _IMPUTED_AMOUNT, _BOOKING, _SIGN_ON, _STANDING) = range(221, 228)
_AMOUNT = 1000  # added to a purpose, its second draw: how much
_CACHED_PROFILES = 16_384


@dataclass(frozen=True, slots=True)
class Order:
    """A garnishment: the component it is taken under, its fixed amount, and the most it may take of disposable pay."""

    component: str
    amount_cents: int
    ceiling_e6: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's pay. Amounts are cents per semi-monthly or biweekly check unless the name says otherwise.

    `pre_tax` and `post_tax` are the employee's deductions by component key, `employer` the employer's premiums.
    `booking` says how cash wages spread over cost centers.
    """

    no: int
    key: int
    company_no: int
    office_no: int
    calendar: str
    seller: bool
    salary_cents: int
    rate_cents: int
    bonus_cents: int
    sign_on_cents: int
    tax: TaxStatus
    deferral_e6: int
    match_e6: int
    roth: bool
    pre_tax: tuple[tuple[str, int], ...]
    pre_tax_cents: int
    employer: tuple[tuple[str, int], ...]
    imputed_cents: int
    post_tax: tuple[tuple[str, int], ...]
    order: Order | None
    booking: str
    standing_percent: int

    @property
    def periods_per_year(self) -> int:
        """24 semi-monthly or 26 biweekly checks."""
        return 24 if self.calendar == SALARIED else 26


class Profiles:
    """The pay profiles of a firm's people, derived when asked for."""

    def __init__(self, people: People, seed: int) -> None:
        self._people = people
        self._ranks = array("l", range(people.seats))
        shuffle(self._ranks, seed_key("ranks", seed))
        self.of = lru_cache(maxsize=_CACHED_PROFILES)(self._profile)

    def earns_bonus(self, no: int) -> bool:
        """Whether the person's profile holds an annual bonus, found without deriving the profile."""
        seat = self._people.seat(no)
        executive = self._people.departments[seat] == EXECUTIVES
        return not self._people.hourly[seat] and _has_bonus(self._people.key(no), executive=executive)

    def _profile(self, no: int) -> Profile:
        people, key = self._people, self._people.key(no)
        seat = people.seat(no)
        office_no, hourly = people.offices[seat], bool(people.hourly[seat])
        department_no = people.departments[seat]
        salary_cents = 0 if hourly else self._salary_cents(key, seat)
        seller = department_no == SALES and happens(draw(key, _SELLER), 562_500)
        deferral_e6 = _deferral_e6(key)
        pre_tax, employer = _benefits(key, OFFICES[office_no].location_id)
        return Profile(
            no=no,
            key=key,
            company_no=people.company_no(no),
            office_no=office_no,
            calendar=HOURLY if hourly else SALARIED,
            seller=seller,
            salary_cents=salary_cents,
            rate_cents=self._rate_cents(key, seat) if hourly else 0,
            bonus_cents=_bonus_cents(key, salary_cents, executive=department_no == EXECUTIVES),
            sign_on_cents=_sign_on_cents(key) if no >= people.seats else 0,
            tax=_tax_status(key, OFFICES[office_no].state),
            deferral_e6=deferral_e6,
            match_e6=min(deferral_e6, 30_000) + max(0, min(deferral_e6, 50_000) - 30_000) // 2,
            roth=happens(draw(key, _ROTH), 220_000),
            pre_tax=pre_tax,
            pre_tax_cents=sum(cents for _, cents in pre_tax),
            employer=employer,
            imputed_cents=_some(key, _IMPUTED, 380_000, 100 + below(draw(key, _IMPUTED_AMOUNT), 2900)),
            post_tax=_post_tax(key),
            order=_order(key),
            booking=self._booking(key, seat),
            standing_percent=(50, 60, 70)[below(draw(key, _STANDING), 3)],
        )

    def _salary_cents(self, key: int, seat: int) -> int:
        """A lognormal salary in hundreds of dollars; ranks are dealt to seats so that the firm's average holds."""
        state = OFFICES[self._people.offices[seat]].state
        factor = _DEPARTMENT_FACTOR.get(DEPARTMENTS[self._people.departments[seat]].department_id, 1.0)
        deviate = NormalDist().inv_cdf((self._ranks[seat] + 0.5) / self._people.seats)
        hundreds = (
            round(_MEDIAN_SALARY[state] * factor * exp(_SIGMA * deviate) / 100) + below(draw(key, _SALARY), 11) - 5
        )
        return max(580, min(hundreds, 4200)) * 10_000

    def _rate_cents(self, key: int, seat: int) -> int:
        """An hourly rate of 22 to 52 dollars, in steps that make every quarter hour a whole cent."""
        steps = below(draw(key, _RATE), 71) + below(draw(key, _RATE + _AMOUNT), 71)
        return 2200 + 20 * min(150, steps + self._people.offices[seat] % 2)

    def _booking(self, key: int, seat: int) -> str:
        """A third of consulting staff book several lines, few have a standing split or work for another office too."""
        if seat in self._people.stories.cross_entity:
            return CROSS
        if self._people.departments[seat] not in CONSULTING:
            return HOME
        share = below(draw(key, _BOOKING), 100)
        if share < 3:
            return CROSS
        return MANY if share < 34 else STANDING if share < 40 else JOB if share < 80 else HOME


def _some(key: int, purpose: int, chance_e6: int, cents: int) -> int:
    return cents if happens(draw(key, purpose), chance_e6) else 0


def _has_bonus(key: int, *, executive: bool) -> bool:
    return executive or happens(draw(key, _BONUS), 850_000)


def _bonus_cents(key: int, salary_cents: int, *, executive: bool) -> int:
    """A quarter of the salary for executives, 4 to 18 % for most others, in whole dollars."""
    if not _has_bonus(key, executive=executive):
        return 0
    percent = 25 if executive else 4 + below(draw(key, _BONUS + _AMOUNT), 15)
    return salary_cents * percent // 10_000 * 100


def _sign_on_cents(key: int) -> int:
    return _some(key, _SIGN_ON, 80_000, 500_000 + 250_000 * below(draw(key, _SIGN_ON + _AMOUNT), 5))


def _tax_status(key: int, state: str) -> TaxStatus:
    """Of New York's staff 70 % live in the city and 10 % in New Jersey; a quarter of Jersey City's live there."""
    resident = happens(draw(key, _RESIDENT), {"NY": 700_000, "NJ": 250_000}.get(state, 0))
    commuter = state == "NY" and not resident and happens(draw(key, _NJ_RESIDENT), 333_333)
    return TaxStatus(state, resident, commuter, joint=happens(draw(key, _JOINT), 450_000))


def _deferral_e6(key: int) -> int:
    if not happens(draw(key, _DEFERRAL), 780_000):
        return 0
    return _DEFERRALS_E6[weighted(draw(key, _DEFERRAL_RATE), _DEFERRAL_WEIGHTS)]


def _benefits(key: int, office: str) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    """The employee's pre-tax deductions and the employer's premiums."""
    employee: list[tuple[str, int]] = []
    employer: list[tuple[str, int]] = []
    if happens(draw(key, _MEDICAL), 820_000):
        own, firm = _TIERS[weighted(draw(key, _TIER), _TIER_WEIGHTS)]
        employee.append(("MED", own))
        employer.append(("MEDER", firm))
        if happens(draw(key, _HSA), 268_000):
            employee.append(("HSA", (5000, 7500, 10000, 15000)[below(draw(key, _HSA + _AMOUNT), 4)]))
            employer.append(("HSAER", 2500))
    if happens(draw(key, _DENTAL), 700_000):
        employee.append(("DEN", 1200))
        employer.append(("DENER", 1800))
    if happens(draw(key, _VISION), 600_000):
        employee.append(("VIS", 450))
        employer.append(("VISER", 300))
    if happens(draw(key, _FSA), 120_000):
        employee.append(("FSA", (5000, 7500, 10000, 12500)[below(draw(key, _FSA + _AMOUNT), 4)]))
    if office == "NYC" and happens(draw(key, _TRANSIT), 350_000):
        employee.append(("TRAN", (6500, 10000, 13200, 16200)[below(draw(key, _TRANSIT + _AMOUNT), 4)]))
    return tuple(employee), tuple(employer)


def _post_tax(key: int) -> tuple[tuple[str, int], ...]:
    amounts = (
        ("LOAN", _some(key, _LOAN, 40_000, 5000 + 500 * below(draw(key, _LOAN + _AMOUNT), 30))),
        ("VLIFE", _some(key, _LIFE, 180_000, 925)),
        ("LTD", _some(key, _DISABILITY, 250_000, 1480)),
        ("LEGAL", _some(key, _LEGAL, 60_000, 825)),
    )
    return tuple(item for item in amounts if item[1])


def _order(key: int) -> Order | None:
    """Three in a hundred have a garnishment: mostly child support, else a creditor's order or a levy."""
    if not happens(draw(key, _ORDER), 30_000):
        return None
    kind = weighted(draw(key, _ORDER_KIND), (60, 30, 10))
    return (Order("CHILD", 25_000, 500_000), Order("CRED", 30_000, 250_000), Order("LEVY", 15_000, 250_000))[kind]
