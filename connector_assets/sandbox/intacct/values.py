"""Texts of the wire to stored values and back: MM/DD/YYYY, decimals without trailing zeros, T/F flags, picklists."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from connector_assets.sandbox.intacct.schema import Field, Kind

Stored = int | str | None

SCALE = 10_000
TRUE_WORDS = frozenset({"true", "t", "yes", "1"})
FALSE_WORDS = frozenset({"false", "f", "no", "0"})

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_TIMESTAMP = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2}):(\d{2}))?")
_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?")


class UnfitValueError(ValueError):
    """A text that does not fit the kind of its field."""


def decimal_e4(text: str) -> int:
    """The decimal in ten-thousandths; thousands separators, exponents and a fifth decimal are unfit."""
    match = _DECIMAL.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        raise UnfitValueError(text)
    fraction = (match[3] or "").rstrip("0")
    if len(fraction) > 4:
        raise UnfitValueError(text)
    number = int(match[2] or "0") * SCALE + int(fraction.ljust(4, "0"))
    return -number if match[1] == "-" else number


def decimals(text: str) -> int:
    """How many significant decimals the text has."""
    return len(text.partition(".")[2].rstrip("0"))


def decimal_text(number_e4: int) -> str:
    """Ten-thousandths as the gateway spells them: no trailing zeros ("50000", "1679615.93")."""
    whole, fraction = divmod(abs(number_e4), SCALE)
    text = f"{whole}.{fraction:04d}".rstrip("0").rstrip(".") if fraction else str(whole)
    return f"-{text}" if number_e4 < 0 else text


def iso_date(text: str) -> str:
    """MM/DD/YYYY, padded or not, as ISO; an ISO date is unfit here as it is at the gateway."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise UnfitValueError(text)
    return _checked_date(match)


def _checked_date(match: re.Match[str]) -> str:
    try:
        return date(int(match[3]), int(match[1]), int(match[2])).isoformat()
    except ValueError as error:
        raise UnfitValueError(match.string) from error


def iso_timestamp(text: str) -> str:
    """MM/DD/YYYY HH:MM:SS (the time may be missing) as a sortable ISO text."""
    match = _TIMESTAMP.fullmatch(text.strip())
    if match is None:
        raise UnfitValueError(text)
    hours, minutes, seconds = (int(match[place] or 0) for place in (4, 5, 6))
    if hours > 23 or minutes > 59 or seconds > 59:
        raise UnfitValueError(text)
    return f"{_checked_date(match)} {hours:02d}:{minutes:02d}:{seconds:02d}"


def us_date(iso: str) -> str:
    """An ISO date as MM/DD/YYYY."""
    return f"{iso[5:7]}/{iso[8:10]}/{iso[0:4]}"


def stored_timestamp(moment: datetime) -> str:
    """A moment as it is stored."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _boolean(text: str) -> int:
    word = text.strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise UnfitValueError(text)
    return int(word in TRUE_WORDS)


def _picklist(entry: Field, text: str) -> str:
    for display in entry.codes:
        if display.lower() == text.strip().lower():
            return display
    raise UnfitValueError(text)


def _integer(text: str) -> int:
    if re.fullmatch(r"\s*-?\d+\s*", text) is None:
        raise UnfitValueError(text)
    return int(text)


def _text(_: Field, text: str) -> str:
    return text


_READERS: Mapping[Kind, Callable[[Field, str], Stored]] = {
    Kind.INTEGER: lambda _, text: _integer(text),
    Kind.DECIMAL: lambda _, text: decimal_e4(text),
    Kind.DATE: lambda _, text: iso_date(text),
    Kind.TIMESTAMP: lambda _, text: iso_timestamp(text),
    Kind.BOOLEAN: lambda _, text: _boolean(text),
    Kind.FLAG: lambda _, text: _boolean(text),
    Kind.PICKLIST: _picklist,
}
_WRITERS: Mapping[Kind, Callable[[int | str], str]] = {
    Kind.DECIMAL: lambda stored: decimal_text(int(stored)),
    Kind.DATE: lambda stored: us_date(str(stored)),
    Kind.TIMESTAMP: lambda stored: us_date(str(stored)) + str(stored)[10:],
    Kind.BOOLEAN: lambda stored: "true" if stored else "false",
    Kind.FLAG: lambda stored: "T" if stored else "F",
}


def to_stored(entry: Field, text: str) -> Stored:
    """A written text as the stored value; empty is None. Raises UnfitValueError."""
    return None if text == "" else _READERS.get(entry.kind, _text)(entry, text)


def to_text(entry: Field, stored: Stored) -> str:
    """A stored value as the gateway spells it; None is empty."""
    return "" if stored is None else _WRITERS.get(entry.kind, str)(stored)


def to_code(entry: Field, stored: Stored) -> str:
    """The database code of a picklist's stored display value; other kinds as `to_text`."""
    if entry.kind is Kind.PICKLIST and stored is not None:
        return entry.codes[str(stored)]
    return to_text(entry, stored)


def filter_operand(entry: Field, text: str, *, by_code: bool) -> Stored:
    """An operand of a filter as a stored value.

    `query` filters name display values, `readByQuery` database codes; a value of the other vocabulary matches nothing.
    Raises UnfitValueError for a date or number that cannot be read.
    """
    if text == "":
        return None
    if entry.kind is Kind.PICKLIST:
        return _display_of(entry, text) if by_code else text
    if entry.kind in (Kind.BOOLEAN, Kind.FLAG):
        return {"T": 1, "F": 0}.get(text) if by_code else _boolean(text)
    return to_stored(entry, text)


def _display_of(entry: Field, code: str) -> str | None:
    return next((display for display, known in entry.codes.items() if known == code), None)
