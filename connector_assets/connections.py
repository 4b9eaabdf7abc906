"""Connection files: one customer's pairing of a source company with a ledger company, its mapping and policies.

`connections/<name>.yaml` in the home folder names a flow; the flow's own `config.py` says what else the file may hold.
"""

import importlib
import importlib.util
import pkgutil
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yaml.composer import Composer
from yaml.constructor import BaseConstructor, ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

from connector_assets import flows
from connector_assets.settings import ConfigError, Settings

NAME_PATTERN = r"^[a-z][a-z0-9_]{1,39}$"
_SHOWN = reprlib.Repr()
"""How a wrong value is shown: a value may be a file's whole content, or lists of lists that a few anchors multiply."""
_SHOWN.maxlevel, _SHOWN.maxstring, _SHOWN.maxother, _SHOWN.maxlong = 2, 80, 80, 80


@dataclass(frozen=True)
class CredentialNeed:
    """A credential that a connection cannot do without: `system` and `name` address it in the vault."""

    system: str
    name: str
    meaning: str


@dataclass(frozen=True)
class Carried:
    """A kind of source document that a connection carries: its partitions, its last asset, and its job's part.

    The job is called `<connection>_<job>`.
    """

    partition_kind: str
    done_asset: str
    job: str


class Connection(BaseModel):
    """What every connection file holds; each flow adds its own sections."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partition_kind: ClassVar[str]
    """What one partition of the flow is, in the plural, for example `pay_runs`."""
    done_asset: ClassVar[str]
    """The asset whose materialization means that a partition is finished."""
    also_carried: ClassVar[tuple[Carried, ...]] = ()
    """Further kinds of documents, carried after the first and in this order."""

    name: str = Field(pattern=NAME_PATTERN, description="Short name; equals the file's name")
    flow: str = Field(description="The flow that this connection runs, a folder of connector_assets/flows")
    label: str = Field(default="", max_length=80, description="What people call it")
    owner: str = Field(default="team:finance-data", description="Dagster owner: an e-mail address or team:name")
    start_date: date = Field(description="Documents dated before this day are never posted")
    freshness_hours: float = Field(
        default=24.0, gt=0, description="Oldest dimension snapshot a post may rest on, hours"
    )

    @property
    def carried(self) -> tuple[Carried, ...]:
        """Every kind of source document, in the order in which they are carried."""
        return (Carried(self.partition_kind, self.done_asset, "post"), *self.also_carried)

    @property
    def pool(self) -> str:
        """The Dagster pool of its runs; connections into one ledger company share one, for it bears few at a time."""
        return self.name

    def credential_needs(self) -> Sequence[CredentialNeed]:
        """The credentials that this connection's systems ask for."""
        raise NotImplementedError(f"{type(self).__name__} does not say which credentials it needs")


def flow_has(flow: str, part: str) -> bool:
    """Whether a flow has a part that not every flow has, such as `approvals`, `preview` or `audit_view`."""
    return importlib.util.find_spec(f"{flows.__name__}.{flow}.{part}") is not None


def flow_module(flow: str, part: str) -> ModuleType:
    """A part of a flow: every one has `config`, `probe` (ping), `status`, `attention` (sync) and `assets` (Dagster).

    Raises ConfigError when it is one that this flow has not.
    """
    if not flow_has(flow, part):
        message = f"The flow {flow} has nothing for this command (no part '{part}')."
        raise ConfigError(message, fix="Name a connection of another flow.")
    return importlib.import_module(f"{flows.__name__}.{flow}.{part}")


def flow_names() -> list[str]:
    """The flows there are: the folders of connector_assets/flows that describe a connection."""
    found = (module.name for module in pkgutil.iter_modules(flows.__path__) if module.ispkg)
    return sorted(name for name in found if importlib.util.find_spec(f"{flows.__name__}.{name}.config"))


def usable_connections(settings: Settings) -> tuple[list[Connection], dict[Path, ConfigError]]:
    """Every connection whose file can be used, by name, and what is wrong with the other files: one stops no other."""
    usable, wrong = [], {}
    for path in sorted(settings.connections_dir.glob("*.yaml")):
        try:
            usable.append(read_connection(path))
        except ConfigError as error:
            wrong[path] = error
    return usable, wrong


def chosen_connections(settings: Settings, name: str | None) -> tuple[list[Connection], dict[Path, ConfigError]]:
    """The connection called `name`; without a name all that can be used, and what is wrong with the other files.

    Raises ConfigError where the one that is named cannot be used.
    """
    return ([load_connection(settings, name)], {}) if name else usable_connections(settings)


def load_connection(settings: Settings, name: str) -> Connection:
    """The connection called `name`. Raises ConfigError that lists the ones there are."""
    path = settings.connections_dir / f"{name}.yaml"
    if path.is_file():
        return read_connection(path)
    there = ", ".join(sorted(p.stem for p in settings.connections_dir.glob("*.yaml"))) or "none yet"
    raise ConfigError(f"There is no connection '{name}' (there are: {there}).", fix="Create it with `connector init`.")


def read_connection(path: Path) -> Connection:
    """One connection file as its flow's model. Raises ConfigError naming the file, the field, the value and the fix."""
    body = _read_yaml(path)
    flow = body.get("flow")
    if flow not in flow_names():
        known = ", ".join(flow_names())
        raise ConfigError(f"{path}: flow: {flow!r} is not a flow.", fix=f"Set `flow:` to one of: {known}.")
    model: type[Connection] = flow_module(str(flow), "config").CONNECTION
    try:
        connection = model.model_validate(body)
    except ValidationError as error:
        raise ConfigError(
            f"{path}: {_explain(error)}", fix="Correct the file and run `connector ping` again."
        ) from None
    if connection.name != path.stem:
        raise ConfigError(f"{path}: name: '{connection.name}' is not the file's name.", fix=f"Set `name: {path.stem}`.")
    return connection


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: it is not UTF-8 text.", fix="Save it as UTF-8.") from None
    except OSError as error:
        fix = "Let this user read it, or move it out of the folder."
        raise ConfigError(f"{path}: it cannot be read: {error.strerror}.", fix=fix) from None
    body = parsed_yaml(text, path)
    if not isinstance(body, dict):
        raise ConfigError(f"{path}: it holds no fields.", fix="Write `name:`, `flow:` and the flow's sections.")
    return body


class _Once(Composer, BaseConstructor):
    """A field that stands twice in one place is a mistake, where YAML lets the last one win; so is 31 February."""

    def compose_mapping_node(self, anchor: dict[Any, Node]) -> MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.value in seen:
                raise ConstructorError(None, None, f"'{key.value}' stands twice", key.start_mark)
            seen |= {key.value} if isinstance(key, ScalarNode) else set()
        return node

    def construct_object(self, node: Node, deep: bool = False) -> Any:  # noqa: ANN401  # whatever YAML can hold
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from None


class _Careful(_Once, yaml.SafeLoader):
    """YAML's plain values."""


class _CarefulTexts(_Once, yaml.BaseLoader):
    """The same, with every scalar as its text: 007 stays 007, no is no, a date is no date."""


def parsed_yaml(text: str, path: Path, *, as_texts: bool = False) -> object:
    """What a YAML file holds. Raises ConfigError naming the file, line and column of the first mistake."""
    try:
        return yaml.load(text, Loader=_CarefulTexts if as_texts else _Careful)  # noqa: S506  # both are safe loaders
    except RecursionError:
        raise ConfigError(f"{path}: it is nested too deeply.", fix="Write it as the flow's README shows.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML text"
        raise ConfigError(f"{path}: {where}{problem}.", fix="Correct the YAML at that place.") from None


def _explain(error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"]) or "file"
        # An unknown field may be a password that somebody put into the wrong file: its value is not repeated.
        given = "" if item["type"] in {"missing", "extra_forbidden"} else f" (it is {_SHOWN.repr(item['input'])})"
        problems.append(f"{place}: {item['msg']}{given}")
    return "; ".join(problems) + "."
