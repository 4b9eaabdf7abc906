"""Every way a call to an outside system can end badly. What the poster may conclude hangs on the class alone:

VendorError
├── CredentialError       a credential is missing or wrong, or its owner is not authorised: nothing was executed
├── AccessError           the credential is good, the permission is missing: nothing was executed
├── NotFoundError         the thing asked for does not exist
├── RefusedError          the system answered that it did not do it, and why (`codes`, `kind`)
├── UnavailableError      proof that nothing was executed: not reached, or turned away at the gate (429, GW-0010)
├── OutcomeUnknownError   a write was sent and nobody can say whether it happened: neither success nor failure
└── ProtocolError         the reply to a read is not what the system speaks (HTML where XML was due, a truncated body)
"""


class VendorError(Exception):
    """A call to `system` failed with `message`; `fix` says what a person can do about it.

    `reference` is the vendor's own id for the call (support id, transaction id), empty when it gave none. No part of it
    may hold a secret or a personal datum: these texts reach logs and the Dagster event log.
    """

    def __init__(self, system: str, message: str, *, fix: str, reference: str = "") -> None:
        super().__init__(system, message)
        self.system, self.message, self.fix, self.reference = system, message, fix, reference

    def __str__(self) -> str:
        reference = f" [{self.reference}]" if self.reference else ""
        return f"{self.system}: {self.message}{reference} Fix: {self.fix}"


class CredentialError(VendorError):
    """A credential is missing or wrong, or its owner is not authorised. Nothing was executed."""


class AccessError(VendorError):
    """The credential is good and the permission is missing. Nothing was executed."""


class NotFoundError(VendorError):
    """The thing asked for does not exist."""


class RefusedError(VendorError):
    """The system says that it did not do it. `codes` are its error numbers; `kind` is the vendor client's own class."""

    def __init__(
        self, system: str, message: str, *, fix: str, reference: str = "", codes: tuple[str, ...] = (), kind: str = ""
    ) -> None:
        super().__init__(system, message, fix=fix, reference=reference)
        self.codes, self.kind = codes, kind


class UnavailableError(VendorError):
    """Proof that nothing was executed: the system was not reached, or turned the call away at the gate."""


class OutcomeUnknownError(VendorError):
    """A write was sent, and nobody can say whether it happened. Look it up; never believe either side of it."""


class ProtocolError(VendorError):
    """The reply to a read is not what the system speaks. Nothing was read."""
