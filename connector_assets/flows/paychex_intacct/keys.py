"""Names in the Dagster graph: those of every flow, and Paychex's."""

from dataclasses import dataclass

from dagster import AssetKey, DynamicPartitionsDefinition

from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.orchestration.names import ConnectionNames


@dataclass(frozen=True)
class Names(ConnectionNames):
    """The asset keys, groups, tags and partitions of one connection."""

    connection: PaychexIntacctConnection

    def paychex(self, name: str) -> AssetKey:
        """A snapshot of Paychex's reference data."""
        return AssetKey([self.connection.name, "paychex", name])

    @property
    def pay_runs(self) -> DynamicPartitionsDefinition:
        """One partition per processed pay run."""
        return self.documents
