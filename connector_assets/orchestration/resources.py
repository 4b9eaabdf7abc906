"""One Dagster resource per outside system, and one for the records.

A resource hands out clients by connection and keeps them for the life of the process, so that sessions and tokens are
reused. Credentials are looked up when a client is made and are never part of a resource's configuration.
"""

from dagster import ConfigurableResource
from pydantic import PrivateAttr

from connector_assets.connections import Connection
from connector_assets.deployment import Deployment, open_deployment
from connector_assets.settings import ConfigError
from connector_assets.systems import expensify_client, intacct_client, paychex_client, procurify_client, visma_client
from connector_assets.vendors.expensify.client import ExpensifyClient
from connector_assets.vendors.expensify.config import ExpensifySection
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.config import IntacctSection
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.config import PaychexSection
from connector_assets.vendors.paychex.models import Company
from connector_assets.vendors.procurify.client import ProcurifyClient
from connector_assets.vendors.procurify.config import ProcurifySection
from connector_assets.vendors.visma.client import VismaClient
from connector_assets.vendors.visma.config import VismaSection


class RecordsResource(ConfigurableResource[None]):
    """The records: posting ledger, audit trail, crosswalk, mapping versions; and the credentials' vault."""

    _deployment: Deployment | None = PrivateAttr(default=None)

    def open(self) -> Deployment:
        """The deployment that the environment names; opened once in a process."""
        if self._deployment is None:
            self._deployment = open_deployment()
        return self._deployment


class PaychexResource(ConfigurableResource[None]):
    """Paychex Flex: one client per connection."""

    records: RecordsResource
    _clients: dict[str, PaychexClient] = PrivateAttr(default_factory=dict)
    _companies: dict[str, Company] = PrivateAttr(default_factory=dict)

    def client(self, connection: Connection, section: PaychexSection) -> PaychexClient:
        """The connection's client, made at first use. Raises ConfigError for a missing credential."""
        if connection.name not in self._clients:
            home = self.records.open()
            self._clients[connection.name] = paychex_client(connection, section, home.credentials, home.settings)
        return self._clients[connection.name]

    def company(self, connection: Connection, section: PaychexSection) -> Company:
        """The connection's company. Raises ConfigError when the app does not see the client number."""
        if connection.name not in self._companies:
            found = self.client(connection, section).companies(section.display_id)
            if not found:
                raise ConfigError(
                    f"Paychex shows no company with the client number {section.display_id}.",
                    fix="Correct paychex.display_id, or link the company to the app in Flex.",
                )
            self._companies[connection.name] = found[0]
        return self._companies[connection.name]


class IntacctResource(ConfigurableResource[None]):
    """Sage Intacct: one client, and so one session, per connection."""

    records: RecordsResource
    _clients: dict[str, IntacctClient] = PrivateAttr(default_factory=dict)

    def client(self, connection: Connection, section: IntacctSection) -> IntacctClient:
        """The connection's client, made at first use. Raises ConfigError for a missing credential."""
        if connection.name not in self._clients:
            home = self.records.open()
            self._clients[connection.name] = intacct_client(connection, section, home.credentials, home.settings)
        return self._clients[connection.name]


class ExpensifyResource(ConfigurableResource[None]):
    """Expensify: one client, and so one count of calls, per connection."""

    records: RecordsResource
    _clients: dict[str, ExpensifyClient] = PrivateAttr(default_factory=dict)

    def client(self, connection: Connection, section: ExpensifySection) -> ExpensifyClient:
        """The connection's client, made at first use. Raises ConfigError for a missing credential."""
        if connection.name not in self._clients:
            home = self.records.open()
            self._clients[connection.name] = expensify_client(connection, section, home.credentials, home.settings)
        return self._clients[connection.name]


class ProcurifyResource(ConfigurableResource[None]):
    """Procurify: one client, and so one token, per connection."""

    records: RecordsResource
    _clients: dict[str, ProcurifyClient] = PrivateAttr(default_factory=dict)

    def client(self, connection: Connection, section: ProcurifySection) -> ProcurifyClient:
        """The connection's client, made at first use. Raises ConfigError for a missing credential."""
        if connection.name not in self._clients:
            home = self.records.open()
            self._clients[connection.name] = procurify_client(connection, section, home.credentials, home.settings)
        return self._clients[connection.name]


class VismaResource(ConfigurableResource[None]):
    """Visma.net: one client, and so one token and one count of the hour's calls, per connection."""

    records: RecordsResource
    _clients: dict[str, VismaClient] = PrivateAttr(default_factory=dict)

    def client(self, connection: Connection, section: VismaSection) -> VismaClient:
        """The connection's client, made at first use. Raises ConfigError for a missing credential."""
        if connection.name not in self._clients:
            home = self.records.open()
            self._clients[connection.name] = visma_client(connection, section, home.credentials, home.settings)
        return self._clients[connection.name]
