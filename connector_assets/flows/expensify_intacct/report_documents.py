"""The documents that one report has in the ledger, or is to have: its journals, and what is claimed by itself.

A report that changed after its journal was posted gets another one for the difference, under the next revision. A
document of the subledger is not corrected by another: it waits for a person (S34).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connector_assets.accounting.expense_correction import correction
from connector_assets.accounting.expense_journal import KIND, reference_of
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal import Journal, journal_from_payload
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.ledger import CARD_BILL, CLAIM
from connector_assets.records.postings import PENDING, Posting, PostingKey, PostingState
from connector_assets.vendors.intacct.postable import IntacctDocument

FIRST = 1


@dataclass(frozen=True)
class Wanted:
    """A document under the key of its posting, and the reference that it corrects, if any."""

    key: PostingKey
    document: Journal | IntacctDocument
    corrects: str = ""


class ReportDocuments:
    """What the records know of one report's documents. Nothing is kept: each answer is as things stand."""

    def __init__(self, home: Deployment, connection: str, report_id: str) -> None:
        self._home, self._connection, self._report_id = home, connection, report_id

    def key(self, kind: str, revision: int = FIRST) -> PostingKey:
        """The key of one of its postings."""
        return PostingKey(self._connection, kind, self._report_id, revision)

    def journals(self) -> list[Posting]:
        """The postings of its journals, by revision."""
        found: list[Posting] = []
        while (one := self._home.postings.get(self.key(KIND, len(found) + FIRST))) is not None:
            found.append(one)
        return found

    def everything(self) -> list[Posting]:
        """Every posting that stands or is on its way."""
        claims = (self._home.postings.get(self.key(kind)) for kind in (CLAIM, CARD_BILL))
        found = [*self.journals(), *(one for one in claims if one is not None)]
        return [one for one in found if one.state != PostingState.WITHDRAWN]

    def standing(self) -> list[Wanted]:
        """Its posted journals, as they were sent."""
        posted = [one for one in self.journals() if one.state == PostingState.POSTED]
        return [Wanted(one.key, journal_from_payload(self._home.postings.payload(one.key))) for one in posted]

    @property
    def revision(self) -> int:
        """The revision of the next journal: that of the last one as long as it is not posted."""
        known = self.journals()
        if not known:
            return FIRST
        return known[-1].key.revision + (known[-1].state == PostingState.POSTED)

    def wanted(self, journal: Journal | None) -> Wanted | None:
        """What is to be posted where `journal` is all that the ledger shall hold; what stands when that is enough."""
        standing = self.standing()
        key = self.key(KIND, self.revision)
        if not standing:
            return Wanted(key, journal) if journal else None
        posted = [one.document for one in standing if isinstance(one.document, Journal)]
        last = posted[-1]
        whole = journal or replace(last, reference=reference_of(self._report_id, key.revision), lines=())
        made = correction(whole, posted)
        return Wanted(key, made, last.reference) if made else standing[-1]

    def withdraw_pending(self, actor: str) -> None:
        """Take back a correction that was planned and is not needed any more."""
        for one in self.journals():
            if one.state in PENDING:
                self._home.postings.withdraw(one.key, actor, "The report asks for what stands in the ledger.")

    def changed_claims(self, claims: Sequence[IntacctDocument]) -> list[Finding]:
        """S34: a document of the subledger was sent, and the report asks for something else now."""
        found = []
        wanted = {one.kind: one for one in claims}
        for kind in (CLAIM, CARD_BILL):
            posting = self._home.postings.get(self.key(kind))
            if posting is None or posting.state != PostingState.POSTED:
                continue
            if kind not in wanted or wanted[kind].digest() != posting.digest:
                why = f"Report {self._report_id} is posted as {posting.reference}, and asks for something else now."
                fix = f"Correct {posting.reference} in Intacct by hand, or have the report set back in Expensify."
                found.append(finding("S34", self._report_id, why, fix))
        return found
