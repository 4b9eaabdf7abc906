"""Intacct's snapshots as a journal needs them: what a line may name, whose a place is, who works where."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property

import pandas as pd

from connector_assets.accounting.calendar import FiscalPeriod
from connector_assets.accounting.validation import Account, LedgerSnapshot
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX

DIMENSIONS = {
    "location_id": "locations",
    "department_id": "departments",
    "project_id": "projects",
    "class_id": "classes",
}
"""The columns of journal lines that every ledger fills, and the snapshot that holds each one's values."""


class LedgerLookup:
    """The snapshots of one connection, each read from the store once."""

    def __init__(self, names: ConnectionNames, store: FrameStore, own: Sequence[str] = ()) -> None:
        """`own` names the objects of the company's own dimensions that lines carry."""
        self._names, self._store, self._own = names, store, own

    def _read(self, name: str) -> pd.DataFrame:
        return self._store.read(self._names.intacct(name))

    @cached_property
    def locations(self) -> pd.DataFrame:
        """LEDGER_LOCATIONS."""
        return self._read("locations")

    def activity(self, name: str, column: str) -> dict[str, bool]:
        """Each value of a snapshot's column with whether it is active."""
        frame = self.locations if name == "locations" else self._read(name)
        return {str(value): bool(active) for value, active in zip(frame[column], frame["active"], strict=True)}

    def is_location(self, value: str) -> bool:
        """Whether a line may carry it as its location; an entity of a company of several is one."""
        return value in set(self.locations["location_id"])

    @cached_property
    def entities(self) -> dict[str, str]:
        """The legal entity of each location that has one."""
        known = self.locations[self.locations["entity_id"].notna()]
        return dict(zip(known["location_id"], known["entity_id"], strict=True))

    @cached_property
    def homes(self) -> dict[str, dict[str, str | None]]:
        """Department and location of each employee."""
        return {
            str(row["employee_id"]): {name: _text(row[name]) for name in ("department_id", "location_id")}
            for row in self._read("employees").to_dict("records")
        }

    @cached_property
    def snapshot(self) -> LedgerSnapshot:
        """The accounts and dimension values, each with whether it is active."""
        values = {column: self.activity(name, column) for column, name in DIMENSIONS.items()}
        for name in self._own:
            values[f"{DIMENSION_PREFIX}{name}"] = dict.fromkeys(self._read(name.lower())["value_id"], True)
        accounts = self._read("gl_accounts").to_dict("records")
        owners = {column: self._owners(name, column) for column, name in DIMENSIONS.items()}
        return LedgerSnapshot({str(row["account_no"]): _account(row) for row in accounts}, values, owners)

    def _owners(self, name: str, column: str) -> dict[str, str]:
        """Of the values that one entity alone may use, which that is."""
        frame = self._read(name) if name != "locations" else self.locations
        if "only_entity_id" not in frame:
            return {}
        owned = frame[frame["only_entity_id"].notna()]
        return dict(zip(owned[column], owned["only_entity_id"], strict=True))

    @cached_property
    def fiscal_periods(self) -> list[FiscalPeriod]:
        """The months of the ledger. It documents no way to read which are closed; a closed one refuses the post."""
        periods = self._read("reporting_periods")
        return [
            FiscalPeriod(row["name"], row["start_date"], row["end_date"])
            for row in periods[periods["active"]].to_dict("records")
        ]


def _account(row: Mapping[Hashable, object]) -> Account:
    names = filter(None, str(row["required_dimensions"]).split(","))
    required = frozenset(name if name.startswith(DIMENSION_PREFIX) else f"{name}_id" for name in names)
    return Account(row["account_type"] == "balancesheet", bool(row["active"]), required)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
