"""What the probes of `connector ping` share: one try each, and a reason instead of a stop."""

from collections.abc import Callable

from connector_assets.accounting.errors import AccountingError
from connector_assets.deployment import Deployment
from connector_assets.settings import ConfigError, Settings
from connector_assets.vendors.errors import VendorError


def tried_once(home: Deployment) -> Settings:
    """The settings of a client that tries each call once: somebody is waiting for the answer."""
    return home.settings.model_copy(update={"http_attempts": 1})


def missing(probe: Callable[[], list[str]]) -> list[str]:
    """A probe that cannot even begin says why, instead of stopping the probes of the other systems."""
    try:
        return probe()
    except (ConfigError, VendorError, AccountingError) as error:
        return [str(error)]


def missing_mapping(home: Deployment, connection: str) -> list[str]:
    """That a connection has no mapping rules yet."""
    if home.mappings.versions(connection):
        return []
    return [f"No mapping rules yet. Fix: connector mapping import {connection} FILE --reason WHY"]
