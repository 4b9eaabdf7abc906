"""What an object of the gateway is: its fields with their kinds, its relations, how it is written and named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

NO_CODES: Mapping[str, str] = MappingProxyType({})


class Kind(StrEnum):
    """How a field is stored and spelled. Decimals are kept as integers in ten-thousandths."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    BOOLEAN = "BOOLEAN"
    FLAG = "FLAG"
    PICKLIST = "ENUM"


@dataclass(frozen=True)
class Field:
    """A field. `codes`: a picklist's display value to its database code; `reference`: the object whose key it holds."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    read_only: bool = False
    queryable: bool = True
    codes: Mapping[str, str] = field(default_factory=lambda: NO_CODES)
    reference: str = ""
    default: str = ""
    custom: bool = False

    @property
    def label(self) -> str:
        """The name as `lookup` labels it."""
        return self.name.replace("_", " ").replace(".", " ").capitalize()


@dataclass(frozen=True)
class Relation:
    """A many-to-one relation: `own_field` equals `their_field` of `object_name`."""

    name: str
    object_name: str
    own_field: str
    their_field: str
    queryable: bool = True


@dataclass(frozen=True)
class ObjectType:
    """An object of the gateway; `key_field` is the business key that `readByName` and the create reply use."""

    name: str
    label: str
    key_field: str
    fields: tuple[Field, ...]
    relations: tuple[Relation, ...] = ()
    joined_fields: tuple[str, ...] = ()
    view_sql: str = ""
    writable: bool = False
    owned_by_entity: bool = True
    lines_field: str = ""
    lines_object: str = ""
    lines_key: str = ""
    parent_field: str = ""
    number_prefix: str = ""
    reply_fields: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=lambda: NO_CODES)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by their upper-case name."""
        return {entry.name: entry for entry in self.fields}

    @cached_property
    def relation_by_name(self) -> Mapping[str, Relation]:
        """Relations by their upper-case name."""
        return {entry.name: entry for entry in self.relations}

    @property
    def table(self) -> str:
        """The SQLite table or view behind the object."""
        return f"intacct_{self.name.lower()}"

    @property
    def element(self) -> str:
        """The lowercase element of create, update and readByQuery replies."""
        return self.name.lower()
