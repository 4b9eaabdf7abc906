"""Which Intacct dimension value stands for which Paychex organization, location and job.

Matched by crosswalk, then by id, then by exact name; never by guess. What has no partner is reported, or created where
the connection allows it. Intacct is the truth for the values that there are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.flows.paychex_intacct.frames import ALIGNMENT

CROSSWALK, BY_ID, BY_NAME, CREATED, MISSING = "crosswalk", "id", "name", "created", "missing"


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
    """The frame ALIGNMENT of one kind. `crosswalk` maps Paychex ids to Intacct ids that people or earlier runs settled."""
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
        made.loc[index, "target_id"] = create(str(made.loc[index, "source_number"]), str(made.loc[index, "source_name"]))
        made.loc[index, "origin"] = CREATED
    return ALIGNMENT.conform(made)


def missing_findings(alignment: pd.DataFrame) -> list[Finding]:
    """A warning for each Paychex value with no partner: it stops a pay run only when a line lands on it."""
    missing = alignment[alignment["origin"] == MISSING]
    return [
        finding(
            "W04",
            f"{row.kind} {row.source_id}",
            f"Paychex {row.kind} '{row.source_name}' has no partner in Intacct.",
            f"Create it in Intacct with the id {row.source_number or '(its number)'}, or set the policy to create.",
            Severity.WARN,
        )
        for row in missing.itertuples(index=False)
    ]


def gone_findings(alignment: pd.DataFrame, active: Mapping[str, set[str]]) -> list[Finding]:
    """A blocking finding for each pair whose Intacct value is gone or inactive. `active` maps a kind to its live ids."""
    paired = alignment[alignment["target_id"].notna()]
    gone = paired[[row.target_id not in active[row.kind] for row in paired.itertuples(index=False)]]
    return [
        finding(
            "P01",
            f"{row.kind} {row.target_id}",
            f"Paychex {row.kind} '{row.source_name}' is paired with {row.target_id}, which Intacct lacks or has inactivated.",
            "Reactivate it in Intacct, or pair the Paychex value with another one.",
            Severity.WARN if row.kind == "project" else Severity.BLOCK,
        )
        for row in gone.itertuples(index=False)
    ]
