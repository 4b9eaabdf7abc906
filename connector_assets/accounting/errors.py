"""The one error of the accounting layer."""


class AccountingError(ValueError):
    """Data or configuration that cannot be accounted for: `message` names the place, `fix` what a person can do.

    Neither part may hold a personal datum: these texts reach logs and the Dagster event log.
    """

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message, fix)
        self.message, self.fix = message, fix

    def __str__(self) -> str:
        return f"{self.message} Fix: {self.fix}"
