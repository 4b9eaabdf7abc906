"""Intacct's contacts and employees, made to follow the roster. Names pass through here and are kept nowhere."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.frames import EMPLOYEE_CHANGES
from connector_assets.flows.paychex_intacct.workers import EmployeeChange, employee_changes
from connector_assets.orchestration.ledger_frames import LEDGER_EMPLOYEES
from connector_assets.orchestration.snapshots import INTACCT
from connector_assets.vendors.errors import RefusedError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.master_data import IntacctMasterData, Record
from connector_assets.vendors.paychex.models import Worker

BATCH = 50
"""Employees that one request creates: with their contacts it stays under the hundred objects that Intacct takes."""


def follow_roster(
    connection: PaychexIntacctConnection,
    roster: pd.DataFrame,
    alignment: pd.DataFrame,
    workers: Callable[[], Iterable[Worker]],
    client: IntacctClient,
    today: date,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Create and update employees; the frame EMPLOYEE_CHANGES of what was written, and a finding for each refusal.

    The employees are read afresh, so that an attempt whose reply was lost is seen and not repeated.
    """
    if connection.employees == "off":
        return EMPLOYEE_CHANGES.empty(), []
    pairs = alignment[alignment["target_id"].notna()]
    by_kind = {
        str(kind): dict(zip(rows["source_id"], rows["target_id"], strict=True)) for kind, rows in pairs.groupby("kind")
    }
    snapshot = next(snapshot for snapshot in INTACCT if snapshot.schema is LEDGER_EMPLOYEES)
    employees = snapshot.frame(client, connection.intacct.company_id)
    changes = employee_changes(roster, employees, by_kind.get("department", {}), by_kind.get("location", {}), today)
    creates = [change for change in changes if change.action == "create"]
    updates = [change for change in changes if change.action == "update"]
    writer = _Writer(connection.name, IntacctMasterData(client), _names(workers, creates))
    writer.write(creates, writer.create)
    writer.write(updates, writer.update)
    rows = [(c.action, c.worker_id, c.employee_id, ",".join(name for name, _ in c.fields)) for c in writer.done]
    return EMPLOYEE_CHANGES.conform(pd.DataFrame(rows, columns=EMPLOYEE_CHANGES.names)), writer.refused


def _names(workers: Callable[[], Iterable[Worker]], creates: Sequence[EmployeeChange]) -> dict[str, tuple[str, str]]:
    """Family and given name of the workers to create, read once and only when there are any."""
    wanted = {change.worker_id for change in creates}
    if not wanted:
        return {}
    found = (worker for worker in workers() if worker.worker_id in wanted)
    return {one.worker_id: (one.family_name.get_secret_value(), one.given_name.get_secret_value()) for one in found}


class _Writer:
    """Writes changes in batches; a batch that Intacct refuses is written one by one, to find the one it means."""

    def __init__(self, connection: str, master: IntacctMasterData, names: dict[str, tuple[str, str]]) -> None:
        self._connection, self._master, self._names = connection, master, names
        self.done: list[EmployeeChange] = []
        self.refused: list[Finding] = []

    def write(self, changes: Sequence[EmployeeChange], send: Callable[[Sequence[EmployeeChange]], None]) -> None:
        """Send the changes in batches of BATCH."""
        for start in range(0, len(changes), BATCH):
            batch = changes[start : start + BATCH]
            try:
                send(batch)
                self.done += batch
            except RefusedError:
                for change in batch:
                    self._one(change, send)

    def _one(self, change: EmployeeChange, send: Callable[[Sequence[EmployeeChange]], None]) -> None:
        try:
            send([change])
            self.done.append(change)
        except RefusedError as error:
            self.refused.append(finding("W02", f"worker {change.worker_id}", error.message, error.fix, Severity.ERROR))

    def create(self, batch: Sequence[EmployeeChange]) -> None:
        """Create contacts and employees in one transaction."""
        contacts: list[Record] = []
        employees: list[Record] = []
        for change in batch:
            family, given = self._names[change.worker_id]
            contact = f"{family} {given} ({change.employee_id})"
            contacts.append(
                {"contact_name": contact, "print_as": f"{given} {family}", "first_name": given, "last_name": family}
            )
            employees.append({"employee_id": change.employee_id, "contact_name": contact, **dict(change.fields)})
        control_id = f"{self._connection}:employees:{batch[0].employee_id}+{len(batch)}"
        self._master.create_together([("CONTACT", contacts), ("EMPLOYEE", employees)], control_id)

    def update(self, batch: Sequence[EmployeeChange]) -> None:
        """Update employees by their id."""
        records: list[Record] = [{"employee_id": change.employee_id, **dict(change.fields)} for change in batch]
        self._master.update(
            "EMPLOYEE", records, f"{self._connection}:employees:update:{batch[0].employee_id}+{len(batch)}"
        )
