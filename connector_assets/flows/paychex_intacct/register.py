"""Paychex's processed checks as the vendor-neutral payroll register."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice

import pandas as pd

from connector_assets.accounting.register import PAY_CHECKS, PAY_LINES, PayRun
from connector_assets.vendors.paychex.models import CheckLine, Company, PayPeriod, ProcessedCheck

PROCESSED = ("COMPLETED", "COMPLETED_BY_MEC", "RELEASED", "REISSUED", "REVERSED")
"""The statuses with readable processed checks; what the last three mean is unconfirmed, each is posted once."""

EFFECTS = {
    "ADDITION": "addition",
    "REDUCTION": "reduction",
    "ADDITION_WITH_IN_OUT": "in_out",
    "EMPLOYER_INFORMATIONAL": "informational",
    "INFORMATIONAL": "informational",
}
PAYERS = {"EMPLOYEE_WITHHOLDING": "employee", "EMPLOYER_LIABILITY": "employer"}
CHECKS_AT_ONCE = 2000
SECTIONS = (("earning", "earnings"), ("deduction", "deductions"), ("informational", "informational"), ("tax", "taxes"))


def pay_run_of(company: Company, period: PayPeriod) -> PayRun:
    """A processed pay period as a pay run."""
    return PayRun(
        pay_run_id=period.pay_period_id,
        company_id=company.company_id,
        company_label=company.display_id,
        period_start=period.start_date,
        period_end=period.end_date,
        check_date=period.check_date,
        description=period.description,
        interval=period.interval_code.lower().replace("_", ""),
        expected_checks=period.check_count,
        original_pay_run_id=period.original_pay_period_id,
        status=period.status,
    )


def register_of(
    run: PayRun, checks: Iterable[ProcessedCheck], job_ids: dict[str, str], *, currency: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames PAY_CHECKS and PAY_LINES of a pay run; the checks are taken as they come, and not all held at once.

    `job_ids` finds a job by its name where a line has only that. Dates are the pay period's: a check's may be shifted.
    """
    source = iter(checks)
    parts = [_part(run, [], job_ids, currency)]
    while chunk := list(islice(source, CHECKS_AT_ONCE)):
        parts.append(_part(run, chunk, job_ids, currency))
    heads, lines = ([part[side] for part in parts] for side in (0, 1))
    return pd.concat(heads, ignore_index=True), pd.concat(lines, ignore_index=True)


def _part(
    run: PayRun, checks: Sequence[ProcessedCheck], job_ids: dict[str, str], currency: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    heads = [_head(run, check, currency) for check in checks]
    lines = [row for check in checks for row in _rows(run, check, job_ids)]
    check_columns = [name for name in PAY_CHECKS.names if name != "original_check_id"]
    return (
        PAY_CHECKS.conform(pd.DataFrame(heads, columns=check_columns)),
        PAY_LINES.conform(pd.DataFrame(lines, columns=PAY_LINES.names)),
    )


def _head(run: PayRun, check: ProcessedCheck, currency: str) -> tuple[object, ...]:
    identity = (run.pay_run_id, check.paycheck_id, check.worker_id, check.check_number, run.check_date)
    amounts = [line.amount_cents for line in _lines(check)]
    return (*identity, check.check_type, check.net_cents, currency, _takes_back(check.net_cents, amounts))


def _lines(check: ProcessedCheck) -> Iterable[CheckLine]:
    return (line for _, attribute in SECTIONS for line in getattr(check, attribute))


def _rows(run: PayRun, check: ProcessedCheck, job_ids: dict[str, str]) -> Iterable[tuple[object, ...]]:
    number = 0
    for section, attribute in SECTIONS:
        for line in getattr(check, attribute):
            number += 1
            yield (
                *(run.pay_run_id, check.paycheck_id, check.worker_id, number, section),
                *(line.component_id or line.name, line.name, line.classification_type.lower()),
                *(EFFECTS.get(line.effect_on_pay.upper(), line.effect_on_pay.lower()), PAYERS.get(line.paid_by, "")),
                *(line.amount_cents, line.hours_e4 or 0, line.organization_id, None),
                *(line.job_id or job_ids.get(line.job_name or ""), line.labor_assignment_id, line.line_date),
            )


def _takes_back(net_cents: int, amounts_cents: Iterable[int]) -> bool:
    """A check whose every amount is negative takes back an earlier one; Paychex marks it in no other confirmed way."""
    return net_cents < 0 and all(amount <= 0 for amount in amounts_cents)


def turned_round(checks: pd.DataFrame, lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A register with every sign turned: a reversal whose amounts Paychex sends positive."""
    turned = lines.assign(amount_cents=-lines["amount_cents"], hours_e4=-lines["hours_e4"])
    highest = turned.groupby("check_id")["amount_cents"].max().reindex(checks["check_id"], fill_value=0).to_numpy()
    net_cents = -checks["net_cents"]
    return checks.assign(net_cents=net_cents, is_void=(net_cents < 0) & (highest <= 0)), turned


def register_digest(checks: pd.DataFrame, lines: pd.DataFrame) -> str:
    """SHA-256 (hex) of a register's content, independent of the order in which the source sends it."""
    digest = hashlib.sha256()
    for frame, keys in ((checks, ["check_id"]), (lines, ["check_id", "line_no"])):
        ordered = frame.sort_values(keys, kind="stable", ignore_index=True)
        digest.update(ordered.to_csv(index=False).encode("utf-8"))
    return digest.hexdigest()


def unique_job_ids(jobs: pd.DataFrame) -> dict[str, str]:
    """Job id by job name, for the lines that carry a name only; names that two jobs share are left out."""
    single = jobs[~jobs["name"].duplicated(keep=False)]
    return dict(zip(single["name"], single["job_id"], strict=True))


def pair_voids(
    checks: pd.DataFrame, lines: pd.DataFrame, earlier: pd.DataFrame, earlier_lines: pd.DataFrame
) -> pd.DataFrame:
    """Name each void's original: the latest earlier check of the same worker whose every component is the negative.

    `earlier` and `earlier_lines` are the registers of the trailing window; each original is taken back once at most.
    """
    if not checks["is_void"].any():
        return checks
    taken = set(earlier.loc[earlier["original_check_id"].notna(), "original_check_id"])
    candidates = earlier[~earlier["is_void"] & ~earlier["check_id"].isin(taken)]
    wanted, known = _signatures(lines, -1), _signatures(earlier_lines, 1)
    by_content: dict[tuple[str, str], list[str]] = {}
    for check_id, worker_id in candidates[["check_id", "worker_id"]].itertuples(index=False):
        by_content.setdefault((worker_id, known.get(check_id, "")), []).append(check_id)
    originals: list[str | None] = []
    for check in checks.itertuples(index=False):
        matches = (
            by_content.get((str(check.worker_id), wanted.get(str(check.check_id), "-")), []) if check.is_void else []
        )
        originals.append(matches.pop() if matches else None)
    paired = checks.copy()
    paired["original_check_id"] = pd.Series(originals, dtype="str", index=checks.index)
    return PAY_CHECKS.conform(paired)


def _signatures(lines: pd.DataFrame, sign: int) -> dict[str, str]:
    """Each check's components as one text: code, payer and total amount, in order of code."""
    sums = lines.groupby(["check_id", "section", "code", "paid_by"], sort=True)["amount_cents"].sum().reset_index()
    text = (
        sums["section"] + ":" + sums["code"] + ":" + sums["paid_by"] + ":" + (sign * sums["amount_cents"]).astype(str)
    )
    return {str(key): "|".join(group) for key, group in text.groupby(sums["check_id"])}
