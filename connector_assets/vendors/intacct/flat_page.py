"""A page of flat records, read by one expression where it is nothing else: no tree is built of it.

A page of a query is the largest reply there is, and of one shape: records of one name, each with the same fields in the
same order, each field a text. Most of the time of reading it would go into elements that are taken apart at once. So
the records are cut out of the bytes, and only the rest is parsed. What is cut out is well-formed by its own form; where
anything is otherwise (an attribute, a comment, white space between fields, a numbered character, an owned line, another
field than in the first record), nothing is cut and the whole is parsed like every other reply. Both ways read the same,
and refuse the same; `connector_tests` compares them on damaged pages.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

LARGEST_BYTES = 10_000_000
"""libxml2 refuses a text longer than this; no field of a smaller page can be."""

_NAME = r"[A-Za-z_][A-Za-z0-9_.\-]{0,99}"
_RECORD = re.compile(f"<({_NAME})>", re.ASCII)
_FIELD = re.compile(rf"<({_NAME})(?:/>|>[^<]*</\1>)", re.ASCII)
_STRANGE_REFERENCE = re.compile("&(?!(?:amp|lt|gt|quot|apos);)")
_CONTROLS = bytes(code for code in range(0x20) if chr(code) not in "\t\n")
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_START, _PAGE_MARK, _END = b"<data", b" numremaining=", b"</data>"


@dataclass(frozen=True)
class FlatPage:
    """The records of a page: their element's name, and each as field names in upper case to texts."""

    name: str
    rows: list[dict[str, str]] = field(repr=False)


def cut_page(body: bytes) -> tuple[bytes, FlatPage] | None:
    """The document without the records of its one page, and those records; None where they are not flat or not plain.

    It is for the caller to see that `<data>` is an element where a page's may stand, and that the document is in UTF-8.
    """
    start, end = body.find(_START), body.rfind(_END)
    opened = body.find(b">", start) + 1
    if start < 0 or not opened < end <= opened + LARGEST_BYTES or _PAGE_MARK not in body[start:opened]:
        return None
    rest, records = body[:opened] + body[end:], body[opened:end]
    page = _read(records) if rest.count(_START) == 1 and _is_plain(records) else None
    return None if page is None else (rest, page)


def _is_plain(records: bytes) -> bool:
    """Whether there is nothing that XML forbids in a text or that a parser would alter (a carriage return).

    A single byte is looked for first because that is ten times as fast.
    """
    if b"]" in records and b"]]>" in records:
        return False
    if not records.isascii() and any(code in records for code in _NO_CHARACTERS):
        return False
    return len(records.translate(None, _CONTROLS)) == len(records)


def _read(records: bytes) -> FlatPage | None:
    try:
        text = records.decode()
    except UnicodeDecodeError:
        return None
    first = _RECORD.match(text)
    if first is None or _STRANGE_REFERENCE.search(text) is not None:
        return None
    tags = _FIELD.findall(text, first.end(), max(text.find(f"</{first[1]}>"), 0))
    names = [tag.upper() for tag in tags]
    if len(tags) < 2 or len(set(names)) != len(names):
        return None
    found = _record_pattern(first[1], tuple(tags)).findall(text)
    if text.count("<") != len(found) * 2 * (1 + len(tags)) - text.count("/>"):
        return None  # some tag stands in no record that was found
    rows = [dict(zip(names, texts, strict=True)) for texts in found]
    if "&" in text:
        _replace_references(rows)
    return FlatPage(first[1], rows)


@lru_cache(maxsize=256)
def _record_pattern(name: str, tags: tuple[str, ...]) -> re.Pattern[str]:
    fields = (f"<{tag}(?:/>|>([^<]*)</{tag}>)" for tag in map(re.escape, tags))
    return re.compile(f"<{re.escape(name)}>{''.join(fields)}</{re.escape(name)}>")


def _replace_references(rows: list[dict[str, str]]) -> None:
    for row in rows:
        if "&" in "".join(row.values()):
            row.update({name: _plain_text(text) for name, text in row.items() if "&" in text})


def _plain_text(text: str) -> str:
    for reference, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(reference, character)
    return text
