"""What the work on a bill and on a payment share: the tools of a run, the poster, and what the records keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from connector_assets.accounting.bill_mapping import BillMapping
from connector_assets.accounting.calendar import fiscal_period
from connector_assets.accounting.findings import Finding, finding
from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct import status
from connector_assets.flows.procurify_intacct.discovery import approved_numbers, paid_numbers, settled_numbers
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.words import Words, mapping_of
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.ledger_lookup import LedgerLookup
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.audit import digest_of
from connector_assets.records.database import utc_now
from connector_assets.records.postings import Posting, PostingKey, PostingState
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.documents import IntacctDocuments
from connector_assets.vendors.intacct.payables import IntacctPayables
from connector_assets.vendors.intacct.postable import IntacctDocument, IntacctDocumentLedger, document_from_payload
from connector_assets.vendors.procurify.client import ProcurifyClient
from connector_assets.vendors.procurify.models import Bill

REVISION = 1
STANDING = frozenset({PostingState.POSTED, PostingState.SENDING, PostingState.UNKNOWN, PostingState.APPROVED})


@dataclass
class Tools:
    """What the steps need; one bundle serves a whole Dagster run. `entity` is a client inside the bills' entity.

    `actor` goes into the audit trail; `preparer` is who started it, and cannot approve what it plans.
    """

    names: Names
    home: Deployment
    store: FrameStore
    source: ProcurifyClient
    entity: IntacctClient
    actor: str
    preparer: str
    lookup: LedgerLookup = field(init=False)
    words: Words = field(init=False)
    ledger: IntacctDocumentLedger = field(init=False)
    documents: IntacctDocuments = field(init=False)
    payables: IntacctPayables = field(init=False)

    def __post_init__(self) -> None:
        """Make what stands on the clients and the store."""
        self.lookup, self.words = LedgerLookup(self.names, self.store), Words(self.names, self.store)
        self.ledger, self.documents = IntacctDocumentLedger(self.entity), IntacctDocuments(self.entity)
        self.payables = IntacctPayables(self.entity)

    @cached_property
    def mapping(self) -> BillMapping:
        """The mapping in force today."""
        return mapping_of(self.home, self.names.connection.name, utc_now().date())[0]

    @cached_property
    def approved(self) -> frozenset[int]:
        """Which bill statuses count as approved."""
        return approved_numbers(self.source, self.names.connection)

    @cached_property
    def settled(self) -> frozenset[int]:
        """Which bill statuses a bill that is posted may have."""
        return settled_numbers(self.source, self.names.connection)

    @cached_property
    def paid(self) -> frozenset[int]:
        """Which payment statuses count as paid."""
        return paid_numbers(self.source, self.names.connection)

    @property
    def poster(self) -> Poster:
        """The poster of this run."""
        return Poster(
            self.home.postings,
            self.ledger,
            owner=self.actor,
            preparer=self.preparer,
            restore=document_from_payload,
        )

    def vendor_of(self, bill: Bill) -> str | None:
        """The ledger's vendor of a bill: by the external id, else by the exact name."""
        return bill.vendor.external_id or self.words.vendor_names.get(bill.vendor.name.get_secret_value().strip())

    def posting(self, kind: str, source_id: str) -> Posting | None:
        """The posting of a bill or payment."""
        return self.home.postings.get(PostingKey(self.names.connection.name, kind, source_id, REVISION))

    @cached_property
    def numbers(self) -> dict[tuple[str, str], str]:
        """Which bill has a vendor's invoice number, of those handed to the poster: (vendor, number) -> bill."""
        known = self.home.sources.list(self.names.connection.name, status.NUMBER)
        return {(str(one.totals["vendor_id"]), str(one.totals["bill_no"])): one.source_id for one in known}


class DocumentWork:
    """The work on one partition; `kind` is that of its source document and of its posting."""

    def __init__(self, tools: Tools, partition: str, kind: str) -> None:
        self.tools, self.partition, self.kind, self.names = tools, partition, kind, tools.names
        self.connection = tools.names.connection
        self.source_id = partition.partition("_")[2]
        self.noun = kind.replace("bill_", "")

    @property
    def posting_key(self) -> PostingKey:
        """The document's one posting."""
        return PostingKey(self.connection.name, self.kind, self.source_id, REVISION)

    @property
    def posting(self) -> Posting | None:
        """Its posting as it stands."""
        return self.tools.home.postings.get(self.posting_key)

    @property
    def stands(self) -> bool:
        """Whether it was sent, or may have been."""
        return self.posting is not None and self.posting.state in STANDING

    def hand_over(self, document: IntacctDocument, day: date) -> PostingResult:
        """Hand a document to the poster. The caller has passed the gate and has seen that nothing blocks."""
        return self.tools.poster.post(
            self.posting_key,
            document,
            partition=self.partition,
            document_date=day,
            policy=self.connection.posting.policy,
        )

    def changed(self, document: IntacctDocument) -> list[Finding]:
        """S54: what was sent is not what the source asks for now."""
        posting = self.posting
        if posting is None or posting.digest == document.digest() or posting.state not in STANDING:
            return []
        what = f"{self.noun.capitalize()} {self.source_id}"
        why = f"{what} was sent as {posting.reference}, and asks for something else now."
        return [finding("S54", self.source_id, why, "Correct it in Intacct by hand, or have it set back in Procurify.")]

    def closed(self, day: date) -> list[Finding]:
        """P03: no period of the ledger has that day."""
        if fiscal_period(self.tools.lookup.fiscal_periods, day) is not None:
            return []
        why = f"{self.noun.capitalize()} {self.source_id} is dated {day}: no fiscal period has that day."
        return [finding("P03", self.source_id, why, "Have the period opened, or give it a GL post date in Procurify.")]

    @property
    def seen(self) -> str:
        """The digest of the document as discovery last saw it: what `attention` compares with."""
        known = self.tools.home.sources.get(self.connection.name, self.kind, self.source_id)
        return known.digest if known else ""

    def keep_problem(self, problem: str) -> None:
        """Keep what stops the document, with an audit entry whenever that changes; empty when nothing does any more."""
        kind = status.problem_kind(self.kind)
        known = self.tools.home.sources.get(self.connection.name, kind, self.source_id)
        if (str(known.totals["problem"]) if known else "") == problem:
            return
        self.keep(kind, {"problem": problem})
        self.tools.home.audit.append(
            actor=self.tools.actor,
            action=f"{self.noun} held" if problem else f"{self.noun} released",
            subject=f"{self.connection.name}/{self.kind}/{self.source_id}",
            reason=problem,
        )

    def keep_left(self, why: str) -> None:
        """Keep why the document is left to people, with an audit entry whenever that changes; empty when it is not."""
        kind = status.left_kind(self.kind)
        known = self.tools.home.sources.get(self.connection.name, kind, self.source_id)
        if (str(known.totals["why"]) if known else "") == why:
            return
        self.keep(kind, {"why": why})
        self.tools.home.audit.append(
            actor=self.tools.actor,
            action=f"{self.noun} left to people" if why else f"{self.noun} taken up",
            subject=f"{self.connection.name}/{self.kind}/{self.source_id}",
            reason=why,
        )

    def keep(self, kind: str, totals: Mapping[str, int | str]) -> None:
        """Keep a fact about the document in the records."""
        self.tools.home.sources.upsert(
            self.connection.name,
            kind,
            self.source_id,
            partition=self.partition,
            document_date=date.fromisoformat(self.partition[:10]),
            label=self.source_id,
            digest=digest_of(str(sorted(totals.items()))),
            totals=totals,
            actor=self.tools.actor,
        )
