"""Partition keys: one dynamic partition per pay run (or other source document) and connection.

Dagster checks nothing in a key, so this module does: letters, digits, `-`, `_`, `:` and `.` only, the ISO date first,
so that the order of the UI is the order of time.
"""

import re
from datetime import date

from dagster import DagsterInstance, DynamicPartitionsDefinition

KEY_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}_[A-Za-z0-9_:.-]{1,80}")


def partitions_name(connection: str, kind: str) -> str:
    """The name of a connection's partitions in the instance, for example `acme_pay_runs`."""
    return f"{connection}_{kind}"


def partitions(connection: str, kind: str) -> DynamicPartitionsDefinition:
    """The dynamic partitions of one connection and kind of source document."""
    return DynamicPartitionsDefinition(name=partitions_name(connection, kind))


def partition_key(document_date: date, source_id: str) -> str:
    """The key of a source document. Raises ValueError when its id holds a character that a key must not have."""
    key = f"{document_date.isoformat()}_{source_id}"
    if not KEY_PATTERN.fullmatch(key):
        raise ValueError(f"{source_id!r} cannot be part of a partition key: letters, digits and - _ : . only")
    return key


def add_missing(instance: DagsterInstance, connection: str, kind: str, keys: list[str]) -> list[str]:
    """Add the keys that the instance does not have yet, in order of date; answers the ones added."""
    name = partitions_name(connection, kind)
    known = set(instance.get_dynamic_partitions(name))
    added = sorted(key for key in set(keys) if key not in known)
    if added:
        instance.add_dynamic_partitions(name, added)
    return added
