"""Looking without touching: `preview` of a pay run before it is sent, `explain` of a journal that stands."""

from typing import TYPE_CHECKING, Any

import click

from connector_assets.commands.console import CONSOLE, explained, print_json, table
from connector_assets.settings import load_settings

if TYPE_CHECKING:
    import pandas as pd

    from connector_assets.accounting.findings import Finding
    from connector_assets.accounting.journal import Journal

DIMENSIONS = ("department_id", "location_id", "project_id", "employee_id", "entity_id")


@click.command()
@click.argument("name")
@click.argument("partition")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def preview(name: str, partition: str, as_json: bool) -> None:
    """Show the journals of pay run PARTITION of NAME, their findings and what changed, sending nothing.

    Nothing is written and Intacct is not called. Exit code 1 when something stops the pay run.
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
        show_frame(f"Against the {found.pay_run.interval or 'off-cycle'} run before", found.change)
        _show_findings(found.findings)
        CONSOLE.print(f"{found.partition}: register {found.source}; nothing was sent.")
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

    rows = [
        [
            str(place),
            line.account_no,
            *(getattr(line, name) or "" for name in DIMENSIONS),
            text(line.amount_cents) if line.amount_cents > 0 else "",
            text(-line.amount_cents) if line.amount_cents < 0 else "",
            line.memo,
        ]
        for place, line in enumerate(journal.lines, start=1)
    ]
    columns = [("line", "right"), ("account", "left"), *((name.removesuffix("_id"), "left") for name in DIMENSIONS)]
    columns += [("debit", "right"), ("credit", "right"), ("memo", "left")]
    title = f"{journal.reference}  {journal.journal_symbol} {journal.entry_date}  {journal.title}  {journal.state}"
    table(title, columns, rows)
    CONSOLE.print(f"Debit {text(journal.debit_cents())}, credit {text(journal.credit_cents())}.\n")


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
@click.option("--line", "line_no", type=click.IntRange(1), help="One line of the journal: which checks it is made of.")
@click.option("--check", "check_id", help="One check: which lines it went to.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def explain(name: str, reference: str, line_no: int | None, check_id: str | None, as_json: bool) -> None:
    """Explain journal REFERENCE of NAME: from a line to checks, pay lines and rules, from a check to lines.

    It shows what single workers are paid: keep the output as you would keep the register.
    """
    from connector_assets.accounting.money import grouped_text_from_cents
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    found = flow_module(connection.flow, "explain").explain(
        open_deployment(settings), connection, reference, line_no=line_no, check_id=check_id
    )
    whole = line_no is None and check_id is None
    if as_json:
        shown = (found.lines if whole else found.parts).astype(object)
        data = shown.where(shown.notna(), None).to_dict("records")
        print_json(
            {
                **{"reference": found.reference, "partition": found.partition, "state": found.state},
                **{"lines" if whole else "parts": data, "total_cents": found.total_cents, "rules": found.rules},
            }
        )
        return
    if whole:
        show_frame(f"{reference} ({found.state}), pay run {found.partition}", found.lines.drop(columns="reference"))
        CONSOLE.print("Add --line N to see what a line is made of, or --check ID to follow a check.")
        return
    parts = found.parts.dropna(axis=1, how="all")
    same = [name for name in ("journal_line_no", "account_no", *DIMENSIONS) if name in parts and line_no is not None]
    place = ", ".join(f"{name.removesuffix('_id')} {parts[name].iloc[0]}" for name in same)
    show_frame(" ".join([f"{reference} ({found.state}), pay run {found.partition}.", place]), parts.drop(columns=same))
    for rule_id, words in sorted(found.rules.items()):
        CONSOLE.print(f"{rule_id}  {words}")
    CONSOLE.print(f"{len(found.parts)} parts, {grouped_text_from_cents(found.total_cents)} in all.")


COMMANDS: tuple[click.Command, ...] = (preview, explain)
