"""What the UI shows of frames and findings."""

import pandas as pd

from connector_assets.accounting.findings import finding
from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.orchestration.metadata import column_schema, findings_metadata, markdown_table
from connector_assets.orchestration.progress import Progress, announce, listening

SCHEMA = FrameSchema("x", (Column("net_cents", "int64", "Net pay"), Column("note", "string", "A note", nullable=True)))


def test_cents_are_shown_as_amounts_and_a_bar_does_not_break_the_table() -> None:
    frame = SCHEMA.conform(pd.DataFrame({"net_cents": [123456789, -5], "note": ["a|b", None]}))
    lines = str(markdown_table(frame).value).splitlines()
    assert lines == ["| net | note |", "| --- | --- |", "| 1,234,567.89 | a\\|b |", "| -0.05 |  |"]


def test_a_long_frame_is_cut_and_says_by_how_much() -> None:
    frame = SCHEMA.conform(pd.DataFrame({"net_cents": range(1000), "note": "x"}))
    assert str(markdown_table(frame, rows=2).value).endswith("\n\n998 more rows.")


def test_a_schema_says_type_meaning_and_whether_a_value_may_be_missing() -> None:
    net, note = column_schema(SCHEMA).columns
    assert (net.name, net.type, net.description, net.constraints.nullable) == ("net_cents", "int64", "Net pay", False)
    assert note.constraints.nullable


def test_findings_are_a_table_with_their_fix_and_their_number() -> None:
    found = [finding("X01", f"c{number}", "No rule.", "Add one.") for number in range(60)]
    shown = findings_metadata(found)
    assert shown["finding_count"].value == 60
    assert "| X01 | block | c0 | No rule. | Add one. |" in str(shown["findings"].value)
    assert findings_metadata([])["finding_count"].value == 0


def test_whoever_listens_hears_and_only_while_listening() -> None:
    heard: list[Progress] = []
    announce("acme", "x", "not heard")
    with listening(heard.append):
        announce("acme", "2026-04-10_1", "reconciled")
    announce("acme", "x", "not heard")
    assert heard == [Progress("acme", "2026-04-10_1", "reconciled")]
