"""Tests of `connector_assets.accounting`."""
