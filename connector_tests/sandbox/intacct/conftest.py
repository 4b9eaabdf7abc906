"""A running sandbox with a planted ledger company, and a peer of its gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.sandbox.intacct.peer import Clock, Peer
from connector_tests.sandbox.tiny_firm import TinyFirm


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """A peer of a fresh gateway."""
    clock = Clock()
    with running_sandbox(SandboxOptions(tmp_path / "state.db"), firm=TinyFirm(), now=clock) as root:
        yield Peer(root, clock)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A peer of a gateway that the tests of a module share, for reading only."""
    clock = Clock()
    state = tmp_path_factory.mktemp("intacct") / "state.db"
    with running_sandbox(SandboxOptions(state), firm=TinyFirm(), now=clock) as root:
        yield Peer(root, clock)
