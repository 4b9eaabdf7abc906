"""Workers and units (organizations, locations, labor assignments) as Flex holds them now.

The firm's facts, overlaid with what admin calls have changed. A change of a worker keeps the whole record, personal
data included; nothing of it reaches a representation that has no personal data at Paychex.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar, overload

from pydantic import TypeAdapter

from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.facts import LaborAssignmentFacts, LocationFacts, OrganizationFacts, WorkerFacts

_TABLES = """
CREATE TABLE IF NOT EXISTS paychex_workers (
  worker_id TEXT PRIMARY KEY, company_id TEXT NOT NULL, is_new INTEGER NOT NULL, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS paychex_units (
  kind TEXT NOT NULL, unit_id TEXT NOT NULL, company_id TEXT NOT NULL, facts TEXT,
  PRIMARY KEY (kind, unit_id, company_id))
"""
_WORKER = TypeAdapter(WorkerFacts)
Unit = OrganizationFacts | LocationFacts | LaborAssignmentFacts
AnyUnit = TypeVar("AnyUnit", bound=Unit)
KINDS: Mapping[str, tuple[type[Unit], str]] = {
    "organization": (OrganizationFacts, "organization_id"),
    "location": (LocationFacts, "location_id"),
    "labor_assignment": (LaborAssignmentFacts, "labor_assignment_id"),
}
"""What each kind of unit is made of, and the field that holds its id."""


class Staff:
    """The people and the structure of the sandbox's companies. `version` grows with every change."""

    def __init__(self, context: SandboxContext) -> None:
        context.store.create(_TABLES)
        self._store, self._firm = context.store, context.firm
        self.version = 0
        self._known: dict[str, tuple[int, dict[str, OrganizationFacts]]] = {}

    def workers(self, company_id: str, as_of: date) -> Sequence[WorkerFacts]:
        """Everyone hired by that day, the terminated included; changed ones in their place, hired ones last."""
        rows = self._store.rows("SELECT * FROM paychex_workers WHERE company_id = ? ORDER BY rowid", (company_id,))
        changed = {row["worker_id"]: _WORKER.validate_json(row["facts"]) for row in rows}
        hired = [changed[row["worker_id"]] for row in rows if row["is_new"]]
        return _Overlaid(self._firm.workers(company_id, as_of), changed, [w for w in hired if w.hire_date <= as_of])

    def worker(self, worker_id: str, as_of: date) -> WorkerFacts:
        """One worker as of that day; raises LookupError."""
        row = self._store.row("SELECT facts FROM paychex_workers WHERE worker_id = ?", (worker_id,))
        return self._firm.worker(worker_id, as_of) if row is None else _WORKER.validate_json(row["facts"])

    def company_of(self, worker_id: str) -> str | None:
        """The company a worker belongs to; for one of the firm's it is the one that has the worker's organization."""
        row = self._store.row("SELECT company_id FROM paychex_workers WHERE worker_id = ?", (worker_id,))
        if row is not None:
            return str(row["company_id"])
        try:
            home_id = self._firm.worker(worker_id, date.max).organization_id
        except LookupError:
            return None
        for entity in ENTITIES:
            known = self._firm.organizations(entity.paychex_company_id)
            if any(organization.organization_id == home_id for organization in known):
                return entity.paychex_company_id
        return None

    def save(self, company_id: str, worker: WorkerFacts, *, is_new: bool = False) -> None:
        """Hire a worker, or let the record stand for the one with the same id."""
        values = (worker.worker_id, company_id, int(is_new), _WORKER.dump_json(worker).decode())
        self._write(
            "INSERT INTO paychex_workers VALUES (?, ?, ?, ?) "
            "ON CONFLICT (worker_id) DO UPDATE SET facts = excluded.facts",
            values,
        )

    def organizations(self, company_id: str) -> list[OrganizationFacts]:
        """The company's organizations."""
        return self._units(company_id, "organization", OrganizationFacts, self._firm.organizations(company_id))

    def organization(self, company_id: str, organization_id: str) -> OrganizationFacts | None:
        """One organization of the company; asked for once for each worker, so that the list is kept."""
        version, known = self._known.get(company_id, (-1, {}))
        if version != self.version:
            version, known = self.version, {one.organization_id: one for one in self.organizations(company_id)}
            self._known[company_id] = version, known
        return known.get(organization_id)

    def locations(self, company_id: str) -> list[LocationFacts]:
        """The company's locations."""
        return self._units(company_id, "location", LocationFacts, self._firm.locations(company_id))

    def labor_assignments(self, company_id: str) -> list[LaborAssignmentFacts]:
        """The company's labor assignments."""
        known = self._firm.labor_assignments(company_id)
        return self._units(company_id, "labor_assignment", LaborAssignmentFacts, known)

    def save_unit(self, company_id: str, kind: str, unit_id: str, unit: Unit | None) -> None:
        """Add or change a unit; None lets it vanish, as it does when nobody uses it any more."""
        text = None if unit is None else TypeAdapter(KINDS[kind][0]).dump_json(unit).decode()
        self._write("INSERT OR REPLACE INTO paychex_units VALUES (?, ?, ?, ?)", (kind, unit_id, company_id, text))

    def _units(self, company_id: str, kind: str, made_of: type[AnyUnit], known: Sequence[AnyUnit]) -> list[AnyUnit]:
        key, read = KINDS[kind][1], TypeAdapter(made_of)
        sql = "SELECT unit_id, facts FROM paychex_units WHERE company_id = ? AND kind = ? ORDER BY rowid"
        overlay: dict[str, AnyUnit | None] = {
            row["unit_id"]: read.validate_json(row["facts"]) if row["facts"] else None
            for row in self._store.rows(sql, (company_id, kind))
        }
        shown: list[AnyUnit | None] = [overlay.pop(getattr(one, key), one) for one in known]
        return [one for one in (*shown, *overlay.values()) if one is not None]

    def _write(self, sql: str, values: tuple[str | int | None, ...]) -> None:
        self._store.write(sql, values)
        self.version += 1


class _Overlaid(Sequence[WorkerFacts]):
    """A firm's workers, each derived when it is read, with changed ones in their place and added ones at the end."""

    def __init__(
        self, known: Sequence[WorkerFacts], changed: Mapping[str, WorkerFacts], added: Sequence[WorkerFacts]
    ) -> None:
        self._known, self._changed, self._added = known, changed, added

    def __len__(self) -> int:
        return len(self._known) + len(self._added)

    def __iter__(self) -> Iterator[WorkerFacts]:
        return (self[index] for index in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> WorkerFacts: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[WorkerFacts]: ...

    def __getitem__(self, index: int | slice) -> WorkerFacts | Sequence[WorkerFacts]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if index >= len(self._known):
            return self._added[index - len(self._known)]
        found = self._known[index]
        return self._changed.get(found.worker_id, found)
