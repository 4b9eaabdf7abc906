"""The `connector` command: demo, dev, init, credentials, ping, sync, status, retry, approve, mapping, audit, …"""

import click

from connector_assets.commands import audit, decide, demo, dimensions, look, mapping, setup, show, sync, webhooks


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Carry payroll into the ledger, exactly once.

    Start with `connector demo`: it needs no account anywhere. For real systems: `connector init`, then
    `connector credentials set NAME`, `connector ping NAME`, `connector mapping import NAME FILE`, `connector sync`.
    """


FAMILIES = (demo, setup, mapping, dimensions, sync, show, look, decide, audit, webhooks)

for command in (command for family in FAMILIES for command in family.COMMANDS):
    main.add_command(command)

if __name__ == "__main__":
    main()
