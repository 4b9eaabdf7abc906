"""A connection's journal options in the accounting's terms: presentation, statistics, defaults for new codes."""

from dataclasses import replace

import pandas as pd

from connector_assets.accounting.coverage import check_defaulted, with_defaults
from connector_assets.accounting.entity_journals import per_entity
from connector_assets.accounting.findings import Finding
from connector_assets.accounting.journal import Journal, JournalPolicy
from connector_assets.accounting.journal_build import JournalBuild, build_journals
from connector_assets.accounting.mapping import MappingTable
from connector_assets.accounting.presentation import Detail, GroupPolicy, Presentation, Shape, present
from connector_assets.accounting.register import PayRun
from connector_assets.accounting.statistics import (
    StatisticalPolicy,
    active_on,
    is_last_of_month,
    statistical_journal,
)
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView


def table_in_force(connection: PaychexIntacctConnection, table: MappingTable) -> MappingTable:
    """The mapping with the connection's defaults for codes without a rule, where it has opted in."""
    defaults = connection.new_codes.defaults
    return with_defaults(table, defaults) if defaults else table


def presentation_of(connection: PaychexIntacctConnection, view: LedgerView) -> Presentation:
    """How this connection's journals look."""
    chosen = connection.journal
    shape = Shape(
        chosen.shape,
        bank_account=chosen.bank_account,
        tax_account=chosen.tax_clearing_account,
        third_party_account=chosen.third_party_clearing_account,
        remitted_accounts=frozenset(chosen.remitted_accounts),
    )
    employees = view.ledger.values.get("employee_id", {})
    detail = Detail(
        chosen.grain,
        all_employees=chosen.employee_lines == "all",
        billable_projects=view.billable_projects,
        required={number: account.required for number, account in view.ledger.accounts.items()},
        known_employees=frozenset(one for one, active in employees.items() if active)
        if chosen.unknown_employees == "drop"
        else None,
    )
    groups = GroupPolicy(
        chosen.minimum_workers,
        chosen.small_groups,
        view.parent_departments,
        chosen.restricted_department,
    )
    return Presentation(shape, detail, groups, connection.new_codes.suspense_account)


def shown_journals(
    connection: PaychexIntacctConnection,
    view: LedgerView,
    run: PayRun,
    pieces: pd.DataFrame,
    checks: pd.DataFrame,
    workers: pd.DataFrame,
    *,
    mirrored: frozenset[str],
    policy: JournalPolicy,
    table: MappingTable,
) -> tuple[pd.DataFrame, JournalBuild, list[Finding]]:
    """PIECES as the journals show them, the journals, and findings X06, X08, X09 and X11.

    `workers` are WORKERS whose numbers are the ledger's, for lines that name them.
    A line in suspense makes every journal of the run a draft, whatever the posting policy says.
    """
    shown, found = present(pieces, checks, workers, presentation_of(connection, view), mirrored)
    in_suspense = any(one.code == "X08" for one in found)
    build = build_journals(shown, run, replace(policy, state="Draft") if in_suspense else policy)
    if connection.journal.one_per == "entity":
        build = per_entity(build, policy.employing_entity_id)
    return shown, build, [*found, *check_defaulted(pieces, table)]


def statistical_policy(connection: PaychexIntacctConnection, view: LedgerView) -> StatisticalPolicy:
    """What this connection counts."""
    chosen = connection.statistics
    return StatisticalPolicy(
        chosen.journal,
        headcount_account=chosen.headcount_account,
        fte_account=chosen.fte_account,
        regular_hours_account=chosen.regular_hours_account,
        billable_hours_account=chosen.billable_hours_account,
        hours_by_account=chosen.hours_by_account,
        billable_projects=view.billable_projects,
        part_time_fte_e2=round(chosen.part_time_fte * 100),
    )


def statistics_of(
    connection: PaychexIntacctConnection, view: LedgerView, run: PayRun, mapped: pd.DataFrame, policy: JournalPolicy
) -> Journal | None:
    """The statistical journal of a pay run; None when the connection makes none or there is nothing to count."""
    if not connection.statistics.journal:
        return None
    counting = statistical_policy(connection, view)
    scheduled = view.pay_calendar[view.pay_calendar["interval"].fillna("") != ""]
    last = is_last_of_month(run, dict(zip(scheduled["pay_period_id"], scheduled["check_date"], strict=True)))
    homes = view.home_centers(active_on(view.roster_on(run.period_end), run.period_end, counting)) if last else None
    return statistical_journal(
        run, mapped, homes, on=run.check_date, policy=counting, journal_policy=replace(policy, state="Posted")
    )
