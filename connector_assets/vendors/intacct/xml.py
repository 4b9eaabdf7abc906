"""Replies parsed under caps, and read: records as mappings of field names to texts.

Nothing here knows what an envelope is. A reply is refused before and while it is parsed for whatever the gateway never
sends: an HTML page, a document type, more bytes or more levels than any answer has.
"""

from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import TypeAlias

from lxml import etree

from connector_assets.vendors.intacct.flat_page import FlatPage, cut_page

MAX_DEPTH_LEVELS = 64
MAX_REPLY_BYTES = 64 * 1024 * 1024

Tree: TypeAlias = "dict[str, str | list[Tree]]"
"""A record with what it owns: fields as texts, owned lines (`ENTRIES`) as a list of records."""

_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH_LEVELS + 1) + ")")
_TAG, _TEXT = attrgetter("tag"), attrgetter("text")
_CHILDREN = itemgetter(slice(None))  # a slice is made at once where iterating asks for each child
_HAS_OWNED = etree.XPath("boolean(*/*/*)")
_HTML_SNIFF_BYTES = 4096
_HTML_MARKS = (b"<html", b"<!doctype html", b"cf-error-details", b"<head", b"<body")


class UnreadableReplyError(ValueError):
    """Not a gateway document. `reason`: empty, html, not_xml, doctype, too_large, too_deep or malformed."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class ReplyDocument:
    """A parsed reply; where `page` is not None it holds the records of the one `operation/result/data`, left empty."""

    root: etree._Element
    page: FlatPage | None = None


def parse(body: bytes, content_type: str = "", *, carries_files: bool = False) -> ReplyDocument:
    """A reply, parsed; the records of a page are read by themselves where they can be (`flat_page`).

    Entities are not resolved, nothing is fetched, libxml2's own caps stay on (except on one text's length, where the
    reply `carries_files`), and beyond them a DOCTYPE, more than MAX_REPLY_BYTES or more than MAX_DEPTH_LEVELS levels is
    refused. Raises UnreadableReplyError, and nothing else.
    """
    _refuse_before_parsing(body, content_type)
    cut = cut_page(body)
    if cut is not None:
        rest, page = cut
        root = _root(rest, huge_tree=carries_files)
        encoding = root.getroottree().docinfo.encoding or "UTF-8"
        if root.find("operation/result/data") is not None and encoding.upper() == "UTF-8":
            return ReplyDocument(root, page)
    return ReplyDocument(_root(body, huge_tree=carries_files))


def _root(body: bytes, *, huge_tree: bool) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=huge_tree,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        detail = f"not well-formed XML (libxml2 error {getattr(error, 'code', 0)}, line {error.lineno})"
        raise UnreadableReplyError("malformed", detail) from None
    except ValueError:
        raise UnreadableReplyError("malformed", "not well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableReplyError("doctype", "the reply carries a document type, which the gateway never sends")
    if str(root.tag).lower() == "html":
        raise UnreadableReplyError("html", "an HTML page where XML was due")
    if _TOO_DEEP(root):
        raise UnreadableReplyError("too_deep", f"more than {MAX_DEPTH_LEVELS} levels of elements")
    return root


def _refuse_before_parsing(body: bytes, content_type: str) -> None:
    if len(body) > MAX_REPLY_BYTES:
        raise UnreadableReplyError("too_large", f"{len(body)} bytes, more than {MAX_REPLY_BYTES}")
    start = _after_byte_order_mark(body)
    if not body[start:].strip():
        raise UnreadableReplyError("empty", "the reply has no body")
    if _looks_like_html(body[start : start + _HTML_SNIFF_BYTES], content_type):
        raise UnreadableReplyError("html", "an HTML page where XML was due")
    head = _after_prolog(body, start)
    if body[head : head + 9].upper() == b"<!DOCTYPE":
        raise UnreadableReplyError("doctype", "the reply carries a document type, which the gateway never sends")
    if body[head : head + 1] != b"<":
        raise UnreadableReplyError("not_xml", "the reply does not start with an element")


def _after_byte_order_mark(body: bytes) -> int:
    return 3 if body.startswith(b"\xef\xbb\xbf") else 0


def _looks_like_html(head: bytes, content_type: str) -> bool:
    text = head.lstrip().lower()
    if text.startswith((b"<?xml", b"<response")):
        return b"<!doctype html" in text or b"<html" in text.split(b"?>", 1)[-1].lstrip()[:5]
    return "html" in content_type.lower() or any(mark in text for mark in _HTML_MARKS)


def _after_prolog(body: bytes, start: int) -> int:
    """Where the first thing stands that is not white space, a comment or a processing instruction."""
    position = start
    while True:
        while body[position : position + 1].isspace():
            position += 1
        for opening, closing in ((b"<?", b"?>"), (b"<!--", b"-->")):
            if body.startswith(opening, position):
                end = body.find(closing, position)
                position = len(body) if end < 0 else end + len(closing)
                break
        else:
            return position


def child_text(element: etree._Element | None, name: str) -> str:
    """The stripped text of the first child called `name` in any letter case; empty when there is none."""
    found = child(element, name)
    return "" if found is None else (found.text or "").strip()


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child called `name` in any letter case, or None."""
    if element is None:
        return None
    wanted = name.lower()
    return next((item for item in element if isinstance(item.tag, str) and item.tag.lower() == wanted), None)


def rows(data: etree._Element) -> list[dict[str, str]]:
    """The records of a result: names in upper case whatever the reply's, empty fields as empty strings.

    Fields that hold elements of their own (owned lines) are left out; `trees` reads those too. The records of a page
    mostly have the same fields in the same order, so that order is looked at once and then only compared.
    """
    found: list[dict[str, str]] = []
    tags: list[str] = []
    names: list[str] = []
    has_owned = bool(_HAS_OWNED(data))
    for record in data:
        fields = [item for item in record if len(item) == 0] if has_owned else _CHILDREN(record)
        seen = list(map(_TAG, fields))
        if seen != tags:
            tags, names = seen, [tag.upper() for tag in seen]
        found.append(dict(zip(names, [text or "" for text in map(_TEXT, fields)], strict=True)))
    return found


def trees(data: etree._Element) -> list[Tree]:
    """The records of a result with the lines that they own; a field that stands several times is read as a list."""
    return [_tree(record) for record in data]


def _tree(record: etree._Element) -> Tree:
    found: Tree = {}
    for item in record:
        name = item.tag.upper()
        if len(item) == 0:
            found[name] = item.text or ""
            continue
        owned = [_tree(line) for line in item] if len(item[0]) else [_tree(item)]
        before = found.get(name)
        found[name] = [*before, *owned] if isinstance(before, list) else owned
    return found
