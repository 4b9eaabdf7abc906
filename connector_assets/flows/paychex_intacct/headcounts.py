"""Each month's heads counted once: by the last scheduled pay run of the month, whichever that is by now.

A pay run that vanishes takes its heads back, and one that is added or returns is the last from then on. Then another
pay run of the month counts anew, though its register is as it was posted: it is found here, with the re-read of the
trailing window, and corrected by a statistical journal of the difference in heads.
"""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from connector_assets.accounting.journal import Journal, journal_from_payload
from connector_assets.accounting.statistics import KIND
from connector_assets.flows.paychex_intacct.attention import POSTED_REGISTER
from connector_assets.flows.paychex_intacct.books import base_kind
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.records.postings import Posting, PostingState
from connector_assets.records.sources import SourceDocument

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import Tools


def head_accounts(connection: PaychexIntacctConnection) -> frozenset[str]:
    """The statistical accounts that hold full counts of a month."""
    chosen = connection.statistics
    return frozenset({chosen.headcount_account, chosen.fte_account} - {""})


def heads_of(journal: Journal, accounts: frozenset[str]) -> Journal:
    """The journal with its lines on these accounts alone."""
    return replace(journal, lines=tuple(line for line in journal.lines if line.account_no in accounts))


def miscounted(tools: "Tools") -> dict[str, str]:
    """The posted pay runs that count heads and should not, or should and do not, by partition.

    Each has the reference of its newest statistical journal: a later reason is another. One that should waits until no
    other pay run of the month holds the heads, as one that is gone does until its takeback is approved.
    """
    connection = tools.connection
    if not (connection.statistics.journal and connection.statistics.post):
        return {}
    posted: dict[str, list[Posting]] = {}
    for one in tools.home.postings.list(connection.name, [PostingState.POSTED]):
        if base_kind(one.key.kind) == KIND:
            posted.setdefault(one.key.source_id, []).append(one)
    runs = [one for one in tools.home.sources.list(connection.name, POSTED_REGISTER) if one.source_id in posted]
    holding = {one.source_id for one in runs if _holds_heads(tools, posted[one.source_id])}
    months = {_month(one.document_date) for one in runs if one.source_id in holding}
    last = _last_of_months(tools)
    found = [one for one in runs if _is_wrong(one, last, holding, months)]
    return {one.partition: max(posted[one.source_id], key=lambda two: two.key.revision).reference for one in found}


def _is_wrong(one: SourceDocument, last: dict[str, str], holding: set[str], months: set[str]) -> bool:
    month = _month(one.document_date)
    if one.source_id in holding:
        return last.get(month, one.source_id) != one.source_id
    return last.get(month) == one.source_id and month not in months


def _holds_heads(tools: "Tools", postings: list[Posting]) -> bool:
    accounts = head_accounts(tools.connection)
    journals = [journal_from_payload(tools.home.postings.payload(one.key)) for one in postings]
    return any(sum(line.amount_cents for one in journals for line in one.lines if line.account_no == account)
               for account in accounts)  # fmt: skip


def _last_of_months(tools: "Tools") -> dict[str, str]:
    """The id of the last scheduled pay run of each month (`2026-04`), as the calendar shows it now."""
    calendar = tools.view.pay_calendar
    scheduled = calendar[calendar["interval"].fillna("") != ""].sort_values(["check_date", "pay_period_id"])
    return {
        _month(day): str(pay_period_id)
        for day, pay_period_id in zip(scheduled["check_date"], scheduled["pay_period_id"], strict=True)
    }


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
