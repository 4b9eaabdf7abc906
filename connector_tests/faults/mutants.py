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
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.gateway import FunctionOutcome
from connector_assets.vendors.intacct.ledger import IntacctLedger
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
            system, processing_window_s, find = real.system, real.processing_window_s, staticmethod(real.find)

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

    def acquire(self, key: PostingKey, owner: str, lease_s: float) -> bool:
        known = self.get(key)
        if known is None or known.state in (PostingState.POSTED, PostingState.HELD):
            return False
        until = self._now() + timedelta(seconds=lease_s)
        with writing(self._engine) as db:
            _rewrite(db, key, lease_owner=owner, lease_until=until, state=PostingState.PLANNED)
        return True


class ForgetsTheLease(LeaselessStore, StagedStore):
    """The same, in the simulator."""


class RecordsTheSendAfterwards(StagedStore):
    """Sends first and writes it down when the answer is there."""

    def begin_send(self, key: PostingKey, owner: str, digest: str) -> Posting:
        self._unwritten = (key, owner, digest)
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


class BelievesTheKey(IntacctLedger):
    """Takes the key of the reply for a receipt, whatever stands under it."""

    def _receipt(self, keys: Sequence[str], reference: str) -> Receipt:
        return Receipt(keys[0], "", "")


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

    def __getattr__(self, name: str) -> object:
        return getattr(self.client, name)


def _without_transaction(client: IntacctClient) -> IntacctLedger:
    return IntacctLedger(_Loose(client, transaction=False))  # type: ignore[arg-type] # what the ledger uses of a client


def _without_unique(client: IntacctClient) -> IntacctLedger:
    return IntacctLedger(_Loose(client, unique=False))  # type: ignore[arg-type] # as above


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
        (Variant("takes a new control id per try", ledger_of=NewIdPerTry), "duplicate"),
        (Variant("asks for no check of control ids", ledger_of=_without_unique), "duplicate"),
        (Variant("sends without a transaction", ledger_of=_without_transaction), "half-posted"),
        (Variant("believes any key", ledger_of=BelievesTheKey), "wrong key"),
    )
}
"""Each mutant and the harm by which it must be caught."""
