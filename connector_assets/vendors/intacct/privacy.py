"""What must not be read in an error text: our secrets, and the request's personal data, which the gateway may echo.

"Another Contact with the given value(s) Doe Jane already exists" is such an echo; it becomes "… value(s) [withheld] …".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from re import Pattern

from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.errors import GatewayError
from connector_assets.vendors.intacct.writer import Node, Rows

PERSONAL_FIELDS = frozenset(
    {"CONTACTNAME", "PRINTAS", "PREFIX", "FIRSTNAME", "LASTNAME", "INITIAL", "PHONE1", "CELLPHONE", "EMAIL1", "EMAIL2"}
    | {"ADDRESS1", "ADDRESS2", "CITY", "ZIP", "SSN", "BIRTHDATE", "GENDER"}
)
WITHHELD = "[withheld]"


@dataclass(frozen=True)
class Mask:
    """Takes certain texts out of errors: `secrets` wherever they stand, the personal values of `functions` as words."""

    functions: Sequence[Function]
    secrets: Sequence[str]

    @cached_property
    def _pattern(self) -> Pattern[str] | None:
        """Made only once there is an error to look at, for most requests have none."""
        contents = (function.content for function in self.functions)
        personal = {text.strip() for content in contents for text in _personal_texts(content)} - {""}
        longest_first = sorted(personal, key=lambda text: (-len(text), text))
        parts = [re.escape(secret) for secret in self.secrets if secret]
        parts += [rf"(?<!\w){re.escape(text)}(?!\w)" for text in longest_first]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def errors(self, errors: Sequence[GatewayError]) -> tuple[GatewayError, ...]:
        """The errors with what must not be read withheld."""
        return tuple(
            replace(error, text=self._text(error.text), correction=self._text(error.correction)) for error in errors
        )

    def _text(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(WITHHELD, text)


def _personal_texts(node: Node, is_personal: bool = False) -> Iterator[str]:
    """The texts under personal fields; in a filter the field is named by an element beside its values."""
    if node is None:
        return
    if isinstance(node, str):
        if is_personal:
            yield node
        return
    if isinstance(node, Rows):
        personal = [is_personal or _is_personal(name) for name in node.fields]
        for block in node.blocks() if any(personal) else ():
            chosen = (texts for texts, flag in zip(block, personal, strict=True) if flag)
            yield from (text for texts in chosen for text in texts if text)
        return
    pairs = list(node.items() if isinstance(node, Mapping) else node)
    names_personal = any(name == "field" and _is_personal(content) for name, content in pairs)
    for name, content in pairs:
        here = is_personal or name.upper() in PERSONAL_FIELDS or (names_personal and name == "value")
        yield from _personal_texts(content, here)


def _is_personal(content: Node) -> bool:
    return isinstance(content, str) and content.upper().rpartition(".")[2] in PERSONAL_FIELDS
