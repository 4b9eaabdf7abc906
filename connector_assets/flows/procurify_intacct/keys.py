"""Names in the Dagster graph: those of every flow, Procurify's, and the second kind of partition, the payments."""

from dataclasses import dataclass

from dagster import AssetKey, DynamicPartitionsDefinition

from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.partitions import partitions

PAYMENTS = ProcurifyIntacctConnection.also_carried[0]


@dataclass(frozen=True)
class Names(ConnectionNames):
    """The asset keys, groups, tags and partitions of one connection; its documents are the bills."""

    connection: ProcurifyIntacctConnection

    def procurify(self, name: str) -> AssetKey:
        """A snapshot of Procurify's reference data."""
        return AssetKey([self.connection.name, "procurify", name])


@dataclass(frozen=True)
class PaymentNames(Names):
    """The same, where the documents are the payments."""

    @property
    def documents(self) -> DynamicPartitionsDefinition:
        """One partition per payment."""
        return partitions(self.connection.name, PAYMENTS.partition_kind)
