"""The page for controllers is true: the tests that it names exist, codes and severities are those of the code."""

import ast
import functools
import re
from pathlib import Path

import pytest

from connector_assets.accounting.findings import CODES, check_name
from connector_tests.orchestration.test_graph import assets_of, definitions

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "payroll_accounting.md").read_text(encoding="utf-8")
TESTS = ROOT / "connector_tests"
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
RULES = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
CHECKS = re.findall(r"^\| ([SXPAW]\d\d) \| (.*?) ?\| (.*?) ?\| (.*?) ?\| (.+?) \|$", PAGE, re.MULTILINE)
PHASES = {"S": 19, "X": 7, "P": 8, "A": 16, "W": 5}


@functools.cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@functools.cache
def checked() -> frozenset[tuple[str, str]]:
    """Every asset check of a payroll connection, with its asset."""
    found = (spec for one, _ in assets_of(definitions()).values() for spec in one.check_specs)
    return frozenset((spec.asset_key.path[-1], spec.name) for spec in found)


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert name in functions_of(path)


def test_every_rule_and_every_check_has_its_row() -> None:
    assert [int(number) for number, _, _ in RULES] == list(range(1, 30))
    assert all("::" in tests for _, _, tests in RULES)
    assert [code for code, *_ in CHECKS] == [
        f"{phase}{number:02d}" for phase, last in PHASES.items() for number in range(1, last + 1)
    ]


@pytest.mark.parametrize("row", CHECKS, ids=[row[0] for row in CHECKS])
def test_a_check_has_the_severity_and_the_asset_check_that_the_page_says(row: tuple[str, ...]) -> None:
    _, ours, severity, asset_check, what = row
    if not ours:
        assert what.startswith("not derivable: ")
        return
    assert CODES[ours.strip("`")].severity.value == severity
    asset, name = re.findall(r"`(\w+)`", asset_check)
    assert name == check_name(ours.strip("`"))
    assert (asset, name) in checked()
