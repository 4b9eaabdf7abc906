"""How a journal shows what distribution made: its credits (shape), its detail (grain), and whose pay it may not show.

All of it happens on pieces, after every cent is split and before lines are added up: so each option keeps every check
in balance by construction, and a later void copies what was posted. Voids that mirror an original are left alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.frames import unique_keys
from connector_assets.accounting.pieces import UNMAPPED
from connector_assets.accounting.register import LineKind

ShapeName = Literal["S1", "S2", "S3"]
Grain = Literal["summary", "department", "project", "employee"]
SmallGroups = Literal["block", "parent", "restricted"]
TAX_KINDS = (LineKind.EMPLOYEE_TAX, LineKind.EMPLOYER_TAX)
_BUCKET = ["department_id", "location_id", "account_no"]
_LEVELS_MAX = 20
NET_DRAW, TAX_DRAW, THIRD_PARTY_DRAW = "Net pay", "Tax draw", "Third-party draw"


@dataclass(frozen=True)
class Shape:
    """Where the credits go.

    S2 leaves them as mapped: liabilities by agency and carrier, net pay to clearing. S3 credits what the provider
    remits to clearing accounts, one for taxes and one for third parties; `remitted_accounts` are the liabilities that
    the provider settles, the others stay. S1 credits the bank, one line for each draw.
    """

    name: ShapeName = "S2"
    bank_account: str = ""
    tax_account: str = ""
    third_party_account: str = ""
    remitted_accounts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Detail:
    """Which dimensions a cost line carries.

    `summary` all of them; `department` no project; `project` no department on lines that have a project; `employee` all
    and the worker, on `billable_projects` only or on every cost line (`all_employees`). What an account requires
    (`required`: account -> PIECES columns) is never left out. With `known_employees` a worker whom the ledger does not
    have active is not named; without it such a worker blocks later, as any value does that the ledger lacks.
    """

    grain: Grain = "summary"
    all_employees: bool = False
    billable_projects: frozenset[str] = frozenset()
    required: Mapping[str, frozenset[str]] = field(default_factory=dict)
    known_employees: frozenset[str] | None = None


@dataclass(frozen=True)
class GroupPolicy:
    """The smallest number of workers that a department x location x account may stand for; 1 asks nothing.

    Smaller groups block, or move to the parent department (`parents`), or to the restricted one, which may be small.
    A group that cannot move upwards goes to `restricted_department` where there is one, and blocks otherwise.
    """

    minimum_workers: int = 1
    action: SmallGroups = "block"
    parents: Mapping[str, str] = field(default_factory=dict)
    restricted_department: str = ""


@dataclass(frozen=True)
class Presentation:
    """Everything that a connection chooses about its journals' looks; `suspense_account` empty means that unmapped
    lines block.
    """

    shape: Shape = Shape()
    detail: Detail = Detail()
    groups: GroupPolicy = GroupPolicy()
    suspense_account: str = ""


def present(
    pieces: pd.DataFrame,
    checks: pd.DataFrame,
    workers: pd.DataFrame,
    policy: Presentation,
    mirrored: Collection[str] = (),
) -> tuple[pd.DataFrame, list[Finding]]:
    """PIECES as the policy wants them shown, and findings X06, X08 and X11.

    `checks` and `workers` conform to PAY_CHECKS and WORKERS; the checks `mirrored` copy an original and stay as is.
    """
    fresh = ~pieces["check_id"].isin(list(mirrored)).to_numpy()
    pieces, found = _suspended(pieces, policy.suspense_account)
    detailed, unnamed = _detailed(pieces, checks, workers, policy.detail, fresh)
    shown = _shaped(detailed, policy.shape, fresh)
    shown, small = _without_small_groups(shown, checks, policy.groups, fresh)
    return shown, [*found, *unnamed, *small]


# --- suspense --------------------------------------------------------------------------------------------------------


def _suspended(pieces: pd.DataFrame, account_no: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Unmapped pieces on the suspense account, the code in their memo; nothing without such an account."""
    unmapped = pieces["account_no"] == UNMAPPED
    if not account_no or not unmapped.any():
        return pieces, []
    memo = ("Suspense: " + pieces["kind"] + " " + pieces["code"]).str.rstrip()
    moved = pieces.assign(
        account_no=pieces["account_no"].mask(unmapped, account_no), memo=pieces["memo"].mask(unmapped, memo)
    )
    codes = pieces[unmapped].groupby(["kind", "code"], as_index=False).agg({"check_id": "nunique"})
    return moved, [_in_suspense(row, account_no) for row in codes.to_dict("records")]


def _in_suspense(row: Mapping[object, object], account_no: str) -> Finding:
    return finding(
        "X08",
        str(row["code"]) or str(row["kind"]),
        f"No mapping rule applies to {row['kind']} {row['code']} ({row['check_id']} checks): it went to {account_no}, "
        "and the journal stays a draft.",
        "Add a rule to the mapping and carry the pay run again.",
    )


# --- grain -----------------------------------------------------------------------------------------------------------


def _detailed(
    pieces: pd.DataFrame, checks: pd.DataFrame, workers: pd.DataFrame, detail: Detail, fresh: np.ndarray
) -> tuple[pd.DataFrame, list[Finding]]:
    if detail.grain == "summary":
        return pieces, []
    cost = fresh & (pieces["side"] != "balance").to_numpy()
    if detail.grain == "employee":
        chosen = cost & (detail.all_employees | pieces["project_id"].isin(list(detail.billable_projects)).to_numpy())
        numbers = dict(zip(workers["worker_id"], workers["employee_id"], strict=True))
        employee_of = dict(zip(checks["check_id"], checks["worker_id"].map(numbers), strict=True))
        employees = pieces["check_id"].map(employee_of).astype("str").where(chosen)
        known = detail.known_employees
        unnamed = [] if known is None else sorted(set(employees.dropna()) - known)
        named = employees.mask(employees.isin(unnamed))
        return pieces.assign(employee_id=pieces["employee_id"].mask(chosen, named)), [_unnamed(one) for one in unnamed]
    column = "project_id" if detail.grain == "department" else "department_id"
    needed = pieces["account_no"].isin([no for no, columns in detail.required.items() if column in columns]).to_numpy()
    dropped = cost & ~needed
    if detail.grain == "project":
        dropped &= pieces["project_id"].notna().to_numpy()
    return pieces.assign(**{column: pieces[column].mask(dropped)}), []


def _unnamed(employee_id: str) -> Finding:
    return finding(
        "X11",
        employee_id,
        f"Employee {employee_id} is not active in the ledger; the lines of their cost name nobody.",
        "Create or activate the employee in the ledger, if these lines must name them.",
    )


# --- shape -----------------------------------------------------------------------------------------------------------


def _shaped(pieces: pd.DataFrame, shape: Shape, fresh: np.ndarray) -> pd.DataFrame:
    if shape.name == "S2":
        return pieces
    owed = fresh & (pieces["side"] == "balance").to_numpy()
    is_net = owed & (pieces["kind"] == LineKind.NET_PAY).to_numpy()
    is_tax = owed & pieces["kind"].isin(TAX_KINDS).to_numpy()
    is_third = owed & ~is_net & ~is_tax & pieces["account_no"].isin(list(shape.remitted_accounts)).to_numpy()
    draws = ((is_net, NET_DRAW), (is_tax, TAX_DRAW), (is_third, THIRD_PARTY_DRAW))
    if shape.name == "S1":
        accounts = dict.fromkeys((NET_DRAW, TAX_DRAW, THIRD_PARTY_DRAW), shape.bank_account)
    else:
        accounts = {TAX_DRAW: shape.tax_account, THIRD_PARTY_DRAW: shape.third_party_account}
    account_no, memo, draw = pieces["account_no"], pieces["memo"], pieces["draw"]
    for rows, name in draws:
        if name in accounts:
            moved = rows & (pieces["account_no"] != UNMAPPED).to_numpy()
            account_no = account_no.mask(moved, accounts[name])
            memo, draw = memo.mask(moved, name), draw.mask(moved, name)
    return pieces.assign(account_no=account_no, memo=memo, draw=draw)


# --- confidentiality -------------------------------------------------------------------------------------------------


def _without_small_groups(
    pieces: pd.DataFrame, checks: pd.DataFrame, policy: GroupPolicy, fresh: np.ndarray
) -> tuple[pd.DataFrame, list[Finding]]:
    """Move groups of too few workers until none is left that can move; X06 for those that cannot.

    A void concerns one worker by nature and takes back what was shown: it is not counted.
    """
    counted = fresh & (pieces["side"] != "balance").to_numpy() & ~pieces["is_void"].to_numpy()
    if policy.minimum_workers <= 1 or not counted.any():
        return pieces, []
    departments = pieces["department_id"].astype(object).where(pieces["department_id"].notna(), None)
    worker = pieces["check_id"].map(dict(zip(checks["check_id"], checks["worker_id"], strict=True)))
    cost = pieces.loc[counted, ["location_id", "account_no"]].assign(
        department_id=departments[counted], worker_id=worker[counted]
    )
    for _ in range(_LEVELS_MAX):
        small = _is_small(cost, policy)
        target = cost["department_id"].map(lambda department: _target(department, policy))
        moving = small & target.notna()
        if not moving.any():
            break
        cost["department_id"] = cost["department_id"].mask(moving, target)
    stuck = cost[_is_small(cost, policy)].drop_duplicates(_BUCKET)
    moved = departments.copy()
    moved[counted] = cost["department_id"]
    shown = pieces.assign(department_id=pd.Series(moved.tolist(), index=pieces.index, dtype="str"))
    return shown, [_too_few(row, policy) for row in stuck.to_dict("records")]


def _is_small(cost: pd.DataFrame, policy: GroupPolicy) -> pd.Series:
    codes, keys = unique_keys(cost.astype(dict.fromkeys(_BUCKET, "str")), _BUCKET)
    workers = pd.Series(cost["worker_id"].to_numpy()).groupby(codes).nunique().reindex(range(len(keys))).to_numpy()
    restricted = bool(policy.restricted_department) & (cost["department_id"] == policy.restricted_department)
    return pd.Series(workers[codes] < policy.minimum_workers, index=cost.index) & ~restricted


def _target(department: object, policy: GroupPolicy) -> str | None:
    if policy.action == "block":
        return None
    parent = policy.parents.get(str(department)) if policy.action == "parent" else None
    return parent or policy.restricted_department or None


def _too_few(row: Mapping[object, object], policy: GroupPolicy) -> Finding:
    place = f"{row['account_no']}/{row['department_id'] or '-'}/{row['location_id'] or '-'}"
    return finding(
        "X06",
        place,
        f"Account, department and location {place} stand for fewer than {policy.minimum_workers} workers: the line "
        "would show their pay.",
        "Name a restricted department in the connection's journal section, give the department a parent, or lower "
        "minimum_workers.",
    )
