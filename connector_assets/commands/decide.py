"""What a person decides about single documents: `approve` a held one, `retry` an unknown one, `rebook` or `accept`."""

import click

from connector_assets.commands.console import CONSOLE, explained, left_out, print_json, table
from connector_assets.settings import ConfigError, load_settings


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def retry(name: str | None, as_json: bool) -> None:
    """Settle every document whose outcome is unknown, of connection NAME or of all, by looking it up in the ledger.

    It is sent again, under the same id, only when it is not there and can no longer arrive. Exit code 0 when nothing is
    left unknown, and every connection file could be read.
    """
    from connector_assets.connections import chosen_connections, flow_module
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.desk import UNSETTLED
    from connector_assets.orchestration.runs import person

    settings = load_settings()
    home = open_deployment(settings)
    rows = []
    connections, wrong = chosen_connections(settings, name)
    for connection in connections:
        if not home.postings.list(connection.name, UNSETTLED):
            continue
        desk = flow_module(connection.flow, "approvals")
        for result in desk.retry(home, connection, actor=f"retry by {person()}"):
            at = result.next_try_at.isoformat(timespec="seconds") if result.next_try_at else ""
            posting = result.posting
            rows.append((connection.name, posting.reference, posting.state.value, result.message, at))
    names = ("connection", "reference", "state", "message", "next_at")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        table("Documents whose outcome was unknown", [(title.replace("_", " "), "left") for title in names], rows)
    else:
        CONSOLE.print("Nothing is unknown.")
    left_out(wrong)
    if wrong or any(row[2] in {"unknown", "sending"} for row in rows):
        raise SystemExit(1)


@click.command()
@click.argument("name")
@click.argument("reference")
@click.option("--reason", required=True, help="Why it may be posted; auditors read it.")
@click.option("--as", "approver", help="Who approves, if not the user of this process.")
@click.option(
    "--post", "at_once", is_flag=True, help="Carry its pay run now, through the gate, instead of with the next run."
)
@explained
def approve(name: str, reference: str, reason: str, approver: str | None, at_once: bool) -> None:
    """Approve the held document REFERENCE of connection NAME. Preparer and approver must be different people.

    It is posted by the next run, or at once with --post. What makes no sense without it (an accrual's reversal, what is
    booked anew after everything was taken back) is approved with it.
    """
    from connector_assets.accounting.money import grouped_text_from_cents
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.runs import person

    settings = load_settings()
    connection = load_connection(settings, name)
    home = open_deployment(settings)
    entered = "" if approver is None else f" (entered by {person()})"
    approved = flow_module(connection.flow, "approvals").approve(
        home, connection, reference, approver=approver or person(), reason=f"{reason}{entered}"
    )
    for posting in approved:
        amount = grouped_text_from_cents(posting.amount_cents)
        CONSOLE.print(f"Approved: {posting.reference}, {amount}, by {posting.approved_by}.")
    if not at_once:
        CONSOLE.print(f"It is posted by the next run: connector sync {name}")
        return
    carry_one(name, approved[0].partition)


def carry_one(name: str, partition: str) -> None:
    """Carry one partition of a connection now. Raises ConfigError with what stopped it."""
    from dagster import DagsterInstance

    from connector_assets.connections import load_connection
    from connector_assets.definitions import build_definitions
    from connector_assets.orchestration.partitions import partitions_name
    from connector_assets.orchestration.runs import execute, prepare_dagster_home, turn

    settings = load_settings()
    prepare_dagster_home(settings)
    connection = load_connection(settings, name)
    kinds = connection.carried
    with (
        DagsterInstance.get() as instance,
        turn(settings.locks_dir, instance, connection.pool, lambda why: CONSOLE.print(f"{name}: {why}")),
    ):
        known = (
            one for one in kinds if instance.has_dynamic_partition(partitions_name(name, one.partition_kind), partition)
        )
        job = next(known, kinds[0]).job
        outcome = execute(build_definitions(settings), instance, f"{name}_{job}", [partition])
    if not outcome.succeeded:
        raise ConfigError(outcome.problem, fix=f"Settle that, then run `connector sync {name}`.")
    CONSOLE.print(f"Posted and reconciled: {partition}.")


@click.command()
@click.argument("name")
@click.argument("partition")
@click.option("--reason", required=True, help="Why; auditors read it.")
@explained
def rebook(name: str, partition: str, reason: str) -> None:
    """Ask that pay run PARTITION of connection NAME be booked anew under today's mapping and cost centers.

    A new mapping alone never moves what is posted. After this, the next run takes everything back in one journal and
    books it anew in another; where nothing would be different, it posts nothing.
    """
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.runs import person

    settings = load_settings()
    connection = load_connection(settings, name)
    home = open_deployment(settings)
    flow_module(connection.flow, "approvals").wish_rebooking(home, connection, partition, actor=person(), reason=reason)
    CONSOLE.print(f"Noted. The next run books it anew: connector sync {name}")


@click.command()
@click.argument("name")
@click.argument("partition")
@click.argument("code")
@click.option("--reason", required=True, help="Why it is right as it is; auditors read it.")
@explained
def accept(name: str, partition: str, code: str, reason: str) -> None:
    """Accept the errors CODE on pay run PARTITION of connection NAME: it is right as it is, and may count as done.

    An error does not keep a journal out of the ledger, it keeps the pay run from being called done. What blocks cannot
    be accepted.
    """
    from connector_assets.connections import flow_module, load_connection
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.runs import person

    settings = load_settings()
    connection = load_connection(settings, name)
    desk = flow_module(connection.flow, "acceptance")
    desk.accept(open_deployment(settings), connection, partition, code.upper(), actor=person(), reason=reason)
    CONSOLE.print(f"Noted. The next run counts it as done: connector sync {name}")


COMMANDS: tuple[click.Command, ...] = (retry, approve, rebook, accept)
