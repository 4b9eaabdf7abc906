"""Tests of `connector_assets.records`."""
