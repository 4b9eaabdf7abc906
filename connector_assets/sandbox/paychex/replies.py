"""Paychex replies: the envelope, paging links, errors, dates and decimals as the API writes them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from starlette.responses import Response

Json: TypeAlias = Mapping[str, object]

_RESOLUTIONS = {
    "API-2": "Have the application's access extended.",
    "API-8": "Give from and to, both valid.",
    "API-49": "Give payperiodid.",
    "API-75": "Ask for one of the resource's media types.",
    "API-102": "Check the application's key and secret.",
    "API-103": "Use the authorization service to generate a new token.",
}


class PaychexError(Exception):
    """A refusal as Paychex gives it: HTTP status, API code and a description."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status, self.code, self.description = status, code, description

    def response(self) -> Response:
        """The reply: `{"errors": [{"code", "description", "resolution"?}]}`."""
        error = {"code": self.code, "description": self.description, "resolution": _RESOLUTIONS.get(self.code)}
        return json_response({"errors": [without_nulls(error)]}, self.status)


@dataclass(frozen=True)
class Page:
    """The part of a collection that was asked for; `limit` None means everything."""

    offset: int
    limit: int | None

    def window(self, total: int) -> slice:
        """The items of the page in a collection of `total`."""
        return slice(self.offset, total if self.limit is None else min(total, self.offset + self.limit))


@dataclass(frozen=True)
class Listing:
    """The content of a reply: serialised items and, where the caller pages, the page, the total and an ETag."""

    items: Sequence[bytes]
    page: Page | None = None
    total: int = 0
    etag: str | None = None


def listing(items: Sequence[Json]) -> Listing:
    """A whole, unpaged collection."""
    return Listing([dump(item) for item in items])


def dump(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def json_response(value: object, status: int = 200, media_type: str = "application/json") -> Response:
    """A reply that is not an envelope."""
    return Response(dump(value), status, media_type=media_type)


def without_nulls(item: Json) -> dict[str, object]:
    """The item without its null fields, which Paychex omits."""
    return {key: value for key, value in item.items() if value is not None}


def date_text(day: date | None) -> str | None:
    """A calendar date as Paychex writes it: midnight UTC."""
    return None if day is None else f"{day.isoformat()}T00:00:00Z"


def amount_text(amount_cents: int) -> str:
    """Cents as Paychex writes them: untrimmed to two places, with one at least (`400.0`, `11.6`, `93.35`)."""
    whole, cents = divmod(abs(amount_cents), 100)
    sign = "-" if amount_cents < 0 else ""
    return f"{sign}{whole}.{cents // 10}{cents % 10 or ''}"


def hours_text(hours_e4: int) -> str:
    """Ten-thousandths of an hour: a whole number bare (`20`), anything else with the places it needs (`7.25`)."""
    whole, rest = divmod(abs(hours_e4), 10_000)
    places = f".{rest:04d}".rstrip("0") if rest else ""
    return f"{'-' if hours_e4 < 0 else ''}{whole}{places}"


def rate_text(rate_e4: int) -> str:
    """Ten-thousandths as a rate, always with four places (`40.2000`)."""
    whole, rest = divmod(abs(rate_e4), 10_000)
    return f"{'-' if rate_e4 < 0 else ''}{whole}.{rest:04d}"
