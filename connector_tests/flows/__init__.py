"""Tests of `connector_assets.flows`."""
