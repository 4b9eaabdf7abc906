"""A deployment of the flow into Visma alone: made once, copied for each test; and what tests ask of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import pandas as pd
from dagster import AssetKey

from connector_assets.commands.demo_visma import NAME, prepare_visma
from connector_assets.connections import load_connection
from connector_assets.flows.paychex_visma.alignment import targets_of
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.flows.paychex_visma.employees import EmployeeSync, Tools
from connector_assets.flows.paychex_visma.poll import poll
from connector_assets.flows.paychex_visma.state import WorkerState, worker_states
from connector_assets.flows.paychex_visma.status import EmployeeStatus, keep_waiting, statuses
from connector_assets.orchestration.inbox_sensor import SUBJECTS_TAG
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.roster import name_salt, roster_of
from connector_assets.orchestration.runs import QUIET, RunOutcome, execute
from connector_assets.records.audit import AuditEntry
from connector_assets.records.database import utc_now
from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.facts import WorkerFacts
from connector_assets.systems import paychex_client, visma_client
from connector_tests.flows.house import House, Kind, copied_as, firm, problem_of

COMPANY_ID = ENTITIES[0].paychex_company_id
CREATE, UPDATE = {"operation": "create employee"}, {"operation": "update employee"}
TODAY = date.today()  # noqa: DTZ011 - the sandbox's own day


@dataclass
class VismaHouse(House):
    """One deployment with the connection into Visma, and the people of both systems in reach."""

    # -- the two systems, past our clients -------------------------------------------------------------------------

    def people(self) -> list[WorkerFacts]:
        """The sample firm's people, as Paychex begins with them."""
        return list(firm().workers(COMPANY_ID, TODAY))

    def employed(self) -> list[WorkerFacts]:
        """Those of them who are there."""
        return [one for one in self.people() if one.statuses[-1].status_type == "ACTIVE"]

    def flex(self, worker: WorkerFacts, **fields: object) -> None:
        """What a person changes in Flex."""
        self.admin("paychex/workers/change", company_id=COMPANY_ID, worker_id=worker.worker_id, **fields)

    def hire(self, **fields: object) -> dict[str, Any]:
        """A new worker in Flex."""
        given = {"given_name": "Noor", "family_name": "Tveit", "hire_date": "2026-01-05", **fields}
        return self.admin("paychex/workers/hire", company_id=COMPANY_ID, **given)

    def visma(self, number: str) -> dict[str, Any]:
        """An employee as Visma stores it."""
        return self.records_of("employee")[number]

    def records_of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every record of a kind in Visma, by its key."""
        found = self.http.get(f"{self.root}/admin/visma/records", params={"kind": kind}).json()
        return {one["key"]: one for one in found}

    def values(self, segment: int) -> dict[str, dict[str, Any]]:
        """The values of a segment."""
        rows = self.records_of("segment")[f"SUBACCOUNT/{segment}"]["segmentValues"]
        return {row["valueId"]: row for row in rows}

    def calls_of_the_hour(self) -> int:
        """The calls that Visma has counted in this hour."""
        with closing(sqlite3.connect(self.settings.home / "sandbox.db")) as db:
            (calls,) = db.execute("SELECT calls FROM visma_windows").fetchone()
        return int(calls)

    def unit(self, unit_id: str, **fields: object) -> None:
        """An organization that is new or changed in Flex."""
        body = {"company_id": COMPANY_ID, "kind": "organization", "unit_id": unit_id}
        self.admin("paychex/units", **body, fields=fields)

    def by_hand(self, number: str, **members: object) -> None:
        """What a person changes in Visma."""
        self.admin("visma/employee", number=number, members=members)

    # -- the deployment --------------------------------------------------------------------------------------------

    def everything(self) -> RunOutcome:
        """The nightly run."""
        return execute(self.definitions(), self.instance, f"{NAME}_refresh")

    def look(self, *worker_ids: str) -> RunOutcome:
        """The hourly run, or the one that a notification of these workers asks for."""
        if not worker_ids:
            return execute(self.definitions(), self.instance, f"{NAME}_workers")
        job = self.definitions().resolve_job_def(f"{NAME}_workers")
        tags = {SUBJECTS_TAG: ",".join(worker_ids)}
        result = job.execute_in_process(instance=self.instance, tags=tags, run_config=QUIET, raise_on_error=False)
        return RunOutcome(result.run_id, result.success, problem_of(result))

    def bring_in_step(self) -> None:
        """What the hourly run does to employees, without Dagster around it, for the cases that are not about that."""
        home, connection, store = self.records(), self.connected(), FrameStore(self.settings.frames_path)
        salt, key = name_salt(home, NAME), AssetKey([NAME, "visma", "employees"])
        source = paychex_client(connection, connection.paychex, home.credentials, self.settings)
        target = visma_client(connection, connection.visma, home.credentials, self.settings)
        roster = roster_of(source.workers(COMPANY_ID), salt)
        before = store.read(key) if store.exists(key) else None
        polled = poll(connection, target, home, before, salt, utc_now())
        store.write(key, polled)
        targets = targets_of(self.frame("dimension_alignment"), connection)
        tools = Tools(connection, home, source, target, targets, salt, "test", utc_now())
        work = EmployeeSync(tools, roster, polled)
        rows = work.plan()
        list(work.carry(rows))
        keep_waiting(home, NAME, sum(row.is_due for row in rows), work.ended_early)

    def writes(self) -> dict[str, int]:
        """The writing calls that Visma answered since the last count."""
        verbs = ("create", "update")
        return {name: n for name, n in self.calls().items() if name.startswith("visma ") and name.split()[1] in verbs}

    def state(self, worker_id: str) -> WorkerState | None:
        """A worker's state in the records."""
        return {one.worker_id: one for one in worker_states(self.records(), NAME)}.get(worker_id)

    def standing(self) -> list[EmployeeStatus]:
        """What `connector status` shows."""
        return statuses(self.records(), self.connected())

    def connected(self) -> PaychexVismaConnection:
        """The connection as its file now describes it."""
        return cast(PaychexVismaConnection, load_connection(self.settings, NAME))

    def trail(self, subject: str = "") -> list[AuditEntry]:
        """The audit entries on employees and dimensions, of one subject or all, in order."""
        told = ("employee", "dimension")
        entries = self.records().audit.entries()
        return [one for one in entries if one.action.startswith(told) and one.subject.endswith(subject)]

    def frame(self, name: str) -> pd.DataFrame:
        """A frame of the connection."""
        return FrameStore(self.settings.frames_path).read(AssetKey([NAME, *name.split("/")]))


def _settle(house: VismaHouse) -> None:
    house.admin("switches", **{"visma.hourly_limit": "15000"})


def _in_step(house: VismaHouse) -> None:
    outcome = house.everything()
    assert outcome.succeeded, outcome.problem


VISMA = Kind(VismaHouse, prepare_visma, _in_step, _settle)
"""The connection into Visma alone, its employees in step; Visma's hour is long unless a test says otherwise."""


@contextmanager
def copied() -> Iterator[VismaHouse]:
    """A house of its own, gone afterwards; the calls are counted from zero."""
    with copied_as(VISMA) as house:
        house.reset_calls()
        yield house
