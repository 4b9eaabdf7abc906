"""Which Intacct value each tag stands for, and which categories the mapping would miss."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from connector_assets.accounting.documents import ExpenseKind
from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.mapping import ANY, MappingTable
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.frames import TAG_ALIGNMENT
from connector_assets.records.crosswalk import Crosswalk
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX

MISSING = "missing"
Values = Mapping[str, Mapping[str, str]]
"""By dimension, the ids of its active values with their names."""


def aligned(
    connection: ExpensifyIntacctConnection, tags: pd.DataFrame, values: Values, known: Crosswalk
) -> pd.DataFrame:
    """TAG_ALIGNMENT: by crosswalk, then the tag's GL code, then the tag as an id, then its name, each exactly."""
    rows = []
    for level, dimension in enumerate(connection.tags, start=1):
        live = values[dimension]
        names = _unique_names(live)
        pairs = known.all(connection.name, f"tag_{dimension}")
        for tag in tags[tags["level"] == level].to_dict("records"):
            name, code = str(tag["name"]), str(tag["gl_code"])
            tries = (
                ("crosswalk", pairs.get(name)),
                ("code", code if code in live else None),
                ("id", name if name in live else None),
                ("name", names.get(name.casefold())),
            )
            origin, target = next(((how, found) for how, found in tries if found), (MISSING, None))
            rows.append((level, name, dimension, target, origin))
    return TAG_ALIGNMENT.conform(pd.DataFrame(rows, columns=TAG_ALIGNMENT.names))


def _unique_names(live: Mapping[str, str]) -> dict[str, str]:
    """Value ids by name in lower case; a name that stands twice stands for nothing."""
    names = [name.casefold() for name in live.values()]
    return {name.casefold(): value for value, name in live.items() if names.count(name.casefold()) == 1}


def active_values(
    departments: pd.DataFrame, locations: pd.DataFrame, projects: pd.DataFrame, classes: pd.DataFrame
) -> Values:
    """The active values of each dimension, from Intacct's snapshots."""
    frames = {"department": departments, "location": locations, "project": projects, "class": classes}
    titles = {"department": "title", "location": "name", "project": "name", "class": "name"}
    found = {}
    for dimension, frame in frames.items():
        live = frame[frame["active"]]
        found[dimension] = dict(zip(live[f"{dimension}_id"], live[titles[dimension]], strict=True))
    return found


def own_values(frames: Mapping[str, pd.DataFrame]) -> Values:
    """The values of the dimensions that the company defined for itself, from their snapshots by name."""
    return {
        f"{DIMENSION_PREFIX}{name.upper()}": dict(zip(frame["value_id"], frame["name"], strict=True))
        for name, frame in frames.items()
    }


def gone_findings(alignment: pd.DataFrame, values: Values) -> list[Finding]:
    """P01: a crosswalk pairs a tag with what is no active value any more."""
    gone = [row for row in alignment.to_dict("records") if row["origin"] == "crosswalk"]
    return [
        finding(
            "P01",
            str(row["target_id"]),
            f"Tag {row['name']!r} is paired with {row['dimension']} {row['target_id']}, which is not active.",
            "Activate it there, or correct the crosswalk.",
        )
        for row in gone
        if row["target_id"] not in values[str(row["dimension"])]
    ]


def missing_findings(alignment: pd.DataFrame) -> list[Finding]:
    """W04, a warning as long as no report uses it: a tag that stands for nothing in Intacct."""
    missing = alignment[alignment["origin"] == MISSING]
    return [
        finding(
            "W04",
            str(row["name"]),
            f"Tag {row['name']!r} (level {row['level']}) stands for no {row['dimension']} of Intacct.",
            f"Give it the {row['dimension']}'s id as its GL code in Expensify.",
            Severity.WARN,
        )
        for row in missing.to_dict("records")
    ]


def unmapped_findings(categories: pd.DataFrame, table: MappingTable, on: date) -> list[Finding]:
    """X01, a warning as long as no report uses it: an enabled category without a rule, and who is owed without one."""
    names = [str(name) for name in categories.loc[categories["enabled"], "name"]]
    stated = {rule.code for rule in table.rules if rule.kind == ExpenseKind.EXPENSE}
    lacking = [] if ANY in stated else [(ExpenseKind.EXPENSE, name) for name in names if name not in stated]
    kinds = {rule.kind for rule in table.rules}
    lacking += [(kind, "") for kind in (ExpenseKind.REIMBURSABLE, ExpenseKind.COMPANY_CARD) if kind not in kinds]
    return [
        finding(
            "X01",
            name or str(kind),
            f"No mapping rule in force on {on} has kind {kind}{f' and code {name}' if name else ''}.",
            "Add one to the mapping and import it; a report that needs it is held until then.",
            Severity.WARN,
        )
        for kind, name in lacking
    ]
