"""Carrying out the plan: dimension values created and changed in both systems, each once, each in the audit trail.

A creation is looked up before it is sent and after a lost reply, and adopted where it stands already; Intacct itself
refuses a second one of the same id, and a function control id that it has executed before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.dimension_plan import (
    CREATE,
    END,
    INTACCT,
    MADE,
    MADE_IN_PAYCHEX,
    PAYCHEX,
    Change,
    in_order,
)
from connector_assets.flows.paychex_intacct.dimension_values import Side
from connector_assets.records.audit import digest_of
from connector_assets.vendors.errors import OutcomeUnknownError, RefusedError, VendorError
from connector_assets.vendors.intacct.client import MAX_OBJECTS, IntacctClient
from connector_assets.vendors.intacct.filters import Filter, Operator
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_assets.vendors.intacct.tables import MASTER_DATA
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.models import Job

PLANNED, DONE, ADOPTED, REFUSED, UNKNOWN = "planned", "done", "adopted", "refused", "unknown"
MADE_OUTCOMES = (DONE, ADOPTED)

DIMENSION_CHANGES = FrameSchema(
    "dimension_changes",
    (
        Column("kind", "string", "department, location, project or labor_assignment"),
        Column("system", "string", "Where it is changed: intacct or paychex"),
        Column("action", "string", "create, rename, move, inactivate, reactivate, end"),
        Column("source_id", "string", "Paychex id; empty for a job that is to be created"),
        Column("target_id", "string", "Intacct id"),
        Column("name", "string", "Its name afterwards"),
        Column("why", "string", "What asks for it"),
        Column("outcome", "string", "planned, done, adopted (it stood there already), refused, unknown"),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What became of one change; `problem` is the error of one that was not made, `source_id` a new job's."""

    change: Change
    outcome: str
    problem: VendorError | None = None
    source_id: str = ""


@dataclass
class DimensionWriter:
    """Writes the changes of one connection, and keeps what is paired by them."""

    connection: PaychexIntacctConnection
    home: Deployment
    client: IntacctClient
    source: PaychexClient
    company_id: str
    today: date
    sides: Mapping[str, Side]
    done: list[Outcome] = field(default_factory=list)

    def make(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make the changes, parents before their children; what became of each."""
        intacct = in_order([change for change in changes if change.system == INTACCT])
        batch: list[Change] = []
        for change in intacct:
            if batch and (_group(change) != _group(batch[0]) or len(batch) == MAX_OBJECTS):
                self._intacct(batch)
                batch = []
            batch.append(change)
        if batch:
            self._intacct(batch)
        for change in in_order([change for change in changes if change.system == PAYCHEX]):
            self._keep(self._paychex(change))
        return self.done

    # -- Intacct --------------------------------------------------------------------------------------------------

    def _intacct(self, batch: Sequence[Change]) -> None:
        """Changes of one object, one action and one depth."""
        standing = self._standing(batch) if batch[0].action == CREATE else set()
        for change in batch:
            if change.target_id in standing:
                self._keep(Outcome(change, ADOPTED))
        waiting = [change for change in batch if change.target_id not in standing]
        if not waiting:
            return
        try:
            self._send(waiting)
        except RefusedError as error:
            if len(waiting) == 1:
                self._keep(Outcome(waiting[0], REFUSED, error))
                return
            for change in waiting:
                self._intacct([change])
        except OutcomeUnknownError as error:
            arrived = self._standing(waiting) if waiting[0].action == CREATE else set()
            for change in waiting:
                is_there = change.target_id in arrived
                self._keep(Outcome(change, ADOPTED) if is_there else Outcome(change, UNKNOWN, error))
        else:
            for change in waiting:
                self._keep(Outcome(change, DONE))

    def _send(self, batch: Sequence[Change]) -> None:
        first = batch[0]
        records = [dict(change.fields) for change in batch]
        content = digest_of("|".join(f"{change.action}:{change.fields}" for change in batch))
        control_id = f"{self.connection.name}:{first.kind}:{first.action}:{content[:24]}"
        master, object_name = IntacctMasterData(self.client), self.sides[first.kind].object_name
        write = master.create if first.action == CREATE else master.update
        write(object_name, records, control_id)

    def _standing(self, batch: Sequence[Change]) -> set[str]:
        """Which of the values Intacct has by now: an earlier creation whose reply was lost."""
        side = self.sides[batch[0].kind]
        name = MASTER_DATA[side.object_name].field(side.id_field).path
        chosen = Filter(name, Operator.IN, tuple(change.target_id for change in batch))
        return {row[name] for row in self.client.query(side.object_name, [name], [chosen])}

    # -- Paychex --------------------------------------------------------------------------------------------------

    def _paychex(self, change: Change) -> Outcome:
        """One job. Paychex refuses a second one of the same number and name: then it is looked up and adopted."""
        try:
            job = self._send_job(change)
        except RefusedError as error:
            found = self._job_of(change)
            return Outcome(change, ADOPTED, None, found) if found else Outcome(change, REFUSED, error)
        except OutcomeUnknownError as error:
            found = self._job_of(change)
            return Outcome(change, ADOPTED, None, found) if found else Outcome(change, UNKNOWN, error)
        return Outcome(change, DONE, None, job.job_id)

    def _send_job(self, change: Change) -> Job:
        fields = {name: str(value) for name, value in change.fields}
        if change.action == CREATE:
            return self.source.create_job(self.company_id, fields["number"], fields["name"], self.today)
        if change.action == END:
            return self.source.change_job(self.company_id, change.source_id, end=date.fromisoformat(fields["end"]))
        return self.source.change_job(self.company_id, change.source_id, name=fields["name"])

    def _job_of(self, change: Change) -> str:
        """The id of the job that a creation asks for, where there is one."""
        if change.action != CREATE:
            return ""
        jobs = self.source.jobs(self.company_id)
        return next((one.job_id for one in jobs if (one.number, one.name) == (change.target_id, change.name)), "")

    # -- what is kept ---------------------------------------------------------------------------------------------

    def _keep(self, made: Outcome) -> None:
        change, name = made.change, self.connection.name
        self.done.append(made)
        if made.outcome not in MADE_OUTCOMES:
            return
        source_id = change.source_id or made.source_id
        if change.action == CREATE and source_id:
            origin = MADE if change.system == INTACCT else MADE_IN_PAYCHEX
            kind = self.sides[change.kind].pair_kind
            self.home.crosswalk.put(name, kind, source_id, change.target_id, origin)
        self.home.audit.append(
            self._actor,
            f"dimension {_WORDS.get(change.action, change.action + 'd')} in {change.system}",
            f"{name}/{change.kind}/{change.target_id}",
            change.why,
            detail={"paychex_id": source_id, "name": change.name, "outcome": made.outcome},
        )

    @cached_property
    def _actor(self) -> str:
        return "connector"


_WORDS = {END: "ended"}


def _group(change: Change) -> tuple[str, str, int]:
    return change.kind, change.action, change.depth


def changes_frame(made: Sequence[Outcome]) -> pd.DataFrame:
    """The frame DIMENSION_CHANGES."""
    rows = [
        (
            *(one.change.kind, one.change.system, one.change.action, one.change.source_id or one.source_id),
            *(one.change.target_id, one.change.name, one.change.why, one.outcome),
        )
        for one in made
    ]
    return DIMENSION_CHANGES.conform(pd.DataFrame(rows, columns=DIMENSION_CHANGES.names))


def not_made_findings(made: Sequence[Outcome]) -> list[Finding]:
    """W22: changes that were refused or whose outcome is unknown."""
    return [
        finding(
            "W22",
            f"{one.change.kind} {one.change.target_id}",
            f"{one.change.system.capitalize()} did not {one.change.action} {one.change.kind} {one.change.target_id}: "
            f"{one.problem.message}",
            one.problem.fix,
            Severity.ERROR,
        )
        for one in made
        if one.problem is not None
    ]
