"""Values that one legal entity alone may use: the ledger takes them on no line of another entity."""

from collections.abc import Mapping

import pandas as pd

from connector_assets.accounting.findings import Finding, finding


def check_owners(lines: pd.DataFrame, owners: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """P01: a line of JOURNAL_LINES has a value that belongs to another entity alone.

    `owners` has, by column, the values that one entity alone may use, with that entity.
    """
    wrong = {
        (column, value, entity)
        for column, owner_of in owners.items()
        if owner_of
        for value, entity in zip(lines[column], lines["entity_id"], strict=True)
        if isinstance(entity, str) and owner_of.get(value, entity) != entity
    }
    return [
        finding(
            "P01",
            value,
            f"The {column.removesuffix('_id')} {value} belongs to entity {owners[column][value]} alone, and a line of "
            f"entity {entity} carries it.",
            f"Share it in the ledger, or pair the source's value with one that {entity} may use; then refresh.",
        )
        for column, value, entity in sorted(wrong)
    ]
