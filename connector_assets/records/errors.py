"""The one error of this package: what is wrong with a stored fact, or with the wish to change it, and the way out."""


class RecordsError(Exception):
    """A record cannot be read or changed: `message` names the record and the reason, `fix` what a person can do."""

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.message, self.fix = message, fix

    def __str__(self) -> str:
        return f"{self.message} Fix: {self.fix}"


class LeaseLostError(RecordsError):
    """Another sender took the posting over while this one was at work: what this one learned is to be looked up."""


class RecordsAwayError(RecordsError):
    """The database did not answer: nothing of the step was kept, and the same step may succeed a little later."""
