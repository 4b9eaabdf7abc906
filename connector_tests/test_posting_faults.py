"""The proof that the poster posts once: every crash point, and random schedules of faults, crashes and rival senders.

A schedule is a seed: `CONNECTOR_TEST_SEED=<seed> pytest connector_tests/test_posting_faults.py` replays one alone;
`CONNECTOR_TEST_SCHEDULES` sets how many are drawn. The mutants at the end show that the same schedules catch a poster
that skips a step.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, update

from connector_assets.posting import CLOCK_TOLERANCE_S, Poster, PostingResult
from connector_assets.records.audit import AuditTrail
from connector_assets.records.database import open_database, writing
from connector_assets.records.postings import Posting, PostingKey, PostingState, PostingStore
from connector_assets.records.tables import posting
from connector_assets.vendors.protocols import Document, Receipt
from connector_tests.records.doubles import Clock, Crash, MemoryLedger, Voucher, voucher_from_payload

SCHEDULES = int(os.environ.get("CONNECTOR_TEST_SCHEDULES", "1500"))
WINDOW_S = MemoryLedger.processing_window_s + CLOCK_TOLERANCE_S
LEASE_S = 600
STEPS = frozenset(
    {
        "plan",
        "acquire",
        "begin_send",
        "record_posted",
        "record_rejected",
        "record_unknown",
        "record_alarm",
        "release_unsent",
        "release",
    }
)


class MortalStore(PostingStore):
    """The posting ledger as seen by a process that dies before or after its n-th durable step (0: never)."""

    die_before = 0
    die_after = 0
    steps = 0

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 what any attribute is
        found = super().__getattribute__(name)
        return partial(self._step, found) if name in STEPS else found

    def _step(self, method: Callable[..., object], *args: object, **kwargs: object) -> object:
        self.steps += 1
        if self.steps == self.die_before:
            raise Crash
        answer = method(*args, **kwargs)
        if self.steps == self.die_after:
            raise Crash
        return answer


@dataclass
class Case:
    """One document on its way, with its ledger and clock; every process is a poster of its own on a shared database."""

    engine: Engine
    key: PostingKey
    clock: Clock
    ledger: MemoryLedger
    poster_class: type[Poster] = Poster
    store_class: type[MortalStore] = MortalStore

    def document(self) -> Voucher:
        return Voucher(reference=f"PX-{self.key.source_id}")

    def process(self, *, die_before: int = 0, die_after: int = 0, resolve: bool = False) -> MortalStore:
        """Run one process to its end or its death; returns its store, which has counted its steps."""
        store = self.store_class(self.engine, self.clock)
        store.die_before, store.die_after = die_before, die_after
        poster = self.poster_class(
            store,
            self.ledger,
            owner="p",
            now=self.clock,
            sleep=self.clock.advance,
            lease_s=LEASE_S,
            restore=voucher_from_payload,
        )
        with suppress(Crash):
            self._run(poster, resolve)
        return store

    def _run(self, poster: Poster, resolve: bool) -> PostingResult | None:
        if resolve:
            return poster.resolve(self.key) if self.posting() is not None else None
        day = date(2025, 4, 4)
        return poster.post(self.key, self.document(), partition="p", document_date=day, policy="post")

    def posting(self) -> Posting | None:
        return PostingStore(self.engine, self.clock).get(self.key)

    def converge(self) -> None:
        """The faults are over: what every later run does until nothing is left to do."""
        self.ledger.faults.clear()
        self.ledger.read_faults.clear()
        for _run in range(6):
            self.process()
            self.clock.advance(WINDOW_S)

    def verdict(self) -> str:
        """Empty when the ledger holds the document once and the posting ledger knows it; else what went wrong."""
        self.clock.advance(WINDOW_S * 10)
        entries, known = self.ledger.entries(), self.posting()
        if len(entries) > 1:
            return f"duplicate: {len(entries)} documents"
        if not entries:
            return "lost: the ledger holds nothing"
        if known is None or known.state != PostingState.POSTED:
            return f"not converged: {known and known.state}, {known and known.last_error}"
        return "" if known.ledger_key == entries[0].key else f"wrong key: {known.ledger_key}"


# -- a crash at every durable point -----------------------------------------------------------------------------------

ANSWERS = ["", "lost_reply", "lost_request", "late_commit", "refused", "down", "no_key"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_process_that_dies_at_any_durable_point_is_continued_by_the_next(engine: Engine, answer: str) -> None:
    def case(name: str) -> Case:
        clock = Clock()
        made = Case(engine, PostingKey("hollis", "labor", f"{answer}.{name}", 1), clock, MemoryLedger(clock))
        made.ledger.remembers_control_ids = False
        made.ledger.faults.append(answer)
        return made

    steps = case("whole").process().steps
    assert steps >= 4
    for step in range(1, steps + 1):
        for before, after in ((step, 0), (0, step)):
            dying = case(f"{before} {after}")
            dying.process(die_before=before, die_after=after)
            dying.clock.advance(LEASE_S)
            dying.converge()
            assert dying.verdict() == "", f"died before step {before} or after step {after} of {steps}"
    assert AuditTrail(engine).verify().intact


@pytest.mark.parametrize("death", ["crash_before", "crash_after"])
def test_a_process_that_dies_inside_the_send_is_continued_by_the_next(engine: Engine, death: str) -> None:
    clock = Clock()
    case = Case(engine, PostingKey("hollis", "labor", "1040", 1), clock, MemoryLedger(clock))
    case.ledger.faults.append(death)
    case.process()
    case.clock.advance(LEASE_S)
    case.converge()
    assert case.verdict() == ""


# -- random schedules -------------------------------------------------------------------------------------------------

SEND_FAULTS = ["", "", "lost_reply", "lost_request", "late_commit", "refused", "down", "no_key", "meanwhile"]
SEND_DEATHS = ["crash_before", "crash_after", "bug_after"]
READ_FAULTS = ["", "", "", "down", "garbage"]
PAUSES_S = [0, 1, 60, LEASE_S - 1, LEASE_S, WINDOW_S - 1, WINDOW_S, 5_000]


@pytest.fixture(scope="module")
def memory() -> Iterator[Engine]:
    opened = open_database("sqlite://")
    yield opened
    opened.dispose()


def play(engine: Engine, seed: int, poster: type[Poster] = Poster, store: type[MortalStore] = MortalStore) -> str:
    """One schedule: a few processes under drawn faults, deaths, rivals and pauses; then calm. Returns the verdict."""
    draw = random.Random(seed)  # noqa: S311 a schedule, not a secret
    clock = Clock()
    remembers = draw.random() < 0.5
    ledger = MemoryLedger(clock, remembers_control_ids=remembers)
    key = PostingKey(f"{poster.__name__}.{store.__name__}", "labor", str(seed), 1)
    case = Case(engine, key, clock, ledger, poster, store)
    ledger.meanwhile = partial(case.process, resolve=draw.random() < 0.3)
    faults = SEND_FAULTS + SEND_DEATHS + (["very_late_commit"] if remembers else [])
    for _process in range(draw.randint(1, 4)):
        ledger.faults.extend(draw.choice(faults) for _send in range(2))
        ledger.read_faults.extend(draw.choice(READ_FAULTS) for _look in range(3))
        before, after = draw.choice([(0, 0), (0, 0), (draw.randint(1, 7), 0), (0, draw.randint(1, 7))])
        with suppress(KeyError):  # `bug_after`: the run failed, the next one goes on
            case.process(die_before=before, die_after=after, resolve=draw.random() < 0.2)
        clock.time += timedelta(seconds=draw.choice(PAUSES_S))
    case.converge()
    return case.verdict()


def seeds(count: int) -> list[int]:
    given = os.environ.get("CONNECTOR_TEST_SEED")
    return [int(given)] if given else list(range(count))


def test_random_schedules_post_once_lose_nothing_and_converge(memory: Engine) -> None:
    for seed in seeds(SCHEDULES):
        verdict = play(memory, seed)
        assert verdict == "", f"CONNECTOR_TEST_SEED={seed} replays it: {verdict}"
    assert AuditTrail(memory).verify().intact


def test_random_schedules_hold_on_both_databases(engine: Engine) -> None:
    for seed in seeds(40):
        assert play(engine, seed) == "", f"CONNECTOR_TEST_SEED={seed} replays it"
    assert AuditTrail(engine).verify().intact


# -- what these schedules would catch ---------------------------------------------------------------------------------


class SkipsTheLookUp(Poster):
    """Believes that what it does not know did not happen."""

    def _look(self, document: Document) -> Any:  # noqa: ANN401 a private value
        nothing = MemoryLedger(self._now)
        real, self._ledger = self._ledger, nothing
        seen = super()._look(document)
        self._ledger = real
        return seen


class IgnoresTheWindow(Poster):
    """Sends again as soon as a look-up finds nothing."""

    def _due_at(self, posting: Posting) -> None:
        return None


class TakesANewControlIdPerTry(Poster):
    """Sends every try under an id of its own, as a client library does by default."""

    def _send(self, posting: Posting, document: Document, sender: str) -> PostingResult:
        real = self._ledger

        class FreshIds:
            system, processing_window_s = real.system, real.processing_window_s
            find = staticmethod(real.find)

            def send(self, document: Document, control_id: str) -> Receipt:
                return real.send(document, f"{control_id}.{posting.attempts}")

        self._ledger = FreshIds()
        try:
            return super()._send(posting, document, sender)
        finally:
            self._ledger = real


class ForgetsTheLease(MortalStore):
    """Lets anyone send at any time."""

    def acquire(self, key: PostingKey, owner: str, lease_s: float) -> bool:
        known = self.get(key)
        if known is None or known.state == PostingState.POSTED:
            return False
        with writing(self._engine) as db:
            changes = {
                "lease_owner": owner,
                "lease_until": self._now() + timedelta(seconds=lease_s),
                "state": "planned",
            }
            db.execute(update(posting).where(posting.c.source_id == key.source_id).values(changes))
        return True


class RecordsTheSendAfterwards(MortalStore):
    """Sends first and writes it down when the answer is there."""

    sent: tuple[PostingKey, str, str] | None = None

    def begin_send(self, key: PostingKey, owner: str, digest: str) -> Posting:
        self.sent = (key, owner, digest)
        known = self.get(key)
        assert known is not None
        return known

    def _step(self, method: Callable[..., object], *args: object, **kwargs: object) -> object:
        if self.sent is not None:
            sent, self.sent = self.sent, None
            super().begin_send(*sent)
        return super()._step(method, *args, **kwargs)


MUTANTS: dict[str, tuple[type[Poster], type[MortalStore], str]] = {
    "skips the look-up": (SkipsTheLookUp, MortalStore, "duplicate"),
    "ignores the window": (IgnoresTheWindow, MortalStore, "duplicate"),
    "takes a new control id per try": (TakesANewControlIdPerTry, MortalStore, "duplicate"),
    "forgets the lease": (Poster, ForgetsTheLease, "duplicate"),
    "records the send afterwards": (Poster, RecordsTheSendAfterwards, "duplicate"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_same_schedules_catch_a_poster_that(memory: Engine, mutant: str) -> None:
    poster, store, harm = MUTANTS[mutant]
    caught = (seed for seed in range(300) if play(memory, seed, poster, store).startswith(harm))
    assert next(caught, None) is not None, f"300 schedules and no {harm}: they would not catch a poster that {mutant}"
