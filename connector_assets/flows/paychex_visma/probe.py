"""What `connector ping` tries for a connection of this flow."""

from collections.abc import Callable

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_visma.config import PaychexVismaConnection
from connector_assets.orchestration.probes import missing, tried_once
from connector_assets.systems import paychex_client, visma_client


def probes(connection: PaychexVismaConnection, home: Deployment) -> dict[str, Callable[[], list[str]]]:
    """A probe for each system, by its name; a probe answers what is missing, an empty list when all is well.

    Each tries once: somebody is waiting for the answer.
    """
    settings = tried_once(home)
    segments = [one.segment for one in connection.segments]
    return {
        "paychex": lambda: missing(
            lambda: paychex_client(connection, connection.paychex, home.credentials, settings).ping(
                connection.paychex.display_id, with_payroll=False
            )
        ),
        "visma": lambda: missing(
            lambda: visma_client(connection, connection.visma, home.credentials, settings).ping(segments)
        ),
    }
