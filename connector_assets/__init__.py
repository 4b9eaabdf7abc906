"""Payroll, expense and purchasing records, carried into the ledger exactly once.

The map of this package; the arrows are kept by `connector_tests/test_layout.py`:

- `accounting`     what an accountant would recognise: money, register, mapping, journals. Pure: no I/O, no clock.
- `records`        durable facts in SQL: posting ledger, audit trail, mapping versions, crosswalk, vault.
- `posting`        the poster: the only code that sends a document into a ledger.
- `vendors`        one folder per outside system, each a small typed client.
- `sandbox`        the outside systems, simulated as real HTTP servers, so that everything runs with no account.
- `flows`          one folder per business flow, each reads like its README.
- `orchestration`  the Dagster glue that flows share: partitions, resources, IO, the gate.
- `webhooks`       the receiver of notifications: authenticate, store, answer; nothing else happens in a request.
- `definitions`    the whole Dagster deployment on one screen.
- `cli`            the `connector` command.
"""
