"""Tests of `connector_assets.sandbox`."""
