"""The assets of a payment: read, posted once its bills are in Intacct, reconciled; one partition per payment."""

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd
from dagster import AssetExecutionContext, AssetsDefinition, AssetSpec, MetadataValue, multi_asset

from connector_assets.accounting.documents import BILL_PAYMENTS, PAYMENT_LINES
from connector_assets.accounting.findings import stopping
from connector_assets.accounting.frames import FrameSchema
from connector_assets.flows.procurify_intacct.document_work import Tools
from connector_assets.flows.procurify_intacct.frames import PAYMENT_RECONCILIATION
from connector_assets.flows.procurify_intacct.keys import PaymentNames
from connector_assets.flows.procurify_intacct.payment_work import PaymentWork
from connector_assets.flows.procurify_intacct.run_tools import tools_of_run
from connector_assets.orchestration import gate
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_frames import POSTINGS
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
from connector_assets.vendors.procurify.client import ProcurifyClient
from connector_assets.vendors.procurify.models import Payment


class Payments:
    """The payments of a run's days, read in one go at the first that asks."""

    def __init__(self, source: ProcurifyClient, partitions: Sequence[str]) -> None:
        self._source, self._first_day = source, min(date.fromisoformat(key[:10]) for key in partitions)
        self._read: dict[str, Payment] = {}

    def all(self) -> dict[str, Payment]:
        """By id, as Procurify has them now."""
        if not self._read:
            self._read = {str(one.id): one for one in self._source.payments(self._first_day)}
        return self._read


class PaymentStep(PaymentWork):
    """The work on one payment, and where its payment is read from."""

    def __init__(self, tools: Tools, partition: str, payments: Payments) -> None:
        super().__init__(tools, partition)
        self.payments = payments


def read_payment(work: PaymentStep) -> StageResult:
    """Fetch the payment from Procurify."""
    heads, lines = work.read(work.payments.all())
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(lines)),
        "amount": amount(int(heads["amount_cents"].iloc[0])),
        "bills": markdown_table(lines),
    }
    head: Metadata = {"dagster/row_count": MetadataValue.int(1)}
    made = {"bill_payment": head, "payment_lines": told}
    return StageResult(made, work.findings, "payment read", unjudged=work.unjudged)


def post(work: PaymentStep) -> StageResult:
    """Post the payment exactly once. Raises AccountingError when it must not be posted."""
    stop_if_blocked(work.findings)
    work.keep_left(work.left)
    if work.left:
        return _left(work, "payment_post", POSTINGS)
    result = work.post()
    frame = POSTINGS.conform(pd.DataFrame([posted_row(result)], columns=POSTINGS.names))
    work.tools.store.write(work.names.own("payment_post"), frame, work.partition)
    told: Metadata = {
        "record_no": MetadataValue.text(result.posting.ledger_key or ""),
        "postings": markdown_table(frame),
    }
    if result.is_posted:
        return StageResult({"payment_post": told}, [], "posted")
    return StageResult({}, [not_posted("payment", "payment_post", result)], "not posted", [result])


def reconcile(work: PaymentStep) -> StageResult:
    """Read the payment back, and what its bills say."""
    if work.left:
        return _left(work, "payment_reconciliation", PAYMENT_RECONCILIATION)
    frame, found = work.reconcile()
    work.tools.store.write(work.names.own("payment_reconciliation"), frame, work.partition)
    told: Metadata = {
        "dagster/row_count": MetadataValue.int(len(frame)),
        "difference": amount(int(frame["difference_cents"].abs().sum())),
        "bills": markdown_table(frame),
    }
    return StageResult({} if stopping(found) else {"payment_reconciliation": told}, found, "reconciled")


def _left(work: PaymentStep, asset: str, schema: FrameSchema) -> StageResult:
    """Nothing is sent, and nothing is to be done here: what people settle by hand does not wait."""
    work.tools.store.write(work.names.own(asset), schema.empty(), work.partition)
    told: Metadata = {"dagster/row_count": MetadataValue.int(0), "left_to_people": MetadataValue.text(work.left)}
    return StageResult({asset: told}, [], "left to people")


STAGES = (
    Stage(
        {"bill_payment": ("P03", "P27", "S31", "S52", "S54", "S58"), "payment_lines": ("P28", "S59", "S60")},
        read_payment,
    ),
    Stage({"payment_post": ("P04", "P09")}, post, gated=True),
    Stage({"payment_reconciliation": ("A01", "A02")}, reconcile),
)


def payment_assets(names: PaymentNames, requirements: list[gate.Requirement], batch: int) -> AssetsDefinition:
    """The partitioned assets of the payments, in one subsettable step. `requirements` is what the gate asks for."""

    @multi_asset(**step_options(names, "bill_payment", payment_specs(names), STAGES, batch))
    def payment(
        context: AssetExecutionContext,
        records: RecordsResource,
        procurify: ProcurifyResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
    ) -> Iterator[Event]:
        tools = tools_of_run(names, context, records, procurify, intacct, frame_store)
        partitions = sorted(context.partition_keys)
        payments = Payments(tools.source, partitions)
        carrier = Carrier(context, names, STAGES, requirements)
        for partition in partitions:
            work = PaymentStep(tools, partition, payments)
            yield from carrier.carry(work)
            work.keep_problem(carrier.bad.get(partition, ""))
        carrier.finish("payments")

    return payment


def payment_specs(names: PaymentNames) -> list[AssetSpec]:
    """The partitioned assets: schema, what each is made from, and what it is for."""
    own = names.own
    made = {
        "bill_payment": DocumentAsset(
            BILL_PAYMENTS, [own("paid_payments")], "The payment's head, as Procurify has it now."
        ),
        "payment_lines": DocumentAsset(
            PAYMENT_LINES,
            [own("bill_payment"), own("bill_alignment")],
            "What it pays of each bill, with the bill's record in Intacct as soon as it stands there.",
        ),
        "payment_post": DocumentAsset(
            POSTINGS,
            [own("payment_lines"), own("bill_alignment")],
            "The payment in Intacct, which marks its bills paid: posted after them, and once.",
            "sageintacct",
        ),
        "payment_reconciliation": DocumentAsset(
            PAYMENT_RECONCILIATION, [own("payment_post")], "The payment read back from Intacct, and what its bills say."
        ),
    }
    return document_specs(names, "payments", made)
