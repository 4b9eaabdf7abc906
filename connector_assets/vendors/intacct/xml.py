"""XML for the gateway: trees streamed out with every text cleaned, and replies parsed under caps.

Nothing here knows what an envelope is. Text that XML 1.0 cannot carry is removed, and each removal is recorded, because
lxml would refuse the whole document for one such character and other builders send it and break the gateway's parser.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from lxml import etree

Node: TypeAlias = "str | Mapping[str, Node] | Sequence[tuple[str, Node]] | None"
"""An element's content: text, children by name, or (name, content) pairs where a name repeats. None leaves the element
out; an empty string writes it empty, which on an update clears the field."""

MAX_DEPTH_LEVELS = 64
MAX_REPLY_BYTES = 64 * 1024 * 1024

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH_LEVELS + 1) + ")")
_HTML_SNIFF_BYTES = 4096
_HTML_MARKS = (b"<html", b"<!doctype html", b"cf-error-details", b"<head", b"<body")


@dataclass(frozen=True)
class Removal:
    """Characters removed from one text: `path` to it, the distinct code points as `U+0001`, and how many in all."""

    path: str
    code_points: tuple[str, ...]
    count: int


class UnreadableReplyError(ValueError):
    """Not a gateway document. `reason`: empty, html, not_xml, doctype, too_large, too_deep or malformed."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class ElementWriter(Protocol):
    """The part of lxml's incremental file that is used here."""

    def element(self, name: str, attributes: Mapping[str, str] | None = None) -> AbstractContextManager[object]:
        """Open an element for the length of a `with` block."""

    def write(self, text: str) -> None:
        """Write text, escaped."""


def sanitise(text: str, path: str, removals: list[Removal]) -> str:
    """`text` without the characters XML 1.0 forbids: C0 except tab, LF and CR, U+FFFE, U+FFFF, lone surrogates.

    What was removed is appended to `removals` under `path`; everything else passes unchanged.
    """
    found = _FORBIDDEN.findall(text)
    if not found:
        return text
    code_points = tuple(f"U+{ord(character):04X}" for character in sorted(set(found)))
    removals.append(Removal(path, code_points, len(found)))
    return _FORBIDDEN.sub("", text)


def has_forbidden(text: str) -> bool:
    """Whether `text` holds a character that `sanitise` would remove."""
    return _FORBIDDEN.search(text) is not None


class TreeWriter:
    """Streams nodes into an open document, cleans their texts, and keeps what it removed in `removals`."""

    def __init__(self, writer: ElementWriter) -> None:
        self.removals: list[Removal] = []
        self._writer = writer
        self._path: list[str] = []

    def write(self, name: str, node: Node, attributes: Mapping[str, str] | None = None, label: str = "") -> None:
        """Stream the element `name` with content `node`; a removal's path calls it `label`, by default its name.

        In a list of pairs the label counts, so that a path says which line it means: `GLBATCH/ENTRIES/GLENTRY[2]`.
        """
        if node is None:
            return
        self._path.append(label or name)
        with self._writer.element(name, attributes):
            if isinstance(node, str):
                self._text(node)
            elif isinstance(node, Mapping):
                for child_name, content in node.items():
                    self.write(child_name, content)
            else:
                for position, (child_name, content) in enumerate(node, 1):
                    self.write(child_name, content, label=f"{child_name}[{position}]")
        self._path.pop()

    def _text(self, text: str) -> None:
        if _FORBIDDEN.search(text) is not None:
            text = sanitise(text, "/".join(self._path), self.removals)
        if text:
            self._writer.write(text)


def parse(body: bytes, content_type: str = "") -> etree._Element:
    """The root element of a reply.

    Entities are not resolved, nothing is fetched, libxml2's own caps stay on, and beyond them a DOCTYPE, more than
    MAX_REPLY_BYTES or more than MAX_DEPTH_LEVELS levels is refused. Raises UnreadableReplyError, and nothing else.
    """
    _refuse_before_parsing(body, content_type)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
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


def row(element: etree._Element) -> dict[str, str]:
    """A record as field name -> text: names in upper case whatever the reply's, empty fields as empty strings.

    Fields that hold elements of their own (owned lines) are left out; ask for them as records of their own object.
    """
    return {item.tag.upper(): item.text or "" for item in element if isinstance(item.tag, str) and len(item) == 0}
