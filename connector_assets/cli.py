"""The `connector` command: demo, dev, init, credentials, ping, sync, status, mapping, audit, sandbox."""

import click

from connector_assets.commands import demo, look, mapping, setup, show, sync


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Carry payroll into the ledger, exactly once.

    Start with `connector demo`: it needs no account anywhere. For real systems: `connector init`, then
    `connector credentials set NAME`, `connector ping NAME`, `connector mapping import NAME FILE`, `connector sync`.
    """


for command in (*demo.COMMANDS, *setup.COMMANDS, *mapping.COMMANDS, *sync.COMMANDS, *show.COMMANDS, *look.COMMANDS):
    main.add_command(command)

if __name__ == "__main__":
    main()
