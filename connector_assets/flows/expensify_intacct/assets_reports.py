"""The assets of an expense report: its lines, its journal, the post, the reconciliation; one partition per report."""

from collections.abc import Iterator

import pandas as pd
from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    MetadataValue,
    multi_asset,
)

from connector_assets.accounting.documents import EXPENSE_LINES, EXPENSE_REPORTS, EXPENSE_TRACE
from connector_assets.accounting.findings import stopping
from connector_assets.accounting.journal_build import JOURNAL_LINES
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.flows.expensify_intacct.ledger import ReportLedger
from connector_assets.flows.expensify_intacct.report_documents import Wanted
from connector_assets.flows.expensify_intacct.report_work import ReportWork, Tools
from connector_assets.orchestration import gate
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_frames import POSTINGS, RECONCILIATION
from connector_assets.orchestration.ledger_lookup import LedgerLookup
from connector_assets.orchestration.metadata import amount, markdown_table
from connector_assets.orchestration.preparer import prepared_by
from connector_assets.orchestration.resources import ExpensifyResource, IntacctResource, RecordsResource
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
from connector_assets.records.postings import PostingState


def read_report(work: ReportWork) -> StageResult:
    """Fetch the report from Expensify."""
    heads, lines = work.read_report()
    by_category = lines.groupby("category")["amount_cents"].sum().reset_index()
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(lines)),
        "total": amount(int(heads["total_cents"].iloc[0])),
        "by_category": markdown_table(by_category),
    }
    head: Metadata = {"dagster/row_count": MetadataValue.int(1)}
    return StageResult({"expense_report": head, "expense_lines": told}, [], "report read")


def build_journal(work: ReportWork) -> StageResult:
    """Map, place and balance."""
    build = work.build
    if stopping(build.findings):
        return StageResult({}, build.findings, "journal built", unjudged=work.unjudged)
    store = work.tools.store
    store.write(work.names.own("journal_batch"), build.lines, work.partition)
    store.write(work.names.own("journal_trace"), build.trace, work.partition)
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(build.lines)),
        "documents": MetadataValue.text(", ".join(_named(one) for one in work.wanted) or "none: it comes to nothing"),
        "by_account": markdown_table(build.lines.groupby("account_no")["amount_cents"].sum().reset_index()),
    }
    trace: Metadata = {"dagster/row_count": MetadataValue.int(len(build.trace))}
    return StageResult({"journal_batch": told, "journal_trace": trace}, build.findings, "journal built")


def _named(wanted: Wanted) -> str:
    correcting = f" (correcting {wanted.corrects})" if wanted.corrects else ""
    return f"{wanted.document.reference}{correcting}"


def post_journal(work: ReportWork) -> StageResult:
    """Post each document exactly once. Raises AccountingError when the report must not be posted."""
    stop_if_blocked(work.build.findings)
    results = work.post()
    frame = POSTINGS.conform(pd.DataFrame([posted_row(one) for one in results], columns=POSTINGS.names))
    work.tools.store.write(work.names.own("gl_post"), frame, work.partition)
    told: Metadata = {
        "journal_no": MetadataValue.text(", ".join(one.posting.ledger_number or "" for one in results)),
        "postings": markdown_table(frame),
    }
    waiting = [one for one in results if not one.is_posted]
    if not waiting:
        return StageResult({"gl_post": told}, [], "posted" if results else "nothing to post")
    found = [not_posted("document", "gl_post", one) for one in waiting]
    return StageResult({}, found, "not posted", waiting)


def reconcile_journal(work: ReportWork) -> StageResult:
    """Read the journal back and compare it with the report."""
    frame, found = work.reconcile()
    work.tools.store.write(work.names.own("reconciliation"), frame, work.partition)
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(frame)),
        "difference": amount(int(frame["difference_cents"].abs().sum())),
    }
    return StageResult({} if stopping(found) else {"reconciliation": told}, found, "reconciled")


STAGES = (
    Stage({"expense_report": ("S31",), "expense_lines": ()}, read_report),
    Stage(
        {
            "journal_trace": (),
            "journal_batch": (
                *("A02", "P01", "P02", "P03", "S30", "S32", "S33", "S34", "S35", "S36"),
                *("W04", "X01", "X05"),
            ),
        },
        build_journal,
    ),
    Stage({"gl_post": ("P04", "P09")}, post_journal, gated=True),
    Stage({"reconciliation": ("A01", "A02", "A07")}, reconcile_journal),
)


def report_assets(names: Names, requirements: list[gate.Requirement], batch_reports: int) -> AssetsDefinition:
    """The partitioned assets of a connection, in one subsettable step. `requirements` is what the gate asks for."""

    @multi_asset(**step_options(names, "expense_report", report_specs(names), STAGES, batch_reports))
    def expense_report(
        context: AssetExecutionContext,
        records: RecordsResource,
        expensify: ExpensifyResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
    ) -> Iterator[Event]:
        connection, store = names.connection, frame_store.store
        partitions = sorted(context.partition_keys)
        tools = Tools(
            names=names,
            home=records.open(),
            store=store,
            ledger_lookup=LedgerLookup(names, store, names.connection.own_dimensions),
            source=expensify.client(connection, connection.expensify),
            ledger=ReportLedger(intacct.client(connection, connection.intacct)),
            actor=f"run {context.run.run_id[:8]}",
            preparer=prepared_by(context.run.tags),
            report_ids=[key.partition("_")[2] for key in partitions],
        )
        carrier = Carrier(context, names, STAGES, requirements)
        for partition in partitions:
            work = ReportWork(tools, partition)
            yield from carrier.carry(work)
            work.keep_problem(carrier.bad.get(partition, ""))
        _mark_exported(tools, [key for key in partitions if key not in carrier.bad])
        carrier.finish("expense reports")

    return expense_report


def _mark_exported(tools: Tools, partitions: list[str]) -> None:
    """Label what stands in the ledger and is reconciled, where the connection wishes it; each label is audited."""
    connection = tools.names.connection
    label = connection.mark_exported_as
    works = [ReportWork(tools, key) for key in partitions] if label else []
    ids = [work.report_id for work in works if _stands(work)]
    if not ids:
        return
    policy_id = connection.expensify.policy_id
    lacking = tools.source.unlabelled(policy_id, ids, label)
    if lacking:
        tools.source.mark_exported(policy_id, sorted(lacking), label)
    for report_id in sorted(lacking):
        subject = f"{connection.name}/expense_report/{report_id}"
        tools.home.audit.append(actor=tools.actor, action="marked as exported", subject=subject, reason=label)


def _stands(work: ReportWork) -> bool:
    """Whether the report has documents, and all of them are in the ledger and reconciled."""
    postings = work.documents.everything()
    return bool(postings) and all(one.state == PostingState.POSTED and one.reconciled for one in postings)


def report_specs(names: Names) -> list[AssetSpec]:
    """The partitioned assets: key, schema, what each is made from, and what it is for."""
    own = names.own
    made = {
        "expense_report": DocumentAsset(
            EXPENSE_REPORTS, [own("approved_reports")], "The report's head, as Expensify has it now.", "expensify"
        ),
        "expense_lines": DocumentAsset(
            EXPENSE_LINES, [own("expense_report")], "Its expenses, amounts in the report's currency."
        ),
        "journal_batch": DocumentAsset(
            JOURNAL_LINES,
            [own("expense_lines"), own("tag_alignment")],
            "All that the ledger is to hold of the report, line by line: each expense its own cost line. A report that "
            "changed after it was posted gets a journal for the difference.",
        ),
        "journal_trace": DocumentAsset(
            EXPENSE_TRACE, [own("expense_lines")], "From each journal line to expenses and rules."
        ),
        "gl_post": DocumentAsset(
            POSTINGS,
            [own("journal_batch"), own("tag_alignment")],
            "The report's documents in Intacct: posted only while every dimension asset stands, and once.",
            "sageintacct",
        ),
        "reconciliation": DocumentAsset(
            RECONCILIATION, [own("gl_post")], "What was posted, read back from Intacct, against the report."
        ),
    }
    return document_specs(names, "expenses", made)
