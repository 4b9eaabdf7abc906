"""What `connector ping` tries for a connection of this flow."""

from collections.abc import Callable

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.orchestration.probes import missing, missing_mapping, tried_once
from connector_assets.systems import intacct_client, paychex_client


def probes(connection: PaychexIntacctConnection, home: Deployment) -> dict[str, Callable[[], list[str]]]:
    """A probe for each system, by its name; a probe answers what is missing, an empty list when all is well.

    Each tries once: somebody is waiting for the answer.
    """
    settings = tried_once(home)
    return {
        "paychex": lambda: missing(
            lambda: paychex_client(connection, connection.paychex, home.credentials, settings).ping(
                connection.paychex.display_id
            )
        ),
        "intacct": lambda: missing(
            lambda: intacct_client(connection, connection.intacct, home.credentials, settings).ping()
        ),
        "mapping": lambda: missing_mapping(home, connection.name),
    }
