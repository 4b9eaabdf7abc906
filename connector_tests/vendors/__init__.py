"""Tests of `connector_assets.vendors`."""
