"""Pieces: the smallest parts of a journal, one for each check x line x cost center; journals are added up from them."""

import numpy as np
import pandas as pd

from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.accounting.money import Int64Array
from connector_assets.accounting.register import TWO_SIDED_KINDS, WITHHOLDING_KINDS, LineKind

UNMAPPED = "UNMAPPED"

PIECES = FrameSchema(
    "PIECES",
    (
        Column("pay_run_id", "string", "id of the pay run"),
        Column("check_id", "string", "id of the check"),
        Column("line_no", "int64", "line of the check that it comes from; 0 for net pay"),
        Column("kind", "string", "kind of the line"),
        Column("code", "string", "code of the line; empty for net pay"),
        Column("piece_no", "int64", "ordinal inside the line, from 1"),
        Column("amount_cents", "int64", "amount in cents: debit positive, credit negative"),
        Column("account_no", "string", "account of the ledger, or UNMAPPED"),
        Column("side", "string", "expense or contra (carry a cost center), or balance (carries none)"),
        Column("department_id", "string", "department of the cost center", nullable=True),
        Column("location_id", "string", "location of the cost center", nullable=True),
        Column("project_id", "string", "project of the cost center", nullable=True),
        Column("entity_id", "string", "legal entity: the cost center's, or the employing one"),
        Column("rule_id", "string", "mapping rule that chose the account", nullable=True),
        Column("memo", "string", "what the piece is, for the line's memo; names no person and no case"),
        Column("is_void", "bool", "whether it belongs to a void"),
        Column("employee_id", "string", "worker's number in the ledger, where lines show workers", nullable=True),
        Column("draw", "string", "draw on the bank that settles it, where lines show draws", nullable=True),
        Column("class_id", "string", "class of the cost center", nullable=True),
        Column("custom_dimensions", "string", "its values of the company's own dimensions: NAME=value", nullable=True),
    ),
)


def line_keys(*frames: pd.DataFrame) -> list[Int64Array]:
    """A number for each row of each frame, equal where check_id and line_no are: faster than comparing text."""
    coded = [pd.factorize(frame["check_id"]) for frame in frames]
    names = pd.factorize(np.concatenate([np.asarray(found, dtype=object) for _, found in coded]))[0].astype(np.int64)
    of_frame = np.split(names, np.cumsum([len(found) for _, found in coded])[:-1])
    numbers = [frame["line_no"].to_numpy() for frame in frames]
    count = max(int(line_no.max(initial=0)) for line_no in numbers) + 1
    return [found[codes] * count + line_no for (codes, _), found, line_no in zip(coded, of_frame, numbers, strict=True)]


def register_sides(pieces: pd.DataFrame) -> pd.DataFrame:
    """The pieces that add up to the register's lines, with the register's signs.

    The second side of an employer line or of imputed pay, and net pay are left out.
    """
    codes, kinds = pd.factorize(pieces["kind"])
    second_side = kinds.isin(TWO_SIDED_KINDS)[codes] & (pieces["side"] != "expense").to_numpy()
    rows = np.flatnonzero(~second_side & (pieces["line_no"] > 0).to_numpy())
    first = pieces[["check_id", "line_no", "kind", "code", "amount_cents"]].take(rows)
    withheld, amounts = kinds.isin(WITHHOLDING_KINDS)[codes[rows]], first["amount_cents"].to_numpy()
    return first.assign(amount_cents=np.where(withheld, -amounts, amounts))


def net_amounts(pieces: pd.DataFrame) -> pd.Series:
    """Net pay in cents by check_id, as the pieces have it."""
    net = pieces[pieces["kind"] == LineKind.NET_PAY]
    return -net.groupby("check_id")["amount_cents"].sum()
