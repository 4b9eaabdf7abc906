"""Vendor media types: which ones each resource has, and what a request's Accept header gets."""

import re

from connector_assets.sandbox.paychex.replies import PaychexError

_PREFIX, _SUFFIX = "application/vnd.paychex.", ".v1+json"
_QUALITY = re.compile(r"q=([01](?:\.\d{0,3})?)")
_ANY = ("*/*", "application/*", "application/json")


def negotiate(accept: str | None, names: tuple[str, ...]) -> str:
    """The short name of the representation to send; `names[0]` is what plain JSON gets.

    Raises PaychexError 406 API-75 when nothing acceptable is on offer.
    """
    if not accept:
        return names[0]
    for wanted in _by_preference(accept):
        if wanted in _ANY:
            return names[0]
        name = wanted.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        if wanted == media_type(name) and name in names:
            return name
    raise PaychexError(406, "API-75", f"The media type {accept} is not known here.")


def media_type(name: str) -> str:
    """The full media type of a short name (`payroll.processedchecks`)."""
    return name if "/" in name else f"{_PREFIX}{name}{_SUFFIX}"


def _by_preference(accept: str) -> list[str]:
    ranked: list[tuple[float, str]] = []
    for part in accept.split(","):
        wanted, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((found[1] for text in parameters if (found := _QUALITY.fullmatch(text))), "1")
        ranked.append((-float(quality), wanted))
    return [wanted for _, wanted in sorted(ranked, key=lambda pair: pair[0])]
