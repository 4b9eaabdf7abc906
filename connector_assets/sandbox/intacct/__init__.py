"""The simulated Sage Intacct XML gateway: `gateway.routes(context)` serves it, `books.py` seeds the ledger company."""
