"""Fixtures of the flows: a house of one's own, and time that passes without waiting."""

from collections.abc import Iterator

import pytest

from connector_assets.posting import Poster
from connector_assets.vendors.transport import Transport
from connector_tests.flows.house import House, copied


@pytest.fixture
def house() -> Iterator[House]:
    """A deployment with a sandbox, its reference data fresh and nothing posted."""
    with copied() as found:
        yield found


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that retries and look-ups asked for, in seconds; nobody waits for them."""
    asked: list[float] = []
    for made in (Transport.__init__, Poster.__init__):
        defaults = made.__kwdefaults__
        assert defaults
        monkeypatch.setitem(defaults, "sleep", asked.append)
    return asked
