"""An expense report looked at before it is sent: the documents it would become, and what was found."""

from connector_assets.accounting.errors import AccountingError
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.audit_view import entry_of
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.flows.expensify_intacct.ledger import ReportLedger
from connector_assets.flows.expensify_intacct.report_work import ReportWork, Tools
from connector_assets.flows.expensify_intacct.status import REPORT
from connector_assets.orchestration.explanations import DocumentPreview
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.ledger_lookup import LedgerLookup
from connector_assets.systems import expensify_client, intacct_client

WHO = "preview"


def preview(home: Deployment, connection: ExpensifyIntacctConnection, partition: str) -> DocumentPreview:
    """Build a report's documents and send nothing: Intacct is not called, and no record or frame is written.

    The report is asked of Expensify as it is now. `partition` may also be the report's id. Raises AccountingError for
    one that is not known, gone or not approved any more.
    """
    names = Names(connection)
    known = home.sources.list(connection.name, REPORT)
    found = next((one for one in known if partition in (one.partition, one.source_id)), None)
    if found is None:
        newest = ", ".join(sorted((one.partition for one in known), reverse=True)[:3]) or "none"
        raise AccountingError(f"There is no approved report {partition}.", fix=f"The newest are: {newest}.")
    store = FrameStore(home.settings.frames_path)
    tools = Tools(
        names=names,
        home=home,
        store=store,
        ledger_lookup=LedgerLookup(names, store, connection.own_dimensions),
        source=expensify_client(connection, connection.expensify, home.credentials, home.settings),
        ledger=ReportLedger(intacct_client(connection, connection.intacct, home.credentials, home.settings)),
        actor=WHO,
        preparer=WHO,
        report_ids=[found.source_id],
    )
    work = ReportWork(tools, found.partition)
    work.fetch()
    findings = work.build.findings
    entries = [entry_of(one.document.kind, one.document.payload()) for one in work.wanted]
    return DocumentPreview(
        found.partition,
        "expensify",
        entries,
        findings,
        {"report_cents": int(work.frames[0]["total_cents"].iloc[0])},
    )
