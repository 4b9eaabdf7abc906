"""Control totals: what a pay run adds up to, by the register and, apart from it, by the journal's trace."""

from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from connector_assets.accounting.frames import sums_by
from connector_assets.accounting.money import require_summable
from connector_assets.accounting.pieces import line_keys
from connector_assets.accounting.register import LineKind


@dataclass(frozen=True)
class ControlTotals:
    """The totals of a pay run. Amounts in cents, hours in ten-thousandths; advances count with reimbursements."""

    checks: int
    workers: int
    hours_e4: int
    gross_cents: int
    reimbursement_cents: int
    employee_tax_cents: int
    employer_tax_cents: int
    deduction_cents: int
    employer_benefit_cents: int
    net_cents: int

    def as_dict(self) -> dict[str, int]:
        """The totals by name, for metadata and the audit trail."""
        return asdict(self)

    def differences(self, other: "ControlTotals") -> dict[str, tuple[int, int]]:
        """The totals that differ, each as (mine, the other's)."""
        mine, theirs = self.as_dict(), other.as_dict()
        return {field.name: (mine[field.name], theirs[field.name]) for field in fields(self) if
                mine[field.name] != theirs[field.name]}  # fmt: skip


def control_totals(checks: pd.DataFrame, lines: pd.DataFrame) -> ControlTotals:
    """The totals of the register: PAY_CHECKS and classified PAY_LINES. Hours are those of wages.

    Raises AccountingError when the amounts are too large to be added exactly.
    """
    require_summable(lines["amount_cents"].to_numpy(), "Pay lines")
    require_summable(checks["net_cents"].to_numpy(), "Pay checks")
    by_kind = lines.groupby("kind")["amount_cents"].sum()
    return ControlTotals(
        checks=len(checks),
        workers=checks["worker_id"].nunique(),
        hours_e4=int(lines.loc[lines["kind"] == LineKind.WAGE, "hours_e4"].sum()),
        gross_cents=_sum(by_kind, LineKind.WAGE),
        reimbursement_cents=_sum(by_kind, LineKind.REIMBURSEMENT, LineKind.ADVANCE),
        employee_tax_cents=_sum(by_kind, LineKind.EMPLOYEE_TAX),
        employer_tax_cents=_sum(by_kind, LineKind.EMPLOYER_TAX),
        deduction_cents=_sum(by_kind, LineKind.EMPLOYEE_DEDUCTION),
        employer_benefit_cents=_sum(by_kind, LineKind.EMPLOYER_BENEFIT),
        net_cents=int(checks["net_cents"].sum()),
    )


def journal_totals(trace: pd.DataFrame, checks: pd.DataFrame, lines: pd.DataFrame) -> ControlTotals:
    """The same totals from JOURNAL_TRACE: every amount, check and line counted is one that a journal carries.

    `checks` and `lines` only tell whose check it is and how many hours a line stands for.
    """
    codes, kinds = pd.factorize(trace["kind"])
    amounts, on_expense = trace["amount_cents"].to_numpy(), (trace["side"] == "expense").to_numpy()
    signed = pd.Series(sums_by(codes, amounts, len(kinds)), index=kinds)
    debits = pd.Series(sums_by(codes[on_expense], amounts[on_expense], len(kinds)), index=kinds)
    check_ids = trace["check_id"].unique()
    journaled = checks["check_id"].isin(check_ids)
    wage_pieces = trace[["check_id", "line_no"]].take(np.flatnonzero((kinds == LineKind.WAGE)[codes]))
    keys, wage_keys = line_keys(lines, wage_pieces)
    return ControlTotals(
        checks=len(check_ids),
        workers=checks.loc[journaled, "worker_id"].nunique(),
        hours_e4=int(lines["hours_e4"].to_numpy()[np.isin(keys, wage_keys)].sum()),
        gross_cents=_sum(signed, LineKind.WAGE),
        reimbursement_cents=_sum(signed, LineKind.REIMBURSEMENT, LineKind.ADVANCE),
        employee_tax_cents=-_sum(signed, LineKind.EMPLOYEE_TAX),
        employer_tax_cents=_sum(debits, LineKind.EMPLOYER_TAX),
        deduction_cents=-_sum(signed, LineKind.EMPLOYEE_DEDUCTION),
        employer_benefit_cents=_sum(debits, LineKind.EMPLOYER_BENEFIT),
        net_cents=-_sum(signed, LineKind.NET_PAY),
    )


def _sum(by_kind: pd.Series, *kinds: LineKind) -> int:
    return sum(int(by_kind.get(str(kind), 0)) for kind in kinds)
