"""The houses of the flows serve here too."""

from connector_tests.flows.conftest import house, waits

__all__ = ["house", "waits"]
