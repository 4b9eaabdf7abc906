"""Which Intacct dimension value stands for which Paychex organization, location and job.

Matched by crosswalk, then by id, then by exact name; never by guess. What has no partner is reported, or created where
the connection allows it. Intacct is the truth for the values that there are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.frames import ALIGNMENT
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.master_data import IntacctMasterData

CROSSWALK, BY_ID, BY_NAME, CREATED, MISSING = "crosswalk", "id", "name", "created", "missing"
NEW = (BY_ID, BY_NAME, CREATED)


@dataclass(frozen=True)
class Side:
    """One kind of dimension on both sides: the frames and the columns that hold id, number and name."""

    kind: str
    source: pd.DataFrame
    source_id: str
    source_number: str | None
    target: pd.DataFrame
    target_id: str
    target_name: str


def align(side: Side, crosswalk: Mapping[str, str]) -> pd.DataFrame:
    """The frame ALIGNMENT of one kind. `crosswalk` maps Paychex ids to the Intacct ids that were settled before."""
    targets = set(side.target[side.target_id])
    names = side.target[~side.target[side.target_name].duplicated(keep=False)]
    by_name = dict(zip(names[side.target_name], names[side.target_id], strict=True))
    rows = []
    for record in side.source.to_dict("records"):
        source_id, name = str(record[side.source_id]), str(record["name"])
        number = record[side.source_number] if side.source_number else None
        number = None if number is None or pd.isna(number) else str(number)
        target_id, origin = _partner(source_id, number, name, crosswalk, targets, by_name)
        rows.append((side.kind, source_id, number, name, target_id, origin))
    return ALIGNMENT.conform(pd.DataFrame(rows, columns=ALIGNMENT.names))


def sides(
    organizations: pd.DataFrame,
    source_locations: pd.DataFrame,
    jobs: pd.DataFrame,
    departments: pd.DataFrame,
    ledger_locations: pd.DataFrame,
    projects: pd.DataFrame,
) -> list[Side]:
    """The three kinds that are aligned."""
    return [
        Side("department", organizations, "organization_id", "number", departments, "department_id", "title"),
        Side("location", source_locations, "location_id", None, ledger_locations, "location_id", "name"),
        Side("project", jobs, "job_id", "number", projects, "project_id", "name"),
    ]


def aligned(
    connection: PaychexIntacctConnection, both: list[Side], home: Deployment, client: IntacctClient
) -> pd.DataFrame:
    """The whole alignment: match, create what the connection allows, and keep each new pair in the crosswalk."""
    frame = pd.concat([align(side, home.crosswalk.all(connection.name, side.kind)) for side in both], ignore_index=True)
    policy = connection.dimensions
    if policy.departments == "create":
        frame = create_missing(frame, "department", _creator(connection, home, client, "DEPARTMENT", ()))
    if policy.projects == "create":
        extra = (("category", policy.new_project_category),)
        frame = create_missing(frame, "project", _creator(connection, home, client, "PROJECT", extra))
    for (kind, origin), rows in frame[frame["origin"].isin(NEW)].groupby(["kind", "origin"]):
        pairs = dict(zip(rows["source_id"], rows["target_id"], strict=True))
        home.crosswalk.put_all(connection.name, str(kind), pairs, str(origin))
    return ALIGNMENT.conform(frame)


_FIELDS = {"DEPARTMENT": ("department_id", "title"), "PROJECT": ("project_id", "name")}


def _creator(
    connection: PaychexIntacctConnection,
    home: Deployment,
    client: IntacctClient,
    object_name: str,
    extra: Sequence[tuple[str, str]],
) -> Callable[[str, str], str]:
    """What creates a dimension value in Intacct and tells the audit trail."""
    id_field, name_field = _FIELDS[object_name]

    def create(number: str, name: str) -> str:
        control_id = f"{connection.name}:{object_name}:{number}"
        record = {id_field: number, name_field: name, **dict(extra)}
        IntacctMasterData(client).create(object_name, [record], control_id)
        subject = f"{connection.name}/{object_name.lower()}/{number}"
        home.audit.append("connector", "dimension created", subject, f"Paychex has it as '{name}', Intacct lacked it")
        return number

    return create


def origins(alignment: pd.DataFrame) -> dict[str, int]:
    """How many values were matched in which way."""
    return {str(origin): int(count) for origin, count in alignment["origin"].value_counts().items()}


def live_values(both: list[Side]) -> dict[str, set[str]]:
    """The active Intacct values of each kind, as the snapshots show them."""
    return {side.kind: set(side.target.loc[side.target["active"], side.target_id]) for side in both}


def _partner(
    source_id: str,
    number: str | None,
    name: str,
    crosswalk: Mapping[str, str],
    targets: set[str],
    by_name: Mapping[str, str],
) -> tuple[str | None, str]:
    if source_id in crosswalk:
        return crosswalk[source_id], CROSSWALK
    if number is not None and number in targets:
        return number, BY_ID
    if name in by_name:
        return by_name[name], BY_NAME
    return None, MISSING


def create_missing(alignment: pd.DataFrame, kind: str, create: Callable[[str, str], str]) -> pd.DataFrame:
    """Create a value for each missing row of `kind` that has a number; `create(number, name)` answers the new id."""
    made = alignment.copy()
    wanted = made.index[(made["kind"] == kind) & (made["origin"] == MISSING) & made["source_number"].notna()]
    for index in wanted:
        made.loc[index, "target_id"] = create(
            str(made.loc[index, "source_number"]), str(made.loc[index, "source_name"])
        )
        made.loc[index, "origin"] = CREATED
    return ALIGNMENT.conform(made)


def missing_findings(alignment: pd.DataFrame) -> list[Finding]:
    """A warning for each Paychex value with no partner: it stops a pay run only when a line lands on it."""
    missing = alignment[alignment["origin"] == MISSING]
    return [
        finding(
            "W04",
            f"{row['kind']} {row['source_id']}",
            f"Paychex {row['kind']} '{row['source_name']}' has no partner in Intacct.",
            "Create it in Intacct with that name or with its number as id, or set the policy to create.",
            Severity.WARN,
        )
        for row in missing.to_dict("records")
    ]


def gone_findings(alignment: pd.DataFrame, active: Mapping[str, set[str]]) -> list[Finding]:
    """A finding for each pair whose Intacct value is gone or inactive. `active` maps a kind to its live ids."""
    paired = alignment[alignment["target_id"].notna() & (alignment["origin"] != CREATED)]
    gone = paired[
        [target not in active[kind] for kind, target in zip(paired["kind"], paired["target_id"], strict=True)]
    ]
    return [
        finding(
            "P01",
            f"{row['kind']} {row['target_id']}",
            f"Paychex {row['kind']} '{row['source_name']}' stands for {row['target_id']}, which Intacct has no more.",
            "Reactivate it in Intacct, or pair the Paychex value with another one.",
            Severity.WARN if row["kind"] == "project" else Severity.BLOCK,
        )
        for row in gone.to_dict("records")
    ]
