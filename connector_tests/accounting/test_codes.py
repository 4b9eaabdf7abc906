"""The register of finding codes holds every code that anything in the package uses, and none that nothing uses."""

import ast
from collections.abc import Iterator
from pathlib import Path

from connector_assets.accounting.findings import CODES

PACKAGE = Path(__file__).parents[2] / "connector_assets"


def calls_of_finding() -> Iterator[tuple[str, str]]:
    """File and code of every `finding("CODE", …)` of the package; a conditional code counts with both its values."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "finding" and node.args:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield path.name, part.value


def test_every_code_that_is_used_is_registered() -> None:
    used = list(calls_of_finding())
    assert len(used) > 30
    assert [(place, code) for place, code in used if code not in CODES] == []


def test_every_registered_code_is_used() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "findings.py")
    flow = (PACKAGE / "flows" / "paychex_intacct" / "findings.py").read_text(encoding="utf-8")
    assert [code for code in CODES if f'"{code}' not in text + flow] == []
