"""Names in the Dagster graph: one prefix per connection, then the system where the data stands."""

from dataclasses import dataclass

from dagster import AssetKey, DynamicPartitionsDefinition

from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.orchestration.partitions import partitions


@dataclass(frozen=True)
class Names:
    """The asset keys, groups, tags and partitions of one connection."""

    connection: PaychexIntacctConnection

    def intacct(self, name: str) -> AssetKey:
        """A snapshot of Intacct's reference data."""
        return AssetKey([self.connection.name, "intacct", name])

    def paychex(self, name: str) -> AssetKey:
        """A snapshot of Paychex's reference data."""
        return AssetKey([self.connection.name, "paychex", name])

    def own(self, name: str) -> AssetKey:
        """What the connector itself makes."""
        return AssetKey([self.connection.name, name])

    def group(self, stage: str) -> str:
        """The group of a stage: `reference`, `workers` or `payroll`."""
        return f"{self.connection.name}_{stage}"

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every asset of the connection."""
        return {"connection": self.connection.name, "flow": self.connection.flow}

    @property
    def owners(self) -> list[str]:
        """Who answers for the assets."""
        return [self.connection.owner]

    @property
    def pay_runs(self) -> DynamicPartitionsDefinition:
        """One partition per processed pay run."""
        return partitions(self.connection.name, self.connection.partition_kind)
