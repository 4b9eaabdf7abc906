"""Clients of the outside systems, made from a connection's sections and its credentials."""

from connector_assets.connections import Connection
from connector_assets.credentials import Credentials
from connector_assets.settings import Settings
from connector_assets.vendors.expensify.client import ExpensifyClient
from connector_assets.vendors.expensify.config import ExpensifySection
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.config import IntacctSection
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.config import PaychexSection
from connector_assets.vendors.procurify.client import ProcurifyClient
from connector_assets.vendors.procurify.config import ProcurifySection
from connector_assets.vendors.transport import Transport
from connector_assets.vendors.visma.client import VismaClient
from connector_assets.vendors.visma.config import VismaSection


def paychex_client(
    connection: Connection, section: PaychexSection, credentials: Credentials, settings: Settings
) -> PaychexClient:
    """A client of the connection's Paychex company. Raises ConfigError for a missing credential."""
    secrets = credentials.get(connection, "paychex")
    return PaychexClient(
        section.base_url,
        secrets["client_id"].get_secret_value(),
        secrets["client_secret"].get_secret_value(),
        _transport("paychex", settings),
    )


def intacct_client(
    connection: Connection, section: IntacctSection, credentials: Credentials, settings: Settings
) -> IntacctClient:
    """A client of the connection's Intacct company. Raises ConfigError for a missing credential."""
    secrets = {name: value.get_secret_value() for name, value in credentials.get(connection, "intacct").items()}
    return IntacctClient(
        section.url,
        secrets["sender_id"],
        secrets["sender_password"],
        section.company_id,
        secrets["user_id"],
        secrets["user_password"],
        entity_id=section.login_entity,
        writers=section.writers,
        slots_dir=settings.locks_dir,
        transport=_transport("intacct", settings),
    )


def expensify_client(
    connection: Connection, section: ExpensifySection, credentials: Credentials, settings: Settings
) -> ExpensifyClient:
    """A client of the connection's Expensify workspace. Raises ConfigError for a missing credential."""
    secrets = credentials.get(connection, "expensify")
    return ExpensifyClient(
        section.url,
        secrets["partner_user_id"].get_secret_value(),
        secrets["partner_user_secret"].get_secret_value(),
        _transport("expensify", settings),
        limits=((section.calls_per_10_s, 10.0), (section.calls_per_60_s, 60.0)),
        first_poll_s=section.first_poll_s,
    )


def procurify_client(
    connection: Connection, section: ProcurifySection, credentials: Credentials, settings: Settings
) -> ProcurifyClient:
    """A client of the connection's Procurify tenant. Raises ConfigError for a missing credential."""
    secrets = credentials.get(connection, "procurify")
    return ProcurifyClient(
        section.base_url,
        secrets["client_id"].get_secret_value(),
        secrets["client_secret"].get_secret_value(),
        _transport("procurify", settings),
        timezone=section.timezone,
        page_size=section.page_size,
    )


def visma_client(
    connection: Connection, section: VismaSection, credentials: Credentials, settings: Settings
) -> VismaClient:
    """A client of the connection's Visma company. Raises ConfigError for a missing credential."""
    secrets = credentials.get(connection, "visma")
    return VismaClient(
        section.base_url,
        section.token_url,
        secrets["client_id"].get_secret_value(),
        secrets["client_secret"].get_secret_value(),
        section.tenant_id,
        _transport("visma", settings),
        company_header=section.company_header,
    )


def _transport(system: str, settings: Settings) -> Transport:
    return Transport(
        system,
        connect_s=settings.http_connect_s,
        read_s=settings.http_read_s,
        write_s=settings.http_write_s,
        max_attempts=settings.http_attempts,
    )
