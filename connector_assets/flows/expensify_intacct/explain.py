"""Why a line of a report's document is what it is: from the line to expenses and rules, from an expense to lines."""

from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.audit_view import reader
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.orchestration.explanations import Explanation, explained, posting_named
from connector_assets.orchestration.rule_words import rules_in_words


def explain(
    home: Deployment,
    connection: ExpensifyIntacctConnection,
    reference: str,
    *,
    line_no: int | None = None,
    source_id: str | None = None,
) -> Explanation:
    """Explain a document that is planned or posted; `source_id` is an expense. Raises as `explained` does."""
    posting = posting_named(home.postings.list(connection.name), connection.name, reference)
    rules = rules_in_words(home, connection.name)
    return explained(posting, reader(home, connection), rules, line_no=line_no, source_id=source_id)
