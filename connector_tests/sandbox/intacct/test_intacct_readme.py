"""The README's table of proofs names tests that exist, and the switches it names are switches."""

import re
from pathlib import Path

from connector_assets.sandbox.intacct.behaviours import SWITCHES

ROOT = Path(__file__).parents[3]
README = ROOT / "connector_assets" / "sandbox" / "intacct" / "README.md"


def test_every_proof_is_a_test_and_every_switch_a_switch() -> None:
    text = README.read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "connector_tests").rglob("test_*.py")]
    defined = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 80
    assert named <= defined
    assert all((ROOT / path).exists() for path in re.findall(r"`(connector_tests/[\w/]+\.py)`", text))
    switches = {switch.name.removeprefix("intacct.") for switch in SWITCHES}
    questions = text.partition("## What nobody has published")[2].partition("## What stays out")[0]
    asked = {name for row in questions.splitlines() for name in re.findall(r"`(\w+)`", "|".join(row.split("|")[2:3]))}
    assert asked <= switches
