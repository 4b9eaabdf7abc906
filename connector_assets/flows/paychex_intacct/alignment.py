"""Which Intacct dimension value stands for which Paychex organization, location, job and labor assignment.

Matched by crosswalk, then by id, then by exact name; never by guess. A near miss is reported with the pair it suggests,
for a person to decide. Intacct is the truth for the values that there are, and for their hierarchy.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.mapping import MappingRule
from connector_assets.flows.paychex_intacct.dimension_values import (
    ASSIGNMENT,
    DEPARTMENT,
    LOCATION,
    Side,
    SourceValue,
    TargetValue,
)
from connector_assets.flows.paychex_intacct.dimensions_config import CLASS, DimensionsSection
from connector_assets.flows.paychex_intacct.frames import ALIGNMENT
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX

CROSSWALK, BY_ID, BY_NAME, CREATED, BY_PARTS, MISSING = "crosswalk", "id", "name", "created", "parts", "missing"
NEW = (BY_ID, BY_NAME)
CLOSE = 0.88
MOST_COMPARISONS = 1_000_000
SHOWN = 10


def align(side: Side, crosswalk: Mapping[str, str], made: Collection[str] = ()) -> pd.DataFrame:
    """The frame ALIGNMENT of one kind. `crosswalk` maps Paychex ids to the Intacct ids that were settled before.

    `made` are the Intacct ids that were created since the snapshots were taken.
    """
    targets, by_name, shared = side.targets, _names(side.target), _shared_numbers(side.source)
    rows = []
    for value in side.source:
        target_id, origin = _partner(value, crosswalk, targets, by_name, shared)
        origin = CREATED if origin == CROSSWALK and target_id in made else origin
        rows.append((side.kind, value.source_id, value.number, value.name, target_id, origin))
    return ALIGNMENT.conform(pd.DataFrame(rows, columns=ALIGNMENT.names))


def _partner(
    value: SourceValue,
    crosswalk: Mapping[str, str],
    targets: Mapping[str, TargetValue],
    by_name: Mapping[str, str],
    shared: Collection[str],
) -> tuple[str | None, str]:
    if value.source_id in crosswalk:
        return crosswalk[value.source_id], CROSSWALK
    found = targets.get(value.number or "")
    # Paychex's numbers are not unique across levels: one that is shared says nothing without the name.
    if found is not None and (value.number not in shared or found.name in {value.name, value.title}):
        return found.target_id, BY_ID
    if value.name in by_name:
        return by_name[value.name], BY_NAME
    return None, MISSING


def _names(values: Sequence[TargetValue]) -> dict[str, str]:
    """Id by name, for names that one value alone has."""
    counts = Counter(value.name for value in values)
    return {value.name: value.target_id for value in values if counts[value.name] == 1}


def _shared_numbers(values: Sequence[SourceValue]) -> set[str]:
    counts = Counter(value.number for value in values if value.number)
    return {number for number, count in counts.items() if count > 1}


def by_parts(assignments: pd.DataFrame, alignment: pd.DataFrame) -> pd.DataFrame:
    """ALIGNMENT of labor assignments that stand for their organization and location: paired when both of them are."""
    pairs = {
        (kind, source): target
        for kind, source, target in alignment[["kind", "source_id", "target_id"]].itertuples(index=False)
        if isinstance(target, str)
    }
    rows = []
    names = ["labor_assignment_id", "name", "organization_id", "location_id"]
    for assignment_id, name, organization, location in assignments[names].itertuples(index=False):
        parts = [(DEPARTMENT, organization), (LOCATION, location)]
        partners = [pairs.get((kind, part)) for kind, part in parts if isinstance(part, str)]
        whole = bool(partners) and all(partners)
        target_id = "/".join(str(one) for one in partners) if whole else None
        rows.append((ASSIGNMENT, assignment_id, None, name, target_id, BY_PARTS if whole else MISSING))
    return ALIGNMENT.conform(pd.DataFrame(rows, columns=ALIGNMENT.names))


def origins(alignment: pd.DataFrame) -> dict[str, int]:
    """How many values were matched in which way."""
    return {str(origin): int(count) for origin, count in alignment["origin"].value_counts().items()}


# --- what does not fit ---------------------------------------------------------------------------------------------


def missing_findings(alignment: pd.DataFrame, kind: str, ended: Collection[str] = ()) -> list[Finding]:
    """W04: a warning for each Paychex value of a kind with no partner: it stops a pay run when a line lands on it.

    Those of `ended` are over and need none.
    """
    missing = alignment[
        (alignment["kind"] == kind) & (alignment["origin"] == MISSING) & ~alignment["source_id"].isin(list(ended))
    ]
    return [
        finding(
            "W04",
            f"{kind} {row['source_id']}",
            f"Paychex {kind.replace('_', ' ')} '{row['source_name']}' has no partner in Intacct.",
            f"Create it in Intacct with that name or with its number as id, run `connector pair NAME {kind} "
            f"{row['source_id']} ID --reason WHY`, or let the policy create it.",
            Severity.WARN,
        )
        for row in missing.to_dict("records")
    ]


def gone_findings(alignment: pd.DataFrame, both: Sequence[Side], today: date) -> list[Finding]:
    """P01: each pair whose Intacct value is gone or inactive while Paychex still uses its own."""
    live = {side.kind: {value.target_id for value in side.target if value.is_active} for side in both}
    over = {(side.kind, value.source_id) for side in both for value in side.source if not value.is_open(today)}
    paired = alignment[alignment["target_id"].notna() & ~alignment["origin"].isin((CREATED, BY_PARTS))]
    rows = [row for row in paired.to_dict("records") if row["target_id"] not in live[row["kind"]]]
    return [
        finding(
            "P01",
            f"{row['kind']} {row['target_id']}",
            f"Paychex {row['kind']} '{row['source_name']}' stands for {row['target_id']}, which Intacct has no more.",
            "Reactivate it in Intacct, or pair the Paychex value with another one.",
            Severity.BLOCK if row["kind"] in {DEPARTMENT, LOCATION} else Severity.WARN,
        )
        for row in rows
        if (row["kind"], row["source_id"]) not in over
    ]


def near_misses(side: Side, alignment: pd.DataFrame) -> dict[str, TargetValue]:
    """For each value without a partner the free Intacct value that it is almost, by Paychex id; a suggestion only.

    Almost: the same but for case, spaces and punctuation, or a slip of the pen in words while every digit agrees.
    """
    mine = alignment[alignment["kind"] == side.kind]
    lonely = {str(one) for one in mine.loc[mine["origin"] == MISSING, "source_id"]}
    taken = set(mine["target_id"].dropna())
    free = {_plain(value.name): value for value in side.target if value.is_active and value.target_id not in taken}
    free |= {_plain(value.target_id): value for value in free.values()}
    compares = len(lonely) * len(free) <= MOST_COMPARISONS
    found = {}
    for value in side.source:
        if value.source_id in lonely:
            near = next(_near(value, free, compares=compares), None)
            if near is not None:
                found[value.source_id] = near
    return found


def _near(value: SourceValue, free: Mapping[str, TargetValue], *, compares: bool) -> Iterator[TargetValue]:
    for text in (value.title, value.name, value.number or ""):
        if text and _plain(text) in free:
            yield free[_plain(text)]
    wanted = _plain(value.title)
    for name in get_close_matches(wanted, free, n=3, cutoff=CLOSE) if compares else []:
        if re.sub(r"\D", "", name) == re.sub(r"\D", "", wanted):
            yield free[name]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def near_findings(side: Side, near: Mapping[str, TargetValue]) -> list[Finding]:
    """W07: the pairs that near misses suggest."""
    names = {value.source_id: value.name for value in side.source}
    return [
        finding(
            "W07",
            f"{side.kind} {source_id}",
            f"Paychex {side.word} '{names[source_id]}' is almost Intacct's {target.target_id} '{target.name}'.",
            f"If they are the same: `connector pair NAME {side.kind} {source_id} {target.target_id} --reason WHY`.",
        )
        for source_id, target in sorted(near.items())
    ]


def hierarchy_findings(side: Side, alignment: pd.DataFrame) -> list[Finding]:
    """W20: pairs that stand below different parents. Intacct's hierarchy counts, so that this only informs."""
    mine = alignment[(alignment["kind"] == side.kind) & alignment["target_id"].notna()]
    pairs = dict(zip(mine["source_id"], mine["target_id"], strict=True))
    targets = side.targets
    other = []
    for value in side.source:
        target = targets.get(pairs.get(value.source_id, ""))
        if target is not None and value.parent_id in pairs and target.parent_id != pairs[value.parent_id]:
            other.append(target.target_id)
    if not other:
        return []
    why = f"{len(other)} of Intacct's {side.kind}s stand elsewhere than in Paychex: {listed(sorted(other))}."
    return [finding("W20", side.kind, why, "Nothing has to be done: Intacct's hierarchy is the one that counts.")]


def restricted_findings(both: Sequence[Side], alignment: pd.DataFrame, entity: str) -> list[Finding]:
    """W08: pairs whose Intacct value another entity alone may use: a line of this connection cannot carry it."""
    found = []
    for side in both:
        mine = alignment[(alignment["kind"] == side.kind) & alignment["target_id"].notna()]
        used = set(mine["target_id"])
        for value in side.target:
            if value.target_id in used and value.only_entity_id not in {None, entity}:
                why = f"Intacct's {side.kind} {value.target_id} belongs to entity {value.only_entity_id} alone."
                fix = f"Make it shared in Intacct, or pair the Paychex value with one that {entity} may use."
                found.append(finding("W08", f"{side.kind} {value.target_id}", why, fix))
    return found


def unused_findings(both: Sequence[Side], alignment: pd.DataFrame, entity: str) -> list[Finding]:
    """W21: active Intacct values, of this entity or shared, that no Paychex value stands for; for information."""
    found = []
    for side in both:
        used = set(alignment.loc[alignment["kind"] == side.kind, "target_id"].dropna())
        used |= {value.parent_id for value in side.target if value.parent_id}
        free = sorted(
            value.target_id
            for value in side.target
            if value.is_active and value.only_entity_id in {None, entity} and value.target_id not in used
        )
        if free:
            why = f"{len(free)} active values of Intacct's {side.kind}s stand for nothing in Paychex: {listed(free)}."
            found.append(finding("W21", side.kind, why, "Nothing has to be done, unless Paychex ought to have them."))
    return found


def carried(policy: DimensionsSection) -> frozenset[str]:
    """The dimensions that a journal line of this connection can carry, as accounts name them."""
    own = {f"{DIMENSION_PREFIX}{name}" for name in policy.own}
    further = {"class"} if policy.labor_assignments.upper() == CLASS else own
    return frozenset({"department", "location", "project", "employee", *further})


def required_findings(accounts: pd.DataFrame, rules: Sequence[MappingRule], carried: Collection[str]) -> list[Finding]:
    """P02: accounts that the mapping posts to and that require a dimension that is not `carried`."""
    used = {account for rule in rules for account in (rule.debit_account, rule.credit_account) if account}
    found = []
    for number, required in accounts[["account_no", "required_dimensions"]].itertuples(index=False):
        lacking = sorted(set(str(required).split(",")).difference(carried, [""])) if number in used else []
        if lacking:
            why = f"Account {number}, which the mapping posts to, requires {', '.join(lacking)} on every line."
            fix = "Map to an account that does not require it, or lift the requirement in Intacct."
            found.append(finding("P02", f"account {number}", why, fix, Severity.WARN))
    return found


def listed(ids: Sequence[str]) -> str:
    """Some ids, and how many more there are."""
    more = len(ids) - SHOWN
    return ", ".join(ids[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
