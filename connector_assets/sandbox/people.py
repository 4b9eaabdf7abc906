"""Who works at the sample firm: seats, the people in them, and what happens to them over the year.

A firm of N has N seats. Person `no` below N is a seat's first holder, `no + N` the one hired after the first left.
A seat fixes office, department and calendar; all else of a person is drawn under their own key when it is asked for.
"""

from array import array
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from connector_assets.sandbox.company import DEPARTMENTS, OFFICES
from connector_assets.sandbox.dice import below, draw, happens, seed_key, shares, shuffle, weighted
from connector_assets.sandbox.organization import DEPARTMENT_NO, OFFICE_COMPANY, OFFICE_NO

CONSULTING = tuple(DEPARTMENT_NO[number] for number in ("200", "210", "220", "300"))
EXECUTIVES, SALES = DEPARTMENT_NO["100"], DEPARTMENT_NO["400"]
_OVERHEAD = tuple(DEPARTMENT_NO[number] for number in ("500", "510", "520", "530"))
_HOURLY_OF_250 = 58
_LEAVES_E6, _LEAVER_E6, _TRANSFER_E6, _NEW_SEAT_E6 = 72_000, 190_000, 200_000, 16_000
_LEAVER_MONTHS = (20, 7, 7, 8, 8, 7, 7, 8, 8, 7, 7, 6)
_HIRE_MONTHS = (6, 6, 7, 7, 8, 18, 8, 8, 16, 7, 5, 4)
_HIRE, _NEW_SEAT, _JOINS, _JOINS_WEEK, _LEAVER, _LEAVER_MONTH, _LEAVER_DAY = range(100, 107)
_LEAVE, _LEAVE_START, _LEAVE_LENGTH, _TRANSFER, _TRANSFER_DAY, _TRANSFER_TO = range(110, 116)
_CACHED_PEOPLE = 16_384

Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Employment:
    """Stints of employment and unpaid leaves, first and last day each; `steady` means paid in every regular run."""

    stints: tuple[Days, ...]
    leaves: tuple[Days, ...]
    steady: bool

    @property
    def hire_date(self) -> date:
        """The first day ever worked."""
        return self.stints[0][0]

    def employed_on(self, day: date) -> bool:
        """Whether the person belongs to the firm that day, on leave or not."""
        return any(start <= day <= end for start, end in self.stints)

    def paid_spans(self, start: date, end: date) -> list[Days]:
        """The stretches within `start` .. `end` that are employed and not on leave."""
        spans = [(max(start, first), min(end, last)) for first, last in self.stints if first <= end and last >= start]
        for away_from, away_to in self.leaves:
            spans = [piece for span in spans for piece in _without(span, away_from, away_to)]
        return spans


def _without(span: Days, away_from: date, away_to: date) -> list[Days]:
    start, end = span
    pieces = ((start, min(end, away_from - timedelta(1))), (max(start, away_to + timedelta(1)), end))
    if away_from > end or away_to < start:
        return [span]
    return [piece for piece in pieces if piece[0] <= piece[1]]


@dataclass(frozen=True)
class Stories:
    """Seats whose holders have a scripted year, so that every kind of event occurs at any size of the firm."""

    voided: int
    refunded: int
    rehired: int
    manual: tuple[int, ...]
    cross_entity: tuple[int, ...]

    def seats(self) -> frozenset[int]:
        """All of them."""
        return frozenset((self.voided, self.refunded, self.rehired, *self.manual, *self.cross_entity))


class People:
    """The seats of a firm and the employment of whoever holds them; lazily derived, memory one byte or four a seat."""

    def __init__(self, seats: int, seed: int, year: int) -> None:
        self.seats = seats
        self.year = year
        self._key = seed_key("people", seed)
        self.offices = _dealt(seats, tuple(office.headcount for office in OFFICES), seed_key("offices", seed))
        self.departments = _dealt(seats, tuple(unit.headcount for unit in DEPARTMENTS), seed_key("departments", seed))
        self.hourly = self._hourly_seats(seed_key("hourly", seed))
        self.stories = self._stories()
        self.heads = self._heads()
        self._fixed = self.stories.seats() | frozenset(self.heads.values())
        self.employment = lru_cache(maxsize=_CACHED_PEOPLE)(self._employment)

    def _hourly_seats(self, key: int) -> bytearray:
        flags = bytearray(self.seats)
        quotas = shares(self.seats * _HOURLY_OF_250 // 250, tuple(self.offices.count(n) for n in range(len(OFFICES))))
        order = array("l", range(self.seats))
        shuffle(order, key)
        for seat in order:
            office = self.offices[seat]
            if quotas[office] and self.departments[seat] not in (EXECUTIVES, SALES):
                flags[seat] = 1
                quotas[office] -= 1
        return flags

    def _stories(self) -> Stories:
        taken: set[int] = set()

        def cast(office: str, hourly: bool, departments: tuple[int, ...]) -> int:
            wanted = OFFICE_NO[office], hourly
            for seat in range(self.seats):
                if seat in taken or (self.offices[seat], bool(self.hourly[seat])) != wanted:
                    continue
                if self.departments[seat] in departments:
                    taken.add(seat)
                    return seat
            raise ValueError(f"a firm of {self.seats} has too few people in {office}: ask for more workers")

        staff = (*CONSULTING, *_OVERHEAD)
        return Stories(
            cross_entity=(cast("JC", False, CONSULTING), cast("JC", True, CONSULTING)),
            voided=cast("NYC", True, staff),
            refunded=cast("AUS", False, staff),
            rehired=cast("NYC", False, staff),
            manual=(cast("NYC", False, staff), cast("JC", False, staff)),
        )

    def _heads(self) -> dict[tuple[int, int], int]:
        """The first salaried seat of each department in each company, no scripted one."""
        heads: dict[tuple[int, int], int] = {}
        scripted = self.stories.seats()
        for seat in range(self.seats):
            place = self.company_no(seat), self.departments[seat]
            if place not in heads and not self.hourly[seat] and seat not in scripted:
                heads[place] = seat
                if len(heads) == 2 * len(DEPARTMENTS):
                    break
        return heads

    def key(self, no: int) -> int:
        """The key a person's own draws are made under."""
        return draw(self._key, no)

    def seat(self, no: int) -> int:
        """The seat a person holds or held."""
        return no % self.seats

    def company_no(self, no: int) -> int:
        """The company (1 or 2) a person is employed by."""
        return OFFICE_COMPANY[self.offices[no % self.seats]]

    def seats_of(self, company_no: int, *, hourly: bool | None = None) -> Sequence[int]:
        """The seats of a company in order; with `hourly` only those of one calendar."""
        owned = bytes(company_no == owner for owner in OFFICE_COMPANY)
        return array(
            "l",
            (
                seat
                for seat, office in enumerate(self.offices)
                if owned[office] and (hourly is None or self.hourly[seat] == hourly)
            ),
        )

    def holders(self, seat: int) -> tuple[tuple[int, Employment], ...]:
        """The people who hold a seat over the year, with their employment: one, or two when the first left."""
        pair = (seat, seat + self.seats)
        return tuple((no, held) for no in pair if (held := self.employment(no)) is not None)

    def _employment(self, no: int) -> Employment | None:
        """A person's employment, or None when nobody followed into the seat."""
        seat, key = no % self.seats, self.key(no)
        if no >= self.seats:
            hired = self._successor_hired(seat)
            return Employment(((hired, date.max),), (), steady=False) if hired else None
        hired = date(self.year - 1, 11, 18) - timedelta(7 * below(draw(key, _HIRE), 600))
        if seat in self._fixed:
            return self._scripted(seat, hired)
        if happens(draw(key, _NEW_SEAT), _NEW_SEAT_E6):
            return Employment(((self._hired_in_year(key, 1) or date(self.year, 6, 2), date.max),), (), steady=False)
        last_day = self._last_day(key)
        if last_day is not None:
            return Employment(((hired, last_day),), (), steady=False)
        leave = self._leave(key)
        return Employment(((hired, date.max),), leave, steady=not leave)

    def _scripted(self, seat: int, hired: date) -> Employment:
        if seat != self.stories.rehired:
            return Employment(((hired, date.max),), (), steady=True)
        gone, back = date(self.year, 2, 14), date(self.year, 8, 4)
        return Employment(((hired, gone), (back, date.max)), (), steady=False)

    def _last_day(self, key: int) -> date | None:
        if not happens(draw(key, _LEAVER), _LEAVER_E6):
            return None
        month = 1 + weighted(draw(key, _LEAVER_MONTH), _LEAVER_MONTHS)
        return date(self.year, month, 1 + below(draw(key, _LEAVER_DAY), monthrange(self.year, month)[1]))

    def _leave(self, key: int) -> tuple[Days, ...]:
        if not happens(draw(key, _LEAVE), _LEAVES_E6):
            return ()
        start = date(self.year, 1, 6) + timedelta(below(draw(key, _LEAVE_START), 280))
        return ((start, start + timedelta(28 + below(draw(key, _LEAVE_LENGTH), 56))),)

    def _successor_hired(self, seat: int) -> date | None:
        first = self.employment(seat)
        if first is None or first.steady or seat in self._fixed or first.stints[-1][1] == date.max:
            return None
        return self._hired_in_year(self.key(seat + self.seats), first.stints[-1][1].month + 1)

    def _hired_in_year(self, key: int, first_month: int) -> date | None:
        """A Monday in `first_month` or later, or None when the year is over."""
        if first_month > 12:
            return None
        month = first_month + weighted(draw(key, _JOINS), _HIRE_MONTHS[first_month - 1 :])
        first = date(self.year, month, 1)
        return first + timedelta((7 - first.weekday()) % 7 + 7 * below(draw(key, _JOINS_WEEK), 3))

    def transfer(self, no: int) -> tuple[date, int] | None:
        """The first day in another department and that department, for the few who move within the year."""
        seat, key = no % self.seats, self.key(no)
        home = self.departments[seat]
        family = CONSULTING if home in CONSULTING else _OVERHEAD
        if no != seat or seat in self._fixed or home in (EXECUTIVES, SALES):
            return None
        held = self.employment(no)
        if held is None or not held.steady or not happens(draw(key, _TRANSFER), _TRANSFER_E6):
            return None
        target = family[below(draw(key, _TRANSFER_TO), len(family))]
        day = date(self.year, 1 + below(draw(key, _TRANSFER_DAY), 11), 16)
        return None if target == home else (day, target)

    def department_on(self, no: int, day: date) -> int:
        """The department a person belongs to that day."""
        moved = self.transfer(no)
        return moved[1] if moved and moved[0] <= day else self.departments[no % self.seats]


def _dealt(seats: int, headcounts: tuple[int, ...], key: int) -> bytearray:
    """One number per seat, each as often as its share of the headcount, shuffled."""
    counts = shares(seats, headcounts)
    dealt = bytearray(number for number, count in enumerate(counts) for _ in range(count))
    shuffle(dealt, key)
    return dealt
