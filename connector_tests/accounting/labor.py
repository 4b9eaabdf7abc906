"""All steps from a register to its journals in one call, as a flow takes them, for the tests."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from connector_assets.accounting import validation
from connector_assets.accounting.allocation import CostCenters, resolve_cost_centers
from connector_assets.accounting.classify import classify
from connector_assets.accounting.distribution import DistributionPolicy, distribute
from connector_assets.accounting.findings import Finding
from connector_assets.accounting.journal import JournalPolicy
from connector_assets.accounting.journal_build import JournalBuild, build_journals
from connector_assets.accounting.mapping import MappingTable
from connector_assets.accounting.presentation import Presentation, present
from connector_assets.accounting.register import PayRun
from connector_assets.accounting.totals import ControlTotals, control_totals, journal_totals
from connector_assets.accounting.voids import mirrored_checks

AS_DISTRIBUTED = Presentation()


@dataclass(frozen=True)
class LaborPolicy:
    """How a connection turns registers into journals: the mapping in force, the cost centers, the journal's options.

    `line_kinds` overrides the kind of a code, `presentation` says how the journal shows what was distributed.
    """

    table: MappingTable
    cost_centers: CostCenters
    journal: JournalPolicy
    line_kinds: Mapping[str, str]
    presentation: Presentation = AS_DISTRIBUTED


@dataclass(frozen=True)
class LaborCost:
    """What a pay run becomes. With a blocking finding nothing of it may be posted, but all of it can be looked at.

    `lines` are the classified PAY_LINES, `mapped` those with cost centers and accounts, `pieces` PIECES, to be stored
    for a later void of these checks.
    """

    build: JournalBuild
    lines: pd.DataFrame
    mapped: pd.DataFrame
    pieces: pd.DataFrame
    register_totals: ControlTotals
    journal_totals: ControlTotals
    findings: tuple[Finding, ...]


def labor_cost(
    pay_run: PayRun,
    checks: pd.DataFrame,
    lines: pd.DataFrame,
    workers: pd.DataFrame,
    *,
    policy: LaborPolicy,
    original_pieces: pd.DataFrame | None = None,
) -> LaborCost:
    """The journals of a pay run with all findings of the S and X checks, W04 and A02.

    `checks`, `lines` and `workers` conform to PAY_CHECKS, PAY_LINES and WORKERS; `original_pieces` are the PIECES of
    the checks that this run's voids take back. Mapping rules are those in force on the check date. Raises
    AccountingError when the configuration cannot stand or amounts are too large to be added exactly.
    """
    classified, findings = classify(lines, policy.line_kinds)
    findings += validation.check_register(pay_run, checks, classified)
    resolved, unresolved = resolve_cost_centers(classified, workers, policy.cost_centers)
    mapped = policy.table.apply(resolved, pay_run.check_date)
    distribution = DistributionPolicy(policy.table, pay_run.check_date, policy.journal.employing_entity_id)
    pieces, voids = distribute(mapped, checks, distribution, original_pieces)
    mirrored = mirrored_checks(checks, original_pieces, voids)
    pieces, shown = present(pieces, checks, workers, policy.presentation, mirrored)
    build = build_journals(pieces, pay_run, policy.journal)
    totals = control_totals(checks, classified), journal_totals(build.trace, checks, classified)
    findings += [*unresolved, *voids, *shown, *validation.check_pieces(checks, classified, pieces)]
    findings += [*validation.check_entities(build.journals), *validation.check_totals(*totals)]
    return LaborCost(build, classified, mapped, pieces, *totals, tuple(findings))
