"""Tables of the documentation, made from the code: `python -m connector_tests.documentation` writes them anew."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connector_assets.cli import main
from connector_assets.connections import Connection
from connector_assets.flows.expensify_intacct.config import CONNECTION as EXPENSES
from connector_assets.flows.paychex_intacct.config import CONNECTION
from connector_assets.flows.paychex_visma.config import CONNECTION as EMPLOYEES
from connector_assets.flows.procurify_intacct.config import CONNECTION as PURCHASING
from connector_assets.settings import Settings

ROOT = Path(__file__).parent.parent
FLOW_PAGE = ROOT / "connector_assets" / "flows" / "paychex_intacct" / "README.md"
EXPENSES_PAGE = ROOT / "connector_assets" / "flows" / "expensify_intacct" / "README.md"
PURCHASING_PAGE = ROOT / "connector_assets" / "flows" / "procurify_intacct" / "README.md"
EMPLOYEES_PAGE = ROOT / "connector_assets" / "flows" / "paychex_visma" / "README.md"


def settings_table() -> str:
    """Every setting: variable, default, meaning."""
    rows = [
        f"| `CONNECTOR_{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])


def fields_table(model: type[Connection] = CONNECTION) -> str:
    """Every field of a connection file: path, default, meaning."""
    rows = [f"| `{path}` | {_default(field)} | {field.description} |" for path, field in _fields(model, "")]
    return "\n".join(["| field | default | meaning |", "| --- | --- | --- |", *rows])


def commands_table() -> str:
    """Every command with the first sentence of its help."""
    rows = [f"| `connector {path}` | {text} |" for path, text in _commands(main, "")]
    return "\n".join(["| command | what it does |", "| --- | --- |", *rows])


TABLES: dict[Path, dict[str, Callable[[], str]]] = {
    ROOT / "README.md": {"settings": settings_table, "commands": commands_table},
    EXPENSES_PAGE: {"fields": lambda: fields_table(EXPENSES)},
    PURCHASING_PAGE: {"fields": lambda: fields_table(PURCHASING)},
    EMPLOYEES_PAGE: {"fields": lambda: fields_table(EMPLOYEES)},
    FLOW_PAGE: {"fields": fields_table},
}


def rendered(page: Path) -> str:
    """A page with its tables as the code has them now. A table stands between `<!-- name -->` and `<!-- /name -->`."""
    text = page.read_text(encoding="utf-8")
    for name, table in TABLES[page].items():
        block = f"<!-- {name} -->\n{table()}\n<!-- /{name} -->"
        text, found = re.subn(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _: block, text, flags=re.DOTALL)  # noqa: B023 - used at once
        assert found == 1, f"{page.name} has {found} places for the table {name}"
    return text


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"`{shown}`" if value not in (None, "", {}, ()) and not _is_secret(value) else ""


def _is_secret(value: object) -> bool:
    return hasattr(value, "get_secret_value")


def _fields(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def _commands(group: click.Group, prefix: str) -> Iterator[tuple[str, str]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command.get_short_help_str(limit=200)


if __name__ == "__main__":
    for path in TABLES:
        path.write_text(rendered(path), encoding="utf-8")
