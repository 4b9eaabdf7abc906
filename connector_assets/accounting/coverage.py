"""What a mapping would miss, asked before a pay run comes: every known code against the rules in force.

A pay run is stopped by a code without a rule on the day people wait for it; the codes are known days earlier, from the
payroll's own list of components and from the registers that have been read.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from connector_assets.accounting.classify import classify, describe_code
from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.accounting.mapping import (
    ANY,
    CONDITION_FIELDS,
    CREDIT_KINDS,
    DEBIT_KINDS,
    MappingRule,
    MappingTable,
)
from connector_assets.accounting.register import OPTIONAL_KINDS, LineKind
from connector_assets.accounting.validation import Account

KNOWN_CODES = FrameSchema(
    "KNOWN_CODES",
    (
        Column("section", "string", "earning, deduction, informational or tax"),
        Column("code", "string", "pay component id; for a tax its name"),
        Column("name", "string", "the company's own label of the code"),
        Column("classification", "string", "the source's classification; empty for a tax"),
        Column("effect", "string", "addition, reduction, in_out, informational; empty for a tax"),
        Column("paid_by", "string", "employee or employer for a tax; else empty"),
    ),
)


def missing_rules(
    codes: pd.DataFrame, table: MappingTable, on: date, line_kinds: Mapping[str, str]
) -> tuple[list[Finding], pd.DataFrame]:
    """What the next pay run would be stopped by (X01, S09; all warnings, for nothing is stopped yet), and the codes.

    `codes` is KNOWN_CODES; the second answer adds to each code its `kind`, and `rule`: mapped, conditional (there are
    rules, all with further conditions), missing, or optional (a memo or imputed code, which is not posted until it is
    mapped). Raises AccountingError when an override names no kind.
    """
    known = KNOWN_CODES.conform(codes).drop_duplicates(["section", "code", "paid_by"]).reset_index(drop=True)
    benefits = {rule.code for rule in table.rules if rule.kind == LineKind.EMPLOYER_BENEFIT}
    lines = known.assign(amount_cents=0)
    classified, _ = classify(lines, line_kinds)
    optional = set(classified.loc[classified["kind"].isin(OPTIONAL_KINDS), "code"])
    mapped = {code: str(LineKind.EMPLOYER_BENEFIT) for code in optional & benefits}
    classified, _ = classify(lines, {**mapped, **line_kinds})
    states = [_state(table, str(row.kind), str(row.code), on) for row in classified.itertuples(index=False)]
    told = classified.drop(columns="amount_cents").assign(rule=pd.Series(states, dtype="str"))
    found = [_missing(row, table) for row in told[told["rule"].isin(["missing", "conditional"])].to_dict("records")]
    if table.find(LineKind.NET_PAY, {}, on) is None:
        found.append(_no_net_pay())
    return found, told


def _state(table: MappingTable, kind: str, code: str, on: date) -> str:
    if not kind:
        return "missing"
    if table.find(kind, {"code": code}, on):
        return "mapped"
    if any(_names(rule, kind, code, on) for rule in table.rules):
        return "conditional"
    return "optional" if kind in OPTIONAL_KINDS else "missing"


def _names(rule: MappingRule, kind: str, code: str, on: date) -> bool:
    in_force = rule.effective_from is None or rule.effective_from <= on
    return in_force and rule.kind == kind and rule.code in (code, ANY)


def _missing(row: Mapping[object, object], table: MappingTable) -> Finding:
    kind, code = str(row["kind"]), str(row["code"])
    label = describe_code(code, str(row["name"]), str(row["classification"]))
    if not kind:
        why = f"The code {label} cannot be classified, and so has no rule."
        return finding("S09", code, why, f"Say what {code} is in the connection's line_kinds.", Severity.WARN)
    if row["rule"] == "conditional":
        conditions = sorted({
            f"{name} {getattr(rule, name)}"
            for rule in table.rules if rule.kind == kind and rule.code in (code, ANY)
            for name in CONDITION_FIELDS if name != "code" and getattr(rule, name) != ANY
        })  # fmt: skip
        why = f"{kind} {label} is mapped only for {', '.join(conditions)}; elsewhere it has no account."
    else:
        why = f"No mapping rule gives {kind} {label} an account."
    return finding("X01", code, why, f"Add a rule with kind {kind} and code {code} to the mapping.", Severity.WARN)


def _no_net_pay() -> Finding:
    why = "No mapping rule gives net pay an account."
    return finding("X01", "net_pay", why, "Add a rule with kind net_pay and its credit account.", Severity.WARN)


def unusable_accounts(table: MappingTable, on: date, accounts: Mapping[str, Account]) -> list[Finding]:
    """P01 (as warnings) for each account that a rule in force names and the ledger lacks or has made inactive."""
    named: dict[str, str] = {}
    for rule in table.rules:
        if rule.effective_from is None or rule.effective_from <= on:
            for account in (rule.debit_account, rule.credit_account):
                if account:
                    named.setdefault(account, f"{rule.kind} {'' if rule.code == ANY else rule.code}".strip())
    return [
        finding(
            "P01",
            account,
            f"The account {account}, which the rule for {used_by} names, "
            f"{'is inactive' if account in accounts else 'does not exist'} in the ledger.",
            "Create or activate it there, or name another account in the mapping.",
            Severity.WARN,
        )
        for account, used_by in sorted(named.items())
        if account not in accounts or not accounts[account].is_active
    ]


def with_defaults(table: MappingTable, defaults: Mapping[str, str]) -> MappingTable:
    """The table with a last resort for codes that have no rule: `defaults` names an account for a kind of line.

    An employer tax or benefit needs two accounts, written `6100/2210`. A kind for which the table has a rule of its own
    without any condition keeps that. Raises AccountingError when an account is missing.
    """
    general = {rule.kind for rule in table.rules if rule.specificity[0] == 0}
    added = [_default_rule(kind, text) for kind, text in sorted(defaults.items()) if kind not in general]
    return MappingTable((*table.rules, *added), table.version)


DEFAULT_NOTE = "default for codes without a rule"


def _default_rule(kind: str, text: str) -> MappingRule:
    first, _, second = (part.strip() for part in text.partition("/"))
    debit, credit = (first, "") if kind in DEBIT_KINDS else ("", first) if kind in CREDIT_KINDS else (first, second)
    burden = "wages" if debit and credit else ""
    conditions = dict.fromkeys(CONDITION_FIELDS, ANY)
    return MappingRule(
        kind=kind, **conditions, debit_account=debit, credit_account=credit, burden=burden, effective_from=None,
        note=DEFAULT_NOTE,
    )  # fmt: skip


def check_defaulted(pieces: pd.DataFrame, table: MappingTable) -> list[Finding]:
    """X09: codes that only a default gave an account; PIECES. A person should give each a rule of its own."""
    defaults = {rule.rule_id for rule in table.rules if rule.note == DEFAULT_NOTE}
    used = pieces[pieces["rule_id"].isin(defaults) & (pieces["code"] != "")]
    return [
        finding(
            "X09",
            str(row["code"]),
            f"{row['kind']} {row['code']} has no rule of its own; it went to account {row['account_no']} by default.",
            "Add a rule for this code to the mapping, or confirm the default by adding it as one.",
        )
        for row in used.drop_duplicates(["kind", "code"]).to_dict("records")
    ]
