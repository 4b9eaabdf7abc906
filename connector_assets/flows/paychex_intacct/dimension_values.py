"""Both sides of every kind of dimension, in one shape: organizations and departments, locations, jobs and projects,
labor assignments and what they stand for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.dimensions_config import PARTS, Policy

DEPARTMENT, LOCATION, PROJECT, ASSIGNMENT = "department", "location", "project", "labor_assignment"


@dataclass(frozen=True)
class SourceValue:
    """A value as Paychex has it; `number` is the one people know, `ended_on` its last day where it has one."""

    source_id: str
    number: str | None
    name: str
    parent_id: str | None = None
    ended_on: date | None = None

    @property
    def title(self) -> str:
        """The name without the number that Paychex puts before it ("200 Strategy")."""
        bare = self.name.removeprefix(self.number or "").strip(" -") if self.number else self.name
        return bare or self.name

    def is_open(self, day: date) -> bool:
        """Whether it has not ended by that day."""
        return self.ended_on is None or self.ended_on >= day


@dataclass(frozen=True)
class TargetValue:
    """A value as Intacct has it; `only_entity_id` is the entity that alone may use it, None where all may."""

    target_id: str
    name: str
    is_active: bool
    parent_id: str | None = None
    only_entity_id: str | None = None


@dataclass(frozen=True)
class Side:
    """One kind on both sides. `object_name` is what Intacct calls it, `id_field` and `name_field` how it is written."""

    kind: str
    word: str
    object_name: str
    id_field: str
    name_field: str
    policy: Policy
    source: Sequence[SourceValue]
    target: Sequence[TargetValue]
    extra: Mapping[str, str]

    @property
    def pair_kind(self) -> str:
        """The crosswalk's kind of a pair; a labor assignment's names the dimension, which the connection chooses."""
        return pair_kind(self.kind, self.object_name)

    @property
    def targets(self) -> dict[str, TargetValue]:
        """Intacct's values by id."""
        return {value.target_id: value for value in self.target}


@dataclass(frozen=True)
class Tables:
    """The snapshots that are aligned."""

    organizations: pd.DataFrame
    source_locations: pd.DataFrame
    jobs: pd.DataFrame
    labor_assignments: pd.DataFrame
    departments: pd.DataFrame
    ledger_locations: pd.DataFrame
    projects: pd.DataFrame
    classes: pd.DataFrame
    own_values: pd.DataFrame | None = None
    """Of the dimension, defined by the company for itself, that labor assignments stand for, if they do."""


def pair_kind(kind: str, object_name: str) -> str:
    """The crosswalk's kind of a pair of that kind of value with that object of Intacct."""
    return f"{kind}@{object_name}" if kind == ASSIGNMENT else kind


def sides(connection: PaychexIntacctConnection, tables: Tables) -> list[Side]:
    """Every kind that is aligned with values of Intacct."""
    policy = connection.dimensions
    found = [
        Side(
            *(DEPARTMENT, "organization", "DEPARTMENT", "department_id", "title", policy.departments),
            _source(tables.organizations, "organization_id", number="number", parent="parent_id"),
            _target(tables.departments, "department_id", "title"),
            {},
        ),
        Side(
            *(LOCATION, "location", "LOCATION", "location_id", "name", policy.locations),
            _source(tables.source_locations, "location_id"),
            _target(tables.ledger_locations, "location_id", "name"),
            {"parent_id": connection.posting.entity},
        ),
        Side(
            *(PROJECT, "job", "PROJECT", "project_id", "name", policy.projects),
            _source(tables.jobs, "job_id", number="number", end="end_date"),
            _target(tables.projects, "project_id", "name"),
            {"category": policy.new_project_category},
        ),
    ]
    chosen = policy.labor_assignments
    if chosen.lower() == PARTS:
        return found
    is_class = chosen.upper() == "CLASS"
    source = _source(tables.labor_assignments, "labor_assignment_id")
    target = _target(tables.classes, "class_id", "name") if is_class else _own_values(tables.own_values)
    rule: Policy = policy.labor_assignment_values if is_class else "report"
    words = (ASSIGNMENT, "labor assignment", chosen.upper(), "class_id", "name", rule)
    return [*found, Side(*words, source, target, {})]


def _own_values(frame: pd.DataFrame | None) -> tuple[TargetValue, ...]:
    """The values of a user-defined dimension, which know no inactive one."""
    if frame is None:
        return ()
    return tuple(
        TargetValue(str(number), str(name), is_active=True)
        for number, name in zip(frame["value_id"], frame["name"], strict=True)
    )


def _source(
    frame: pd.DataFrame, key: str, *, number: str = "", parent: str = "", end: str = ""
) -> tuple[SourceValue, ...]:
    wanted = (key, "name", number, parent, end)
    columns: list[Iterable[object]] = [frame[name] if name else [None] * len(frame) for name in wanted]
    return tuple(
        SourceValue(str(one), _text(known), str(name), _text(above), last if isinstance(last, date) else None)
        for one, name, known, above, last in zip(*columns, strict=True)
    )


def _target(frame: pd.DataFrame, key: str, name: str) -> tuple[TargetValue, ...]:
    only = frame["only_entity_id"] if "only_entity_id" in frame else [None] * len(frame)
    columns = (frame[key], frame[name], frame["active"], frame["parent_id"], only)
    return tuple(
        TargetValue(str(one), str(title), bool(active), _text(parent), _text(entity))
        for one, title, active, parent, entity in zip(*columns, strict=True)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
