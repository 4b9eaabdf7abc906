"""Virtual time, and actors that take turns on it: whoever runs, runs alone, and only at named points may another go on.

Everything random comes from one seeded generator, so that a schedule is repeated exactly by its seed.
"""

from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from random import Random
from threading import Lock, Thread

MOST_ACTORS = 3


class Crash(BaseException):
    """The process dies here: nothing of ours runs after it, as after kill -9."""


class Actor:
    """One process: when it starts, after how many points it dies (0: never), and how far its clock is off."""

    def __init__(self, body: Callable[[], object], *, starts_in_s: float = 0.0, dies_at: int = 0) -> None:
        self.body, self.wake_at_s, self.dies_at = body, starts_in_s, dies_at
        self.points, self.is_done = 0, False
        self.failure: BaseException | None = None
        self.gate = Lock()
        self.gate.acquire()


class Stage:
    """The one place that decides who goes on, and what time it is (seconds since the schedule began)."""

    def __init__(self, draw: Random, switch_share: float = 0.0, story: list[str] | None = None) -> None:
        self.time_s, self._story = 0.0, story
        self._draw, self._switch_share = draw, switch_share
        self._actors: list[Actor] = []
        self._current: Actor | None = None
        self._finished = Lock()

    def run(self, actors: Sequence[Actor]) -> None:
        """Play the actors to their ends or deaths; a lone one in this thread, several in threads that take turns."""
        for actor in actors:
            actor.wake_at_s += self.time_s
        self._actors = list(actors)
        if len(self._actors) == 1:
            self._current = actor = self._actors[0]
            self.time_s = actor.wake_at_s
            self._perform(actor)
        else:
            self._finished.acquire()
            for hand, actor in zip(_hands(), self._actors, strict=False):
                hand.put(partial(self._in_thread, actor))
            self._pass_on(None)
            self._finished.acquire()
            self._finished.release()
        self._current = None
        for actor in self._actors:
            if actor.failure is not None:
                raise actor.failure

    def tell(self, what: str) -> None:
        """Note what happens, if this schedule is to be told."""
        if self._story is not None:
            who = "calm" if self._current is None else f"process {self._actors.index(self._current) + 1}"
            self._story.append(f"{self.time_s:10.1f} s  {who:10}  {what}")

    def at_point(self) -> None:
        """A point at which the current actor may die or another may go on."""
        actor = self._current
        if actor is None:
            return
        actor.points += 1
        if actor.points == actor.dies_at:
            self.tell("dies")
            raise Crash
        if len(self._actors) > 1 and self._draw.random() < self._switch_share:
            self._pass_on(actor)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the current actor; the others go on meanwhile."""
        actor = self._current
        if actor is None or len(self._actors) == 1:
            self.time_s += seconds
            return
        actor.wake_at_s = self.time_s + seconds
        self._pass_on(actor)

    def _pass_on(self, actor: Actor | None) -> None:
        alive = [one for one in self._actors if not one.is_done]
        if not alive:
            self._finished.release()
            return
        ready = [one for one in alive if one.wake_at_s <= self.time_s]
        following = self._draw.choice(ready) if ready else min(alive, key=lambda one: one.wake_at_s)
        self.time_s = max(self.time_s, following.wake_at_s)
        self._current = following
        if following is actor:
            return
        following.gate.release()
        if actor is not None and not actor.is_done:
            actor.gate.acquire()

    def _in_thread(self, actor: Actor) -> None:
        actor.gate.acquire()
        self._perform(actor)
        self._pass_on(actor)

    def _perform(self, actor: Actor) -> None:
        try:
            actor.body()
        except Crash:
            pass
        except BaseException as error:
            actor.failure = error
        actor.is_done = True


_HANDS: list[SimpleQueue[Callable[[], None]]] = []


def _hands() -> list[SimpleQueue[Callable[[], None]]]:
    """Threads that outlive a schedule: a database connection belongs to the thread that opened it."""
    while len(_HANDS) < MOST_ACTORS:
        work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        Thread(target=_serve, args=(work,), daemon=True).start()
        _HANDS.append(work)
    return _HANDS


def _serve(work: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        work.get()()
