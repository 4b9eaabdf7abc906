"""Names in the Dagster graph: those of every flow, and the two systems'."""

from dataclasses import dataclass

from dagster import AssetKey

from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.orchestration.names import ConnectionNames


@dataclass(frozen=True)
class Names(ConnectionNames):
    """The asset keys, groups and tags of one connection."""

    connection: PaychexVismaConnection

    def paychex(self, name: str) -> AssetKey:
        """A snapshot of Paychex's reference data."""
        return AssetKey([self.connection.name, "paychex", name])

    def visma(self, name: str) -> AssetKey:
        """A snapshot of Visma."""
        return AssetKey([self.connection.name, "visma", name])
