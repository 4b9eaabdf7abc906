"""Labour distribution, second step: every pay line becomes signed pieces, each with an account and a cost center.

Each check x component is split by largest remainder, in cents, and nothing is rounded later: all sums balance by
construction. An employer's cost follows the wages of the check (or its hours, or the home), as its rule says; imputed
earnings and reimbursements carry no weight. Balance sheet pieces stay whole, in the employing entity. Imputed pay that
a rule grosses up is owed to nobody: its second side, the contra, stands on the cost centers of the first.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from connector_assets.accounting.allocation import CENTER_FIELDS
from connector_assets.accounting.classify import KIND_TYPE
from connector_assets.accounting.findings import Finding
from connector_assets.accounting.frames import take_text, unique_keys
from connector_assets.accounting.mapping import DEBIT_KINDS, STANDARD, MappingTable, pool_of
from connector_assets.accounting.money import Int64Array, require_summable, split_groups
from connector_assets.accounting.pieces import PIECES, UNMAPPED
from connector_assets.accounting.register import EMPLOYER_KINDS, OPTIONAL_KINDS, TWO_SIDED_KINDS, LineKind
from connector_assets.accounting.standard_burden import with_standard_rates
from connector_assets.accounting.voids import mirror_voids

BoolArray = npt.NDArray[np.bool_]
_SPREADING = {"wages": "amount_cents", "hours": "hours_e4"}
QUIET_MEMOS = {LineKind.EMPLOYEE_DEDUCTION: "Employee deductions", LineKind.EMPLOYER_BENEFIT: "Employer benefits"}


@dataclass(frozen=True)
class DistributionPolicy:
    """The mapping in force, the day that decides which of its rules are, and the entity that owns the liabilities."""

    table: MappingTable
    on: date
    employing_entity_id: str


class _Rows(NamedTuple):
    """Pieces in the making: the line each comes from, its signed amount, and its cost center (-1: none)."""

    line: Int64Array
    amount_cents: Int64Array
    center: Int64Array


class _Checks(NamedTuple):
    """Of each line the number of its check, and whether that is a void."""

    code: Int64Array
    is_void: BoolArray


def distribute(
    lines: pd.DataFrame,
    checks: pd.DataFrame,
    policy: DistributionPolicy,
    original_pieces: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """PIECES of one pay run, and findings S16 about voids and X12 about standard rates.

    `lines` are PAY_LINES after `classify`, `resolve_cost_centers` and `MappingTable.apply`; `checks` are PAY_CHECKS.
    `original_pieces` are the stored PIECES of the checks that this run's voids take back. A line without an account
    gets the account UNMAPPED, so that it shows; imputed and memo lines without a rule make no piece. Raises
    AccountingError when the amounts are too large to be added exactly.
    """
    require_summable(lines["amount_cents"].to_numpy(), "Pay lines")
    mirrored, findings = mirror_voids(lines, checks, original_pieces)
    if len(mirrored):
        lines = lines[~lines["check_id"].isin(mirrored["check_id"])]
        checks = checks[~checks["check_id"].isin(mirrored["check_id"])]
    lines = lines.reset_index(drop=True)
    of_lines, variances = with_standard_rates(_line_pieces(lines, checks, policy), lines, policy)
    made = [of_lines, _net_pieces(checks, policy), *([mirrored] if len(mirrored) else [])]
    return PIECES.conform(pd.concat(made, ignore_index=True)), [*findings, *variances]


def _pooled(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines, with the cost that a rule pools moved to that department; its place of work stays."""
    codes, modes = pd.factorize(lines["burden"].fillna(""))
    pools = [pool_of(mode) for mode in modes]
    rows = np.array([bool(pool) for pool in pools], dtype=bool)[codes] & ~_names_its_place(lines)
    if not rows.any():
        return lines
    department = take_text([pool or None for pool in pools], codes)
    return lines.assign(
        department_id=lines["department_id"].mask(rows, department),
        project_type=lines["project_type"].mask(rows, ""),
        **{name: lines[name].mask(rows) for name in ("project_id", "class_id", "custom_dimensions")},
    )


def _names_its_place(lines: pd.DataFrame) -> BoolArray:
    """Lines whose cost center is their own, by themselves or by a rule: no burden mode moves them."""
    found: BoolArray = lines["origin"].isin(["line", "rule"]).to_numpy()
    return found


def _line_pieces(lines: pd.DataFrame, checks: pd.DataFrame, policy: DistributionPolicy) -> pd.DataFrame:
    lines = _pooled(lines)
    center_codes, centers = _sorted_centers(lines)
    check_codes, check_ids = pd.factorize(lines["check_id"])
    is_void = check_ids.isin(checks.loc[checks["is_void"], "check_id"])[check_codes]
    is_cost = _is_cost(lines)
    cost = _cost_rows(lines, is_cost, _Checks(check_codes.astype(np.int64), is_void), center_codes, len(centers))
    contra, balance = _contra_rows(lines, cost), _balance_rows(lines, is_cost)
    placed = _joined(cost, contra)
    accounts, rule_ids = _cost_accounts(lines, placed, len(cost.line), centers, policy)
    on_debit = lines["kind"].isin(DEBIT_KINDS).to_numpy()[balance.line]
    mapped = lines[["debit_account", "credit_account", "rule_id"]].take(balance.line)
    accounts = pd.concat([accounts, mapped["debit_account"].where(on_debit, mapped["credit_account"])])
    rule_ids = pd.concat([rule_ids, mapped["rule_id"]])
    rows = _joined(placed, balance)
    order = np.argsort(rows.line, kind="stable")
    rows = _Rows(*(values[order] for values in rows))
    side_codes = np.repeat(np.arange(3), [len(cost.line), len(contra.line), len(balance.line)])[order]
    source = lines[["pay_run_id", "check_id", "line_no", "code"]].take(rows.line).reset_index(drop=True)
    entities = [center["entity_id"] or policy.employing_entity_id for center in centers]
    return source.assign(
        kind=take_text(list(KIND_TYPE.categories), lines["kind"].cat.codes.to_numpy()[rows.line].astype(np.int64)),
        piece_no=_ordinals(check_codes[rows.line], source["line_no"].to_numpy()),
        amount_cents=rows.amount_cents,
        account_no=accounts.iloc[order].fillna(UNMAPPED).array,
        side=take_text(["expense", "contra", "balance"], side_codes),
        **{
            name: take_text([center[name] or None for center in centers], rows.center)
            for name in ("department_id", "location_id", "project_id", "class_id", "custom_dimensions")
        },
        entity_id=take_text(entities, rows.center).fillna(policy.employing_entity_id),
        rule_id=rule_ids.iloc[order].array,
        memo=_memos(lines).take(rows.line).array,
        is_void=is_void[rows.line],
    )


def _ordinals(check: Int64Array, line_no: Int64Array) -> Int64Array:
    """1, 2, 3, … for the pieces of each line, which stand together; one that was split by percentages counts as one."""
    places = np.arange(len(check))
    begins = np.ones(len(check), dtype=bool)
    begins[1:] = (check[1:] != check[:-1]) | (line_no[1:] != line_no[:-1])
    first: Int64Array = np.maximum.accumulate(np.where(begins, places, 0))
    return places - first + 1


def _memos(lines: pd.DataFrame) -> pd.Series:
    """The line's name. A deduction and an employer's benefit show none, for it may name a plan, its level or a case."""
    codes, names = pd.factorize(lines["name"])
    kinds = lines["kind"]
    for kind, text in QUIET_MEMOS.items():
        codes = np.where((kinds == kind).to_numpy(), len(names), codes)
        names = names.append(pd.Index([text], dtype="str"))
    return take_text(names.tolist(), codes)


def _sorted_centers(lines: pd.DataFrame) -> tuple[Int64Array, list[dict[str, str]]]:
    """Cost center codes in the order of their ids, so that a split's ties do not hang on the order of the lines."""
    codes, centers = unique_keys(lines, CENTER_FIELDS)
    order = sorted(range(len(centers)), key=lambda place: tuple(centers[place].values()))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], [centers[place] for place in order]


def _is_cost(lines: pd.DataFrame) -> BoolArray:
    """Lines that put a cost on a cost center: wages, the employer's, and what a rule's burden mode says is a cost."""
    kinds = lines["kind"]
    mapped_memo = kinds.isin(OPTIONAL_KINDS) & lines["rule_id"].notna()
    one_sided_cost = ~kinds.isin(TWO_SIDED_KINDS) & lines["burden"].fillna("").ne("")
    is_cost: BoolArray = (kinds.isin([LineKind.WAGE, *EMPLOYER_KINDS]) | mapped_memo | one_sided_cost).to_numpy()
    return is_cost


def _cost_rows(
    lines: pd.DataFrame, is_cost: BoolArray, checks: "_Checks", center_codes: Int64Array, center_count: int
) -> _Rows:
    """Wages stay where they are, so does what names its own cost center; the rest spreads over the check's wages."""
    amounts = lines["amount_cents"].to_numpy()
    signed = np.where((lines["kind"] == LineKind.EMPLOYEE_DEDUCTION).to_numpy(), -amounts, amounts)
    is_wage = (lines["kind"] == LineKind.WAGE).to_numpy()
    follows = is_cost & ~is_wage & ~_names_its_place(lines)
    parts = []
    stays = is_cost.copy()
    spreads_by = lines["burden"].mask(lines["burden"].str.startswith(STANDARD, na=False), "wages")
    for mode, column in _SPREADING.items():
        rows = np.flatnonzero(follows & (spreads_by == mode).to_numpy())
        if not len(rows):
            continue
        weights = np.where(checks.is_void[is_wage], -1, 1) * lines[column].to_numpy()[is_wage]
        buckets = _Buckets.of(checks.code[is_wage], center_codes[is_wage], weights, center_count)
        rows = rows[np.isin(checks.code[rows], buckets.check)]
        stays[rows] = False
        parts.append(_spread(rows, signed, checks.code, buckets))
    kept = np.flatnonzero(stays)
    parts.append(_Rows(kept, signed[kept], center_codes[kept]))
    return _joined(*parts)


class _Buckets(NamedTuple):
    """A check's wages (or hours) by cost center, sorted by check and center; only those above zero carry weight."""

    check: Int64Array
    center: Int64Array
    weight: Int64Array

    @classmethod
    def of(cls, checks: Int64Array, centers: Int64Array, values: Int64Array, center_count: int) -> "_Buckets":
        """Add the values up by check and center."""
        keys = checks * center_count + centers
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
        if not len(starts):
            return cls(checks[:0], centers[:0], values[:0])
        totals = np.add.reduceat(values[order], starts)
        places = order[starts][totals > 0]
        return cls(checks[places], centers[places], totals[totals > 0])


def _spread(rows: Int64Array, amounts: Int64Array, check_codes: Int64Array, buckets: _Buckets) -> _Rows:
    """Split the amounts of `rows`, whose checks all have buckets, by their weights."""
    first = np.searchsorted(buckets.check, check_codes[rows], side="left")
    count = np.searchsorted(buckets.check, check_codes[rows], side="right") - first
    group = np.repeat(np.arange(len(rows)), count)
    place = np.arange(len(group)) - np.repeat(np.cumsum(count) - count, count)
    bucket = first[group] + place
    parts = split_groups(amounts[rows], group, buckets.weight[bucket])
    shown = (parts != 0) | ((amounts[rows][group] == 0) & (place == 0))
    return _Rows(rows[group][shown], parts[shown], buckets.center[bucket][shown])


def _joined(*rows: _Rows) -> _Rows:
    return _Rows(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))


def _contra_rows(lines: pd.DataFrame, cost: _Rows) -> _Rows:
    """The second side of imputed pay that a rule posts: cent by cent where the first stands, netting to zero."""
    imputed = (lines["kind"] == LineKind.IMPUTED).to_numpy()[cost.line]
    return _Rows(cost.line[imputed], -cost.amount_cents[imputed], cost.center[imputed])


def _balance_rows(lines: pd.DataFrame, is_cost: BoolArray) -> _Rows:
    """The whole amounts: what is owed (credits), and reimbursements and advances that settle a balance (debits)."""
    kinds = lines["kind"]
    two_sided = kinds.isin(TWO_SIDED_KINDS).to_numpy()
    elsewhere = kinds.isin(["", LineKind.IMPUTED]).to_numpy()
    # A line with a second side has a whole one only beside its cost, a line with one side only when it is no cost.
    rows = np.flatnonzero(~elsewhere & (two_sided == is_cost))
    amounts = lines["amount_cents"].to_numpy()[rows]
    on_debit = kinds.isin(DEBIT_KINDS).to_numpy()[rows]
    return _Rows(rows, np.where(on_debit, amounts, -amounts), np.full(len(rows), -1, dtype=np.int64))


def _cost_accounts(
    lines: pd.DataFrame, placed: _Rows, cost_count: int, centers: list[dict[str, str]], policy: DistributionPolicy
) -> tuple[pd.Series, pd.Series]:
    """Account and rule of each piece with a cost center, by that center: a project's share may have another account.

    The first `cost_count` of `placed` are costs, the others contras, which have the credit account.
    """
    subject_codes, subjects = unique_keys(lines, ["kind", "code", "worker_type"])
    codes, pairs = pd.factorize(subject_codes[placed.line] * len(centers) + placed.center)
    found = [
        policy.table.find(subject["kind"], subject | center, policy.on)
        for subject, center in ((subjects[pair // len(centers)], centers[pair % len(centers)]) for pair in pairs)
    ]
    accounts = [
        (rule.credit_account if rule.kind == LineKind.EMPLOYEE_DEDUCTION else rule.debit_account) if rule else None
        for rule in found
    ]
    accounts += [rule.credit_account if rule else None for rule in found]
    is_contra = np.arange(len(codes)) >= cost_count
    account_no = take_text(accounts, codes + is_contra * len(found))
    return account_no, take_text([rule.rule_id if rule else None for rule in found], codes)


def _net_pieces(checks: pd.DataFrame, policy: DistributionPolicy) -> pd.DataFrame:
    """One credit a check: what the worker is paid."""
    rule = policy.table.find(LineKind.NET_PAY, {"entity_id": policy.employing_entity_id}, policy.on)
    return checks[["pay_run_id", "check_id", "is_void"]].assign(
        line_no=0,
        kind=str(LineKind.NET_PAY),
        code="",
        piece_no=1,
        amount_cents=-checks["net_cents"],
        account_no=rule.credit_account if rule else UNMAPPED,
        side="balance",
        entity_id=policy.employing_entity_id,
        rule_id=rule.rule_id if rule else None,
        memo="Net pay",
    )
