"""Every finding that the code can raise has a meaning in the register of codes."""

import ast
from collections.abc import Iterator

import pytest

from connector_assets.accounting.findings import CODES
from connector_tests.test_layout import MODULES, tree_of


def codes_raised() -> Iterator[str]:
    """The first argument of each call of `finding(...)` in the package."""
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "finding":
                code = node.args[0]
                if isinstance(code, ast.Constant):  # else the caller's caller writes it out
                    yield str(code.value)


@pytest.mark.parametrize("code", sorted(set(codes_raised())))
def test_the_code_is_in_the_register(code: str) -> None:
    assert CODES[code].meaning


def test_the_register_has_no_code_twice_in_meaning() -> None:
    meanings = [code.meaning for code in CODES.values()]
    assert len(meanings) == len(set(meanings))
