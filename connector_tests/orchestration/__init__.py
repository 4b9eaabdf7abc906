"""Tests of `connector_assets.orchestration`."""
