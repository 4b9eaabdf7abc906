"""Tests of `connector_assets.sandbox.intacct`: raw XML over real sockets."""
