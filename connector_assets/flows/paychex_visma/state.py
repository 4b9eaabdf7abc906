"""How each worker stands in Visma, in the records: what both sides last agreed on, and what was sent without an answer.

A change is no document, so it has no row in the posting ledger. What keeps it from happening twice is the same idea:
its intent is committed before the first byte leaves, and an outcome that nobody has seen is looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from connector_assets.deployment import Deployment
from connector_assets.records.audit import canonical_json, digest_of

KIND = "visma_employee"
IN_STEP, DRIFTED, HELD, UNKNOWN, REFUSED = "in_step", "drifted", "held", "unknown", "refused"
SENDING, WAITING, OUTSIDE = "sending", "waiting", "outside"
UNSETTLED = (SENDING, UNKNOWN)


@dataclass(frozen=True)
class WorkerState:
    """One worker. `settled` and `sent` are comparable values; `reach` recognises a record that Visma numbered itself.

    `sent_at` is a moment in UTC as ISO text, empty when nothing is without an answer.
    """

    worker_id: str
    employee_no: str
    state: str
    settled: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    reach: str = ""
    sent_at: str = ""
    problem: str = ""

    @property
    def is_paired(self) -> bool:
        """Whether both sides ever agreed."""
        return bool(self.settled)

    def totals(self) -> dict[str, int | str]:
        """As flat facts."""
        plain = {"state": self.state, "reach": self.reach, "sent_at": self.sent_at, "problem": self.problem}
        return {
            **plain,
            **{f"settled.{name}": value for name, value in self.settled.items()},
            **{f"sent.{name}": value for name, value in self.sent.items()},
        }


class States:
    """The states of one connection."""

    def __init__(self, home: Deployment, connection: str, actor: str) -> None:
        self._home, self._connection, self._actor = home, connection, actor
        self._known = {one.worker_id: one for one in worker_states(home, connection)}

    def get(self, worker_id: str) -> WorkerState | None:
        """A worker's state, or None for one who was never seen in Visma."""
        return self._known.get(worker_id)

    def all(self) -> list[WorkerState]:
        """Every state."""
        return list(self._known.values())

    def put(self, state: WorkerState, today: date) -> None:
        """Keep a state, in one committed transaction with its entry in the trail; the same again costs nothing."""
        if self._known.get(state.worker_id) == state:
            return
        totals = state.totals()
        self._home.sources.upsert(
            self._connection,
            KIND,
            state.worker_id,
            partition=state.employee_no,
            document_date=today,
            label=state.state,
            digest=digest_of(canonical_json(totals)),
            totals=totals,
            actor=self._actor,
        )
        self._known[state.worker_id] = state

    def settle(self, worker_id: str, employee_no: str, agreed: Mapping[str, str], drift: str, today: date) -> None:
        """Both sides agree on these fields; where one drifted, what they agreed on before stays the measure."""
        before = self._known.get(worker_id)
        settled = {**(before.settled if before else {}), **agreed}
        state = DRIFTED if drift else IN_STEP
        self.put(WorkerState(worker_id, employee_no, state, settled, problem=drift), today)

    def stop(self, worker_id: str, employee_no: str, state: str, problem: str, today: date) -> None:
        """Keep what stops a worker; what was settled or sent before stays known."""
        known = self._known.get(worker_id) or WorkerState(worker_id, employee_no, state)
        self.put(replace(known, state=state, problem=problem), today)


def worker_states(home: Deployment, connection: str) -> list[WorkerState]:
    """Every worker's state, from the records."""
    found = []
    for row in home.sources.list(connection, KIND):
        totals = {name: str(value) for name, value in row.totals.items()}
        found.append(
            WorkerState(
                worker_id=row.source_id,
                employee_no=row.partition,
                state=totals["state"],
                settled=_part(totals, "settled."),
                sent=_part(totals, "sent."),
                reach=totals["reach"],
                sent_at=totals["sent_at"],
                problem=totals["problem"],
            )
        )
    return found


def _part(totals: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in totals.items() if name.startswith(prefix)}


def age_s(state: WorkerState, now: datetime) -> float:
    """Seconds since what has no answer was sent."""
    return (now - datetime.fromisoformat(state.sent_at).astimezone(UTC)).total_seconds() if state.sent_at else 0.0
