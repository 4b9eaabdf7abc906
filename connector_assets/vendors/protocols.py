"""What flows and the poster ask of a vendor, in vendor-neutral terms."""

from dataclasses import dataclass
from typing import Protocol


class Document(Protocol):
    """A document that a ledger can take: a journal, later a bill or an expense report."""

    @property
    def kind(self) -> str:
        """The document kind, for example `labor` or `void`; part of the posting's key."""

    @property
    def reference(self) -> str:
        """The document's own number in the ledger (for a journal its REFERENCENO), unique per ledger company."""

    def digest(self) -> str:
        """SHA-256 (hex) of what the ledger will hold: equal digests mean equal books, however often it is computed."""

    def payload(self) -> str:
        """The whole document as canonical JSON, stored before the first byte is sent."""


@dataclass(frozen=True)
class Receipt:
    """What the ledger answered: its key, the number a person sees there (may be empty), and the document's state."""

    key: str
    number: str
    state: str


@dataclass(frozen=True)
class Found:
    """A document found in the ledger by its reference, with the digest of what it holds now."""

    receipt: Receipt
    digest: str


class Ledger(Protocol):
    """A ledger as the poster sees it: one call that writes, one that looks up."""

    @property
    def system(self) -> str:
        """The ledger's name in messages and audit rows, for example `intacct`."""

    @property
    def company(self) -> str:
        """The company whose books these are, by its id in the ledger, in one spelling."""

    @property
    def processing_window_s(self) -> int:
        """How long a request may still be worked on after its connection was lost, in seconds."""

    def send(self, document: Document, control_id: str) -> Receipt:
        """Write the document once under `control_id`.

        Raises CredentialError, AccessError, UnavailableError (nothing executed), RefusedError (the ledger says no),
        OutcomeUnknownError (sent, outcome unknown).
        """

    def find(self, document: Document) -> list[Found]:
        """Every document in the ledger that carries this one's reference, drafts included, with its digest."""
