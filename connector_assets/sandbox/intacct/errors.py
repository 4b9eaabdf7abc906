"""The gateway's errors: one `ErrorEntry` per `error` element, and the refusals that carry them to their level.

Numbers and texts follow the catalogue of the fact sheet (section 4.5); where it knows no number, a switch decides.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

_support_numbers = itertools.count(1)

PROCESSING_ERROR = "There was an error processing the request."
ROLLED_BACK = "The entire transaction in this operation has been rolled back due to an error."


@dataclass(frozen=True)
class ErrorEntry:
    """One `error` element: number, texts and what `additionalinfo` would say of it."""

    errorno: str
    description2: str = ""
    description: str = ""
    correction: str = ""
    errorid: str = ""

    def with_support_id(self) -> "ErrorEntry":
        """The same error with the suffix that the gateway puts behind its human text."""
        number = next(_support_numbers)
        suffix = f" [Support ID: sBx{number:04d}%7EZk{number * 7919 % 100000:05d}]"
        if self.description2:
            return replace(self, description2=self.description2 + suffix)
        return replace(self, description=self.description + suffix) if self.description else self


class ControlRefusal(Exception):
    """A refusal at control level (`response/errormessage`)."""

    def __init__(self, entries: Sequence[ErrorEntry]) -> None:
        super().__init__(entries[0].description2 or entries[0].description)
        self.entries = tuple(entries)


class AuthenticationRefusal(Exception):
    """A refusal at authentication level (`operation/errormessage`); user and company are echoed."""

    def __init__(self, entry: ErrorEntry, user_id: str, company_id: str) -> None:
        super().__init__(entry.description2)
        self.entry = entry
        self.user_id = user_id
        self.company_id = company_id


class FunctionRefusal(Exception):
    """A refusal at function level (`result/errormessage`), specific error first, generic wrapper after it."""

    def __init__(self, *entries: ErrorEntry) -> None:
        super().__init__(entries[0].description2 or entries[0].description)
        self.entries = entries

    def wrapped(self, text: str) -> "FunctionRefusal":
        """The same refusal followed by the generic BL01001973 line."""
        return FunctionRefusal(*self.entries, ErrorEntry("BL01001973", text))


def refuse(
    errorno: str, text: str, *, description: str = "", correction: str = "", errorid: str = ""
) -> FunctionRefusal:
    """A function-level refusal with one specific error."""
    return FunctionRefusal(ErrorEntry(errorno, text, description, correction, errorid))


def business(text: str, *, correction: str = "", errorid: str = "") -> FunctionRefusal:
    """A business rule said no: BL01001973."""
    return refuse("BL01001973", text, correction=correction, errorid=errorid)


def invalid_value(text: str) -> FunctionRefusal:
    """A missing or invalid field value: BL03000018."""
    return refuse("BL03000018", text)


def bad_request(text: str) -> FunctionRefusal:
    """A field, a date or a query that the gateway cannot process: DL02000001."""
    return refuse("DL02000001", text, description=PROCESSING_ERROR)


def unknown_object(name: str) -> FunctionRefusal:
    """An object type that does not exist: `Query Failed`, as the vendor's SDK fixtures have it."""
    return refuse("Query Failed", f"Object definition {name} not found")


def cannot_be_queried(names: Sequence[str]) -> FunctionRefusal:
    """Fields that `query` does not serve: XL03000006 once per field."""
    text = "The following fields cannot be queried: {}"
    return FunctionRefusal(*(ErrorEntry("XL03000006", text.format(name)) for name in names))


def invalid_field_list(name: str) -> FunctionRefusal:
    """An unknown field in the `fields` of a read: the number itself names it."""
    return refuse(f"Invalid fields list {name}", "")


def sign_in_incorrect(user_id: str, company_id: str) -> AuthenticationRefusal:
    """Wrong user, password, company or entity; the sheet's section 2.3."""
    return AuthenticationRefusal(ErrorEntry("XL03000006", "Sign-in information is incorrect"), user_id, company_id)
