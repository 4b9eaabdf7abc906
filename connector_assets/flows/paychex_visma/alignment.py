"""Which Visma value stands for which Paychex organization, location, job and title; what is written to make it so.

Matched by crosswalk, then by number, then by exact name; never by guess. A pair once settled keeps its measure: the
name that both sides agreed on. When Visma still has that name, a new one in Paychex is carried over as the policy says;
when it has another, somebody changed it there: reported, or set back where the connection says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection, SegmentSection, SourceKind
from connector_assets.flows.paychex_visma.facts import EMPLOYEE_TYPE, Targets
from connector_assets.flows.paychex_visma.frames import ALIGNMENT
from connector_assets.orchestration.roster import TERMINATED

DEPARTMENT, BRANCH = "department", "branch"
CROSSWALK, BY_ID, BY_NAME, CREATED, MISSING = "crosswalk", "id", "name", "created", "missing"
NEW = (BY_ID, BY_NAME, CREATED)
FIX_DRIFT = "Correct it on the side that is wrong, or set dimension_drift to repair."


@dataclass(frozen=True)
class SourceValue:
    """A value of Paychex. `number` is empty where it has none; `is_over` for a job that has ended."""

    source_id: str
    number: str
    name: str
    is_over: bool = False


@dataclass(frozen=True)
class TargetValue:
    """A value of Visma."""

    target_id: str
    name: str
    is_active: bool = True


@dataclass
class Pair:
    """A source value and what it comes to. `wish`: what has to be written (create, rename, close, open)."""

    kind: str
    source: SourceKind
    value: SourceValue
    target_id: str = ""
    origin: str = MISSING
    wish: tuple[str, ...] = ()
    outcome: str = ""
    problem: str = ""
    is_drift: bool = False


@dataclass(frozen=True)
class Rules:
    """What may be done to the values of a kind. `length` 0: a code may be as long as it likes."""

    creates: bool = False
    renames: bool = False
    closes: bool = False
    repairs: bool = False
    length: int = 0
    pad: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Side:
    """One kind on both sides. `settled` is what both agreed on before, by source id: name, and `yes` while active."""

    kind: str
    source: SourceKind
    values: Sequence[SourceValue]
    targets: Mapping[str, TargetValue]
    known: Mapping[str, str]
    settled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: Rules = Rules()


def segment_kind(number: int) -> str:
    """The kind of a segment's values, in the crosswalk too."""
    return f"segment {number}"


def align(side: Side) -> list[Pair]:
    """A pair for each source value, with what has to be written or what is wrong."""
    names = [one.name.casefold() for one in side.targets.values()]
    by_name = {name: one for one in side.targets.values() if names.count(name := one.name.casefold()) == 1}
    pairs = [_paired(side, value, by_name) for value in side.values]
    taken = {*side.targets, *(pair.target_id for pair in pairs)}
    for pair in pairs:
        if pair.origin == MISSING:
            _missing(side, pair, taken)
        else:
            _compare(side, pair)
    return pairs


def _paired(side: Side, value: SourceValue, by_name: Mapping[str, TargetValue]) -> Pair:
    pair = Pair(side.kind, side.source, value)
    number = code_of(value.number, side.rules)
    if value.source_id in side.known:
        pair.target_id, pair.origin = side.known[value.source_id], CROSSWALK
    elif number and number in side.targets:
        pair.target_id, pair.origin = number, BY_ID
    elif value.name.casefold() in by_name:
        pair.target_id, pair.origin = by_name[value.name.casefold()].target_id, BY_NAME
    return pair


def code_of(number: str, rules: Rules) -> str:
    """A number as a code of Visma, filled up where the rules say so."""
    return number.rjust(rules.length, rules.pad) if number and rules.pad else number


def _missing(side: Side, pair: Pair, taken: set[str]) -> None:
    """Visma has no partner: a code for one to create, or a problem. A job that is over needs none."""
    if pair.value.is_over:
        return
    code = code_of(pair.value.number, side.rules) or _made_up(side.rules, taken)
    if not side.rules.creates or not code:
        pair.problem = f"Paychex {pair.source} '{pair.value.name}' has no {side.kind} in Visma."
    elif side.rules.length and len(code) > side.rules.length:
        pair.problem = f"'{code}' is longer than the {side.rules.length} characters of {side.kind}."
    else:
        pair.target_id, pair.wish = code, ("create",)
        taken.add(code)


def _made_up(rules: Rules, taken: set[str]) -> str:
    """The next free code of the form prefix and number, empty where the rules have no prefix or no room."""
    digits = rules.length - len(rules.prefix)
    if not rules.prefix or digits < 1:
        return ""
    number = 1
    while (code := f"{rules.prefix}{number:0{digits}d}") in taken:
        number += 1
    return code


def _compare(side: Side, pair: Pair) -> None:
    """Name and activity of a pair, on three sides."""
    target = side.targets.get(pair.target_id)
    if target is None:
        pair.problem, pair.is_drift = f"Visma has no {side.kind} {pair.target_id} any more.", True
        if side.rules.repairs and side.rules.creates:
            pair.wish, pair.problem, pair.is_drift = ("create",), "", False
        return
    settled, wishes, problems = side.settled.get(pair.value.source_id), [], []
    if target.name != pair.value.name:
        was = settled["name"] if settled else None
        drifted = was is not None and target.name != was
        if side.rules.repairs if drifted else side.rules.renames:
            wishes.append("rename")
        elif drifted or was is None or was != pair.value.name:
            problems.append(
                f"{side.kind} {pair.target_id} is '{target.name}' in Visma, '{pair.value.name}' in Paychex."
            )
            pair.is_drift = drifted
    if target.is_active and pair.value.is_over and side.rules.closes:
        wishes.append("close")
    elif not target.is_active and not pair.value.is_over:
        drifted = settled is not None and settled["active"] == "yes"
        closed_by_us = settled is not None and settled["active"] == "no"
        if side.rules.closes if closed_by_us else drifted and side.rules.repairs:
            wishes.append("open")
        else:
            problems.append(f"{side.kind} {pair.target_id} is inactive in Visma.")
            pair.is_drift = pair.is_drift or drifted
    pair.wish, pair.problem = tuple(wishes), " ".join(problems)


def settled_of(pairs: Sequence[Pair], side: Side) -> dict[str, dict[str, str]]:
    """What both sides agree on now, by source id; of a pair in trouble, what they agreed on before."""
    found = {}
    for pair in pairs:
        before = side.settled.get(pair.value.source_id)
        if pair.origin == MISSING or pair.problem:
            if before:
                found[pair.value.source_id] = dict(before)
        else:
            is_closed = "close" in pair.outcome.split() or (pair.value.is_over and not _active(side, pair))
            found[pair.value.source_id] = {"name": pair.value.name, "active": "no" if is_closed else "yes"}
    return found


def _active(side: Side, pair: Pair) -> bool:
    target = side.targets.get(pair.target_id)
    return target is None or target.is_active


# -- what the frames say --------------------------------------------------------------------------------------------


def source_values(
    organizations: pd.DataFrame, locations: pd.DataFrame, jobs: pd.DataFrame, roster: pd.DataFrame, today: date
) -> dict[SourceKind, list[SourceValue]]:
    """The values of Paychex by kind. A title is its own id; only those of people who are there count."""
    there = roster[(roster["worker_type"] == EMPLOYEE_TYPE) & (roster["status"] != TERMINATED)]
    titles = sorted({str(title) for title in there["title"].dropna()})
    return {
        "organization": [
            SourceValue(str(row["organization_id"]), number := _text(row["number"]), _bare(str(row["name"]), number))
            for row in organizations.to_dict("records")
        ],
        "location": [
            SourceValue(str(row["location_id"]), "", str(row["name"]).strip()) for row in locations.to_dict("records")
        ],
        "job": [
            SourceValue(
                str(row["job_id"]),
                _text(row["number"]),
                str(row["name"]).strip(),
                isinstance(row["end_date"], date) and row["end_date"] < today,
            )
            for row in jobs.to_dict("records")
        ],
        "title": [SourceValue(title, "", title) for title in titles],
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bare(name: str, number: str) -> str:
    """A name without the number that Paychex shows before it."""
    return name.removeprefix(number).strip(" -") if number else name.strip()


def segment_targets(values: pd.DataFrame, number: int) -> tuple[dict[str, TargetValue], int]:
    """The values of a segment, and the longest that one may be."""
    rows = values[values["segment"] == number].to_dict("records")
    targets = {str(r["value"]): TargetValue(str(r["value"]), str(r["description"]), bool(r["active"])) for r in rows}
    return targets, int(rows[0]["length"]) if rows else 0


def segment_rules(section: SegmentSection, length: int, *, repairs: bool) -> Rules:
    """What may be done to a segment's values."""
    return Rules(
        creates=section.missing == "create",
        renames=section.renamed == "update",
        closes=section.ended == "deactivate",
        repairs=repairs,
        length=length,
        pad=section.pad,
        prefix=section.prefix,
    )


def frame_of(pairs: Sequence[Pair]) -> pd.DataFrame:
    """ALIGNMENT."""
    rows = [
        (
            *(pair.kind, pair.source, pair.value.source_id, pair.value.name),
            *(pair.target_id or None, pair.origin, pair.outcome, pair.problem),
        )
        for pair in pairs
    ]
    return ALIGNMENT.conform(pd.DataFrame(rows, columns=ALIGNMENT.names))


def targets_of(alignment: pd.DataFrame, connection: PaychexVismaConnection) -> Targets:
    """What a worker's organization, location, job and title stand for. A pair that is not written yet is none."""
    live = alignment[alignment["origin"] != MISSING]
    by_kind = {
        str(kind): dict(zip(rows["source_id"], rows["target_id"], strict=True)) for kind, rows in live.groupby("kind")
    }
    segments = {one.segment: (one.source, by_kind.get(segment_kind(one.segment), {})) for one in connection.segments}
    return Targets(by_kind.get(DEPARTMENT, {}), by_kind.get(BRANCH, {}), dict(segments))


def gone_findings(alignment: pd.DataFrame) -> list[Finding]:
    """P01: a department or branch that is paired and is not there; employees could not be written with it."""
    rows = alignment[alignment["kind"].isin((DEPARTMENT, BRANCH)) & alignment["problem"].str.contains("any more")]
    fix = "Create it again in Visma, or correct the crosswalk."
    return [finding("P01", f"{row['kind']} {row['target_id']}", row["problem"], fix) for row in rows.to_dict("records")]


def missing_findings(alignment: pd.DataFrame) -> list[Finding]:
    """W04 as a warning: a Paychex value without a partner. A worker is held only when it is theirs."""
    rows = alignment[(alignment["origin"] == MISSING) & (alignment["problem"] != "")]
    fix = "Create it in Visma with that name or with its number as id, or set the policy to create."
    return [
        finding("W04", f"{row['source']} {row['source_id']}", row["problem"], fix, Severity.WARN)
        for row in rows.to_dict("records")
    ]


def drift_findings(alignment: pd.DataFrame) -> list[Finding]:
    """W10: a pair whose sides differ, and which the policies leave as it is."""
    rows = alignment[(alignment["origin"] != MISSING) & (alignment["problem"] != "")]
    return [
        finding("W10", f"{row['kind']} {row['target_id']}", row["problem"], FIX_DRIFT)
        for row in rows.to_dict("records")
    ]
