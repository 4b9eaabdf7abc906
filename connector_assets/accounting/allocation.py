"""Labour distribution, first step: the cost center of every line.

Precedence: what the line itself says (organization, location, job, labor assignment), then a rule of the customer's own
(`overrides`), then the worker's percentages, then the worker's home, then a blocking finding. `distribution` takes the
second step, the employer's cost.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.frames import Column, FrameSchema, take_text, unique_keys
from connector_assets.accounting.money import Int64Array, split_groups
from connector_assets.accounting.overrides import OVERRIDABLE_KINDS, Override, choose
from connector_assets.accounting.register import EMPLOYER_KINDS, LineKind

WHOLE_E6 = 1_000_000
SOURCE_FIELDS = ("organization_id", "location_id", "job_id", "labor_assignment_id")
CENTER_FIELDS = (
    *("department_id", "location_id", "project_id", "entity_id", "project_type", "work_state"),
    *("class_id", "custom_dimensions"),
)
COST_KINDS = (LineKind.WAGE, LineKind.REIMBURSEMENT, *EMPLOYER_KINDS)

PERCENTAGES = FrameSchema(
    "PERCENTAGES",
    (
        Column("worker_id", "string", "id of the worker"),
        Column("department_id", "string", "department of the ledger"),
        Column("location_id", "string", "location of the ledger"),
        Column("project_id", "string", "project of the ledger", nullable=True),
        Column("class_id", "string", "class of the ledger", nullable=True),
        Column("share_e6", "int64", "share in millionths; what is left of a worker's 1,000,000 goes to the home"),
    ),
)


class Place(NamedTuple):
    """The ledger's side of a source location: the location, the legal entity it belongs to, and the work state."""

    location_id: str
    entity_id: str
    work_state: str = ""


class ProjectTarget(NamedTuple):
    """The ledger's side of a source job; `project_type` is a word that mapping rules use, for example billable."""

    project_id: str
    project_type: str = ""


class Assignment(NamedTuple):
    """A labor assignment in the source: any combination of organization, location and job."""

    organization_id: str | None
    location_id: str | None
    job_id: str | None = None


class Further(NamedTuple):
    """The ledger's side of a labor assignment that is a dimension of its own: a class, or `NAME=value` of the
    company's own dimensions.
    """

    class_id: str = ""
    custom_dimensions: str = ""


@dataclass(frozen=True)
class CostCenters:
    """The crosswalk from the source's ids to the ledger's, and the customer's rules and percentages, if there are any.

    `departments` is keyed by organization, `places` by location, `projects` by job, `assignments` by labor assignment.
    So is `further`; None where a labor assignment is its organization and location, and no more.
    """

    departments: Mapping[str, str]
    places: Mapping[str, Place]
    projects: Mapping[str, ProjectTarget]
    assignments: Mapping[str, Assignment]
    percentages: pd.DataFrame | None = None
    further: Mapping[str, Further] | None = None
    overrides: Sequence[Override] = ()


class CostCenter(NamedTuple):
    """Where a line's cost belongs, in ledger ids; None where nothing says so.

    `origin`: line, rule, percentages or home.
    """

    department_id: str | None
    location_id: str | None
    project_id: str | None
    entity_id: str | None
    project_type: str
    work_state: str
    origin: str
    class_id: str | None = None
    custom_dimensions: str | None = None


class _Unknown(NamedTuple):
    what: str
    source_id: str


def resolve_cost_centers(
    lines: pd.DataFrame, workers: pd.DataFrame, cost_centers: CostCenters
) -> tuple[pd.DataFrame, list[Finding]]:
    """Classified PAY_LINES with the cost center's fields, `origin` and `worker_type`, and findings W04 and X03.

    Wages of a worker with percentages become one row per share (same line_no), amounts and hours split exactly. The
    columns organization_id, job_id and labor_assignment_id stay the source's; location_id becomes the ledger's. Raises
    AccountingError when a worker is listed twice.
    """
    lines = lines.reset_index(drop=True)
    worker_rows = _worker_rows(lines, workers)
    home_codes, homes = unique_keys(workers, SOURCE_FIELDS)
    own_codes, owns = unique_keys(lines, SOURCE_FIELDS)
    homes.append(dict.fromkeys(SOURCE_FIELDS, ""))  # the home of a worker who is not on the roster
    home_of_line = np.append(home_codes, len(homes) - 1)[worker_rows]
    codes, pairs = pd.factorize(own_codes * len(homes) + home_of_line)
    resolved = [_cost_center(owns[pair // len(homes)], homes[pair % len(homes)], cost_centers) for pair in pairs]
    centers = [center for center, _ in resolved]
    findings = _unknown_ids(lines, codes, [unknown for _, unknown in resolved])
    codes = _overridden(lines, codes, centers, cost_centers)
    lines = lines.assign(worker_type=take_text(workers["worker_type"].tolist(), worker_rows))
    if cost_centers.percentages is not None:
        lines, codes, over = _apply_percentages(lines, codes, centers, cost_centers)
        findings += over
    columns = {name: take_text([getattr(center, name) for center in centers], codes) for name in CostCenter._fields}
    return lines.assign(**columns), findings


def _worker_rows(lines: pd.DataFrame, workers: pd.DataFrame) -> Int64Array:
    """For each line the row of its worker in the roster, -1 when absent."""
    roster = pd.Index(workers["worker_id"])
    if not roster.is_unique:
        twice = roster[roster.duplicated()][0]
        raise AccountingError(f"WORKERS: worker {twice} is listed twice.", fix="Refresh the roster.")
    codes, worker_ids = pd.factorize(lines["worker_id"])
    rows: Int64Array = roster.get_indexer(pd.Index(worker_ids))[codes].astype(np.int64)
    return rows


def _cost_center(
    own: Mapping[str, str], home: Mapping[str, str], cost_centers: CostCenters
) -> tuple[CostCenter, list[_Unknown]]:
    """The cost center of a line that says `own`, of a worker at `home`; and the ids that have no partner."""
    own_place, unknown = _through_assignment(own, cost_centers)
    home_place, home_unknown = _through_assignment(home, cost_centers)
    speaks = any(own_place)
    organization_id = own_place.organization_id or home_place.organization_id
    location_id = own_place.location_id or home_place.location_id
    job_id = own_place.job_id if speaks else home_place.job_id
    if not speaks:
        unknown += home_unknown
    if organization_id and organization_id not in cost_centers.departments:
        unknown.append(_Unknown("organization", organization_id))
    if location_id and location_id not in cost_centers.places:
        unknown.append(_Unknown("location", location_id))
    if job_id and job_id not in cost_centers.projects:
        unknown.append(_Unknown("job", job_id))
    place = cost_centers.places.get(location_id or "")
    project = cost_centers.projects.get(job_id or "")
    is_home = (organization_id, location_id) == (home_place.organization_id, home_place.location_id)
    further, untagged = _further(own["labor_assignment_id"] or (home["labor_assignment_id"] * is_home), cost_centers)
    center = CostCenter(
        department_id=cost_centers.departments.get(organization_id or ""),
        location_id=place.location_id if place else None,
        project_id=project.project_id if project else None,
        entity_id=place.entity_id if place else None,
        project_type=project.project_type if project else "",
        work_state=place.work_state if place else "",
        origin="line" if speaks else "home",
        class_id=further.class_id or None,
        custom_dimensions=further.custom_dimensions or None,
    )
    return center, [*unknown, *(one for one in untagged if one not in unknown)]


def _further(assignment_id: str, cost_centers: CostCenters) -> tuple[Further, list[_Unknown]]:
    """What a labor assignment is beside its place. One of a worker's home holds where the line is at that place."""
    if cost_centers.further is None or not assignment_id:
        return Further(), []
    found = cost_centers.further.get(assignment_id)
    return found or Further(), [] if found else [_Unknown("labor assignment", assignment_id)]


def _through_assignment(source: Mapping[str, str], cost_centers: CostCenters) -> tuple[Assignment, list[_Unknown]]:
    """What a line or a home says, its labor assignment filling what it leaves open."""
    assignment_id = source["labor_assignment_id"]
    assignment = cost_centers.assignments.get(assignment_id, Assignment(None, None))
    known = not assignment_id or assignment_id in cost_centers.assignments
    place = Assignment(
        source["organization_id"] or assignment.organization_id,
        source["location_id"] or assignment.location_id,
        source["job_id"] or assignment.job_id,
    )
    return place, [] if known else [_Unknown("labor assignment", assignment_id)]


def _unknown_ids(lines: pd.DataFrame, codes: Int64Array, unknown: list[list[_Unknown]]) -> list[Finding]:
    """W04 for each id without a partner that a line with a cost needs."""
    costs = lines["kind"].isin(COST_KINDS).to_numpy()
    lines_per_code = np.bincount(codes[costs], minlength=len(unknown))
    counts: dict[_Unknown, int] = {}
    for missing, count in zip(unknown, lines_per_code, strict=True):
        for item in missing if count else ():
            counts[item] = counts.get(item, 0) + int(count)
    return [
        finding(
            "W04",
            item.source_id,
            f"The {item.what} {item.source_id} has no partner in the ledger; {count} pay lines need it.",
            f"Create the partner of this {item.what} in the ledger, or put the pair into the crosswalk.",
        )
        for item, count in sorted(counts.items())
    ]


def _overridden(
    lines: pd.DataFrame, codes: Int64Array, centers: list[CostCenter], cost_centers: CostCenters
) -> Int64Array:
    """The places of the cost centers once the customer's rules have decided; `centers` grows by what they name.

    A rule decides where an earning says nothing itself.
    """
    if not cost_centers.overrides:
        return codes
    at_home = np.array([center.origin == "home" for center in centers], dtype=bool)[codes]
    open_rows = at_home & lines["kind"].isin(OVERRIDABLE_KINDS).to_numpy()
    departments = take_text([center.department_id for center in centers], codes)
    chosen = choose(cost_centers.overrides, lines["code"], lines["worker_id"], departments, open_rows)
    rows = np.flatnonzero(chosen >= 0)
    count = len(cost_centers.overrides)
    new_codes, pairs = pd.factorize(codes[rows] * count + chosen[rows])
    decided = codes.copy()
    decided[rows] = len(centers) + new_codes
    centers += [
        _by_rule(centers[pair // count], cost_centers.overrides[pair % count], cost_centers) for pair in pairs.tolist()
    ]
    return decided


def _by_rule(home: CostCenter, rule: Override, cost_centers: CostCenters) -> CostCenter:
    """The home, with what the rule names in its stead."""
    center = home._replace(origin="rule", department_id=rule.to_department or home.department_id)
    if rule.to_location:
        place = _place_in_ledger(rule.to_location, cost_centers)
        center = center._replace(
            location_id=place.location_id or None, entity_id=place.entity_id or None, work_state=place.work_state
        )
    if rule.to_project:
        project = _project_in_ledger(rule.to_project, cost_centers)
        center = center._replace(project_id=project.project_id, project_type=project.project_type)
    return center._replace(class_id=rule.to_class or center.class_id)


def _place_in_ledger(location_id: str, cost_centers: CostCenters) -> Place:
    """The place of a location of the ledger; an unknown one is empty and so blocks."""
    return next((place for place in cost_centers.places.values() if place.location_id == location_id), Place("", ""))


def _project_in_ledger(project_id: str, cost_centers: CostCenters) -> ProjectTarget:
    known = (project for project in cost_centers.projects.values() if project.project_id == project_id)
    return next(known, ProjectTarget(project_id))


def _apply_percentages(
    lines: pd.DataFrame, codes: Int64Array, centers: list[CostCenter], cost_centers: CostCenters
) -> tuple[pd.DataFrame, Int64Array, list[Finding]]:
    """Split the wages that say nothing themselves by their worker's percentages; `centers` grows by the shares'."""
    shares, findings = _usable_shares(cost_centers)
    of_worker = shares.groupby("worker_id", sort=False)["share_e6"].agg(["size", "sum"])
    worker_rows = of_worker.index.get_indexer(pd.Index(lines["worker_id"]))
    at_home = np.array([center.origin == "home" for center in centers], dtype=bool)[codes]
    rows = np.flatnonzero(at_home & (worker_rows >= 0) & (lines["kind"] == LineKind.WAGE).to_numpy())
    worker, first_code = worker_rows[rows], len(centers)
    centers += [_share_center(share, cost_centers) for share in shares.to_dict("records")]
    sizes, left_e6 = of_worker["size"].to_numpy(), WHOLE_E6 - of_worker["sum"].to_numpy()
    parts = np.where(left_e6 > 0, sizes + 1, sizes)[worker]
    group = np.repeat(np.arange(len(rows)), parts)
    place = np.arange(len(group)) - np.repeat(np.cumsum(parts) - parts, parts)
    is_rest = place == sizes[worker][group]
    share_row = (np.cumsum(sizes) - sizes)[worker][group] + np.where(is_rest, 0, place)
    weights = np.where(is_rest, left_e6[worker][group], shares["share_e6"].to_numpy()[share_row])
    source_rows = np.concatenate([np.delete(np.arange(len(lines)), rows), rows[group]])
    order = np.argsort(source_rows, kind="stable")
    split = lines.take(source_rows)
    for column in ("amount_cents", "hours_e4"):
        values = lines[column].to_numpy()
        kept = np.delete(values, rows)
        split[column] = np.concatenate([kept, split_groups(values[rows], group, weights)])
    split_codes = np.where(is_rest, codes[rows][group], first_code + share_row)
    return (
        split.iloc[order].reset_index(drop=True),
        np.concatenate([np.delete(codes, rows), split_codes])[order],
        findings,
    )


def _usable_shares(cost_centers: CostCenters) -> tuple[pd.DataFrame, list[Finding]]:
    """The percentages by worker and cost center, without the workers whose shares cannot stand, who get X03."""
    given = cost_centers.percentages if cost_centers.percentages is not None else PERCENTAGES.empty()
    shares = PERCENTAGES.conform(given).sort_values(["worker_id", "department_id", "location_id", "project_id"])
    per_worker = shares.groupby("worker_id")["share_e6"].agg(["sum", "min"])
    wrong = per_worker[(per_worker["sum"] > WHOLE_E6) | (per_worker["min"] < 0)]
    findings = [
        finding(
            "X03",
            str(worker_id),
            f"The distribution percentages of worker {worker_id} add up to {total / 10_000:g}, or one is negative.",
            "Correct them to 100 at most; what is left of 100 goes to the worker's home cost center.",
        )
        for worker_id, total in wrong["sum"].items()
    ]
    return shares[~shares["worker_id"].isin(wrong.index)].reset_index(drop=True), findings


def _share_center(share: Mapping[Hashable, Any], cost_centers: CostCenters) -> CostCenter:
    """The cost center of a share, which is in the ledger's ids; an unknown location stays empty and so blocks."""
    place = _place_in_ledger(share["location_id"], cost_centers)
    project_id, class_id = (
        share[name] if isinstance(share[name], str) else None for name in ("project_id", "class_id")
    )
    project = _project_in_ledger(project_id, cost_centers) if project_id else ProjectTarget("")
    return CostCenter(
        department_id=share["department_id"],
        location_id=place.location_id or None,
        project_id=project_id,
        entity_id=place.entity_id or None,
        project_type=project.project_type,
        work_state=place.work_state,
        origin="percentages",
        class_id=class_id,
    )
