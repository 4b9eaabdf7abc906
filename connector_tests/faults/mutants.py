"""Posters, stores and clients with one rule missing. The schedules that the real ones pass must catch each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from connector_assets.posting import Poster, PostingResult, _Look
from connector_assets.records.database import writing
from connector_assets.records.postings import Posting, PostingKey, PostingState, PostingStore
from connector_assets.records.tables import posting as posting_table
from connector_assets.vendors.deadline import writing_while
from connector_assets.vendors.intacct.client import IntacctClient, written_key
from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.gateway import FunctionOutcome
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.intacct.postable import IntacctDocument, IntacctDocumentLedger
from connector_assets.vendors.protocols import Document, Receipt
from connector_tests.faults.schedules import Variant
from connector_tests.faults.world import StagedStore


class SkipsTheLookUp(Poster):
    """Believes that what it does not know did not happen."""

    def _look(self, document: Document) -> _Look:
        return _Look()


class IgnoresTheWindow(Poster):
    """Sends again as soon as a look-up finds nothing."""

    def _due_at(self, posting: Posting) -> None:
        return None


class NeverSendsAgain(Poster):
    """Leaves an unknown unknown."""

    def _due_at(self, posting: Posting) -> datetime | None:
        return posting.unknown_since and posting.unknown_since + timedelta(days=10_000)


class SendsAfterItsLease(Poster):
    """Lets its bytes leave whenever the sign-in is done."""

    def _send(self, posting: Posting, document: Document, sender: str) -> PostingResult:
        real = self._ledger

        class AnyTime:
            system, company, find = real.system, real.company, staticmethod(real.find)
            processing_window_s = real.processing_window_s

            def send(self, document: Document, control_id: str) -> Receipt:
                with writing_while(lambda: True):
                    return real.send(document, control_id)

        self._ledger = AnyTime()
        try:
            return super()._send(posting, document, sender)
        finally:
            self._ledger = real


class LeaselessStore(PostingStore):
    """Lets anyone send at any time."""

    def acquire(self, key: PostingKey, owner: str, lease_s: float) -> Posting | None:
        known = self.get(key)
        if known is None or known.state in (PostingState.POSTED, PostingState.HELD):
            return None
        until = self._now() + timedelta(seconds=lease_s)
        with writing(self._engine) as db:
            _rewrite(db, key, lease_owner=owner, lease_until=until, state=PostingState.PLANNED)
        return self.get(key)


class ForgetsTheLease(LeaselessStore, StagedStore):
    """The same, in the simulator."""


class RecordsTheSendAfterwards(StagedStore):
    """Sends first and writes it down when the answer is there."""

    def begin_send(self, key: PostingKey, owner: str, digest: str, ledger: str = "") -> Posting:
        self._unwritten = (key, owner, digest, ledger)
        known = self.get(key)
        assert known is not None
        return known

    def record_posted(self, key: PostingKey, owner: str, **receipt: str | bool) -> Posting:
        PostingStore.begin_send(self, *self._unwritten)
        return super().record_posted(key, owner, **receipt)  # type: ignore[arg-type] # as it came


class NewIdPerTry(IntacctLedger):
    """Sends every try under an id of its own, as a client library does by default."""

    tries = 0

    def send(self, document: Document, control_id: str) -> Receipt:
        NewIdPerTry.tries += 1
        return super().send(document, f"{control_id}.{NewIdPerTry.tries}")


class NewDocumentIdPerTry(IntacctDocumentLedger):
    """The same for bills and payments."""

    def send(self, document: Document, control_id: str) -> Receipt:
        NewIdPerTry.tries += 1
        return super().send(document, f"{control_id}.{NewIdPerTry.tries}")


class BelievesTheKey(IntacctLedger):
    """Takes the key of the reply for a receipt, whatever stands under it."""

    def _receipt(self, keys: Sequence[str], reference: str) -> Receipt:
        return Receipt(keys[0], "", "")


class BelievesTheDocumentKey(IntacctDocumentLedger):
    """The same for bills and payments."""

    def send(self, document: Document, control_id: str) -> Receipt:
        assert isinstance(document, IntacctDocument)
        return Receipt(self._documents.create(document.name, document.record, control_id), document.reference, "")


@dataclass(frozen=True)
class _Loose:
    """A client that asks for less than it could."""

    client: IntacctClient
    transaction: bool = True
    unique: bool = True

    def run(self, functions: Sequence[Function]) -> tuple[FunctionOutcome, ...]:
        outcomes = self.client.run(functions, transaction=self.transaction, unique=self.unique)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        return outcomes

    def run_one(self, function: Function) -> str:
        (outcome,) = self.run([function])
        return written_key(outcome)

    def __getattr__(self, name: str) -> object:
        return getattr(self.client, name)


def _loose(name: str, **how: bool) -> Variant:
    """A variant whose ledgers send by such a client."""
    return Variant(
        name,
        ledger_of=lambda client: IntacctLedger(_Loose(client, **how)),  # type: ignore[arg-type] # what a ledger uses of it
        document_ledger_of=lambda client: IntacctDocumentLedger(_Loose(client, **how)),  # type: ignore[arg-type] # as above
    )


def _rewrite(db: Connection, key: PostingKey, **values: object) -> None:
    db.execute(
        update(posting_table)
        .where(posting_table.c.connection == key.connection, posting_table.c.source_id == key.source_id)
        .values(**values)
    )


MUTANTS: dict[str, tuple[Variant, str]] = {
    variant.name: (variant, harm)
    for variant, harm in (
        (Variant("skips the look-up", poster=SkipsTheLookUp), "duplicate"),
        (Variant("ignores the processing window", poster=IgnoresTheWindow), "duplicate"),
        (Variant("sends after its lease", poster=SendsAfterItsLease), "duplicate"),
        (Variant("never sends again", poster=NeverSendsAgain), "lost"),
        (Variant("forgets the lease", store=ForgetsTheLease), "duplicate"),
        (Variant("records the send afterwards", store=RecordsTheSendAfterwards), "unannounced"),
        (
            Variant("takes a new control id per try", ledger_of=NewIdPerTry, document_ledger_of=NewDocumentIdPerTry),
            "duplicate",
        ),
        (_loose("asks for no check of control ids", unique=False), "duplicate"),
        (_loose("sends without a transaction", transaction=False), "half-posted"),
        (
            Variant("believes any key", ledger_of=BelievesTheKey, document_ledger_of=BelievesTheDocumentKey),
            "wrong key",
        ),
    )
}
"""Each mutant and the harm by which it must be caught."""
