"""The rules of the house: which way imports run, how long things may be, and what must say what it is."""

import ast
import functools
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "connector_assets"
TESTS = ROOT / "connector_tests"
MODULES = sorted(p for p in PACKAGE.rglob("*.py"))
EVERY_FILE = sorted([*MODULES, *TESTS.rglob("*.py")])

# What a deployment is opened with: its files, secrets, stores and clients.
OPENED = {"connections", "credentials", "deployment", "settings", "systems"}
# layer -> the layers that it may import. `errors` and `protocols` of vendors are the seam of the poster.
MAY_IMPORT: dict[str, set[str]] = {
    "accounting": set(),
    "settings": set(),
    "records": {"accounting"},
    "vendors": {"accounting"},
    "posting": {"records", "vendors", "accounting"},
    "sandbox": set(),
    "webhooks": {"records", "settings"},
    "connections": {"flows", "settings"},  # it looks for the flows there are, and reads each one's config
    "credentials": {"connections", "records", "settings"},
    "deployment": {"credentials", "records", "settings"},
    "systems": {"connections", "credentials", "settings", "vendors"},
    "orchestration": {"accounting", "records", "vendors", "posting", *OPENED},
    "flows": {"accounting", "records", "vendors", "posting", "orchestration", *OPENED},
    "definitions": {"flows", "orchestration", "connections", "settings"},
}
FREE = {"cli", "commands", "__init__"}  # the command line may import anything below it
PURE_EXTERNAL = {"numpy", "pandas", "pydantic"}
SANDBOX_EXTERNAL = {"lxml", "numpy", "pydantic", "starlette", "uvicorn"}
DAGSTER_LAYERS = {"flows", "orchestration", "definitions", "commands"}
LONGEST_FUNCTION_LINES = 70
LONGEST_FILE_LINES = 500
MEDIAN_FUNCTION_LINES = 15


def layer_of(path: Path) -> str:
    """The layer of a module: the first folder, or the module's own name, below the package."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, by its dotted name."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative imports hide which way the arrow runs"
            yield node.module
            if node.module == PACKAGE.name:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    layer = layer_of(path)
    if layer in FREE:
        return
    allowed = MAY_IMPORT[layer] | {layer}
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        if top == PACKAGE.name and rest:
            assert rest.split(".")[0] in allowed, f"{name_of(path)} ({layer}) must not import {name}"
        assert top != TESTS.name, f"{name_of(path)} must not import tests"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_outside_libraries_stay_where_they_belong(path: Path) -> None:
    layer, tops = layer_of(path), {name.partition(".")[0] for name in imports_of(path)}
    outside = {top for top in tops if top != PACKAGE.name and top not in _standard_library()}
    if layer == "accounting":
        assert outside <= PURE_EXTERNAL, f"{name_of(path)} imports {outside - PURE_EXTERNAL}"
    if layer == "sandbox":
        assert outside <= SANDBOX_EXTERNAL, f"{name_of(path)} imports {outside - SANDBOX_EXTERNAL}"
    if layer not in DAGSTER_LAYERS:
        assert "dagster" not in outside, f"{name_of(path)} imports Dagster outside the orchestration layers"


def test_a_vendor_client_knows_no_other_vendor() -> None:
    for path in (PACKAGE / "vendors").rglob("*.py"):
        parts = path.relative_to(PACKAGE / "vendors").parts
        own = f"{PACKAGE.name}.vendors.{parts[0]}" if len(parts) > 1 else ""
        for name in imports_of(path):
            if name.startswith(f"{PACKAGE.name}.vendors.") and own:
                assert name.startswith(own) or (PACKAGE / "vendors" / f"{name.split('.')[2]}.py").exists(), name


@pytest.mark.parametrize("path", EVERY_FILE, ids=name_of)
def test_every_module_says_what_it_is_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(tree_of(path)), f"{name_of(path)} has no docstring"
    assert text.count("\n") <= LONGEST_FILE_LINES, f"{name_of(path)} is over {LONGEST_FILE_LINES} lines"


@pytest.mark.parametrize("path", EVERY_FILE, ids=name_of)
def test_every_function_is_typed_and_short_enough_to_see_whole(path: Path) -> None:
    for node in functions_of(path):
        where = f"{name_of(path)}:{node.lineno} {node.name}"
        assert node.returns is not None, f"{where} has no return type"
        assert length_lines(node) <= LONGEST_FUNCTION_LINES, f"{where} is {length_lines(node)} lines long"


def test_the_median_function_is_well_under_fifteen_lines() -> None:
    lengths = [length_lines(node) for path in MODULES for node in functions_of(path)]
    assert statistics.median(lengths) < MEDIAN_FUNCTION_LINES


def test_the_top_level_holds_nothing_without_a_reason() -> None:
    expected = {
        ".ci", ".gitignore", "Makefile", "README.md", "connector_assets", "connector_tests", "constraints.txt",
        "dagster.yaml", "deploy", "docs", "pyproject.toml", "workspace.yaml",
    }  # fmt: skip
    assert {path.name for path in ROOT.iterdir() if path.name not in _made_by_tools()} == expected


def _made_by_tools() -> set[str]:
    ignored = {line.strip().strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    return ignored | {".git", "connector_assets.egg-info"}


def _standard_library() -> frozenset[str]:
    import sys

    return sys.stdlib_module_names
