"""What the documentation says is so: its tables come from the code, its links lead somewhere, its commands exist."""

import re
from pathlib import Path

import pytest

from connector_assets.cli import main
from connector_tests.documentation import ROOT, TABLES, rendered

PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "connector_assets")
    for path in (folder.rglob("*.md") if folder != ROOT else folder.glob("*.md"))
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
COMMAND = re.compile(r"(?:^|[`\s])(?:\.venv/bin/)?connector ([a-z]+)", re.MULTILINE)


@pytest.mark.parametrize("page", TABLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_tables_are_those_of_the_code(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == rendered(page), "Run: .venv/bin/python -m connector_tests.documentation"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_that_pages_name_exist(page: Path) -> None:
    named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
    assert named <= set(main.commands), f"{page.relative_to(ROOT)}: {sorted(named - set(main.commands))}"


def test_the_readme_begins_with_the_two_commands() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1]
    assert [line.split("#")[0].strip() for line in first.strip().splitlines()] == ["make demo", "make test"]
