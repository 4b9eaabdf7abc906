"""Pairs that a person settles: which Intacct value or employee stands for a Paychex value or worker."""

from dataclasses import dataclass, replace

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.dimension_values import (
    ASSIGNMENT,
    DEPARTMENT,
    LOCATION,
    PROJECT,
    pair_kind,
)
from connector_assets.flows.paychex_intacct.dimensions_config import PARTS
from connector_assets.flows.paychex_intacct.employees import employee_kind
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.io import FrameStore
from connector_assets.settings import ConfigError

EMPLOYEE = "employee"


@dataclass(frozen=True)
class _Kind:
    """Where both ends of a kind of pair are found: frame and column."""

    source: str
    source_id: str
    target: str
    target_id: str


_KINDS = {
    DEPARTMENT: _Kind("paychex/organizations", "organization_id", "intacct/departments", "department_id"),
    LOCATION: _Kind("paychex/locations", "location_id", "intacct/locations", "location_id"),
    PROJECT: _Kind("paychex/jobs", "job_id", "intacct/projects", "project_id"),
    ASSIGNMENT: _Kind("paychex/labor_assignments", "labor_assignment_id", "intacct/classes", "class_id"),
    EMPLOYEE: _Kind("worker_roster", "worker_id", "intacct/employees", "employee_id"),
}


def pair(
    home: Deployment,
    connection: PaychexIntacctConnection,
    kind: str,
    source_id: str,
    target_id: str,
    *,
    person: str,
    reason: str,
) -> str:
    """Settle a pair, and tell the audit trail who did and why; answers what stood for it before, empty if nothing did.

    Raises ConfigError for an unknown kind, or an id that the snapshots do not have.
    """
    if kind not in _KINDS:
        raise ConfigError(f"There is no kind '{kind}' of pairs.", fix=f"The kinds are {', '.join(_KINDS)}.")
    store, names, found = FrameStore(home.settings.frames_path), Names(connection), _KINDS[kind]
    _require(store, names, found.source, found.source_id, source_id)
    chosen = connection.dimensions.labor_assignments
    if kind == ASSIGNMENT and chosen.lower() == PARTS:
        raise ConfigError(
            "A labor assignment stands for its organization and location.",
            fix="Pair those, or name another dimension in dimensions.labor_assignments of the connection file.",
        )
    if kind == ASSIGNMENT and connection.dimensions.own:
        found = replace(found, target=f"intacct/{chosen.lower()}", target_id="value_id")
    _require(store, names, found.target, found.target_id, target_id)
    kept = employee_kind(connection) if kind == EMPLOYEE else pair_kind(kind, chosen.upper())
    before = home.crosswalk.lookup(connection.name, kept, source_id) or ""
    home.crosswalk.put(connection.name, kept, source_id, target_id, "manual")
    detail = {"from": before, "to": target_id}
    home.audit.append(person, "pair settled", f"{connection.name}/{kind}/{source_id}", reason, detail=detail)
    return before


def _require(store: FrameStore, names: Names, frame: str, column: str, wanted: str) -> None:
    known = store.read(names.own(*frame.split("/")), columns=[column])[column]
    if wanted not in set(known):
        fix = f"Refresh with `connector sync {names.connection.name}`, and take an id that is there."
        raise ConfigError(f"{frame} has no {column} {wanted!r}.", fix=fix)
