"""Intacct's contacts and employees, made to follow the roster. Names pass through here and are kept nowhere.

Calls, for W workers of whom C are created, R renamed and U updated, with E employees in Intacct:

    Paychex   min(C + R, ceil(W / 100))                                             names, read only when needed
    Intacct   ceil(E / 1000) + ceil(C / 50) + ceil((U + C with a supervisor) / 100) + 2 ceil(R / 100)
              + ceil((E + C) / 1000) when anything was written: the reading back
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.employee_plan import (
    Action,
    EmployeeChange,
    Links,
    creation,
    linked,
    missing,
    not_compared,
    placeless_findings,
    unlike_findings,
    updates,
    wanted_employees,
)
from connector_assets.flows.paychex_intacct.frames import EMPLOYEE_CHANGES
from connector_assets.flows.paychex_intacct.last_checks import unposted_runs
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.orchestration.ledger_frames import LEDGER_EMPLOYEES
from connector_assets.orchestration.roster import is_read_singly
from connector_assets.orchestration.snapshots import INTACCT
from connector_assets.orchestration.worker_history import RENAME
from connector_assets.records.audit import digest_of
from connector_assets.vendors.errors import NotFoundError, OutcomeUnknownError, RefusedError, VendorError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.filters import Filter, Operator
from connector_assets.vendors.intacct.master_data import IntacctMasterData, Record
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.models import Worker

CREATED_AT_ONCE = 50
"""Employees that one request creates: with their contacts it stays within the hundred objects that are advised."""
UPDATED_AT_ONCE = 100
CHANGES_AT_ONCE = 2000
_RENAMES = "employee_renames"
Name = tuple[str, str]


def employee_kind(connection: PaychexIntacctConnection) -> str:
    """The crosswalk's kind of a pair of worker and employee: one for each Intacct company."""
    return f"employee@{connection.intacct.company_id}"


@dataclass(frozen=True)
class EmployeeTools:
    """What following the roster works with: one connection, both systems, and the day it is."""

    connection: PaychexIntacctConnection
    home: Deployment
    view: LedgerView
    source: PaychexClient
    company_id: str
    client: IntacctClient
    today: date

    @property
    def kind(self) -> str:
        """The crosswalk's kind of a pair of worker and employee, which is of one Intacct company."""
        return employee_kind(self.connection)

    def employees(self) -> pd.DataFrame:
        """Intacct's employees (LEDGER_EMPLOYEES) as they are now."""
        snapshot = next(one for one in INTACCT if one.schema is LEDGER_EMPLOYEES)
        return snapshot.frame(self.client, self.connection.intacct.company_id)


@dataclass(frozen=True)
class Followed:
    """What was written (EMPLOYEE_CHANGES), what was refused, what still differs, and who has no cost center."""

    changes: pd.DataFrame
    refused: list[Finding] = field(default_factory=list)
    unlike: list[Finding] = field(default_factory=list)
    placeless: list[Finding] = field(default_factory=list)


def follow_roster(tools: EmployeeTools, roster: pd.DataFrame, history: pd.DataFrame) -> Followed:
    """Create, update and rename employees until they are what the roster (WORKERS) says.

    The employees are read afresh before and after, so that an attempt whose reply was lost is seen and not repeated.
    `history` is WORKER_HISTORY; its renames are followed once each.
    """
    connection = tools.connection
    homes = tools.view.home_centers(roster)
    placeless = placeless_findings(homes)
    if connection.employees == "off":
        return Followed(EMPLOYEE_CHANGES.empty(), unlike=[not_compared()], placeless=placeless)
    employees = tools.employees()
    links = _links(tools, roster)
    supervisors = {source: target for _, source, target in tools.home.crosswalk.everywhere(tools.kind)}
    wanted = wanted_employees(
        roster,
        homes,
        links.employees,
        supervisors | links.employees,
        unposted=unposted_runs(tools.home, connection, tools.view),
        today=tools.today,
        stays_days=connection.employees_stay_active_days,
    )
    if connection.employees == "report":
        return Followed(EMPLOYEE_CHANGES.empty(), links.findings, _unlike(tools, wanted, employees, links), placeless)
    writer = _Writer(tools)
    writer.create_all(missing(wanted, employees))
    created = writer.written("create")
    _keep(tools, links, set(employees["employee_id"]), created)
    there = _with_created(employees, wanted, created)
    writer.update_all(updates(wanted, there, tools.today))
    _follow_renames(tools, writer, history, links, set(there["employee_id"]))
    changes = writer.changes
    after = tools.employees() if len(changes) else employees
    return Followed(changes, [*links.findings, *writer.refused], _unlike(tools, wanted, after, links), placeless)


def _unlike(tools: EmployeeTools, wanted: pd.DataFrame, employees: pd.DataFrame, links: Links) -> list[Finding]:
    """What is not in Intacct (LEDGER_EMPLOYEES) as it is wanted (WANTED)."""
    return unlike_findings(
        missing(wanted, employees)["employee_id"].tolist(),
        [one.employee_id for one in updates(wanted, employees, tools.today)],
        _unclaimed(tools, employees, links.employees.values()),
    )


def _links(tools: EmployeeTools, roster: pd.DataFrame) -> Links:
    name, crosswalk = tools.connection.name, tools.home.crosswalk
    taken = {target: source for owner, source, target in crosswalk.everywhere(tools.kind) if owner != name}
    prefix = tools.connection.employee_id_prefix
    return linked(roster, crosswalk.all(name, tools.kind), taken, prefix, company=tools.connection.paychex.display_id)


def _keep(tools: EmployeeTools, links: Links, known: set[str], created: set[str]) -> None:
    """Keep the pairs whose employee exists: those found by number, and those created now."""
    found = {worker: employee for worker, employee in links.fresh.items() if employee in known}
    made = {worker: employee for worker, employee in links.fresh.items() if worker in created}
    for origin, pairs in (("id", found), ("created", made)):
        tools.home.crosswalk.put_all(tools.connection.name, tools.kind, pairs, origin)


def _with_created(employees: pd.DataFrame, wanted: pd.DataFrame, created: set[str]) -> pd.DataFrame:
    """The employees as they are with those created now, who have no supervisor yet."""
    new = wanted[wanted["worker_id"].isin(created)]
    if new.empty:
        return employees
    made = new.reindex(columns=LEDGER_EMPLOYEES.names).assign(supervisor_id=None, active=True)
    return LEDGER_EMPLOYEES.conform(pd.concat([employees, LEDGER_EMPLOYEES.conform(made)], ignore_index=True))


def _unclaimed(tools: EmployeeTools, employees: pd.DataFrame, own: Iterable[str]) -> list[str]:
    """Active employees of the connection's entity for whom no worker of any connection stands, nor one of `own`."""
    claimed = {target for _, _, target in tools.home.crosswalk.everywhere(tools.kind)}.union(own)
    entities = dict(zip(tools.view.locations["location_id"], tools.view.locations["entity_id"], strict=True))
    own = employees["location_id"].map(entities).fillna(tools.connection.posting.entity)
    ours = employees[employees["active"] & (own == tools.connection.posting.entity)]
    return sorted(set(ours["employee_id"]) - claimed)


def _follow_renames(
    tools: EmployeeTools, writer: "_Writer", history: pd.DataFrame, links: Links, known: set[str]
) -> None:
    """Write the new names of those renamed since the last time; one that is refused is tried again the next time."""
    snapshots, name = tools.home.snapshots, tools.connection.name
    seen = snapshots.get(name, _RENAMES) or {"rows": len(history), "waiting": []}
    fresh = history.iloc[min(seen["rows"], len(history)) :]
    renamed = {*seen["waiting"], *fresh.loc[fresh["event"] == RENAME, "worker_id"]}
    changes = [
        EmployeeChange("rename", worker_id, links.employees[worker_id])
        for worker_id in sorted(renamed)
        if links.employees.get(worker_id) in known
    ]
    writer.rename_all(changes)
    done = writer.written("create", "rename")
    waiting = [one.worker_id for one in changes if one.worker_id not in done]
    snapshots.put(name, _RENAMES, {"rows": len(history), "waiting": waiting})


def _changes_frame(rows: Sequence[tuple[str, str, str, str]]) -> pd.DataFrame:
    return EMPLOYEE_CHANGES.conform(pd.DataFrame(rows, columns=EMPLOYEE_CHANGES.names))


class _Writer:
    """Writes changes in batches; a batch that Intacct refuses is written one by one, to find the one it means."""

    def __init__(self, tools: EmployeeTools) -> None:
        self._tools, self._master = tools, IntacctMasterData(tools.client)
        self._parts, self._rows = [EMPLOYEE_CHANGES.empty()], list[tuple[str, str, str, str]]()
        self.refused: list[Finding] = []

    @property
    def changes(self) -> pd.DataFrame:
        """What was written (EMPLOYEE_CHANGES)."""
        return pd.concat([*self._parts, _changes_frame(self._rows)], ignore_index=True)

    def written(self, *actions: Action) -> set[str]:
        """The workers for whom one of these was done."""
        changes = self.changes
        return set(changes.loc[changes["action"].isin(actions), "worker_id"])

    def create_all(self, wanted: pd.DataFrame) -> None:
        """Create contacts and employees (WANTED) as their names come in, and hold no more than one batch of them."""
        places, named = pd.Index(wanted["worker_id"]), iter(self._workers(wanted["worker_id"]))
        while batch := list(islice(named, CREATED_AT_ONCE)):
            rows = wanted.take(places.get_indexer(pd.Index([worker.worker_id for worker in batch])))
            changes = [creation(row) for row in rows.to_dict("records")]
            self._write("employee created", list(zip(changes, map(_name, batch), strict=True)), self._create)

    def update_all(self, changes: Iterator[EmployeeChange]) -> None:
        """Update employees by their id."""
        while batch := list(islice(changes, UPDATED_AT_ONCE)):
            self._write("employee updated", [(change, ("", "")) for change in batch], self._update)

    def rename_all(self, changes: Sequence[EmployeeChange]) -> None:
        """Give the contacts of employees the names that their workers have now."""
        wanted = {change.worker_id: change for change in changes}
        named = ((wanted[worker.worker_id], _name(worker)) for worker in self._workers(wanted))
        while batch := list(islice(named, UPDATED_AT_ONCE)):
            self._write("employee renamed", batch, self._rename)

    def _workers(self, wanted: Iterable[str]) -> Iterator[Worker]:
        """These workers with their names: read one by one when they are few, else out of the whole list."""
        ids, tools = set(wanted), self._tools
        if not is_read_singly(len(ids), len(tools.view.roster)):
            yield from (worker for worker in tools.source.workers(tools.company_id) if worker.worker_id in ids)
            return
        for worker_id in sorted(ids):
            try:
                yield tools.source.worker(worker_id)
            except NotFoundError:
                continue  # deleted meanwhile: the next roster says so

    def _write(
        self,
        told: str,
        batch: Sequence[tuple[EmployeeChange, Name]],
        send: Callable[[Sequence[tuple[EmployeeChange, Name]], bool], None],
    ) -> None:
        try:
            send(batch, len(batch) == 1)
        except RefusedError as error:
            if len(batch) == 1:
                self._refuse(batch[0][0], error)
                return
            for one in batch:
                self._write(told, [one], send)
            return
        except OutcomeUnknownError as error:
            standing = self._standing([change.employee_id for change, _ in batch])
            lost = [change for change, _ in batch if change.action != "create" or change.employee_id not in standing]
            for change in lost:
                self._refuse(change, error)
            batch = [one for one in batch if one[0] not in lost]
        self._note(told, [change for change, _ in batch])

    def _refuse(self, change: EmployeeChange, error: VendorError) -> None:
        self.refused.append(finding("W02", f"worker {change.worker_id}", error.message, error.fix, Severity.ERROR))

    def _note(self, told: str, changes: Sequence[EmployeeChange]) -> None:
        rows = [(one.action, one.worker_id, one.employee_id, ",".join(n for n, _ in one.fields)) for one in changes]
        self._rows += rows
        if len(self._rows) >= CHANGES_AT_ONCE:  # a frame holds them in a tenth of the room
            self._parts.append(_changes_frame(self._rows))
            self._rows = []
        name = self._tools.connection.name
        entries = [
            (f"{name}/employee/{employee_id}", {"worker_id": worker_id, "fields": fields})
            for _, worker_id, employee_id, fields in rows
        ]
        self._tools.home.audit.append_all("connector", told, "Intacct's employees follow the roster", entries)

    def _create(self, batch: Sequence[tuple[EmployeeChange, Name]], alone: bool) -> None:
        """Contacts and employees in one transaction. Alone, a contact that is there already is taken as it is."""
        contacts: list[Record] = []
        employees: list[Record] = []
        for change, (family, given) in batch:
            contact = f"{family} {given} ({change.employee_id})".strip()
            contacts.append({"contact_name": contact, **_names(family, given)})
            employees.append({"employee_id": change.employee_id, "contact_name": contact, **dict(change.fields)})
        if alone and self._master.existing_contacts([str(contacts[0]["contact_name"])]):
            self._master.create("EMPLOYEE", employees, self._control_id("create", batch))
            return
        self._master.create_together([("CONTACT", contacts), ("EMPLOYEE", employees)], self._control_id("new", batch))

    def _update(self, batch: Sequence[tuple[EmployeeChange, Name]], _: bool) -> None:
        records: list[Record] = [{"employee_id": change.employee_id, **dict(change.fields)} for change, _ in batch]
        self._master.update("EMPLOYEE", records, self._control_id("update", batch))

    def _rename(self, batch: Sequence[tuple[EmployeeChange, Name]], _: bool) -> None:
        """A contact's own name is its key in Intacct, which cannot change; what is shown and printed can."""
        contacts = self._contacts([change.employee_id for change, _ in batch])
        records: list[Record] = [
            {"contact_name": contacts[change.employee_id], **_names(family, given)}
            for change, (family, given) in batch
            if change.employee_id in contacts
        ]
        if records:
            self._master.update("CONTACT", records, self._control_id("rename", batch))

    def _contacts(self, employee_ids: Sequence[str]) -> dict[str, str]:
        chosen, field_name = Filter("EMPLOYEEID", Operator.IN, tuple(employee_ids)), "CONTACT.CONTACTNAME"
        rows = self._tools.client.query("EMPLOYEE", ["EMPLOYEEID", field_name], [chosen])
        return {row["EMPLOYEEID"]: row[field_name] for row in rows}

    def _standing(self, employee_ids: Sequence[str]) -> set[str]:
        """Which of the employees exist: what became of a request whose reply was lost."""
        chosen = Filter("EMPLOYEEID", Operator.IN, tuple(employee_ids))
        return {row["EMPLOYEEID"] for row in self._tools.client.query("EMPLOYEE", ["EMPLOYEEID"], [chosen])}

    def _control_id(self, verb: str, batch: Sequence[tuple[EmployeeChange, Name]]) -> str:
        """The same for the same content, so that Intacct itself refuses what it has done already."""
        content = "|".join(f"{change.employee_id}:{change.fields}" for change, _ in batch)
        return f"{self._tools.connection.name}:employees:{verb}:{digest_of(content)[:24]}"


def _name(worker: Worker) -> Name:
    return worker.family_name.get_secret_value(), worker.given_name.get_secret_value()


def _names(family: str, given: str) -> dict[str, str]:
    return {"print_as": f"{given} {family}".strip(), "first_name": given, "last_name": family}
