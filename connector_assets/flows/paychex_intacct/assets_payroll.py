"""The assets of a pay run: register, distribution, journal, post, reconciliation; one partition per pay run.

One step carries them all, pay run by pay run: a pay run that fails stops at the stage that failed and takes no other
with it; the others go on, and the step fails at its end, naming the bad ones.
"""

from collections.abc import Iterator, Mapping

import pandas as pd
from dagster import AssetExecutionContext, AssetsDefinition, AssetSpec, MetadataValue, multi_asset

from connector_assets.accounting.findings import CODES, blocking, stopping
from connector_assets.accounting.journal_build import JOURNAL_LINES, JOURNAL_TRACE
from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import PAY_CHECKS, PAY_LINES
from connector_assets.flows.paychex_intacct.acceptance import ACCEPTABLE
from connector_assets.flows.paychex_intacct.frames import POSTINGS as POSTED
from connector_assets.flows.paychex_intacct.frames import RECONCILIATION
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.pay_run import PayRunWork, Tools
from connector_assets.flows.paychex_intacct.preview import change_metadata
from connector_assets.flows.paychex_intacct.vanished import GONE
from connector_assets.orchestration import gate
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.metadata import amount, counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.preparer import prepared_by
from connector_assets.orchestration.resources import IntacctResource, PaychexResource, RecordsResource
from connector_assets.orchestration.specs import DocumentAsset, document_specs, step_options
from connector_assets.orchestration.stages import (
    Carrier,
    Event,
    Metadata,
    Stage,
    StageResult,
    not_posted,
    posted_row,
    stop_if_blocked,
)
from connector_assets.vendors.intacct.ledger import IntacctLedger


def read_register(work: PayRunWork) -> StageResult:
    """Fetch the register from Paychex."""
    register = work.read_register()
    by_kind = register.lines.groupby("kind")["amount_cents"].agg(["size", "sum"]).reset_index()
    by_kind.columns = ["kind", "lines", "amount_cents"]
    heads: Metadata = {"dagster/row_count": MetadataValue.int(len(register.checks)), **_control_totals(register.totals)}
    lines: Metadata = {"dagster/row_count": MetadataValue.int(len(register.lines)), "by_kind": markdown_table(by_kind)}
    gone = register.pay_run.status == GONE  # of a register that is no more nothing else can be said
    unjudged = frozenset(CODES) - {"S07"} if gone else frozenset[str]()
    made = {"pay_checks": heads, "pay_lines": lines}
    return StageResult(made, register.findings, "register read", unjudged=unjudged)


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
    frame = POSTED.conform(pd.DataFrame([posted_row(result) for result in results], columns=POSTED.names))
    work.tools.store.write(work.names.own("gl_post"), frame, work.partition)
    told: Metadata = {
        "journal_no": MetadataValue.text(", ".join(str(number) for number in frame["ledger_number"].dropna())),
        "postings": markdown_table(frame),
    }
    if removed := removed_characters(work):
        told["removed_characters"] = MetadataValue.json(removed)
    waiting = [result for result in results if not result.is_posted]
    found = [not_posted("journal", "gl_post", result) for result in waiting]
    return StageResult({} if found else {"gl_post": told}, found, "posted", waiting)


def removed_characters(work: PayRunWork) -> dict[str, str]:
    """Where characters that XML forbids were left out of what was sent, and which; kept in the audit trail as well."""
    removed = {one.path: f"{', '.join(one.code_points)} x{one.count}" for one in work.tools.ledger.take_removals()}
    for path, what in removed.items():
        subject = f"{work.tools.connection.name}/{work.partition}"
        work.tools.home.audit.append(work.tools.actor, "characters removed", subject, f"{path}: {what}")
    return removed


def reconcile_journals(work: PayRunWork) -> StageResult:
    """Read the journals back and compare them with the register."""
    done = work.reconcile()
    frame = done.frame
    work.tools.store.write(work.names.own("reconciliation"), frame, work.partition)
    by_account = frame.groupby(["reference", "account_no"])[
        ["register_cents", "ledger_cents", "difference_cents"]
    ].sum()
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(frame)),
        "difference": amount(int(frame["difference_cents"].abs().sum())),
        "control_totals": markdown_table(sides_table(done.totals), rows=20),
        "by_account": markdown_table(by_account.reset_index(), rows=60),
    }
    return StageResult({} if stopping(done.findings) else {"reconciliation": told}, done.findings, "reconciled")


def sides_table(totals: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """The control totals of every side beside each other, as people read them; a side that has none shows nothing."""
    (first, *_) = totals.values()
    table = pd.DataFrame({"control total": [name.rpartition("_")[0] or name for name in first]})
    for side, known in totals.items():
        table[side] = [_shown_total(name, known[name]) if known else "" for name in first]
    return table


def _shown_total(name: str, value: int) -> str:
    if name.endswith("_cents"):
        return grouped_text_from_cents(value)
    return f"{value // 10_000:,}.{value % 10_000:04d}" if name.endswith("_e4") else f"{value:,}"


STAGES = (
    Stage(
        {
            "pay_checks": ("P06", "S01", "S02", "S05", "S07", "S08", "S11", "S12", "S16", "S18", "S20"),
            "pay_lines": ("S09", "S10", "S13", "S14", "S15", "S17"),
        },
        read_register,
    ),
    Stage(
        {
            "labor_distribution": ("P08", "S16", "W04", "X01", "X02", "X03", "X04"),
            "journal_trace": ("A02",),
            "journal_batch": (
                *("A13", "A14", "P01", "P02", "P03", "P05", "P07"),
                *("X05", "X06", "X07", "X08", "X09", "X10", "X11", "X12"),
            ),
        },
        build_journal,
    ),
    Stage({"gl_post": ("P04", "P09")}, post_journals, gated=True),
    Stage(
        {"reconciliation": ("A01", "A02", "A05", "A07", "A08", "A09", "A12", *sorted(ACCEPTABLE))},
        reconcile_journals,
    ),
)
"""Every check of a pay run, on the asset that it concerns. An error of the register keeps a pay run from being done
until somebody accepts it: the reconciliation tells it again."""


def _control_totals(totals: dict[str, int]) -> Metadata:
    """The totals as a table for people, and as numbers (cents) for the plots over all pay runs."""
    amounts = [(name.removesuffix("_cents"), value) for name, value in totals.items() if name.endswith("_cents")]
    table = pd.DataFrame(amounts, columns=["control total", "amount_cents"])
    hours = MetadataValue.float(totals["hours_e4"] / 10_000)
    plotted = counts({name: value for name, value in totals.items() if name != "hours_e4"})
    return {"control_totals": markdown_table(table), "hours": hours, **plotted}


def payroll_assets(names: Names, requirements: list[gate.Requirement], batch_pay_runs: int) -> AssetsDefinition:
    """The partitioned assets of a connection, in one subsettable step. `requirements` is what the gate asks for."""

    @multi_asset(**step_options(names, "pay_run", payroll_specs(names), STAGES, batch_pay_runs))
    def pay_run(
        context: AssetExecutionContext,
        records: RecordsResource,
        paychex: PaychexResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
    ) -> Iterator[Event]:
        connection = names.connection
        store = frame_store.store
        with outages_waited_out(context):
            tools = Tools(
                connection=connection,
                home=records.open(),
                store=store,
                view=LedgerView(connection, store),
                source=paychex.client(connection, connection.paychex),
                company=paychex.company(connection, connection.paychex),
                ledger=IntacctLedger(intacct.client(connection, connection.intacct)),
                actor=f"run {context.run.run_id[:8]}",
                preparer=prepared_by(context.run.tags),
            )
        carrier = Carrier(context, names, STAGES, requirements)
        for partition in in_order(context.partition_keys, tools.view):
            yield from carrier.carry(PayRunWork(tools, partition))
        carrier.finish("pay runs")

    return pay_run


def payroll_specs(names: Names) -> list[AssetSpec]:
    """The partitioned assets: key, schema, what each is made from, and what it is for."""
    own, paychex = names.own, names.paychex
    split_from = [own("pay_lines"), own("worker_history"), own("dimension_alignment"), paychex("labor_assignments")]
    made = {
        "pay_checks": DocumentAsset(
            PAY_CHECKS, [own("pay_calendar")], "The checks of the pay run, as Paychex has processed them.", "paychex"
        ),
        "pay_lines": DocumentAsset(
            PAY_LINES, [own("pay_checks"), paychex("jobs")], "Every earning, deduction, memo and tax line."
        ),
        "labor_distribution": DocumentAsset(
            PIECES,
            split_from,
            "Every line split over cost centers: what follows its own assignment, what follows the wages, to the cent.",
        ),
        "journal_batch": DocumentAsset(
            JOURNAL_LINES, [own("labor_distribution")], "The journals that would be posted, line by line."
        ),
        "journal_trace": DocumentAsset(
            JOURNAL_TRACE, [own("labor_distribution")], "From each journal line to checks and rules."
        ),
        "gl_post": DocumentAsset(
            POSTED,
            [own("journal_batch"), own("dimension_alignment")],
            "The journals in Intacct's ledger: posted only while every dimension asset stands, each journal once.",
            "sageintacct",
        ),
        "reconciliation": DocumentAsset(
            RECONCILIATION, [own("gl_post")], "The journals read back from Intacct, against the register."
        ),
    }
    return document_specs(names, "payroll", made)


def in_order(partitions: list[str], view: LedgerView) -> list[str]:
    """Pay runs by check date; a reversal after the run that it reverses, whose split it takes back."""
    calendar = view.pay_calendar
    reversals = set(calendar.loc[calendar["original_pay_period_id"].notna(), "partition"])
    return sorted(partitions, key=lambda key: (key[:10], key in reversals, key))
