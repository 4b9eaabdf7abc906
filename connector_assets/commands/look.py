"""Looking without touching: `preview` of a document before it is sent, `explain` of one that stands."""

from typing import TYPE_CHECKING, Any

import click

from connector_assets.commands.console import CONSOLE, explained, print_json, table
from connector_assets.settings import load_settings

if TYPE_CHECKING:
    import pandas as pd

    from connector_assets.accounting.findings import Finding
    from connector_assets.accounting.journal import Journal, JournalLine

DIMENSIONS = (
    *("department_id", "location_id", "project_id", "class_id", "custom_dimensions"),
    *("employee_id", "entity_id"),
)

RARE = ("class_id", "custom_dimensions")
"""Dimensions that a table shows only where a line has one."""


@click.command()
@click.argument("name")
@click.argument("partition")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def preview(name: str, partition: str, as_json: bool) -> None:
    """Show what PARTITION of NAME (pay run, report, bill, payment) would be posted as, with findings, sending nothing.

    Nothing is written and Intacct is not called. Exit code 1 when something stops it.
    """
    from connector_assets.accounting.findings import blocking
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    found = flow_module(connection.flow, "preview").preview(open_deployment(settings), connection, partition)
    if as_json:
        print_json(
            {
                "partition": found.partition,
                "source": found.source,
                "control_totals": found.totals,
                "journals": [_journal_data(journal) for journal in found.journals],
                "findings": [_finding_data(one) for one in found.findings],
                "change": found.change.to_dict("records"),
            }
        )
    else:
        for journal in found.journals:
            _show_journal(journal)
        show_frame(found.against, found.change)
        _show_findings(found.findings)
        CONSOLE.print(f"{found.partition}: source {found.source}; nothing was sent.")
    if blocking(found.findings):
        raise SystemExit(1)


def _journal_data(journal: "Journal") -> dict[str, Any]:
    import json

    body: dict[str, Any] = json.loads(journal.payload())
    return {**body, "debit_cents": journal.debit_cents(), "credit_cents": journal.credit_cents()}


def _finding_data(found: "Finding") -> dict[str, str]:
    return {
        "code": found.code,
        "severity": found.severity.value,
        "subject": found.subject,
        "why": found.why,
        "fix": found.fix,
    }


def _show_journal(journal: "Journal") -> None:
    from connector_assets.accounting.money import grouped_text_from_cents as text

    placed = [{name: _dimension(line, name) for name in DIMENSIONS} for line in journal.lines]
    shown = [name for name in DIMENSIONS if name not in RARE or any(place[name] for place in placed)]
    rows = [
        [
            str(number),
            line.account_no,
            *(place[name] for name in shown),
            text(line.amount_cents) if line.amount_cents > 0 else "",
            text(-line.amount_cents) if line.amount_cents < 0 else "",
            line.memo,
        ]
        for number, (line, place) in enumerate(zip(journal.lines, placed, strict=True), start=1)
    ]
    columns = [("line", "right"), ("account", "left"), *((name.removesuffix("_id"), "left") for name in shown)]
    columns += [("debit", "right"), ("credit", "right"), ("memo", "left")]
    title = f"{journal.reference}  {journal.journal_symbol} {journal.entry_date}  {journal.title}  {journal.state}"
    table(title, columns, rows)
    CONSOLE.print(f"Debit {text(journal.debit_cents())}, credit {text(journal.credit_cents())}.\n")


def _dimension(line: "JournalLine", name: str) -> str:
    return line.custom_text if name == "custom_dimensions" else getattr(line, name) or ""


def _show_findings(findings: "list[Finding]") -> None:
    if not findings:
        CONSOLE.print("Nothing found against it.")
        return
    rows = [[one.code, one.severity.value, one.subject, one.why, one.fix] for one in findings]
    table("Findings", [(title, "left") for title in ("code", "severity", "subject", "why", "fix")], rows)


def show_frame(title: str, frame: "pd.DataFrame") -> None:
    """Print a frame as a table; columns of cents are shown as amounts, an absent value as nothing."""
    import pandas as pd

    from connector_assets.accounting.money import grouped_text_from_cents

    if frame.empty:
        return
    amounts = {name for name in frame.columns if name.endswith("_cents")}

    def shown(name: str, value: Any) -> str:  # noqa: ANN401  # whatever a frame holds
        if pd.isna(value):
            return ""
        return grouped_text_from_cents(int(value)) if name in amounts else str(value)

    columns = [(name.removesuffix("_cents"), "right" if name in amounts else "left") for name in frame.columns]
    table(title, columns, [[shown(name, row[name]) for name in frame.columns] for row in frame.to_dict("records")])


@click.command()
@click.argument("name")
@click.argument("reference")
@click.option("--line", "line_no", type=click.IntRange(1), help="One line of it: what that is made of.")
@click.option("--source", "source_id", help="One check, expense, or item of a bill: where it went to.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def explain(name: str, reference: str, line_no: int | None, source_id: str | None, as_json: bool) -> None:
    """Explain document REFERENCE of NAME: from a line to what it is made of and by which rules, and back.

    A document is named by its reference in the ledger, or by its partition. Of payroll it shows what single workers are
    paid: keep the output as you would keep the register.
    """
    from connector_assets.accounting.money import grouped_text_from_cents
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    found = flow_module(connection.flow, "explain").explain(
        open_deployment(settings), connection, reference, line_no=line_no, source_id=source_id
    )
    whole = line_no is None and source_id is None
    if as_json:
        shown = (found.lines if whole else found.parts).astype(object)
        data = shown.where(shown.notna(), None).to_dict("records")
        print_json(
            {
                **{"reference": found.reference, "partition": found.partition, "state": found.state},
                **{"lines" if whole else "parts": data, "total_cents": found.total_cents, "rules": found.rules},
                "mapping_version": found.mapping_version,
            }
        )
        return
    if whole:
        show_frame(
            f"{found.reference} ({found.state}), {found.partition}",
            found.lines.drop(columns=["reference", *_unused(found.lines)]),
        )
        if found.mapping_version:
            CONSOLE.print(f"Made under version {found.mapping_version} of the mapping: connector mapping list {name}")
        CONSOLE.print("Add --line N to see what a line is made of, or --source ID to follow a check, expense or item.")
        return
    parts = found.parts.dropna(axis=1, how="all")
    same = [name for name in ("journal_line_no", "account_no", *DIMENSIONS) if name in parts and line_no is not None]
    place = ", ".join(f"{name.removesuffix('_id')} {parts[name].iloc[0]}" for name in same)
    title = " ".join([f"{found.reference} ({found.state}), {found.partition}.", place])
    show_frame(title, parts.drop(columns=same))
    for rule_id, words in sorted(found.rules.items()):
        CONSOLE.print(f"{rule_id}  {words}")
    CONSOLE.print(f"{len(found.parts)} parts, {grouped_text_from_cents(found.total_cents)} in all.")


def _unused(lines: "pd.DataFrame") -> list[str]:
    return [name for name in RARE if lines[name].isna().all()]


COMMANDS: tuple[click.Command, ...] = (preview, explain)
