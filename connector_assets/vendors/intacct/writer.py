"""XML written as a stream: every text cleaned and escaped on its way out, and what had to be removed recorded.

Text that XML 1.0 cannot carry is removed, because it would break the gateway's parser for the whole request. Tables of
lines (`Rows`) are written by columns: a large journal repeats its accounts, dimensions and memos, so each distinct text
of a column is cleaned and escaped once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TypeAlias

Column: TypeAlias = "Sequence[str | None]"


@dataclass(frozen=True)
class Rows:
    """Many elements called `name` whose children are `fields` in order; None leaves a child out.

    `blocks` gives the lines some at a time, each block as one column per field. It is asked anew each time the request
    is written, which may be sent again.
    """

    name: str
    fields: tuple[str, ...]
    blocks: Callable[[], Iterable[Sequence[Column]]]


Node: TypeAlias = "str | Mapping[str, Node] | Sequence[tuple[str, Node]] | Rows | None"
"""An element's content: text, children by name, (name, content) pairs where a name repeats, or a table of lines. None
leaves the element out; an empty string writes it empty, which on an update clears the field."""

FLUSH_PIECES = 4096
COLUMN_MEMORY_TEXTS = 4096

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f&<>\ufffe\uffff\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*", re.ASCII)
_TEXT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE_ESCAPES = _TEXT_ESCAPES | str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


@dataclass(frozen=True)
class Removal:
    """Characters removed from one text: `path` to it, the distinct code points as `U+0001`, and how many in all."""

    path: str
    code_points: tuple[str, ...]
    count: int


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


def is_element_name(text: str) -> bool:
    """Whether `text` may name an element: what a custom field or a user-defined dimension is called in Intacct."""
    return _NAME.fullmatch(text) is not None


class XmlWriter:
    """Writes a UTF-8 document piece by piece into `out`; `removals` is what could not be carried. Call `flush` last."""

    def __init__(self, out: BytesIO) -> None:
        self.removals: list[Removal] = []
        self._out = out
        self._pieces: list[str] = ['<?xml version="1.0" encoding="utf-8"?>\n']
        self._path: list[str] = []

    @contextmanager
    def element(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        """Keep an element open for the length of a `with` block."""
        opening, closing = _tags(name)
        self._pieces.append(_with_attributes(opening, attributes) if attributes else opening)
        yield
        self._pieces.append(closing)

    def write(self, name: str, node: Node, attributes: Mapping[str, str] | None = None, label: str = "") -> None:
        """Write the element `name` with content `node`; a removal's path calls it `label`, by default its name.

        In a list of pairs the label counts, so that a path says which line it means: `GLBATCH/ENTRIES/GLENTRY[2]`.
        """
        if node is None:
            return
        opening, closing = _tags(name)
        self._path.append(label or name)
        self._pieces.append(_with_attributes(opening, attributes) if attributes else opening)
        if isinstance(node, str):
            self._pieces.append(self._clean(node))
        else:
            self._children(node)
        self._pieces.append(closing)
        self._path.pop()
        if len(self._pieces) > FLUSH_PIECES:
            self.flush()

    def flush(self) -> None:
        """Hand everything written so far to `out`."""
        self._out.write("".join(self._pieces).encode())
        self._pieces.clear()

    def _children(self, node: "Mapping[str, Node] | Sequence[tuple[str, Node]] | Rows") -> None:
        if isinstance(node, Rows):
            self._rows(node)
        elif isinstance(node, Mapping):
            for name, content in node.items():
                self.write(name, content)
        else:
            for position, (name, content) in enumerate(node, 1):
                self.write(name, content, label=f"{name}[{position}]")

    def _rows(self, rows: Rows) -> None:
        opening, closing = _tags(rows.name)
        columns = [_Column(name) for name in rows.fields]
        written_lines = 0
        for block in rows.blocks():
            try:
                lines = _lines(columns, block)
            except _ForbiddenError:
                lines = _lines(columns, self._cleaned(rows, block, written_lines))
            if lines:
                self._pieces += [opening, f"{closing}{opening}".join(lines), closing]
            written_lines += len(lines)
            self.flush()

    def _cleaned(self, rows: Rows, block: Sequence[Column], written_lines: int) -> list[list[str | None]]:
        """The block without forbidden characters, each removal under the path of its line and field."""
        clean: list[list[str | None]] = []
        for name, texts in zip(rows.fields, block, strict=True):
            column: list[str | None] = []
            for position, text in enumerate(texts, written_lines + 1):
                path = "/".join([*self._path, f"{rows.name}[{position}]", name])
                column.append(None if text is None else sanitise(text, path, self.removals))
            clean.append(column)
        return clean

    def _clean(self, text: str) -> str:
        if _SPECIAL.search(text) is None:
            return text
        return sanitise(text, "/".join(self._path), self.removals).translate(_TEXT_ESCAPES)


class _ForbiddenError(Exception):
    """A text of a column holds characters that XML cannot carry."""


class _Column(dict[str | None, str]):
    """One field's elements by their text, each made when it is first asked for."""

    def __init__(self, name: str) -> None:
        self[None] = ""
        self._opening, self._closing = _tags(name)

    def __missing__(self, text: str) -> str:
        if _SPECIAL.search(text) is None:
            element = f"{self._opening}{text}{self._closing}"
        elif has_forbidden(text):
            raise _ForbiddenError
        else:
            element = f"{self._opening}{text.translate(_TEXT_ESCAPES)}{self._closing}"
        if len(self) > COLUMN_MEMORY_TEXTS:
            self.clear()
            self[None] = ""
        self[text] = element
        return element


def _lines(columns: "Sequence[_Column]", block: Sequence[Column]) -> list[str]:
    """A block's lines, each its elements joined."""
    elements = [list(map(column.__getitem__, texts)) for column, texts in zip(columns, block, strict=True)]
    return list(map("".join, zip(*elements, strict=True)))


@lru_cache(maxsize=2048)
def _tags(name: str) -> tuple[str, str]:
    """The opening and the closing tag of an element. Raises ValueError for what cannot be a name."""
    if not is_element_name(name):
        raise ValueError(f"{name!r} cannot be the name of an element")
    return f"<{name}>", f"</{name}>"


def _with_attributes(opening: str, attributes: Mapping[str, str]) -> str:
    written = []
    for name, text in attributes.items():
        _tags(name)
        if has_forbidden(text):
            raise ValueError(f"the attribute {name} holds a character that XML cannot carry")
        written.append(f' {name}="{text.translate(_ATTRIBUTE_ESCAPES)}"')
    return f"{opening[:-1]}{''.join(written)}>"
