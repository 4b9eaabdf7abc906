"""What `connector ping` tries for a connection of this flow."""

from collections.abc import Callable

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.settings import ConfigError
from connector_assets.systems import paychex_client, visma_client
from connector_assets.vendors.errors import VendorError


def probes(connection: PaychexVismaConnection, home: Deployment) -> dict[str, Callable[[], list[str]]]:
    """A probe for each system, by its name; a probe answers what is missing, an empty list when all is well.

    Each tries once: somebody is waiting for the answer.
    """
    settings = home.settings.model_copy(update={"http_attempts": 1})
    segments = [one.segment for one in connection.segments]
    return {
        "paychex": lambda: _missing(
            lambda: paychex_client(connection, connection.paychex, home.credentials, settings).ping(
                connection.paychex.display_id, with_payroll=False
            )
        ),
        "visma": lambda: _missing(
            lambda: visma_client(connection, connection.visma, home.credentials, settings).ping(segments)
        ),
    }


def _missing(probe: Callable[[], list[str]]) -> list[str]:
    """A probe that cannot even begin says why, instead of stopping the probe of the other system."""
    try:
        return probe()
    except (ConfigError, VendorError) as error:
        return [str(error)]
