"""Names in the Dagster graph: one prefix per connection, then the system where the data stands."""

from dataclasses import dataclass

from dagster import AssetKey, DynamicPartitionsDefinition

from connector_assets.connections import Connection
from connector_assets.orchestration.partitions import CONNECTION_TAG, partitions


@dataclass(frozen=True)
class ConnectionNames:
    """The asset keys, groups, tags and partitions of one connection; each flow adds its source system."""

    connection: Connection

    def intacct(self, name: str) -> AssetKey:
        """A snapshot of Intacct's reference data."""
        return AssetKey([self.connection.name, "intacct", name])

    def own(self, *name: str) -> AssetKey:
        """What the connector itself makes."""
        return AssetKey([self.connection.name, *name])

    def group(self, stage: str) -> str:
        """The group of a stage, for example `reference`."""
        return f"{self.connection.name}_{stage}"

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every asset of the connection."""
        return {CONNECTION_TAG: self.connection.name, "flow": self.connection.flow}

    @property
    def owners(self) -> list[str]:
        """Who answers for the assets."""
        return [self.connection.owner]

    @property
    def pool(self) -> str:
        """The concurrency pool of every step; with the limit of one run that dagster.yaml sets, runs keep their order.

        No refresh then falls into the middle of a backfill, and the gate never finds a dimension half refreshed.
        """
        return self.connection.pool

    @property
    def documents(self) -> DynamicPartitionsDefinition:
        """One partition per source document."""
        return partitions(self.connection.name, self.connection.partition_kind)
