"""The checks before posting: functions from frames to findings, which never raise on what the data holds.

S checks look at the register, X checks at what distribution made of it, P checks at the ledger's state, A checks at
what the ledger says afterwards. Each finding names an id, why, and what to do; of a kind that repeats, the first are
shown and the rest counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from connector_assets.accounting.calendar import FiscalPeriod, fiscal_period
from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.frames import places_of, sums_by
from connector_assets.accounting.journal import Journal, custom_pairs
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.owners import check_owners
from connector_assets.accounting.pieces import UNMAPPED, line_keys, net_amounts, register_sides
from connector_assets.accounting.register import (
    ADDITION_KINDS,
    FINAL_STATUSES,
    OPTIONAL_KINDS,
    WITHHOLDING_KINDS,
    LineKind,
    PayRun,
)
from connector_assets.accounting.totals import ControlTotals

FINDINGS_MAX = 50
HOURS_TIMES_RATE = 10**6  # ten-thousandths x ten-thousandths of a dollar, in cents
_MARK_VOID = "If it is a void, have the payroll mark it; else correct the check."
REQUIRABLE = ("department_id", "location_id", "project_id", "class_id", "employee_id")


@dataclass(frozen=True)
class FicaPair:
    """The two halves of a tax, by code; `additional` where the worker's alone may be higher."""

    employee_code: str
    employer_code: str
    additional: bool


# Paychex's names. The Additional Medicare Tax (0.9 on top of 1.45 percent) is the worker's alone.
FICA_PAIRS = (
    FicaPair("Employee Social Security Tax", "Employer Social Security Tax", additional=False),
    FicaPair("Employee Medicare Tax", "Employer Medicare Tax", additional=True),
)


@dataclass(frozen=True)
class Account:
    """An account of the ledger. `required` holds the JOURNAL_LINES columns that a line on it must fill."""

    is_balance_sheet: bool
    is_active: bool = True
    required: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LedgerSnapshot:
    """The ledger's accounts, and by JOURNAL_LINES column (department_id, …) its values with whether each is active.

    A dimension that the company defined for itself stands under its own name, see `Journal.custom_dimensions`.
    `owners` has, by column, the values that one entity alone may use, with that entity.
    """

    accounts: Mapping[str, Account]
    values: Mapping[str, Mapping[str, bool]]
    owners: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _each(rows: pd.DataFrame, make: Callable[[Mapping[str, object]], Finding]) -> list[Finding]:
    """A finding for each row, the first ones in full, the others as a count."""
    records = [{str(name): value for name, value in row.items()} for row in rows.head(FINDINGS_MAX).to_dict("records")]
    found = [make(row) for row in records]
    if (more := len(rows) - len(found)) > 0:
        last = found[-1]
        found.append(Finding(last.code, last.severity, f"{more} more", f"{more} more like the last one.", last.fix))
    return found


def _money(cents: object) -> str:
    return text_from_cents(int(str(cents)))


# --- S: the register -------------------------------------------------------------------------------------------------


def check_processed(pay_run: PayRun) -> list[Finding]:
    """S05: the pay run must be processed."""
    if pay_run.status.lower() in FINAL_STATUSES:
        return []
    why = f"Pay run {pay_run.pay_run_id} has the status {pay_run.status}."
    return [finding("S05", pay_run.pay_run_id, why, "Wait until the payroll is processed, then materialize it again.")]


def check_complete(pay_run: PayRun, checks: pd.DataFrame) -> list[Finding]:
    """S02: as many checks as the source says there are; whether it counts voids is unconfirmed, and either is right.

    Neither reading can hide a lost check: the source never states fewer checks than it holds ordinary ones.
    """
    if pay_run.expected_checks in (len(checks), int((~checks["is_void"]).sum())):
        return []
    why = f"The source states {pay_run.expected_checks} checks and delivered {len(checks)}."
    return [finding("S02", pay_run.pay_run_id, why, "Materialize the register again; if it stays, ask the payroll.")]


def check_net_pay(checks: pd.DataFrame, lines: pd.DataFrame) -> list[Finding]:
    """S01: net = wages + reimbursements + advances - employee taxes - deductions, per check, to the cent.

    S12 instead where the difference is exactly the imputed earnings, which pay no cash. `lines` are classified.
    """
    kinds, amounts = lines["kind"], lines["amount_cents"].to_numpy()
    place = places_of(lines["check_id"], checks["check_id"])
    signs = kinds.isin(ADDITION_KINDS).to_numpy().astype(np.int64) - kinds.isin(WITHHOLDING_KINDS).to_numpy()
    imputed = np.where((kinds == LineKind.IMPUTED).to_numpy(), amounts, 0)
    table = checks[["check_id", "net_cents"]].assign(
        cash=sums_by(place, amounts * signs, len(checks)), imputed=sums_by(place, imputed, len(checks))
    )
    wrong = table[table["net_cents"] != table["cash"]]
    with_imputed = (wrong["net_cents"] == wrong["cash"] + wrong["imputed"]).to_numpy()
    orphans = lines.loc[place < 0, ["check_id"]].drop_duplicates()
    return [
        *_each(wrong[~with_imputed], _net_differs),
        *_each(wrong[with_imputed], _net_holds_imputed),
        *_each(orphans, _lines_without_check),
    ]


def _net_differs(row: Mapping[str, object]) -> Finding:
    return finding(
        "S01",
        str(row["check_id"]),
        f"Check {row['check_id']} pays {_money(row['net_cents'])}, its lines add up to {_money(row['cash'])}.",
        "Fetch the check again; if it stays, look for a line that the source leaves out or whose kind is wrong.",
    )


def _net_holds_imputed(row: Mapping[str, object]) -> Finding:
    return finding(
        "S12",
        str(row["check_id"]),
        f"Check {row['check_id']} pays {_money(row['net_cents'])}, which counts imputed earnings of "
        f"{_money(row['imputed'])} as cash.",
        "If that component is paid out, give it the kind wage in line_kinds; else correct the payroll.",
    )


def _lines_without_check(row: Mapping[str, object]) -> Finding:
    why = f"There are pay lines of check {row['check_id']}, but no such check."
    return finding("S01", str(row["check_id"]), why, "Materialize the register again.")


def check_duplicates(checks: pd.DataFrame) -> list[Finding]:
    """S08: the same worker is paid the same net twice in the pay run, voids left out."""
    paid = checks[~checks["is_void"] & (checks["net_cents"] != 0)]
    twice = paid[paid.duplicated(["worker_id", "net_cents"])]
    return _each(
        twice,
        lambda row: finding(
            "S08",
            str(row["check_id"]),
            f"Check {row['check_id']} pays worker {row['worker_id']} the same net as another check of this pay run.",
            "Ask the payroll whether one of them is a mistake.",
        ),
    )


def check_signs(checks: pd.DataFrame, lines: pd.DataFrame) -> list[Finding]:
    """S10 and S11 on checks that are no voids: a negative net and negative wages block, other negative lines warn.

    A negative wage line inside a check whose wages stay positive is a move between cost centers, and only warns.
    """
    place = places_of(lines["check_id"], checks["check_id"])
    is_void = np.append(checks["is_void"].to_numpy(), True)  # a line without its check is S01
    own = np.flatnonzero(~is_void[place])
    is_wage = (lines["kind"] == LineKind.WAGE).to_numpy()[own]
    amounts = lines["amount_cents"].to_numpy()[own]
    wages = checks[["check_id"]].assign(amount_cents=sums_by(place[own][is_wage], amounts[is_wage], len(checks)))
    below = lines[["code", "kind", "check_id"]].take(own[amounts < 0])
    negative = below.groupby(["code", "kind"], as_index=False, observed=True)["check_id"].nunique()
    return [
        *_each(checks[~checks["is_void"] & (checks["net_cents"] < 0)], _negative_net),
        *_each(wages[wages["amount_cents"] < 0], _negative_wages),
        *_each(pd.DataFrame(negative), _negative_lines),
    ]


def _negative_net(row: Mapping[str, object]) -> Finding:
    why = f"Check {row['check_id']} has a net pay of {_money(row['net_cents'])} and is no void."
    return finding(
        "S11", str(row["check_id"]), why, "If it is a void, have the payroll mark it; else correct the check."
    )


def _negative_wages(row: Mapping[str, object]) -> Finding:
    why = f"The wages of check {row['check_id']} add up to {_money(row['amount_cents'])}, and it is no void."
    return finding("S10", str(row["check_id"]), why, _MARK_VOID, Severity.BLOCK)


def _negative_lines(row: Mapping[str, object]) -> Finding:
    why = f"{row['kind']} {row['code']} is negative on {row['check_id']} checks that are no voids."
    return finding("S10", str(row["code"]), why, "Make sure that these are refunds or moves; they post as they are.")


def check_fica(lines: pd.DataFrame, pairs: Iterable[FicaPair] = FICA_PAIRS) -> list[Finding]:
    """S13: both halves of Social Security and Medicare within a cent on each check, the additional tax allowed for.

    Neither half is ever derived from the other: this only looks.
    """
    found: list[Finding] = []
    for pair in pairs:
        employee = _by_check(lines, LineKind.EMPLOYEE_TAX, pair.employee_code)
        employer = _by_check(lines, LineKind.EMPLOYER_TAX, pair.employer_code)
        check_ids = employee.index.union(employer.index)
        halves = pd.DataFrame({
            "employee": employee.reindex(check_ids, fill_value=0), "employer": employer.reindex(check_ids, fill_value=0)
        })  # fmt: skip
        excess = halves["employee"].abs() - halves["employer"].abs()
        allowed = halves["employer"].abs() * 90 // 145 if pair.additional else 0
        wrong = halves[(excess > allowed + 1) | (excess < -1)].assign(code=pair.employer_code)
        found += _each(wrong.reset_index(names="check_id"), _halves_differ)
    return found


def _by_check(lines: pd.DataFrame, kind: LineKind, code: str) -> pd.Series:
    rows = np.flatnonzero((lines["kind"] == kind).to_numpy())
    chosen = lines[["check_id", "code", "amount_cents"]].take(rows)
    return chosen[chosen["code"] == code].groupby("check_id")["amount_cents"].sum()


def _halves_differ(row: Mapping[str, object]) -> Finding:
    return finding(
        "S13",
        str(row["check_id"]),
        f"{row['code']} of check {row['check_id']} is {_money(row['employer'])}, the worker's half "
        f"{_money(row['employee'])}.",
        "Ask the payroll whether an adjustment explains it; both post as the register has them.",
    )


def check_hours_rate(lines: pd.DataFrame) -> list[Finding]:
    """S17: hours x rate is the amount within a cent; for lines that still have `rate_e4`, which the register drops."""
    paid = lines[(lines["hours_e4"] != 0) & lines["rate_e4"].notna() & lines["rate_e4"].ne(0)]
    exact = paid["hours_e4"] * paid["rate_e4"].astype("int64")
    wrong = paid[(exact - paid["amount_cents"] * HOURS_TIMES_RATE).abs() > HOURS_TIMES_RATE]
    return _each(
        wrong,
        lambda row: finding(
            "S17",
            str(row["check_id"]),
            f"Line {row['line_no']} ({row['code']}) of check {row['check_id']}: hours x rate is not the amount.",
            "Look at the check in the payroll; the amount posts as it is.",
        ),
    )


def check_register(pay_run: PayRun, checks: pd.DataFrame, lines: pd.DataFrame) -> list[Finding]:
    """Every S check that PAY_CHECKS and classified PAY_LINES allow."""
    return [
        *check_processed(pay_run),
        *check_complete(pay_run, checks),
        *check_net_pay(checks, lines),
        *check_duplicates(checks),
        *check_signs(checks, lines),
        *check_fica(lines),
    ]


# --- X: what distribution made of it ---------------------------------------------------------------------------------


def check_mapped(pieces: pd.DataFrame) -> list[Finding]:
    """X01: every piece has an account. One finding for each kind, code and side."""
    unmapped = pieces[pieces["account_no"] == UNMAPPED]
    codes = unmapped.groupby(["kind", "code", "side"], as_index=False).agg({"check_id": "nunique", "memo": "first"})
    return _each(codes, _no_rule)


def _no_rule(row: Mapping[str, object]) -> Finding:
    kind, code = str(row["kind"]), str(row["code"])
    label = "" if row["memo"] in ("", code) else f" ({row['memo']})"
    what = f"{kind} {code}{label}".rstrip()
    return finding(
        "X01",
        code or kind,
        f"No mapping rule gives {what} an account on the {row['side']} side; it is on {row['check_id']} checks.",
        f"Add a rule with kind {kind}{f' and code {code}' if code else ''} to the mapping and import it.",
    )


def check_split(checks: pd.DataFrame, lines: pd.DataFrame, pieces: pd.DataFrame) -> list[Finding]:
    """X02: the pieces of each line add up to it, each line has pieces, and net pay is each check's.

    `lines` are classified. Imputed and memo lines may have none.
    """
    made = register_sides(pieces)
    due_keys, made_keys = line_keys(lines, made)
    codes, found = pd.factorize(np.concatenate([due_keys, made_keys]))
    due, parts = codes[: len(lines)], codes[len(lines) :]
    sums = sums_by(parts, made["amount_cents"].to_numpy(), len(found))
    wanted = sums_by(due, lines["amount_cents"].to_numpy(), len(found))
    is_due, is_made = np.zeros(len(found), dtype=bool), np.zeros(len(found), dtype=bool)
    is_due[due], is_made[parts] = True, True
    missing = ~is_made[due] & ~lines["kind"].isin(OPTIONAL_KINDS).to_numpy()
    differing = (is_made & (sums != wanted))[due]
    invented = made[~is_due[parts]]
    net = net_amounts(pieces).reindex(checks["check_id"], fill_value=0)
    unpaid = checks[net.to_numpy() != checks["net_cents"].to_numpy()]
    return [
        *_each(lines[missing | differing], _not_split),
        *_each(invented, _not_split),
        *_each(unpaid.assign(line_no="net pay"), _not_split),
    ]


def _not_split(row: Mapping[str, object]) -> Finding:
    why = f"The parts of line {row['line_no']} of check {row['check_id']} do not add up to it."
    return finding("X02", str(row["check_id"]), why, "This is a defect of the connector: report it with this finding.")


def check_balance(pieces: pd.DataFrame) -> list[Finding]:
    """X04: debits are credits on every check."""
    totals = pieces.groupby("check_id", as_index=False).agg({"amount_cents": "sum"})
    return _each(
        totals[totals["amount_cents"] != 0],
        lambda row: finding(
            "X04",
            str(row["check_id"]),
            f"Check {row['check_id']}: debits minus credits are {_money(row['amount_cents'])}.",
            "Clear the findings S01, S09 and X02 first; it follows from them.",
        ),
    )


def check_entities(journals: Iterable[Journal]) -> list[Finding]:
    """X05: debits are credits in every legal entity of every journal."""
    return [
        finding(
            "X05",
            journal.reference,
            f"Journal {journal.reference}, entity {entity}: debits minus credits are {_money(cents)}.",
            "Clear the finding X04 first; it follows from it.",
        )
        for journal in journals
        for entity, cents in journal.unbalanced_entities().items()
    ]


def check_cost_centers(pieces: pd.DataFrame) -> list[Finding]:
    """W04: every cost has a department and a location."""
    homeless = pieces[(pieces["side"] == "expense") & (pieces["department_id"].isna() | pieces["location_id"].isna())]
    return _each(
        homeless.drop_duplicates("check_id"),
        lambda row: finding(
            "W04",
            str(row["check_id"]),
            f"Line {row['line_no']} of check {row['check_id']} has no department or no location: neither it nor its "
            "worker's home says one.",
            "Give the worker a home organization and location in the payroll, refresh the roster and try again.",
        ),
    )


def check_pieces(checks: pd.DataFrame, lines: pd.DataFrame, pieces: pd.DataFrame) -> list[Finding]:
    """Every check that PIECES allow before the ledger is asked; `lines` are classified."""
    return [
        *check_mapped(pieces),
        *check_split(checks, lines, pieces),
        *check_balance(pieces),
        *check_cost_centers(pieces),
    ]


def check_liabilities(pieces: pd.DataFrame, ledger: LedgerSnapshot) -> list[Finding]:
    """X07: what is owed goes to balance sheet accounts; a tax withheld is never an expense."""
    owed = pieces[pieces["side"] == "balance"].drop_duplicates(["kind", "code", "account_no"])
    on_income = [
        account in ledger.accounts and not ledger.accounts[account].is_balance_sheet for account in owed["account_no"]
    ]
    return _each(
        owed[pd.Series(on_income, index=owed.index, dtype=bool)],
        lambda row: finding(
            "X07",
            str(row["account_no"]),
            f"Account {row['account_no']} belongs to the income statement, and {row['kind']} {row['code']} is owed.",
            "Map it to a balance sheet account; where a deduction or reimbursement is a cost, state its burden mode.",
        ),
    )


# --- P: the ledger before posting, A: the ledger afterwards ----------------------------------------------------------


def check_dimensions(lines: pd.DataFrame, ledger: LedgerSnapshot) -> list[Finding]:
    """P01 and P02: each account and dimension value of JOURNAL_LINES is active and open to the line's entity, and the
    required ones are there.
    """
    accounts = {number: account.is_active for number, account in ledger.accounts.items()}
    found = _unusable(lines["account_no"], accounts, "account")
    own = {name: _custom_values(lines, name) for name in ledger.values if name not in lines}
    for column, values in ledger.values.items():
        used = own[column] if column in own else lines[column]
        found += _unusable(used.dropna(), values, column.removesuffix("_id"))
    for column in (*REQUIRABLE, *own):
        carried = own[column] if column in own else lines[column]
        without = lines[carried.isna()].drop_duplicates("account_no")
        found += [
            finding(
                "P02",
                account,
                f"Account {account} requires a {column.removesuffix('_id')}, and a line has none.",
                "Complete the cost center in the payroll or the crosswalk, or choose another account in the mapping.",
            )
            for account in without["account_no"]
            if account in ledger.accounts and column in ledger.accounts[account].required
        ]
    return [*found, *check_owners(lines, ledger.owners)]


def _custom_values(lines: pd.DataFrame, name: str) -> pd.Series:
    """Each line's value of one of the company's own dimensions."""
    texts = lines["custom_dimensions"].fillna("")
    return pd.Series([dict(custom_pairs(text)).get(name) for text in texts], index=lines.index, dtype="str")


def _unusable(used: pd.Series, active: Mapping[str, bool], what: str) -> list[Finding]:
    return [
        finding(
            "P01",
            value,
            f"The {what} {value} {'is inactive' if value in active else 'does not exist'} in the ledger.",
            "Create or activate it there, or change the mapping or crosswalk; then refresh what is read of the ledger.",
        )
        for value in sorted(set(used))
        if not active.get(value)
    ]


def check_period(journals: Iterable[Journal], periods: Sequence[FiscalPeriod]) -> list[Finding]:
    """P03: the period of the entry date is open for every entity of the journal."""
    found = []
    for journal in journals:
        period = fiscal_period(periods, journal.entry_date)
        closed = sorted({line.entity_id for line in journal.lines} & period.closed_entities) if period else []
        if period is None or closed:
            problem = f"{period.name} is closed for {', '.join(closed)}" if period else "no fiscal period has that day"
            why = f"Journal {journal.reference} is dated {journal.entry_date}: {problem}."
            found.append(finding("P03", journal.reference, why, "Have the period opened, or choose the next open one."))
    return found


def check_totals(
    register: ControlTotals, other: ControlTotals, whose: str = "the journal", severity: Severity | None = None
) -> list[Finding]:
    """A02: the control totals of the register are those of the journal, or of the ledger."""
    return [
        finding(
            "A02",
            name,
            f"{name} is {mine} in the register and {theirs} in {whose}.",
            "A line was lost, counted twice or changed: compare both, and report it if nobody changed the ledger.",
            severity,
        )
        for name, (mine, theirs) in register.differences(other).items()
    ]
