"""Burden at a standard rate: a project bears its wages times a rate, and a pool account the difference to the actual.

For firms that bill burdened hours. The actual amount follows the wages as always; what of it belongs to projects goes
to the pool account of their departments, and each project is charged its cash wages times the rate, against the same
pool account. So the register is booked to the cent, and the pool account holds the variance: actual less standard.
Cost without a project stays as it is.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from connector_assets.accounting.allocation import CENTER_FIELDS
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.frames import sums_by, take_text, unique_keys
from connector_assets.accounting.mapping import StandardRate, standard_rate
from connector_assets.accounting.money import Int64Array, require_summable, text_from_cents
from connector_assets.accounting.pieces import UNMAPPED
from connector_assets.accounting.register import LineKind

if TYPE_CHECKING:
    from connector_assets.accounting.distribution import DistributionPolicy

WHOLE_E6 = 1_000_000
ACTUAL, STANDARD, OFFSET = "Burden of projects, actual", "Burden at standard rate", "Burden charged to projects"
_OF_A_PROJECT = ("project_id", "class_id", "custom_dimensions")


def with_standard_rates(
    pieces: pd.DataFrame, lines: pd.DataFrame, policy: "DistributionPolicy"
) -> tuple[pd.DataFrame, list[Finding]]:
    """The pieces of `lines` as their rules' standard rates want them, and finding X12 on the variance of each code.

    `lines` are PAY_LINES after `MappingTable.apply`, distributed by wages. Raises AccountingError when the amounts are
    too large to be added exactly.
    """
    modes = {str(mode): standard_rate(str(mode)) for mode in lines["burden"].dropna().unique()}
    rates = {mode: rate for mode, rate in modes.items() if rate}
    if not rates:
        return pieces, []
    own = lines[lines["burden"].isin(list(rates))]
    heads = own.drop_duplicates(["check_id", "kind", "code"])
    pooled, actual = _actual_to_pool(pieces, own, rates)
    charged = _charges(heads, _project_wages(lines), rates, policy)
    pool_sides = charged.assign(
        amount_cents=-charged["amount_cents"],
        account_no=take_text([rates[mode].pool_account for mode in charged["burden"]], np.arange(len(charged))),
        memo=OFFSET,
        **dict.fromkeys(_OF_A_PROJECT),
    )
    both = pd.concat([charged, pool_sides], ignore_index=True)
    both["piece_no"] = both.groupby(["check_id", "line_no"]).cumcount() + 1 + int(pieces["piece_no"].max())
    both["is_void"] = both["check_id"].isin(pieces.loc[pieces["is_void"], "check_id"].unique())
    require_summable(both["amount_cents"].to_numpy(), "Standard burden")
    own_columns = [name for name in both if name in {*pieces.columns, *_OF_A_PROJECT}]
    return pd.concat([pooled, both[own_columns]], ignore_index=True), _variances(actual, charged)


def _actual_to_pool(
    pieces: pd.DataFrame, own: pd.DataFrame, rates: Mapping[str, StandardRate]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pieces with the projects' actual burden on the pool account; and that burden by itself."""
    modes = own[["check_id", "line_no", "burden"]].drop_duplicates(["check_id", "line_no"])
    burden = pieces[["check_id", "line_no"]].merge(modes, "left", ["check_id", "line_no"])["burden"]
    moved = ((pieces["side"] == "expense") & pieces["project_id"].notna()).to_numpy() & burden.notna().to_numpy()
    accounts = burden.map({mode: rate.pool_account for mode, rate in rates.items()}).astype("str")
    pooled = pieces.assign(
        account_no=pieces["account_no"].where(~moved, accounts.to_numpy()),
        memo=pieces["memo"].mask(moved, ACTUAL),
        **{name: pieces[name].mask(moved) for name in _OF_A_PROJECT},
    )
    return pooled, pieces[moved]


def _project_wages(lines: pd.DataFrame) -> pd.DataFrame:
    """The cash wages of each check on each of its projects, with the project's cost center; a void's are negative."""
    wages = lines[(lines["kind"] == LineKind.WAGE) & lines["project_id"].notna()]
    codes, keys = unique_keys(wages, ("check_id", *CENTER_FIELDS))
    return pd.DataFrame(keys, columns=["check_id", *CENTER_FIELDS]).assign(
        wage_cents=sums_by(codes, wages["amount_cents"].to_numpy(), len(keys))
    )


def _charges(
    heads: pd.DataFrame, wages: pd.DataFrame, rates: Mapping[str, StandardRate], policy: "DistributionPolicy"
) -> pd.DataFrame:
    """What each project is charged, on the account that its burden has, for each code of each check."""
    keep = ["pay_run_id", "check_id", "line_no", "kind", "code", "worker_type", "burden"]
    table = heads[keep].astype({"kind": "str"}).merge(wages, "inner", "check_id")
    rate_e6 = np.array([rates[mode].rate_e6 for mode in table["burden"]], dtype=np.int64)
    table = table.assign(amount_cents=_times(table["wage_cents"].to_numpy(), rate_e6))
    table = table[table["amount_cents"] != 0].reset_index(drop=True)
    codes, keys = unique_keys(table, ("kind", "code", "worker_type", *CENTER_FIELDS))
    rules = [policy.table.find(key["kind"], key, policy.on) for key in keys]
    return table.assign(
        account_no=take_text([rule.debit_account if rule else UNMAPPED for rule in rules], codes),
        rule_id=take_text([rule.rule_id if rule else None for rule in rules], codes),
        entity_id=table["entity_id"].mask(table["entity_id"] == "", policy.employing_entity_id),
        side="expense",
        memo=STANDARD,
        **{name: table[name].mask(table[name] == "") for name in ("department_id", "location_id", *_OF_A_PROJECT)},
    )


def _times(cents: Int64Array, rate_e6: Int64Array) -> Int64Array:
    """Cents times a rate, half a cent away from zero; whole millions apart, so that no product leaves int64."""
    millions, rest = np.divmod(np.abs(cents), WHOLE_E6)
    product = millions * rate_e6 + (2 * rest * rate_e6 + WHOLE_E6) // (2 * WHOLE_E6)
    return np.where(cents < 0, -product, product)


def _variances(actual: pd.DataFrame, charged: pd.DataFrame) -> list[Finding]:
    """X12 for each code: what its projects cost, what they were charged, and what stays on the pool account."""
    sums = [frame.groupby(["kind", "code"])["amount_cents"].sum() for frame in (actual, charged)]
    codes = sums[0].index.union(sums[1].index)
    costs, standards = (side.reindex(codes, fill_value=0) for side in sums)
    return [
        finding(
            "X12",
            str(code),
            f"{kind} {code} of projects was {text_from_cents(int(cost))}; {text_from_cents(int(standard))} were "
            f"charged at the standard rate: {text_from_cents(int(cost - standard))} stay on the pool account.",
            "Nothing, within a year's seasons; if it grows in one direction, set another rate from a day on.",
        )
        for (kind, code), cost, standard in zip(codes, costs, standards, strict=True)
    ]
