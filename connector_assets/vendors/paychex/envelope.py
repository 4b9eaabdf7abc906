"""The wrapping of Paychex's replies: `{"metadata", "content", "links"}`, each part of which may be missing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from connector_assets.vendors.transport import Reply

JsonObject = Mapping[str, object]
WRAPPING = frozenset({"metadata", "content", "links", "errors", "message"})


@dataclass(frozen=True)
class Page:
    """One reply's records. `total` is the size of the whole collection when Paychex says it.

    `has_next` says that there are more; `next_offset` is where they begin, None when the link does not say.
    """

    items: tuple[JsonObject, ...]
    has_next: bool = False
    next_offset: int | None = None
    total: int | None = None
    has_errors: bool = False

    @property
    def is_last(self) -> bool:
        """No link to a next page, or nothing on this one: either ends the collection."""
        return not (self.has_next and self.items)


def decode(reply: Reply) -> object:
    """The body as JSON, or the empty text when it is none. Numbers with a fraction stay text: an amount is no float."""
    try:
        return json.loads(reply.content, parse_float=str)
    except (ValueError, RecursionError):
        return ""


def read_page(reply: Reply) -> Page | None:
    """Read a reply that may be wrapped or bare (an array, or one object); None when it is neither.

    An object is a record of its own, links and all, unless it has a `content` or nothing but wrapping.
    """
    body = decode(reply)
    is_wrapped = isinstance(body, dict) and ("content" in body or body.keys() <= WRAPPING)
    envelope = body if isinstance(body, dict) and is_wrapped else {"content": body}
    content = envelope.get("content")
    items = [content] if isinstance(content, dict) else [] if content is None else content
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    return _page(tuple(items), envelope)


def _page(items: tuple[JsonObject, ...], envelope: JsonObject) -> Page:
    following = next((link for link in _objects(envelope.get("links")) if link.get("rel") == "next"), None)
    pagination = _object(_object(envelope.get("metadata")).get("pagination"))
    total = _whole(pagination.get("total"))
    return Page(
        items,
        has_next=following is not None,
        next_offset=_offset(following) if following is not None else None,
        total=total if total is not None else _whole(pagination.get("itemCount")),
        has_errors=bool(envelope.get("errors")),
    )


def _offset(link: JsonObject) -> int | None:
    query = parse_qs(urlsplit(str(link.get("href", ""))).query)
    return _whole(query.get("offset", [None])[0])


def _objects(value: object) -> Iterator[JsonObject]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
