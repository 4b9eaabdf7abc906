"""The assets of a pay run: register, distribution, journal, post, reconciliation; one partition per pay run.

One step carries them all, pay run by pay run: a pay run that fails stops at the stage that failed and takes no other
with it; the others go on, and the step fails at its end, naming the bad ones.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Failure,
    MetadataValue,
    multi_asset,
)

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, Severity, blocking
from connector_assets.accounting.journal_build import JOURNAL_LINES, JOURNAL_TRACE
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import PAY_CHECKS, PAY_LINES
from connector_assets.flows.paychex_intacct.findings import not_posted
from connector_assets.flows.paychex_intacct.frames import POSTINGS as POSTED
from connector_assets.flows.paychex_intacct.frames import RECONCILIATION
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.pay_run import PayRunWork, Tools
from connector_assets.flows.paychex_intacct.preview import change_metadata
from connector_assets.orchestration import gate
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.metadata import amount, counts, findings_metadata, markdown_table, schema_metadata
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import IntacctResource, PaychexResource, RecordsResource
from connector_assets.orchestration.runs import PERSON_TAG
from connector_assets.posting import PostingResult
from connector_assets.records.errors import RecordsError
from connector_assets.vendors.errors import VendorError
from connector_assets.vendors.intacct.ledger import IntacctLedger

EXPECTED = (AccountingError, RecordsError, VendorError, FileNotFoundError)
"""What a pay run may be stopped by; their texts are made for people and hold no personal datum."""

Event = AssetMaterialization | AssetCheckEvaluation
Metadata = dict[str, MetadataValue]


@dataclass(frozen=True)
class StageResult:
    """What a stage tells of one pay run: metadata by asset, findings, and a few words for the progress line."""

    metadata: dict[str, Metadata]
    findings: list[Finding]
    outcome: str


@dataclass(frozen=True)
class Stage:
    """One stage of a pay run: the assets it makes, and the check on the last of them that says how it went."""

    assets: tuple[str, ...]
    check: str
    meaning: str
    run: Callable[[PayRunWork], StageResult]

    @property
    def checked_asset(self) -> str:
        """The asset that the stage's check belongs to."""
        return self.assets[-1]


def read_register(work: PayRunWork) -> StageResult:
    """Fetch the register from Paychex."""
    register = work.read_register()
    by_kind = register.lines.groupby("kind")["amount_cents"].agg(["size", "sum"]).reset_index()
    by_kind.columns = ["kind", "lines", "amount_cents"]
    heads: Metadata = {"dagster/row_count": MetadataValue.int(len(register.checks)), **_control_totals(register.totals)}
    lines: Metadata = {"dagster/row_count": MetadataValue.int(len(register.lines)), "by_kind": markdown_table(by_kind)}
    return StageResult({"pay_checks": heads, "pay_lines": lines}, register.findings, "register read")


def build_journal(work: PayRunWork) -> StageResult:
    """Classify, map, distribute and balance."""
    batch = work.write_batch()
    lines, journals = batch.build.lines, batch.build.journals
    by_account = lines.groupby("account_no")["amount_cents"].sum().reset_index()
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(lines)),
        "journals": MetadataValue.text(", ".join(journal.reference for journal in journals)),
        "debit": amount(sum(journal.debit_cents() for journal in journals)),
        "credit": amount(sum(journal.credit_cents() for journal in journals)),
        "by_account": markdown_table(by_account, rows=60),
        **change_metadata(work, batch),
    }
    pieces: Metadata = {"dagster/row_count": MetadataValue.int(len(batch.pieces))}
    trace: Metadata = {"dagster/row_count": MetadataValue.int(len(batch.build.trace))}
    made = {"labor_distribution": pieces, "journal_trace": trace, "journal_batch": told}
    return StageResult({} if blocking(batch.findings) else made, batch.findings, "journal built")


def post_journals(work: PayRunWork) -> StageResult:
    """Post each journal exactly once. Raises AccountingError when the register or the journal must not be posted."""
    stop_if_blocked([*work.register.findings, *work.batch.findings])
    results = work.post()
    frame = POSTED.conform(pd.DataFrame([_posted_row(result) for result in results], columns=POSTED.names))
    work.tools.store.write(work.names.own("gl_post"), frame, work.partition)
    told: Metadata = {
        "journal_no": MetadataValue.text(", ".join(str(number) for number in frame["ledger_number"].dropna())),
        "postings": markdown_table(frame),
    }
    if removed := removed_characters(work):
        told["removed_characters"] = MetadataValue.json(removed)
    found = [not_posted(result) for result in results if not result.is_posted]
    return StageResult({} if found else {"gl_post": told}, found, "posted")


def removed_characters(work: PayRunWork) -> dict[str, str]:
    """Where characters that XML forbids were left out of what was sent, and which; kept in the audit trail as well."""
    removed = {one.path: f"{', '.join(one.code_points)} x{one.count}" for one in work.tools.ledger.take_removals()}
    for path, what in removed.items():
        subject = f"{work.tools.connection.name}/{work.partition}"
        work.tools.home.audit.append(work.tools.actor, "characters removed", subject, f"{path}: {what}")
    return removed


def _posted_row(result: PostingResult) -> tuple[object, ...]:
    posting = result.posting
    known = (posting.reference, posting.key.kind, posting.state.value, posting.ledger_key or None)
    return (*known, posting.ledger_number or None, posting.amount_cents)


def reconcile_journals(work: PayRunWork) -> StageResult:
    """Read the journals back and compare them with the register."""
    frame, found = work.reconcile()
    work.tools.store.write(work.names.own("reconciliation"), frame, work.partition)
    by_account = frame.groupby(["reference", "account_no"])[
        ["register_cents", "ledger_cents", "difference_cents"]
    ].sum()
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(frame)),
        "difference": amount(int(frame["difference_cents"].abs().sum())),
        "by_account": markdown_table(by_account.reset_index(), rows=60),
    }
    return StageResult({} if blocking_or_error(found) else {"reconciliation": told}, found, "reconciled")


STAGES = (
    Stage(
        ("pay_checks", "pay_lines"),
        "register_foots",
        "Every check's net pay is wages + reimbursements - taxes - deductions, to the cent; the pay run is complete, "
        "final, and every code is known.",
        read_register,
    ),
    Stage(
        ("labor_distribution", "journal_trace", "journal_batch"),
        "journal_can_be_posted",
        "Every line has an account and a cost center that exist and are active; each check and each entity balances.",
        build_journal,
    ),
    Stage(
        ("gl_post",),
        "posted_once",
        "Each journal is in Intacct once. An unknown outcome shows here, with what happens next.",
        post_journals,
    ),
    Stage(
        ("reconciliation",),
        "ledger_equals_register",
        "What Intacct holds equals what the register asks for, line by line and in its control totals.",
        reconcile_journals,
    ),
)


def stop_if_blocked(findings: list[Finding]) -> None:
    """Raise AccountingError naming the first of the findings with which nothing may be posted."""
    stops = blocking(findings)
    if stops:
        more = f" (and {len(stops) - 1} more)" if stops[1:] else ""
        raise AccountingError(f"{stops[0].code} {stops[0].subject}: {stops[0].why}{more}", fix=stops[0].fix)


def blocking_or_error(findings: list[Finding]) -> list[Finding]:
    """The findings that keep a stage from counting as done."""
    return [finding for finding in findings if finding.severity in {Severity.BLOCK, Severity.ERROR}]


def _control_totals(totals: dict[str, int]) -> Metadata:
    """The totals as a table for people, and as numbers (cents) for the plots over all pay runs."""
    amounts = [(name.removesuffix("_cents"), value) for name, value in totals.items() if name.endswith("_cents")]
    table = pd.DataFrame(amounts, columns=["control total", "amount_cents"])
    hours = MetadataValue.float(totals["hours_e4"] / 10_000)
    plotted = counts({name: value for name, value in totals.items() if name != "hours_e4"})
    return {"control_totals": markdown_table(table), "hours": hours, **plotted}


def evaluation(
    names: Names, stage: Stage, partition: str, findings: list[Finding], problem: str
) -> AssetCheckEvaluation:
    """The verdict of a stage on one pay run; `problem` is what stopped it before it could find anything."""
    stops = bool(problem) or bool(blocking_or_error(findings))
    first = f"{findings[0].code} {findings[0].subject}: {findings[0].why} Fix: {findings[0].fix}" if findings else ""
    return AssetCheckEvaluation(
        asset_key=names.own(stage.checked_asset),
        check_name=stage.check,
        passed=not stops and not findings,
        partition=partition,
        blocking=True,
        severity=AssetCheckSeverity.ERROR if stops else AssetCheckSeverity.WARN,
        description=problem or first or "Nothing found.",
        metadata=findings_metadata(findings),
    )


@dataclass(frozen=True)
class Carrier:
    """Carries pay runs through the selected stages; what went wrong is kept by partition."""

    names: Names
    selected: frozenset[AssetKey]
    pass_gate: Callable[[], dict[str, str]]
    log: Callable[[str], None]
    bad: dict[str, str]

    def carry(self, work: PayRunWork) -> Iterator[Event]:
        """Every event of one pay run, stage by stage, until it is through or something stops it."""
        outcome = "nothing selected"
        for stage in STAGES:
            chosen = [name for name in stage.assets if self.names.own(name) in self.selected]
            if not chosen:
                continue
            evidence: dict[str, str] = {}
            try:
                if stage.run is post_journals:
                    evidence = self.pass_gate()
                result = stage.run(work)
            except Exception as error:  # one pay run must not take the others of its batch with it
                outcome = self._told(error)
                self.bad[work.partition] = outcome
                yield from self._verdict(stage, work.partition, [], outcome)
                break
            yield from self._events(stage, chosen, work.partition, result, evidence)
            outcome = result.outcome
            if stops := blocking_or_error(result.findings):
                outcome = f"{stops[0].code} {stops[0].subject}: {stops[0].why} Fix: {stops[0].fix}"
                self.bad[work.partition] = outcome
                break
        announce(self.names.connection.name, work.partition, outcome)

    def _told(self, error: Exception) -> str:
        """What stopped a pay run, for people; of a defect only where it stands, for its text may hold anything."""
        if isinstance(error, Failure):
            return str(error.description)
        if isinstance(error, EXPECTED):
            return str(error)
        place = traceback.extract_tb(error.__traceback__)[-1]
        self.log("".join(traceback.format_tb(error.__traceback__)))
        where = f"{type(error).__name__} in {place.name}, line {place.lineno}"
        return f"A defect of the connector: {where}. Fix: report it with this run's log."

    def _events(
        self, stage: Stage, chosen: list[str], partition: str, result: StageResult, evidence: dict[str, str]
    ) -> Iterator[Event]:
        for name in chosen:
            if name in result.metadata:
                gate_metadata = {"gate": MetadataValue.json(evidence)} if evidence else {}
                metadata = {**result.metadata[name], **gate_metadata}
                yield AssetMaterialization(self.names.own(name), partition=partition, metadata=metadata)
        yield from self._verdict(stage, partition, result.findings, "")

    def _verdict(self, stage: Stage, partition: str, findings: list[Finding], problem: str) -> Iterator[Event]:
        if self.names.own(stage.checked_asset) in self.selected:
            yield evaluation(self.names, stage, partition, findings, problem)


def payroll_assets(names: Names, requirements: list[gate.Requirement], batch_pay_runs: int) -> AssetsDefinition:
    """The partitioned assets of a connection, in one subsettable step. `requirements` is what the gate asks for."""
    specs = payroll_specs(names)
    checks = [
        AssetCheckSpec(
            stage.check,
            asset=names.own(stage.checked_asset),
            description=stage.meaning,
            blocking=True,
            partitions_def=names.pay_runs,
        )
        for stage in STAGES
    ]

    @multi_asset(
        name=f"{names.connection.name}_pay_run",
        specs=specs,
        check_specs=checks,
        can_subset=True,
        backfill_policy=BackfillPolicy.multi_run(batch_pay_runs),
    )
    def pay_run(
        context: AssetExecutionContext,
        records: RecordsResource,
        paychex: PaychexResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
    ) -> Iterator[Event]:
        connection = names.connection
        store = frame_store.store
        tools = Tools(
            connection=connection,
            home=records.open(),
            store=store,
            view=LedgerView(connection, store),
            source=paychex.client(connection, connection.paychex),
            company=paychex.company(connection, connection.paychex),
            ledger=IntacctLedger(intacct.client(connection, connection.intacct)),
            actor=f"run {context.run.run_id[:8]}",
            preparer=context.run.tags.get(PERSON_TAG, ""),
        )
        limit_hours = connection.freshness_hours
        carrier = Carrier(
            names=names,
            selected=frozenset(context.selected_asset_keys),
            pass_gate=lambda: gate.require(context.instance, requirements, now=time.time, limit_hours=limit_hours),
            log=context.log.error,
            bad={},
        )
        for partition in in_order(context.partition_keys, tools.view):
            yield from carrier.carry(PayRunWork(tools, partition))
        fail_if_any(carrier.bad, len(context.partition_keys))

    return pay_run


def payroll_specs(names: Names) -> list[AssetSpec]:
    """The partitioned assets: key, schema, what each is made from, and what it is for."""
    own, paychex = names.own, names.paychex
    made_from = {
        "pay_checks": (PAY_CHECKS, [own("pay_calendar")], "The checks of the pay run, as Paychex has processed them."),
        "pay_lines": (PAY_LINES, [own("pay_checks"), paychex("jobs")], "Every earning, deduction, memo and tax line."),
        "labor_distribution": (
            PIECES,
            [own("pay_lines"), own("worker_roster"), own("dimension_alignment"), paychex("labor_assignments")],
            "Every line split over cost centers: what follows its own assignment, what follows the wages, to the cent.",
        ),
        "journal_batch": (
            JOURNAL_LINES,
            [own("labor_distribution")],
            "The journals that would be posted, line by line.",
        ),
        "journal_trace": (JOURNAL_TRACE, [own("labor_distribution")], "From each journal line to checks and rules."),
        "gl_post": (
            POSTED,
            [own("journal_batch"), own("dimension_alignment")],
            "The journals in Intacct's ledger: posted only while every dimension asset stands, each journal once.",
        ),
        "reconciliation": (
            RECONCILIATION,
            [own("gl_post")],
            "The journals read back from Intacct, against the register.",
        ),
    }
    return [
        AssetSpec(
            own(name),
            deps=deps,
            description=description,
            group_name=names.group("payroll"),
            kinds={"sageintacct" if name == "gl_post" else "paychex" if name == "pay_checks" else "parquet"},
            tags=names.tags,
            owners=names.owners,
            metadata=schema_metadata(schema),
            partitions_def=names.pay_runs,
            skippable=True,
        )
        for name, (schema, deps, description) in made_from.items()
    ]


def in_order(partitions: list[str], view: LedgerView) -> list[str]:
    """Pay runs by check date; a reversal after the run that it reverses, whose split it takes back."""
    calendar = view.pay_calendar
    reversals = set(calendar.loc[calendar["original_pay_period_id"].notna(), "partition"])
    return sorted(partitions, key=lambda key: (key[:10], key in reversals, key))


def fail_if_any(bad: dict[str, str], count: int) -> None:
    """Fail the step when some pay runs could not be finished; what was done of the others stands."""
    if bad:
        listed = "; ".join(f"{partition}: {why}" for partition, why in list(bad.items())[:5])
        raise Failure(
            f"{len(bad)} of {count} pay runs could not be finished. {listed}",
            metadata={"not_finished": MetadataValue.json(bad)},
        )
