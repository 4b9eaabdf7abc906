"""What a person decides about single postings, whatever their flow: settle an unknown one, approve a held one."""

from collections.abc import Callable

from connector_assets.deployment import Deployment
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.errors import RecordsError
from connector_assets.records.postings import Posting, PostingState

UNSETTLED = (PostingState.SENDING, PostingState.UNKNOWN)
Belongs = Callable[[Posting, Posting, list[Posting]], bool]


def alone(_one: Posting, _chosen: Posting, _everything: list[Posting]) -> bool:
    """No document makes no sense without another."""
    return False


def settle(home: Deployment, connection: str, poster: Callable[[], Poster]) -> list[PostingResult]:
    """Settle every posting whose outcome is unknown, by look-up; sent again only where that is safe and due.

    The poster is made only when there is one to settle: it needs the ledger's credentials.
    """
    open_ends = home.postings.list(connection, UNSETTLED)
    if not open_ends:
        return []
    made = poster()
    return [made.resolve(one.key) for one in open_ends]


def approve(
    home: Deployment, connection: str, reference: str, *, approver: str, reason: str, belongs: Belongs = alone
) -> list[Posting]:
    """Approve the held document with that reference, and those that `belongs` (one, chosen, all) ties to it.

    All or none, and as they stood when they were looked up. Raises RecordsError when nothing is held under the
    reference, or the approver prepared it.
    """
    everything = home.postings.list(connection)
    chosen = next((one for one in everything if one.reference == reference), None)
    if chosen is None:
        held = ", ".join(one.reference for one in everything if one.state == PostingState.HELD) or "none"
        raise RecordsError(
            f"Connection {connection} has no journal {reference} (held: {held}).", fix="Name one of those."
        )
    together = [one for one in everything if one is chosen or belongs(one, chosen, everything)]
    return home.postings.approve(together, approver, reason)
