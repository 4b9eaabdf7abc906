"""How the tests of the command line run it, and what every error of it has in common."""

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result

from connector_assets.cli import main


def run(*arguments: str, answers: str = "") -> Result:
    """Run `connector ARGUMENTS` in this process; `answers` are typed at its prompts."""
    return CliRunner().invoke(main, list(arguments), input=answers or None)


def succeeding(*arguments: str, answers: str = "") -> str:
    """What a command prints that must succeed."""
    result = run(*arguments, answers=answers)
    assert result.exit_code == 0, result.output
    return result.output


def failing(*arguments: str, answers: str = "") -> str:
    """What a command prints that must fail as an expected error does: non-zero, with a fix, without a stack trace."""
    result = run(*arguments, answers=answers)
    assert result.exit_code != 0, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "Fix: " in result.output, result.output
    return result.output


def state_of(home: Path, but: Sequence[str] = ()) -> dict[str, str]:
    """Everything below a home folder: a digest for each file, and the content for a database."""
    found = {}
    for path in sorted(home.rglob("*")) if home.is_dir() else ():
        name = str(path.relative_to(home))
        if path.name.endswith(("-wal", "-shm", "-journal")) or any(part in name for part in but):
            continue
        if path.suffix == ".db" and path.is_file() and path.read_bytes()[:6] == b"SQLite":
            with closing(sqlite3.connect(path)) as db:
                found[name] = "\n".join(db.iterdump())
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
    return found
