"""The little query language of readByQuery: `STATUS = 'T' AND (NAME like 'A%' OR RECORDNO in (1, 2))`.

Text operands stand in single quotes with `\\'` for a quote; an unquoted word is no operand and matches nothing.
There are no joins and no ORDER BY: both are refused as the gateway refuses them (DL02000001).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connector_assets.sandbox.intacct.errors import bad_request
from connector_assets.sandbox.intacct.filters import Comparison, Condition, Group, Nothing

_TOKEN = re.compile(
    r"""\s*(?:
        '(?P<text>(?:[^'\\]|\\.)*)'
      | (?P<sign><=|>=|<>|!=|=|<|>|\(|\)|,)
      | (?P<word>[^\s'()=<>!,]+)
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Token:
    """A piece of the query: kind `text` (quoted), `sign` or `word`."""

    kind: str
    value: str

    def is_word(self, word: str) -> bool:
        """Whether this is the given keyword, in any case."""
        return self.kind == "word" and self.value.lower() == word


@dataclass(frozen=True)
class ParsedQuery:
    """The condition and the row limit that `rownum` set."""

    condition: Condition | None
    limit: int | None


def parse_query(text: str) -> ParsedQuery:
    """Parse the query; an empty one asks for everything. Raises FunctionRefusal DL02000001."""
    tokens = _tokens(text)
    if not tokens:
        return ParsedQuery(None, None)
    parser = _Parser(tokens)
    condition = parser.alternatives()
    if parser.position < len(tokens):
        raise bad_request(f"Unexpected '{tokens[parser.position].value}' in the query")
    return ParsedQuery(condition, parser.limit)


def _tokens(text: str) -> list[Token]:
    tokens, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise bad_request(f"The query cannot be read from '{text[position : position + 20]}'")
        kind = match.lastgroup or ""
        value = match[kind]
        tokens.append(Token(kind, re.sub(r"\\(.)", r"\1", value) if kind == "text" else value))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens: or, and, not, brackets, comparisons."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.limit: int | None = None

    def alternatives(self) -> Condition:
        """Conditions joined by OR."""
        found = [self.conjunction()]
        while self._accept("or"):
            found.append(self.conjunction())
        return found[0] if len(found) == 1 else Group("or", tuple(found))

    def conjunction(self) -> Condition:
        """Conditions joined by AND."""
        found = [self.condition()]
        while self._accept("and"):
            found.append(self.condition())
        return found[0] if len(found) == 1 else Group("and", tuple(found))

    def condition(self) -> Condition:
        """One comparison, a bracket or a NOT."""
        if self._accept("not"):
            return Group("not", (self.condition(),))
        if self._accept("("):
            inner = self.alternatives()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self._next("a field name")
        if name.kind != "word":
            raise bad_request(f"A field name was expected, not '{name.value}'")
        if "." in name.value:
            raise bad_request(f"Joins are not supported: {name.value}")
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("null")
            return Comparison(name.value, "is not null" if negated else "is null")
        negated = self._accept("not")
        for operator in ("like", "in"):
            if self._accept(operator):
                return self._worded(name.value, f"not {operator}" if negated else operator)
        operator = {"<>": "!="}.get(sign := self._next("an operator").value, sign)
        if negated or operator not in ("=", "!=", "<", "<=", ">", ">="):
            raise bad_request(f"'{operator}' is no operator")
        return self._compared(name.value, operator, self._next("an operand"))

    def _compared(self, name: str, operator: str, operand: Token) -> Condition:
        if name.lower() == "rownum" and operand.value.isdigit() and operator in ("<", "<="):
            self.limit = int(operand.value) - (operator == "<")
            return Group("not", (Nothing(),))
        return Comparison(name, operator, (operand.value,)) if _is_operand(operand) else Nothing()

    def _worded(self, name: str, operator: str) -> Condition:
        if operator.endswith("like"):
            operand = self._next("an operand")
            return Comparison(name, operator, (operand.value,)) if _is_operand(operand) else Nothing()
        self._expect("(")
        operands = [self._next("an operand")]
        while self._accept(","):
            operands.append(self._next("an operand"))
        self._expect(")")
        return Comparison(name, operator, tuple(entry.value for entry in operands if _is_operand(entry)))

    def _accept(self, word: str) -> bool:
        if self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token.is_word(word) or (token.kind == "sign" and token.value == word):
                self.position += 1
                return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise bad_request(f"'{word}' was expected in the query")

    def _next(self, wanted: str) -> Token:
        if self.position >= len(self.tokens):
            raise bad_request(f"The query ends where {wanted} was expected")
        self.position += 1
        return self.tokens[self.position - 1]


def _is_operand(token: Token) -> bool:
    return token.kind == "text" or (token.kind == "word" and _NUMBER.fullmatch(token.value) is not None)
