"""Money through everything at once: split, distributed, posted through faults, corrected, voided, accrued.

A story is a pay run whose register changes at random: amounts, checks that come and go, voids, another mapping, closed
months, an accrual with its reversal. After each step what the ledger's books hold, kept as the fractions that came over
the wire, must be the truth, recomputed in fractions from the drawn numbers alone: wages, taxes and net pay to the cent;
each part of an employer's tax within a cent of its exact share for each check, and all of them together exactly it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import count
from random import Random

import pandas as pd
from sqlalchemy import Engine

from connector_assets.accounting import accrual, revision
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import PAY_LINES
from connector_assets.records.postings import PostingKey
from connector_tests.accounting import registers
from connector_tests.accounting.registers import Line
from connector_tests.faults.schedules import CALM_PAUSES_S
from connector_tests.faults.stage import Actor, Stage
from connector_tests.faults.world import CALM, WINDOW_S, WIRE_FAULTS, Fault, Process, Script, Wanted, World

POLICY = replace(registers.JOURNAL_POLICY, credit_location="E100")
PLACES = {
    ("ORG-200", "LOC-NYC"): ("NYC", "200"),
    ("ORG-210", "LOC-JC"): ("JC", "210"),
    ("ORG-500", "LOC-NYC"): ("NYC", "500"),
}
"""The cost centers of the register, and where they are in the ledger: location and department. JC is another entity."""

WAGE_ACCOUNTS = ("6000", "6005")
"""Where the first mapping sends wages, and where the second does."""

TRUE_DATE, OPEN_DATE, MONTH_END = registers.PAY_RUN.check_date, date(2026, 5, 1), date(2026, 3, 31)
DAYS, EARNED_DAYS = 10, 7
"""Working days of the pay period, and those of them in the month before it is paid."""

CENT = Fraction(1, 100)
_NUMBERS = count()
"""A fresh number for every story, as a posting's key is used once."""

Place = tuple[str, str, str]
Books = dict[Place, Fraction]


@dataclass(frozen=True)
class Pay:
    """A check as drawn, in cents: wages by cost center, what is withheld, what the employer owes; its wage account."""

    wages: tuple[tuple[tuple[str, str], int], ...]
    withheld_cents: int
    employer_cents: int
    account: str = WAGE_ACCOUNTS[0]

    def lines(self, sign: int = 1) -> list[Line]:
        """As Paychex would send it; negative for a void."""
        wages = [Line("wage", "REG", sign * cents, org, loc) for (org, loc), cents in self.wages]
        taxes = [
            Line("employee_tax", "FIT", sign * self.withheld_cents),
            Line("employer_tax", "FUTA", sign * self.employer_cents),
        ]
        return [*wages, *(line for line in taxes if line.cents)]


@dataclass
class Story:
    """One pay run through its changes; `told` is what happened, line by line."""

    engine: Engine
    seed: int
    draw: Random
    world: World
    number: int = field(default_factory=lambda: next(_NUMBERS))
    register: dict[str, Pay] = field(default_factory=dict)
    booked: dict[str, Pay] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    revision: int = 0
    account: str = WAGE_ACCOUNTS[0]
    met: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    # -- the register ---------------------------------------------------------------------------------------------

    def change(self) -> None:
        """What happens in the payroll before the next run."""
        draw = self.draw
        what = draw.choice(("amount", "amount", "new check", "gone", "void", "void", "mapping", "mapping"))
        living = [check_id for check_id in self.register if check_id not in self.voided]
        if what == "mapping":
            self.account = draw.choice(WAGE_ACCOUNTS)
        elif what == "gone" and len(self.register) > 1 and not self.voided:
            del self.register[draw.choice(living)]
        elif what == "void" and living and set(living) <= self.booked.keys():
            self.voided.add(draw.choice(living))
        elif what == "amount" and living:
            self.register[draw.choice(living)] = self._pay()
        else:
            self.register[f"C{len(self.register) + len(self.told) + 1}"] = self._pay()
        self.told.append(what)

    def _pay(self) -> Pay:
        draw = self.draw
        places = draw.sample(sorted(PLACES), draw.randint(1, len(PLACES)))
        wages = tuple((place, draw.randint(1, 500_000)) for place in places)
        gross = sum(cents for _, cents in wages)
        return Pay(wages, draw.randint(0, gross // 2), draw.randint(0, gross // 5), self.account)

    def wanted(self, *, whole: bool) -> pd.DataFrame:
        """BOOKED of the register as it would be booked now, by the real accounting.

        A void takes back the split that stands; booked anew, that of the original as it is booked anew.
        """
        checks = {check_id: pay.lines() for check_id, pay in self.register.items()}
        voids = {f"{check_id}V": check_id for check_id in sorted(self.voided)}
        checks |= {void: self.register[check_id].lines(-1) for void, check_id in voids.items()}
        if not checks:
            return revision.BOOKED.empty()
        table = registers.mapping(registers.MAPPING.replace("wage,,6000,,", f"wage,,{self.account},,"))
        stands = revision.standing(self.frames)
        originals = PIECES.conform(stands[PIECES.names])
        if whole and voids:
            ordinary = {name: lines for name, lines in checks.items() if name not in voids}
            originals = registers.run(ordinary, table=table, cost_centers=registers.TWO_ENTITIES, journal=POLICY).pieces
        made = registers.run(
            checks,
            voids=dict(voids),
            table=table,
            cost_centers=registers.TWO_ENTITIES,
            journal=POLICY,
            original_pieces=originals if len(originals) else None,
        )
        assert not [one for one in made.findings if one.code not in ("S08", "S13", "S14")], made.findings
        heads = registers.check_frame(
            {"check_id": name, "worker_id": name, "net_cents": registers.net_of(lines)}
            for name, lines in checks.items()
        )
        digests = revision.check_digests(heads, made.lines[PAY_LINES.names])
        return revision.booked(made.pieces, digests)

    # -- the books ------------------------------------------------------------------------------------------------

    def correct(self) -> None:
        """Decide against what stands, and post what was decided through faults until the ledger has it."""
        is_open, whole = self.draw.random() < 0.7, self.draw.random() < 0.15
        stands, wanted = revision.standing(self.frames), self.wanted(whole=whole)
        decision = revision.decide(stands, wanted, is_open=is_open, whole=whole)
        self.revision += 1
        policy = replace(POLICY, revision=self.revision)
        on, belongs_to = (TRUE_DATE, None) if is_open else (OPEN_DATE, TRUE_DATE)
        for one in revision.documents(decision, registers.PAY_RUN, policy, on, belongs_to=belongs_to):
            self.post(one.journal)
            self.frames[one.journal.reference] = one.booked
        self.met[f"answer {decision.answer.value}"] += 1
        touched = decision.added | decision.changed if not whole else set(self.register)
        now = {check_id: replace(pay, account=self.account) for check_id, pay in self.register.items()}
        self.booked = {
            check_id: pay if check_id in touched else self.booked[check_id] for check_id, pay in now.items()
        }  # fmt: skip
        self.told.append(f"{decision.answer.value}: {len(self.frames)} journals")

    def accrue(self) -> str:
        """Accrue the month's share and reverse it; what the accrual must be is checked while it stands alone."""
        pieces = revision.standing(self.frames)
        if pieces.empty or self.voided:  # an accrual leaves voids out: they belong to another month's cost
            return ""
        before = self.books()
        pair = accrual.accrue(
            PIECES.conform(pieces[PIECES.names]), registers.PAY_RUN, MONTH_END, POLICY, accrual.AccrualPolicy("2100")
        )
        if pair is None:
            return ""
        first, reversal = pair
        self.post(first)
        now = self.books()
        grown = {place: now.get(place, Fraction(0)) - before.get(place, Fraction(0)) for place in now | before}
        fault = _accrual_fault(grown, before)
        self.post(reversal)
        self.met["accruals"] += 1
        return fault or ("" if self.books() == before else "accrual: the pair leaves something in the books")

    def post(self, journal: Journal) -> None:
        """Two runs with faults drawn from the seed, then calm ones, until it is posted."""
        stage = self.world.stage
        key = PostingKey(f"money {self.number}", journal.kind, registers.PAY_RUN.pay_run_id, self._number(journal))
        self.world.wanted = [Wanted(key, replace(journal, reference=f"{journal.reference}.{self.seed}"))]
        script = Script(wire=self._fault, database=self._failure)
        for _run in range(2):
            stage.run([Actor(lambda: self.world.run(Process(stage, script)))])
            stage.time_s += self.draw.choice((0.0, 1_000.0))
        self.world.converge(CALM_PAUSES_S)
        verdict = self.world.verdict()
        assert not verdict, verdict

    def _number(self, journal: Journal) -> int:
        self.met["journals"] += 1
        return self.revision if journal.kind not in ("accrual", "reversal") else 1

    def _fault(self, _request: int) -> Fault:
        if self.draw.random() < 0.7:
            return CALM
        self.met["faults"] += 1
        return Fault(self.draw.choice(WIRE_FAULTS), self.draw.random() * WINDOW_S)

    def _failure(self, _step: int) -> str:
        return self.draw.choice(("before", "after")) if self.draw.random() < 0.05 else ""

    def books(self) -> Books:
        """What the ledger holds by account, location and department, in its own fractions."""
        books: Books = defaultdict(Fraction)
        for journal in self.world.gateway.journals:
            for line in journal.lines:
                books[line.account, line.location, line.department] += line.amount
        return {place: amount for place, amount in books.items() if amount}

    # -- the oracle -----------------------------------------------------------------------------------------------

    def fault(self) -> str:
        """Empty when the books are the truth of what was drawn."""
        held, truth, shares = (
            self.books(),
            defaultdict[Place, Fraction](Fraction),
            defaultdict[Place, Fraction](Fraction),
        )
        for check_id, pay in self.booked.items():
            if check_id not in self.voided:
                add_truth(truth, shares, pay)
        for place, amount in held.items():
            account = place[0]
            if account == "6100":
                near = abs(amount - shares[place]) < CENT * len(self.booked) * 3
                fault = "" if near else f"share {place}: {amount}, exact {shares[place]}"
            elif account in ("1310", "2410"):
                fault = _inter_entity_fault(held, account, amount)
            else:
                fault = "" if truth[place] == amount else f"{place}: {amount}, truth {truth[place]}"
            if fault:
                return fault
        missing = [place for place, amount in truth.items() if amount and place not in held]
        employer = sum(amount for (account, *_), amount in held.items() if account == "6100")
        if missing:
            return f"{missing[0]}: nothing, truth {truth[missing[0]]}"
        if employer != sum(shares.values()):
            return f"the employer's cost is {employer}, truth {sum(shares.values())}"
        return "" if sum(held.values()) == 0 else f"the books are off by {sum(held.values())}"


def add_truth(truth: Books, shares: Books, pay: Pay) -> None:
    """What a check must be in the books, in currency units: exactly, and the exact shares of the employer's cost."""
    gross = sum(cents for _, cents in pay.wages)
    for center, cents in pay.wages:
        location, department = PLACES[center]
        truth[pay.account, location, department] += Fraction(cents, 100)
        shares["6100", location, department] += Fraction(pay.employer_cents * cents, gross * 100)
    truth["2210", "E100", ""] -= Fraction(pay.withheld_cents + pay.employer_cents, 100)
    truth["1051", "E100", ""] -= Fraction(gross - pay.withheld_cents, 100)


def _inter_entity_fault(held: Books, account: str, amount: Fraction) -> str:
    crossed = sum(cost for (_, location, _), cost in held.items() if location == "JC")
    owed = crossed if account == "1310" else -crossed
    return "" if amount == owed else f"{account} is {amount}, what lies in the other entity {owed}"


def _accrual_fault(grown: Books, before: Books) -> str:
    """The accrual is the rounded share of the whole labor cost, and each line within a cent of its own share."""
    cost = {place: amount for place, amount in before.items() if place[0] in (*WAGE_ACCOUNTS, "6100")}
    exact = sum(cost.values(), Fraction(0)) * EARNED_DAYS / DAYS
    accrued = -sum((amount for place, amount in grown.items() if place[0] == "2100"), Fraction(0))
    if abs(accrued - exact) > CENT / 2:
        return f"accrual: {accrued}, the share is {exact}"
    for place, amount in cost.items():
        if abs(grown.get(place, Fraction(0)) - amount * EARNED_DAYS / DAYS) >= CENT:
            return f"accrual {place}: {grown.get(place, 0)}, the share is {amount * EARNED_DAYS / DAYS}"
    return ""


def play(engine: Engine, seed: int) -> tuple[str, Story]:
    """Play one story: what is wrong with the books, and when ("" for nothing), and what happened."""
    draw = Random(seed)  # noqa: S311 a story, not a secret
    world = World(engine, Stage(draw), [], remembers_control_ids=draw.random() < 0.5)
    story = Story(engine, seed, draw, world)
    for check_id in ("C1", "C2", "C3")[: draw.randint(1, 3)]:
        story.register[check_id] = story._pay()
    for fault in _steps(story):
        if fault:
            return f"after {', '.join(story.told)}: {fault}", story
    return "", story


def _steps(story: Story) -> Iterator[str]:
    """The truth of the books after each step."""
    for step in range(1 + story.draw.randint(1, 5)):
        if step:
            story.change()
        story.correct()
        yield story.fault()
    yield story.accrue()
    yield story.fault()
