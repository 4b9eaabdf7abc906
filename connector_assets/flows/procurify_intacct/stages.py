"""What the stages of bills and of payments share."""

from connector_assets.accounting.findings import Finding, finding
from connector_assets.posting import PostingResult


def not_posted(what: str, result: PostingResult) -> Finding:
    """P09: why a bill or payment is not in the ledger, and what happens next."""
    when = f" It may be sent again from {result.next_try_at:%Y-%m-%d %H:%M} UTC." if result.next_try_at else ""
    return finding(
        "P09",
        result.posting.reference,
        f"The {what} is {result.outcome.value.replace('_', ' ')}: {result.message}{when}",
        f"Materialize {what}_post again: what stands in the ledger is found there and never sent twice.",
    )
