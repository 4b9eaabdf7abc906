"""The company's records in SQLite: one table per object, one column per field, as objects.py describes them."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.schema import Kind, ObjectType
from connector_assets.sandbox.intacct.values import Stored, stored_timestamp
from connector_assets.sandbox.store import SandboxError, Store

Record = dict[str, Stored]

HISTORY = OBJECTS["AUDITHISTORY"]
_HISTORY_COLUMNS = '"OBJECTTYPE", "OBJECTKEY", "ACCESSMODE", "ACCESSTIME", "USERID", "SOURCE"'
_LINE_OBJECTS = frozenset(entry.lines_object for entry in OBJECTS.values())
_INTEGERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.BOOLEAN, Kind.FLAG})


@dataclass(frozen=True)
class Caller:
    """Who calls: company, user and the entity the session is bound to (None at the top level)."""

    company_id: str
    user_id: str
    user_key: int
    entity_id: str | None = None
    entity_key: int | None = None
    entity_name: str | None = None


SYSTEM = Caller("", "system", 1)


class Records:
    """Reads and writes records by record number or by the values of fields. No business rule is kept here."""

    def __init__(self, store: Store, now: Callable[[], datetime], zone: Callable[[], str] = lambda: "+00:00") -> None:
        """Create the tables that are not there yet; `zone` is the offset of timestamps. Raises SandboxError."""
        self.store = store
        self.now = now
        self._zone = zone
        script = [_create_sql(object_type) for object_type in OBJECTS.values()]
        _check_version(store, script)
        store.create(f"BEGIN; {'; '.join(script)}; COMMIT")

    def insert(self, object_type: ObjectType, values: Mapping[str, Stored], caller: Caller) -> int:
        """Add a record and return its record number; audit fields and the owning entity are filled in."""
        stamped = {**values, **self._stamp(caller, created=True)}
        if "AUWHENCREATED" in object_type.by_name:
            stamped |= {"AUWHENCREATED": stamped["WHENCREATED"], "WHENCREATED": values.get("WHENCREATED")}
        if object_type.owned_by_entity:
            stamped |= {
                "MEGAENTITYKEY": caller.entity_key,
                "MEGAENTITYID": caller.entity_id,
                "MEGAENTITYNAME": caller.entity_name,
            }
        names = [name for name in stamped if name in object_type.by_name]
        columns = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        sql = _sql("INSERT INTO", object_type.table, f"({columns}) VALUES ({marks})")
        recordno = self.store.write(sql, [stamped[name] for name in names])
        self._log(object_type, recordno, "Create", caller)
        return recordno

    def update(self, object_type: ObjectType, recordno: int, values: Mapping[str, Stored], caller: Caller) -> None:
        """Change the given fields of one record."""
        stamped = {**values, **self._stamp(caller, created=False)}
        names = [name for name in stamped if name in object_type.by_name]
        columns = ", ".join(f'"{name}" = ?' for name in names)
        sql = _sql("UPDATE", object_type.table, "SET", columns, 'WHERE "RECORDNO" = ?')
        self.store.write(sql, [*(stamped[name] for name in names), recordno])
        self._log(object_type, recordno, "Modify", caller)

    def delete(self, object_type: ObjectType, recordno: int, caller: Caller) -> None:
        """Remove one record."""
        self._log(object_type, recordno, "Delete", caller)
        self.store.write(_sql("DELETE FROM", object_type.table, 'WHERE "RECORDNO" = ?'), [recordno])

    def find(self, object_name: str, /, **conditions: Stored) -> list[Record]:
        """All records whose fields equal the conditions (None matches empty), by record number."""
        sql = _sql("SELECT * FROM", OBJECTS[object_name].table, _where(conditions), 'ORDER BY "RECORDNO"')
        return [dict(row) for row in self.store.rows(sql, list(conditions.values()))]

    def one(self, object_name: str, /, **conditions: Stored) -> Record | None:
        """The first record whose fields equal the conditions."""
        found = self.find(object_name, **conditions)
        return found[0] if found else None

    def by_key(self, object_name: str, key: Stored) -> Record | None:
        """The record with that business key."""
        return self.one(object_name, **{OBJECTS[object_name].key_field: key})

    def greatest(self, object_name: str, field_name: str, /, **conditions: Stored) -> int:
        """The greatest value of an integer field among the records that match, 0 when there is none."""
        sql = _sql(f'SELECT max("{field_name}") AS top FROM', OBJECTS[object_name].table, _where(conditions))
        row = self.store.row(sql, list(conditions.values()))
        return int(row["top"]) if row is not None and row["top"] is not None else 0

    def select(
        self, columns: str, tables: str, condition: str, parameters: Sequence[Stored] = (), tail: str = ""
    ) -> list[Record]:
        """The rows of a compiled query."""
        sql = _sql("SELECT", columns, "FROM", tables, "WHERE", condition, tail)
        return [dict(row) for row in self.store.rows(sql, parameters)]

    def timestamp(self) -> str:
        """Now, as it is stored in audit fields."""
        hours, minutes = self._zone().split(":")
        return stored_timestamp(self.now() + timedelta(hours=int(hours), minutes=int(minutes)))

    def _log(self, object_type: ObjectType, recordno: int, mode: str, caller: Caller) -> None:
        """Note a user's change of a record in AUDITHISTORY; lines follow their header and leave no trace."""
        if caller is SYSTEM or not object_type.owned_by_entity or object_type.name in _LINE_OBJECTS:
            return
        sql = _sql("INSERT INTO", HISTORY.table, f"({_HISTORY_COLUMNS}) VALUES (?, ?, ?, ?, ?, 'API')")
        self.store.write(sql, [object_type.element, str(recordno), mode, self.timestamp(), caller.user_id])

    def _stamp(self, caller: Caller, *, created: bool) -> Record:
        moment = self.timestamp()
        changed: Record = {"WHENMODIFIED": moment, "MODIFIEDBY": caller.user_key}
        return {**changed, "WHENCREATED": moment, "CREATEDBY": caller.user_key} if created else changed


def _sql(*words: str) -> str:
    """One statement; its words are tables and columns of objects.py, never text from the wire."""
    return " ".join(words)


def _where(conditions: Mapping[str, Stored]) -> str:
    return "WHERE " + " AND ".join(["1", *(f'"{name}" IS ?' for name in conditions)])


def _check_version(store: Store, script: Sequence[str]) -> None:
    """A state file keeps the tables it was made with. Raises SandboxError for one of another version."""
    wanted = hashlib.sha256("".join(script).encode()).hexdigest()
    if store.remember("intacct tables", wanted) != wanted:
        path = store.rows("PRAGMA database_list")[0]["file"]
        raise SandboxError(
            f"The state file {path} was made by another version of the sandbox. Delete it, or name another one."
        )


def _create_sql(object_type: ObjectType) -> str:
    if object_type.view_sql:
        return f'CREATE VIEW IF NOT EXISTS "{object_type.table}" AS {object_type.view_sql}'
    columns = ['"RECORDNO" INTEGER PRIMARY KEY AUTOINCREMENT', *_columns(object_type)]
    indexes = "".join(
        f'; CREATE INDEX IF NOT EXISTS "{object_type.table}_{name}" ON "{object_type.table}" ("{name}")'
        for name in _indexed(object_type)
    )
    return f'CREATE TABLE IF NOT EXISTS "{object_type.table}" ({", ".join(columns)}){indexes}'


def _columns(object_type: ObjectType) -> Iterable[str]:
    for entry in object_type.fields:
        if entry.name != "RECORDNO":
            yield f'"{entry.name}" {"INTEGER" if entry.kind in _INTEGERS else "TEXT"}'


def _indexed(object_type: ObjectType) -> list[str]:
    """The business key, and what transactions are looked up by."""
    names = {object_type.key_field, "REFERENCENO", "BATCHNO", "RECORDID", "RECORDKEY", "PERSONALINFO.CONTACTNAME"}
    return sorted(name for name in names if name in object_type.by_name and name != "RECORDNO")
