"""The trailing window: posted pay runs are read again, so that a check changed, voided or reissued later is noticed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetsDefinition,
    Output,
    asset,
)

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.accounting.register import PAY_CHECKS, PAY_LINES
from connector_assets.flows.paychex_intacct.attention import HEADS_DUE, POSTED_REGISTER, REGISTERS_READ
from connector_assets.flows.paychex_intacct.headcounts import miscounted
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.pay_run import PayRunWork, Tools
from connector_assets.flows.paychex_intacct.register import register_digest
from connector_assets.flows.paychex_intacct.vanished import NotProcessedError
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import IntacctResource, PaychexResource, RecordsResource
from connector_assets.orchestration.specs import table_options
from connector_assets.records.sources import SourceDocument
from connector_assets.vendors.errors import NotFoundError
from connector_assets.vendors.intacct.ledger import IntacctLedger

NAME, CODE = "register_changes", "S07"
SAME, DIFFERENT, GONE, TAKEN_BACK, OPEN_AGAIN = "as posted", "changed", "gone", "taken back", "open again"
SETTLED = {SAME, TAKEN_BACK}
SAID = {
    DIFFERENT: ("Pay run {} has changed since it was posted.", "Nothing: the next run of it posts the difference."),
    GONE: (
        "Pay run {} was posted, and is not in Paychex any more.",
        "Ask the payroll. The next run prepares the journals that take it back; they wait for an approval.",
    ),
    OPEN_AGAIN: (
        "Pay run {} was posted, and is open again in Paychex.",
        "Nothing: what is posted stands until it is processed again.",
    ),
}
"""What a finding says of a pay run with each answer that is not settled, and what to do."""

NOTHING_LEFT = register_digest(PAY_CHECKS.empty(), PAY_LINES.empty())
"""The digest of a register without checks: what a pay run is once Paychex does not show it any more."""

REGISTER_CHANGES = FrameSchema(
    NAME,
    (
        Column("partition", "string", "Partition of the posted pay run"),
        Column("pay_period_id", "string", "Paychex pay period id"),
        Column("check_date", "date", "Pay date"),
        Column("posted_digest", "string", "Digest of the register that was posted"),
        Column("digest", "string", "Digest of the register as Paychex shows it now", nullable=True),
        Column("answer", "string", "as posted, changed, gone, taken back, open again"),
    ),
)


@dataclass(frozen=True)
class Reread:
    """One posted pay run, read again; `digest` is of its register as it is now, None while it is open again."""

    posted: SourceDocument
    digest: str | None

    @property
    def answer(self) -> str:
        """In a word."""
        if self.digest is None:
            return OPEN_AGAIN
        if self.digest == NOTHING_LEFT:
            return TAKEN_BACK if self.posted.digest == NOTHING_LEFT else GONE
        return SAME if self.digest == self.posted.digest else DIFFERENT

    def findings(self) -> list[Finding]:
        """S07, where it is not as it was posted."""
        if self.answer in SETTLED:
            return []
        why, fix = SAID[self.answer]
        return [finding(CODE, self.posted.partition, why.format(self.posted.partition), fix)]

    def row(self) -> tuple[object, ...]:
        """As REGISTER_CHANGES."""
        one = self.posted
        return (one.partition, one.source_id, one.document_date, one.digest, self.digest, self.answer)


def in_window(posted: list[SourceDocument], today: date, look_back_days: int) -> list[SourceDocument]:
    """The pay runs whose check date lies in the window before the newest posted one, or today if that is earlier.

    So a company that has not paid anyone for a while is still watched over its last pay runs.
    """
    newest = max((one.document_date for one in posted), default=today)
    first = min(newest, today) - timedelta(days=look_back_days)
    return [one for one in posted if one.document_date >= first]


def reread(tools: Tools) -> list[Reread]:
    """Every posted pay run of the window, as Paychex shows it now."""
    posted = tools.home.sources.list(tools.connection.name, POSTED_REGISTER)
    watched = [one for one in posted if one.document_date >= tools.connection.start_date]
    window = in_window(watched, tools.today, tools.connection.look_back_days)
    return [Reread(one, _digest_now(tools, one.partition)) for one in window]


def _digest_now(tools: Tools, partition: str) -> str | None:
    try:
        _, checks, lines, _ = PayRunWork(tools, partition).fetch_register()
    except (NotFoundError, NotProcessedError):  # gone since the calendar was read, or not processed any more
        return None
    return register_digest(checks, lines)


def changes_asset(names: Names) -> AssetsDefinition:
    """The asset that re-reads the trailing window and marks what has changed."""
    key = names.own(NAME)

    @asset(
        **table_options(
            names,
            key,
            stage="payroll",
            kinds={"paychex", "parquet"},
            schema=REGISTER_CHANGES,
            description="Every posted pay run of the trailing window, read again: one that Paychex now shows otherwise"
            " is carried again by the next run, which posts the correction.",
        ),
        deps=[names.own("pay_calendar"), names.paychex("jobs")],
        check_specs=code_specs(key, [CODE]),
    )
    def register_changes(
        context: AssetExecutionContext,
        records: RecordsResource,
        paychex: PaychexResource,
        intacct: IntacctResource,
        frame_store: FramesResource,
    ) -> Iterator[Output[pd.DataFrame] | AssetCheckResult]:
        connection, home = names.connection, records.open()
        with outages_waited_out(context):
            tools = Tools(
                connection=connection,
                home=home,
                store=frame_store.store,
                view=LedgerView(connection, frame_store.store),
                source=paychex.client(connection, connection.paychex),
                company=paychex.company(connection, connection.paychex),
                ledger=IntacctLedger(intacct.client(connection, connection.intacct)),
                actor=f"run {context.run.run_id[:8]}",
            )
            found = reread(tools)
        digests = {one.posted.partition: one.digest for one in found if one.digest}
        home.snapshots.put(connection.name, REGISTERS_READ, digests)
        home.snapshots.put(connection.name, HEADS_DUE, miscounted(tools))
        frame = REGISTER_CHANGES.conform(pd.DataFrame([one.row() for one in found], columns=REGISTER_CHANGES.names))
        other = frame[~frame["answer"].isin(list(SETTLED))]
        told = {
            "read_again": len(found),
            "changed": int((frame["answer"] == DIFFERENT).sum()),
            "gone": int((frame["answer"] == GONE).sum()),
        }
        yield Output(frame, metadata={**counts(told), "differences": markdown_table(other)})
        yield from code_results([told for one in found for told in one.findings()], [CODE])
        announce(connection.name, "trailing window", f"{len(found)} posted pay runs read again, {len(other)} changed")

    return register_changes
