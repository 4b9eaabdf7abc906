"""Names in the Dagster graph: those of every flow, and Expensify's."""

from dataclasses import dataclass

from dagster import AssetKey

from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.orchestration.names import ConnectionNames


@dataclass(frozen=True)
class Names(ConnectionNames):
    """The asset keys, groups, tags and partitions of one connection."""

    connection: ExpensifyIntacctConnection

    def expensify(self, name: str) -> AssetKey:
        """A snapshot of Expensify's reference data."""
        return AssetKey([self.connection.name, "expensify", name])
