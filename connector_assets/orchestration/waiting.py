"""Postings that the ledger does not hold, or is not known to hold: what the run's metadata says of them."""

from collections.abc import Sequence

import pandas as pd
from dagster import MetadataValue

from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.orchestration.metadata import markdown_table
from connector_assets.posting import PostingResult
from connector_assets.records.postings import PostingState


def waiting_row(result: PostingResult) -> dict[str, str]:
    """One of them: how it is, what the connector is going to do about it, and when (UTC)."""
    at = result.next_try_at
    return {
        "reference": result.posting.reference,
        "state": result.posting.state.value,
        "amount": grouped_text_from_cents(result.posting.amount_cents),
        "next_step": result.next_step or result.message,
        "next_at": f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "",
    }


def waiting_metadata(waiting: Sequence[PostingResult]) -> dict[str, MetadataValue]:
    """All of them: a table, how many outcomes are unknown, and when the first is due."""
    unknown = sum(result.posting.state == PostingState.UNKNOWN for result in waiting)
    moments = [result.next_try_at for result in waiting if result.next_try_at]
    table = markdown_table(pd.DataFrame([waiting_row(result) for result in waiting]))
    told: dict[str, MetadataValue] = {"unknown": MetadataValue.int(unknown), "waiting": table}
    return {**told, "next_at": MetadataValue.timestamp(min(moments))} if moments else told
