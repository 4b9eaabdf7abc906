"""The part of FreeMarker that export templates use: list, if/else, interpolation, defaults and a few built-ins.

Enough to render a template as the Integration Server would, and to fail where FreeMarker fails: a boolean that is
printed plainly, an unknown directive, a block that does not end.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_PIECES = re.compile(r"<#--.*?-->|</?#\w+[^>]*>|\$\{[^}]*\}", re.DOTALL)
_TOKENS = re.compile(r'"[^"]*"|\?\?|\w+|[?!.(),]')
_IGNORED = {"<#t>", "<#lt>", "<#rt>"}

Scope = Mapping[str, object]
Expression = Callable[[Scope], object]


class TemplateError(ValueError):
    """The template cannot be read, or does not fit the data."""


class _Missing:
    """A variable that is not there, or is null."""


MISSING = _Missing()


@dataclass(frozen=True)
class Style:
    """What the wrapper around the data does where FreeMarker leaves it open."""

    missing_is_empty: bool = True
    grouped_numbers: bool = False

    def text(self, value: object) -> str:
        """A value as an interpolation prints it."""
        if isinstance(value, _Missing):
            if self.missing_is_empty:
                return ""
            raise TemplateError("A variable is missing and has no default.")
        if isinstance(value, bool):
            raise TemplateError("A boolean is printed: use ?string.")
        if isinstance(value, int):
            return f"{value:,}" if self.grouped_numbers else str(value)
        if isinstance(value, str):
            return value
        raise TemplateError("A sequence or a hash is printed.")


@dataclass
class _Block:
    """The body of a directive, and for `if` its branches in order."""

    opened: str
    parts: list[Callable[[dict[str, object], Style], str]] = field(default_factory=list)
    branches: list[tuple[Expression, list[Callable[[dict[str, object], Style], str]]]] = field(default_factory=list)


def render(template: str, data: Scope, style: Style | None = None) -> str:
    """The template's text over the data. Raises TemplateError."""
    parts = _parse(template)
    return _joined(parts, dict(data), style or Style())


def _parse(template: str) -> list[Callable[[dict[str, object], Style], str]]:
    stack = [_Block("")]
    place = 0
    for match in _PIECES.finditer(template):
        _literal(stack[-1], template[place : match.start()])
        _take(stack, match.group())
        place = match.end()
    _literal(stack[-1], template[place:])
    if len(stack) != 1:
        raise TemplateError(f"<#{stack[-1].opened}> does not end.")
    return stack[0].parts


def _literal(block: _Block, text: str) -> None:
    if text:
        block.parts.append(lambda _scope, _style: text)


def _take(stack: list[_Block], piece: str) -> None:
    if piece.startswith("<#--") or piece in _IGNORED:
        return
    if piece.startswith("${"):
        value = _expression(piece[2:-1])
        stack[-1].parts.append(lambda scope, style: style.text(value(scope)))
    elif piece.startswith("</#"):
        _close(stack, piece[3:-1].strip())
    else:
        name, _, rest = piece[2:-1].partition(" ")
        _open(stack, name.rstrip("/"), rest.strip())


def _open(stack: list[_Block], name: str, rest: str) -> None:
    if name in {"list", "if"}:
        stack.append(_Block(f"{name} {rest}"))
    elif name == "else" and stack[-1].opened.startswith("if "):
        _next_branch(stack[-1])
        stack[-1].opened = "if"
    else:
        raise TemplateError(f"<#{name}> is not known here.")


def _next_branch(block: _Block) -> None:
    block.branches.append((_expression(block.opened.removeprefix("if ")), block.parts))
    block.parts = []


def _close(stack: list[_Block], name: str) -> None:
    block = stack.pop()
    if not stack or block.opened.split(" ")[0] != name:
        raise TemplateError(f"</#{name}> closes nothing.")
    if name == "list":
        stack[-1].parts.append(_listing(block))
        return
    if block.opened != "if":
        _next_branch(block)
    branches, otherwise = block.branches, block.parts
    stack[-1].parts.append(lambda scope, style: _chosen(branches, otherwise, scope, style))


def _chosen(
    branches: Sequence[tuple[Expression, list[Callable[[dict[str, object], Style], str]]]],
    otherwise: list[Callable[[dict[str, object], Style], str]],
    scope: dict[str, object],
    style: Style,
) -> str:
    for condition, parts in branches:
        verdict = condition(scope)
        if not isinstance(verdict, bool):
            raise TemplateError("<#if> needs a boolean.")
        if verdict:
            return _joined(parts, scope, style)
    return _joined(otherwise, scope, style)


def _listing(block: _Block) -> Callable[[dict[str, object], Style], str]:
    source, _, name = block.opened.removeprefix("list ").rpartition(" as ")
    sequence = _expression(source)

    def run(scope: dict[str, object], style: Style) -> str:
        items = sequence(scope)
        if not isinstance(items, list):
            raise TemplateError(f"{source} is not a sequence.")
        last = len(items) - 1
        return "".join(
            _joined(block.parts, {**scope, name: item, f"{name}_has_next": place < last}, style)
            for place, item in enumerate(items)
        )

    return run


def _joined(parts: Sequence[Callable[[dict[str, object], Style], str]], scope: dict[str, object], style: Style) -> str:
    return "".join(part(scope, style) for part in parts)


def _expression(text: str) -> Expression:
    tokens = _Tokens(iter(_TOKENS.findall(text)))
    made = _postfixed(tokens)
    if tokens.head is not None:
        raise TemplateError(f"{text!r} cannot be read.")
    return made


class _Tokens:
    """Tokens with one in sight."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self.head: str | None = next(source, None)

    def take(self) -> str:
        taken, self.head = self.head, next(self._source, None)
        if taken is None:
            raise TemplateError("An expression ends too soon.")
        return taken

    def accept(self, token: str) -> bool:
        if self.head != token:
            return False
        self.take()
        return True


def _postfixed(tokens: _Tokens) -> Expression:
    made = _primary(tokens)
    while tokens.head in {".", "?", "??", "!"}:
        sign = tokens.take()
        if sign == ".":
            made = _member(made, tokens.take())
        elif sign == "??":
            made = _present(made)
        elif sign == "!":
            is_given = tokens.head is not None and (tokens.head.startswith('"') or tokens.head.isidentifier())
            made = _defaulted(made, _primary(tokens) if is_given else lambda _: "")
        else:
            made = _built_in(made, tokens.take(), _arguments(tokens))
    return made


def _primary(tokens: _Tokens) -> Expression:
    word = tokens.take()
    if word == "(":
        inner = _postfixed(tokens)
        if not tokens.accept(")"):
            raise TemplateError("A parenthesis does not close.")
        return inner
    if word.startswith('"'):
        return lambda _: word[1:-1]
    if word.isdigit():
        return lambda _: int(word)
    if word in {"true", "false"}:
        return lambda _: word == "true"
    if not word.isidentifier():
        raise TemplateError(f"{word!r} is not expected here.")
    return lambda scope: scope.get(word, MISSING)


def _arguments(tokens: _Tokens) -> list[Expression]:
    if not tokens.accept("("):
        return []
    given = [_postfixed(tokens)]
    while tokens.accept(","):
        given.append(_postfixed(tokens))
    if not tokens.accept(")"):
        raise TemplateError("The arguments do not close.")
    return given


def _member(source: Expression, name: str) -> Expression:
    def read(scope: Scope) -> object:
        value = source(scope)
        return value.get(name, MISSING) if isinstance(value, Mapping) else MISSING

    return read


def _present(source: Expression) -> Expression:
    return lambda scope: not isinstance(source(scope), _Missing)


def _defaulted(source: Expression, default: Expression) -> Expression:
    def read(scope: Scope) -> object:
        value = source(scope)
        return default(scope) if isinstance(value, _Missing) else value

    return read


def _built_in(source: Expression, name: str, arguments: list[Expression]) -> Expression:
    def read(scope: Scope) -> object:
        value = source(scope)
        if name == "string" and isinstance(value, bool) and len(arguments) == 2:
            return arguments[0 if value else 1](scope)
        if name in {"json_string", "js_string"} and isinstance(value, str):
            return json.dumps(value, ensure_ascii=False)[1:-1]
        if name == "c" and isinstance(value, int):
            return ("true" if value else "false") if isinstance(value, bool) else str(value)
        if name == "size" and isinstance(value, list):
            return len(value)
        if name == "has_content":
            return not isinstance(value, _Missing) and value not in ("", [], {})
        raise TemplateError(f"?{name} does not apply to a {type(value).__name__}.")

    return read
