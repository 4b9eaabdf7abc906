"""A bill or payment looked at before it is sent: what it would become, and everything that stands against it."""

from datetime import date

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import blocking
from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.audit_view import entry_of
from connector_assets.flows.procurify_intacct.bill_work import BillWork
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.flows.procurify_intacct.document_work import Tools
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.payment_work import PaymentWork
from connector_assets.flows.procurify_intacct.status import BILL, PAYMENT
from connector_assets.orchestration.explanations import DocumentPreview
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.sources import SourceDocument
from connector_assets.systems import intacct_client, procurify_client

WHO, SOURCE = "preview", "procurify"


def preview(home: Deployment, connection: ProcurifyIntacctConnection, partition: str) -> DocumentPreview:
    """Build the bill or payment and send nothing: Intacct is not called, and no record or frame is written.

    It is asked of Procurify as it is now; what is due on a paid bill is asked when the payment is posted. Raises
    AccountingError for one that is not known, gone, or not approved or paid any more.
    """
    found = _known(home, connection, partition)
    client = intacct_client(connection, connection.intacct, home.credentials, home.settings)
    tools = Tools(
        names=Names(connection),
        home=home,
        store=FrameStore(home.settings.frames_path),
        source=procurify_client(connection, connection.procurify, home.credentials, home.settings),
        entity=client.for_entity(connection.posting.entity),
        actor=WHO,
        preparer=WHO,
    )
    return (
        _bill(BillWork(tools, found.partition)) if found.kind == BILL else _payment(PaymentWork(tools, found.partition))
    )


def _known(home: Deployment, connection: ProcurifyIntacctConnection, named: str) -> SourceDocument:
    known = [one for kind in (BILL, PAYMENT) for one in home.sources.list(connection.name, kind)]
    found = next((one for one in known if named in (one.partition, one.label)), None)
    if found is None:
        newest = ", ".join(sorted((one.partition for one in known), reverse=True)[:3]) or "none"
        raise AccountingError(f"There is no approved bill or payment {named}.", fix=f"The newest are: {newest}.")
    return found


def _bill(work: BillWork) -> DocumentPreview:
    findings = [*work.fetch(), *work.build.findings]
    entries = [] if work.build.bill is None else [entry_of(work.document(""), work.connection.posting.entity)]
    return DocumentPreview(work.partition, SOURCE, entries, findings, {"bill_cents": work.head.total_cents})


def _payment(work: PaymentWork) -> DocumentPreview:
    day = date.fromisoformat(work.partition[:10])
    heads, _ = work.fetch({str(one.id): one for one in work.tools.source.payments(day)}, asks_ledger=False)
    found = work.own_findings
    entries = [] if blocking(found) else [entry_of(work.document(), work.connection.posting.entity)]
    totals = {"payment_cents": int(heads["amount_cents"].iloc[0])}
    return DocumentPreview(work.partition, SOURCE, entries, found, totals)
