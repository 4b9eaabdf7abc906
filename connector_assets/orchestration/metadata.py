"""What the Dagster UI shows of a frame: its columns, its size, a small table; never a personal datum."""

from collections.abc import Mapping

import pandas as pd
from dagster import MetadataValue, TableColumn, TableColumnConstraints, TableSchema

from connector_assets.accounting.findings import Finding
from connector_assets.accounting.frames import FrameSchema
from connector_assets.accounting.money import grouped_text_from_cents

SAMPLE_ROWS = 12


def column_schema(schema: FrameSchema) -> TableSchema:
    """A frame schema as Dagster's table schema."""
    return TableSchema(
        columns=[
            TableColumn(
                column.name,
                column.dtype,
                description=column.description,
                constraints=TableColumnConstraints(nullable=column.nullable),
            )
            for column in schema.columns
        ]
    )


def schema_metadata(schema: FrameSchema) -> dict[str, TableSchema]:
    """Definition metadata of an asset whose value is a frame of this schema."""
    return {"dagster/column_schema": column_schema(schema)}


def markdown_table(frame: pd.DataFrame, rows: int = SAMPLE_ROWS) -> MetadataValue:
    """The first rows of a frame as a Markdown table; columns of cents are shown as amounts."""
    head = frame.head(rows)
    shown = {name: _shown(name, head[name]) for name in head.columns}
    titles = [name.removesuffix("_cents") for name in shown]
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    lines += ["| " + " | ".join(cells) + " |" for cells in zip(*shown.values(), strict=True)]
    if len(frame) > rows:
        lines.append(f"\n{len(frame) - rows:,} more rows.")
    return MetadataValue.md("\n".join(lines))


def _shown(name: str, values: pd.Series) -> list[str]:
    if name.endswith("_cents"):
        return [grouped_text_from_cents(int(value)) for value in values]
    return ["" if pd.isna(value) else str(value).replace("|", "\\|") for value in values]


def amount(cents: int) -> MetadataValue:
    """An amount as text, exact to the cent."""
    return MetadataValue.text(grouped_text_from_cents(cents))


def findings_metadata(findings: list[Finding]) -> dict[str, MetadataValue]:
    """Findings as a table with their fixes, and their number, which the UI plots over time."""
    if not findings:
        return {"finding_count": MetadataValue.int(0)}
    rows = [
        [finding.code, finding.severity.value, finding.subject, finding.why, finding.fix] for finding in findings[:50]
    ]
    frame = pd.DataFrame(rows, columns=["code", "severity", "subject", "why", "fix"])
    return {"findings": markdown_table(frame, rows=50), "finding_count": MetadataValue.int(len(findings))}


def counts(values: Mapping[str, int]) -> dict[str, MetadataValue]:
    """Whole numbers by name."""
    return {name: MetadataValue.int(value) for name, value in values.items()}
