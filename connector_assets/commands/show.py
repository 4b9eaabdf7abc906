"""What there is: `status` of every pay run."""

import click

from connector_assets.commands.console import CONSOLE, explained, left_out, print_json, table
from connector_assets.settings import load_settings

SETTLED = {"posted", "in_step", "left_out"}
COUNTED = {"checks", "expenses", "workers"}


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def status(name: str | None, as_json: bool) -> None:
    """Where every document stands, of connection NAME or of all. Exit code 0 only when all is posted and reconciled."""
    from connector_assets.connections import chosen_connections, flow_module
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    home = open_deployment(settings)
    connections, wrong = chosen_connections(settings, name)
    sections: dict[str, list[dict[str, object]]] = {}
    shown: dict[str, tuple[str, ...]] = {}
    for connection in connections:
        part = flow_module(connection.flow, "status")
        sections.setdefault(part.SECTION, []).extend(part.rows(home, connection))
        shown[part.SECTION] = part.SHOWN
    if as_json:
        print_json(sections or {"pay_runs": []})
    else:
        for title, rows in sections.items():
            show_rows(title.replace("_", " ").capitalize(), rows, shown[title])
        if not connections and not wrong:
            CONSOLE.print("No connection yet. Fix: connector demo, or connector init NAME.")
    left_out(wrong)
    if wrong or any(row["state"] not in SETTLED or not row["reconciled"] for rows in sections.values() for row in rows):
        raise SystemExit(1)


def show_rows(title: str, rows: list[dict[str, object]], shown: tuple[str, ...]) -> None:
    """Print status rows as a table, amounts as amounts."""
    from connector_assets.accounting.money import grouped_text_from_cents

    if any(row["next_action"] for row in rows):
        shown = (*shown, "next_action")
    columns = [
        (
            name.removesuffix("_cents").replace("_", " "),
            "right" if name in COUNTED or name.endswith("_cents") else "left",
        )
        for name in shown
    ]
    body = []
    for row in rows:
        amounts = {name: grouped_text_from_cents(int(str(row[name]))) for name in shown if name.endswith("_cents")}
        cells = {**row, **amounts, "reconciled": "yes" if row["reconciled"] else "no"}
        body.append([str(cells[name]) for name in shown])
    table(title, columns, body)


COMMANDS: tuple[click.Command, ...] = (status,)
