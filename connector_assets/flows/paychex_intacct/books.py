"""What the ledger holds of a pay run: its journals in order of revision, and what was kept of each when it was posted.

Frames are kept under a journal's reference and digest, before it is sent: a journal that is replaced before any ledger
holds it leaves its frame behind, and can never be taken for another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from connector_assets.accounting.journal import Journal, journal_from_payload
from connector_assets.accounting.journal_build import JOURNAL_TRACE
from connector_assets.accounting.revision import BOOKED, CORRECTION, TAKEBACK, Correction, standing
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.postings import PENDING, Posting, PostingState

BOOK_KINDS = ("labor", "void", CORRECTION, TAKEBACK)
"""The kinds whose journals together are the register; an accrual and its reversal add up to nothing beside them."""

UNSETTLED = frozenset({PostingState.SENDING, PostingState.UNKNOWN})


@dataclass(frozen=True)
class PayRunBooks:
    """The postings of one pay run, as the records have them now."""

    home: Deployment
    store: FrameStore
    names: Names
    pay_run_id: str

    def postings(self, kinds: Sequence[str] = BOOK_KINDS) -> list[Posting]:
        """Those of some kinds (none given: of all) that are wanted, in order of posting, payloads left out."""
        everything = self.home.postings.list(self.names.connection.name, source_id=self.pay_run_id)
        chosen = [one for one in everything if not kinds or base_kind(one.key.kind) in kinds]
        found = [one for one in chosen if one.state != PostingState.WITHDRAWN]
        return sorted(found, key=lambda one: (one.key.revision, base_kind(one.key.kind) != TAKEBACK, one.key.kind))

    def posted(self, kinds: Sequence[str] = BOOK_KINDS) -> list[Posting]:
        """Those that the ledger holds."""
        return [one for one in self.postings(kinds) if one.state == PostingState.POSTED]

    def pending(self) -> list[Posting]:
        """Those that no ledger holds yet."""
        return [one for one in self.postings() if one.state in PENDING]

    def journal(self, posting: Posting) -> Journal:
        """The journal of a posting, from its stored payload."""
        return journal_from_payload(self.home.postings.payload(posting.key))

    def keep(self, correction: Correction) -> None:
        """Keep what a journal books, check by check, and the way from its lines to the checks: before it is sent."""
        part = _part(correction.journal.reference, correction.journal.digest())
        self.store.write(self.names.own("booked"), correction.booked, part)
        self.store.write(self.names.own("booked_trace"), correction.trace, part)

    def keep_as(self, posting: Posting, journal: Journal) -> None:
        """Keep what was kept of a posting for its journal on another date as well; nothing where nothing was."""
        before, part = _part(posting.reference, posting.digest), _part(journal.reference, journal.digest())
        for name in ("booked", "booked_trace"):
            if part != before and self.store.exists(self.names.own(name), before):
                self.store.write(self.names.own(name), self.store.read(self.names.own(name), before), part)

    def stands(self) -> pd.DataFrame | None:
        """BOOKED of the checks that stand in the ledger; None when a frame is not at hand."""
        frames = {}
        for posting in self.posted():
            part = _part(posting.reference, posting.digest)
            if not self.store.exists(self.names.own("booked"), part):
                return None
            frames[posting.reference] = BOOKED.conform(self.store.read(self.names.own("booked"), part))
        return standing(frames)

    def trace(self, posting: Posting) -> pd.DataFrame:
        """JOURNAL_TRACE of a posting; empty where it was not kept."""
        part = _part(posting.reference, posting.digest)
        if not self.store.exists(self.names.own("booked_trace"), part):
            return JOURNAL_TRACE.empty()
        return JOURNAL_TRACE.conform(self.store.read(self.names.own("booked_trace"), part))


def base_kind(kind: str) -> str:
    """`labor` of `labor@E200`, the part of a journal that belongs to another entity."""
    return kind.partition("@")[0]


def _part(reference: str, digest: str) -> str:
    return f"{reference}.{digest[:16]}"
