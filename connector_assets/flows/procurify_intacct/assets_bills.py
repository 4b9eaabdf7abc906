"""The assets of a bill: the bill, what Intacct is to hold, the post, the reconciliation; one partition per bill."""

from collections.abc import Iterator

import pandas as pd
from dagster import AssetExecutionContext, AssetsDefinition, AssetSpec, MetadataValue, multi_asset

from connector_assets.accounting.documents import AP_LINES, BILL_LINES, BILLS
from connector_assets.accounting.findings import stopping
from connector_assets.flows.procurify_intacct.bill_work import BillWork
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.run_tools import tools_of_run
from connector_assets.orchestration import gate
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_frames import POSTINGS, RECONCILIATION
from connector_assets.orchestration.metadata import amount, markdown_table
from connector_assets.orchestration.resources import IntacctResource, ProcurifyResource, RecordsResource
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


def read_bill(work: BillWork) -> StageResult:
    """Fetch the bill from Procurify."""
    heads, lines, found = work.read()
    by_code = lines.groupby("account_code", dropna=False)[["net_cents", "tax_cents"]].sum().reset_index()
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(lines)),
        "total": amount(int(heads["total_cents"].iloc[0])),
        "by_account_code": markdown_table(by_code),
    }
    head: Metadata = {"dagster/row_count": MetadataValue.int(1)}
    return StageResult({"bill": head, "bill_lines": told}, found, "bill read")


def build(work: BillWork) -> StageResult:
    """Make the ledger's bill of it, and say everything that the ledger would refuse."""
    built = work.build
    work.keep_lines()
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(built.lines)),
        "bill_no": MetadataValue.text(built.bill.bill_no if built.bill else "none: see the findings"),
        "lines": markdown_table(built.lines[["account_no", "department_id", "location_id", "amount_cents", "memo"]]),
    }
    if built.bill is not None:
        told["procurify"] = MetadataValue.url(built.bill.description)
    made = {} if stopping(built.findings) else {"ap_bill": told}
    return StageResult(made, built.findings, "bill built", unjudged=work.unjudged)


def post(work: BillWork) -> StageResult:
    """Post the bill exactly once. Raises AccountingError when it must not be posted."""
    stop_if_blocked(work.build.findings)
    unjudged = frozenset({"S57"}) if work.stands else frozenset[str]()  # the files of a bill that stands are not read
    result, found = work.post()
    frame = POSTINGS.conform(pd.DataFrame([posted_row(result)], columns=POSTINGS.names))
    work.tools.store.write(work.names.own("bill_post"), frame, work.partition)
    told: Metadata = {
        "bill_no": MetadataValue.text(result.posting.reference),
        "record_no": MetadataValue.text(result.posting.ledger_key or ""),
        "postings": markdown_table(frame),
    }
    if result.is_posted:
        return StageResult({"bill_post": told}, found, "posted", unjudged=unjudged)
    found = [*found, not_posted("bill", "bill_post", result)]
    return StageResult({}, found, "not posted", [result], unjudged)


def reconcile(work: BillWork) -> StageResult:
    """Read the bill back and compare it with the source."""
    frame, found = work.reconcile()
    work.tools.store.write(work.names.own("bill_reconciliation"), frame, work.partition)
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(frame)),
        "difference": amount(int(frame["difference_cents"].abs().sum())),
        "lines": markdown_table(frame),
    }
    return StageResult({} if stopping(found) else {"bill_reconciliation": told}, found, "reconciled")


STAGES = (
    Stage({"bill": ("S31",), "bill_lines": ("S50", "S51")}, read_bill),
    Stage(
        {
            "ap_bill": (
                *("P01", "P02", "P03", "P20", "P21", "P22", "P23", "P25", "P26", "P29"),
                *("S50", "S52", "S53", "S54", "S55", "S56", "W04"),
            )
        },
        build,
    ),
    Stage({"bill_post": ("P04", "P09", "S57")}, post, gated=True),
    Stage({"bill_reconciliation": ("A01", "A02")}, reconcile),
)


def bill_assets(names: Names, requirements: list[gate.Requirement], batch: int) -> AssetsDefinition:
    """The partitioned assets of the bills, in one subsettable step. `requirements` is what the gate asks for."""

    @multi_asset(**step_options(names, "bill", bill_specs(names), STAGES, batch))
    def bill(
        context: AssetExecutionContext,
        records: RecordsResource,
        procurify: ProcurifyResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
    ) -> Iterator[Event]:
        tools = tools_of_run(names, context, records, procurify, intacct, frame_store)
        carrier = Carrier(context, names, STAGES, requirements)
        for partition in sorted(context.partition_keys):
            work = BillWork(tools, partition)
            yield from carrier.carry(work)
            work.keep_problem(carrier.bad.get(partition, ""))
        carrier.finish("bills")

    return bill


def bill_specs(names: Names) -> list[AssetSpec]:
    """The partitioned assets: schema, what each is made from, and what it is for."""
    own = names.own
    made = {
        "bill": DocumentAsset(BILLS, [own("approved_bills")], "The bill's head, as Procurify has it now."),
        "bill_lines": DocumentAsset(
            BILL_LINES, [own("bill")], "Its lines and costs, split by their allocations to the cent."
        ),
        "ap_bill": DocumentAsset(
            AP_LINES,
            [own("bill_lines"), own("bill_alignment")],
            "The bill that Intacct is to hold, line by line, with everything that Intacct would refuse.",
        ),
        "bill_post": DocumentAsset(
            POSTINGS,
            [own("ap_bill"), own("bill_alignment")],
            "The bill in Intacct's accounts payable: posted only while every dimension asset stands, and once.",
            "sageintacct",
        ),
        "bill_reconciliation": DocumentAsset(
            RECONCILIATION, [own("bill_post")], "The bill read back from Intacct, against the source."
        ),
    }
    return document_specs(names, "bills", made)
