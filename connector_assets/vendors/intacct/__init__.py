"""Sage Intacct through its XML gateway: `client`, `master_data` (typed readers and writers), `ledger` (journals)."""
