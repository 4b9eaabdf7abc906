"""What every command shares: the console, tables, and the one place where an expected error becomes a message."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connector_assets.accounting.errors import AccountingError
from connector_assets.records.errors import RecordsError
from connector_assets.settings import ConfigError
from connector_assets.vendors.errors import VendorError

PIPED_WIDTH_CHARS = 140
CONSOLE = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH_CHARS)
STORAGE_ERRORS = "sqlalchemy.exc"
"""The module of what Dagster's storage raises; by name, for not every command needs it. Our records raise their own."""
EXPECTED = (ConfigError, RecordsError, VendorError, AccountingError)


P = ParamSpec("P")
R = TypeVar("R")


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an expected error, or a folder that cannot be used, into one message with its fix and exit code 1.

    Anything else is a defect that shows.
    """

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except EXPECTED as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            raise  # whoever read our output has stopped reading: click ends quietly
        except OSError as error:
            fix = "Check that it is there, can be written and has room; CONNECTOR_HOME names the home folder."
            raise click.ClickException(f"{error.filename or 'A file'}: {error.strerror}. Fix: {fix}") from error
        except Exception as error:
            if type(error).__module__ != STORAGE_ERRORS:
                raise
            fix = "Check that its disk has room and its folder or server can be used; nothing is lost, run it again."
            why = str(getattr(error, "orig", type(error).__name__)).splitlines()[0]
            raise click.ClickException(f"Dagster's storage failed: {why}. Fix: {fix}") from error

    return wrapper


def table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; `columns` are (title, justify) with justify `left`, `right` or `center`."""
    made = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, justify in columns:
        made.add_column(name, justify="right" if justify == "right" else "center" if justify == "center" else "left")
    for row in rows:
        made.add_row(*map(escape, row))
    CONSOLE.print(made)


def tell(mark: str, style: str, text: str) -> None:
    """Print a mark and a text that comes from elsewhere: nothing in it is taken for markup, no line of it is broken."""
    CONSOLE.print(f"[{style}]{mark}[/{style}] {escape(text)}".lstrip(), soft_wrap=True)


def failed(problems: Sequence[str]) -> None:
    """Print each problem on a line of its own."""
    for problem in problems:
        tell("failed", "red", problem)


def left_out(wrong: Mapping[Path, ConfigError], what: str = "Error") -> None:
    """Say on standard error which connections a command has gone on without, and how to mend their files."""
    for error in wrong.values():
        click.echo(f"{what}: {error}", err=True)


def print_json(value: Any) -> None:  # noqa: ANN401  # whatever JSON can hold
    """Print a value as JSON, and nothing else, on standard output."""
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
