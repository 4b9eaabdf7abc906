"""Which checks a pay run goes through, stage by stage; the checks themselves are `accounting.validation`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from connector_assets.accounting import afterwards, validation
from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.journal_build import JournalBuild
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.register import PayRun
from connector_assets.accounting.rosters import check_heads
from connector_assets.accounting.statistics import active_on, check_hours
from connector_assets.accounting.totals import ControlTotals, control_totals, journal_totals
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.frames import RECONCILIATION
from connector_assets.flows.paychex_intacct.journal_options import statistical_policy
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import Register


def reversal_findings(pay_run: PayRun, checks: pd.DataFrame, lines: pd.DataFrame) -> list[Finding]:
    """A reversal takes back: as long as one of its checks adds up to more than nothing, it is not known to do so."""
    if pay_run.original_pay_run_id is None:
        return []
    totals = lines.groupby("check_id")["amount_cents"].sum().reindex(checks["check_id"], fill_value=0)
    if not (totals > 0).any():
        return []
    return [
        finding(
            "S16",
            pay_run.pay_run_id,
            f"Pay run {pay_run.pay_run_id} reverses {pay_run.original_pay_run_id}, but its amounts are positive "
            "and not those of the whole original: they do not say what they take back.",
            f"Materialize the register of {pay_run.original_pay_run_id} first; if it stays, compare both in Paychex.",
            Severity.BLOCK,
        )
    ]


def journal_findings(register: "Register", pieces: pd.DataFrame, build: JournalBuild) -> list[Finding]:
    """What distribution made of the register: every line mapped, split exactly, balanced per check and per entity,
    and no text that says whose it is.
    """
    return [
        *validation.check_pieces(register.checks, register.lines, pieces),
        *validation.check_entities(build.journals),
        *afterwards.check_private(build.journals),
        *total_findings(register, build),
    ]


def statistics_findings(
    connection: PaychexIntacctConnection,
    view: LedgerView,
    pay_run: PayRun,
    mapped: pd.DataFrame,
    statistics: Journal | None,
) -> list[Finding]:
    """A13 and A14: the statistical journal's hours are the register's, its heads the roster's, where there is one."""
    if not connection.statistics.journal:
        return []
    policy = statistical_policy(connection, view)
    found = check_hours(statistics, mapped, policy)
    if statistics is None or all(line.account_no != policy.headcount_account for line in statistics.lines):
        return found
    heads = active_on(view.roster_on(pay_run.period_end), pay_run.period_end, policy)["worker_id"]
    return [*found, *check_heads(statistics, list(heads), policy.headcount_account)]


def suspense_findings(build: JournalBuild, account_no: str) -> list[Finding]:
    """A09: an error for as long as the pay run has an amount in suspense."""
    held = build.lines[build.lines["account_no"] == account_no] if account_no else build.lines.iloc[:0]
    return [
        finding(
            "A09",
            str(reference),
            f"Journal {reference} holds {len(lines)} lines in suspense, {text_from_cents(int(total))} in all.",
            "Add rules for the codes that their memos name, then carry the pay run again.",
        )
        for reference, lines in held.groupby("reference")
        for total in [lines["amount_cents"].sum()]
    ]


def total_findings(register: "Register", build: JournalBuild) -> list[Finding]:
    """A02, which blocks here: the register's control totals against those of the journals' trace, computed apart."""
    ours = control_totals(register.checks, register.lines)
    theirs = journal_totals(build.trace, register.checks, register.lines)
    return validation.check_totals(ours, theirs, "the journal", Severity.BLOCK)


def side_findings(register: "Register", side: str, totals: Mapping[str, int]) -> list[Finding]:
    """A02: the register's control totals against those of another side, where it has them."""
    if not totals:
        return []
    return validation.check_totals(ControlTotals(**register.totals), ControlTotals(**totals), f"the {side}")


def ledger_findings(pieces: pd.DataFrame, build: JournalBuild, view: LedgerView) -> list[Finding]:
    """The journals against the ledger as its snapshots show it: accounts, dimension values, what accounts require."""
    return [
        *validation.check_dimensions(build.lines, view.ledger),
        *validation.check_liabilities(pieces, view.ledger),
        *validation.check_period(build.journals, view.fiscal_periods),
    ]


def no_mapping_on(connection: str, on: date) -> Finding:
    """There is no mapping in force on a day; a warning as long as no pay run needs it."""
    return finding(
        "X01",
        connection,
        f"Connection {connection} has no mapping version in force on {on}.",
        f"Run `connector mapping import {connection} FILE --reason WHY`.",
        Severity.WARN,
    )


def no_mapping(connection: str, pay_run: PayRun) -> Finding:
    """There is no mapping in force for a pay run."""
    return finding(
        "X01",
        pay_run.pay_run_id,
        f"Connection {connection} has no mapping version in force on {pay_run.check_date}.",
        f"Run `connector mapping import {connection} FILE --reason WHY`.",
    )


def one_frame(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames of RECONCILIATION one below the other."""
    return pd.concat(frames, ignore_index=True) if frames else RECONCILIATION.empty()
