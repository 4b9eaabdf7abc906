"""Why a line of a bill is what it is: from the line to the item and its coding, from an item to lines; and payments."""

from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.audit_view import reader
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.orchestration.explanations import Explanation, explained, posting_named


def explain(
    home: Deployment,
    connection: ProcurifyIntacctConnection,
    reference: str,
    *,
    line_no: int | None = None,
    source_id: str | None = None,
) -> Explanation:
    """Explain a bill or payment that is planned or posted; `source_id` is an item of it, or a paid bill.

    Raises AccountingError as `explained` does.
    """
    posting = posting_named(home.postings.list(connection.name), connection.name, reference)
    rules: dict[str, str] = {}
    return explained(posting, reader(home, connection, rules), rules, line_no=line_no, source_id=source_id)
