"""Making Visma's employees follow the workers: who needs what, and the writing of it, one worker after the other.

The calls are those of the workers that changed: whether somebody has, the poll tells. Each write names the row version
that it was decided on; what somebody changed meanwhile is read, and the decision made anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd
from pydantic import SecretStr

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_visma import facts as knowing
from connector_assets.flows.paychex_visma import state as states
from connector_assets.flows.paychex_visma.config import EmployeesSection, PaychexVismaConnection
from connector_assets.flows.paychex_visma.facts import Comparable, Facts, Lack, Targets
from connector_assets.flows.paychex_visma.frames import EMPLOYEE_SYNC
from connector_assets.flows.paychex_visma.plan import Decision, decide, described
from connector_assets.flows.paychex_visma.state import States, WorkerState
from connector_assets.orchestration.roster import TERMINATED
from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.models import ReachableWorker
from connector_assets.vendors.visma.client import VismaClient
from connector_assets.vendors.visma.models import Employee

PROCESSING_WINDOW_S = 300
"""Visma ends a call after four minutes: a create that left no trace by then did not happen."""
ENDS_THE_RUN = (UnavailableError, CredentialError, AccessError)
"""What the next worker would meet too."""


@dataclass(frozen=True)
class Tools:
    """What the work on employees needs; one for each run. `now` is UTC."""

    connection: PaychexVismaConnection
    home: Deployment
    source: PaychexClient
    target: VismaClient
    targets: Targets
    salt: bytes
    actor: str
    now: datetime

    @property
    def policy(self) -> EmployeesSection:
        """The connection's section on employees."""
        return self.connection.employees


@dataclass
class Row:
    """One worker in this run. `held` is what the poll saw in Visma, None for nobody; `before` is how things stood."""

    facts: Facts
    employee_no: str
    state: str = states.IN_STEP
    wanted: Comparable = field(default_factory=dict)
    held: Comparable | None = None
    etag: str = ""
    decision: Decision = field(default_factory=Decision)
    action: str = ""
    fields: str = ""
    reason: str = ""
    problem: str = ""

    @property
    def is_new(self) -> bool:
        """Whether Visma has nobody under the number."""
        return self.held is None

    @property
    def is_due(self) -> bool:
        """Whether something has to be written."""
        return self.state == states.WAITING


class EmployeeSync:
    """One run: `plan` decides from frames alone, `carry` writes. What is left over for the next hour stays waiting."""

    def __init__(self, tools: Tools, roster: pd.DataFrame, employees: pd.DataFrame) -> None:
        self._tools, self._policy = tools, tools.policy
        self._states = States(tools.home, tools.connection.name, tools.actor)
        self._today = tools.now.date()
        self._employees = {str(row["employee_no"]): row for row in employees.to_dict("records")}
        self._roster = [knowing.facts_of_row(row) for row in roster.to_dict("records")]
        self._pairs = tools.home.crosswalk.all(tools.connection.name, "employee")
        self._taken = {one.employee_no: one.worker_id for one in self._states.all()}
        self.ended_early = ""

    # -- who needs what -------------------------------------------------------------------------------------------

    def plan(self) -> list[Row]:
        """A row for each worker: what Visma should hold and holds, and whether something has to be written."""
        return [self._row(facts) for facts in self._roster]

    def _row(self, facts: Facts) -> Row:
        known = self._states.get(facts.worker_id)
        number = known.employee_no if known else self._pairs.get(facts.worker_id, facts.employee_id)
        row = Row(facts, number)
        is_history = known is None and knowing.left_before(facts, self._tools.connection.start_date)
        if knowing.is_outside(facts) or is_history:
            return self._stopped(row, states.OUTSIDE, "")
        wanted = knowing.wanted(facts, self._tools.targets, self._policy, self._tools.salt, self._tools.now.date())
        if isinstance(wanted, Lack):
            return self._stopped(row, states.HELD, f"{wanted.why} Fix: {wanted.fix}")
        if not number:
            return self._stopped(row, states.HELD, "The worker has no number. Fix: Give one in Paychex.")
        if known is not None and known.state in states.UNSETTLED and not known.is_paired:
            number = self._numbered_by_visma(known) or number
        row.wanted, row.employee_no = wanted, number
        seen = self._employees.get(number)
        if seen is not None:
            row.held, row.etag = {name: _text(seen, name) for name in wanted}, _text(seen, "etag")
        return self._judged(row, known)

    def _judged(self, row: Row, known: WorkerState | None) -> Row:
        """Say what has to be written, if anything; or why nothing may be."""
        holder = self._taken.get(row.employee_no, row.facts.worker_id)
        if holder != row.facts.worker_id:
            why = (
                f"Number {row.employee_no} belongs to worker {holder}. Fix: Give each a number of their own in Paychex."
            )
            return self._stopped(row, states.HELD, why)
        if row.held is None:
            return self._absent(row, known)
        if self._is_a_stranger(row, known):
            why = f"Visma has somebody of another name under number {row.employee_no}."
            fix = "Correct the number on one side; if it is the same person, correct the name in Visma."
            return self._stopped(row, states.HELD, f"{why} Fix: {fix}")
        settled = known.settled if known and known.is_paired else None
        row.decision = decide(
            row.wanted, row.held, settled, known.sent if known else {}, repairs=self._policy.drift == "repair"
        )
        if row.decision.to_send:
            row.state, row.reason = states.WAITING, _reason(row, known)
        elif row.decision.drift:
            row.state, row.problem = states.DRIFTED, _drift_told(row)
        return row

    def _absent(self, row: Row, known: WorkerState | None) -> Row:
        """Visma has nobody under the number: to be created, unless they left before, or an answer is still due."""
        if known is not None and known.is_paired:
            why = f"Visma has nobody under number {row.employee_no} any more. "
            return self._stopped(row, states.DRIFTED, why + "Fix: Give the employee that number again in Visma.")
        if row.wanted[knowing.STATUS] == "Inactive":
            return self._stopped(row, states.OUTSIDE, "")
        if known is not None and known.state in states.UNSETTLED:
            left_s = PROCESSING_WINDOW_S - states.age_s(known, self._tools.now)
            if left_s > 0:
                why = f"Nobody can say yet whether number {row.employee_no} was created."
                return self._stopped(row, states.UNKNOWN, f"{why} Fix: Nothing; it is looked up in the next run.")
        row.state, row.reason = states.WAITING, _hired(row.facts)
        return row

    def _numbered_by_visma(self, known: WorkerState) -> str:
        """The number of a record that came of a create without an answer, where the company numbers by itself."""
        found = [no for no, one in self._employees.items() if one["reach"] == known.reach and no not in self._taken]
        return found[0] if known.reach and len(found) == 1 else ""

    def _is_a_stranger(self, row: Row, known: WorkerState | None) -> bool:
        """Whether an employee that we never wrote has another name than the worker of its number."""
        is_ours = (known is not None and (known.is_paired or known.sent)) or row.facts.worker_id in self._pairs
        by_name = self._policy.pair_by == "number_and_name"
        return not is_ours and by_name and (row.held or {}).get(knowing.NAME) != row.wanted[knowing.NAME]

    def _stopped(self, row: Row, state: str, problem: str) -> Row:
        row.state, row.problem = state, problem
        return row

    # -- writing --------------------------------------------------------------------------------------------------

    def carry(self, rows: Sequence[Row], only: Sequence[str] = ()) -> Iterator[Row]:
        """Bring Visma in step, row by row; `only` confines it to those worker ids. Yields each row done."""
        chosen = [row for row in rows if not only or row.facts.worker_id in only]
        for row in chosen:
            if row.is_due and not self.ended_early:
                self.ended_early = self._no_calls_left()
            if row.is_due and not self.ended_early:
                self._write(row)
            self._keep(row)
            yield row
        settled = {row.facts.worker_id: row.employee_no for row in chosen if row.state == states.IN_STEP}
        fresh = {worker: number for worker, number in settled.items() if self._pairs.get(worker) != number}
        self._tools.home.crosswalk.put_all(self._tools.connection.name, "employee", fresh, "number")

    def _no_calls_left(self) -> str:
        """Why no further call may be made in this hour; empty when one may."""
        left, reserved = self._tools.target.allowance, self._tools.connection.visma.reserved_calls
        if left is None or left.remaining > reserved:
            return ""
        return f"The calls of the hour are used up but for {left.remaining}; the next hour begins in {left.reset_s} s."

    def _write(self, row: Row) -> None:
        """Fetch the worker as Paychex has them now, and write what that asks for."""
        before = self._states.get(row.facts.worker_id)
        try:
            worker = self._tools.source.reachable_worker(row.facts.worker_id)
            facts = knowing.facts_of_worker(worker, self._tools.salt)
            wanted = knowing.wanted(facts, self._tools.targets, self._policy, self._tools.salt, self._today)
            if isinstance(wanted, Lack):
                self._stopped(row, states.HELD, f"{wanted.why} Fix: {wanted.fix}")
                return
            row.facts, row.wanted = facts, wanted
            if row.is_new:
                self._create(row, worker)
            else:
                self._update(row, worker)
        except OutcomeUnknownError as error:
            self._stopped(row, states.UNKNOWN, str(error))
        except ENDS_THE_RUN as error:
            self.ended_early = str(error)
            self._states.put(before or WorkerState(row.facts.worker_id, row.employee_no, states.WAITING), self._today)
        except VendorError as error:
            self._stopped(row, states.REFUSED, str(error))

    def _create(self, row: Row, worker: ReachableWorker) -> None:
        email = worker.email.get_secret_value() or self._policy.email.format(employee_id=row.facts.employee_id)
        if not email:
            why = "Paychex has no address at work, and Visma creates nobody without one."
            self._stopped(row, states.HELD, f"{why} Fix: Enter one in Paychex, or name employees.email.")
            return
        values = knowing.values_for(row.wanted, row.facts, worker, self._policy)
        values |= {name: SecretStr(getattr(self._policy, name)) for name in ("employee_class", "calendar")}
        names = (worker.family_name.get_secret_value(), worker.given_name.get_secret_value())
        self._intend(row, row.wanted, knowing.reach_of(*names, email, self._tools.salt))
        written = self._tools.target.create_employee(row.employee_no, values | {"email": SecretStr(email)})
        row.employee_no, row.action = written.key, "created"
        if written.found is not None:
            self._found_in_place(row, worker, written.found)
        row.fields = described(row.wanted, {})

    def _found_in_place(self, row: Row, worker: ReachableWorker, found: Employee) -> None:
        """The reply did not say it was created, and somebody stands there: ours by the name, or another's number."""
        held = knowing.held(found, self._policy, self._tools.salt)
        if held[knowing.NAME] != row.wanted[knowing.NAME]:
            why = f"Somebody of another name was entered in Visma under number {row.employee_no}."
            self._states.put(WorkerState(row.facts.worker_id, row.employee_no, states.HELD), self._today)
            self._stopped(row, states.HELD, f"{why} Fix: Correct the number on one side.")
            row.action = ""
            return
        row.held, row.etag = held, found.etag
        if held != row.wanted:
            self._update(row, worker)

    def _update(self, row: Row, worker: ReachableWorker) -> None:
        before, known = dict(row.held or {}), self._states.get(row.facts.worker_id)
        settled = known.settled if known and known.is_paired else None
        sent = dict(known.sent) if known else {}

        def decision(held: Comparable) -> Decision:
            return decide(row.wanted, held, settled, sent, repairs=self._policy.drift == "repair")

        def again(employee: Employee) -> Mapping[str, SecretStr] | None:
            row.decision = decision(knowing.held(employee, self._policy, self._tools.salt))
            return knowing.values_for(row.decision.to_send, row.facts, worker, self._policy)

        row.decision = decision(before)
        planned = row.decision
        if not planned.to_send:
            row.state = states.IN_STEP
            return
        self._intend(row, planned.to_send, "")
        sent |= planned.to_send
        values = knowing.values_for(planned.to_send, row.facts, worker, self._policy)
        self._tools.target.change_employee(row.employee_no, row.etag, values, again)
        done = {**planned.to_send, **row.decision.to_send}
        done = {name: value for name, value in done.items() if name not in row.decision.drift}
        row.action = row.action or ("repaired" if planned.repair and not planned.write else "updated")
        row.fields = described(done, before)

    def _intend(self, row: Row, fields: Comparable, reach: str) -> None:
        """Commit what is about to be sent, before its first byte."""
        known = self._states.get(row.facts.worker_id) or WorkerState(
            row.facts.worker_id, row.employee_no, states.SENDING
        )
        moment = self._tools.now.isoformat(timespec="seconds")
        sent = {**known.sent, **fields}
        self._states.put(replace(known, state=states.SENDING, sent=sent, reach=reach, sent_at=moment), self._today)

    def _keep(self, row: Row) -> None:
        """Keep how the row ended, and tell the trail what was done or what stops it."""
        known = self._states.get(row.facts.worker_id)
        was = known.problem if known else ""
        if row.action or row.state in {states.IN_STEP, states.DRIFTED}:
            self._settle(row)
        elif row.state in {states.HELD, states.UNKNOWN, states.REFUSED}:
            self._states.stop(row.facts.worker_id, row.employee_no, row.state, row.problem, self._today)
        elif row.state == states.OUTSIDE and known is not None and known.problem:
            self._states.stop(row.facts.worker_id, row.employee_no, row.state, "", self._today)
        if row.action:
            self._audit(row, f"employee {row.action}", row.reason)
        elif row.problem != was and row.state != states.WAITING:
            what = {states.DRIFTED: "employee drifted", states.IN_STEP: "employee in step"}
            self._audit(row, what.get(row.state, f"employee {row.state}"), row.problem or row.reason or "in step again")

    def _settle(self, row: Row) -> None:
        if row.held is None and not row.action:  # gone from Visma: what was settled stays the measure
            self._states.stop(row.facts.worker_id, row.employee_no, row.state, row.problem, self._today)
            return
        row.problem = _drift_told(row) if row.decision.drift else ""
        row.state = states.DRIFTED if row.decision.drift else states.IN_STEP
        if not row.action:
            row.action, row.reason = self._unseen(row)
        agreed = {name: value for name, value in row.wanted.items() if name not in row.decision.drift}
        self._states.settle(row.facts.worker_id, row.employee_no, agreed, row.problem, self._today)

    def _unseen(self, row: Row) -> tuple[str, str]:
        """What happened before this run and is told now: a write whose answer nobody saw, or a first meeting."""
        known = self._states.get(row.facts.worker_id)
        if known is not None and known.state in states.UNSETTLED:
            row.fields = described(known.sent, {})
            return ("updated" if known.is_paired else "created"), "found in place after a reply was lost"
        if known is None or not known.is_paired:
            return "taken over", "number and name agree"
        return "", ""

    def _audit(self, row: Row, action: str, reason: str) -> None:
        self._tools.home.audit.append(
            actor=self._tools.actor,
            action=action,
            subject=f"{self._tools.connection.name}/employee/{row.employee_no}",
            reason=reason,
            detail={"worker_id": row.facts.worker_id, "fields": row.fields, "sources": knowing.sources(row.facts)},
        )


def frame_of(rows: Sequence[Row], targets: Targets) -> pd.DataFrame:
    """EMPLOYEE_SYNC."""
    body = [
        (
            *(row.facts.worker_id, row.employee_no, row.state, row.action, row.fields, row.reason),
            *(row.wanted.get(name, "") for name in (knowing.STATUS, knowing.DEPARTMENT, knowing.BRANCH)),
            *(targets.cost_centers(row.facts), row.facts.title, row.facts.hire_date),
            row.facts.status_date if row.facts.status == TERMINATED else None,
        )
        for row in rows
    ]
    return EMPLOYEE_SYNC.conform(pd.DataFrame(body, columns=EMPLOYEE_SYNC.names))


def findings_of(rows: Sequence[Row], *states_: str) -> list[Finding]:
    """A finding for each row in one of these states."""
    codes = {states.DRIFTED: "W10", states.HELD: "W11", states.REFUSED: "W02", states.UNKNOWN: "W12"}
    found = []
    for row in rows:
        if row.state in states_:
            why, _, fix = row.problem.partition(" Fix: ")
            severity = Severity.WARN if row.state in {states.DRIFTED, states.HELD} else None
            found.append(finding(codes[row.state], f"worker {row.facts.worker_id}", why, fix, severity))
    return found


def _reason(row: Row, known: WorkerState | None) -> str:
    what = described(row.decision.write, row.held or {})
    if known is None or not known.is_paired:
        return f"brought in step when it was taken over: {what}"
    why = _left(row.facts) if knowing.STATUS in row.decision.write else ""
    changed = f"changed in Paychex: {what}{why}" if row.decision.write else ""
    back = (
        f"set back, changed in Visma: {described(row.decision.repair, row.held or {})}" if row.decision.repair else ""
    )
    return "; ".join(part for part in (changed, back) if part)


def _hired(facts: Facts) -> str:
    return f"hired on {facts.hire_date}" if facts.hire_date else "hired"


def _left(facts: Facts) -> str:
    reason = f" ({facts.status_reason})" if facts.status_reason else ""
    return f"; {facts.status}{reason} since {facts.status_date}"


def _drift_told(row: Row) -> str:
    held = row.held or {}
    told = ", ".join(
        f"{name} {row.wanted[name]} in Paychex, {held.get(name)} in Visma"
        if name in {knowing.STATUS, knowing.DEPARTMENT, knowing.BRANCH}
        else name
        for name in sorted(row.decision.drift)
    )
    fix = "Correct it on the side that is wrong, or set employees.drift to repair."
    return f"Employee {row.employee_no} was changed in Visma: {told}. Fix: {fix}"


def _text(row: Mapping[object, object], name: str) -> str:
    value = row[name]
    return value if isinstance(value, str) else ""
