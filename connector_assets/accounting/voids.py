"""Voids: a check that takes back an earlier one copies the stored split of the original, with the opposite sign."""

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.pieces import PIECES, net_amounts, register_sides
from connector_assets.accounting.register import OPTIONAL_KINDS

_COMPONENT = ["check_id", "kind", "code", "ordinal"]


def mirror_voids(
    lines: pd.DataFrame, checks: pd.DataFrame, original_pieces: pd.DataFrame | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """PIECES of those voids that are, line by line, the negative of an original among `original_pieces`.

    Accounts, cost centers and rules are the original's, even where the mapping has changed since. Finding S16 names
    each void that is not: an error where it differs from its original, a warning where the original is not at hand.
    """
    voids = checks.loc[checks["is_void"], ["pay_run_id", "check_id", "original_check_id", "net_cents"]]
    originals = PIECES.empty() if original_pieces is None else original_pieces
    known = voids["original_check_id"].isin(originals["check_id"])
    findings = [_original_missing(check_id) for check_id in voids.loc[~known, "check_id"]]
    voids = voids[known]
    if voids.empty:
        return PIECES.empty(), findings
    originals = originals.rename(columns={"check_id": "original_check_id"}).drop(columns="pay_run_id")
    pieces = voids[["pay_run_id", "check_id", "original_check_id"]].merge(originals, on="original_check_id")
    partners = _pair_lines(lines[lines["check_id"].isin(voids["check_id"])], pieces)
    problems = _net_problems(voids, pieces) | _line_problems(partners)
    original_ids = dict(zip(voids["check_id"], voids["original_check_id"], strict=True))
    findings += [_not_a_mirror(check_id, original_ids[check_id], why) for check_id, why in sorted(problems.items())]
    return _negated(pieces[~pieces["check_id"].isin(list(problems))], partners), findings


def mirrored_checks(
    checks: pd.DataFrame, original_pieces: pd.DataFrame | None, findings: Iterable[Finding]
) -> frozenset[str]:
    """The voids that `mirror_voids` could mirror, given its findings: their pieces are as the original was posted."""
    if original_pieces is None:
        return frozenset()
    known = checks["is_void"] & checks["original_check_id"].isin(original_pieces["check_id"])
    return frozenset(checks.loc[known, "check_id"]) - {found.subject for found in findings if found.code == "S16"}


def voids_of_earlier_years(checks: pd.DataFrame, check_dates: Mapping[str, date], year: int) -> list[str]:
    """The voids that take back a check paid before `year`, by check id; `check_dates` are those of earlier checks."""
    voids = checks.loc[checks["is_void"], ["check_id", "original_check_id"]].dropna()
    paid = [check_dates.get(original) for original in voids["original_check_id"]]
    return [check_id for check_id, day in zip(voids["check_id"], paid, strict=True) if day and day.year < year]


def _pair_lines(void_lines: pd.DataFrame, pieces: pd.DataFrame) -> pd.DataFrame:
    """Void lines beside the original's: the first line of a component with the first, the second with the second, …"""
    keys = ["check_id", "line_no", "kind", "code"]
    original = register_sides(pieces)  # the pieces already bear the void's check id
    sums = [
        side.groupby(keys, as_index=False, sort=False).agg({"amount_cents": "sum"}) for side in (void_lines, original)
    ]
    return _numbered(sums[0]).merge(_numbered(sums[1]), "outer", _COMPONENT, suffixes=("", "_original"))


def _numbered(lines: pd.DataFrame) -> pd.DataFrame:
    lines = lines.sort_values(["check_id", "line_no"])
    ordinal = lines.groupby(["check_id", "kind", "code"]).cumcount()
    # A line without a partner must not turn the amounts into floats.
    return lines.assign(ordinal=ordinal).astype({"amount_cents": "Int64", "line_no": "Int64"})


def _line_problems(partners: pd.DataFrame) -> dict[str, str]:
    """By void, what keeps its lines from being the mirror of the original's."""
    unposted = partners["line_no_original"].isna() & partners["kind"].isin(OPTIONAL_KINDS)
    mirrors = (partners["amount_cents"] == -partners["amount_cents_original"]).fillna(False)
    wrong = partners[~unposted & ~mirrors].drop_duplicates("check_id")
    return {
        check_id: f"its {kind} {code} is not the negative of the original's"
        for check_id, kind, code in zip(wrong["check_id"], wrong["kind"], wrong["code"], strict=True)
    }


def _net_problems(voids: pd.DataFrame, pieces: pd.DataFrame) -> dict[str, str]:
    net_original = net_amounts(pieces).reindex(voids["check_id"], fill_value=0).to_numpy()
    return {
        check_id: f"its net pay is {text_from_cents(net)}, the original's {text_from_cents(original)}"
        for check_id, net, original in zip(voids["check_id"], voids["net_cents"], net_original, strict=True)
        if net != -original
    }


def _negated(pieces: pd.DataFrame, partners: pd.DataFrame) -> pd.DataFrame:
    """The original's pieces, which bear the void's ids already, with the void's line numbers and the opposite sign."""
    line_nos = partners.loc[partners["line_no_original"].notna() & partners["line_no"].notna()]
    line_nos = line_nos[["check_id", "line_no_original", "line_no"]]
    merged = pieces.rename(columns={"line_no": "line_no_original"}).merge(
        line_nos, "left", ["check_id", "line_no_original"]
    )
    return PIECES.conform(
        merged.assign(
            line_no=merged["line_no"].fillna(0).astype("int64"),  # net pay is on line 0 in both
            amount_cents=-merged["amount_cents"],
            is_void=True,
        )[PIECES.names]
    )


def _original_missing(check_id: str) -> Finding:
    return finding(
        "S16",
        check_id,
        f"The stored split of the check that {check_id} takes back is not at hand; its own cost centers are used.",
        "Materialize the journal of the original's pay run first, or compare the void with it by hand.",
        Severity.WARN,
    )


def _not_a_mirror(check_id: str, original_id: str, problem: str) -> Finding:
    return finding(
        "S16",
        check_id,
        f"The void {check_id} does not mirror check {original_id}: {problem}. Its own lines' cost centers are used.",
        "Compare both checks in the payroll; correct the payroll, or accept the void as it is.",
    )
