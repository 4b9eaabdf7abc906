"""What `connector ping` tries for a connection of this flow."""

from collections.abc import Callable

from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.settings import ConfigError
from connector_assets.systems import expensify_client, intacct_client
from connector_assets.vendors.errors import VendorError


def probes(connection: ExpensifyIntacctConnection, home: Deployment) -> dict[str, Callable[[], list[str]]]:
    """A probe for each system, by its name; a probe answers what is missing, an empty list when all is well.

    Each tries once: somebody is waiting for the answer.
    """
    settings = home.settings.model_copy(update={"http_attempts": 1})
    return {
        "expensify": lambda: _missing(
            lambda: expensify_client(connection, connection.expensify, home.credentials, settings).ping(
                connection.expensify.policy_id
            )
        ),
        "intacct": lambda: _missing(
            lambda: intacct_client(connection, connection.intacct, home.credentials, settings).ping()
        ),
        "mapping": lambda: _mapping(connection, home),
    }


def _missing(probe: Callable[[], list[str]]) -> list[str]:
    """A probe that cannot even begin says why, instead of stopping the probes of the other systems."""
    try:
        return probe()
    except (ConfigError, VendorError) as error:
        return [str(error)]


def _mapping(connection: ExpensifyIntacctConnection, home: Deployment) -> list[str]:
    if home.mappings.versions(connection.name):
        return []
    return [f"No mapping rules yet. Fix: connector mapping import {connection.name} FILE --reason WHY"]
